"""What goes into bundles, as typed values: a person, and what one version of a document says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import name_of
from appliance.exchange.fhir.identifiers import Key, patient_key
from appliance.records.administrative import Coverage, Organization, Patient
from appliance.records.clinical import DocumentReference, Encounter, Specimen
from appliance.records.document import DocumentKind
from appliance.records.identity import Identified, resource_id


@dataclass(frozen=True, slots=True)
class Person:
    """A patient of one facility, with the id they have at the hub and the coverages that are known of them."""

    resource_id: str
    patient: Patient
    coverages: tuple[Coverage, ...] = ()

    @property
    def facility(self) -> str:
        return self.patient.facility

    @property
    def key(self) -> Key:
        """The identifier by which the hub finds them."""
        return patient_key(self.patient, self.resource_id)


@dataclass(frozen=True, slots=True)
class Content:
    """One version of a document as it leaves the box: `records` holds what PROVIDE permitted and nothing else.

    `period` is `YYYY-MM` or a date; `arrival_sha256` names the file it was read from, `recorded` the instant (ISO 8601)
    when that was stored. `file` holds that file's bytes where nothing of the document is left out; empty: they stay here.
    """

    key: str
    kind: DocumentKind
    person: Person
    period: str
    records: tuple[Identified, ...]
    arrival_sha256: str
    recorded: str
    file: bytes = b""

    def context(self) -> Context:
        return Context(
            self.person.facility,
            self.person.key,
            self.period,
            self.kind,
            dict(_days_of_visits(self.records)),
            dict(_specimens(self.records)),
            dict(self._files()),
        )

    def _files(self) -> Iterator[tuple[str, str]]:
        for one in self.records if self.file else ():
            if isinstance(one.record, DocumentReference) and one.record.sha256 == self.arrival_sha256:
                yield one.resource_id, resource_id("Binary", one.resource_id)


def _days_of_visits(records: tuple[Identified, ...]) -> Iterator[tuple[date, str]]:
    for one in records:
        if isinstance(one.record, Encounter) and one.record.start == one.record.end:
            yield one.record.start, one.resource_id


def _specimens(records: tuple[Identified, ...]) -> Iterator[tuple[str, tuple[str, str]]]:
    for one in records:
        if isinstance(one.record, Specimen):
            yield one.record.number, (one.resource_id, name_of(one.record.material))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is and where: what a patient's first active consent lets the region know, since `recorded`."""

    person: Person
    organization: Organization
    recorded: str

    @property
    def delivery_key(self) -> str:
        return identity_key(self.person.resource_id)


def identity_key(patient_resource_id: str) -> str:
    """The key of an identity's delivery, as a document's key is of a document's."""
    return f"identity:{patient_resource_id}"


def consent_key(consent_resource_id: str) -> str:
    return f"consent:{consent_resource_id}"
