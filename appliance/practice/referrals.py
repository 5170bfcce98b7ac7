"""The letters of referral that the clinics charged for: who was sent to the hospital, when, for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.claims import Claim
from appliance.practice.patients import Patient
from appliance.practice.population import Population

_LETTER: Final = ACTS["referral_letter"].code


@dataclass(frozen=True, slots=True)
class Referral:
    """One letter of a clinic to the hospital; the claim tells diagnoses and drugs of that month."""

    patient: Patient
    day: date
    claim: Claim

    @property
    def id(self) -> str:
        return f"R{self.day:%y%m%d}{self.patient.person.number:06d}{self.patient.clinic.code[-2]}"


def referrals_of(population: Population) -> Iterator[Referral]:
    """Every letter, by the order of the courses."""
    for claim in population.claims:
        for charged in claim.units:
            if any(line.code == _LETTER for line in charged.unit.lines):
                for day, _ in charged.days:
                    yield Referral(claim.patient, claim.care_month.replace(day=day), claim)
