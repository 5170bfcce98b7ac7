"""A file of HL7 messages, one after another or in a batch, to documents, row counts and findings."""

from __future__ import annotations

from appliance.formats.findings import Findings
from appliance.formats.hardened import line_count
from appliance.formats.hl7_lab.characters import Charset, charset_of, declared_charset, decoded
from appliance.formats.hl7_lab.findings import KINDS
from appliance.formats.hl7_lab.layout import MSH
from appliance.formats.hl7_lab.reports import Message
from appliance.formats.hl7_lab.segments import Delimiters, Segment, bare, segment, split_rows
from appliance.limits import (
    MESSAGE_FILE_MAX_BYTES,
    MESSAGE_ROW_MAX_BYTES,
    MESSAGE_ROWS_MAX,
    MESSAGE_SEGMENTS_MAX,
)
from appliance.records.document import Document, Format, Parsed

_HEADERS = ("MSH", "FHS", "BHS")
_WRITTEN_OUT = b"<cr>"
"""How transcripts of messages show the end of a row."""
_NO_SEGMENT = "?"


def read_hl7_lab(data: bytes, known: Format) -> Parsed:
    """Documents of ORU and OUL messages, one a report; other messages and rows are counted and explained.

    Documents name no facility: `formats.facility.placed` gives them that of their source.
    """
    reader = _Reader(Findings(KINDS), charset_of(data, None))
    if len(data) > MESSAGE_FILE_MAX_BYTES:
        reader.findings.add("LAB-M009")
        return Parsed(known, reader.charset.value, line_count(data), (), reader.findings.all())
    for line, row in enumerate(split_rows(data), 1):
        if line > MESSAGE_ROWS_MAX:
            reader.findings.add("LAB-M008", line)
            break
        reader.take(row, line)
    reader.finish()
    return Parsed(
        known,
        reader.charset.value,
        reader.lines,
        tuple(reader.documents),
        reader.findings.all(),
        reader.rows,
        complete=True,
    )


class _Reader:
    """Row by row: begins a message at each MSH, hands it its segments, takes its documents when the next begins."""

    def __init__(self, findings: Findings, charset: Charset) -> None:
        self.findings = findings
        self.charset = charset
        self.lines = 0
        self.rows: dict[str, int] = {}
        self.documents: list[Document] = []
        self._seen = charset
        self._marks = Delimiters()
        self._message: Message | None = None
        self._orphans = 0
        self._written_out = False

    def take(self, row: bytes, line: int) -> None:
        self.lines = line
        content = bare(row)
        if content.endswith(_WRITTEN_OUT):
            content = content.removesuffix(_WRITTEN_OUT)
            self._note_written_out(line)
        if not content:
            return
        if len(content) > MESSAGE_ROW_MAX_BYTES:
            self._count(_NO_SEGMENT)
            self.findings.add("LAB-S002", line)
            return
        text = decoded(content, self.charset)
        if "\ufffd" in text:
            self.findings.add("LAB-S004", line)
        if text.startswith(_HEADERS):
            self._marks = Delimiters.of_header(text)
        self._take_segment(segment(text, line, self._marks), line)

    def _take_segment(self, found: Segment | None, line: int) -> None:
        if found is None:
            self._count(_NO_SEGMENT)
            self.findings.add("LAB-S001", line)
            return
        self._count(found.name)
        if found.name == "MSH":
            self.finish()
            self._begin(found)
        elif self._message is not None:
            self._message.take(found)
            if line - self._message.header.line >= MESSAGE_SEGMENTS_MAX:
                self.findings.add("LAB-M010", line)
                self._message = None
        elif found.name not in _HEADERS:
            self._orphan(line)

    def _begin(self, header: Segment) -> None:
        declared = declared_charset(header.raw(MSH["charset"]))
        if declared is not None and self._seen is not declared and self._seen is not Charset.UTF8:
            self.findings.add("LAB-M003", header.line, MSH.ja("charset"), used=self._seen.value)
        self._message = Message(header, self.findings)

    def _orphan(self, line: int) -> None:
        self._orphans += 1
        if self._orphans == 1:
            self.findings.add("LAB-M004", line)

    def _note_written_out(self, line: int) -> None:
        if not self._written_out:
            self._written_out = True
            self.findings.add("LAB-M007", line)

    def finish(self) -> None:
        """The message that was being read is whole: take its documents."""
        if self._message is not None:
            self.documents.extend(self._message.documents())
            self._message = None

    def _count(self, name: str) -> None:
        self.rows[name] = self.rows.get(name, 0) + 1
