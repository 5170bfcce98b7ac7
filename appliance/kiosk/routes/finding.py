"""The staff's first page and the search for a patient. What was searched for stays in the session, never in an address."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from appliance.kiosk.forms import WESTERN, BirthDateError, Form, birth_date
from appliance.kiosk.guard import HOME
from appliance.kiosk.problems import KioskError
from appliance.kiosk.sessions import Search
from appliance.kiosk.showing import age_on
from appliance.kiosk.visit import Visit
from appliance.kiosk.work import listed
from appliance.records.dates import ERAS
from appliance.records.messages import FindPatients, PatientItem, PatientList, WorkList, WorkListRequest

_FIRST_ITEMS = 5
_RESULTS = "/patients"


class NothingToSearchError(KioskError):
    """No field of the search was filled in."""

    code = "KIOSK-0406"

    def __init__(self) -> None:
        super().__init__(
            "カナ・番号・生年月日のどれかを入れてください。",
            "Give the kana, the number or the birth date.",
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A patient in a list."""

    item: PatientItem
    age: int | None


async def home(visit: Visit) -> Response:
    visit.staff.search = None
    return visit.page("home.html", **await _home(visit))


async def search(visit: Visit) -> Response:
    try:
        visit.staff.search = _wanted(visit.form)
    except (BirthDateError, NothingToSearchError) as problem:
        return visit.again("home.html", problem, **await _home(visit))
    return visit.go(_RESULTS)


def _wanted(form: Form) -> Search:
    wanted = Search(form.text("kana"), form.text("number"), birth_date(form))
    if wanted == Search():
        raise NothingToSearchError
    return wanted


async def results(visit: Visit) -> Response:
    wanted = visit.staff.search
    if wanted is None:
        return visit.go(HOME)
    born = wanted.birth_date.isoformat() if wanted.birth_date else ""
    asked = FindPatients(token=visit.staff.token, kana=wanted.kana, number=wanted.number, birth_date=born)
    found = await visit.desk(asked, PatientList)
    today = visit.kiosk.clock.now().date()
    patients = [Found(item, age_on(item.birth_date, today)) for item in found.patients]
    return visit.page("results.html", wanted=wanted, born=born, patients=patients, more=found.more)


async def _home(visit: Visit) -> dict[str, object]:
    work = await visit.desk(WorkListRequest(token=visit.staff.token), WorkList)
    return {
        "eras": ERAS,
        "western": WESTERN,
        "typed": {name: visit.form.text(name) for name in ("kana", "number", "era", "year", "month", "day")},
        "work": listed(visit, work.items[:_FIRST_ITEMS]),
        "work_count": len(work.items),
    }
