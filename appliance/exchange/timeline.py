"""FHIR resources of other facilities to lines of the patient's timeline, each with its provider, class and day. Pure.

What does not say where it comes from, or of which class it is, gives no line: unknown is denied.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from appliance.exchange.fhir.datatypes import DATA_CLASS_SYSTEM, Resource
from appliance.exchange.fhir.identifiers import facility_of_source
from appliance.exchange.fhir.reading import first, inside, objects, words
from appliance.records.data_class import DataClass
from appliance.records.messages import TimelineEntry

FacilityName = Callable[[str], str]

TYPES = (
    "Encounter",
    "Condition",
    "MedicationRequest",
    "MedicationDispense",
    "Procedure",
    "DeviceUseStatement",
    "Observation",
    "AllergyIntolerance",
    "Immunization",
    "DocumentReference",
)
"""What a look-up asks the hub for."""

_CLASSES = {
    "Encounter": DataClass.VISIT,
    "Condition": DataClass.DIAGNOSIS,
    "MedicationRequest": DataClass.MEDICATION,
    "MedicationDispense": DataClass.MEDICATION,
    "Procedure": DataClass.PROCEDURE,
    "DeviceUseStatement": DataClass.DEVICE,
    "Observation": DataClass.LAB,
    "AllergyIntolerance": DataClass.ALLERGY,
    "Immunization": DataClass.PROCEDURE,
    "DocumentReference": DataClass.LETTER,
}
_DATES = {
    "Encounter": "period",
    "Condition": "onsetDateTime",
    "MedicationRequest": "authoredOn",
    "MedicationDispense": "whenHandedOver",
    "Procedure": "performedDateTime",
    "DeviceUseStatement": "timingDateTime",
    "DocumentReference": "period",
    "Observation": "effectiveDateTime",
    "AllergyIntolerance": "recordedDate",
    "Immunization": "occurrenceDateTime",
}
_CODES = {
    "Condition": "code",
    "Procedure": "code",
    "Observation": "code",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "AllergyIntolerance": "code",
    "Immunization": "vaccineCode",
    "DocumentReference": "type",
}
_VISITS = {"AMB": "外来受診", "IMP": "入院", "EMER": "救急受診"}
_WITHOUT_NAME = {
    "Condition": "傷病名",
    "MedicationRequest": "薬剤",
    "MedicationDispense": "薬剤",
    "Procedure": "診療行為",
    "DeviceUseStatement": "特定器材",
    "Observation": "記載",
    "AllergyIntolerance": "アレルギー",
    "Immunization": "予防接種",
    "DocumentReference": "文書",
}
_STATUS = {"unconfirmed": "疑い", "resolved": "治癒", "inactive": "終了"}
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(T|$)", re.ASCII)
_DAY_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """One line and what consent has to be asked about it; `day` is an ISO date, None where the source names a month."""

    provider: str
    data_class: DataClass
    day: str | None
    entry: TimelineEntry


def seen(resources: Iterable[Resource], own: str, facility_name: FacilityName) -> list[Seen]:
    """The lines of other facilities' resources, newest first; `own` facility's are on the screen already."""
    found = [line for one in resources if (line := _line(one, facility_name)) and line.provider != own]
    return sorted(
        found, key=lambda line: (line.entry.date, line.entry.data_class, line.entry.title), reverse=True
    )


def _line(one: Resource, facility_name: FacilityName) -> Seen | None:
    kind = words(one, "resourceType")
    provider = facility_of_source(words(inside(one, "meta"), "source"))
    data_class = _data_class(one, kind)
    if not provider or data_class is None:
        return None
    written = _date(one, kind)
    entry = TimelineEntry(
        date=written,
        data_class=data_class.value,
        title=_title(one, kind),
        source=provider,
        source_name=facility_name(provider),
        as_of=written,
        detail=_detail(one, kind),
        code=words(first(_concept(one, kind).get("coding")), "code"),
        own=False,
    )
    return Seen(provider, data_class, _day(written), entry)


def _data_class(one: Resource, kind: str) -> DataClass | None:
    about = inside(one, "meta")
    labels = objects(about.get("tag")) + objects(about.get("security"))
    told = [words(tag, "code") for tag in labels if tag.get("system") == DATA_CLASS_SYSTEM]
    if not told:
        return _CLASSES.get(kind)
    return next((known for known in DataClass if known.value == told[0]), None)


def _date(one: Resource, kind: str) -> str:
    name = _DATES.get(kind, "")
    holder = inside(one, "context") if kind == "DocumentReference" else one
    written = words(holder, name) or words(inside(holder, name), "start")
    return written[:_DAY_LENGTH] if _DATE.match(written) else ""


def _day(written: str) -> str | None:
    """The date if it is a day of the calendar."""
    if len(written) != _DAY_LENGTH:
        return None
    with contextlib.suppress(ValueError):
        return date.fromisoformat(written).isoformat()
    return None


def _concept(one: Resource, kind: str) -> Resource:
    if kind == "DeviceUseStatement":
        return inside(first(one.get("contained")), "type")
    return inside(one, _CODES.get(kind, ""))


def _title(one: Resource, kind: str) -> str:
    if kind == "Encounter":
        return _VISITS.get(words(inside(one, "class"), "code"), "受診")
    concept = _concept(one, kind)
    coding = first(concept.get("coding"))
    if kind == "DocumentReference" and words(one, "description"):
        return words(one, "description")
    product = first(first(one.get("contained")).get("deviceName"))
    told = words(concept, "text") or words(coding, "display") or words(product, "name")
    return told or f"{_WITHOUT_NAME.get(kind, kind)} {words(coding, 'code')}".strip()


def _detail(one: Resource, kind: str) -> str:
    if kind == "Condition":
        codes = [
            words(first(inside(one, name).get("coding")), "code")
            for name in ("verificationStatus", "clinicalStatus")
        ]
        return "、".join(_STATUS[code] for code in codes if code in _STATUS)
    if kind in ("MedicationRequest", "MedicationDispense"):
        return words(first(one.get("dosageInstruction")), "text")
    if kind == "AllergyIntolerance":
        return words(first(first(one.get("reaction")).get("manifestation")), "text")
    return _value(one) if kind == "Observation" else ""


def _value(one: Resource) -> str:
    """A measured value with its comparator, unit and flag, or the words."""
    measured = inside(one, "valueQuantity")
    amount = measured.get("value")
    if isinstance(amount, int | float):
        flag = words(first(first(one.get("interpretation")).get("coding")), "code")
        shown = f"{words(measured, 'comparator')}{amount} {words(measured, 'unit')}".strip()
        return f"{shown}（{flag}）" if flag else shown
    return words(one, "valueString") or words(inside(one, "valueCodeableConcept"), "text")
