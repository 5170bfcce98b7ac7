"""medicalgetv2 class 02: the acts, drugs and materials of one visit, each with the usage and comments that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.limits import NUMBER_MAX_DIGITS
from appliance.records.clinical import (
    DeviceUseStatement,
    Dosage,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Procedure,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Record

INTERNAL_MEDICINE = "21"
"""Medical_Class 21x 内服: its number counts days."""
_CLASS_DIGITS = 2
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Sort(Enum):
    """What a line of a group is."""

    ACT = "act"
    DRUG = "drug"
    MATERIAL = "material"
    USAGE = "usage"
    COMMENT = "comment"
    MARK = "mark"
    OTHER = "other"


SORTS: Final[tuple[tuple[str, Sort], ...]] = (
    ("001", Sort.USAGE),
    ("002", Sort.COMMENT),
    ("008", Sort.COMMENT),
    ("058", Sort.COMMENT),
    ("099", Sort.MARK),
    ("1", Sort.ACT),
    ("6", Sort.DRUG),
    ("7", Sort.MATERIAL),
    ("8", Sort.COMMENT),
)
"""Medication_Code by its beginning: 用法, 部位, コメント, 銘柄名, 包括などの印, then the digit that claims use too."""


_STANDING = frozenset({Sort.ACT, Sort.DRUG, Sort.MATERIAL, Sort.OTHER})


@dataclass(slots=True)
class _Line:
    """A line that stands for itself, with the words of those that follow it."""

    sort: Sort
    entry: Element
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Group:
    """One Medical_Information: its class, how often (or how many days), its points, its place among the others."""

    number: int
    category: str
    times: int
    points: int | None
    day: date


def act_records(visit: Element, day: date, findings: Findings) -> Iterator[Record]:
    """Procedure, MedicationRequest and DeviceUseStatement in the order of the answer; one group is one unit (剤)."""
    number = 0
    for insurance in visit.records("Medical_List_Information"):
        for entry in insurance.records("Medical_Information"):
            number += 1
            group = _Group(
                number,
                entry.value("Medical_Class")[:_CLASS_DIGITS],
                _whole(entry.value("Medical_Class_Number")) or 1,
                _whole(entry.value("Medical_Class_Point")),
                day,
            )
            yield from _group_records(group, entry, findings)


def _group_records(group: _Group, entry: Element, findings: Findings) -> Iterator[Record]:
    lines, usage = _lines(entry, findings)
    drugs = 0
    for place, line in enumerate(lines):
        points = group.points if place == 0 else None
        if line.sort is Sort.DRUG:
            drugs += 1
            yield _drug(group, line, usage, points, drugs)
        elif line.sort is Sort.COMMENT:
            yield _narrative(group, line)
        elif line.sort is Sort.MATERIAL:
            yield _material(group, line, points)
        else:
            yield _procedure(group, line, points)


def _lines(entry: Element, findings: Findings) -> tuple[list[_Line], Concept | None]:
    lines: list[_Line] = []
    usage: Concept | None = None
    for one in entry.records("Medication_info"):
        code, name = one.value("Medication_Code"), one.value("Medication_Name")
        sort = next((known for beginning, known in SORTS if code.startswith(beginning)), Sort.OTHER)
        if sort is Sort.OTHER:
            findings.add("ORCA-R003" if code else "ORCA-R007", one.line, "Medication_Code")
        if sort in _STANDING:
            lines.append(_Line(sort, one, [Note(name, code)] if sort is Sort.OTHER and code else []))
        elif sort is Sort.USAGE:
            usage = Concept((Coding(CodeSystem.RECEIPT_USAGE, code),), name)
        elif sort is Sort.COMMENT and lines:
            lines[-1].notes.append(Note(name, code))
        elif sort is Sort.COMMENT:
            lines.append(_Line(sort, one))
    return lines, usage


def _drug(
    group: _Group, line: _Line, usage: Concept | None, points: int | None, place: int
) -> MedicationRequest:
    internal = group.category == INTERNAL_MEDICINE
    return MedicationRequest(
        _concept(line.entry, CodeSystem.RECEIPT_DRUG),
        group.day,
        group.category,
        rp_number=group.number,
        order_in_rp=place,
        quantity=line.entry.value("Medication_Number"),
        days_supplied=group.times if internal else None,
        times=1 if internal else group.times,
        points=points,
        derived_from_claim=True,
        notes=tuple(line.notes),
        unit=line.entry.value("Unit_Code_Name"),
        dosage=Dosage(usage.text, usage) if usage else None,
    )


def _material(group: _Group, line: _Line, points: int | None) -> DeviceUseStatement:
    return DeviceUseStatement(
        _concept(line.entry, CodeSystem.RECEIPT_MATERIAL),
        group.day,
        group.category,
        group.number,
        group.times,
        quantity=line.entry.value("Medication_Number"),
        unit=line.entry.value("Unit_Code_Name"),
        points=points,
        notes=tuple(line.notes),
    )


def _procedure(group: _Group, line: _Line, points: int | None) -> Procedure:
    known = line.sort is Sort.ACT
    words = Concept(text=line.entry.value("Medication_Name"))
    return Procedure(
        _concept(line.entry, CodeSystem.RECEIPT_PROCEDURE) if known else words,
        group.day,
        group.category,
        group.number,
        group.times,
        line.entry.value("Medication_Number"),
        points,
        notes=tuple(line.notes),
    )


def _narrative(group: _Group, line: _Line) -> Observation:
    """A comment with nothing before it speaks of the whole visit."""
    code = line.entry.value("Medication_Code")
    words = "\n".join((line.entry.value("Medication_Name"), *(note.text for note in line.notes)))
    concept = Concept((Coding(CodeSystem.RECEIPT_COMMENT, code),))
    return Observation(ObservationCategory.NARRATIVE, concept, group.day, words)


def _concept(entry: Element, system: CodeSystem) -> Concept:
    code, name = entry.value("Medication_Code"), entry.value("Medication_Name")
    return Concept((Coding(system, code),) if code else (), name)


def _whole(text: str) -> int | None:
    fits = _DIGITS.fullmatch(text) and len(text) <= NUMBER_MAX_DIGITS
    return int(text) if fits else None
