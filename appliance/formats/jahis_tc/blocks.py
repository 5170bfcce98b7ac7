"""The dispensing blocks of a notebook: from one record 5 to the next, rows bound to their RP, drug and doctor (chapter 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.formats.findings import Findings
from appliance.formats.jahis_tc.tables import DRUG_CODES
from appliance.formats.tagged import Row

REMARK_ROWS = frozenset({"401", "411", "421", "501", "601"})
BLOCK_ROWS = frozenset({"5", "11", "15", "51", "55", "201", "281", "291", "301", "311", "391"}) | REMARK_ROWS
DRUG_ROWS = frozenset({"201", "281", "291"})
"""Rows of drugs, behind which the usage of their RP must come."""
_RP_ROWS = frozenset({"301", "311", "391"})
_DEVIANT_ORDER = (0, 1, 6, 7, 9, 4, 5)
"""Where one sender of version 02 puts the items of 201: RP, two counters, kind, code, name, amount, nothing, unit."""


@dataclass(slots=True)
class Drug:
    """A drug row with the remarks bound to it, and the doctor (55) it was prescribed by."""

    row: Row
    doctor: Row | None
    remarks: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Rp:
    """One RP of a block: its drugs, its usage, its remarks."""

    number: str
    drugs: list[Drug] = field(default_factory=list)
    usage: Row | None = None
    remarks: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """One dispensing as its rows stand, RP numbers counting within it only."""

    opening: Row
    last_line: int
    last_row: Row
    facility: Row | None = None
    prescribed_at: Row | None = None
    staff: list[Row] = field(default_factory=list)
    doctors: list[Row] = field(default_factory=list)
    rps: dict[str, Rp] = field(default_factory=dict)
    remarks: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    last_drug: Drug | None = None
    goes_on: bool = False
    """Rows that belong to it may stand in the next part of a split file."""

    def add(self, row: Row, findings: Findings) -> None:
        """Take the next row of the block."""
        self.last_line, self.last_row = row.line, row
        if row.row_id == "201":
            row = in_order(row, findings)
            self.last_drug = Drug(row, self.doctors[-1] if self.doctors else None)
            self._rp(row).drugs.append(self.last_drug)
        elif row.row_id in DRUG_ROWS:
            self._add_to_drug(row, findings)
        elif row.row_id in _RP_ROWS:
            self._add_to_rp(row, findings)
        elif row.row_id in REMARK_ROWS:
            self.remarks.append(row)
        else:
            self._add_people(row)
        self.rows.append(row)

    def _rp(self, row: Row) -> Rp:
        number = rp_number(row)
        return self.rps.setdefault(number, Rp(number))

    def _add_to_drug(self, row: Row, findings: Findings) -> None:
        if self.last_drug is None or rp_number(self.last_drug.row) != rp_number(row):
            findings.add("JAHISTC-R002", row.line, row.ja("rp"))
        else:
            self.last_drug.remarks.append(row)

    def _add_to_rp(self, row: Row, findings: Findings) -> None:
        rp = self._rp(row)
        if row.row_id != "301":
            rp.remarks.append(row)
        elif rp.usage is None:
            rp.usage = row
        else:
            findings.add("JAHISTC-D009", row.line, row.ja("rp"))

    def _add_people(self, row: Row) -> None:
        if row.row_id == "11":
            self.facility = self.facility or row
        elif row.row_id == "51":
            self.prescribed_at = self.prescribed_at or row
        elif row.row_id == "15":
            self.staff.append(row)
        else:
            self.doctors.append(row)


def rp_number(row: Row) -> str:
    """The RP number as it is compared: `01` and `1` are one."""
    return row["rp"].lstrip("0") or row["rp"]


def in_order(row: Row, findings: Findings) -> Row:
    """A drug row with its items where the specification has them."""
    values = [value.strip() for value in row.values]
    counters = len(values) > max(_DEVIANT_ORDER) and values[2].isdecimal() and values[3].isdecimal()
    if not (counters and values[4] in DRUG_CODES and values[6] and not values[6].isdecimal()):
        return row
    findings.add("JAHISTC-R003", row.line)
    return Row(row.line, row.layout, tuple(values[place] for place in _DEVIANT_ORDER))


@dataclass(slots=True)
class Notebook:
    """The rows of one notebook file: whose it is, what the patient or family entered, and the blocks."""

    head: Row | None = None
    patient: Row | None = None
    personal: list[Row] = field(default_factory=list)
    pharmacist: Row | None = None
    blocks: list[Block] = field(default_factory=list)
    stray: list[Row] = field(default_factory=list)
    split: Row | None = None

    @property
    def version(self) -> str:
        return self.head["version"].removeprefix("JAHISTC") if self.head else ""

    @property
    def output(self) -> str:
        return self.head["output"] if self.head else ""


_PERSONAL_ROWS = frozenset({"2", "3", "31", "4"})


def arrange(rows: Sequence[Row], findings: Findings) -> Notebook:
    """Put every row of a file where it belongs; those that belong nowhere are `stray`."""
    book = Notebook()
    for row in rows:
        if row.row_id == "JAHISTC":
            book.head = book.head or row
        elif row.row_id == "5":
            _close_last(book)
            book.blocks.append(Block(row, row.line, row, goes_on=True, rows=[row]))
        elif row.row_id not in BLOCK_ROWS:
            _arrange_other(book, row)
        elif book.blocks:
            book.blocks[-1].add(row, findings)
        else:
            book.stray.append(row)
    return book


def _close_last(book: Notebook) -> None:
    if book.blocks:
        book.blocks[-1].goes_on = False


def _arrange_other(book: Notebook, row: Row) -> None:
    if row.row_id == "1":
        book.patient = book.patient or row
    elif row.row_id in _PERSONAL_ROWS:
        book.personal.append(row)
    elif row.row_id == "701":
        book.pharmacist = row
        _close_last(book)
    elif row.row_id == "911":
        book.split = row
