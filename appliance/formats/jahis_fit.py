"""Whether bytes make sense as a JAHIS file: how bare fragments of one are told to stand in the right order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.formats import jahis_rx, jahis_tc
from appliance.formats.findings import Findings
from appliance.formats.jahis_rx.reader import read_prescription
from appliance.formats.jahis_tc.blocks import arrange
from appliance.formats.jahis_tc.findings import KINDS
from appliance.formats.jahis_tc.reader import read_notebook
from appliance.formats.tagged import NO_ROW_ID, Row, Tagged, layouts, read_tagged, row_id_of
from appliance.formats.tagged_values import ordinal
from appliance.formats.uke.rows import BOM, CP932
from appliance.records.document import Parsed
from appliance.records.finding import Severity

_NOTEBOOK = layouts(jahis_tc.__name__)
_PRESCRIPTION = layouts(jahis_rx.__name__)
_BEGINNING = re.compile(rb"\s*JAHIS(TC)?[0-9]{1,2}(?![0-9A-Za-z])")
_FIRST_ROW = re.compile(rb"[^\r\n]*")
_OUT_OF_ORDER = ("TEXT-001", "TEXT-002", "TEXT-003", "TEXT-004", "TEXT-005", "TEXT-006", "TEXT-007")
"""Findings that a file in the right order does not have."""


def begins_file(data: bytes) -> bool:
    """Whether a header of either format stands at the beginning."""
    return _BEGINNING.match(data.removeprefix(BOM)) is not None


def fits(data: bytes, *, strictly: bool) -> bool:
    """Whether every row is of a known kind and RPs ascend and are whole; strictly: and no value in it is odd."""
    match = _BEGINNING.match(data.removeprefix(BOM))
    if match is None:
        return False
    if match[1]:
        return _fits_notebook(data) and not (strictly and _odd(read_notebook(data)))
    parsed = read_prescription(data)
    return _fits_prescription(data, parsed) and not (strictly and _odd(parsed))


def _odd(parsed: Parsed) -> bool:
    return any(finding.severity is not Severity.INFO for finding in parsed.all_findings)


def is_row_ahead(before: bytes, after: bytes) -> bool:
    """Whether two fragments make a row of a known kind where they meet."""
    first = _FIRST_ROW.match(after)
    row_begins = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    seam = before[row_begins:] + (first[0] if first else b"")
    header = _BEGINNING.match(before.removeprefix(BOM))
    table = _NOTEBOOK if header and header[1] else _PRESCRIPTION
    row_id = row_id_of(seam.decode(CP932, "replace").partition(",")[0])
    return not seam.strip(b"\x1a\x00 ") or row_id in table


def _sound(found: Tagged, findings: Findings) -> bool:
    told = {finding.code for finding in findings.all()}
    return not found.refused and told.isdisjoint(_OUT_OF_ORDER) and NO_ROW_ID not in found.counts


def _fits_notebook(data: bytes) -> bool:
    findings = Findings(KINDS)
    found = read_tagged(data, _NOTEBOOK, findings)
    book = arrange(found.sound, findings)
    if not _sound(found, findings) or found.counts.get("1") != 1 or book.stray:
        return False
    if any(finding.code in ("JAHISTC-R002", "JAHISTC-D009") for finding in findings.all()):
        return False
    for block in book.blocks:
        numbers = _rp_numbers(block.rows)
        whole = all(rp.drugs and rp.usage for rp in block.rps.values())
        if not whole or numbers != sorted(numbers):
            return False
    return True


def _fits_prescription(data: bytes, parsed: Parsed) -> bool:
    told = {finding.code for finding in parsed.all_findings}
    odd = {"JAHISRX-D010", "JAHISRX-D013", *_OUT_OF_ORDER}
    return bool(parsed.documents) and told.isdisjoint(odd) and _ascends(data)


def _ascends(data: bytes) -> bool:
    """Whether records 1 to 82 and then the RPs stand in the order of their numbers."""
    found = read_tagged(data, _PRESCRIPTION, Findings(KINDS))
    head = [int(row.row_id) for row in found.rows if row.row_id.isdecimal() and int(row.row_id) < 100]  # noqa: PLR2004 - records of RPs
    rps = _rp_numbers(found.rows)
    return head == sorted(head) and rps == sorted(rps)


def _rp_numbers(rows: Sequence[Row]) -> list[int]:
    return [ordinal(row["rp"]) or 0 for row in rows if "rp" in row.layout.items]
