"""`population.json`: the truth about what was made, for tests and the demo: people, files, claims, prescriptions.

Everybody in it is made up, and it says so first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.charges import Line, LineKind
from appliance.practice.claims import ChargedUnit, Claim
from appliance.practice.diseases import DISEASES, MODIFIERS
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import CLINIC_A, FACILITIES, NEIGHBOURS, PHARMACY
from appliance.practice.faults import EXPECTED, Expected, Fault
from appliance.practice.insurers import Insurance, PublicPayment
from appliance.practice.made import Json, Made, MadeFile
from appliance.practice.naming import written_name
from appliance.practice.patients import Patient, chart_number
from appliance.practice.population import Course, Population
from appliance.practice.spoiling import SpoiledFile
from appliance.practice.uke_writer import ClaimFile
from appliance.practice.writers import PLACES

MANIFEST_NAME: Final = "population.json"
NOTHING: Final = Made()
NOTE: Final = "練習用の架空データです。実在の患者・医療機関・保険者とは関係ありません。"
NOTE_EN: Final = "Made-up data for practice. No real patient, institution or insurer is meant."

_DISEASE_NAMES: Final = {disease.code: disease.name for disease in DISEASES.values()}
_ACT_NAMES: Final = {act.code: act.name for act in ACTS.values()}
_DRUG_NAMES: Final = {drug.code: drug.name for drug in DRUGS.values()}


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it lies in the folder, in the order in which the receipt computer would send it."""

    path: str
    file: ClaimFile
    fault: Fault | None = None
    of: str = ""
    """The path of the good file that a faulty one was made from."""

    @property
    def expected(self) -> Expected:
        return EXPECTED[self.fault] if self.fault else Expected.UNDERSTOOD


def manifest(
    population: Population,
    files: Sequence[Written],
    others: Made = NOTHING,
    spoiled: Sequence[SpoiledFile] = (),
) -> Json:
    """The whole truth as plain values; `standing` is what holds after all files were taken in their order.

    `files` are those of 医科. `other_files` are those of every other format, in the order in which they would come, the
    ones with a fault last; what is in them stands in the lists behind, by `id`.
    """
    return {
        "note": NOTE,
        "note_en": NOTE_EN,
        "seed": population.seed,
        "care_months": [f"{month:%Y-%m}" for month in population.months],
        "facilities": [
            {
                "folder": f.folder,
                "number": f.number,
                "name": f.name,
                "name_en": f.name_en,
                "kind": f.kind.value,
            }
            for f in (
                *FACILITIES,
                *(f for f in NEIGHBOURS if any(file.facility is f for file in others.files)),
            )
        ],
        "people": _people(population.courses),
        "files": [_file(number, written) for number, written in enumerate(files, 1)],
        "standing": _standing(files),
        "prescriptions": [slip for course in population.courses for slip in _prescriptions(course)],
        "other_files": [*map(_other_file, others.files), *map(_spoiled_file, spoiled)],
        **{name: list(entries) for name, entries in others.entries},
        "places": {
            known.value: place.path
            for known, place in PLACES.items()
            if any(file.format is known for file in others.files)
        },
    }


def _other_file(file: MadeFile) -> Json:
    return {
        "path": file.path,
        "format": file.format.value,
        "facility": file.facility.number,
        "day": file.day.isoformat(),
        "fault": "",
        "of": "",
        "expected": Expected.UNDERSTOOD.value,
        "sha256": hashlib.sha256(file.data).hexdigest(),
        "holds": list(file.holds),
        **dict(file.told),
    }


def _spoiled_file(spoiled: SpoiledFile) -> Json:
    file = spoiled.file
    return {
        **_other_file(file),
        "fault": spoiled.fault.value,
        "of": spoiled.of,
        "expected": spoiled.expected.value,
    }


def manifest_text(truth: Json) -> str:
    """The manifest as JSON, one line for every person, claim and prescription, so that it can be searched by line."""
    return "{\n" + ",\n".join(f"{_json(key)}: {_json_lines(value)}" for key, value in truth.items()) + "\n}\n"


def _json_lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n" + ",\n".join(_json(element) for element in value) + "\n]"


def _json(value: object) -> str:
    if isinstance(value, dict) and "claims" in value:
        rest = _json({key: item for key, item in value.items() if key != "claims"})
        return f'{rest[:-1]}, "claims": {_json_lines(value["claims"])}}}'
    return json.dumps(value, ensure_ascii=False)


def _people(courses: Sequence[Course]) -> list[Json]:
    by_person: dict[int, list[Course]] = {}
    for course in courses:
        by_person.setdefault(course.patient.person.number, []).append(course)
    return [_person(own) for own in by_person.values()]


