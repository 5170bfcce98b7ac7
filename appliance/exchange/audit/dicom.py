"""An audit row as DICOM AuditMessages (PS3.15 A.5, as the IHE schema has it): one, or several where one grew too large."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from appliance.exchange.audit.catalogue import Code
from appliance.exchange.audit.telling import Subject, Told
from appliance.exchange.fhir.identifiers import Key

_DCM: Final = "DCM"
_OWN: Final = "renkei-gateway"
"""The coding scheme of our own codes."""
_APPLICATION: Final = Code("110150", "Application")
_SOURCE: Final = Code("110153", "Source Role ID")
_DESTINATION: Final = Code("110152", "Destination Role ID")
_PURPOSES: Final = {"treat": "TREAT", "emergency": "BTG", "disaster": "ETREAT"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADDRESS_NAME, _ADDRESS_URI = "1", "5"


def audit_messages(row: Told, max_bytes: int) -> Iterator[bytes]:
    """The row's messages, UTF-8 without declaration; each within `max_bytes`, as long as one object alone fits in."""
    own, *others = list(_objects(row))
    part: list[ET.Element] = [own]
    for one in others:
        if len(part) > 1 and len(_message(row, [*part, one])) > max_bytes:
            yield _message(row, part)
            part = [own]
        part.append(one)
    yield _message(row, part)


def _message(row: Told, objects: Iterable[ET.Element]) -> bytes:
    message = ET.Element("AuditMessage")
    message.append(_event(row))
    message.extend(_participants(row))
    source = ET.SubElement(
        message,
        "AuditSourceIdentification",
        {"AuditSourceID": _token(row.device), "AuditEnterpriseSiteID": row.facility},
    )
    _coded(source, "AuditSourceTypeCode", "4", _DCM, "Application Server")
    message.extend(objects)
    return ET.tostring(message, encoding="unicode").encode()


def _event(row: Told) -> ET.Element:
    event = ET.Element(
        "EventIdentification",
        {
            "EventActionCode": row.kind.action,
            "EventDateTime": row.at,
            "EventOutcomeIndicator": row.outcome.value,
        },
    )
    _coded(event, "EventID", row.kind.id.code, _DCM, row.kind.id.meaning)
    if row.kind.type:
        _coded(event, "EventTypeCode", row.kind.type.code, _DCM, row.kind.type.meaning)
    _coded(event, "EventTypeCode", row.event, _OWN, row.event)
    if row.purpose in _PURPOSES:
        _coded(event, "PurposeOfUse", _PURPOSES[row.purpose], "ActReason", row.purpose)
    return event


def _participants(row: Told) -> Iterator[ET.Element]:
    """The box; the person, where one acted; the hub, where the box itself asked or sent."""
    role = _SOURCE if row.recipient else _APPLICATION
    yield _participant(row.device, role, _DCM, row.device, _ADDRESS_NAME, requestor=row.person is None)
    if row.person:
        role = Code(row.person.role or "unknown", row.person.role or "unknown")
        yield _participant(row.person.login, role, _OWN, requestor=True)
    if row.recipient:
        host = urlsplit(row.recipient).hostname or row.recipient
        yield _participant(host, _DESTINATION, _DCM, row.recipient, _ADDRESS_URI, requestor=False)


def _participant(
    user: str, role: Code, scheme: str, address: str = "", address_type: str = "", *, requestor: bool
) -> ET.Element:
    about = {"UserID": _plain(user), "UserIsRequestor": str(requestor).lower()}
    if address:
        about |= {"NetworkAccessPointID": _token(address), "NetworkAccessPointTypeCode": address_type}
    found = ET.Element("ActiveParticipant", about)
    _coded(found, "RoleIDCode", role.code, scheme, role.meaning)
    return found


def _objects(row: Told) -> Iterator[ET.Element]:
    """The row itself with its particulars first: every part of a row carries it."""
    place = f"urn:x-renkei:audit:{row.device}:{row.seq}"
    own = _object(place, "2", "13", Code("12", "URI"), "RFC-3881")
    details = [("hash", row.hash), ("clock-trusted", str(row.clock_trusted).lower()), *row.particulars]
    _detail(own, details)
    yield own
    for one in row.subjects:
        yield _patient(one)
    for provider in row.providers:
        found = _object(provider.facility, "3", "25", Code("facility", "10-digit facility number"), _OWN)
        _detail(found, [("decided", "\n".join(provider.decided))])
        yield found


def _patient(one: Subject) -> ET.Element:
    if one.named:
        return _object(_cx(one.key), "1", "1", Code("2", "Patient Number"), "RFC-3881")
    return _object(one.key.value, "1", "1", Code("keyed-hash", "keyed hash of a patient"), _OWN)


def _cx(key: Key) -> str:
    """HL7's CX with its assigning authority, as ATNA names patients; without one, the value alone."""
    oid = key.system.removeprefix("urn:oid:")
    return key.value if oid == key.system else f"{key.value}^^^&{oid}&ISO"


def _object(identifier: str, kind: str, role: str, id_type: Code, scheme: str) -> ET.Element:
    found = ET.Element(
        "ParticipantObjectIdentification",
        {
            "ParticipantObjectID": _token(identifier),
            "ParticipantObjectTypeCode": kind,
            "ParticipantObjectTypeCodeRole": role,
        },
    )
    _coded(found, "ParticipantObjectIDTypeCode", id_type.code, scheme, id_type.meaning)
    return found


def _detail(found: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    for name, value in pairs:
        encoded = base64.b64encode(value.encode()).decode()
        ET.SubElement(found, "ParticipantObjectDetail", {"type": name, "value": encoded})


def _coded(parent: ET.Element, name: str, code: str, scheme: str, meaning: str) -> None:
    about = {"csd-code": _token(code), "codeSystemName": scheme, "originalText": _token(meaning)}
    ET.SubElement(parent, name, about)


def _plain(words: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("", words)


def _token(words: str) -> str:
    return " ".join(_plain(words).split())
