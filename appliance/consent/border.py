"""The border: the JSON of consent.md, section 8, becomes typed values. The layouts are that section as tables.

What is mandatory and what is unknown without being malformed stands under "Terms of the table, exact".
"""

from __future__ import annotations

from typing import Any

from appliance.consent.consents import Consent, Edge, Mode, NamedPerson
from appliance.consent.participants import Membership, Participants
from appliance.consent.policy import Disaster, EmergencyRule, Growth, Policy, Topology
from appliance.consent.readers import (
    Key,
    Layout,
    MalformedCaseError,
    by_text,
    day,
    known_word,
    list_of,
    made,
    number,
    or_null,
    set_of,
    text,
    texts,
    time,
    truth,
    under,
    word,
)
from appliance.consent.request import Case, Grant, Purpose, Request, Snapshot
from appliance.consent.states import State
from appliance.records.data_class import DataClass

_texts_by_text = by_text(text)
_ends = list_of(text)
_data_class = {data_class.value: data_class for data_class in DataClass}


def _classes(value: object) -> frozenset[DataClass]:
    """The classes a list names; a word that is no class can be neither seen nor hidden."""
    return frozenset([_data_class[name] for name in texts(value) if name in _data_class])


def _edge(value: object) -> Edge:
    ends = _ends(value)
    if len(ends) != len(Edge._fields):
        raise MalformedCaseError(
            "施設は2つ（提供元、閲覧先）です", "two facilities are needed: source and viewer"
        )
    return Edge(*ends)


def _not_no(value: object) -> bool:
    return text(value) != "no"


_membership = made(
    Membership,
    Key("facility", "facility", text, must=True),
    Key("from", "since", time, must=True),
    Key("to", "until", or_null(time)),
)
_disaster = made(
    Disaster,
    Key("facilities", "facilities", texts),
    Key("from", "since", or_null(time)),
    Key("to", "until", or_null(time)),
)
_person = made(
    NamedPerson,
    Key("person", "person", text, must=True),
    Key("facility", "facility", text, must=True),
)
_grant = made(
    Grant,
    Key("from", "since", or_null(time)),
    Key("to", "until", or_null(time)),
    Key("reason", "reason", or_null(text)),
)
_request = made(
    Request,
    Key("authenticated", "authenticated", truth, must=True),
    Key("two_factor", "two_factor", truth),
    Key("viewer", "viewer", text, must=True),
    Key("viewer_facility", "viewer_facility", text, must=True),
    Key("source_facility", "source_facility", text, must=True),
    Key("role", "role", text, must=True),
    Key("purpose", "purpose", word(Purpose), must=True),
    Key("data_class", "data_class", word(DataClass), must=True),
    Key("data_date", "data_date", or_null(day), must=True),
    Key("grant", "grant", or_null(_grant)),
)
_consent = made(
    Consent,
    Key("state", "state", known_word(State), must=True),
    Key("mode", "mode", known_word(Mode), must=True),
    Key("effective", "effective", time, must=True),
    Key("captured_at", "captured_at", text, must=True),
    Key("expires", "expires", or_null(time)),
    Key("viewers", "viewers", texts),
    Key("edges", "edges", set_of(_edge)),
    Key("persons", "persons", set_of(_person)),
    Key("excluded_viewers", "excluded_viewers", texts),
    Key("excluded_sources", "excluded_sources", texts),
    Key("objections", "objections", texts),
    Key("hidden_classes", "hidden_classes", _classes),
    Key("data_from", "data_from", or_null(day)),
    Key("emergency", "emergency", _not_no),
)
_policy = made(
    Policy,
    Key("growth", "growth", word(Growth)),
    Key("notices", "notices", by_text(time)),
    Key("topology", "topology", word(Topology)),
    Key("emergency", "emergency", word(EmergencyRule)),
    Key("emergency_types", "emergency_kinds", texts),
    Key("own_roles", "own_roles", texts),
    Key("role_classes", "role_classes", by_text(_classes)),
    Key("disasters", "disasters", list_of(_disaster)),
    Key("max_snapshot_age_s", "max_snapshot_age_s", number),
)
_patient = Layout(Key("can_express", "can_express", truth, must=True))
_case = Layout(
    Key("now", "now", time, must=True),
    Key("snapshot_at", "snapshot_at", time, must=True),
    Key("clock_trusted", "clock_trusted", truth),
    Key("participants", "participants", list_of(_membership)),
    Key("facility_types", "facility_types", _texts_by_text),
    Key("patient", "patient", _patient.fields, must=True),
    Key("policy", "policy", _policy),
    Key("consent", "consent", or_null(_consent)),
    Key("request", "request", _request, must=True),
)


def parse_case(value: object) -> Case:
    """A case from a decoded JSON value; raises MalformedCaseError. Unknown purposes, roles and classes are no fault."""
    found = _case.fields(value)
    patient: dict[str, Any] = found.pop("patient")
    snapshot = Snapshot(
        taken_at=found.pop("snapshot_at"),
        participants=Participants.of(found.pop("participants", ()), found.pop("facility_types", None)),
        policy=found.pop("policy", None) or Policy(),
    )
    return Case(snapshot=snapshot, consent=found.pop("consent", None), **patient, **found)


def parse_policy(value: object) -> Policy:
    """The `policy` object of a case or of the signed policy document; raises MalformedCaseError."""
    return under("policy", _policy, value)


def parse_participants(memberships: object, facility_types: object) -> Participants:
    """The `participants` list and the `facility_types` object; raises MalformedCaseError."""
    return Participants.of(
        under("participants", list_of(_membership), memberships),
        under("facility_types", _texts_by_text, facility_types),
    )


def parse_consent(value: object) -> Consent:
    """The `consent` object of a case; raises MalformedCaseError."""
    return under("consent", _consent, value)
