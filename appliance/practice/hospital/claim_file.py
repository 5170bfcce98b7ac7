"""The hospital's claims: RECEIPTD.UKE, DPC, one claim a stay, with every act on its day as coding data (CD)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.claims import add_months, receipt_type
from appliance.practice.diseases import DISEASES
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import HOSPITAL
from appliance.practice.hospital.stays import IMPROVED, Stay
from appliance.practice.insurers import PAYER_FOLDER, Scope
from appliance.practice.made import Json, Made, MadeFile
from appliance.practice.naming import written_name
from appliance.practice.uke_bill import Bill, Charged, bill_of, payer_rows, trailer
from appliance.practice.uke_rows import UkeRows, uke_bytes
from appliance.practice.uke_writer import MADE_UP
from appliance.records.document import Format

FILE_NAME: Final = "RECEIPTD.UKE"
COEFFICIENT: Final = Decimal("1.2345")
"""医療機関別係数."""
MAIN, REASON, RESOURCES, BESIDE = "11", "21", "01", ("41", "42", "43", "44")
"""傷病名区分: 主傷病, 入院の契機, 医療資源を最も投入した, 入院時併存."""
THIS_MONTH, OWN_INSURANCE = "2", "1"
BUNDLED: Final = "93"
ORAL, TESTS = "21", "60"

_ROWS: Final = UkeRows("dpc")


@dataclass(frozen=True, slots=True)
class StayClaim:
    """The claim of one stay. `periods` are (期間, points a day, days) of the bundled part."""

    stay: Stay
    periods: tuple[tuple[str, int, int], ...]
    bill: Bill

    @property
    def subtotal(self) -> int:
        return sum(points * days for _, points, days in self.periods)

    @property
    def receipt_type(self) -> str:
        bill = self.bill
        return receipt_type("1", bill.person, bill.insurance, bill.public, bill.month, inpatient=True)


def stay_claim(stay: Stay) -> StayClaim:
    """Charge a stay: days by period, times the hospital's coefficient, half up."""
    person, first = stay.patient.person, stay.admitted
    early = min(len(stay.days), stay.case.days[0])
    late = len(stay.days) - early
    periods = (("1", stay.case.points[0], early), *((("2", stay.case.points[1], late),) if late else ()))
    subtotal = sum(points * days for _, points, days in periods)
    total = int((subtotal * COEFFICIENT).quantize(Decimal(1), ROUND_HALF_UP))
    public = tuple(payment for payment in person.public_on(first) if payment.programme.scope is Scope.ALL)
    charged = [Charged(day.day, 0 if place else total) for place, day in enumerate(stay.days)]
    return StayClaim(stay, periods, bill_of(person, stay.month, person.insurance_on(first), public, charged))


def write_stays(claims: Sequence[StayClaim]) -> Made:
    """One file a claim month and payer organisation."""
    by_file: dict[tuple[date, str], list[StayClaim]] = {}
    for claim in claims:
        by_file.setdefault((add_months(claim.stay.month, 1), claim.bill.payer_org), []).append(claim)
    files = tuple(
        MadeFile(
            f"{HOSPITAL.folder}/{month:%Y-%m}/{PAYER_FOLDER[payer_org]}/{FILE_NAME}",
            Format.UKE_DPC,
            HOSPITAL,
            month,
            uke_bytes(_file_rows(payer_org, month, own)),
            tuple(claim.stay.id for claim in own),
            (("points", sum(claim.bill.points for claim in own)),),
        )
        for (month, payer_org), own in sorted(by_file.items())
    )
    return Made(files)


def stay_truth(claim: StayClaim) -> Json:
    """The manifest's entry of a stay."""
    stay = claim.stay
    return {
        "id": stay.id,
        "person_id": stay.patient.person.person_id,
        "facility": HOSPITAL.number,
        "chart": stay.chart,
        "admitted": stay.admitted.isoformat(),
        "discharged": stay.discharged.isoformat(),
        "receipt_type": claim.receipt_type,
        "dpc_code": stay.case.dpc_code,
        "condition": DISEASES[stay.case.disease].code,
        "icd10": DISEASES[stay.case.disease].icd10,
        "points": claim.bill.points,
        "referral": stay.referral.id if stay.referral else "",
        "drugs": [DRUGS[dose.drug].code for dose in stay.case.doses],
        "acts": [ACTS[test].code for test in stay.case.tests],
    }


