"""The rows of one claim, told apart by what they are about; rows of somebody else behind them are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_types import ENVELOPE, IKA, PAYER_ROWS, ClaimType
from appliance.formats.uke.coverages import Payers
from appliance.formats.uke.heads import Head
from appliance.formats.uke.units import Row
from appliance.limits import CLAIM_ROWS_MAX

_AFTER_LINE = ENVELOPE["JY"]["after_line"]
_DONOR_ROWS = frozenset({"TI", "TR", "TS"})
UNKNOWN_ROW = "?"
"""Stands in a claim's rows for one of no known kind."""


@dataclass(slots=True)
class ClaimRows:
    """The rows of one claim as the reader gathered them, under the head they belong to."""

    head: Head
    line: int
    receipt: list[str]
    rows: list[Row] = field(default_factory=list)
    last_line: int = 0
    claim_type: ClaimType = IKA
    left_out: int = 0
    """Rows beyond the bound: such a claim is not taken."""

    def add(self, line: int, values: list[str]) -> None:
        """The next row of the claim."""
        if len(self.rows) < CLAIM_ROWS_MAX:
            self.rows.append((line, values))
        else:
            self.left_out += 1


@dataclass(slots=True)
class SortedRows:
    """A claim's rows by what they are about, each kind in the file's order."""

    payers: Payers
    diagnoses: list[Row] = field(default_factory=list)
    acts: list[Row] = field(default_factory=list)
    care: list[Row] = field(default_factory=list)
    visits: list[list[str]] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)
    exclusions: list[Row] = field(default_factory=list)
    donor_rows: int = 0
    last_line: int = 0


def sort_rows(claim: ClaimRows, findings: Findings) -> SortedRows:
    """Tell the rows of a claim apart; what the payer side put behind them is told and left out."""
    claim_type = claim.claim_type
    found = SortedRows(Payers(findings, claim_type.table), last_line=claim.last_line)
    corrected = _corrected(claim.rows)
    rows = claim.rows[: corrected.start] + claim.rows[corrected.stop :] if corrected else claim.rows
    own = _own_rows(rows, claim_type)
    if own < len(rows):
        found.last_line = rows[own - 1][0]
        findings.add("UKE-C021", rows[own][0], count=len(rows) - own)
    _put(rows[:own], found, claim_type)
    if corrected and own >= corrected.start:
        _note_corrected([claim.rows[place] for place in corrected], found.payers, findings)
    return found


def _put(rows: Sequence[Row], found: SortedRows, claim_type: ClaimType) -> None:
    """Add each row to those of its kind; behind a donor's first row everything is the donor's."""
    kinds = (
        (claim_type.acts, found.acts),
        (claim_type.diagnoses, found.diagnoses),
        (claim_type.care, found.care),
    )
    targets = {row_id: target for row_ids, target in kinds for row_id in row_ids}
    targets["SJ"], targets["GR"] = found.details, found.exclusions
    for row in rows:
        line, values = row
        row_id = values[0]
        if found.donor_rows or row_id in _DONOR_ROWS:
            found.donor_rows += row_id in claim_type.layouts
        elif row_id in targets:
            targets[row_id].append(row)
        elif row_id in PAYER_ROWS:
            found.payers.row(values, line, late=bool(found.acts))
        elif row_id == "JD":
            found.visits.append(values)


def _corrected(rows: Sequence[Row]) -> range:
    """Rows as the payer side corrected them: as many as JY rows name a 補正後行番号, right before the first JY row."""
    reasons = [place for place, (_, values) in enumerate(rows) if values[0] == "JY"]
    if not reasons:
        return range(len(rows), len(rows))
    corrections = sum(bool(rows[place][1][_AFTER_LINE].strip()) for place in reasons)
    return range(max(0, reasons[0] - corrections), reasons[0])


def _note_corrected(rows: Sequence[Row], payers: Payers, findings: Findings) -> None:
    others = [line for line, values in rows if values[0] not in PAYER_ROWS]
    for line, values in rows:
        if values[0] in PAYER_ROWS:
            payers.row(values, line, late=True)
    if others:
        findings.add("UKE-C023", others[0], count=len(others))


def _own_rows(rows: Sequence[Row], claim_type: ClaimType) -> int:
    """How many of the rows belong to this claim for certain; what follows them may be another patient's.

    A second insurer, or payers behind the acts, are corrections of the payer side, unless rows of care follow them: then
    a claim begins there whose RE row was lost. So it does at a row of no known kind if a claim's first rows follow it.
    """
    first_rows, care_rows, act_rows = claim_type.first, claim_type.care_rows, claim_type.act_rows
    insured = care_begun = acts_begun = False
    unknown = doubtful = 0
    for place, (_, values) in enumerate(rows):
        row_id = values[0]
        if row_id == UNKNOWN_ROW:
            unknown = unknown or (place if care_begun else 0)
        elif row_id in care_rows or row_id in first_rows:
            if unknown and (row_id in first_rows or (row_id in claim_type.diagnoses and acts_begun)):
                return unknown
            if doubtful and row_id not in PAYER_ROWS:
                return doubtful
            if (row_id == "HO" and insured) or (row_id in PAYER_ROWS and acts_begun):
                doubtful = doubtful or place
            insured = insured or row_id == "HO"
            care_begun = care_begun or row_id in care_rows
            acts_begun = acts_begun or row_id in act_rows
    return len(rows)
