"""The states of a consent record and the transitions between them, as data (consent.md, section 2).

None stands for "no record": where a patient begins, and where a draft ends that was purged.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.errors import RenkeiError


class State(StrEnum):
    """The state of one consent record."""

    DRAFT = "draft"
    PENDING = "pending"
    REJECTED = "rejected"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ENTERED_IN_ERROR = "entered-in-error"


LIVE: Final = frozenset({State.ACTIVE, State.SUSPENDED})
"""A live record of row 10: the patient has consented and not taken it back, whatever its dates say."""


class Event(StrEnum):
    """What happens to a consent record."""

    START = "start"
    CANCEL = "cancel"
    SIGN = "sign"
    APPROVE = "approve"
    REJECT = "reject"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXCLUDE = "exclude"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"
    CORRECT = "correct"


class Guard(StrEnum):
    """What must have been made sure of before a transition; the caller answers for it."""

    CANCELLED_OR_QUESTION_UNANSWERED = "cancelled-or-question-unanswered"
    TEXT_SHOWN_TO_THE_END = "text-shown-to-the-end"
    IDENTITY_MATCHED = "identity-matched"
    SIGNER_ENTITLED = "signer-entitled"
    STAFF_TWO_FACTOR = "staff-two-factor"
    PROXY_PAPERS_SEEN = "proxy-papers-seen"
    NO_OTHER_ACTIVE = "no-other-active"
    REASON_GIVEN = "reason-given"
    PATIENT_OR_ENTITLED_PROXY = "patient-or-entitled-proxy"
    STAFF_OR_OPERATOR = "staff-or-operator"
    NEW_RECORD_ACTIVE = "new-record-active"
    EXPIRY_REACHED = "expiry-reached"
    TWO_PERSONS = "two-persons"


class Duty(StrEnum):
    """What must happen in the same transaction as a transition."""

    KEEP_IN_KIOSK_MEMORY = "keep-in-kiosk-memory"
    WIPE_STROKES_AND_TEXT = "wipe-strokes-and-text"
    STORE_EVIDENCE_ENCRYPTED = "store-evidence-encrypted"
    OWE_COPY = "owe-copy"
    AUDIT = "audit"
    SUPERSEDE_OLD = "supersede-old"
    MESSAGE_NETWORK_AHEAD_OF_DATA = "message-network-ahead-of-data"
    PATIENT_SLIP = "patient-slip"
    STOP_ASKING = "stop-asking"
    PRINT_CARE_UNAFFECTED = "print-care-unaffected"
    DENY_LOCAL_VIEWS = "deny-local-views"
    REMOVE_UNSENT = "remove-unsent"
    AWAIT_CONFIRMATION = "await-confirmation"
    ADD_EXCLUSION = "add-exclusion"
    HOLD_VIEWS_AND_UPLOADS = "hold-views-and-uploads"
    RELEASE_HELD = "release-held"
    REMIND_AHEAD = "remind-ahead"
    LINK_CORRECTION_AND_KEEP_HISTORY = "link-correction-and-keep-history"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table: from any of `sources` by `event`, if all guards hold, to `target`, with the duties."""

    sources: frozenset[State | None]
    event: Event
    guards: tuple[Guard, ...]
    target: State | None
    duties: tuple[Duty, ...] = ()


class IllegalTransitionError(RenkeiError):
    """An event came that the record's state does not allow."""

    code = "CONSENT-0002"

    def __init__(self, state: State | None, event: Event) -> None:
        here = state or "none"
        super().__init__(
            f"同意の状態「{here}」では「{event}」はできません。",
            f"a consent in state {here} does not allow {event}.",
            hint_ja="画面を開き直して、いまの状態を確かめてください。",
            hint_en="Open the page again and look at the present state.",
        )
        self.state = state
        self.event = event


def _line(
    sources: State | frozenset[State | None] | None,
    event: Event,
    guards: tuple[Guard, ...],
    target: State | None,
    *duties: Duty,
) -> Transition:
    sources = sources if isinstance(sources, frozenset) else frozenset({sources})
    return Transition(sources, event, guards, target, duties)