def _file_rows(payer_org: str, month: date, claims: Sequence[StayClaim]) -> Iterator[str]:
    yield _ROWS.row(
        "IR",
        {
            "payer_org": payer_org,
            "prefecture": HOSPITAL.prefecture,
            "fee_table": HOSPITAL.fee_table,
            "facility_code": HOSPITAL.code,
            "facility_name": HOSPITAL.name,
            "claim_month": f"{month:%Y%m}",
            "volume_id": "00",
            "phone": HOSPITAL.phone,
        },
    )
    for number, claim in enumerate(claims, 1):
        yield _re_row(claim, number)
        yield from payer_rows(_ROWS, claim.bill, "actual_days")
        yield from _stay_rows(claim)
        yield from _bundle_rows(claim)
        yield from _coding_rows(claim.stay)
    yield trailer(_ROWS, [claim.bill for claim in claims])


def _re_row(claim: StayClaim, number: int) -> str:
    person, stay = claim.bill.person, claim.stay
    return _ROWS.row(
        "RE",
        {
            "receipt_no": str(number),
            "receipt_type": claim.receipt_type,
            "care_month": f"{stay.month:%Y%m}",
            "patient_name": written_name(person.name, kana_instead=True),
            "sex": person.sex,
            "birth_date": f"{person.birth:%Y%m%d}",
            "benefit_ratio": claim.bill.benefit_percent,
            "admission_date": f"{stay.admitted:%Y%m%d}",
            "chart_no": stay.chart,
            "summary_type": "0",
            "claim_info": MADE_UP,
            "dept_name": HOSPITAL.departments[0],
            "patient_kana": person.name.kana,
        },
    )


def _stay_rows(claim: StayClaim) -> Iterator[str]:
    """BU, the diagnoses, KK."""
    stay = claim.stay
    yield _ROWS.row(
        "BU",
        {
            "dpc_code": stay.case.dpc_code,
            "admission_date": f"{stay.admitted:%Y%m%d}",
            "discharge_date": f"{stay.discharged:%Y%m%d}",
            "dpc_outcome": IMPROVED,
        },
    )
    for role in (RESOURCES, MAIN, REASON):
        yield _disease_row(stay.case.disease, role)
    for role, disease in zip(BESIDE, beside(stay), strict=False):
        yield _disease_row(disease, role)
    age = claim.bill.person.age_on(stay.admitted)
    yield _ROWS.row("KK", {"admission_route": stay.case.route, "age_at_admission": str(age)})


def beside(stay: Stay) -> tuple[str, ...]:
    """The patient's other chronic diseases, as many as a claim tells."""
    own = (ailment.plan.disease for ailment in stay.patient.ailments)
    return tuple(disease for disease in own if disease != stay.case.disease)[: len(BESIDE)]


def _disease_row(disease: str, role: str) -> str:
    known = DISEASES[disease]
    return _ROWS.row("SB", {"disease_code": known.code, "icd10": known.icd10, "disease_role": role})


def _bundle_rows(claim: StayClaim) -> Iterator[str]:
    """GA, HH for each period, GT with the month's points."""
    stay, month = claim.stay, f"{claim.stay.month:%Y%m}"
    burden = claim.bill.burden()
    yield _ROWS.row(
        "GA",
        {
            "care_month": month,
            "adjust_type": THIS_MONTH,
            "overnight_flags": "0" * monthrange(stay.month.year, stay.month.month)[1],
            "hospital_coefficient": str(COEFFICIENT),
        },
    )
    common = {
        "care_month": month,
        "adjust_type": THIS_MONTH,
        "own_other_insurance": OWN_INSURANCE,
        "burden_type": burden,
    }
    for period, points, days in claim.periods:
        reckoned = {
            "period_points": str(points),
            "period_days": str(days),
            "subtotal_points": str(points * days),
        }
        yield _ROWS.row("HH", {**common, "stay_period": period, **reckoned})
    total = str(claim.bill.points)
    sums = {"subtotal_points": str(claim.subtotal), "bundled_points": total, "month_bundled_points": total}
    yield _ROWS.row("GT", {**common, **sums, "care_category": BUNDLED})


def _coding_rows(stay: Stay) -> Iterator[str]:
    """Drugs every day, tests on the first."""
    sequence = 0
    for day in stay.days:
        for dose in stay.case.doses:
            sequence += 1
            yield _cd_row(day, ORAL, sequence, DRUGS[dose.drug].code, dose.amount)
    for place, test in enumerate(stay.case.tests, 1):
        yield _cd_row(stay.admitted, TESTS, place, ACTS[test].code, "")


def _cd_row(day: date, category: str, sequence: int, code: str, amount: str) -> str:
    return _ROWS.row(
        "CD",
        {
            "performed_date": f"{day:%Y%m%d}",
            "care_category": category,
            "seq_no": str(sequence),
            "detail_no": "1",
            "item_code": code,
            "quantity": amount,
            "count": "1",
        },
    )
