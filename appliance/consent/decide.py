"""The decision: may this person see that item now (VIEW), may it leave the box (PROVIDE).

The two orders below are consent.md, section 3, line for line: the first rule that hits gives the answer. Rules that
speak of the consent itself hit when there is none, so that a gap in the order denies and never permits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.consent import sentences
from appliance.consent.consents import Consent, Edge, Mode, NamedPerson
from appliance.consent.decision import Decision, Effect, Obligation, Reason
from appliance.consent.policy import EMERGENCY_CLASSES, EmergencyRule, Growth, Topology
from appliance.consent.request import Case, Purpose
from appliance.consent.states import LIVE, State

Test = Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an order: the row's number, the purposes it is for, what is tested, and the answer if so."""

    row: str
    purposes: frozenset[Purpose | None]
    test: Test
    decision: Decision


def decide(case: Case) -> Decision:
    """The answer to `case`: the first rule, in the order of its purpose, whose test is true."""
    for rule in _ORDERS[case.request.purpose]:
        if rule.test(case):
            return rule.decision
    return _deny(Reason.NO_CONSENT)  # the last rule of each order needs a record; unknown = deny


# --- the answers ----------------------------------------------------------------------------------


def _view(effect: Effect, reason: Reason, obligations: tuple[Obligation, ...] = ()) -> Decision:
    why = sentences.VIEW[reason]
    return Decision(effect, reason, why.ja, why.en, obligations)


def _permit(reason: Reason) -> Decision:
    return _view(Effect.PERMIT, reason)


def _limited(reason: Reason) -> Decision:
    return _view(Effect.PERMIT_LIMITED, reason, tuple(Obligation))


def _deny(reason: Reason) -> Decision:
    return _view(Effect.DENY, reason)


def _send(reason: Reason) -> Decision:
    why = sentences.PROVIDE[reason]
    return Decision(Effect.PERMIT, reason, why.ja, why.en)


def _keep(reason: Reason) -> Decision:
    why = sentences.PROVIDE[reason]
    return Decision(Effect.DENY, reason, why.ja, why.en)


# --- rows 1 to 5: who asks ------------------------------------------------------------------------


def _not_authenticated(case: Case) -> bool:
    return not case.request.authenticated


def _own_record(case: Case) -> bool:
    request = case.request
    own = request.viewer_facility == request.source_facility != ""
    return own and request.purpose is Purpose.TREAT and request.role in case.snapshot.policy.own_roles


def _viewer_not_participant(case: Case) -> bool:
    return case.snapshot.participants.joined(case.request.viewer_facility, case.now) is None


def _source_not_participant(case: Case) -> bool:
    return case.snapshot.participants.joined(case.request.source_facility, case.now) is None


def _role_may_not(case: Case) -> bool:
    return not case.snapshot.policy.may_see(case.request.role, case.request.data_class)


# --- rows 6 to 13: emergency and disaster; `effective` and `expires` are not looked at ------------


def _no_activation(case: Case) -> bool:
    return not case.snapshot.policy.disaster_covers(case.request.viewer_facility, case.now)


def _kind_not_allowed(case: Case) -> bool:
    kind = case.snapshot.participants.kind(case.request.viewer_facility)
    return kind not in case.snapshot.policy.emergency_kinds


def _no_complete_grant(case: Case) -> bool:
    grant = case.request.grant
    complete = grant is not None and grant.is_live(case.now) and grant.has_reason()
    return not (complete and case.request.two_factor)


def _patient_refused(case: Case) -> bool:
    return case.consent is not None and case.consent.state is State.REFUSED


def _patient_opted_out(case: Case) -> bool:
    return case.consent is not None and not case.consent.emergency


def _emergency_never(case: Case) -> bool:
    return case.snapshot.policy.emergency not in {EmergencyRule.CONSENTED, EmergencyRule.ANY}


def _emergency_without_live_record(case: Case) -> bool:
    live = case.consent is not None and case.consent.state in LIVE
    return case.snapshot.policy.emergency is EmergencyRule.CONSENTED and not live


def _patient_can_express(case: Case) -> bool:
    return case.can_express


def _outside_emergency_subset(case: Case) -> bool:
    return case.request.data_class not in EMERGENCY_CLASSES


def _otherwise(_: Case) -> bool:
    return True


