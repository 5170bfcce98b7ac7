"""What is coded in the sections of a CDA document: diagnoses, allergies, drugs, results. The words stay in the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appliance.formats.cda.header import time_of
from appliance.formats.cda.measured import is_negated, observation_of
from appliance.formats.cda.systems import (
    ALLERGY_SECTIONS,
    DISEASES,
    DRUGS,
    HISTORY_SECTIONS,
    TESTS,
    coded_in,
    concept_of,
)
from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    Dosage,
    MedicationRequest,
    ObservationCategory,
)
from appliance.records.coding import Concept
from appliance.records.document import Record

_DRUG_PATHS = (("manufacturedLabeledDrug", "code"), ("manufacturedMaterial", "code"))


@dataclass(slots=True)
class _Counts:
    """Drugs numbered through the document, and what was left out."""

    drugs: int = 0
    negated: int = 0


def coded_records(root: Element, day: date | None, findings: Findings) -> tuple[Record, ...]:
    """Records of every section, in the document's order; `day` dates what has no time of its own."""
    counts = _Counts()
    found = tuple(record for section in _sections(root) for record in _section_records(section, day, counts))
    if counts.negated:
        findings.add("CDA-R001", count=counts.negated)
    return found


def _sections(root: Element) -> Iterator[Element]:
    body = root.child("component", "structuredBody")
    if body is not None:
        yield from body.everywhere("section")


def _section_records(section: Element, day: date | None, counts: _Counts) -> Iterator[Record]:
    """Entries of a section that holds sections itself belong to the innermost."""
    code = section.attribute("code", "code")
    if code in HISTORY_SECTIONS:
        return
    for entry in section.each("entry"):
        for one in entry.everywhere("observation", "substanceAdministration", outside="section"):
            if is_negated(one):
                counts.negated += 1
            elif one.name == "substanceAdministration":
                yield from _drug(one, day, counts)
            elif code in ALLERGY_SECTIONS:
                yield from _allergy(one, day)
            else:
                yield from _observation(one, day)


def _observation(entry: Element, day: date | None) -> Iterator[Record]:
    """A diagnosis when its value is coded as a disease, a result when its code is that of a test."""
    value, code = entry.child("value"), entry.child("code")
    disease = concept_of(value) if value is not None else Concept()
    if coded_in(disease, DISEASES):
        uncertain = entry.attribute("code", "uncertaintyCode") in ("UN", "U")
        yield Condition(disease, time_of(entry.child("effectiveTime")) or day, suspected=uncertain)
    elif code is not None and coded_in(test := concept_of(code), TESTS):
        result = observation_of(entry, test, ObservationCategory.LABORATORY, day)
        if result is not None:
            yield result


def _allergy(entry: Element, day: date | None) -> Iterator[Record]:
    """The agent: a playing entity of the entry, else its value."""
    agents = entry.each("participant", "participantRole", "playingEntity", "code")
    agent = next(agents, None) or entry.child("value")
    concept = concept_of(agent) if agent is not None else Concept()
    if concept.codings or concept.text:
        category = "medication" if coded_in(concept, DRUGS) else ""
        yield AllergyIntolerance(concept, category, time_of(entry.child("effectiveTime")) or day)


def _drug(entry: Element, day: date | None, counts: _Counts) -> Iterator[Record]:
    product = entry.child("consumable", "manufacturedProduct") or Element("manufacturedProduct")
    codes = (product.child(*path) for path in _DRUG_PATHS)
    concept = next((concept_of(one) for one in codes if one is not None), Concept())
    if not coded_in(concept, DRUGS):
        return
    counts.drugs += 1
    words = entry.value("text")
    yield MedicationRequest(
        concept,
        time_of(entry.child("author", "time")) or day,
        rp_number=counts.drugs,
        order_in_rp=1,
        quantity=entry.attribute("value", "doseQuantity"),
        unit=entry.attribute("unit", "doseQuantity"),
        dosage=Dosage(words) if words else None,
    )
