"""The dentist's claims: RECEIPTS.UKE, 歯科, with an IR row above every claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from appliance.practice.claims import add_months, receipt_type
from appliance.practice.dental.treatments import DentalCourse
from appliance.practice.facilities import DENTIST
from appliance.practice.insurers import PAYER_FOLDER, Scope
from appliance.practice.made import Json, Made, MadeFile
from appliance.practice.naming import written_name
from appliance.practice.uke_bill import Bill, Charged, bill_of, payer_rows, trailer
from appliance.practice.uke_rows import UkeRows, uke_bytes
from appliance.practice.uke_writer import MADE_UP
from appliance.records.document import Format

FILE_NAME: Final = "RECEIPTS.UKE"
CONTINUING: Final = "1"

_ROWS: Final = UkeRows("shika")


def dental_bill(course: DentalCourse) -> Bill:
    """Who pays for a course: public payers of single diseases of the mind or body do not bear teeth."""
    person = course.person
    public = tuple(
        payment for payment in person.public_on(course.first) if payment.programme.scope is Scope.ALL
    )
    charged = [Charged(day.day, act.points) for day, act in course.acts]
    return bill_of(person, course.month, person.insurance_on(course.first), public, charged)


def write_courses(courses: Sequence[DentalCourse]) -> Made:
    """One file a claim month and payer organisation."""
    by_file: dict[tuple[date, str], list[tuple[DentalCourse, Bill]]] = {}
    for course in courses:
        bill = dental_bill(course)
        by_file.setdefault((add_months(course.month, 1), bill.payer_org), []).append((course, bill))
    files = tuple(
        MadeFile(
            f"{DENTIST.folder}/{month:%Y-%m}/{PAYER_FOLDER[payer_org]}/{FILE_NAME}",
            Format.UKE_SHIKA,
            DENTIST,
            month,
            uke_bytes(_file_rows(payer_org, month, own)),
            tuple(course.id for course, _ in own),
            (("points", sum(bill.points for _, bill in own)),),
        )
        for (month, payer_org), own in sorted(by_file.items(), key=lambda item: item[0])
    )
    return Made(files, (("dental_courses", tuple(_truth(course) for course in courses)),))


def _truth(course: DentalCourse) -> Json:
    bill = dental_bill(course)
    return {
        "id": course.id,
        "person_id": course.person.person_id,
        "facility": DENTIST.number,
        "chart": course.chart,
        "care_month": f"{course.month:%Y-%m}",
        "receipt_type": _receipt_type(bill),
        "points": bill.points,
        "condition": course.disease.code,
        "icd10": course.disease.icd10,
        "teeth": list(course.teeth),
        "acts": [{"code": act.code, "day": day.isoformat()} for day, act in course.acts],
    }


def _receipt_type(bill: Bill) -> str:
    return receipt_type("3", bill.person, bill.insurance, bill.public, bill.month)


def _file_rows(payer_org: str, month: date, own: Sequence[tuple[DentalCourse, Bill]]) -> Iterator[str]:
    head = {
        "payer_org": payer_org,
        "prefecture": DENTIST.prefecture,
        "fee_table": DENTIST.fee_table,
        "facility_code": DENTIST.code,
        "claim_month": f"{month:%Y%m}",
    }
    yield _ROWS.row("UK", {**head, "facility_name": DENTIST.name, "volume_id": "00"})
    for number, (course, bill) in enumerate(own, 1):
        yield _ROWS.row("IR", {**head, "phone": DENTIST.phone})
        yield from _claim_rows(course, bill, number)
    yield trailer(_ROWS, [bill for _, bill in own])


def _claim_rows(course: DentalCourse, bill: Bill, number: int) -> Iterator[str]:
    person = course.person
    yield _ROWS.row(
        "RE",
        {
            "receipt_no": str(number),
            "receipt_type": _receipt_type(bill),
            "care_month": f"{course.month:%Y%m}",
            "patient_name": written_name(person.name, kana_instead=True),
            "sex": person.sex,
            "birth_date": f"{person.birth:%Y%m%d}",
            "benefit_ratio": bill.benefit_percent,
            "start_date": f"{course.first:%Y%m%d}",
            "outcome": CONTINUING,
            "chart_no": course.chart,
            "claim_info2": MADE_UP,
            "patient_kana": person.name.kana,
        },
    )
    yield from payer_rows(_ROWS, bill, "actual_days")
    yield _ROWS.row("HS", {"tooth_codes": "".join(course.teeth), "disease_code": course.disease.code})
    for day, act in sorted(course.acts, key=lambda one: one[1].category):
        items = {
            "care_category": act.category,
            "burden_type": bill.burden(),
            "procedure_code": act.code,
            "points": str(act.points),
            "count": "1",
        }
        yield _ROWS.row("SS", items, [(day.day, 1)])
