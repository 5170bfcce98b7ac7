"""The pharmacy's claims: RECEIPTY.CYO, one claim for each person, prescribing clinic, month and combination of payers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.claims import add_months, receipt_type
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import PHARMACY
from appliance.practice.insurers import PAYER_FOLDER, Insurance, PublicPayment
from appliance.practice.made import Json, Made, MadeFile
from appliance.practice.naming import written_name
from appliance.practice.pharmacy.fees import BASE, GENERICS, ChargedDispensing, ChargedGroup
from appliance.practice.pharmacy.usage import USAGES, words_of
from appliance.practice.uke_bill import Bill, Charged, bill_of, payer_rows, trailer
from appliance.practice.uke_rows import UkeRows, uke_bytes
from appliance.practice.uke_writer import MADE_UP
from appliance.records.document import Format

FILE_NAME: Final = "RECEIPTY.CYO"
_ROWS: Final = UkeRows("chozai")
_IN_WORDS: Final = "900"


@dataclass(frozen=True, slots=True)
class PharmacyClaim:
    """One claim: the receptions of a month and the bill for them."""

    receptions: tuple[ChargedDispensing, ...]
    bill: Bill

    @property
    def first(self) -> ChargedDispensing:
        return self.receptions[0]

    @property
    def claim_month(self) -> date:
        return add_months(self.bill.month, 1)

    @property
    def receipt_type(self) -> str:
        bill = self.bill
        return receipt_type("4", bill.person, bill.insurance, bill.public, bill.month)

    @property
    def id(self) -> str:
        """What the manifest calls it: the number of its first dispensing."""
        return f"claim-{self.first.dispensing.number}"


def pharmacy_claims(charged: Sequence[ChargedDispensing]) -> tuple[PharmacyClaim, ...]:
    """The claims of everything dispensed, by month and person."""
    together: dict[
        tuple[date, int, str, Insurance | None, tuple[PublicPayment, ...]], list[ChargedDispensing]
    ] = {}
    for one in charged:
        dispensing = one.dispensing
        patient, day = dispensing.patient, dispensing.day
        insurance, public = patient.person.insurance_on(day), patient.public_on(day)
        key = (day.replace(day=1), patient.person.number, patient.clinic.folder, insurance, public)
        together.setdefault(key, []).append(one)
    found = [
        PharmacyClaim(
            tuple(receptions),
            bill_of(
                receptions[0].dispensing.patient.person, month, insurance, public, list(_charged(receptions))
            ),
        )
        for (month, _, _, insurance, public), receptions in together.items()
    ]
    return tuple(
        sorted(
            found,
            key=lambda claim: (
                claim.bill.month,
                claim.bill.person.number,
                claim.first.dispensing.patient.clinic.folder,
                claim.first.dispensing.number,
            ),
        )
    )


def _charged(receptions: Sequence[ChargedDispensing]) -> Iterator[Charged]:
    for reception in receptions:
        day = reception.dispensing.day.day
        yield Charged(day, reception.reception_points, reception.dispensing.scope)
        yield from (Charged(day, group.points, group.group.scope) for group in reception.groups)


def write_claims(claims: Sequence[PharmacyClaim]) -> Made:
    """One file a claim month and payer organisation."""
    together: dict[tuple[date, str], list[PharmacyClaim]] = {}
    for claim in claims:
        together.setdefault((claim.claim_month, claim.bill.payer_org), []).append(claim)
    files = tuple(
        MadeFile(
            f"{PHARMACY.folder}/{month:%Y-%m}/{PAYER_FOLDER[payer_org]}/{FILE_NAME}",
            Format.UKE_CHOZAI,
            PHARMACY,
            month,
            uke_bytes(_file_rows(payer_org, month, own)),
            tuple(claim.id for claim in own),
            (("points", sum(claim.bill.points for claim in own)),),
        )
        for (month, payer_org), own in sorted(together.items())
    )
    return Made(files, (("pharmacy_claims", tuple(_truth(claim) for claim in claims)),))


def _truth(claim: PharmacyClaim) -> Json:
    bill = claim.bill
    orders = ([0] if bill.insurance else []) + list(range(1, len(bill.public) + 1))
    return {
        "id": claim.id,
        "person_id": bill.person.person_id,
        "care_month": f"{bill.month:%Y-%m}",
        "receipt_type": claim.receipt_type,
        "prescribed_at": claim.first.dispensing.patient.clinic.number,
        "points": bill.points,
        "payers": [{"order": order, "points": bill.points_of(order)} for order in orders],
        "dispensings": [reception.dispensing.number for reception in claim.receptions],
    }


def _file_rows(payer_org: str, month: date, claims: Sequence[PharmacyClaim]) -> Iterator[str]:
    yield _ROWS.row(
        "YK",
        {
            "payer_org": payer_org,
            "prefecture": PHARMACY.prefecture,
            "fee_table": PHARMACY.fee_table,
            "pharmacy_code": PHARMACY.code,
            "pharmacy_name": PHARMACY.name,
            "claim_month": f"{month:%Y%m}",
            "volume_id": "00",
            "phone": PHARMACY.phone,
        },
    )
    for number, claim in enumerate(claims, 1):
        yield from _claim_rows(claim, number)
    yield trailer(_ROWS, [claim.bill for claim in claims])


def _claim_rows(claim: PharmacyClaim, number: int) -> Iterator[str]:
    doctors = list(dict.fromkeys(reception.dispensing.prescriber.name.text for reception in claim.receptions))
    yield _re_row(claim, number, doctors)
    yield from payer_rows(_ROWS, claim.bill, "reception_count")
    group_number = 0
    for order, reception in enumerate(claim.receptions, 1):
        doctor = doctors.index(reception.dispensing.prescriber.name.text) + 1
        for group in reception.groups:
            yield from _group_rows(claim.bill, reception, group, group_number, order, doctor)
        group_number += len(reception.groups)
    for order, reception in enumerate(claim.receptions, 1):
        yield _ki_row(claim.bill, reception, order)


def _re_row(claim: PharmacyClaim, number: int, doctors: Sequence[str]) -> str:
    person, clinic = claim.bill.person, claim.first.dispensing.patient.clinic
    return _ROWS.row(
        "RE",
        {
            "receipt_no": str(number),
            "receipt_type": claim.receipt_type,
            "care_month": f"{claim.bill.month:%Y%m}",
            "patient_name": written_name(person.name, kana_instead=True),
            "sex": person.sex,
            "birth_date": f"{person.birth:%Y%m%d}",
            "benefit_ratio": claim.bill.benefit_percent,
            "prescriber_prefecture": clinic.prefecture,
            "prescriber_fee_table": clinic.fee_table,
            "prescriber_facility_code": clinic.code,
            "prescriber_facility_name": clinic.name,
            **{f"doctor_{place}": name for place, name in enumerate(doctors, 1)},
            "dispensing_record_no": claim.first.dispensing.number,
            "claim_info": MADE_UP,
            "patient_kana": person.name.kana,
        },
    )


def _group_rows(
    bill: Bill, reception: ChargedDispensing, charged: ChargedGroup, before: int, order: int, doctor: int
) -> Iterator[str]:
    """SH, CZ and the drugs of one RP; RPs are numbered through the claim, `before` stand in earlier receptions."""
    group, burden = charged.group, bill.burden(charged.group.scope)
    usage = USAGES[group.timing].claim
    yield _ROWS.row(
        "SH",
        {
            "rp_no": f"{before + group.number:02d}",
            "dosage_form": group.form.claim,
            "usage_code": usage,
            "usage_text": words_of(group.timing) if usage == _IN_WORDS else "",
            "unit_drug_points": str(charged.unit_points),
        },
    )
    yield _ROWS.row(
        "CZ",
        {
            "doctor_no": str(doctor),
            "prescribed_date": f"{reception.dispensing.prescription.day:%Y%m%d}",
            "dispensed_date": f"{reception.dispensing.day:%Y%m%d}",
            "reception_no": str(order),
            "dispensed_quantity": str(group.count),
            **_fee_items(charged, before, burden),
            "drug_points": str(charged.drug_points),
        },
    )
    for dose in group.doses:
        items = {"burden_type": burden, "drug_code": DRUGS[dose.drug].code, "quantity": dose.amount}
        yield _ROWS.row("IY", items)


def _fee_items(charged: ChargedGroup, before: int, burden: str) -> dict[str, str]:
    items: dict[str, str] = {}
    for name, calculation in (("prep_fee", charged.preparation), ("mgmt_fee", charged.management)):
        if calculation is None:
            continue
        target = int(calculation.target)
        items |= {
            f"{name}_burden": burden,
            f"{name}_calc_type": calculation.kind,
            f"{name}_target_no": f"{target + before if target else 0:02d}",
            f"{name}_code": calculation.fee.code if calculation.fee else "",
            f"{name}_points": str(calculation.points) if calculation.fee else "",
        }
    return items


def _ki_row(bill: Bill, reception: ChargedDispensing, order: int) -> str:
    burden = bill.burden(reception.dispensing.scope)
    items = {
        "calc_date": f"{reception.dispensing.day:%Y%m%d}",
        "reception_no": str(order),
        "base_fee_burden": burden,
        "base_fee_code": BASE.code,
        "base_fee_points": str(BASE.points),
        "base_addition1_burden": burden,
        "base_addition1_code": GENERICS.code,
        "base_addition1_count": "1",
        "base_addition1_points": str(GENERICS.points),
    }
    for place, fee in enumerate(reception.guidance, 1):
        items |= {
            f"mgmt{place}_burden": burden,
            f"mgmt{place}_code": fee.code,
            f"mgmt{place}_count": "1",
            f"mgmt{place}_points": str(fee.points),
        }
    return _ROWS.row("KI", items)
