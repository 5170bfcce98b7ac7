"""Hospital stays: some of those whom the clinics referred, and the oldest patients where nobody was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.claims import add_months
from appliance.practice.facilities import CLINIC_A, HOSPITAL
from appliance.practice.patients import ADULT_AGE, Patient, chart_number
from appliance.practice.people import REFERENCE_DAY
from appliance.practice.plans import Dose, Timing
from appliance.practice.population import Population
from appliance.practice.referrals import Referral, referrals_of

ADMITTED_SHARE: Final = 0.6
STAYS_MIN: Final = 2
PLANNED, EMERGENCY = "1", "2"
"""予定・緊急入院区分."""
IMPROVED: Final = "2"
"""DPC転帰区分 軽快."""


@dataclass(frozen=True, slots=True)
class Case:
    """Why somebody is admitted: disease (short name), 診断群分類番号, points a day in the stay's first two periods.

    `days` is the last day of period I, the lowest and highest length of a stay; `tests` are done on the first day.
    Points are made up, of the size of the published ones.
    """

    disease: str
    dpc_code: str
    points: tuple[int, int]
    days: tuple[int, int, int]
    doses: tuple[Dose, ...]
    tests: tuple[str, ...] = ("blood_count", "total_protein", "creatinine", "potassium")
    route: str = EMERGENCY


CASES: Final = (
    Case(
        "heart_failure",
        "050130XX99000X",
        (2850, 2106),
        (4, 6, 11),
        (Dose("bisoprolol", "1", Timing.BREAKFAST), Dose("dapagliflozin", "1", Timing.BREAKFAST)),
        ("blood_count", "bnp", "creatinine", "potassium", "ecg"),
    ),
    Case(
        "diabetes",
        "10007XXXXXX1XX",
        (2480, 1833),
        (5, 7, 12),
        (Dose("metformin", "2", Timing.TWICE), Dose("sitagliptin", "1", Timing.BREAKFAST)),
        ("blood_count", "hba1c", "glucose", "creatinine"),
        PLANNED,
    ),
    Case(
        "asthma",
        "040100XXXXX00X",
        (2755, 2036),
        (3, 4, 7),
        (Dose("montelukast", "1", Timing.BEDTIME), Dose("carbocisteine", "6", Timing.THREE)),
    ),
    Case(
        "dehydration",
        "100393XX99XXXX",
        (2612, 1931),
        (3, 3, 6),
        (Dose("domperidone", "3", Timing.THREE),),
    ),
)
"""The last one is anybody's."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay within one month; `referral` is the letter that brought it about."""

    patient: Patient
    case: Case
    admitted: date
    discharged: date
    referral: Referral | None = None

    @property
    def id(self) -> str:
        return f"S{self.admitted:%y%m%d}{self.patient.person.number:06d}"

    @property
    def chart(self) -> str:
        return chart_number(HOSPITAL, self.patient.person)

    @property
    def month(self) -> date:
        return self.admitted.replace(day=1)

    @property
    def days(self) -> tuple[date, ...]:
        length = (self.discharged - self.admitted).days + 1
        return tuple(self.admitted + timedelta(days=offset) for offset in range(length))


def stays_of(population: Population) -> tuple[Stay, ...]:
    """Every stay, one a person, by the day of admission."""
    found: dict[int, Stay] = {}
    for referral in referrals_of(population):
        person = referral.patient.person
        chance = Chance(population.seed, "admitted", person.number, referral.day.isoformat())
        adult = person.age_on(referral.day) >= ADULT_AGE
        if adult and person.number not in found and chance.happens(ADMITTED_SHARE):
            admitted = referral.day + timedelta(days=chance.between(1, 8))
            if admitted < add_months(population.months[-1], 1):
                found[person.number] = _stay(chance, referral.patient, admitted, referral)
    for patient in _oldest(population):
        if len(found) >= STAYS_MIN:
            break
        number = patient.person.number
        if number not in found:
            chance = Chance(population.seed, "admitted", number)
            day = population.months[0] + timedelta(days=chance.between(3, 12))
            found[number] = _stay(chance, patient, day, None)
    return tuple(sorted(found.values(), key=lambda stay: (stay.admitted, stay.patient.person.number)))


def _oldest(population: Population) -> Iterator[Patient]:
    own = [course.patient for course in population.courses if course.patient.clinic is CLINIC_A]
    yield from sorted(own, key=lambda patient: (-patient.person.age_on(REFERENCE_DAY), patient.person.number))


def _stay(chance: Chance, patient: Patient, admitted: date, referral: Referral | None) -> Stay:
    diseases = {ailment.plan.disease for ailment in patient.ailments}
    case = next((case for case in CASES if case.disease in diseases), CASES[-1])
    _, least, most = case.days
    last_of_month = add_months(admitted, 1) - timedelta(days=1)
    discharged = min(admitted + timedelta(days=chance.between(least, most) - 1), last_of_month)
    return Stay(patient, case, admitted, discharged, referral)
