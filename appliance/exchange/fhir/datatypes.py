"""FHIR's data types from the product's own: codings, concepts, identifiers, references, extensions, meta.

Nothing empty is ever written: FHIR has no empty strings, lists or objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from appliance.exchange.fhir.identifiers import IdSystem, Key, facility_source
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.data_class import DataClass
from appliance.records.identifiers import facility_number

Resource = dict[str, Any]
"""A FHIR resource or a part of one, as JSON has it."""

_CORE = "http://jpfhir.jp/fhir/core/StructureDefinition"
_ECS = "http://jpfhir.jp/fhir/eCS/StructureDefinition"


class Profile(StrEnum):
    """JP Core and JP-CLINS profiles, without version (JP Core 1.1.2 and later agree on these URLs)."""

    PATIENT = f"{_CORE}/JP_Patient"
    COVERAGE = f"{_CORE}/JP_Coverage"
    ENCOUNTER = f"{_CORE}/JP_Encounter"
    CONDITION = f"{_CORE}/JP_Condition"
    PROCEDURE = f"{_CORE}/JP_Procedure"
    MEDICATION_REQUEST = f"{_CORE}/JP_MedicationRequest"
    MEDICATION_DISPENSE = f"{_CORE}/JP_MedicationDispense"
    OBSERVATION = f"{_CORE}/JP_Observation_Common"
    LAB_RESULT = f"{_CORE}/JP_Observation_LabResult"
    SPECIMEN = f"{_CORE}/JP_Specimen"
    ALLERGY_INTOLERANCE = f"{_CORE}/JP_AllergyIntolerance"
    IMMUNIZATION = f"{_CORE}/JP_Immunization"
    ORGANIZATION = f"{_CORE}/JP_Organization"
    PRACTITIONER = f"{_CORE}/JP_Practitioner"
    PATIENT_ECS = f"{_ECS}/JP_Patient_eCS"
    ENCOUNTER_ECS = f"{_ECS}/JP_Encounter_eCS"
    CONDITION_ECS = f"{_ECS}/JP_Condition_eCS"
    MEDICATION_REQUEST_ECS = f"{_ECS}/JP_MedicationRequest_eCS"
    LAB_RESULT_ECS = f"{_ECS}/JP_Observation_LabResult_eCS"
    ALLERGY_INTOLERANCE_ECS = f"{_ECS}/JP_AllergyIntolerance_eCS"


ORIGIN_TAG = "urn:x-renkei:CodeSystem:origin"
"""System of the tag that says what kind of source a statement was read from."""
DATA_CLASS_SYSTEM = "urn:renkei:data-class"
"""System of the tag that names a resource's data class, and of the classes a Consent hides; the hub reads both."""
RECEIPT_ORIGIN = {"system": ORIGIN_TAG, "code": "receipt", "display": "レセプト由来"}

QUANTITY_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-quantity"
"""The amount as the claim has it (text: its unit stands in the master, not in the claim)."""
TIMES_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-times"
"""How often that day, where it is more than once."""
UNIT_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-unit"
"""The claim's unit code of a quantity (別表22)."""

INSTITUTION_EXTENSION = "http://jpfhir.jp/fhir/clins/Extension/StructureDefinition/JP_eCS_InstitutionNumber"
"""Who made a statement, by its 10-digit number, as the eCS profiles want it."""
UNIT_SYSTEM = "urn:x-renkei:CodeSystem:unit-as-written"
"""Units under their own words: no source has codes for them, and a guessed UCUM or MERIT9 code would be invented."""
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
UCUM = "http://unitsofmeasure.org"

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)
_NUMBERS = (int, float, Decimal)
"""Never empty, however small."""
_JAPAN = "+09:00"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def filled(**elements: Any) -> Resource:
    """An object without its empty elements; a trailing underscore frees a name from being a Python keyword."""
    return {
        name.rstrip("_") if name[-1] == "_" else name: value
        for name, value in elements.items()
        if value or isinstance(value, _NUMBERS)
    }


def text(words: str) -> str:
    """A string as FHIR allows it: no control characters, no space around."""
    return _CONTROLS.sub("", words).strip()


