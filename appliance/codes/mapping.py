"""Documents with national codes: each coding is looked up for its own day, and what is not known travels as it is.

The source's own coding stays the first and its words stay as they are, so that a record keeps its identity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from appliance.codes.changing import changed
from appliance.codes.comments import words_of
from appliance.codes.counts import Kind, MappingCounts, Miss, Reason
from appliance.codes.drugs import DRUG_SYSTEMS
from appliance.codes.findings import with_findings
from appliance.codes.lookup import Lookup
from appliance.codes.resolved import Resolved
from appliance.codes.resolving import KIND_OF_SYSTEM, Resolver
from appliance.limits import MAPPING_CACHE_CONCEPTS
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    Dosage,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Procedure,
    StrengthType,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import read_date, read_month
from appliance.records.document import Document, Record

Days = tuple[date, date]
"""The first and last day that a statement may be about: the same where the source says the day."""

R = TypeVar("R", Immunization, AllergyIntolerance)

_ALWAYS: Final = (date.min, date.max)
_MODIFIER_DIGITS: Final = 4


def map_document(document: Document, lookup: Lookup) -> tuple[Document, MappingCounts]:
    """The document with national codes, displays and findings, and what was counted. Mapping twice changes nothing."""
    return _mapper_of(lookup).map(document)


class _Mapper:
    """Maps documents with the masters of one Lookup, remembering each concept that it resolved."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._resolver = Resolver(lookup)
        self._known: dict[tuple[Kind, tuple[Coding, ...]], list[Resolved]] = {}
        self._tally: Counter[Resolved] = Counter()
        self._records: dict[type[Any], Callable[[Any, Days], Record]] = {
            Condition: self._condition,
            Procedure: self._procedure,
            MedicationRequest: self._request,
            MedicationDispense: self._dispense,
            DeviceUseStatement: self._device,
            Observation: self._observation,
            Immunization: self._drug_like,
            AllergyIntolerance: self._drug_like,
        }

    def map(self, document: Document) -> tuple[Document, MappingCounts]:
        self._tally.clear()
        period = _days_of(document.period)
        records = tuple(
            make(record, period) if (make := self._records.get(type(record))) else record
            for record in document.records
        )
        counts = _counted(self._tally)
        return replace(document, records=records, findings=with_findings(document, counts)), counts

    def _resolved(self, kind: Kind, codings: tuple[Coding, ...], days: Days) -> Resolved:
        """From memory where it was asked before; for a span of days, its last one counts unless the code ended in it."""
        resolved = self._on(kind, codings, days[1])
        if resolved.reason is Reason.ABOLISHED and days[0] != days[1]:
            resolved = self._on(kind, codings, days[0])
        self._tally[resolved] += 1
        return resolved

    def _on(self, kind: Kind, codings: tuple[Coding, ...], day: date) -> Resolved:
        known = self._known.get((kind, codings))
        if known is None:
            if len(self._known) >= MAPPING_CACHE_CONCEPTS:
                self._known.clear()
            known = self._known[kind, codings] = []
        for resolved in known:
            if resolved.since <= day <= resolved.until:
                return resolved
        known.append(self._resolver.resolve(kind, codings, day))
        return known[-1]

    def _concept(self, concept: Concept, default: Kind, days: Days) -> tuple[Concept, str]:
        """The concept with its codings resolved, and the unit that the drug master counts in."""
        codings = concept.codings
        if not codings or not codings[0].code:
            return concept, ""
        resolved = self._resolved(KIND_OF_SYSTEM.get(codings[0].system, default), codings, days)
        mapped = Concept(resolved.concept.codings, concept.text) if concept.text else resolved.concept
        return mapped, resolved.unit

    def _notes(self, notes: tuple[Note, ...], days: Days) -> tuple[Note, ...]:
        return tuple(self._note(note, days) for note in notes) if notes else notes

    def _note(self, note: Note, days: Days) -> Note:
        if not note.code:
            return note
        self._resolved(Kind.COMMENT, (Coding(CodeSystem.RECEIPT_COMMENT, note.code),), days)
        words = self._words(note, days)
        return note if words == note.text else Note(words, note.code)

    def _words(self, note: Note, days: Days) -> str:
        comment = self._lookup.comment(note.code, days[1])
        return words_of(comment, note.text, lambda code: self._name_of(code, days)) if comment else note.text

    def _name_of(self, code: str, days: Days) -> str:
        found = self._lookup.modifier if len(code) == _MODIFIER_DIGITS else self._lookup.act
        entry = found(code, days[1])
        return entry.name if entry else ""

    def _condition(self, record: Condition, period: Days) -> Record:
        """A diagnosis is coded for the month it is claimed in, however long ago it began."""
        concept, _ = self._concept(record.concept, Kind.DIAGNOSIS, period)
        modifiers = tuple(self._concept(one, Kind.MODIFIER, period)[0] for one in record.modifiers)
        return changed(record, concept=concept, modifiers=modifiers, notes=self._notes(record.notes, period))

    def _procedure(self, record: Procedure, period: Days) -> Record:
        days = _own(record.performed, period)
        concept, _ = self._concept(record.concept, Kind.ACT, days)
        return changed(record, concept=concept, notes=self._notes(record.notes, days))

    def _request(self, record: MedicationRequest, period: Days) -> Record:
        days = _own(record.authored, period)
        concept, unit = self._concept(record.concept, Kind.DRUG, days)
        notes, dosage = self._notes(record.notes, days), self._dosage(record.dosage, days)
        return changed(record, concept=concept, dosage=dosage, notes=notes, **_counted_in(record, unit))

    def _dispense(self, record: MedicationDispense, period: Days) -> Record:
        days = _own(record.dispensed or record.prescribed, period)
        concept, unit = self._concept(record.concept, Kind.DRUG, days)
        notes, dosage = self._notes(record.notes, days), self._dosage(record.dosage, days)
        return changed(record, concept=concept, dosage=dosage, notes=notes, **_counted_in(record, unit))

    def _dosage(self, dosage: Dosage | None, days: Days) -> Dosage | None:
        if dosage is None or dosage.usage is None:
            return dosage
        return changed(dosage, usage=self._concept(dosage.usage, Kind.USAGE, days)[0])

    def _device(self, record: DeviceUseStatement, period: Days) -> Record:
        days = _own(record.used, period)
        concept, _ = self._concept(record.concept, Kind.MATERIAL, days)
        return changed(record, concept=concept, notes=self._notes(record.notes, days))

    def _observation(self, record: Observation, period: Days) -> Record:
        """A comment on the claim gets its master's words as a note: its text belongs to its identity."""
        days = _own(record.effective, period)
        codings = record.concept.codings
        comment = bool(codings) and codings[0].system == CodeSystem.RECEIPT_COMMENT
        if record.category is ObservationCategory.NARRATIVE and not comment:
            return record
        concept, _ = self._concept(record.concept, Kind.TEST, days)
        notes = self._notes(record.notes, days)
        if comment and record.text and not notes:
            words = self._words(Note(record.text, codings[0].code), days)
            notes = (Note(words),) if words != record.text else ()
        return changed(record, concept=concept, notes=notes)

    def _drug_like(self, record: R, period: Days) -> R:
        """A vaccine or an allergen, where it is coded as a drug."""
        codings = record.concept.codings
        if not codings or codings[0].system not in DRUG_SYSTEMS:
            return record
        day = record.given if isinstance(record, Immunization) else record.recorded
        concept, _ = self._concept(record.concept, Kind.DRUG, _own(day, period))
        return changed(record, concept=concept)


