"""What the care rows of a 医科 claim become; DPC and 歯科 use the same parts and add their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.uke.acts import ActRecord, build
from appliance.formats.uke.claim_rows import ClaimRows, SortedRows
from appliance.formats.uke.conditions import read_condition
from appliance.formats.uke.encounters import encounters
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.narratives import claim_notes, exclusions, patient_states, symptom_details
from appliance.formats.uke.receipts import Receipt
from appliance.formats.uke.units import Acts, group
from appliance.records.clinical import Observation
from appliance.records.dates import YearMonth
from appliance.records.document import Record

_JD_DAYS = layouts("ika")["JD"].span("day_1", "day_31")


@dataclass(frozen=True, slots=True)
class Care:
    """The records of a claim but for its coverages.

    `receipt_type` is what the claim's key says of its type; `units` is None where they do not add up to its points.
    """

    records: tuple[Record, ...]
    receipt_type: str
    units: Acts | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """What was done, and on which days (JD rows included)."""

    units: Acts
    records: list[ActRecord]
    days: set[date]
    narratives: tuple[Observation, ...]


def read_performed(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Performed:
    """The acts of a claim with their days, and what it tells in words."""
    month = receipt.month
    units = group(rows.acts, findings, claim.claim_type.table)
    records, days = build(units, month, findings)
    narratives = (
        *patient_states(claim.receipt, claim.claim_type.table, month),
        *exclusions(rows.exclusions, month),
        *claim_notes(units.claim_notes, month),
        *symptom_details(rows.details, month),
    )
    return Performed(units, records, days | _visit_days(rows.visits, month), narratives)


def read_ika(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Care:
    """Visits or a stay, diagnoses, acts and words of a 医科 claim."""
    conditions = [read_condition(values, line, findings) for line, values in rows.diagnoses]
    done = read_performed(claim, receipt, rows, findings)
    stays = encounters(claim, receipt, done.days, findings)
    return Care((*stays, *conditions, *done.records, *done.narratives), receipt.receipt_type, done.units)


def _visit_days(visits: Sequence[Sequence[str]], month: YearMonth) -> set[date]:
    """Days with any mark in a JD row, of whichever payer."""
    calendar = month.days()
    return {
        day
        for values in visits
        for day, mark in zip(calendar, values[_JD_DAYS], strict=False)
        if mark.strip()
    }
