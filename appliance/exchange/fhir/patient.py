"""Patient after JP_Patient: two names (IDE, SYL), chart number, insured person's number and address.

No source says what kind of address it is, so it has no `use`. The telephone stays in the clinic: nobody needs it to tell
patients apart, and no profile asks for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from appliance.exchange.fhir.datatypes import (
    Resource,
    data_class_tag,
    extension,
    filled,
    identifier,
    institution_number,
    meta,
    reference,
    text,
)
from appliance.exchange.fhir.identifiers import local_patient, member, resource_key
from appliance.records.administrative import Coverage, Patient, PersonName
from appliance.records.data_class import DataClass
from appliance.records.identity import organization_id
from appliance.records.names import split_name

_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_MEDICAL_RECORD = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}

_POSTAL_CODE = re.compile(r"([0-9]{3})-?([0-9]{4})", re.ASCII)


def patient(resource_id: str, record: Patient, coverages: Iterable[Coverage]) -> Resource:
    """The patient as one facility knows them, with what the region needs to recognise them elsewhere."""
    chart, insured = local_patient(record), member(coverages)
    return filled(
        resourceType="Patient",
        id=resource_id,
        meta=meta(record.facility, None, data_class_tag(DataClass.BASIC)),
        extension=institution_number(record.facility),
        identifier=[
            *([{"type": _MEDICAL_RECORD, **identifier(chart)}] if chart else []),
            *([identifier(insured)] if insured else []),
            identifier(resource_key(resource_id)),
        ],
        name=_names(record.name),
        gender=record.sex.value,
        birthDate=record.birth_date.isoformat() if record.birth_date else None,
        address=_address(record),
        managingOrganization=reference("Organization", organization_id(record.facility)),
    )


def _address(record: Patient) -> list[Resource]:
    """One line, as the source has it; a Japanese postal code with its hyphen (`NNN-NNNN`), any other as written."""
    code = unicodedata.normalize("NFKC", text(record.postal_code))
    digits = _POSTAL_CODE.fullmatch(code)
    told = filled(
        text=" ".join(text(record.address).split()), postalCode="-".join(digits.groups()) if digits else code
    )
    return [told] if told else []


def _names(name: PersonName) -> list[Resource]:
    kana_family, kana_given = split_name(name.kana)
    return [
        *([_name("IDE", name.text, name.family, name.given)] if name.text else []),
        *([_name("SYL", name.kana, kana_family if kana_given else "", kana_given)] if name.kana else []),
    ]


def _name(representation: str, whole: str, family: str, given: str) -> Resource:
    """Half-width space between family and given name only (JP-CLINS R1113)."""
    return filled(
        extension=[extension(_REPRESENTATION, valueCode=representation)],
        use="official",
        text=text(" ".join(whole.split())),
        family=text(family),
        given=[text(given)] if given else None,
    )
