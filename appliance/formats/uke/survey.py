"""Files of the UKE family whose claims are not taken: workers' compensation, and what payers sent back (HEN, SAH).

Of a returned claim it is shown which one it was and why; its care was taken with the first submission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_types import CHOZAI, ENVELOPE, IKA, RECEIPT, SHIKA
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.reader import PREFIX_COLUMNS, shown_row_id
from appliance.formats.uke.rows import Piece, extent, read_pieces
from appliance.formats.uke.tables import RETURN_TYPE
from appliance.limits import CLAIM_ROW_ITEMS_MAX, CLAIM_ROW_MAX_CHARS, RETURNED_SHOWN_MAX
from appliance.records.dates import read_month
from appliance.records.document import Format, Parsed, Returned
from appliance.records.readable import Readable

_REASONS = {Format.UKE_HENREI: "UKE-F013", Format.UKE_ROUSAI: "UKE-F014"}
_HI, _HR = ENVELOPE["HI"], ENVELOPE["HR"]
_BY_FEE_TABLE = {claim_type.first_digit: claim_type for claim_type in (IKA, SHIKA, CHOZAI)}
_CODE = re.compile(r"[0-9A-Z]{1,5}", re.ASCII)
_RECEIPT_TYPE = re.compile(r"[0-9]{4}", re.ASCII)
_UNKNOWN = "—"


@dataclass(slots=True)
class _Survey:
    """What has been seen of a file so far."""

    findings: Findings
    rows: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    fee_table: str = IKA.first_digit
    receipt: list[str] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)

    def take(self, piece: Piece) -> None:
        """Count the rows of a piece and read those that say what was returned."""
        self.lines += len(piece.lines)
        for line in piece.undecodable:
            self.findings.add("UKE-R002", line)
        for line in piece.shortened:
            self.findings.add("UKE-R020", line, limit=CLAIM_ROW_MAX_CHARS)
        for line, text in enumerate(piece.lines, piece.number):
            if text.strip():
                self._row(line, text.split(",", CLAIM_ROW_ITEMS_MAX))

    def _row(self, line: int, values: list[str]) -> None:
        """A row in its prefixed form is history: it is counted, and tells nothing about what is returned now."""
        prefixed = values[0].isdecimal() and len(values) > PREFIX_COLUMNS
        row_id = shown_row_id(values[PREFIX_COLUMNS] if prefixed else values[0])
        self.rows[row_id] = self.rows.get(row_id, 0) + 1
        if prefixed:
            return
        if row_id == "HI":
            self.fee_table = _item(values, _HI["fee_table"])
        elif row_id == RECEIPT:
            self.receipt = values
        elif row_id == "HR" and len(self.returned) < RETURNED_SHOWN_MAX:
            self._returned(line, values)

    def _returned(self, line: int, values: list[str]) -> None:
        claim_type = _BY_FEE_TABLE.get(self.fee_table, IKA)
        layout, receipt = claim_type.layouts[RECEIPT], self.receipt
        chart = layout.find("chart_no")
        code = _item(values, _HR["return_reason_code"])
        kind = RETURN_TYPE.get(_item(values, _HR["return_type"]), "")
        found = Returned(
            line=line,
            receipt_type=_item(receipt, layout["receipt_type"]),
            period=_month(_item(receipt, layout["care_month"])),
            local_id=_item(receipt, chart.position) if chart else "",
            name=_item(receipt, layout["patient_name"]),
            search_no=_item(values, _HR["search_no"]),
            processed=_month(_item(values, _HR["process_month"])),
            kind=kind,
            reason_code=code,
            reason=_item(values, _HR["return_reason"]),
            supplement=_item(values, _HR["supplement"]),
        )
        self.returned.append(found)
        well_formed = _RECEIPT_TYPE.fullmatch(found.receipt_type)
        self.findings.add(
            "UKE-F019",
            line,
            period=found.period or _UNKNOWN,
            receipt_type=found.receipt_type if well_formed else _UNKNOWN,
            return_type=kind or _UNKNOWN,
            reason=code if _CODE.fullmatch(code) else _UNKNOWN,
        )


def survey(data: Readable, known: Format) -> Parsed:
    """The rows of a file by identifier, what was returned, no documents, and a finding that says why."""
    where = extent(data)
    found = _Survey(Findings(KINDS))
    found.findings.add(_REASONS[known])
    for piece in read_pieces(data, where):
        found.take(piece)
    requests, results = found.rows.get("MD", 0), found.rows.get("MK", 0)
    if requests or results:
        found.findings.add("UKE-F020", count=requests, results=results)
    return Parsed(
        known,
        where.encoding,
        found.lines,
        (),
        found.findings.all(),
        found.rows,
        returned=tuple(found.returned),
    )


def _item(values: Sequence[str], position: int) -> str:
    return values[position].strip() if position < len(values) else ""


def _month(text: str) -> str:
    month = read_month(text).value
    return month.iso if month else ""
