"""特定健診 at clinic A: people of 40 to 74, a few a month, as the ministry's XML (CDA), their laboratory values those of the reports' person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.items import ITEMS, GradedItem
from appliance.practice.laboratory.reports import measured
from appliance.practice.made import Json, MadeFile
from appliance.practice.opening import open_days
from appliance.practice.papers.cda import (
    CHECKUP_ITEMS,
    CHECKUP_SECTIONS,
    CHECKUP_TYPES,
    DocumentType,
    Subject,
    document,
    section,
)
from appliance.practice.patients import Patient
from appliance.practice.people import FEMALE
from appliance.practice.population import Population
from appliance.practice.xml_text import element, listing
from appliance.records.document import Format

CHECKUP: Final = DocumentType("10", CHECKUP_TYPES, "特定健診")
SHARE: Final = 0.05
AGES: Final = range(40, 75)
BLOOD_ACTS: Final = ("triglyceride", "hdl", "ldl", "ast", "alt", "ggt", "hba1c")
URINE_ITEMS: Final = ("1A020000000191111", "1A010000000191111")
WAIST_LIMIT_CM: Final = {"1": 85.0, FEMALE: 90.0}
PRESSURE_LIMIT_MMHG: Final = 130
METABOLIC, AT_RISK, NO_METABOLIC = "1", "2", "3"
TAKES, TAKES_NOT = "1", "2"
MEDICATION: Final = (
    ("9N701000000000011", "服薬1（血圧）", "hypertension"),
    ("9N706000000000011", "服薬2（血糖）", "diabetes"),
    ("9N711000000000011", "服薬3（脂質）", "dyslipidemia"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One item with its value; `unit` empty for answers by code, whose words are `shown`."""

    code: str
    name: str
    value: str
    unit: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """One person's checkup."""

    patient: Patient
    day: date
    answers: tuple[Answer, ...]

    @property
    def id(self) -> str:
        return f"K{self.day:%y%m%d}{self.patient.person.number:06d}"


def checkups_of(population: Population) -> tuple[Checkup, ...]:
    """Every checkup, by day."""
    found = []
    for course in population.courses:
        patient = course.patient
        chance = Chance(population.seed, "checkup", patient.person.number)
        if patient.clinic is not CLINIC_A or not chance.happens(SHARE):
            continue
        month = chance.pick(population.months)
        day = month.replace(day=chance.pick(open_days(CLINIC_A, month)))
        if patient.person.age_on(day) in AGES:
            found.append(Checkup(patient, day, tuple(_answers(population.seed, chance, patient))))
    return tuple(sorted(found, key=lambda one: (one.day, one.patient.person.number)))


def _answers(seed: int, chance: Chance, patient: Patient) -> Iterator[Answer]:
    person = patient.person
    ill = {ailment.plan.disease for ailment in patient.ailments}
    height = chance.between(1450, 1640) / 10 if person.sex == FEMALE else chance.between(1580, 1790) / 10
    bmi = (chance.between(190, 260) + 30 * ("diabetes" in ill)) / 10
    weight = bmi * (height / 100) ** 2
    waist = 46 + bmi * 1.55
    upper = chance.between(108, 128) + 16 * ("hypertension" in ill)
    yield Answer("9N001000000000001", "身長", f"{height:.1f}", "cm")
    yield Answer("9N006000000000001", "体重", f"{weight:.1f}", "kg")
    yield Answer("9N011000000000001", "BMI", f"{bmi:.1f}", "kg/m2")
    yield Answer("9N016160100000001", "腹囲（実測）", f"{waist:.1f}", "cm")
    yield Answer("9A751000000000001", "収縮期血圧（1回目）", str(upper), "mmHg")
    yield Answer("9A761000000000001", "拡張期血圧（1回目）", str(upper - chance.between(42, 54)), "mmHg")
    yield from _measured(seed, chance, patient, ill)
    risks = len(ill & {"hypertension", "diabetes", "dyslipidemia"})
    grade = NO_METABOLIC
    if waist >= WAIST_LIMIT_CM[person.sex] and risks:
        grade = METABOLIC if risks > 1 else AT_RISK
    shown = {METABOLIC: "基準該当", AT_RISK: "予備群該当", NO_METABOLIC: "非該当"}[grade]
    yield Answer("9N501000000000011", "メタボリックシンドローム判定", grade, shown=shown)
    for code, name, disease in MEDICATION:
        takes = disease in ill
        yield Answer(code, name, TAKES if takes else TAKES_NOT, shown="服薬あり" if takes else "服薬なし")


def _measured(seed: int, chance: Chance, patient: Patient, ill: set[str]) -> Iterator[Answer]:
    items = [item for act in BLOOD_ACTS for item in ITEMS[act]]
    items += [item for item in ITEMS["urinalysis"] if item.code in URINE_ITEMS]
    for item in items:
        result = measured(seed, chance, patient.person, item, ill)
        unit = "" if isinstance(item, GradedItem) else item.unit
        yield Answer(item.code, item.name, result.value, unit)


def checkup_file(checkup: Checkup) -> MadeFile:
    """The checkup as the ministry's XML."""
    person = checkup.patient.person
    subject = Subject(person, checkup.patient.chart_number, person.insurance_on(checkup.day))
    words = listing(f"{one.name}　{one.shown or one.value}{one.unit}" for one in checkup.answers)
    body = [section("01010", "検査・問診結果", words, map(_entry, checkup.answers), system=CHECKUP_SECTIONS)]
    data = document(CHECKUP, checkup.id, checkup.day, subject, CLINIC_A, body)
    path = f"{CLINIC_A.folder}/kenshin/{checkup.id}.xml"
    return MadeFile(path, Format.KENSHIN, CLINIC_A, checkup.day, data, (checkup.id,))


def _entry(answer: Answer) -> str:
    code = element("code", code=answer.code, codeSystem=CHECKUP_ITEMS, displayName=answer.name)
    if answer.unit:
        value = element("value", xsi_type="PQ", value=answer.value, unit=answer.unit)
    elif answer.shown:
        value = element("value", xsi_type="CD", code=answer.value, displayName=answer.shown)
    else:
        value = element("value", answer.value, xsi_type="ST")
    return element("observation", code, value, classCode="OBS", moodCode="EVN")


def checkup_truth(checkup: Checkup) -> Json:
    """The manifest's entry."""
    return {
        "id": checkup.id,
        "person_id": checkup.patient.person.person_id,
        "facility": CLINIC_A.number,
        "chart": checkup.patient.chart_number,
        "day": checkup.day.isoformat(),
        "items": [
            {"code": one.code, "name": one.name, "value": one.shown or one.value, "unit": one.unit}
            for one in checkup.answers
        ],
    }
