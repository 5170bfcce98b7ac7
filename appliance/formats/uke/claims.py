"""One 医科 claim (レセプト: an RE row and what follows it) to one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.uke.acts import build
from appliance.formats.uke.conditions import read_condition
from appliance.formats.uke.coverages import Payers
from appliance.formats.uke.encounters import encounters
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.heads import Head
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.narratives import claim_notes, symptom_details
from appliance.formats.uke.receipts import Receipt, read_receipt
from appliance.formats.uke.units import Row, group
from appliance.records.clinical import Condition
from appliance.records.dates import YearMonth
from appliance.records.document import Document, DocumentKind
from appliance.records.identity import claim_key

_IKA = layouts("ika")
_JD_DAYS = _IKA["JD"].span("day_1", "day_31")

_ACT_ROWS = frozenset({"SI", "IY", "TO", "CO"})
_DONOR_ROWS = frozenset({"TI", "TR", "TS"})
_PAYER_ROWS = frozenset({"HO", "KO", "SN"})
_FIRST_ROWS = _PAYER_ROWS | {"JD", "MF"}
_CARE_ROWS = _ACT_ROWS | {"SY"}
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


@dataclass(slots=True)
class Claim:
    """What became of a claim: its document, or None with the reasons; and what it adds to the trailer's totals."""

    document: Document | None
    findings: Findings
    payers: int = 0
    points: int = 0


@dataclass(slots=True)
class _Sorted:
    """A claim's rows by what they are about."""

    payers: Payers
    conditions: list[Condition] = field(default_factory=list)
    acts: list[Row] = field(default_factory=list)
    visits: list[list[str]] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)
    donor_rows: int = 0
    last_line: int = 0


def build_claim(claim: ClaimRows) -> Claim:
    """Read one claim. What cannot be understood at all is an error finding at its RE row, never an exception."""
    findings = Findings(KINDS)
    rows = _sort(claim, findings)
    tally = Claim(None, findings, rows.payers.count, rows.payers.declared_points or 0)
    receipt = read_receipt(claim.receipt, claim.line, claim.head, findings)
    if receipt is not None:
        tally.document = _document(claim, receipt, rows, findings)
    return tally


def _sort(claim: ClaimRows, findings: Findings) -> _Sorted:
    sorted_rows = _Sorted(Payers(findings), last_line=claim.last_line)
    rows = claim.rows[: _own_rows(claim.rows)]
    if len(rows) < len(claim.rows):
        sorted_rows.last_line = rows[-1][0]
        findings.add("UKE-C021", claim.rows[len(rows)][0], count=len(claim.rows) - len(rows))
    for row in rows:
        line, values = row
        row_id = values[0]
        if sorted_rows.donor_rows or row_id in _DONOR_ROWS:
            sorted_rows.donor_rows += row_id in _IKA
        elif row_id in _ACT_ROWS:
            sorted_rows.acts.append(row)
        elif row_id == "SY":
            sorted_rows.conditions.append(read_condition(values, line, findings))
        elif row_id in _PAYER_ROWS:
            sorted_rows.payers.row(values, line, late=bool(sorted_rows.acts))
        elif row_id == "JD":
            sorted_rows.visits.append(values)
        elif row_id == "SJ":
            sorted_rows.details.append(row)
    return sorted_rows


def _own_rows(rows: Sequence[Row]) -> int:
    """How many of the rows belong to this claim for certain; what follows them may be another patient's.

    A second insurer, or payers behind the acts, are corrections of the payer side, unless rows of care follow them: then
    a claim begins there whose RE row was lost. So it does at a row of no known kind if a claim's first rows follow it.
    """
    insured = care_begun = acts_begun = False
    unknown = doubtful = 0
    for place, (_, values) in enumerate(rows):
        row_id = values[0]
        if row_id == UNKNOWN_ROW:
            unknown = unknown or (place if care_begun else 0)
        elif row_id in _FIRST_ROWS or row_id in _CARE_ROWS:
            if unknown and (row_id in _FIRST_ROWS or (row_id == "SY" and acts_begun)):
                return unknown
            if doubtful and row_id not in _PAYER_ROWS:
                return doubtful
            if (row_id == "HO" and insured) or (row_id in _PAYER_ROWS and acts_begun):
                doubtful = doubtful or place
            insured = insured or row_id == "HO"
            care_begun = care_begun or row_id in _CARE_ROWS
            acts_begun = acts_begun or row_id in _ACT_ROWS
    return len(rows)


def _document(claim: ClaimRows, receipt: Receipt, rows: _Sorted, findings: Findings) -> Document:
    head, month = claim.head, receipt.month
    coverages = rows.payers.coverages(claim.line)
    acts = group(rows.acts, findings)
    act_records, act_days = build(acts, month, findings)
    days = act_days | _visit_days(rows.visits, month)
    stays = encounters(claim.receipt, claim.line, month, days, findings, inpatient=receipt.inpatient)
    narratives = (*claim_notes(acts.claim_notes, month), *symptom_details(rows.details, month))
    if rows.donor_rows:
        findings.add("UKE-C013", claim.line, count=rows.donor_rows)
    declared, computed = rows.payers.declared_points, None
    if coverages:
        computed = acts.points_for(coverages[0].order)
        if declared is not None and declared != computed:
            findings.add("UKE-C008", claim.line, declared=declared, counted=computed)
    return Document(
        kind=DocumentKind.CLAIM,
        key=claim_key(
            head.facility, head.payer_org, month.iso, receipt.receipt_type, receipt.patient, coverages
        ),
        facility=head.facility,
        patient=receipt.patient,
        records=(*coverages, *stays, *rows.conditions, *act_records, *narratives),
        period=month.iso,
        sequence=head.claim_month.iso if head.claim_month else "",
        set_key=head.set_key,
        organization=head.organization,
        findings=findings.all(),
        points=declared,
        points_computed=computed,
        first_line=claim.line,
        last_line=rows.last_line,
    )


def _visit_days(visits: Sequence[Sequence[str]], month: YearMonth) -> set[date]:
    """Days with any mark in a JD row, of whichever payer."""
    calendar = month.days()
    return {
        day
        for values in visits
        for day, mark in zip(calendar, values[_JD_DAYS], strict=False)
        if mark.strip()
    }