@lru_cache(maxsize=2)
def _mapper_of(lookup: Lookup) -> _Mapper:
    """The masters in use, and their successor while both are: what was remembered goes with them."""
    return _Mapper(lookup)


def _counted_in(record: MedicationRequest | MedicationDispense, unit: str) -> dict[str, Any]:
    """What a claim leaves unsaid: its amounts are of the product, in the unit that the tariff has a price for.

    Other sources say what they count in; a unit that they do not write is not known.
    """
    if not record.derived_from_claim or not unit or record.unit not in ("", unit):
        return {}
    return {"unit": unit, "strength_type": StrengthType.PRODUCT}


def _own(day: date | None, period: Days) -> Days:
    return (day, day) if day else period


def _days_of(period: str) -> Days:
    """A document's period (`YYYY-MM` or a date) as days; any day where it has none."""
    digits = period.replace("-", "")
    day = read_date(digits).value
    if day:
        return day, day
    month = read_month(digits).value
    return (month.days()[0], month.days()[-1]) if month else _ALWAYS


def _counted(tally: Counter[Resolved]) -> MappingCounts:
    counts = MappingCounts()
    for resolved, times in tally.items():
        counts.total[resolved.kind] += times
        for system in resolved.reached:
            counts.reached[resolved.kind, system] += times
        if resolved.reason:
            counts.unmapped[Miss(*resolved.source, resolved.reason)] += times
        for miss in resolved.partly:
            counts.partly[miss] += times
        if resolved.later:
            counts.later[resolved.source] += times
    return counts
