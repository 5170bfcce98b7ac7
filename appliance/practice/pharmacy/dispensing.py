"""What the pharmacy dispensed: every prescription of the clinics, once, mostly on the day it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.facilities import PHARMACY
from appliance.practice.insurers import Scope
from appliance.practice.opening import open_days
from appliance.practice.patients import Patient, chart_number
from appliance.practice.pharmacy.usage import Form, form_of
from appliance.practice.plans import Dose, Timing
from appliance.practice.population import Course, Population
from appliance.practice.prescribing import Prescription, supply_count, together
from appliance.practice.staff import Professional, attending

DELAYS: Final = ((0, 84.0), (1, 9.0), (2, 4.0), (3, 3.0))
"""Days between prescribing and dispensing, and how usual; a prescription is valid for four days, the first included."""
VALID_DAYS: Final = 3
"""A prescription holds until so many days after its own."""


@dataclass(frozen=True, slots=True)
class Group:
    """One RP: the doses of one timing (屯服 and 外用 each alone) for one disease; `count` is days, doses or 1."""

    number: int
    doses: tuple[Dose, ...]
    scope: Scope
    count: int
    days_supply: int

    @property
    def timing(self) -> Timing:
        return self.doses[0].timing

    @property
    def form(self) -> Form:
        return form_of(self.timing)


@dataclass(frozen=True, slots=True)
class Dispensing:
    """One prescription dispensed. `number` is the pharmacy's 処方箋番号: date, running number of the day, 001."""

    patient: Patient
    prescription: Prescription
    day: date
    groups: tuple[Group, ...]
    number: str = ""

    @property
    def chart(self) -> str:
        """The pharmacy's own number of the person."""
        return chart_number(PHARMACY, self.patient.person)

    @property
    def prescriber(self) -> Professional:
        return attending(self.patient.clinic, self.patient.person.age_on(self.prescription.day))

    @property
    def scope(self) -> Scope:
        """For which disease the reception is, when a public payer bears one disease only."""
        return next((group.scope for group in self.groups if group.scope is not Scope.ALL), Scope.ALL)


def groups_of(prescription: Prescription) -> tuple[Group, ...]:
    """The RPs of a prescription in the order of its doses, 内服 before 屯服 before 外用."""
    doses = list(zip(prescription.doses, prescription.scopes, strict=True))
    ordered = sorted(together(doses).items(), key=lambda item: item[0][0])
    return tuple(
        Group(
            number,
            tuple(group),
            scope,
            supply_count(group[0], prescription.days_supply),
            prescription.days_supply,
        )
        for number, ((_, _, scope), group) in enumerate(ordered, 1)
    )


def dispensings(population: Population) -> tuple[Dispensing, ...]:
    """Everything the pharmacy dispensed, by day and then by person, numbered."""
    found = [one for course in population.courses for one in _of_course(population.seed, course)]
    found.sort(key=lambda one: (one.day, one.patient.person.number, one.patient.clinic.folder))
    return tuple(_numbered(found))


def _numbered(found: Sequence[Dispensing]) -> Iterator[Dispensing]:
    day, serial = date.min, 0
    for one in found:
        serial = serial + 1 if one.day == day else 1
        day = one.day
        yield replace(one, number=f"{day:%y%m%d}{serial:06d}001")


def _of_course(seed: int, course: Course) -> Iterator[Dispensing]:
    days = [prescription.day for prescription in course.prescriptions]
    for place, prescription in enumerate(course.prescriptions):
        following = days[place + 1] if place + 1 < len(days) else date.max
        day = _dispensed_on(seed, course.patient, prescription.day, following)
        yield Dispensing(course.patient, prescription, day, groups_of(prescription))


def _dispensed_on(seed: int, patient: Patient, prescribed: date, following: date) -> date:
    """The day the patient comes: within the month and the validity, when the pharmacy is open, before the next prescription."""
    chance = Chance(seed, "dispensed", patient.person.number, patient.clinic.folder, prescribed.isoformat())
    day = prescribed + timedelta(days=chance.pick_weighted(DELAYS))
    open_then = day.month == prescribed.month and day.day in open_days(PHARMACY, day)
    return day if open_then and day < following else prescribed
