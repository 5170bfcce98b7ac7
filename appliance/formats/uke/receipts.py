"""The RE row: which claim it is and whose; or why it cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_types import RECEIPT, ClaimType
from appliance.formats.uke.heads import Head
from appliance.formats.uke.layout import Item, layouts
from appliance.formats.uke.tables import INPATIENT_LAST_DIGITS, SEX
from appliance.formats.uke.values import date_of, month_of, number
from appliance.records.administrative import Patient, Sex
from appliance.records.dates import YearMonth
from appliance.records.names import person_name

_RE = layouts("ika")[RECEIPT]
# レセプト番号 to 生年月日 stand in the same places of every claim type.
_TYPE, _MONTH, _SEX, _BIRTH = _RE["receipt_type"], _RE["care_month"], _RE["sex"], _RE["birth_date"]
_NAME = _RE["patient_name"]
_REFUSED_ITEM = {
    "UKE-C001": _RE.items[_MONTH].ja,
    "UKE-C002": _RE.items[_TYPE].ja,
    "UKE-C003": _RE.items[_BIRTH].ja,
}
_PRIVATE_USE = (("\ue000", "\uf8ff"), ("\ufffd", "\ufffd"))
"""外字 of one receipt computer, and what stands for undecodable bytes: no other system can show them."""
_RECEIPT_TYPE_LENGTH = 4


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the RE row of a claim type holds what else tells the patient.

    調剤 has no chart number: 調剤録番号 is one of the dispensing, never the patient's.
    """

    kana: int
    chart: Item | None


@lru_cache(maxsize=8)
def _places(table: str) -> _Places:
    layout = layouts(table)[RECEIPT]
    return _Places(layout["patient_kana"], layout.find("chart_no"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the RE row says: レセプト種別, 診療年月, and the patient as the facility knows them."""

    receipt_type: str
    month: YearMonth
    patient: Patient

    @property
    def inpatient(self) -> bool:
        return self.receipt_type[-1] in INPATIENT_LAST_DIGITS


def read_receipt(
    values: Sequence[str], line: int, head: Head, claim_type: ClaimType, findings: Findings
) -> Receipt | None:
    """Read an RE row; None, with the first reason noted, when it cannot be understood safely."""
    receipt_type = values[_TYPE].strip()
    month = month_of(values[_MONTH], findings, line, _RE.items[_MONTH].ja)
    sex = SEX.get(values[_SEX].strip())
    birth = date_of(values[_BIRTH], findings, line, _RE.items[_BIRTH].ja)
    refusal = next(
        (
            code
            for refused, code in (
                (month is None, "UKE-C001"),
                (not _is_of(claim_type, receipt_type), "UKE-C002"),
                (sex is None and birth is None, "UKE-C003"),
                (not head.facility, "UKE-C004"),
            )
            if refused
        ),
        None,
    )
    if refusal:
        findings.add(refusal, line, _REFUSED_ITEM.get(refusal, ""))
    if refusal or month is None:
        return None
    places = _places(claim_type.table)
    patient = Patient(
        head.facility,
        person_name(values[_NAME], values[places.kana]),
        sex or Sex.UNKNOWN,
        birth,
        values[places.chart.position].strip() if places.chart else "",
    )
    _note_gaps(values, line, month, patient, findings)
    if places.chart and not patient.local_id:
        findings.add("UKE-C007", line, places.chart.ja)
    _note_head(head, line, month, findings)
    return Receipt(receipt_type, month, patient)


def _is_of(claim_type: ClaimType, receipt_type: str) -> bool:
    well_formed = len(receipt_type) == _RECEIPT_TYPE_LENGTH and number(receipt_type) is not None
    return well_formed and receipt_type.startswith(claim_type.first_digit)


def _note_gaps(
    values: Sequence[str], line: int, month: YearMonth, patient: Patient, findings: Findings
) -> None:
    if patient.sex is Sex.UNKNOWN:
        findings.add("UKE-C006", line, _RE.items[_SEX].ja)
    if not values[_BIRTH].strip():
        findings.add("UKE-C005", line, _RE.items[_BIRTH].ja)
    if _born_after(patient.birth_date, month):
        findings.add("UKE-C016", line, _RE.items[_BIRTH].ja)
    if any(first <= letter <= last for letter in patient.name.text for first, last in _PRIVATE_USE):
        findings.add("UKE-C022", line, _RE.items[_NAME].ja)


def _born_after(birth: date | None, month: YearMonth) -> bool:
    return birth is not None and birth > month.days()[-1]


def _note_head(head: Head, line: int, month: YearMonth, findings: Findings) -> None:
    """What the facility row above means for this claim."""
    if head.borrowed:
        findings.add("UKE-C020", line)
    if not head.payer_org:
        findings.add("UKE-C019", line)
    if head.claim_month is not None and month > head.claim_month:
        findings.add("UKE-C015", line, _RE.items[_MONTH].ja)