def coding(one: Coding) -> Resource:
    return filled(system=one.system, code=" ".join(text(one.code).split()), display=text(one.display))


def codeable(system: str, code: str, display: str = "") -> Resource:
    """A CodeableConcept of one coding."""
    return {"coding": [filled(system=system, code=code, display=display)]}


def concept(one: Concept) -> Resource:
    return filled(coding=[coding(part) for part in one.codings if part.code], text=text(one.text))


def with_own_name(one: Concept, name: str) -> Resource:
    """The concept; its source's own coding, without a display from a master, has the name that stands beside it there."""
    told = concept(one)
    if name and (codings := told.get("coding")):
        codings[0] = {"display": name, **codings[0]}
    return told


def name_of(one: Concept) -> str:
    """What something is called: the source's words, else the first name that a code of it has."""
    return text(one.text) or next((name for part in one.codings if (name := text(part.display))), "")


def identifier(key: Key) -> Resource:
    return {"system": key.system, "value": key.value}


def reference(kind: str, resource_id: str) -> Resource:
    return {"reference": f"{kind}/{resource_id}"}


def extension(url: str, **value: Any) -> Resource:
    """An extension with its one value: `extension(url, valueString="…")`."""
    return {"url": url, **value}


def annotated(notes: Iterable[Note]) -> list[Resource]:
    return [{"text": words} for words in (text(note.text) for note in notes) if words]


def day(when: date | None, period: str) -> str:
    """A FHIR date: the day, or the period of the document (a month) where the source names no day."""
    return when.isoformat() if when else period


def moment(when: datetime) -> str:
    """A FHIR dateTime with its zone: times of sources are by the clocks of Japan."""
    written = when.isoformat(timespec="seconds")
    return written if when.tzinfo else written + _JAPAN


def number(words: str) -> Decimal | None:
    """A number as written, its digits kept; None where it is none."""
    return Decimal(words) if _NUMBER.fullmatch(words) else None


def quantity(amount: Decimal | None, unit: str) -> Resource | None:
    """An amount with its unit coded by its own words (JP_MedicationSimpleQuantity wants a code); None without either."""
    code = "".join(text(unit).split())
    if amount is None or not code:
        return None
    return {"value": amount, "unit": text(unit), "system": UNIT_SYSTEM, "code": code}


def days(count: int) -> Resource:
    """A number of days as JP Core fixes it."""
    return {"value": count, "unit": "日", "system": UCUM, "code": "d"}


def care_category(category: str) -> Resource | None:
    """診療識別 of a claim by its code, 剤形 of a pharmacy's file in its words."""
    if not category:
        return None
    return (
        codeable(CodeSystem.RECEIPT_CATEGORY, category) if category.isdecimal() else {"text": text(category)}
    )


def institution_number(facility: str) -> list[Resource]:
    """The extension that names the institution; nothing where its number is none."""
    if facility_number(facility) is None:
        return []
    return [extension(INSTITUTION_EXTENSION, valueIdentifier=identifier(Key(IdSystem.INSTITUTION, facility)))]


def absent(reason: str = "unknown") -> Resource:
    """Why a value is not there."""
    return codeable(ABSENT_SYSTEM, reason)


def meta(facility: str, profile: Profile | None = None, *tags: Resource) -> Resource:
    """`meta` with where the resource comes from, what it claims to be, and its tags."""
    return filled(
        source=facility_source(facility), profile=[profile.value] if profile else None, tag=list(tags)
    )


def data_class_tag(data_class: DataClass) -> Resource:
    """The class that consent speaks of: the hub could only guess it from the resource's type."""
    return {"system": DATA_CLASS_SYSTEM, "code": data_class.value}


def amounts(quantity: str, times: int, unit: str = "") -> list[Resource]:
    """Extensions for what a claim counts and FHIR has no element for."""
    return [
        *([extension(QUANTITY_EXTENSION, valueString=quantity)] if quantity else []),
        *([extension(UNIT_EXTENSION, valueString=unit)] if unit else []),
        *([extension(TIMES_EXTENSION, valuePositiveInt=times)] if times > 1 else []),
    ]
