"""How the box is, in five lines, and what waits for staff."""

from __future__ import annotations

from starlette.responses import Response

from appliance.kiosk.visit import Visit
from appliance.kiosk.work import listed
from appliance.records.messages import StatusRequest, StatusView, WorkList, WorkListRequest


async def show(visit: Visit) -> Response:
    found = await visit.desk(StatusRequest(token=visit.staff.token), StatusView)
    return visit.page("status.html", lines=found.lines)


async def work(visit: Visit) -> Response:
    found = await visit.desk(WorkListRequest(token=visit.staff.token), WorkList)
    return visit.page("work.html", work=listed(visit, found.items))
