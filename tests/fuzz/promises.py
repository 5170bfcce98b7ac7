"""What every parser promises of whatever it was given; each broken promise is an AssertionError that names it."""

from __future__ import annotations

import json

from appliance.formats.facility import placed
from appliance.formats.hl7_lab.segments import split_rows
from appliance.formats.report import report_of, report_text
from appliance.formats.uke.rows import read_source, serialise
from appliance.records.codec import decode, decode_patient, decode_records, encode
from appliance.records.document import Document, Format, Parsed
from appliance.records.finding import Finding
from appliance.records.identity import identify

WITHOUT_LINES = frozenset({Format.ORCA, Format.PDF, Format.IMAGE, Format.UNKNOWN})
"""Formats whose documents are counted, not placed: JSON has no lines of its own, a picture none at all."""
ROW_FORMATS = frozenset(
    {
        Format.UKE_IKA,
        Format.UKE_DPC,
        Format.UKE_SHIKA,
        Format.UKE_CHOZAI,
        Format.UKE_HENREI,
        Format.UKE_ROUSAI,
        Format.NSIPS,
        Format.JAHIS_TC,
        Format.JAHIS_RX,
    }
)
MESSAGE_FORMATS = frozenset({Format.HL7_LAB, Format.ASTM})
_FACILITY = "1319999999"


def keeps_its_promises(data: bytes, found: Parsed) -> None:
    """What holds of a whole file: rows, findings, documents, the report that people read, and its bytes given back."""
    assert found.lines >= 0
    assert all(count > 0 for count in found.source_rows.values())
    for finding in found.all_findings:
        _is_sound(finding, found.lines)
    for document in found.documents:
        _document_is_sound(document, found)
    report = report_of("x", data, found)
    report_text(report).encode()
    json.dumps(report, ensure_ascii=False).encode()
    gives_its_bytes_back(data, found.format)


def gives_its_bytes_back(data: bytes, known: Format) -> None:
    """The rows of a file, put together again, are its bytes."""
    if known in ROW_FORMATS:
        assert serialise(read_source(data)) == data, "rows do not serialise to their bytes"
    elif known in MESSAGE_FORMATS:
        assert b"".join(split_rows(data)) == data, "segments do not join to their bytes"


def _is_sound(finding: Finding, lines: int) -> None:
    assert finding.line is None or 1 <= finding.line <= max(lines, 1), f"{finding.code} is outside the file"
    assert finding.text, finding.code
    assert finding.text_en, finding.code
    assert "{" not in finding.text + finding.text_en, f"{finding.code} shows its template"
    assert decode(encode(finding), Finding) == finding


def _document_is_sound(document: Document, found: Parsed) -> None:
    assert document.key
    assert 1 <= document.first_line <= document.last_line, "a document without rows"
    if found.format not in WITHOUT_LINES:
        assert document.last_line <= max(found.lines, 1), "a document beyond the file"
    assert not (document.tombstone and document.records), "a tombstone with records"
    assert decode_patient(encode(document.patient)) == document.patient
    for record in document.records:
        again = decode_records(type(record).__name__, b"[" + encode(record) + b"]")
        assert again == [record], f"{type(record).__name__} does not survive the store"
    identified = identify(placed(document, _FACILITY), "patient")
    own = [record.resource_id for record in identified if not record.shared]
    assert len(own) == len(set(own)), "two records of one identity"
