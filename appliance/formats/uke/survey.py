"""Files of the UKE family whose claims are not taken (returned, workers' compensation) or not read yet: rows counted."""

from __future__ import annotations

from appliance.formats.findings import Findings
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.reader import PREFIX_COLUMNS, shown_row_id
from appliance.formats.uke.rows import extent, read_pieces
from appliance.records.document import Format, Parsed

_REASONS = {Format.UKE_HENREI: "UKE-F013", Format.UKE_ROUSAI: "UKE-F014"}
_NOT_READ_YET = "UKE-F015"


def survey(data: bytes, known: Format, name: str) -> Parsed:
    """The rows of a file by identifier, no documents, and a finding that says why."""
    where = extent(data)
    rows: dict[str, int] = {}
    lines = 0
    findings = Findings(KINDS)
    for piece in read_pieces(data, where):
        lines += len(piece.lines)
        for line in piece.undecodable:
            findings.add("UKE-R002", line)
        for text in piece.lines:
            if text.strip():
                row_id = _row_id(text)
                rows[row_id] = rows.get(row_id, 0) + 1
    findings.add(_REASONS.get(known, _NOT_READ_YET), name=name)
    return Parsed(known, where.encoding, lines, (), findings.all(), rows)


def _row_id(text: str) -> str:
    values = text.split(",", PREFIX_COLUMNS + 1)
    prefixed = values[0].isdecimal() and len(values) > PREFIX_COLUMNS
    return shown_row_id(values[PREFIX_COLUMNS] if prefixed else values[0])
