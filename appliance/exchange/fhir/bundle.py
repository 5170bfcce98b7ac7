"""Transaction bundles: identity, consent, document, removal; each with the digest and the marker that prove it arrived.

The same content gives the same bytes: keys and entries are sorted, nothing depends on the time of making. The
Provenance of each bundle is its *marker*: it has an id that can be computed and carries the digest of everything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from appliance.errors import RenkeiError
from appliance.exchange.fhir.allergy_intolerance import allergy_intolerance
from appliance.exchange.fhir.binary import binaries
from appliance.exchange.fhir.condition import condition
from appliance.exchange.fhir.consent import SignedConsent, consent
from appliance.exchange.fhir.content import Content, Identity
from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.coverage import coverage
from appliance.exchange.fhir.datatypes import Resource, reference
from appliance.exchange.fhir.device_use import device_use
from appliance.exchange.fhir.document_reference import document_reference
from appliance.exchange.fhir.encounter import encounter
from appliance.exchange.fhir.identifiers import Key
from appliance.exchange.fhir.immunization import immunization
from appliance.exchange.fhir.medication_dispense import medication_dispense
from appliance.exchange.fhir.medication_request import medication_request
from appliance.exchange.fhir.observation import observation
from appliance.exchange.fhir.organization import organization
from appliance.exchange.fhir.patient import patient
from appliance.exchange.fhir.practitioner import practitioner
from appliance.exchange.fhir.procedure import procedure
from appliance.exchange.fhir.profiles import claiming
from appliance.exchange.fhir.provenance import SHARED_TYPES, Held, provenance, provenance_id, with_digest
from appliance.exchange.fhir.specimen import specimen
from appliance.records.administrative import Coverage, Organization, Practitioner
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    Procedure,
    Specimen,
)
from appliance.records.document import Record
from appliance.records.identity import organization_id

_MAPPERS: dict[type[Any], Callable[[str, Any, Context], Resource]] = {
    Coverage: coverage,
    Practitioner: practitioner,
    Encounter: encounter,
    Condition: condition,
    Procedure: procedure,
    MedicationRequest: medication_request,
    MedicationDispense: medication_dispense,
    DeviceUseStatement: device_use,
    Observation: observation,
    Specimen: specimen,
    AllergyIntolerance: allergy_intolerance,
    Immunization: immunization,
    DocumentReference: document_reference,
}
"""Record types and their mappers."""

_NOT_SENT = (Organization,)
"""A facility's own institution goes with the identity; others are not ours to write."""

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


