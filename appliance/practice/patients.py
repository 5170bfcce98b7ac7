"""Patients: a person as one clinic knows them, with a chart number of that clinic, the diseases it treats, and its habits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.facilities import CLINIC_A, CLINIC_B, CLINICS, DENTIST, HOSPITAL, PHARMACY, Facility
from appliance.practice.insurers import DISABILITY, PublicPayment, Scope, draw_recipient
from appliance.practice.people import REFERENCE_DAY, Person
from appliance.practice.plans import Dose, Plan, Timing
from appliance.practice.plans_internal import INTERNAL_PLANS
from appliance.practice.plans_orthopaedic import ORTHOPAEDIC_PLANS

IN_HOUSE_SHARE: Final = 0.75
"""Share of clinic A's patients who get their drugs from the clinic itself (院内処方); clinic B writes prescriptions only."""

SUPPLY_DAYS: Final = ((28, 5.0), (30, 2.0), (14, 1.5), (56, 1.5))
"""Days of drugs at a time and how usual: 14 means two visits a month, 56 one in two months."""

CHARTS: Final = {
    CLINIC_A.folder: (3, 41, 6),
    CLINIC_B.folder: (2, 107, 5),
    PHARMACY.folder: (1, 3000, 7),
    HOSPITAL.folder: (7, 20011, 8),
    DENTIST.folder: (1, 500, 5),
}
"""How each institution numbers: person number times, plus, in so many digits."""

PLANS: Final = (*INTERNAL_PLANS, *ORTHOPAEDIC_PLANS)
"""In the order in which a patient's diseases are drawn and listed."""

ORAL_DRUGS_MAX: Final = 6
"""From 7 kinds of 内服 on, the fees are other ones (F100, F200)."""

COMPLAINTS: Final = ("起床時の手指のこわばり", "下肢の冷感", "天候による頭重感", "歩行時のふらつき感")
COMPLAINT_SHARE: Final = 0.03
"""Diseases written in words (未コード化傷病名), and the share of grown-up chronic patients who have one."""

ADULT_AGE: Final = 15
INJURED_UNTIL_AGE: Final = 70
INJURED_SHARE: Final = 0.25
"""Of adults without a chronic disease, those younger than this who come for injuries, to clinic B."""
DISABILITY_SHARE: Final = 0.015
VISITS_BOTH_SHARE: Final = 0.55
"""Share of those with diseases of both clinics who are seen by both."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """A chronic disease of one patient: its plan, and what was drawn for the patient from it."""

    plan: Plan
    modifiers: tuple[str, ...]
    doses: tuple[Dose, ...]
    injection: str
    since: date

    @property
    def scope(self) -> Scope:
        """What a public payer that bears this disease only goes by."""
        return self.plan.programme.scope if self.plan.programme else Scope.ALL


@dataclass(frozen=True, slots=True)
class Patient:
    """A person at one clinic. `complaint` is a disease that the office did not find in the master, and its start."""

    person: Person
    clinic: Facility
    chart_number: str
    ailments: tuple[Ailment, ...]
    in_house: bool
    supply_days: int
    extra_public: tuple[PublicPayment, ...] = ()
    complaint: tuple[str, date] | None = None

    def public_on(self, day: date) -> tuple[PublicPayment, ...]:
        """The person's public payers on that day with those the diseases bring, 第一公費 first; none beside 生活保護."""
        own = self.person.public_on(day)
        if any(payment.programme.alone for payment in own):
            return own
        return tuple(sorted((*own, *self.extra_public), key=lambda payment: payment.programme.rank))


def chart_number(facility: Facility, person: Person) -> str:
    """The number the institution gave, padded with zeros to its own width; each institution's differs."""
    factor, first, digits = CHARTS[facility.folder]
    return f"{person.number * factor + first:0{digits}d}"


def patients_of(seed: int, person: Person) -> tuple[Patient, ...]:
    """The person as patient of one clinic or of both."""
    chance = Chance(seed, "patient", person.number)
    ailments = tuple(_ailments(chance, person))
    clinics = _clinics(chance, person, ailments)
    return tuple(_patient(seed, person, clinic, ailments) for clinic in clinics)


def _clinics(chance: Chance, person: Person, ailments: tuple[Ailment, ...]) -> tuple[Facility, ...]:
    needed = [clinic for clinic in CLINICS if any(ailment.plan.clinic is clinic for ailment in ailments)]
    if len(needed) > 1 and not chance.happens(VISITS_BOTH_SHARE):
        needed = [chance.pick(needed)]
    if needed:
        return tuple(needed)
    age = person.age_on(REFERENCE_DAY)
    if age < ADULT_AGE:
        return (CLINIC_B,)
    injured = age < INJURED_UNTIL_AGE and chance.happens(INJURED_SHARE)
    return (CLINIC_B,) if injured else (CLINIC_A,)


def _patient(seed: int, person: Person, clinic: Facility, ailments: tuple[Ailment, ...]) -> Patient:
    chance = Chance(seed, "habits", person.number, clinic.folder)
    own = tuple(ailment for ailment in ailments if ailment.plan.clinic is clinic)
    return Patient(
        person=person,
        clinic=clinic,
        chart_number=chart_number(clinic, person),
        ailments=own,
        in_house=clinic is CLINIC_A and chance.happens(IN_HOUSE_SHARE),
        supply_days=chance.pick_weighted(SUPPLY_DAYS),
        extra_public=_extra_public(seed, person, own),
        complaint=_complaint(chance, person) if own else None,
    )


def _complaint(chance: Chance, person: Person) -> tuple[str, date] | None:
    if person.age_on(REFERENCE_DAY) < ADULT_AGE or not chance.happens(COMPLAINT_SHARE):
        return None
    return chance.pick(COMPLAINTS), REFERENCE_DAY - timedelta(days=chance.between(10, 300))


def _extra_public(seed: int, person: Person, ailments: tuple[Ailment, ...]) -> tuple[PublicPayment, ...]:
    """Programmes for single diseases and for disability: the same numbers whichever clinic asks."""
    adult = person.age_on(REFERENCE_DAY) >= ADULT_AGE
    programmes = [ailment.plan.programme for ailment in ailments if ailment.plan.programme]
    if adult and Chance(seed, "disability", person.number).happens(DISABILITY_SHARE):
        programmes.append(DISABILITY)
    return tuple(
        draw_recipient(Chance(seed, "recipient", person.number, programme.law), programme)
        for programme in dict.fromkeys(programmes)
    )


def _ailments(chance: Chance, person: Person) -> Iterator[Ailment]:
    """Diseases by age and sex, with no more 内服 of one clinic than are charged in full."""
    age = person.age_on(REFERENCE_DAY)
    groups: set[str] = set()
    taken = dict.fromkeys(CLINICS, 0)
    for plan in PLANS:
        if (
            not chance.happens(plan.likely_at(age))
            or plan.sex not in ("", person.sex)
            or plan.group in groups
        ):
            continue
        ailment = _ailment(chance, plan, age)
        oral = sum(dose.timing is not Timing.TOPICAL for dose in ailment.doses)
        if taken[plan.clinic] + oral > ORAL_DRUGS_MAX:
            continue
        taken[plan.clinic] += oral
        groups |= {plan.group} - {""}
        yield ailment


def _ailment(chance: Chance, plan: Plan, age: int) -> Ailment:
    known_days = chance.between(60, min(3200, 60 + age * 300))
    return Ailment(
        plan=plan,
        modifiers=chance.pick(plan.modifiers),
        doses=chance.pick(plan.variants),
        injection=chance.pick(plan.injections),
        since=REFERENCE_DAY - timedelta(days=known_days),
    )
