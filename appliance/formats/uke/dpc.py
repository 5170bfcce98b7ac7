"""DPC claims: the stay (BU, KK, GA), diagnoses with their role and ICD10 (SB), operations (SK), and acts with real dates (CD).

Coding data (CD) tell the whole care of a month, what the SI, IY and TO rows charge included: an act told by both is one
record, the charged one. A 総括 claim holds sums only; its parts, claims of their own, hold the care.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from appliance.formats.findings import Findings
from appliance.formats.uke.care import Care, read_performed
from appliance.formats.uke.claim_rows import ClaimRows, SortedRows
from appliance.formats.uke.claim_types import DPC, RECEIPT
from appliance.formats.uke.coding_data import read_coding_data
from appliance.formats.uke.conditions import is_suspected, read_condition, read_disease, read_modifiers
from appliance.formats.uke.encounters import departments_of, encounters
from appliance.formats.uke.receipts import Receipt
from appliance.formats.uke.tables import DISEASE_ROLE, DPC_ADMISSION, DPC_OUTCOME, DPC_OVERNIGHT
from appliance.formats.uke.units import Row
from appliance.formats.uke.values import date_of
from appliance.records.clinical import (
    Condition,
    Encounter,
    EncounterClass,
    Observation,
    ObservationCategory,
    Procedure,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import YearMonth

_RE, _BU, _SB = DPC.layouts[RECEIPT], DPC.layouts["BU"], DPC.layouts["SB"]
_KK, _SK, _GA = DPC.layouts["KK"], DPC.layouts["SK"], DPC.layouts["GA"]
_SUMMARY, _ADMITTED = _RE["summary_type"], _RE.item("admission_date")
_WHOLE, _PARTS = "1", frozenset({"2", "3"})
"""レセプト総括区分: the sum of several claims for one month; the claims that it sums up."""
_MAIN_ROLE = "11"
_TOLD = {
    "BU": tuple(_BU.item(name) for name in ("dpc_code", "dpc_outcome", "cause_of_death")),
    "KK": tuple(item for item in _KK.items[1:] if not item.name.startswith("reserved")),
}
"""Items that become one narrative each."""
_WORDS = {"dpc_outcome": DPC_OUTCOME, "admission_route": DPC_ADMISSION}
_THIS_MONTH = "2"
"""請求調整区分 of what is claimed now; the others repeat months claimed before."""
_DAYS = 31
_PRESENT = "0"
"""外泊等 of a day in the ward."""
_PLANNED_TOO = Note("診療関連情報の実施（予定）年月日による")


def is_part(claim: ClaimRows) -> bool:
    """Whether a 総括 claim sums this one up, so that the trailer does not count it again."""
    return claim.claim_type is DPC and claim.receipt[_SUMMARY].strip() in _PARTS


def read_dpc(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Care:
    """What a DPC claim tells; its units never add up to its points, since most of them are bundled."""
    summary = claim.receipt[_SUMMARY].strip()
    group = next((row for row in rows.care if row[1][0] == "BU"), None)
    kind = f"{receipt.receipt_type}.{summary}" if summary else receipt.receipt_type
    if summary in _PARTS:
        admission = _admission(claim, group, findings)
        kind += f".{admission:%Y%m%d}" if admission else ""
    done = read_performed(claim, receipt, rows, findings)
    coded = tuple(read_coding_data(rows.care, done.records, findings))
    conditions = [_condition(row, findings) for row in rows.diagnoses]
    stays: tuple[Encounter, ...] = ()
    if group:
        stays = _stay(claim, group, receipt.month, findings)
    elif summary != _WHOLE:
        stays = encounters(claim, receipt, done.days, findings)
    operations = _operations(rows.care, findings)
    told = (*_narratives(rows.care, receipt.month, findings), *done.narratives)
    return Care((*stays, *conditions, *operations, *done.records, *coded, *told), kind)


def _admission(claim: ClaimRows, group: Row | None, findings: Findings) -> date | None:
    if group:
        line, values = group
        item = _BU.item("admission_date")
        return date_of(values[item.position], findings, line, item.ja)
    return date_of(claim.receipt[_ADMITTED.position], findings, claim.line, _ADMITTED.ja)


def _stay(claim: ClaimRows, group: Row, month: YearMonth, findings: Findings) -> tuple[Encounter, ...]:
    """The part of the stay that falls in this month, to its end where the claim tells it."""
    line, values = group
    admission, discharge = (
        date_of(values[item.position], findings, line, item.ja)
        for item in (_BU.item("admission_date"), _BU.item("discharge_date"))
    )
    if admission is None:
        findings.add("UKE-C014", claim.line)
        return ()
    start = max(admission, month.first_day)
    if discharge is not None and discharge < start:
        findings.add("UKE-C024", line, _BU.item("discharge_date").ja)
        discharge = None
    departments = departments_of(claim.receipt, DPC.table)
    return (Encounter(EncounterClass.INPATIENT, start, discharge, admission, departments),)


def _condition(row: Row, findings: Findings) -> Condition:
    line, values = row
    if values[0] != "SB":
        return read_condition(values, line, findings)
    role = values[_SB["disease_role"]].strip()
    if role not in DISEASE_ROLE:
        findings.add("UKE-R015", line, _SB.item("disease_role").ja)
    modifiers = read_modifiers(values[_SB["modifier_codes"]], line, findings)
    notes = []
    if values[_SB["supplement_comment"]]:
        notes.append(Note(values[_SB["supplement_comment"]]))
    if values[_SB["is_cause_of_death"]].strip("0 "):
        notes.append(Note(_SB.item("is_cause_of_death").ja))
    return Condition(
        concept=_disease(values, line, findings),
        onset=None,
        modifiers=modifiers,
        suspected=is_suspected(modifiers),
        main=role == _MAIN_ROLE,
        notes=tuple(notes),
        role=role,
    )


def _disease(values: Sequence[str], line: int, findings: Findings) -> Concept:
    """The receipt code with the ICD10 code that the hospital itself wrote beside it."""
    own = read_disease(values[_SB["disease_code"]], values[_SB["disease_name"]], line, findings)
    icd10 = values[_SB["icd10"]].strip()
    if not icd10:
        return own
    return Concept((*own.codings, Coding(CodeSystem.ICD10, icd10)), own.text)


def _operations(rows: Sequence[Row], findings: Findings) -> Iterator[Procedure]:
    """SK rows name operations by 区分番号 (or 診療区分コード) and in words; their codes for charging stand in SI or CD."""
    when = _SK.item("performed_date")
    for line, values in rows:
        if values[0] != "SK":
            continue
        codings = tuple(
            Coding(system, values[_SK[name]].strip())
            for system, name in (
                (CodeSystem.RECEIPT_PROCEDURE, "procedure_code"),
                (CodeSystem.RECEIPT_SECTION, "section_no"),
                (CodeSystem.RECEIPT_DPC_CLASS, "care_class"),
            )
            if values[_SK[name]].strip()
        )
        performed = date_of(values[when.position], findings, line, when.ja)
        yield Procedure(
            Concept(codings, values[_SK["procedure_name"]].strip()), performed, notes=(_PLANNED_TOO,)
        )


def _narratives(rows: Sequence[Row], month: YearMonth, findings: Findings) -> Iterator[Observation]:
    for line, values in rows:
        row_id = values[0]
        if row_id == "GA" and values[_GA["adjust_type"]].strip() == _THIS_MONTH:
            text = _days_away(values[_GA["overnight_flags"]].strip()[:_DAYS])
            if text:
                yield _told("GA", _GA.item("overnight_flags").name, text, month)
        for item in _TOLD.get(row_id, ()):
            written = values[item.position].strip()
            if item.name.endswith("_date"):
                day = date_of(written, findings, line, item.ja)
                written = day.isoformat() if day else ""
            if written:
                word = _WORDS.get(item.name, {}).get(written, written)
                yield _told(row_id, item.name, f"{item.ja}: {word}", month)


def _told(row_id: str, name: str, text: str, month: YearMonth) -> Observation:
    item = Coding(CodeSystem.RECEIPT_DPC_ITEM, f"{row_id}.{name}", DPC.layouts[row_id].item(name).ja)
    return Observation(ObservationCategory.NARRATIVE, Concept((item,)), month.first_day, text)


def _days_away(flags: str) -> str:
    """外泊等 in words: `19日〜23日 7日以内の再入院までの日`; empty when the patient was in the ward every day."""
    spans = []
    for flag, run in groupby(enumerate(flags, 1), key=lambda day: day[1]):
        days = [day for day, _ in run]
        if flag != _PRESENT:
            reach = f"{days[0]}日" if len(days) == 1 else f"{days[0]}日〜{days[-1]}日"
            spans.append(f"{reach} {DPC_OVERNIGHT.get(flag, flag)}")
    return "、".join(spans)
