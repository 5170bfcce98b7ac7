"""Visits and stays of a claim: a claim names days, never visits, so they follow from the day columns and JD rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_rows import ClaimRows
from appliance.formats.uke.claim_types import RECEIPT
from appliance.formats.uke.layout import Item, layouts
from appliance.formats.uke.receipts import Receipt
from appliance.formats.uke.tables import DEPARTMENT
from appliance.formats.uke.values import date_of
from appliance.records.clinical import Encounter, EncounterClass
from appliance.records.coding import CodeSystem, Coding
from appliance.records.dates import YearMonth

_DEPARTMENTS = ("dept_name", "dept1_name", "dept2_name", "dept3_name")


@lru_cache(maxsize=8)
def _places(table: str) -> tuple[Item, tuple[int, ...]]:
    """Where the RE row of a claim type holds 入院年月日 and the departments: DPC names one, 歯科 none."""
    layout = layouts(table)[RECEIPT]
    found = (layout.find(name) for name in _DEPARTMENTS)
    return layout.item("admission_date"), tuple(item.position for item in found if item)


def encounters(
    claim: ClaimRows, receipt: Receipt, days: set[date], findings: Findings
) -> tuple[Encounter, ...]:
    """Outpatients: one encounter a day. Inpatients: one for the part of the stay in this month, its end not known."""
    line, month, table = claim.line, receipt.month, claim.claim_type.table
    departments = departments_of(claim.receipt, table)
    if not receipt.inpatient:
        visits = tuple(
            Encounter(EncounterClass.AMBULATORY, day, day, departments=departments) for day in sorted(days)
        )
        if not visits:
            findings.add("UKE-C014", line)
        return visits
    item = _places(table)[0]
    admission = date_of(claim.receipt[item.position], findings, line, item.ja)
    start = _stay_start(admission, month, days)
    if start is None:
        findings.add("UKE-C014", line)
        return ()
    return (Encounter(EncounterClass.INPATIENT, start, None, admission, departments),)


def _stay_start(admission: date | None, month: YearMonth, days: set[date]) -> date | None:
    if admission is not None and admission in month:
        return admission
    if days:
        return min(days)
    return month.first_day if admission is not None and admission < month.first_day else None


def departments_of(receipt: Sequence[str], table: str) -> tuple[Coding, ...]:
    """診療科 of the RE row, in its order."""
    codes = (receipt[position].strip() for position in _places(table)[1])
    return tuple(
        Coding(CodeSystem.RECEIPT_DEPARTMENT, code, DEPARTMENT.get(code, "")) for code in codes if code
    )