class UnmappedRecordError(RenkeiError):
    """A document holds a record that cannot be told in FHIR: nothing of it is sent, rather than all but that."""

    code = "EXCHANGE-0104"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a bundle as it goes out: which resource it is about, and its bytes."""

    held: Held
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """What goes out: the bundle's entries, their digest, and what the hub then holds.

    `holds` are the resources of a document, without what documents share.
    """

    parts: tuple[Entry, ...]
    digest: str
    holds: frozenset[Held] = frozenset()

    @property
    def body(self) -> bytes:
        """The transaction bundle."""
        return bundle_of(self.parts)

    @property
    def entries(self) -> int:
        return len(self.parts)


def bundle_of(parts: Iterable[Entry]) -> bytes:
    """A transaction bundle of these entries; its keys are sorted like everything in it."""
    entries = b",".join(one.encoded for one in parts)
    return b'{"entry":[' + entries + b'],"resourceType":"Bundle","type":"transaction"}'


def resources(content: Content) -> dict[Held, Resource]:
    """The resources of a document by type and id; records of the same id are one. Raises UnmappedRecordError."""
    context = content.context()
    made: dict[Held, Resource] = {}
    for one in content.records:
        if isinstance(one.record, _NOT_SENT):
            continue
        mapper = _mapper(one.record)
        resource = mapper(one.resource_id, one.record, context)
        made[type(one.record).__name__, one.resource_id] = claiming(resource, content.recorded)
    for file in binaries(content, context):
        made["Binary", file["id"]] = file
    return dict(sorted(made.items()))


def _mapper(record: Record) -> Callable[[str, Any, Context], Resource]:
    mapper = _MAPPERS.get(type(record))
    if mapper is None:
        name = type(record).__name__
        raise UnmappedRecordError(
            f"{name} をFHIRに変換できません。", f"There is no FHIR mapping for {name} in this version."
        )
    return mapper


def document_payload(content: Content, at_hub: Collection[Held] = ()) -> Payload:
    """A document, whole: what it holds is put, what the hub holds of it from before and is no longer in it is deleted."""
    made = resources(content)
    holds = frozenset(held for held in made if held[0] not in SHARED_TYPES)
    person = content.person
    targets = made.keys() or {("Organization", organization_id(person.facility))}
    marker = provenance(
        content.key,
        person.facility,
        content.recorded,
        targets,
        arrival_sha256=content.arrival_sha256,
        origin=content.context().origin,
    )
    gone = [_delete(held) for held in sorted(set(at_hub) - holds)]
    return _payload([*gone, *map(_put, made.values())], marker, holds)


def removal_payload(document_key: str, at_hub: Collection[Held]) -> Payload:
    """A document that is no longer true: everything of it but what documents share, and its marker."""
    gone = sorted({*at_hub, ("Provenance", provenance_id(document_key))})
    parts = tuple(map(_delete, gone))
    return Payload(parts, _digest(parts))


def identity_payload(identity: Identity, *, pixm: bool = False) -> Payload:
    """Institution and patient; `pixm`: the patient by what identifies them, under whatever id the hub has them (ITI-104)."""
    person = identity.person
    made = {("Organization", organization_id(person.facility)) if pixm else ("Patient", person.resource_id)}
    marker = provenance(identity.delivery_key, person.facility, identity.recorded, made)
    return _payload(_introduction(identity, pixm=pixm), marker)


def consent_payload(
    signed: SignedConsent, identity: Identity, *, introduce: bool, pixm: bool = False
) -> Payload:
    """A consent as it stands; `introduce`: with who it is about, for the hub may not know them yet."""
    person = identity.person
    about: Resource = {"reference": person.key.as_reference("Patient")}
    if introduce and not pixm:
        about = reference("Patient", person.resource_id)
    made = {("Consent", signed.resource_id)}
    marker = provenance(signed.delivery_key, signed.facility, signed.changed_at, made)
    who = _introduction(identity, pixm=pixm) if introduce else []
    return _payload([*who, _put(consent(signed, about))], marker)


def _introduction(identity: Identity, *, pixm: bool) -> list[Entry]:
    person = identity.person
    who = claiming(patient(person.resource_id, person.patient, person.coverages), identity.recorded)
    return [_put(organization(identity.organization)), _feed(who, person.key) if pixm else _put(who)]


def _feed(who: Resource, key: Key) -> Entry:
    """The patient identity feed of PIXm (ITI-104): a conditional update, in the bundle so that no address names anybody."""
    resource = {name: value for name, value in who.items() if name != "id"}
    request = {"method": "PUT", "url": key.as_reference("Patient")}
    full_url = f"urn:uuid:{who['id']}"
    entry = {"fullUrl": full_url, "resource": resource, "request": request}
    return Entry(("Patient", who["id"]), _encoder.encode(entry))


def _payload(entries: list[Entry], marker: Resource, holds: frozenset[Held] = frozenset()) -> Payload:
    digest = _digest([*entries, _put(marker)])
    return Payload((*entries, _put(with_digest(marker, digest))), digest, holds)


def _put(resource: Resource) -> Entry:
    held = (resource["resourceType"], resource["id"])
    request = {"method": "PUT", "url": "/".join(held)}
    return Entry(held, _encoder.encode({"resource": resource, "request": request}))


def _delete(held: Held) -> Entry:
    return Entry(held, _encoder.encode({"request": {"method": "DELETE", "url": "/".join(held)}}))


def _digest(parts: Iterable[Entry]) -> str:
    """Of the entries as a JSON array."""
    return hashlib.sha256(b"[" + b",".join(one.encoded for one in parts) + b"]").hexdigest()