# --- rows 14 to 21: what the patient signed -------------------------------------------------------


def _no_record(case: Case) -> bool:
    return case.consent is None


def _state_is(state: State) -> Test:
    def test(case: Case) -> bool:
        return case.consent is not None and case.consent.state is state

    return test


def _denied_by(test: Callable[[Consent, Case], bool]) -> Test:
    """`test` of the consent; without a consent it hits, because these rules deny."""

    def hits(case: Case) -> bool:
        return case.consent is None or test(case.consent, case)

    return hits


def _not_yet(consent: Consent, case: Case) -> bool:
    return case.now < consent.effective


def _expired(consent: Consent, case: Case) -> bool:
    return consent.expires is not None and consent.expires <= case.now


def _source_excluded(consent: Consent, case: Case) -> bool:
    return case.request.source_facility in consent.excluded_sources


def _viewer_or_source_excluded(consent: Consent, case: Case) -> bool:
    return case.request.viewer_facility in consent.excluded_viewers or _source_excluded(consent, case)


def _out_of_scope(consent: Consent, case: Case) -> bool:
    request = case.request
    if consent.mode is Mode.BLANKET:
        return not _in_blanket_scope(consent, case)
    if consent.mode is Mode.LIST:
        return request.viewer_facility not in consent.viewers
    if consent.mode is Mode.FACILITY:
        return Edge(request.source_facility, request.viewer_facility) not in consent.edges
    return NamedPerson(request.viewer, request.viewer_facility) not in consent.persons


def _in_blanket_scope(consent: Consent, case: Case) -> bool:
    """The first line of the truth table: at signing, or joined later under the policy's growth rule."""
    viewer, policy = case.request.viewer_facility, case.snapshot.policy
    joined = case.snapshot.participants.joined(viewer, case.now)
    if joined is None:
        return False
    if joined <= consent.effective or policy.growth is Growth.PUBLISH:
        return True
    deadline = policy.notices.get(viewer)
    notified = policy.growth is Growth.NOTIFY and deadline is not None and deadline <= case.now
    return notified and viewer not in consent.objections


def _against_topology(consent: Consent, case: Case) -> bool:
    if consent.mode not in {Mode.BLANKET, Mode.LIST} or case.snapshot.policy.topology is Topology.MESH:
        return False
    ends = {case.request.source_facility, case.request.viewer_facility}
    return case.snapshot.policy.topology is not Topology.STAR or consent.captured_at not in ends


def _unknown_class(case: Case) -> bool:
    return case.request.data_class is None


def _hidden(consent: Consent, case: Case) -> bool:
    return case.request.data_class in consent.hidden_classes


def _before_data_from(consent: Consent, case: Case) -> bool:
    if consent.data_from is None:
        return False
    return case.request.data_date is None or case.request.data_date < consent.data_from


# --- the orders -----------------------------------------------------------------------------------

_TREAT: Final[frozenset[Purpose | None]] = frozenset({Purpose.TREAT})
_EMERGENCY: Final[frozenset[Purpose | None]] = frozenset({Purpose.EMERGENCY})
_DISASTER: Final[frozenset[Purpose | None]] = frozenset({Purpose.DISASTER})
_UNKNOWN: Final[frozenset[Purpose | None]] = frozenset({None})
_URGENT: Final = _EMERGENCY | _DISASTER
_ALL: Final = _TREAT | _URGENT | _UNKNOWN
_PROVIDE: Final[frozenset[Purpose | None]] = frozenset({Purpose.PROVIDE})

_OTHER_STATES: Final = tuple(state for state in State if state is not State.ACTIVE)

