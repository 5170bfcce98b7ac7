"""Writes claims as a receipt computer does: RECEIPTC.UKE, 医科, one volume, cp932, CRLF, 0x1A at the end.

Rows are made by item name through the layout table of `formats.uke`, always at full width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.care import Diagnosis
from appliance.practice.charges import Line, LineKind
from appliance.practice.claims import ChargedUnit, Claim
from appliance.practice.comments import FULL_WIDTH
from appliance.practice.facilities import CLINIC_A, Facility
from appliance.practice.insurers import InsurerKind
from appliance.practice.naming import written_name
from appliance.practice.patients import ADULT_AGE
from appliance.practice.uke_rows import UkeRows, uke_bytes

FILE_NAME: Final = "RECEIPTC.UKE"
MADE_UP: Final = "練習用（架空の患者）"
"""請求情報 of every claim: nobody shall take one for real."""

_row: Final = UkeRows("ika").row
_CODE_ITEM: Final = {
    LineKind.ACT: "procedure_code",
    LineKind.DRUG: "drug_code",
    LineKind.MATERIAL: "material_code",
}

FIRST_CLAIM_CHECKED: Final = "01"
"""確認区分 (別表29): the only one a clinic writes."""


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """One file: a clinic's claims of a month for one payer organisation, as bytes."""

    facility: Facility
    payer_org: str
    claim_month: date
    claims: tuple[Claim, ...]
    data: bytes


def write_file(facility: Facility, payer_org: str, claim_month: date, claims: Sequence[Claim]) -> ClaimFile:
    """The file of those claims, numbered as they stand."""
    rows = file_rows(facility, payer_org, claim_month, claims)
    data = uke_bytes(rows)
    return ClaimFile(facility, payer_org, claim_month, tuple(claims), data)


def file_rows(
    facility: Facility, payer_org: str, claim_month: date, claims: Iterable[Claim]
) -> Iterator[str]:
    """IR, the rows of every claim, GO with 総件数 (医保 and 公費 counted) and 総合計点数 (the main payer's)."""
    yield _row(
        "IR",
        {
            "payer_org": payer_org,
            "prefecture": facility.prefecture,
            "fee_table": facility.fee_table,
            "facility_code": facility.code,
            "facility_name": facility.name,
            "claim_month": f"{claim_month:%Y%m}",
            "volume_id": "00",
            "phone": facility.phone,
        },
    )
    count = points = 0
    for number, claim in enumerate(claims, 1):
        count += (claim.insurance is not None) + len(claim.public)
        points += claim.points
        yield from claim_rows(claim, number)
    yield _row("GO", {"total_count": str(count), "total_points": str(points), "volume_id": "99"})


def claim_rows(claim: Claim, number: int) -> Iterator[str]:
    """The rows of one claim in the specification's order: RE HO KO SN JD MF SY, then the units."""
    yield _re_row(claim, number)
    yield from _payer_rows(claim)
    orders = ([0] if claim.insurance else []) + list(range(1, len(claim.public) + 1))
    if claim.insurance:
        branch = claim.insurance.branch
        verified = {"payer_type": "1", "verification_type": FIRST_CLAIM_CHECKED, "branch_no": branch}
        yield _row("SN", verified)
    for order in orders:
        yield _row("JD", {"payer_type": str(order + 1)}, [(day, 1) for day in claim.days_of(order)])
    yield _row("MF", {"copay_type": "00"})
    for diagnosis in claim.diagnoses:
        yield _sy_row(diagnosis)
    for code, text in claim.remarks:
        yield _co_row("01", claim.units[0].burden, code, text)
    for charged in claim.units:
        yield from _unit_rows(charged)
    for detail_type, text in claim.narratives:
        yield _row("SJ", {"detail_type": detail_type, "detail_text": text})


def _re_row(claim: Claim, number: int) -> str:
    person = claim.patient.person
    clinic = claim.patient.clinic
    child = person.age_on(claim.care_month) < ADULT_AGE and len(clinic.departments) > 1
    return _row(
        "RE",
        {
            "receipt_no": str(number),
            "receipt_type": claim.receipt_type,
            "care_month": f"{claim.care_month:%Y%m}",
            "patient_name": written_name(person.name, kana_instead=clinic is CLINIC_A),
            "sex": person.sex,
            "birth_date": f"{person.birth:%Y%m%d}",
            "benefit_ratio": claim.benefit_percent,
            "special_notes": claim.special_notes,
            "chart_no": claim.patient.chart_number,
            "claim_info": MADE_UP,
            "patient_kana": person.name.kana,
            "dept1_name": clinic.departments[-1 if child else 0],
        },
    )


def _payer_rows(claim: Claim) -> Iterator[str]:
    insurance = claim.insurance
    if insurance:
        symbol, insured = insurance.symbol, insurance.number
        if claim.patient.clinic is CLINIC_A or insurance.insurer.kind is InsurerKind.KOKUHO:
            symbol, insured = symbol.translate(FULL_WIDTH), insured.translate(FULL_WIDTH)
        yield _row(
            "HO",
            {
                "insurer_no": insurance.insurer.number.rjust(8),
                "insured_symbol": symbol,
                "insured_number": insured,
                "actual_days": str(len(claim.days_of(0))),
                "total_points": str(claim.points_of(0)),
            },
        )
    for order, payment in enumerate(claim.public, 1):
        yield _row(
            "KO",
            {
                "public_payer_no": payment.programme.payer_number,
                "recipient_no": payment.recipient_number,
                "actual_days": str(len(claim.days_of(order))),
                "total_points": str(claim.points_of(order)),
                "copay_amount": _text(claim.copay_yen(order)),
            },
        )


def _sy_row(diagnosis: Diagnosis) -> str:
    return _row(
        "SY",
        {
            "disease_code": diagnosis.code,
            "start_date": f"{diagnosis.since:%Y%m%d}",
            "outcome": diagnosis.outcome,
            "modifier_codes": "".join(diagnosis.modifiers),
            "disease_name": diagnosis.text,
            "main_disease": "01" if diagnosis.main else "",
        },
    )


def _unit_rows(charged: ChargedUnit) -> Iterator[str]:
    """診療識別 on the first row only, 点数 on the last only, 回数 and the days on every one."""
    last = len(charged.unit.lines) - 1
    for place, line in enumerate(charged.unit.lines):
        yield _row(
            line.kind.value,
            {
                "care_category": "" if place else charged.unit.category,
                "burden_type": charged.burden,
                _CODE_ITEM[line.kind]: line.code,
                "quantity": line.quantity,
                "points": str(charged.unit.points) if place == last else "",
                "count": str(charged.count),
                "comment1_code": line.comment[0],
                "comment1_text": line.comment[1],
                **_material_items(line),
            },
            charged.days,
        )
    for code, text in charged.unit.notes:
        yield _co_row("", charged.burden, code, text)


def _co_row(category: str, burden: str, code: str, text: str) -> str:
    return _row(
        "CO", {"care_category": category, "burden_type": burden, "comment_code": code, "comment_text": text}
    )


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _material_items(line: Line) -> dict[str, str]:
    return {"unit_code": line.unit, "unit_price": line.price_yen} if line.kind is LineKind.MATERIAL else {}
