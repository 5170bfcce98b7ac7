"""The patient's screens: staff make sure who it is and hand the screen over, the patient reads, decides and signs.

Until the signature nothing leaves this process; then the desk makes a record of it.
"""

from __future__ import annotations

import uuid

from starlette.responses import Response

from appliance.kiosk.catalogue import Language
from appliance.kiosk.drafts import Action, Draft, Finished, Outcome, Purpose, ending, finished, moved
from appliance.kiosk.guard import FLOW
from appliance.kiosk.problems import KioskError, RefusedError
from appliance.kiosk.references import Subject
from appliance.kiosk.sessions import TextSize
from appliance.kiosk.signature import Strokes, read_strokes
from appliance.kiosk.visit import Visit
from appliance.records.messages import (
    ConsentSigned,
    ConsentText,
    ConsentTextRequest,
    DeclineConsent,
    PatientView,
    ShowPatient,
    SignConsent,
    WithdrawConsent,
)
from appliance.sockets import PeerError

_MODE = "blanket"


class IdentityNotCheckedError(KioskError):
    """Staff have not confirmed that the person before the screen is the patient."""

    code = "KIOSK-0411"

    def __init__(self) -> None:
        super().__init__(
            "本人確認の欄に印がありません。",
            "The identity check is not ticked.",
            hint_ja="ご本人であることを確かめ、印を付けてから始めてください。",
            hint_en="Make sure who it is and tick the box, then begin.",
        )


async def prepare_consent(visit: Visit) -> Response:
    return await _prepare(visit, Purpose.CONSENT)


async def prepare_withdrawal(visit: Visit) -> Response:
    return await _prepare(visit, Purpose.WITHDRAWAL)


async def start_consent(visit: Visit) -> Response:
    return await _start(visit, Purpose.CONSENT)


async def start_withdrawal(visit: Visit) -> Response:
    return await _start(visit, Purpose.WITHDRAWAL)


async def _prepare(visit: Visit, purpose: Purpose, problem: KioskError | None = None) -> Response:
    patient = visit.subject(Subject.PATIENT)
    view = await visit.desk(ShowPatient(token=visit.staff.token, patient=patient), PatientView)
    values = {"purpose": purpose, "patient": view.patient, "coverages": view.coverages}
    if problem is not None:
        return visit.again("prepare.html", problem, **values)
    return visit.page("prepare.html", **values)


async def _start(visit: Visit, purpose: Purpose) -> Response:
    """Hand the screen to the patient: from here on the session serves these screens only."""
    if visit.form.text("identity") != "checked":
        return await _prepare(visit, purpose, IdentityNotCheckedError())
    language = visit.form.choice("language", Language)
    patient = visit.subject(Subject.PATIENT)
    asked = ConsentTextRequest(token=visit.staff.token, language=language)
    text = await visit.desk(asked, ConsentText)
    visit.staff.text_size = TextSize.NORMAL
    visit.staff.flow = Draft(purpose, patient, text, request_id=uuid.uuid4().hex)
    return visit.go(FLOW)


async def show(visit: Visit) -> Response:
    match visit.staff.flow:
        case Draft() as draft:
            return visit.page(f"patient_{draft.screen}.html", draft=draft, strokes="")
        case Finished() as end:
            return visit.page("patient_finished.html", end=end)
    return visit.go(FLOW)


async def act(visit: Visit) -> Response:
    """A patient's button. One pressed on a screen that has been left already (a double tap) does nothing more."""
    draft = visit.staff.flow
    action = visit.form.choice("action", Action)
    if not isinstance(draft, Draft) or visit.form.number("position") != draft.position:
        return visit.go(FLOW)
    outcome = ending(draft, action)
    if outcome is None:
        visit.staff.flow = moved(draft, action)
        return visit.go(FLOW)
    return await _end(visit, draft, outcome)


async def _end(visit: Visit, draft: Draft, outcome: Outcome) -> Response:
    """End the turn as the desk records it; what goes wrong is said on the patient's screen, the signature kept."""
    strokes = visit.form.long_text("strokes")
    try:
        consent = await _recorded(visit, draft, outcome, strokes)
    except (KioskError, PeerError) as problem:
        kept = strokes if isinstance(problem, RefusedError | PeerError) else ""
        return visit.again(f"patient_{draft.screen}.html", problem, draft=draft, strokes=kept)
    visit.staff.flow = finished(draft, outcome, consent)
    return visit.go(FLOW)


async def _recorded(visit: Visit, draft: Draft, outcome: Outcome, strokes: str) -> int | None:
    """Have the desk record how the turn ended; the number of the record that makes, if any."""
    question: SignConsent | DeclineConsent | WithdrawConsent
    match outcome:
        case Outcome.SIGNED:
            question = _signed(visit, draft, read_strokes(strokes))
        case Outcome.DECLINED:
            question = _declined(visit, draft)
        case Outcome.WITHDRAWN:
            question = _withdrawn(visit, draft, read_strokes(strokes))
        case Outcome.LATER | Outcome.LEFT:
            return None
    return (await visit.desk(question, ConsentSigned)).consent


def _signed(visit: Visit, draft: Draft, strokes: Strokes) -> SignConsent:
    return SignConsent(
        token=visit.staff.token,
        patient=draft.patient,
        mode=_MODE,
        text_id=draft.text.text_id,
        text_hash=draft.text.text_hash,
        language=draft.text.language,
        shown_to_end=True,  # the signature's screen comes after every step
        identity_checked=True,  # no draft begins without it
        strokes=strokes,
        request_id=draft.request_id,
    )


def _declined(visit: Visit, draft: Draft) -> DeclineConsent:
    return DeclineConsent(
        token=visit.staff.token,
        patient=draft.patient,
        text_id=draft.text.text_id,
        text_hash=draft.text.text_hash,
        language=draft.text.language,
        request_id=draft.request_id,
    )


def _withdrawn(visit: Visit, draft: Draft, strokes: Strokes) -> WithdrawConsent:
    return WithdrawConsent(
        token=visit.staff.token, patient=draft.patient, strokes=strokes, request_id=draft.request_id
    )


async def resize(visit: Visit) -> Response:
    visit.staff.text_size = visit.form.choice("size", TextSize)
    return visit.go(FLOW)
