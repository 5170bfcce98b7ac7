"""What must hold of every case (consent.md, section 7): whoever takes something away never thereby permits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.clock import JST
from appliance.consent.consents import Consent, Edge, Mode, NamedPerson, narrows
from appliance.consent.decide import decide
from appliance.consent.decision import Decision, Effect, Obligation, Reason
from appliance.consent.participants import Membership, Participants
from appliance.consent.policy import EMERGENCY_CLASSES, Disaster, EmergencyRule, Growth, Policy, Topology
from appliance.consent.request import Case, Grant, Purpose, Request, Snapshot
from appliance.consent.states import Event, State, advance
from appliance.records.data_class import DataClass

# Small worlds: few facilities and few days, so that things meet. Most of it is drawn in favour of a permission.
START = datetime(2026, 10, 1, tzinfo=JST)
FACILITIES = ("a", "b", "c")

facilities = st.sampled_from(FACILITIES)
some_facilities = st.frozensets(facilities, max_size=2)
moments = st.integers(0, 8).map(lambda days: START + timedelta(days=days))
days = st.integers(0, 8).map(lambda days: date(2026, 10, 1) + timedelta(days=days))
classes = st.sampled_from([DataClass.BASIC, DataClass.LAB, DataClass.MEDICATION])
memberships = st.builds(Membership, facilities, moments, st.none() | moments)
consents = st.builds(
    Consent,
    state=st.just(State.ACTIVE) | st.sampled_from(State),
    mode=st.just(Mode.BLANKET) | st.sampled_from(Mode),
    effective=moments,
    captured_at=facilities,
    expires=st.none() | moments,
    viewers=some_facilities,
    edges=st.frozensets(st.builds(Edge, facilities, facilities), max_size=4),
    persons=st.frozensets(st.builds(NamedPerson, st.just("p"), facilities), max_size=2),
    excluded_viewers=st.just(frozenset()) | some_facilities,
    excluded_sources=st.just(frozenset()) | some_facilities,
    objections=some_facilities,
    hidden_classes=st.frozensets(classes, max_size=1),
    data_from=st.none() | days,
    emergency=st.booleans(),
)
policies = st.builds(
    Policy,
    growth=st.sampled_from([*Growth, None]),
    notices=st.dictionaries(facilities, moments),
    topology=st.just(Topology.MESH) | st.sampled_from([*Topology, None]),
    emergency=st.sampled_from([*EmergencyRule, None]),
    emergency_kinds=st.just(frozenset({"hospital"})),
    own_roles=st.sampled_from([frozenset({"r"}), frozenset()]),
    role_classes=st.just({"r": frozenset(DataClass)}),
    disasters=st.lists(st.builds(Disaster, some_facilities, moments, moments), max_size=1).map(tuple),
    max_snapshot_age_s=st.sampled_from([0.0, 86_400.0, 1e9]),
)
participants = st.lists(memberships, max_size=4).map(
    lambda drawn: Participants.of(
        [*drawn, *(Membership(facility, START) for facility in FACILITIES[len(drawn) // 2 :])],
        dict.fromkeys(FACILITIES, "hospital"),
    ),
)
requests = st.builds(
    Request,
    authenticated=st.sampled_from([True, True, True, False]),
    viewer=st.just("p"),
    viewer_facility=facilities,
    source_facility=facilities,
    role=st.sampled_from(["r", "r", "s"]),
    purpose=st.sampled_from([*Purpose, None]),
    data_class=classes | st.none(),
    data_date=st.none() | days,
    two_factor=st.sampled_from([True, True, False]),
    grant=st.none() | st.builds(Grant, st.just(START), moments, st.sampled_from(["unconscious", ""])),
)
cases = st.builds(
    Case,
    now=moments,
    snapshot=st.builds(Snapshot, moments, participants, policies),
    can_express=st.sampled_from([False, False, True]),
    consent=consents,
    request=requests,
    clock_trusted=st.sampled_from([True, True, True, False]),
)
cases_with_or_without_consent = st.one_of(cases, cases.map(lambda case: replace(case, consent=None)))

FREEDOM = {Effect.DENY: 0, Effect.PERMIT_LIMITED: 1, Effect.PERMIT: 2}


def under_consent(case: Case, **changes: object) -> Case:
    assert case.consent is not None
    return replace(case, consent=replace(case.consent, **changes))


def freedom(case: Case) -> int:
    return FREEDOM[decide(case).effect]


@given(cases, some_facilities, some_facilities)
def test_an_exclusion_never_adds_a_permit(case: Case, viewers: frozenset[str], sources: frozenset[str]):
    excluded = under_consent(
        case,
        excluded_viewers=case.consent.excluded_viewers | viewers,
        excluded_sources=case.consent.excluded_sources | sources,
    )
    assert freedom(excluded) <= freedom(case)


@given(cases)
def test_withdrawing_never_adds_a_permit(case: Case):
    assume(case.consent.state in {State.ACTIVE, State.SUSPENDED, State.PENDING})
    withdrawn = under_consent(case, state=advance(case.consent.state, Event.WITHDRAW))
    assert freedom(withdrawn) <= freedom(case)


@given(cases)
def test_suspending_or_superseding_never_adds_a_permit(case: Case):
    active = under_consent(case, state=State.ACTIVE)
    for event in (Event.SUSPEND, Event.SUPERSEDE, Event.EXPIRE):
        assert freedom(under_consent(case, state=advance(State.ACTIVE, event))) <= freedom(active)


@given(cases, classes)
def test_hiding_a_class_never_adds_a_permit(case: Case, hidden: DataClass):
    assert freedom(under_consent(case, hidden_classes=case.consent.hidden_classes | {hidden})) <= freedom(
        case
    )


@given(cases, some_facilities)
def test_an_objection_never_adds_a_permit(case: Case, objections: frozenset[str]):
    assert freedom(under_consent(case, objections=case.consent.objections | objections)) <= freedom(case)


@given(cases)
def test_saying_no_to_emergencies_never_adds_a_permit(case: Case):
    assert freedom(under_consent(case, emergency=False)) <= freedom(case)


@given(cases, days)
def test_a_later_start_of_the_data_never_adds_a_permit(case: Case, later: date):
    assume(case.consent.data_from is None or case.consent.data_from <= later)
    assert freedom(under_consent(case, data_from=later)) <= freedom(case)


@given(cases, moments)
def test_an_earlier_expiry_never_adds_a_permit(case: Case, earlier: datetime):
    assume(case.consent.expires is None or earlier <= case.consent.expires)
    assert freedom(under_consent(case, expires=earlier)) <= freedom(case)


@given(cases, st.sampled_from([Purpose.TREAT, Purpose.PROVIDE]), moments, st.integers(0, 3))
def test_what_has_expired_stays_expired(case: Case, purpose: Purpose, expires: datetime, days_since: int):
    late = replace(
        case, now=expires + timedelta(days=days_since), request=replace(case.request, purpose=purpose)
    )
    decision = decide(under_consent(late, expires=expires))
    assert not decision.permits or decision.reason is Reason.OWN_RECORD


@given(cases, st.sampled_from([state for state in State if state is not State.ACTIVE]))
def test_nothing_is_provided_in_any_state_but_active(case: Case, state: State):
    request = replace(case.request, purpose=Purpose.PROVIDE)
    assert not decide(under_consent(replace(case, request=request), state=state)).permits
    assert not decide(replace(case, request=request, consent=None)).permits


@given(cases)
def test_what_may_be_provided_needs_each_part_of_the_formula(case: Case):
    case = replace(case, request=replace(case.request, purpose=Purpose.PROVIDE))
    request, consent = case.request, case.consent
    formula = (
        request.authenticated
        and any(
            stay.since <= case.now and (stay.until is None or case.now < stay.until) for stay in stays(case)
        )
        and consent.state is State.ACTIVE
        and consent.effective <= case.now
        and (consent.expires is None or case.now < consent.expires)
        and case.clock_trusted
        and (case.now - case.snapshot.taken_at).total_seconds() <= case.snapshot.policy.max_snapshot_age_s
        and request.source_facility not in consent.excluded_sources
        and request.data_class is not None
        and request.data_class not in consent.hidden_classes
        and (
            consent.data_from is None
            or (request.data_date is not None and request.data_date >= consent.data_from)
        )
    )
    assert decide(case).permits is formula


def stays(case: Case) -> tuple[Membership, ...]:
    return case.snapshot.participants.memberships.get(case.request.source_facility, ())


@given(cases_with_or_without_consent)
def test_a_permit_always_has_its_ground(case: Case):
    decision, request = decide(case), case.request
    if decision.effect is Effect.PERMIT_LIMITED:
        assert request.purpose in {Purpose.EMERGENCY, Purpose.DISASTER}
        assert request.data_class in EMERGENCY_CLASSES
        assert request.two_factor
        assert not case.can_express
        assert decision.obligations == tuple(Obligation)
    elif decision.reason is Reason.OWN_RECORD:
        assert request.viewer_facility == request.source_facility
        assert request.purpose is Purpose.TREAT
    elif decision.permits:
        assert decision.reason is Reason.CONSENT
        assert case.consent is not None
        assert case.consent.state is State.ACTIVE
        assert request.purpose in {Purpose.TREAT, Purpose.PROVIDE}
    assert decision.permits <= request.authenticated


@given(cases)
def test_being_able_to_speak_never_adds_a_permit(case: Case):
    assert freedom(replace(case, can_express=True)) <= freedom(replace(case, can_express=False))


@given(cases_with_or_without_consent, moments)
def test_an_older_snapshot_never_adds_a_permit_and_never_changes_an_emergency(case: Case, taken_at: datetime):
    assume(taken_at <= case.snapshot.taken_at)
    older = replace(case, snapshot=replace(case.snapshot, taken_at=taken_at))
    assert freedom(older) <= freedom(case)
    if case.request.purpose in {Purpose.EMERGENCY, Purpose.DISASTER}:
        assert decide(older) == decide(case)


def active(decision_case: Case, consent: Consent) -> Decision:
    return decide(replace(decision_case, consent=replace(consent, state=State.ACTIVE)))


def alike(consent: Consent) -> st.SearchStrategy[Consent]:
    """Consents that differ from `consent` in a few fields, so that one often narrows the other."""
    fields = list(Consent.__dataclass_fields__)

    def mixed(other: Consent, kept: frozenset[str]) -> Consent:
        return replace(other, **{name: getattr(consent, name) for name in kept})

    few = st.sets(st.sampled_from(fields), max_size=3)
    return st.builds(mixed, consents, few.map(lambda changed: frozenset(fields) - changed))


@given(st.data(), cases)
def test_a_consent_that_narrows_permits_nothing_new(data: st.DataObject, case: Case):
    new = data.draw(alike(case.consent))
    assume(narrows(new, case.consent))
    assert FREEDOM[active(case, new).effect] <= FREEDOM[active(case, case.consent).effect]


@given(consents)
def test_a_consent_narrows_itself(consent: Consent):
    assert narrows(consent, consent)
