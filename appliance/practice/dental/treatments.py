"""What the dentist does: visits of a few people, their diseases with teeth, and the acts charged.

Codes and points of acts are those that public dental programs name from the 歯科診療行為マスター, which is not at hand; diseases are rows
of the 傷病名マスター, held against it by a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.facilities import DENTIST
from appliance.practice.opening import open_days
from appliance.practice.patients import chart_number
from appliance.practice.people import Person
from appliance.practice.population import Population

SHARE: Final = 0.03
"""Share of the people who see this dentist in the months at hand."""
COURSES_MIN: Final = 2
LEAST_AGE: Final = 7
AGAIN_AFTER: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DentalAct:
    """One act: its code, name, points and 診療識別."""

    code: str
    name: str
    points: int
    category: str


FIRST: Final = DentalAct("301000110", "歯科初診料", 272, "11")
AGAIN: Final = DentalAct("301001610", "歯科再診料", 59, "12")
CARE: Final = DentalAct("302000110", "歯科疾患管理料", 90, "13")
PROBING: Final = DentalAct("304000510", "歯周基本検査（１０歯以上２０歯未満）", 110, "31")
SCALING: Final = DentalAct("309004810", "スケーリング（３分の１顎につき）", 72, "41")
CLEANING: Final = DentalAct("309011410", "機械的歯面清掃処置", 72, "41")


@dataclass(frozen=True, slots=True)
class DentalDisease:
    """A disease of the master and the acts it brings at the first and the second visit."""

    code: str
    name: str
    icd10: str
    first: tuple[DentalAct, ...]
    again: tuple[DentalAct, ...]


DISEASES: Final = (
    DentalDisease("5234016", "慢性歯周炎", "K053", (CARE, PROBING), (SCALING,)),
    DentalDisease("8830788", "う蝕第２度", "K021", (CARE,), (CLEANING,)),
    DentalDisease("5231018", "歯肉炎", "K051", (CARE, PROBING), (CLEANING,)),
)
TEETH: Final = ("101600", "102600", "103600", "104600", "101100", "104400")
"""歯式コード: permanent teeth in place."""


@dataclass(frozen=True, slots=True)
class DentalCourse:
    """One person's visits of a month: acts by day."""

    person: Person
    disease: DentalDisease
    teeth: tuple[str, ...]
    acts: tuple[tuple[date, DentalAct], ...]

    @property
    def id(self) -> str:
        return f"D{self.first:%y%m%d}{self.person.number:06d}"

    @property
    def first(self) -> date:
        return self.acts[0][0]

    @property
    def month(self) -> date:
        return self.first.replace(day=1)

    @property
    def chart(self) -> str:
        return chart_number(DENTIST, self.person)


def dental_courses(population: Population) -> tuple[DentalCourse, ...]:
    """Everybody's visits, by day."""
    people = {course.patient.person.number: course.patient.person for course in population.courses}
    old_enough = [one for one in people.values() if one.age_on(population.months[0]) >= LEAST_AGE]
    drawn = [one for one in old_enough if Chance(population.seed, "dentist", one.number).happens(SHARE)]
    chosen = drawn if len(drawn) >= COURSES_MIN else old_enough[:COURSES_MIN]
    found = (_course(population, person) for person in chosen)
    return tuple(sorted(found, key=lambda course: (course.first, course.person.number)))


def _course(population: Population, person: Person) -> DentalCourse:
    chance = Chance(population.seed, "teeth", person.number)
    month = chance.pick(population.months)
    days = open_days(DENTIST, month)
    first = chance.pick(days[: len(days) // 2])
    again = next((day for day in days if day >= first + AGAIN_AFTER.days), None)
    disease = chance.pick(DISEASES)
    acts = list(_acts(month, first, again, disease))
    return DentalCourse(person, disease, chance.several(TEETH, chance.between(1, 3)), tuple(acts))


def _acts(
    month: date, first: int, again: int | None, disease: DentalDisease
) -> Iterator[tuple[date, DentalAct]]:
    yield from ((month.replace(day=first), act) for act in (FIRST, *disease.first))
    if again is not None:
        yield from ((month.replace(day=again), act) for act in (AGAIN, *disease.again))
