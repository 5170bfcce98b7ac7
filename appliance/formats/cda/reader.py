"""One CDA document: the whole as DocumentReference, and what is coded in it."""

from __future__ import annotations

import hashlib

from appliance.formats.cda.entries import coded_records
from appliance.formats.cda.findings import KINDS
from appliance.formats.cda.header import Header, read_header
from appliance.formats.cda.systems import DOCUMENT_TYPES, STAYS, DocumentType, concept_of
from appliance.formats.elements import Element
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.hardened import line_count, read_xml
from appliance.records.administrative import Practitioner
from appliance.records.clinical import DocumentReference, Encounter, EncounterClass
from appliance.records.coding import Concept
from appliance.records.document import Document, DocumentKind, Format, Parsed, Record

ROOT = "ClinicalDocument"
CONTENT_TYPE = "text/xml"
_LETTER = DocumentType(DocumentKind.LETTER, "")


def read_cda(data: bytes, known: Format) -> Parsed:
    """The document of a file, with findings; none where the file is no CDA or cannot be read."""
    findings = Findings(KINDS)
    lines = line_count(data)
    root, encoding = read_xml(data, findings)
    if root is None or root.name != ROOT:
        if root is not None:
            findings.add("CDA-D001", root.line)
        return Parsed(known, encoding, lines, (), findings.all())
    document = _document(root, data, lines)
    return Parsed(known, encoding, lines, (document,), findings.all(), section_counts(root), complete=True)


def section_counts(root: Element) -> dict[str, int]:
    """How many sections and entries the body has."""
    names = ("section", "entry")
    found = {name: sum(1 for _ in root.everywhere(name)) for name in names}
    return {name: count for name, count in found.items() if count}


def _document(root: Element, data: bytes, lines: int) -> Document:
    own = Findings(KINDS)
    header = read_header(root, own)
    code = root.child("code") or Element("code", root.line)
    kind = DOCUMENT_TYPES.get((code.attribute("codeSystem"), code.attribute("code")))
    if kind is None:
        own.add("CDA-D005", code.line, "code")
        kind = _LETTER
    if root.child("component", "nonXMLBody") is not None:
        own.add("CDA-D006", root.line)
    whole = _reference(root, code, kind, header, data)
    practitioners = (Practitioner(header.patient.facility, header.author),) if header.author else ()
    records: tuple[Record, ...] = (
        *header.coverages,
        *practitioners,
        *_encounters(header, kind),
        whole,
        *coded_records(root, header.day, own),
    )
    facility = header.patient.facility
    return Document(
        kind.kind,
        document_key(kind.kind, facility, "cda", header.identifier or whole.sha256),
        facility,
        header.patient,
        records,
        header.day.isoformat() if header.day else "",
        header.sequence,
        organization=header.organization,
        findings=own.all(),
        first_line=1,
        last_line=lines,
    )


def _encounters(header: Header, kind: DocumentType) -> tuple[Encounter, ...]:
    """The stay of a discharge summary, with both its ends; of other documents, one that says to be a stay."""
    stay = header.stay
    if stay is None or not (kind.of_stay or stay.code in STAYS):
        return ()
    return (Encounter(EncounterClass.INPATIENT, stay.start, stay.end, stay.start),)


def _reference(
    root: Element, code: Element, kind: DocumentType, header: Header, data: bytes
) -> DocumentReference:
    concept = concept_of(code)
    named = Concept(concept.codings, kind.ja or concept.text)
    return DocumentReference(
        named,
        header.day,
        root.value("title") or named.text,
        CONTENT_TYPE,
        hashlib.sha256(data).hexdigest(),
        len(data),
        header.author,
    )
