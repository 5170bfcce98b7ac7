"""Visits and stays of a claim: a claim names days, never visits, so they follow from the day columns and JD rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import DEPARTMENT
from appliance.formats.uke.values import date_of
from appliance.records.clinical import Encounter, EncounterClass
from appliance.records.coding import CodeSystem, Coding
from appliance.records.dates import YearMonth

_RE = layouts("ika")["RE"]
_ADMISSION = _RE["admission_date"]
_DEPARTMENTS = tuple(_RE[f"dept{place}_name"] for place in (1, 2, 3))


def encounters(
    receipt: Sequence[str],
    line: int,
    month: YearMonth,
    days: set[date],
    findings: Findings,
    *,
    inpatient: bool,
) -> tuple[Encounter, ...]:
    """Outpatients: one encounter a day. Inpatients: one for the part of the stay in this month, its end not known."""
    departments = _departments(receipt)
    if not inpatient:
        visits = tuple(
            Encounter(EncounterClass.AMBULATORY, day, day, departments=departments) for day in sorted(days)
        )
        if not visits:
            findings.add("UKE-C014", line)
        return visits
    admission = date_of(receipt[_ADMISSION], findings, line, _RE.items[_ADMISSION].ja)
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


def _departments(receipt: Sequence[str]) -> tuple[Coding, ...]:
    codes = (receipt[position].strip() for position in _DEPARTMENTS)
    return tuple(
        Coding(CodeSystem.RECEIPT_DEPARTMENT, code, DEPARTMENT.get(code, "")) for code in codes if code
    )
