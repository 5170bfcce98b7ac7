"""What all resources of one document share: facility, patient, period, origin, and the visits they may belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from appliance.exchange.fhir.datatypes import (
    RECEIPT_ORIGIN,
    Profile,
    Resource,
    data_class_tag,
    filled,
    identifier,
    institution_number,
    meta,
    reference,
    text,
)
from appliance.exchange.fhir.identifiers import Key, resource_key
from appliance.records.classes import data_class_of
from appliance.records.document import DocumentKind, Record
from appliance.records.identity import organization_id


@dataclass(frozen=True, slots=True)
class Context:
    """`period` is the month or day the document is about; `patient` the identifier by which the hub finds the Patient."""

    facility: str
    patient: Key
    period: str
    kind: DocumentKind
    encounters: Mapping[date, str] = field(default_factory=dict)
    """Resource id of the visit on a day, as far as it goes out in the same bundle."""
    specimens: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Resource id and material in words of each specimen of the bundle, by its number."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Resource id of the Binary that goes beside a DocumentReference, by the latter's."""

    def subject(self) -> Resource:
        """A conditional reference: a hub that does not know the patient refuses the bundle instead of guessing."""
        return {"reference": self.patient.as_reference("Patient")}

    def institution(self) -> Resource:
        return reference("Organization", organization_id(self.facility))

    def encounter(self, when: date | None) -> Resource | None:
        visit = self.encounters.get(when) if when else None
        return reference("Encounter", visit) if visit else None

    def specimen(self, number: str) -> Resource | None:
        found = self.specimens.get(number)
        return filled(**reference("Specimen", found[0]), display=text(found[1])) if found else None

    def issuer(self) -> list[Resource]:
        """The extension that says whose statement it is."""
        return institution_number(self.facility)

    @property
    def origin(self) -> tuple[Resource, ...]:
        """The tags that say what kind of source the document's statements were read from."""
        return (RECEIPT_ORIGIN,) if self.kind is DocumentKind.CLAIM else ()

    def head(self, record: Record, resource_id: str, profile: Profile | None, *more: Key) -> Resource:
        """The beginning of every resource of the document: type, id, meta and business identifiers."""
        tags = (*self.origin, data_class_tag(data_class_of(record)))
        return {
            "resourceType": type(record).__name__,
            "id": resource_id,
            "meta": meta(self.facility, profile, *tags),
            "identifier": [identifier(key) for key in (*more, resource_key(resource_id))],
        }
