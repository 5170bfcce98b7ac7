"""Deterministic identity: resource ids, content keys, document keys (architecture.md, identity).

The same statement in the same document has the same id wherever and whenever it is computed; the row's position never
enters, so that a file sent again, re-sorted or with rows added changes nothing else.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from appliance.records.administrative import Coverage, Organization, Patient, Practitioner
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
from appliance.records.coding import Concept
from appliance.records.document import Document, Record

NAMESPACE = uuid.UUID("5b0d7f0e-6d0f-5c8a-9a51-0d6f5f1c7a42")
"""Namespace of every resource id of this product."""

SHARED = (Coverage, Organization, Practitioner)
"""Record types (and Patient) that several documents share: updated, never removed by a document."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A record with the id it has at the hub."""

    resource_id: str
    record: Record

    @property
    def shared(self) -> bool:
        return isinstance(self.record, SHARED)


def resource_id(*parts: str) -> str:
    """UUIDv5 over the parts, joined by U+001F, which no source can hold."""
    text = hashlib.sha1(NAMESPACE.bytes + "\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def folded(text: str) -> str:
    """The form in which symbols and numbers are compared: NFKC, without spaces, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def digest(*parts: str, length: int = 20) -> str:
    """A short stable digest (hexadecimal) that stands for personal values inside keys."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:length]


def patient_parts(patient: Patient, coverages: Iterable[Coverage]) -> tuple[str, ...]:
    """What identifies a patient at a facility: the chart number, else the insured person with birth date and sex.

    Empty when neither is known: such a document is *unlinked*.
    """
    if patient.local_id:
        return ("chart", patient.local_id)
    payer = min(coverages, key=lambda coverage: coverage.order, default=None)
    if payer is None or not payer.number or patient.birth_date is None:
        return ()
    return ("insured", *_insured(payer), patient.birth_date.isoformat(), patient.sex.value)


def _insured(payer: Coverage) -> tuple[str, str, str, str]:
    return folded(payer.payer_number), folded(payer.symbol), folded(payer.number), folded(payer.branch)


def claim_key(
    facility: str,
    payer_org: str,
    care_month: str,
    receipt_type: str,
    patient: Patient,
    coverages: tuple[Coverage, ...],
) -> str:
    """The business key of a claim; DPC's 総括区分 is passed as part of `receipt_type` (`1117.1`)."""
    first = min(coverages, key=lambda coverage: coverage.order, default=None)
    insured = _insured(first)[:3] if first else ("", "", "")
    who = digest(*patient_parts(patient, coverages), "|", *insured)
    return f"claim:{facility}:{payer_org or '-'}:{care_month}:{receipt_type}:{who}"


def dispensing_key(
    facility: str, number: str, day: str, patient: Patient, prescriber: str, drugs: Iterable[Sequence[str]]
) -> str:
    """The business key of a dispensing: pharmacy and 処方箋番号, else (date, patient, prescriber, RP set).

    `day` is an ISO date, `drugs` what tells each drug of the set from the others (RP number, code, name, amount).
    """
    return _prescribed_key("dispensing", facility, number, day, patient, prescriber, drugs)


def prescription_key(
    facility: str, number: str, day: str, patient: Patient, prescriber: str, drugs: Iterable[Sequence[str]]
) -> str:
    """The business key of a prescription, as that of a dispensing: institution and number, else what it consists of."""
    return _prescribed_key("prescription", facility, number, day, patient, prescriber, drugs)


def _prescribed_key(
    kind: str,
    facility: str,
    number: str,
    day: str,
    patient: Patient,
    prescriber: str,
    drugs: Iterable[Sequence[str]],
) -> str:
    if number.strip():
        plain = folded(number)
        shown = plain if plain.isascii() and plain.isalnum() else f"x{digest(plain)}"
        return f"{kind}:{facility}:{shown}"
    name = patient.local_id or f"{folded(patient.name.text)}|{folded(patient.name.kana)}"
    who = (name, _day(patient.birth_date), patient.sex.value, folded(prescriber))
    what = sorted("\x1e".join(folded(part) for part in drug) for drug in drugs)
    return f"{kind}:{facility}:{day}:{digest(*who, *what)}"


def patient_id(facility: str, parts: tuple[str, ...]) -> str:
    """The resource id of a local patient, from `patient_parts`."""
    return resource_id("Patient", facility, *parts)


def identify(document: Document, patient_resource_id: str) -> tuple[Identified, ...]:
    """Give every record of a document its resource id; equal ones are counted in the order they stand."""
    return identify_records(document.facility, document.key, document.records, patient_resource_id)


def identify_records(
    facility: str, document_key: str, records: Iterable[Record], patient_resource_id: str
) -> tuple[Identified, ...]:
    """The same for the records of a document that is known by its facility and key."""
    seen: Counter[tuple[str, ...]] = Counter()
    identified = []
    for record in records:
        if isinstance(record, SHARED):
            identified.append(Identified(_shared_id(record, patient_resource_id), record))
            continue
        content = (type(record).__name__, *content_key(record))
        seen[content] += 1
        identified.append(
            Identified(resource_id(facility, document_key, *content, str(seen[content])), record)
        )
    return tuple(identified)


def _shared_id(record: Coverage | Organization | Practitioner, patient_resource_id: str) -> str:
    match record:
        case Coverage():
            return resource_id("Coverage", patient_resource_id, record.kind.value, *_insured(record))
        case Organization():
            return organization_id(record.number)
        case Practitioner():
            licence = folded(record.narcotics_licence)
            return resource_id(
                "Practitioner", record.facility, folded(record.name), *filter(None, (licence,))
            )


def organization_id(number: str) -> str:
    return resource_id("Organization", number)


def content_key(record: Record) -> tuple[str, ...]:
    """The record's own code with its start date or day (never its position); empty for shared records."""
    return _CONTENT_KEYS[type(record)](record) if type(record) in _CONTENT_KEYS else ()


def _code(concept: Concept) -> str:
    return f"{concept.code}|{folded(concept.text)}" if concept.text else concept.code


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _moment(at: datetime | None, day: date | None) -> str:
    return at.isoformat() if at else _day(day)


def _condition_key(one: Condition) -> tuple[str, ...]:
    """Its role (DPC) and teeth (歯科) tell a disease apart from itself where a claim names it for each."""
    modifiers = "".join(modifier.code for modifier in one.modifiers)
    apart = (one.role, "".join(site.code for site in one.body_sites))
    return (_code(one.concept), modifiers, _day(one.onset), *(apart if any(apart) else ()))


_CONTENT_KEYS: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    Encounter: lambda one: (one.encounter_class.value, _day(one.start)),
    Condition: _condition_key,
    Procedure: lambda one: (_code(one.concept), _day(one.performed)),
    MedicationRequest: lambda one: (_code(one.concept), _day(one.authored)),
    MedicationDispense: lambda one: (_code(one.concept), _day(one.dispensed), _day(one.prescribed)),
    DeviceUseStatement: lambda one: (_code(one.concept), _day(one.used)),
    Observation: lambda one: (_code(one.concept), digest(one.text), _moment(one.at, one.effective)),
    Specimen: lambda one: (one.number, _code(one.material), _moment(one.collected, None)),
    AllergyIntolerance: lambda one: (_code(one.concept), one.category, _day(one.recorded)),
    Immunization: lambda one: (_code(one.concept), _day(one.given)),
    DocumentReference: lambda one: (_code(one.kind), one.sha256, _day(one.created)),
}
"""What tells two records of one type apart: the code with its own date, and where that is not enough, the content."""
