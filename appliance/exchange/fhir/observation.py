"""Observation: a measured value after JP_Observation_LabResult, any other after JP_Observation_Common.

A value is a Quantity where it is a number, a CodeableConcept where the source gives a code with its words, else a string.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Resource,
    absent,
    annotated,
    codeable,
    coding,
    concept,
    day,
    filled,
    moment,
    name_of,
    number,
    text,
)
from appliance.exchange.fhir.profiles import LABORATORY_CATEGORIES, UNCODED_TEST_SYSTEM
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import CodeSystem, Coding, Note

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORIES = {
    ObservationCategory.LABORATORY: codeable(LABORATORY_CATEGORIES, "laboratory"),
    ObservationCategory.CHECKUP: codeable(_CATEGORY, "exam"),
}
"""A narrative is neither: it goes without a category."""
_UNNAMED = {
    ObservationCategory.NARRATIVE: {"text": "レセプトの記載"},
    ObservationCategory.LABORATORY: {"text": "検査報告のコメント"},
    ObservationCategory.CHECKUP: {"text": "健診の記載"},
}
_LOCAL_TEST_SYSTEM = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS"
_UNCODED = Coding(UNCODED_TEST_SYSTEM, "99999999999999999", "未標準化コード項目(JLAC)")
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_FLAGS = frozenset({"L", "H", "LL", "HH", "N", "A", "AA", "<", ">", "POS", "NEG", "IND", "S", "I", "R"})
_STATUSES = frozenset({"registered", "preliminary", "final", "amended", "corrected", "cancelled"})
_COMPARATORS = frozenset({"<", "<=", ">=", ">"})


def observation(resource_id: str, record: Observation, context: Context) -> Resource:
    category = _CATEGORIES.get(record.category)
    value, notes = _value(record)
    method = text(record.method)
    return {
        **context.head(record, resource_id, None),
        **filled(
            extension=context.issuer() if record.category is ObservationCategory.LABORATORY else None,
            status=record.status if record.status in _STATUSES else "unknown",
            category=[category] if category else None,
            code=_code(record) or _UNNAMED[record.category],
            subject=context.subject(),
            encounter=_visit(record, context),
            effectiveDateTime=moment(record.at) if record.at else day(record.effective, context.period),
            dataAbsentReason=None if value else absent(),
            interpretation=_interpretation(record.interpretation),
            note=annotated(notes),
            method={"text": method} if method else None,
            specimen=context.specimen(record.specimen) if record.specimen else None,
            referenceRange=_range(record),
        ),
        **value,
    }


def _visit(record: Observation, context: Context) -> Resource | None:
    """A narrative of a claim is dated by the month's first day: it belongs to no visit of that day."""
    told = record.category is ObservationCategory.NARRATIVE
    return None if told else context.encounter(record.effective)


def _code(record: Observation) -> Resource:
    if record.category is not ObservationCategory.LABORATORY:
        return concept(record.concept)
    name = name_of(record.concept)
    codings = [_test(one, name) for one in record.concept.codings if one.code]
    if (codings or name) and not any(one.system == CodeSystem.JLAC10 for one in codings):
        codings.append(_UNCODED)
    return filled(coding=[coding(one) for one in codings], text=name)


def _test(one: Coding, name: str) -> Coding:
    """A laboratory's own code under the one system that JP-CLINS has for all of them, with the test's name."""
    system = _LOCAL_TEST_SYSTEM if one.system == CodeSystem.LABORATORY_TEST else one.system
    return Coding(system, one.code, one.display or name)


def _value(record: Observation) -> tuple[Resource, tuple[Note, ...]]:
    """The value element (none: it is absent), and the notes that are not part of it."""
    words = text(record.value)
    if not words:
        told = text(record.text)
        return ({"valueString": told} if told else {}), record.notes
    amount = number(words)
    if amount is not None:
        comparator = record.comparator if record.comparator in _COMPARATORS else None
        measured = filled(comparator=comparator, unit=text(record.unit))
        return {"valueQuantity": {"value": amount, **measured}}, _with_text(record)
    coded = [one for one in record.notes if one.code and one.text == record.value]
    if len(coded) == 1:
        rest = tuple(one for one in _with_text(record) if one is not coded[0])
        return {"valueCodeableConcept": {"coding": [{"code": coded[0].code}], "text": words}}, rest
    with_unit = f"{record.comparator}{words} {text(record.unit)}".strip()
    return {"valueString": with_unit}, _with_text(record)


def _with_text(record: Observation) -> tuple[Note, ...]:
    return (*record.notes, Note(record.text)) if record.text else record.notes


def _interpretation(flag: str) -> list[Resource]:
    words = text(flag)
    if not words:
        return []
    return [codeable(_INTERPRETATION, words)] if words in _FLAGS else [{"text": words}]


def _range(record: Observation) -> list[Resource]:
    """Bounds where they are numbers; the words where the source has more, or other, than two bounds."""
    unit = text(record.unit)
    low, high = number(record.range_low), number(record.range_high)
    told = filled(
        low=filled(value=low, unit=unit) if low is not None else None,
        high=filled(value=high, unit=unit) if high is not None else None,
        text=text(record.range_text)
        or _bounds_in_words(record, complete=low is not None or high is not None),
    )
    return [told] if told else []


def _bounds_in_words(record: Observation, *, complete: bool) -> str:
    written = (record.range_low, record.range_high)
    return "" if complete or not any(written) else text(" - ".join(written))