VIEW_ORDER: Final = (
    Rule("1", _ALL, _not_authenticated, _deny(Reason.NOT_AUTHENTICATED)),
    Rule("2", _ALL, _own_record, _permit(Reason.OWN_RECORD)),
    Rule("3", _ALL, _viewer_not_participant, _deny(Reason.NOT_PARTICIPANT)),
    Rule("4", _ALL, _source_not_participant, _deny(Reason.SOURCE_LEFT)),
    Rule("5", _ALL, _role_may_not, _deny(Reason.ROLE)),
    Rule("6", _DISASTER, _no_activation, _deny(Reason.NO_DISASTER)),
    Rule("6'", _EMERGENCY, _kind_not_allowed, _deny(Reason.FACILITY_TYPE)),
    Rule("7", _URGENT, _no_complete_grant, _deny(Reason.NO_GRANT)),
    Rule("8", _URGENT, _patient_refused, _deny(Reason.REFUSED)),
    Rule("9", _URGENT, _patient_opted_out, _deny(Reason.EMERGENCY_OPT_OUT)),
    Rule("10", _EMERGENCY, _emergency_never, _deny(Reason.POLICY)),
    Rule("10", _EMERGENCY, _emergency_without_live_record, _deny(Reason.NO_CONSENT)),
    Rule("11", _URGENT, _patient_can_express, _deny(Reason.ASK_THE_PATIENT)),
    Rule("12", _URGENT, _outside_emergency_subset, _deny(Reason.EMERGENCY_SUBSET)),
    Rule("13", _EMERGENCY, _otherwise, _limited(Reason.EMERGENCY)),
    Rule("13", _DISASTER, _otherwise, _limited(Reason.DISASTER)),
    Rule("14", _UNKNOWN, _otherwise, _deny(Reason.PURPOSE)),
    Rule("15", _TREAT, _no_record, _deny(Reason.NO_CONSENT)),
    *(Rule("15", _TREAT, _state_is(state), _deny(Reason(state.value))) for state in _OTHER_STATES),
    Rule("15", _TREAT, _denied_by(_not_yet), _deny(Reason.NOT_YET)),
    Rule("15", _TREAT, _denied_by(_expired), _deny(Reason.EXPIRED)),
    Rule("16", _TREAT, Case.is_stale, _deny(Reason.STALE)),
    Rule("17", _TREAT, _denied_by(_viewer_or_source_excluded), _deny(Reason.EXCLUDED)),
    Rule("18", _TREAT, _denied_by(_out_of_scope), _deny(Reason.OUT_OF_SCOPE)),
    Rule("19", _TREAT, _denied_by(_against_topology), _deny(Reason.TOPOLOGY)),
    Rule("20", _TREAT, _denied_by(_hidden), _deny(Reason.HIDDEN)),
    Rule("20", _TREAT, _denied_by(_before_data_from), _deny(Reason.DATA_PERIOD)),
    Rule("21", _TREAT, _state_is(State.ACTIVE), _permit(Reason.CONSENT)),
)
"""VIEW: may this person see that item now?"""

PROVIDE_ORDER: Final = (
    Rule("1", _PROVIDE, _not_authenticated, _keep(Reason.NOT_AUTHENTICATED)),
    Rule("own facility", _PROVIDE, _source_not_participant, _keep(Reason.NOT_PARTICIPANT)),
    Rule("state", _PROVIDE, _no_record, _keep(Reason.NO_CONSENT)),
    *(Rule("state", _PROVIDE, _state_is(state), _keep(Reason(state.value))) for state in _OTHER_STATES),
    Rule("dates", _PROVIDE, _denied_by(_not_yet), _keep(Reason.NOT_YET)),
    Rule("dates", _PROVIDE, _denied_by(_expired), _keep(Reason.EXPIRED)),
    Rule("snapshot", _PROVIDE, Case.is_stale, _keep(Reason.STALE)),
    Rule("source", _PROVIDE, _denied_by(_source_excluded), _keep(Reason.EXCLUDED)),
    # Row 5 is not asked here, but a class nobody knows cannot be shown not to be hidden: unknown = deny.
    Rule("class", _PROVIDE, _unknown_class, _keep(Reason.ROLE)),
    Rule("class", _PROVIDE, _denied_by(_hidden), _keep(Reason.HIDDEN)),
    Rule("period", _PROVIDE, _denied_by(_before_data_from), _keep(Reason.DATA_PERIOD)),
    Rule("else", _PROVIDE, _state_is(State.ACTIVE), _send(Reason.CONSENT)),
)
"""PROVIDE: may this patient's data leave the box? The facility is the request's provider."""

_ORDERS: Final[dict[Purpose | None, tuple[Rule, ...]]] = {
    purpose: tuple(rule for rule in (*VIEW_ORDER, *PROVIDE_ORDER) if purpose in rule.purposes)
    for purpose in (*Purpose, None)
}
