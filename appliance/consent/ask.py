"""How the other rooms put their two questions to `decide`: typed values in, a decision out, no JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from appliance.consent import sentences
from appliance.consent.consents import Consent
from appliance.consent.decide import decide
from appliance.consent.decision import Decision, Effect, Reason, Sentence
from appliance.consent.request import Case, Purpose, Request, Snapshot
from appliance.records.data_class import DataClass

_ABOUT_THE_VIEWER: Final = frozenset(
    {
        Reason.NOT_AUTHENTICATED,
        Reason.NOT_PARTICIPANT,
        Reason.SOURCE_LEFT,
        Reason.ROLE,
        Reason.NO_DISASTER,
        Reason.FACILITY_TYPE,
        Reason.NO_GRANT,
        Reason.POLICY,
        Reason.ASK_THE_PATIENT,
        Reason.EMERGENCY_SUBSET,
        Reason.PURPOSE,
        Reason.STALE,
    },
)


def view(
    consent: Consent | None,
    request: Request,
    snapshot: Snapshot,
    now: datetime,
    *,
    can_express: bool = True,
    clock_trusted: bool = True,
) -> Decision:
    """May the requester see that item now? (VIEW; consent.md, section 3)."""
    return decide(Case(now, snapshot, can_express, consent, request, clock_trusted))


def provide(
    consent: Consent | None,
    facility: str,
    data_class: DataClass,
    data_date: date | None,
    snapshot: Snapshot,
    now: datetime,
    *,
    clock_trusted: bool = True,
) -> Decision:
    """May an item of `facility`, the box's own, leave the box? (PROVIDE; the box is the authenticated requester).

    A denial for Reason.STALE only pauses what is queued: refresh the snapshot and ask again.
    """
    request = Request(
        authenticated=True,
        viewer="",
        viewer_facility=facility,
        source_facility=facility,
        role="",
        purpose=Purpose.PROVIDE,
        data_class=data_class,
        data_date=data_date,
    )
    return decide(Case(now, snapshot, True, consent, request, clock_trusted))


def sentence_for_viewer(decision: Decision) -> Sentence:
    """What the screen may tell a viewer: a denial that follows from the patient's choices is one neutral sentence.

    The reason itself goes to the audit and to the patient only (consent.md, "What nobody may learn from a refusal").
    """
    if decision.effect is Effect.DENY and decision.reason not in _ABOUT_THE_VIEWER:
        return sentences.NEUTRAL
    return Sentence(decision.why_ja, decision.why_en)
