"""The practice network's months: every claim of a population, deterministic by seed, and the files they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final

from appliance.practice.care import care_for
from appliance.practice.chance import Chance
from appliance.practice.claims import Claim, add_months, claims_of
from appliance.practice.facilities import Facility
from appliance.practice.patients import Patient, patients_of
from appliance.practice.people import people
from appliance.practice.prescribing import Prescription
from appliance.practice.uke_writer import ClaimFile, write_file
from appliance.practice.visits import visits_in

LATE_SHARE: Final = 0.015
"""Share of claims sent a month late (月遅れ)."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a patient over the months: claims, and prescriptions for the pharmacy."""

    patient: Patient
    claims: tuple[Claim, ...]
    prescriptions: tuple[Prescription, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody, over the care months."""

    seed: int
    months: tuple[date, ...]
    courses: tuple[Course, ...]

    @property
    def claims(self) -> Iterator[Claim]:
        return (claim for course in self.courses for claim in course.claims)


def populate(count: int, seed: int, months: Sequence[date]) -> Population:
    """`count` people and their care in those months (first days, ascending)."""
    courses = [
        course_of(seed, patient, months)
        for person in islice(people(seed), count)
        for patient in patients_of(seed, person)
    ]
    return Population(seed, tuple(months), tuple(courses))


def course_of(seed: int, patient: Patient, months: Sequence[date]) -> Course:
    """The months of one patient; who never came till the last month comes then."""
    claims: list[Claim] = []
    prescriptions: list[Prescription] = []
    for month in months:
        last = month == months[-1]
        visits = visits_in(seed, patient, month, must_come=last and not claims)
        if not visits:
            continue
        care = care_for(patient, visits)
        late = not last and _late(seed, patient, month)
        claims += [replace(claim, late_months=int(late)) for claim in claims_of(patient, month, care)]
        prescriptions += care.prescriptions
    return Course(patient, tuple(claims), tuple(prescriptions))


def _late(seed: int, patient: Patient, month: date) -> bool:
    return Chance(seed, "late", patient.person.number, patient.clinic.folder, month).happens(LATE_SHARE)


def care_months(first: date, count: int) -> tuple[date, ...]:
    """The first days of `count` months."""
    return tuple(add_months(first, index) for index in range(count))


def files_of(claims: Iterable[Claim]) -> Iterator[ClaimFile]:
    """The claims in files: one for each clinic, claim month and payer organisation, in that order of months."""
    together: dict[tuple[date, str, str], list[Claim]] = {}
    clinics: dict[str, Facility] = {}
    for claim in claims:
        clinic = claim.patient.clinic
        clinics[clinic.folder] = clinic
        together.setdefault((claim.claim_month, clinic.folder, claim.payer_org), []).append(claim)
    for (month, folder, payer_org), own in sorted(together.items()):
        ordered = sorted(
            own, key=lambda claim: (claim.care_month, claim.patient.chart_number, claim.receipt_type)
        )
        yield write_file(clinics[folder], payer_org, month, ordered)
