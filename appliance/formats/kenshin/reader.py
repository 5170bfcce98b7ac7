"""One 特定健診 document: its header, and each item as an Observation of the category checkup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from appliance.formats.cda.findings import KINDS
from appliance.formats.cda.header import Header, name_text, read_header
from appliance.formats.cda.measured import observation_of
from appliance.formats.cda.reader import ROOT, section_counts
from appliance.formats.cda.systems import concept_of
from appliance.formats.elements import Element
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.hardened import line_count, read_xml
from appliance.formats.kenshin.items import ITEMS
from appliance.formats.laboratory import JLAC10_LENGTH
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Document, DocumentKind, Format, Parsed
from appliance.records.identity import patient_parts

KIND = DocumentKind.CHECKUP
_PROGRAM = ("documentationOf", "serviceEvent", "code")
"""健診プログラムサービスコード: two programmes of one day are two documents."""


def read_kenshin(data: bytes, known: Format) -> Parsed:
    """The checkup of a file, with findings; none where the file is no CDA or cannot be read."""
    findings = Findings(KINDS)
    lines = line_count(data)
    root, encoding = read_xml(data, findings)
    if root is None or root.name != ROOT:
        if root is not None:
            findings.add("CDA-D001", root.line)
        return Parsed(known, encoding, lines, (), findings.all())
    document = _document(root, lines)
    return Parsed(known, encoding, lines, (document,), findings.all(), section_counts(root), complete=True)


def _document(root: Element, lines: int) -> Document:
    own = Findings(KINDS)
    header = read_header(root, own)
    day = header.service_day or header.day
    items = tuple(_items(root, day, own))
    if not items:
        own.add("CDA-R003", root.line)
    facility = header.patient.facility
    return Document(
        KIND,
        document_key(KIND, facility, "kenshin", *_key_parts(root, header, day)),
        facility,
        header.patient,
        (*header.coverages, *items),
        day.isoformat() if day else "",
        root.attribute("value", "effectiveTime"),
        organization=header.organization,
        findings=own.all(),
        first_line=1,
        last_line=lines,
    )


def _key_parts(root: Element, header: Header, day: date | None) -> tuple[str, ...]:
    """Who, when, which programme: a corrected result is a newer version of the same."""
    who = patient_parts(header.patient, header.coverages)
    program = root.attribute("code", *_PROGRAM)
    return (*(who or (header.identifier,)), day.isoformat() if day else "", program)


def _items(root: Element, day: date | None, findings: Findings) -> Iterator[Observation]:
    empty = unnamed = 0
    body = root.child("component", "structuredBody") or Element("structuredBody")
    for entry in body.everywhere("observation"):
        code = entry.child("code")
        if code is None or not code.attribute("code"):
            continue
        concept = _concept(code)
        found = observation_of(entry, concept, ObservationCategory.CHECKUP, day) or _doctor(
            entry, concept, day
        )
        if found is None:
            empty += 1
            continue
        unnamed += concept.codings[0].code not in ITEMS
        yield _answered(found)
    if empty:
        findings.add("CDA-R002", count=empty)
    if unnamed:
        findings.add("CDA-R004", count=unnamed)


def _concept(code: Element) -> Concept:
    """The item under the ministry's own system, whatever the document calls it, and as JLAC10."""
    given = concept_of(code)
    item = code.attribute("code")
    known = ITEMS.get(item)
    name = known.ja if known else given.text
    codings = [Coding(CodeSystem.CHECKUP_ITEM, item, name)]
    if len(item) == JLAC10_LENGTH:
        codings.append(Coding(CodeSystem.JLAC10, item, name))
    return Concept(tuple(codings), given.text or name)


def _doctor(entry: Element, concept: Concept, day: date | None) -> Observation | None:
    """The physician's judgement names its author beside it; an item that only does so has no value of its own."""
    names = entry.each("author", "assignedAuthor", "assignedPerson", "name")
    name = next(filter(None, map(name_text, names)), "")
    if not name or entry.child("value") is not None:
        return None
    return Observation(ObservationCategory.CHECKUP, concept, day, value=name)


def _answered(found: Observation) -> Observation:
    """An answer by code gets its words; a number without a unit gets the item's."""
    item = ITEMS.get(found.concept.codings[0].code)
    if item is None:
        return found
    words = (item.answers or {}).get(found.value)
    if words is not None:
        return replace(found, value=words, notes=(*found.notes, Note(words, found.value)))
    if item.unit and not found.unit and found.value[:1].isdigit():
        return replace(found, unit=item.unit)
    return found
