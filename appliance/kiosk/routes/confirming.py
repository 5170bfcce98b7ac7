"""The screen comes back from the patient: staff prove themselves and, where something was signed, confirm it."""

from __future__ import annotations

from enum import StrEnum

from starlette.responses import Response

from appliance.kiosk.drafts import Finished, Outcome
from appliance.kiosk.guard import FLOW
from appliance.kiosk.problems import KioskError, RefusedError
from appliance.kiosk.references import Subject
from appliance.kiosk.routes.sign_in import prove_again
from appliance.kiosk.visit import Visit
from appliance.records.messages import (
    ApproveConsent,
    ConsentPaper,
    ConsentPaperRequest,
    ConsentSigned,
    RejectConsent,
)


class Choice(StrEnum):
    """What staff may do when they take the screen back."""

    APPROVE = "approve"
    REJECT = "reject"
    LEAVE = "leave"
    """Take the screen back and decide later."""


class ReasonMissingError(KioskError):
    """A signed consent is sent back without a reason."""

    code = "KIOSK-0412"

    def __init__(self) -> None:
        super().__init__("差し戻す理由を入れてください。", "Give the reason for sending it back.")


async def show(visit: Visit) -> Response:
    end = visit.staff.flow
    if not isinstance(end, Finished):
        return visit.go(FLOW)
    return visit.page("return.html", **await _values(visit, end))


async def take_back(visit: Visit) -> Response:
    """Check the password first, then do what was chosen; a wrong one leaves the screen with the patient."""
    end = visit.staff.flow
    if not isinstance(end, Finished):
        return visit.go(FLOW)
    choice = visit.form.choice("choice", Choice)
    reason = visit.form.text("reason")
    try:
        if choice is Choice.REJECT and not reason:
            raise ReasonMissingError
        await prove_again(visit)
        await decide_consent(visit, end.consent, choice, reason)
    except KioskError as problem:
        return visit.again("return.html", problem, **await _values(visit, end))
    visit.staff.flow = None
    return visit.go(_next(visit, end, choice))


async def decide_consent(visit: Visit, consent: int | None, choice: Choice, reason: str) -> None:
    """Approve or send back a signed consent. Raises RefusedError where the desk says no."""
    if consent is None or choice is Choice.LEAVE:
        return
    token = visit.staff.token
    if choice is Choice.APPROVE:
        password = visit.form.secret("password")
        await visit.desk(ApproveConsent(token=token, consent=consent, password=password), ConsentSigned)
    else:
        await visit.desk(RejectConsent(token=token, consent=consent, reason=reason), ConsentSigned)


async def _values(visit: Visit, end: Finished) -> dict[str, object]:
    """What is to be confirmed, in words; nothing of the patient where nothing was signed."""
    signed = None
    if end.outcome is Outcome.SIGNED and end.consent is not None:
        asked = ConsentPaperRequest(token=visit.staff.token, consent=end.consent)
        try:
            signed = await visit.desk(asked, ConsentPaper)
        except RefusedError:
            signed = None
    return {"end": end, "signed": signed, "reason": visit.form.text("reason")}


def _next(visit: Visit, end: Finished, choice: Choice) -> str:
    """The copy or slip to print where one is due now, else the patient's page."""
    undecided = end.outcome is Outcome.SIGNED and choice is Choice.LEAVE
    if end.consent is not None and not undecided:
        visit.staff.remember_consent(end.consent, end.patient)
        return f"/consents/{visit.reference(Subject.CONSENT, end.consent)}/paper"
    return f"/patients/{visit.reference(Subject.PATIENT, end.patient)}"
