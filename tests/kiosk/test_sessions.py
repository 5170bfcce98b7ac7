"""Sessions, references and tries: bounded, and forgotten in time."""

from __future__ import annotations

import pytest

from appliance.clock import ManualClock
from appliance.kiosk.drafts import Draft, Finished, Outcome, Purpose
from appliance.kiosk.problems import PageUnknownError, StaleFormError, TooManyTriesError
from appliance.kiosk.references import References, Subject
from appliance.kiosk.sessions import SESSION_LASTS_S, Sessions
from appliance.kiosk.tries import Tries
from appliance.limits import (
    KIOSK_DRAFT_GRACE_S,
    KIOSK_DRAFT_IDLE_S,
    KIOSK_DRAFT_QUESTION_S,
    KIOSK_REFERENCES_MAX,
    KIOSK_SESSIONS_MAX,
    KIOSK_SIGN_IN_TRIES,
    KIOSK_SIGN_IN_WATCHED_MAX,
    SESSION_IDLE_S,
)
from appliance.records.messages import SignedIn
from tests.kiosk.scripted_desk import consent_text

WHO = SignedIn(token="t", staff_name="鈴木", role="clerk", facility="1", facility_name="診療所")


def test_a_patient_is_asked_before_anything_is_cleared_and_never_before_three_minutes() -> None:
    asked_after = KIOSK_DRAFT_IDLE_S
    assert asked_after >= 180
    assert asked_after + KIOSK_DRAFT_QUESTION_S + KIOSK_DRAFT_GRACE_S < SESSION_LASTS_S < SESSION_IDLE_S


def test_beyond_the_limit_the_session_that_was_idle_longest_ends() -> None:
    clock = ManualClock()
    sessions = Sessions(clock)
    for number in range(KIOSK_SESSIONS_MAX):
        sessions.start(f"b{number}", "x", WHO)
        clock.advance(1)
    first = sessions.find("b0")
    assert first is not None
    sessions.touch(first)
    sessions.start("new", "x", WHO)
    assert (sessions.find("b1"), sessions.find("b0")) == (None, first)
    assert len(sessions) == KIOSK_SESSIONS_MAX


def test_a_draft_is_wiped_in_the_end_but_its_session_lives_on() -> None:
    clock = ManualClock()
    sessions = Sessions(clock)
    session = sessions.start("b", "x", WHO)
    session.flow = Draft(Purpose.CONSENT, 1, consent_text("ja"), "r")
    clock.advance(KIOSK_DRAFT_IDLE_S + KIOSK_DRAFT_QUESTION_S)
    sessions.sweep()
    assert isinstance(session.flow, Draft)
    clock.advance(KIOSK_DRAFT_GRACE_S)
    assert sessions.find("b") is session
    assert isinstance(session.flow, Finished)
    assert session.flow.outcome is Outcome.LEFT


def test_a_session_that_was_renamed_cannot_be_renamed_from_its_old_name() -> None:
    sessions = Sessions(ManualClock())
    sessions.start("old", "x", WHO)
    sessions.rename("old", "new", WHO)
    with pytest.raises(StaleFormError):
        sessions.rename("old", "newer", WHO)
    assert sessions.find("old") is None


def test_a_reference_means_one_thing_in_one_session() -> None:
    mine, theirs = References(), References()
    name = mine.name(Subject.PATIENT, 7)
    assert mine.name(Subject.PATIENT, 7) == name
    assert mine.number(Subject.PATIENT, name) == 7
    for references, subject in ((theirs, Subject.PATIENT), (mine, Subject.CONSENT)):
        with pytest.raises(PageUnknownError):
            references.number(subject, name)


def test_the_oldest_unused_references_are_forgotten_first() -> None:
    references = References()
    first, second = (references.name(Subject.PATIENT, number) for number in range(2))
    for number in range(2, KIOSK_REFERENCES_MAX):
        references.name(Subject.PATIENT, number)
    references.name(Subject.PATIENT, 0)
    references.name(Subject.CONSENT, 1)
    assert references.number(Subject.PATIENT, first) == 0
    with pytest.raises(PageUnknownError):
        references.number(Subject.PATIENT, second)


def test_a_success_clears_the_name_but_not_the_address() -> None:
    tries = Tries(ManualClock())
    for _ in range(KIOSK_SIGN_IN_TRIES):
        tries.failed(["address", "name"])
    tries.succeeded("name")
    tries.check(["name"])
    with pytest.raises(TooManyTriesError) as caught:
        tries.check(["address"])
    assert 0 < caught.value.wait_s <= 300


def test_what_is_watched_is_bounded() -> None:
    tries = Tries(ManualClock())
    for number in range(KIOSK_SIGN_IN_WATCHED_MAX + 10):
        tries.failed([number])
    assert len(tries._failures) == KIOSK_SIGN_IN_WATCHED_MAX
