"""FHIR resources of other facilities to lines of the patient's timeline, each with its provider, classes and day. Pure.

What does not say where it comes from, or of which class it is, gives no line: unknown is denied. The same thing told twice
(by two channels, or by two facilities that have the same file) gives one line.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from appliance.exchange.fhir.datatypes import DATA_CLASS_SYSTEM, Resource
from appliance.exchange.fhir.identifiers import IdSystem, facility_of_source
from appliance.exchange.fhir.reading import first, inside, objects, words
from appliance.exchange.mhd.metadata import URI
from appliance.exchange.mhd.provide import binary_of
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
_LINE_OF = (
    DataClass.LETTER,
    DataClass.CHECKUP,
    DataClass.IMAGING,
    DataClass.LAB,
    DataClass.MEDICATION,
)
"""Under which class a document of several is listed: the first that it holds."""
_GONE = frozenset({"superseded", "entered-in-error"})
_UNIQUE = frozenset({IdSystem.RESOURCE.value, IdSystem.ARRIVAL_HASH.value, URI})
"""Identifier systems whose values name one thing wherever they stand."""
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(T|$)", re.ASCII)
_DAY_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """One line and what consent has to be asked about it: every one of `data_classes` has to be permitted.

    `day` is an ISO date, None where the source names a month; `names` are the identifiers by which the same thing is
    recognised.
    """

    provider: str
    data_classes: tuple[DataClass, ...]
    day: str | None
    entry: TimelineEntry
    names: frozenset[str] = frozenset()

    @property
    def data_class(self) -> DataClass:
        """The class it is listed under."""
        return DataClass(self.entry.data_class)


def seen(resources: Iterable[Resource], own: str, facility_name: FacilityName) -> list[Seen]:
    """The lines of other facilities' resources, newest first; `own` facility's are on the screen already."""
    by_id = {(kind_of(one), words(one, "id")): one for one in resources}
    found = [line for one in by_id.values() if (line := _line(one, facility_name)) and line.provider != own]
    return sorted(
        found, key=lambda line: (line.entry.date, line.entry.data_class, line.entry.title), reverse=True
    )


def once(lines: Iterable[Seen], known: Collection[str] = ()) -> list[Seen]:
    """The lines without those that tell again what another one, or one `known` by these names, has told.

    Of two that tell the same, the one that can be opened stays.
    """
    ordered = list(lines)
    told: set[str] = set(known)
    kept: set[int] = set()
    for place in sorted(range(len(ordered)), key=lambda place: not ordered[place].entry.document):
        if not ordered[place].names & told:
            kept.add(place)
            told |= ordered[place].names
    return [line for place, line in enumerate(ordered) if place in kept]


def kind_of(one: Resource) -> str:
    return words(one, "resourceType")


def provider_of(one: Resource) -> str:
    """The facility that a resource comes from; empty where it does not say."""
    return facility_of_source(words(inside(one, "meta"), "source"))


def _line(one: Resource, facility_name: FacilityName) -> Seen | None:
    kind, provider, data_classes = kind_of(one), provider_of(one), classes_of(one)
    if not provider or not data_classes or words(one, "status") in _GONE:
        return None
    written = date_of(one)
    entry = TimelineEntry(
        date=written,
        data_class=next((each for each in _LINE_OF if each in data_classes), data_classes[0]).value,
        title=title_of(one),
        source=provider,
        source_name=facility_name(provider),
        as_of=written,
        detail=_detail(one, kind),
        code=words(first(_concept(one, kind).get("coding")), "code"),
        own=False,
        document=words(one, "id") if kind == "DocumentReference" and binary_of(one) else "",
    )
    return Seen(provider, data_classes, day_of(one), entry, _names(one))


def classes_of(one: Resource) -> tuple[DataClass, ...]:
    """The classes a resource holds: what its labels say, else its type's; none where a label is no class."""
    about = inside(one, "meta")
    labels = objects(about.get("tag")) + objects(about.get("security"))
    told = {words(tag, "code") for tag in labels if tag.get("system") == DATA_CLASS_SYSTEM}
    if not told:
        default = _CLASSES.get(kind_of(one))
        return (default,) if default else ()
    known = tuple(each for each in DataClass if each.value in told)
    return known if len(known) == len(told) else ()


def _names(one: Resource) -> frozenset[str]:
    """What names this thing alone: its own identifiers, and of a document the digest of its bytes."""
    related = [inside(each, "identifier") for each in objects(inside(one, "context").get("related"))]
    carried = [*objects(one.get("identifier")), inside(one, "masterIdentifier"), *related]
    return frozenset(
        f"{each['system']}|{words(each, 'value')}"
        for each in carried
        if words(each, "system") in _UNIQUE and words(each, "value")
    )


def date_of(one: Resource) -> str:
    """The day (or month, or year) a resource is about, as written; empty where it has none."""
    kind = kind_of(one)
    name = _DATES.get(kind, "")
    holder = inside(one, "context") if kind == "DocumentReference" else one
    written = words(holder, name) or words(inside(holder, name), "start")
    if not written and kind == "DocumentReference":
        written = words(inside(first(one.get("content")), "attachment"), "creation")
    return written[:_DAY_LENGTH] if _DATE.match(written) else ""


def day_of(one: Resource) -> str | None:
    """The day a resource is about, as consent asks for it; None where it names none."""
    return _day(date_of(one))


def code_of(one: Resource) -> tuple[str, ...]:
    """What a resource is about, comparable within one facility: its first code, else its words; empty without either."""
    about = _concept(one, kind_of(one))
    coding = first(about.get("coding"))
    code = words(coding, "system"), words(coding, "code")
    return code if code[1] else (words(about, "text"),) if words(about, "text") else ()


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


def title_of(one: Resource) -> str:
    """What a line says first."""
    kind = kind_of(one)
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
