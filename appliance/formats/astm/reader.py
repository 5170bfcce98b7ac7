"""A file of ASTM E1394 records to documents, row counts and findings."""

from __future__ import annotations

from appliance.formats.astm.findings import KINDS
from appliance.formats.astm.layout import KNOWN
from appliance.formats.astm.records import Delimiters, Row, row_of
from appliance.formats.astm.reports import Message
from appliance.formats.findings import Findings
from appliance.formats.hardened import decodes, line_count
from appliance.formats.hl7_lab.segments import bare, split_rows
from appliance.limits import (
    MESSAGE_FILE_MAX_BYTES,
    MESSAGE_ROW_MAX_BYTES,
    MESSAGE_ROWS_MAX,
    MESSAGE_SEGMENTS_MAX,
)
from appliance.records.document import Document, Format, Parsed

_FRAME_START = b"\x02"
_NO_RECORD = "?"
_MARKS_OF_LINE = b"\x05\x04\x03\x17\x06"
"""ENQ, EOT, ETX, ETB, ACK: left over from the transmission."""


def read_astm(data: bytes, known: Format) -> Parsed:
    """Documents, one an order with results. Rows are Shift_JIS where they are not UTF-8.

    Frames are not undone here: without their checksums nobody could tell a damaged result.
    """
    encoding = _encoding(data)
    reader = _Reader(Findings(KINDS), encoding)
    if _FRAME_START in data:
        reader.findings.add("ASTM-F004", 1)
        return Parsed(known, encoding, line_count(data), (), reader.findings.all())
    if len(data) > MESSAGE_FILE_MAX_BYTES:
        reader.findings.add("ASTM-F007")
        return Parsed(known, encoding, line_count(data), (), reader.findings.all())
    for line, row in enumerate(split_rows(data), 1):
        if line > MESSAGE_ROWS_MAX:
            reader.findings.add("ASTM-F006", line)
            break
        reader.take(row, line)
    complete = reader.finish()
    return Parsed(
        known, encoding, reader.lines, tuple(reader.documents), reader.findings.all(), reader.rows, complete
    )


def _encoding(data: bytes) -> str:
    return "utf-8" if decodes(data, "utf-8") else "cp932"


class _Reader:
    """Row by row: begins a message at each header, takes its documents when the next begins."""

    def __init__(self, findings: Findings, encoding: str) -> None:
        self.findings = findings
        self.lines = 0
        self.rows: dict[str, int] = {}
        self.documents: list[Document] = []
        self._encoding = encoding
        self._marks = Delimiters()
        self._message: Message | None = None
        self._orphaned = False

    def take(self, row: bytes, line: int) -> None:
        self.lines = line
        content = bare(row).strip(_MARKS_OF_LINE)
        if not content:
            return
        if len(content) > MESSAGE_ROW_MAX_BYTES:
            self._count(_NO_RECORD)
            self.findings.add("ASTM-R002", line)
            return
        text = content.decode(self._encoding, "replace")
        if "\ufffd" in text:
            self.findings.add("ASTM-R007", line)
        if text[:1] == "H" and not text[1:2].isalnum():
            self._marks = Delimiters.of_header(text)
        self._take_record(row_of(text, line, self._marks), line)

    def _take_record(self, found: Row | None, line: int) -> None:
        if found is None or found.letter not in KNOWN:
            self._count(_NO_RECORD)
            self.findings.add("ASTM-R001", line)
            return
        self._count(found.letter)
        if found.letter == "H":
            self.finish()
            self._message = Message(found, self.findings)
        elif self._message is not None:
            self._message.take(found)
            if line - self._message.header.line >= MESSAGE_SEGMENTS_MAX:
                self.findings.add("ASTM-F008", line)
                self._message = None
        elif not self._orphaned:
            self._orphaned = True
            self.findings.add("ASTM-F001", line)

    def finish(self) -> bool:
        """The message that was being read is over: take its documents; whether its terminator was there."""
        message, self._message = self._message, None
        if message is None:
            return False
        self.documents.extend(message.documents())
        return message.ended

    def _count(self, letter: str) -> None:
        self.rows[letter] = self.rows.get(letter, 0) + 1