def _person(courses: Sequence[Course]) -> Json:
    person = courses[0].patient.person
    charts = {course.patient.clinic.folder: course.patient.chart_number for course in courses}
    if any(course.prescriptions for course in courses):
        charts[PHARMACY.folder] = chart_number(PHARMACY, person)
    return {
        "person_id": person.person_id,
        "household": person.household,
        "name": person.name.text,
        "kana": person.name.kana,
        "sex": "male" if person.sex == "1" else "female",
        "birth_date": person.birth.isoformat(),
        "address": person.home.address,
        "postal_code": person.home.postal_code,
        "phone": person.home.phone,
        "charts": charts,
        "written_names": {
            course.patient.clinic.folder: written_name(
                person.name, kana_instead=course.patient.clinic is CLINIC_A
            )
            for course in courses
        },
    }


def _file(number: int, written: Written) -> Json:
    file = written.file
    return {
        "order": number,
        "path": written.path,
        "facility": file.facility.number,
        "payer_org": file.payer_org,
        "claim_month": f"{file.claim_month:%Y-%m}",
        "fault": written.fault.value if written.fault else "",
        "of": written.of,
        "expected": written.expected.value,
        "sha256": hashlib.sha256(file.data).hexdigest(),
        "points": sum(claim.points for claim in file.claims),
        "claims": [_claim(place, claim) for place, claim in enumerate(file.claims, 1)],
    }


def _claim(number: int, claim: Claim) -> Json:
    return {
        "receipt_no": number,
        "person_id": claim.patient.person.person_id,
        "chart": claim.patient.chart_number,
        "care_month": f"{claim.care_month:%Y-%m}",
        "receipt_type": claim.receipt_type,
        "points": claim.points,
        "payers": [_payer(claim, order) for order in _orders(claim)],
        "days": [claim.care_month.replace(day=day).isoformat() for day in claim.days],
        "conditions": [
            {
                "code": diagnosis.code,
                "name": diagnosis.text or _DISEASE_NAMES[diagnosis.code],
                "modifiers": [MODIFIERS[code] for code in diagnosis.modifiers],
                "onset": diagnosis.since.isoformat(),
                "outcome": diagnosis.outcome,
                "main": diagnosis.main,
            }
            for diagnosis in claim.diagnoses
        ],
        "procedures": [_statement(charged, line) for charged, line in _lines(claim, LineKind.ACT)],
        "drugs": [_statement(charged, line) for charged, line in _lines(claim, LineKind.DRUG)],
        "materials": [_statement(charged, line) for charged, line in _lines(claim, LineKind.MATERIAL)],
    }


def _orders(claim: Claim) -> list[int]:
    return [0] * (claim.insurance is not None) + list(range(1, len(claim.public) + 1))


def _payer(claim: Claim, order: int) -> Json:
    if order == 0 and claim.insurance is not None:
        identity = _insurance(claim.insurance)
    else:
        identity = _public(claim.public[order - 1])
    return {"order": order, **identity, "points": claim.points_of(order), "days": len(claim.days_of(order))}


def _insurance(insurance: Insurance) -> Json:
    return {
        "payer_number": insurance.insurer.number,
        "name": insurance.insurer.name,
        "symbol": insurance.symbol,
        "number": insurance.number,
        "branch": insurance.branch,
    }


def _public(payment: PublicPayment) -> Json:
    return {
        "payer_number": payment.programme.payer_number,
        "name": payment.programme.name,
        "symbol": "",
        "number": payment.recipient_number,
        "branch": "",
    }


def _lines(claim: Claim, kind: LineKind) -> list[tuple[ChargedUnit, Line]]:
    return [(charged, line) for charged in claim.units for line in charged.unit.lines if line.kind is kind]


def _statement(charged: ChargedUnit, line: Line) -> Json:
    return {
        "code": line.code,
        "name": _ACT_NAMES.get(line.code) or _DRUG_NAMES.get(line.code, ""),
        "category": charged.unit.category,
        "quantity": line.quantity,
        "days": {str(day): count for day, count in charged.days},
    }


def _standing(files: Sequence[Written]) -> list[Json]:
    """The claims that hold at the end: the last understood file of each set, claim by claim."""
    last: dict[tuple[str, str, str], tuple[int, Written]] = {}
    for number, written in enumerate(files, 1):
        file = written.file
        if written.expected is Expected.UNDERSTOOD:
            last[file.facility.number, file.payer_org, f"{file.claim_month:%Y-%m}"] = (number, written)
    return [
        {"file": number, "receipt_no": place}
        for number, written in last.values()
        for place in range(1, len(written.file.claims) + 1)
    ]


def _prescriptions(course: Course) -> list[Json]:
    patient: Patient = course.patient
    return [
        {
            "person_id": patient.person.person_id,
            "facility": patient.clinic.number,
            "pharmacy": PHARMACY.number,
            "date": slip.day.isoformat(),
            "days_supply": slip.days_supply,
            "drugs": [
                {
                    "code": DRUGS[dose.drug].code,
                    "name": DRUGS[dose.drug].name,
                    "amount": dose.amount,
                    "unit": DRUGS[dose.drug].unit,
                    "timing": dose.timing.value,
                    "times": dose.times,
                }
                for dose in slip.doses
            ],
        }
        for slip in course.prescriptions
    ]
