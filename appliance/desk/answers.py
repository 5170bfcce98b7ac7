"""Every question of the desk's socket with the function that answers it, and what becomes of an error."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from appliance.desk import consenting, finding, history, showing, signing_in, status, working
from appliance.desk.desk import Desk
from appliance.errors import RenkeiError
from appliance.records import messages
from appliance.records.messages import Failed, Message, desk_request, to_bytes

_log = logging.getLogger(__name__)

ANSWERS: Final[Mapping[type[Message], Callable[[Desk, Any], Message]]] = {
    messages.SignIn: signing_in.sign_in,
    messages.SignOut: signing_in.sign_out,
    messages.WhoAmI: signing_in.who_am_i,
    messages.ListFacilities: signing_in.list_facilities,
    messages.FindPatients: finding.find_patients,
    messages.ShowPatient: showing.show_patient,
    messages.ConsentTextRequest: consenting.consent_text,
    messages.SignConsent: consenting.sign_consent,
    messages.ApproveConsent: consenting.approve_consent,
    messages.RejectConsent: consenting.reject_consent,
    messages.DeclineConsent: consenting.decline_consent,
    messages.WithdrawConsent: consenting.withdraw_consent,
    messages.ConsentPaperRequest: consenting.consent_paper,
    messages.CopyHandedOver: consenting.copy_handed_over,
    messages.AccessHistoryRequest: history.access_history,
    messages.WorkListRequest: working.work_list,
    messages.StatusRequest: status.status,
}

_NOT_UNDERSTOOD: Final = Failed(
    code="DESK-0007",
    ja="内部の電文を読めません。",
    en="A message between services was not understood.",
    hint_ja="画面を開き直してください。続くときは運用者に連絡してください。",
    hint_en="Open the page again. If it goes on, call the operator.",
)
_UNEXPECTED: Final = Failed(
    code="DESK-0000",
    ja="思わぬ問題が起きました。入力した内容は保存されていません。",
    en="Something unexpected went wrong; nothing was saved.",
    hint_ja="もう一度お試しください。続くときは、この番号と時刻を運用者に伝えてください。",
    hint_en="Try again. If it goes on, tell the operator this code and the time.",
)


def answer(desk: Desk, data: bytes) -> bytes:
    """The answer to one question, in bytes; never raises: whatever goes wrong is an answer too."""
    return to_bytes(_answered(desk, data))


def _answered(desk: Desk, data: bytes) -> Message:
    try:
        question = desk_request(data)
    except msgspec.DecodeError:
        return _NOT_UNDERSTOOD
    try:
        return ANSWERS[type(question)](desk, question)
    except RenkeiError as error:
        return Failed(code=error.code, ja=error.ja, en=error.en, hint_ja=error.hint_ja, hint_en=error.hint_en)
    except Exception as error:  # noqa: BLE001 - the edge of a request: one bad question must not end the desk
        _log.error("%s failed: %s", type(question).__name__, _without_values(error))
        return _UNEXPECTED


def _without_values(error: Exception) -> str:
    """An error's type and place; its words could hold personal data and stay out of the log."""
    places = traceback.extract_tb(error.__traceback__)
    last = places[-1] if places else None
    return f"{type(error).__name__} at {last.name}:{last.lineno}" if last else type(error).__name__
