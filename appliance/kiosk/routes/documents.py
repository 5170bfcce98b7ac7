"""A document of the network, opened from a patient's page."""

from __future__ import annotations

from starlette.responses import Response

from appliance.kiosk.papers import ShownAs, shown
from appliance.kiosk.references import Subject
from appliance.kiosk.visit import Visit


async def show(visit: Visit) -> Response:
    """A file as it is, for the browser's own viewer; a letter as text on a page."""
    patient = visit.subject(Subject.PATIENT)
    document = visit.staff.references.document(visit.path["document"])
    found = await visit.kiosk.asking.document(visit.staff.token, patient, document)
    paper = shown(found.content, found.content_type)
    if paper.how is ShownAs.FILE:
        return Response(found.content, media_type=paper.media_type, headers={"Content-Disposition": "inline"})
    return visit.page("document.html", patient=patient, document=found, passages=paper.passages)
