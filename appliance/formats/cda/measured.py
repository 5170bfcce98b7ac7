"""CDA observations with a value, as letters and checkups hold them, to Observation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from appliance.formats.cda.systems import concept_of
from appliance.formats.elements import Element
from appliance.formats.laboratory import read_moment, read_number
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import Concept, Note


def is_negated(entry: Element) -> bool:
    """Whether an entry says that something is not so, or was not done."""
    return entry.attribute("negationInd").lower() == "true"


def observation_of(
    entry: Element, concept: Concept, category: ObservationCategory, day: date | None
) -> Observation | None:
    """One measured or answered item, dated by its own time, else by `day`; None when it has no value."""
    value = entry.child("value")
    if value is None or value.attribute("nullFlavor") or is_negated(entry):
        return None
    words, unit, notes = _valued(value)
    if not words:
        return None
    own = read_moment(entry.attribute("value", "effectiveTime"))
    comparator, number = read_number(words) if unit or value.attribute("type") in ("", "ST") else ("", words)
    blank = Observation(category, concept, own.day or day, value=number, unit=unit, notes=notes)
    bounds = entry.child("referenceRange", "observationRange", "value") or Element("value")
    range_words = entry.value("referenceRange", "observationRange", "text")
    return replace(
        blank,
        comparator=comparator,
        at=own.at,
        interpretation=entry.attribute("code", "interpretationCode"),
        range_low=bounds.attribute("value", "low"),
        range_high=bounds.attribute("value", "high"),
        range_text=range_words,
        method=entry.attribute("displayName", "methodCode") or entry.attribute("code", "methodCode"),
    )


def _valued(value: Element) -> tuple[str, str, tuple[Note, ...]]:
    """Words, unit, and the code behind the words where there is one."""
    code, shown = value.attribute("code"), concept_of(value).text
    if code:
        return shown or code, "", (Note(shown, code),) if shown and shown != code else ()
    number = value.attribute("value")
    if number:
        return number, value.attribute("unit"), ()
    return value.text.strip(), "", ()
