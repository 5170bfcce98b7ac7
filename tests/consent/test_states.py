"""The state machine of consent.md, section 2, read from its table line by line."""

from __future__ import annotations

from itertools import product

import pytest

from appliance.consent.decision import Reason
from appliance.consent.states import (
    LIVE,
    TRANSITIONS,
    Duty,
    Event,
    Guard,
    IllegalTransitionError,
    State,
    advance,
    transition,
)

S, E = State, Event

TABLE: dict[tuple[State | None, Event], State | None] = {
    (None, E.START): S.DRAFT,
    (S.REFUSED, E.START): S.DRAFT,
    (S.WITHDRAWN, E.START): S.DRAFT,
    (S.EXPIRED, E.START): S.DRAFT,
    (S.DRAFT, E.CANCEL): None,
    (S.DRAFT, E.SIGN): S.PENDING,
    (S.PENDING, E.APPROVE): S.ACTIVE,
    (S.PENDING, E.REJECT): S.REJECTED,
    (None, E.DECLINE): S.REFUSED,
    (S.ACTIVE, E.WITHDRAW): S.WITHDRAWN,
    (S.SUSPENDED, E.WITHDRAW): S.WITHDRAWN,
    (S.PENDING, E.WITHDRAW): S.WITHDRAWN,
    (S.ACTIVE, E.EXCLUDE): S.ACTIVE,
    (S.ACTIVE, E.SUSPEND): S.SUSPENDED,
    (S.SUSPENDED, E.RESUME): S.ACTIVE,
    (S.ACTIVE, E.SUPERSEDE): S.SUPERSEDED,
    (S.SUSPENDED, E.SUPERSEDE): S.SUPERSEDED,
    (S.ACTIVE, E.EXPIRE): S.EXPIRED,
    **{(state, E.CORRECT): S.ENTERED_IN_ERROR for state in State if state is not S.ENTERED_IN_ERROR},
}


@pytest.mark.parametrize(("state", "event"), list(product([None, *State], Event)))
def test_an_event_leads_where_the_table_says_or_is_illegal(state: State | None, event: Event):
    if (state, event) in TABLE:
        assert advance(state, event) is TABLE[state, event]
        return
    with pytest.raises(IllegalTransitionError) as caught:
        advance(state, event)
    assert (caught.value.state, caught.value.event) == (state, event)


def test_an_illegal_transition_says_what_to_do_in_both_languages():
    with pytest.raises(IllegalTransitionError) as caught:
        advance(None, Event.APPROVE)
    told = caught.value.for_terminal()
    assert "CONSENT-0002" in told
    assert "none" in told
    assert caught.value.hint_ja
    assert caught.value.hint_en


def test_every_state_can_be_reached_and_every_event_and_guard_and_duty_is_used():
    reached: set[State | None] = {None}
    for _ in State:
        reached |= {target for (source, _), target in TABLE.items() if source in reached}
    assert reached == {None, *State}
    assert {line.event for line in TRANSITIONS} == set(Event)
    assert {guard for line in TRANSITIONS for guard in line.guards} == set(Guard)
    assert {duty for line in TRANSITIONS for duty in line.duties} == set(Duty)


def test_no_two_lines_answer_the_same_event():
    pairs = [(source, line.event) for line in TRANSITIONS for source in line.sources]
    assert len(pairs) == len(set(pairs))


def test_a_withdrawal_needs_no_reason_and_goes_out_ahead():
    line = transition(State.ACTIVE, Event.WITHDRAW)
    assert line.guards == (Guard.PATIENT_OR_ENTITLED_PROXY,)
    assert set(line.duties) == {
        Duty.DENY_LOCAL_VIEWS,
        Duty.REMOVE_UNSENT,
        Duty.MESSAGE_NETWORK_AHEAD_OF_DATA,
        Duty.PATIENT_SLIP,
        Duty.AWAIT_CONFIRMATION,
    }


def test_an_approval_is_by_staff_and_replaces_the_old_record_ahead_of_data():
    line = transition(State.PENDING, Event.APPROVE)
    assert line.guards == (Guard.STAFF_TWO_FACTOR, Guard.PROXY_PAPERS_SEEN, Guard.NO_OTHER_ACTIVE)
    assert line.duties == (Duty.SUPERSEDE_OLD, Duty.MESSAGE_NETWORK_AHEAD_OF_DATA)


def test_a_draft_that_is_left_is_wiped():
    assert transition(State.DRAFT, Event.CANCEL).duties == (Duty.WIPE_STROKES_AND_TEXT,)


def test_only_approval_and_resumption_make_a_record_active():
    assert {
        event for (source, event), target in TABLE.items() if target is S.ACTIVE and source is not S.ACTIVE
    } == {
        E.APPROVE,
        E.RESUME,
    }
    assert {S.ACTIVE, S.SUSPENDED} == LIVE


def test_every_state_but_active_is_a_reason():
    assert all(Reason(state.value) for state in State if state is not State.ACTIVE)
