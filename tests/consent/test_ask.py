"""The two questions as the other rooms ask them, and what a viewer may be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from appliance.clock import JST
from appliance.consent import sentences
from appliance.consent.ask import provide, sentence_for_viewer, view
from appliance.consent.consents import Consent, Mode
from appliance.consent.decide import VIEW_ORDER, Rule
from appliance.consent.decision import Effect, Reason
from appliance.consent.participants import Membership, Participants
from appliance.consent.policy import Policy
from appliance.consent.request import Purpose, Request, Snapshot
from appliance.consent.states import State
from appliance.records.data_class import DataClass

NOW = datetime(2026, 10, 1, 10, 0, tzinfo=JST)
CLINIC, HOSPITAL = "1310000001", "1319999999"
SNAPSHOT = Snapshot(
    taken_at=NOW - timedelta(minutes=5),
    participants=Participants.of(
        [Membership(CLINIC, NOW - timedelta(days=500)), Membership(HOSPITAL, NOW - timedelta(days=500))],
    ),
    policy=Policy(own_roles=frozenset({"doctor"}), role_classes={"doctor": frozenset(DataClass)}),
)
CONSENT = Consent(State.ACTIVE, Mode.BLANKET, NOW - timedelta(days=1), CLINIC)
REQUEST = Request(
    authenticated=True,
    viewer="dr-1",
    viewer_facility=HOSPITAL,
    source_facility=CLINIC,
    role="doctor",
    purpose=Purpose.TREAT,
    data_class=DataClass.LAB,
    data_date=date(2026, 4, 10),
)


def provided(consent: Consent | None, **clock: bool) -> Reason:
    return provide(consent, CLINIC, DataClass.LAB, date(2026, 4, 10), SNAPSHOT, NOW, **clock).reason


def test_provide_is_asked_with_typed_values():
    decision = provide(CONSENT, CLINIC, DataClass.LAB, None, SNAPSHOT, NOW)
    assert (decision.effect, decision.reason) == (Effect.PERMIT, Reason.CONSENT)
    assert decision.permits
    assert provided(None) is Reason.NO_CONSENT
    assert provided(CONSENT, clock_trusted=False) is Reason.STALE
    assert provided(replace(CONSENT, excluded_viewers=frozenset({CLINIC}))) is Reason.CONSENT
    assert provided(replace(CONSENT, excluded_sources=frozenset({CLINIC}))) is Reason.EXCLUDED


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_provide_says_no_in_every_state_but_active(state: State):
    decision = provide(replace(CONSENT, state=state), CLINIC, DataClass.LAB, None, SNAPSHOT, NOW)
    assert not decision.permits
    assert decision.reason == state.value


def test_view_is_asked_with_typed_values():
    assert view(CONSENT, REQUEST, SNAPSHOT, NOW).reason is Reason.CONSENT
    assert view(None, REQUEST, SNAPSHOT, NOW).reason is Reason.NO_CONSENT
    assert view(CONSENT, REQUEST, SNAPSHOT, NOW, clock_trusted=False).reason is Reason.STALE
    assert view(None, replace(REQUEST, viewer_facility=CLINIC), SNAPSHOT, NOW).reason is Reason.OWN_RECORD


def test_an_age_limit_that_is_no_number_is_always_passed():
    policy = replace(SNAPSHOT.policy, max_snapshot_age_s=float("nan"))
    assert view(CONSENT, REQUEST, replace(SNAPSHOT, policy=policy), NOW).reason is Reason.STALE


ABOUT_THE_PATIENT = {
    "refused",
    "emergency-opt-out",
    "no-consent",
    "draft",
    "pending",
    "rejected",
    "suspended",
    "superseded",
    "withdrawn",
    "expired",
    "entered-in-error",
    "not-yet",
    "excluded",
    "out-of-scope",
    "topology",
    "hidden",
    "data-period",
}


@pytest.mark.parametrize(
    "rule", VIEW_ORDER, ids=[f"{rule.row} {rule.decision.reason}" for rule in VIEW_ORDER]
)
def test_a_viewer_learns_nothing_of_what_the_patient_chose(rule: Rule):
    told = sentence_for_viewer(rule.decision)
    if rule.decision.reason in ABOUT_THE_PATIENT:
        assert told == sentences.NEUTRAL
    else:
        assert (told.ja, told.en) == (rule.decision.why_ja, rule.decision.why_en)


def test_the_neutral_sentence_is_the_one_of_the_specification():
    assert sentences.NEUTRAL.ja == "表示されない情報がある場合があります。ご本人にもご確認ください"
