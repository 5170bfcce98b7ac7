"""One consent for staff: confirm a signed one, print its copy or slip, and note that the copy was handed over."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from starlette.responses import Response

from appliance.kiosk.catalogue import mark
from appliance.kiosk.problems import KioskError
from appliance.kiosk.references import Subject
from appliance.kiosk.routes.confirming import Choice, ReasonMissingError, decide_consent
from appliance.kiosk.routes.sign_in import prove_again
from appliance.kiosk.visit import Visit
from appliance.records.messages import ConsentPaper, ConsentPaperRequest, CopyHandedOver, Done


class How(StrEnum):
    """What became of the copy."""

    HANDED = "handed"
    DECLINED = "declined"


_NOTICES = {
    How.HANDED: mark("It is noted that the copy was handed over."),
    How.DECLINED: mark("It is noted that the copy was not wanted."),
}


async def show(visit: Visit) -> Response:
    return visit.page("consent.html", **await _values(visit))


async def decide(visit: Visit) -> Response:
    """Approve or send back, with the password."""
    choice = visit.form.choice("choice", Choice)
    reason = visit.form.text("reason")
    consent = visit.subject(Subject.CONSENT)
    try:
        if choice is Choice.REJECT and not reason:
            raise ReasonMissingError
        await prove_again(visit)
        await decide_consent(visit, consent, choice, reason)
    except KioskError as problem:
        return visit.again("consent.html", problem, **await _values(visit))
    return visit.go(f"/consents/{visit.path['reference']}/paper")


async def paper(visit: Visit) -> Response:
    """The copy of a consent, or the slip of a withdrawal or refusal, made for paper."""
    values = await _values(visit)
    sheet = visit.part("_sheet.html", values["paper"].text.language, paper=values["paper"])
    return visit.page("paper.html", sheet=sheet, **values)


async def hand_over(visit: Visit) -> Response:
    how = visit.form.choice("how", How)
    consent = visit.subject(Subject.CONSENT)
    await visit.desk(CopyHandedOver(token=visit.staff.token, consent=consent, how=how), Done)
    visit.staff.notice = _NOTICES[how]
    return visit.go(_back(visit, consent))


async def _values(visit: Visit) -> dict[str, Any]:
    consent = visit.subject(Subject.CONSENT)
    paper = await visit.desk(ConsentPaperRequest(token=visit.staff.token, consent=consent), ConsentPaper)
    return {
        "paper": paper,
        "consent": visit.path["reference"],
        "back": _back(visit, consent),
        "reason": visit.form.text("reason"),
    }


def _back(visit: Visit, consent: int) -> str:
    """The patient's page where the way led from there, else the work list."""
    patient = visit.staff.patient_of.get(consent)
    return "/work" if patient is None else f"/patients/{visit.reference(Subject.PATIENT, patient)}"