_STARTS_ANEW: Final[frozenset[State | None]] = frozenset(
    {None, State.REFUSED, State.WITHDRAWN, State.EXPIRED}
)
_LIVE: Final[frozenset[State | None]] = frozenset(LIVE)
# What is signed can be taken back before it is approved and while it is suspended: "a withdrawal always wins"
# (consent.md, section 3, Concurrency).
_WITHDRAWABLE: Final[frozenset[State | None]] = _LIVE | {State.PENDING}
_CORRECTABLE: Final[frozenset[State | None]] = frozenset(set(State) - {State.ENTERED_IN_ERROR})

TRANSITIONS: Final = (
    _line(_STARTS_ANEW, Event.START, (), State.DRAFT, Duty.KEEP_IN_KIOSK_MEMORY),
    _line(
        State.DRAFT,
        Event.CANCEL,
        (Guard.CANCELLED_OR_QUESTION_UNANSWERED,),
        None,
        Duty.WIPE_STROKES_AND_TEXT,
    ),
    _line(
        State.DRAFT,
        Event.SIGN,
        (Guard.TEXT_SHOWN_TO_THE_END, Guard.IDENTITY_MATCHED, Guard.SIGNER_ENTITLED),
        State.PENDING,
        Duty.STORE_EVIDENCE_ENCRYPTED,
        Duty.OWE_COPY,
        Duty.AUDIT,
    ),
    _line(
        State.PENDING,
        Event.APPROVE,
        (Guard.STAFF_TWO_FACTOR, Guard.PROXY_PAPERS_SEEN, Guard.NO_OTHER_ACTIVE),
        State.ACTIVE,
        Duty.SUPERSEDE_OLD,
        Duty.MESSAGE_NETWORK_AHEAD_OF_DATA,
    ),
    _line(State.PENDING, Event.REJECT, (Guard.REASON_GIVEN,), State.REJECTED, Duty.PATIENT_SLIP),
    _line(None, Event.DECLINE, (), State.REFUSED, Duty.STOP_ASKING, Duty.PRINT_CARE_UNAFFECTED),
    _line(
        _WITHDRAWABLE,
        Event.WITHDRAW,
        (Guard.PATIENT_OR_ENTITLED_PROXY,),
        State.WITHDRAWN,
        Duty.DENY_LOCAL_VIEWS,
        Duty.REMOVE_UNSENT,
        Duty.MESSAGE_NETWORK_AHEAD_OF_DATA,
        Duty.PATIENT_SLIP,
        Duty.AWAIT_CONFIRMATION,
    ),
    _line(State.ACTIVE, Event.EXCLUDE, (), State.ACTIVE, Duty.ADD_EXCLUSION, Duty.SUPERSEDE_OLD),
    _line(
        State.ACTIVE,
        Event.SUSPEND,
        (Guard.STAFF_OR_OPERATOR,),
        State.SUSPENDED,
        Duty.HOLD_VIEWS_AND_UPLOADS,
    ),
    _line(
        State.SUSPENDED,
        Event.RESUME,
        (Guard.STAFF_OR_OPERATOR, Guard.NO_OTHER_ACTIVE),
        State.ACTIVE,
        Duty.RELEASE_HELD,
    ),
    _line(_LIVE, Event.SUPERSEDE, (Guard.NEW_RECORD_ACTIVE,), State.SUPERSEDED),
    _line(State.ACTIVE, Event.EXPIRE, (Guard.EXPIRY_REACHED,), State.EXPIRED, Duty.REMIND_AHEAD),
    _line(
        _CORRECTABLE,
        Event.CORRECT,
        (Guard.TWO_PERSONS,),
        State.ENTERED_IN_ERROR,
        Duty.LINK_CORRECTION_AND_KEEP_HISTORY,
    ),
)
"""The table of consent.md, section 2. A patient's new record starts from None, whatever state an earlier one is in."""

_BY_STATE_AND_EVENT: Final = {(source, line.event): line for line in TRANSITIONS for source in line.sources}


def transition(state: State | None, event: Event) -> Transition:
    """The line of the table that `event` follows from `state`; raises IllegalTransitionError where there is none."""
    found = _BY_STATE_AND_EVENT.get((state, event))
    if found is None:
        raise IllegalTransitionError(state, event)
    return found


def advance(state: State | None, event: Event) -> State | None:
    """The state after `event`, its guards taken as met; raises IllegalTransitionError where the table has no such line."""
    return transition(state, event).target
