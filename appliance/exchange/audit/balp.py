"""An audit row as a FHIR AuditEvent after IHE's Basic Audit Log Patterns (BALP 1.1.x).

Rows that are one of BALP's own events claim its profile: what the box sent to the hub (PrivacyDisclosure.Source) and what
it asked the hub about a patient (PatientQuery). The rest follow the same patterns of agents and entities under DICOM's
event codes. The id follows from box, number and hash: sent twice, the hub has one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from appliance.exchange.audit.catalogue import Code
from appliance.exchange.audit.telling import Subject, Told
from appliance.exchange.fhir.datatypes import Resource, codeable, filled, identifier
from appliance.exchange.fhir.identifiers import IdSystem, Key, facility_source
from appliance.records.identity import resource_id
from appliance.store.audit import Event

_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_EVENT: Final = "urn:x-renkei:CodeSystem:audit-event"
_ROLE: Final = "urn:x-renkei:CodeSystem:role"
_DEVICE: Final = "urn:x-renkei:device"
_HUB: Final = "urn:x-renkei:host"
_LOGIN: Final = "urn:x-renkei:login"
"""The facility's number follows, whose own its logins are."""
_ROW: Final = "urn:x-renkei:audit"
"""The device's id follows, whose own its rows' numbers are."""
_PURPOSES: Final = {"treat": "TREAT", "emergency": "BTG", "disaster": "ETREAT"}
_SOURCE: Final = Code("110153", "Source Role ID")
_DESTINATION: Final = Code("110152", "Destination Role ID")
_APPLICATION: Final = Code("110150", "Application")
_ADDRESS_NAME, _ADDRESS_URI = "1", "5"


class Profile(StrEnum):
    """The BALP profiles that rows claim."""

    QUERY = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery"
    DISCLOSURE = (
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"
    )


def audit_event(row: Told) -> Resource:
    """One row's AuditEvent."""
    profile = profile_of(row)
    return filled(
        resourceType="AuditEvent",
        id=event_id(row),
        meta=filled(source=facility_source(row.facility), profile=[profile.value] if profile else None),
        type=_type(row, profile),
        subtype=_subtypes(row, profile),
        action=row.kind.action,
        recorded=row.at,
        outcome=row.outcome.value,
        purposeOfEvent=[_purpose(row)] if row.purpose in _PURPOSES else None,
        agent=list(_agents(row)),
        source={
            "site": row.facility,
            "observer": _device(row),
            "type": [
                {"system": f"{_TERMS}/security-source-type", "code": "4", "display": "Application Server"}
            ],
        },
        entity=list(_entities(row, profile)),
    )


def bundle(events: Sequence[Resource]) -> bytes:
    """A transaction that puts these AuditEvents."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"AuditEvent/{one['id']}"}} for one in events
    ]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def event_id(row: Told) -> str:
    return resource_id("AuditEvent", row.device, str(row.seq), row.hash)


def profile_of(row: Told) -> Profile | None:
    """What a row is by BALP: both profiles are for one patient; a query's, for one that was answered, too."""
    if len(row.subjects) != 1 or not row.recipient:
        return None
    if row.event == Event.DELIVERY_SENT:
        return Profile.DISCLOSURE
    asked = row.event == Event.NETWORK_VIEWED and row.providers and row.subjects[0].named
    return Profile.QUERY if asked else None


def _type(row: Told, profile: Profile | None) -> Resource:
    if profile is Profile.QUERY:
        return {"system": f"{_TERMS}/audit-event-type", "code": "rest", "display": "RESTful Operation"}
    return _coding(row.kind.id)


def _subtypes(row: Told, profile: Profile | None) -> list[Resource]:
    found = [{"system": _EVENT, "code": row.event}]
    if profile is Profile.QUERY:
        found.insert(0, {"system": "http://hl7.org/fhir/restful-interaction", "code": "search"})
    if profile is Profile.DISCLOSURE:
        found.insert(0, {"system": f"{_TERMS}/iso-21089-lifecycle", "code": "disclose"})
    if row.kind.type:
        found.insert(0, _coding(row.kind.type))
    return found


def _agents(row: Told) -> Iterator[Resource]:
    """The box, the hub where the box asked or sent, the person where one acted."""
    yield {
        "type": _concept(_SOURCE if row.recipient else _APPLICATION),
        "who": _device(row),
        "requestor": row.person is None,
        "network": {"address": row.device, "type": _ADDRESS_NAME},
    }
    if row.recipient:
        host = urlsplit(row.recipient).hostname or row.recipient
        yield {
            "type": _concept(_DESTINATION),
            "who": {"identifier": identifier(Key(_HUB, host))},
            "requestor": False,
            "network": {"address": row.recipient, "type": _ADDRESS_URI},
        }
    if row.person:
        yield filled(
            type=codeable(f"{_TERMS}/v3-ParticipationType", "IRCP", "information recipient"),
            role=[codeable(_ROLE, row.person.role)] if row.person.role else None,
            who={"identifier": identifier(Key(f"{_LOGIN}:{row.facility}", row.person.login))},
            requestor=True,
            purposeOfUse=[_purpose(row)] if row.purpose in _PURPOSES else None,
        )


def _entities(row: Told, profile: Profile | None) -> Iterator[Resource]:
    yield from map(_patient, row.subjects)
    if profile is Profile.QUERY:
        yield _query(row)
    for provider in row.providers:
        yield {
            "what": {"identifier": identifier(Key(IdSystem.INSTITUTION, provider.facility))},
            "type": _entity("3", "Organization"),
            "role": _object_role("25", "Data Source"),
            "detail": [_detail("decided", one) for one in provider.decided],
        }
    details = [("hash", row.hash), ("clock-trusted", str(row.clock_trusted).lower()), *row.particulars]
    yield {
        "what": {"identifier": identifier(Key(f"{_ROW}:{row.device}", str(row.seq)))},
        "type": _entity("4", "Other"),
        "role": _object_role("13", "Security Resource"),
        "detail": [_detail(*one) for one in details],
    }


def _patient(one: Subject) -> Resource:
    return {
        "what": {"type": "Patient", "identifier": identifier(one.key)},
        "type": _entity("1", "Person"),
        "role": _object_role("1", "Patient"),
    }


def _query(row: Told) -> Resource:
    """The terms of the look-up, as they stood in the body of each `_search`."""
    terms = f"patient.identifier={row.subjects[0].key.as_search()}"
    return {
        "type": _entity("2", "System Object"),
        "role": _object_role("24", "Query"),
        "query": base64.b64encode(terms.encode()).decode(),
    }


def _device(row: Told) -> Resource:
    return {"identifier": identifier(Key(_DEVICE, row.device))}


def _purpose(row: Told) -> Resource:
    return codeable(f"{_TERMS}/v3-ActReason", _PURPOSES[row.purpose])


def _coding(one: Code) -> Resource:
    return {"system": _DCM, "code": one.code, "display": one.meaning}


def _concept(one: Code) -> Resource:
    return {"coding": [_coding(one)]}


def _entity(code: str, display: str) -> Resource:
    return {"system": f"{_TERMS}/audit-entity-type", "code": code, "display": display}


def _object_role(code: str, display: str) -> Resource:
    return {"system": f"{_TERMS}/object-role", "code": code, "display": display}


def _detail(name: str, value: Any) -> Resource:
    return {"type": name, "valueString": value}
