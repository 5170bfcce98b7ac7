"""The made-up people: households with names, ages, insurance and 公費, as the patients of a town's clinics are.

A family shares its insurer, 記号 and 番号; each member has a 枝番 of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.homes import Home, home_of
from appliance.practice.insurers import (
    CHILDREN,
    INSURERS,
    KOKUHO,
    KOUKI_AGE,
    WELFARE,
    Insurance,
    Insurer,
    InsurerKind,
    PublicPayment,
    age_on,
    draw_recipient,
    kouki_insurance,
)
from appliance.practice.naming import FullName, draw_name, draw_surname

REFERENCE_DAY: Final = date(2026, 4, 1)
"""Ages are drawn for this day; no care month may lie before it."""

WELFARE_SHARE: Final = 0.02

MALE: Final = "1"
FEMALE: Final = "2"

Ages = tuple[tuple[str, int, int], ...]
"""Members of a household: sex (別表6, empty: either), lowest and highest age."""

HOUSEHOLDS: Final[tuple[tuple[Ages, float], ...]] = (
    ((("1", 72, 92), ("2", 69, 90)), 22.0),
    ((("2", 74, 96),), 14.0),
    ((("1", 66, 90),), 5.0),
    ((("1", 55, 71), ("2", 52, 69)), 16.0),
    ((("", 24, 54),), 13.0),
    ((("1", 31, 49), ("2", 29, 46), ("", 0, 6)), 6.0),
    ((("1", 34, 52), ("2", 32, 49), ("", 4, 14), ("", 0, 10)), 6.0),
    ((("2", 33, 48), ("", 2, 14)), 3.0),
    ((("1", 48, 60), ("2", 45, 58), ("", 15, 24)), 6.0),
    ((("1", 38, 52), ("2", 36, 50), ("", 3, 15), ("2", 68, 86)), 5.0),
)
"""Kinds of household and how usual they are among a clinic's patients: the old come most."""


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person. `insurance` is the family's (None under 生活保護), `kouki` takes its place from 75 on."""

    number: int
    household: int
    name: FullName
    sex: str
    birth: date
    insurance: Insurance | None
    kouki: Insurance
    public: tuple[PublicPayment, ...]

    @property
    def home(self) -> Home:
        return home_of(self.household)

    @property
    def person_id(self) -> str:
        return f"P{self.number:06d}"

    def age_on(self, day: date) -> int:
        return age_on(self.birth, day)

    def insurance_on(self, day: date) -> Insurance | None:
        """The health insurance on that day; None under 生活保護."""
        if self.insurance is None:
            return None
        return self.kouki if self.age_on(day) >= KOUKI_AGE else self.insurance

    def public_on(self, day: date) -> tuple[PublicPayment, ...]:
        """The public payers on that day, 第一公費 first."""
        age = self.age_on(day)
        right = [
            payment
            for payment in self.public
            if payment.programme.until_age is None or age < payment.programme.until_age
        ]
        return tuple(sorted(right, key=lambda payment: payment.programme.rank))


def people(seed: int) -> Iterator[Person]:
    """People without end, household by household; the first N are the same for every N."""
    number = household = 0
    while True:
        household += 1
        for person in _household(Chance(seed, "household", household), household, number):
            number = person.number
            yield person


def _household(chance: Chance, household: int, last_number: int) -> Iterator[Person]:
    members: Ages = chance.pick_weighted(HOUSEHOLDS)
    surname = draw_surname(chance)
    insurer = _insurer_of(chance, members)
    symbol, number = _symbol_and_number(chance, insurer)
    welfare = chance.happens(WELFARE_SHARE)
    for index, (fixed_sex, youngest, oldest) in enumerate(members):
        sex = fixed_sex or chance.pick((MALE, FEMALE))
        birth = REFERENCE_DAY - timedelta(days=chance.between(youngest * 365 + 60, oldest * 365 + 360))
        age = age_on(birth, REFERENCE_DAY)
        family = Insurance(insurer, symbol, number, f"{index + 1:02d}", index == 0, chance.happens(0.08))
        yield Person(
            number=last_number + index + 1,
            household=household,
            name=draw_name(chance, surname, sex, birth.year),
            sex=sex,
            birth=birth,
            insurance=None if welfare else family,
            kouki=kouki_insurance(chance),
            public=_public_of(chance, age, welfare=welfare),
        )


def _insurer_of(chance: Chance, members: Ages) -> Insurer:
    retired = members[0][1] >= 66  # noqa: PLR2004 - the youngest age of the retired kinds above
    return chance.pick(KOKUHO) if retired else chance.pick_weighted(INSURERS)


def _symbol_and_number(chance: Chance, insurer: Insurer) -> tuple[str, str]:
    """記号・番号 as that kind of insurer gives them out."""
    if insurer.kind is InsurerKind.KYOKAI:
        return chance.digits(8), str(chance.between(1, 999))
    if insurer.kind is InsurerKind.KOKUHO:
        return f"練{chance.pick('東西南北')}", chance.digits(6)
    return chance.digits(3), chance.digits(4)


def _public_of(chance: Chance, age: int, *, welfare: bool) -> tuple[PublicPayment, ...]:
    if welfare:
        return (draw_recipient(chance, WELFARE),)
    if CHILDREN.until_age is not None and age < CHILDREN.until_age:
        return (draw_recipient(chance, CHILDREN),)
    return ()
