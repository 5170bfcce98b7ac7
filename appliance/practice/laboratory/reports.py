"""Laboratory reports: for each day on which clinic A charges tests, what the laboratory found, plausible for the patient's diseases.

A person has a level of their own in every item, which stays over the months and moves a little from test to test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.chance import Chance
from appliance.practice.claims import Claim
from appliance.practice.diseases import DISEASES, SUSPECTED
from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.items import GRADES, ITEMS, GradedItem, Item, Material
from appliance.practice.patients import Patient
from appliance.practice.people import FEMALE, Person
from appliance.practice.population import Population

NAME: Final = "練習用検査センター"
SWING: Final = 0.35
"""How far one measurement lies off the person's level, in spreads."""
ILL_SPREAD: Final = 0.14
"""Spread of the level of the ill, as a share of their mean."""
LEAST_SHARE: Final = 0.25
"""No value falls below this share of its mean."""
CORRECTED_SHARE: Final = 0.02
"""Share of reports of which one value was corrected the day after."""
REPORTED_AT: Final = time(6, 30)
SAMPLING_FROM: Final = time(9)
SAMPLING_MINUTES: Final = 480

FINAL, CORRECTED = "F", "C"

_ACT_NAMES: Final = {act.code: name for name, act in ACTS.items()}
_DISEASE_NAMES: Final = {disease.code: name for name, disease in DISEASES.items()}


@dataclass(frozen=True, slots=True)
class Result:
    """One result as written: the `flag` is H, L or A (abnormal grade), empty when normal."""

    item: Item | GradedItem
    value: str
    flag: str = ""
    status: str = FINAL

    @property
    def range_text(self) -> str:
        if isinstance(self.item, GradedItem):
            return GRADES[0]
        item = self.item
        low, high = ("" if bound is None else f"{bound:.{item.decimals}f}" for bound in (item.low, item.high))
        if low and high:
            return f"{low}-{high}"
        return f">={low}" if low else f"<={high}"


@dataclass(frozen=True, slots=True)
class Report:
    """One report of the laboratory. `version` counts from 0; `number` is the laboratory's own."""

    number: str
    patient: Patient
    collected: datetime
    reported: datetime
    results: tuple[Result, ...]
    version: int = 0
    standing: bool = True
    """Whether no later version replaces it."""

    @property
    def materials(self) -> tuple[Material, ...]:
        return tuple(dict.fromkeys(result.item.material for result in self.results))

    def of(self, material: Material) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.item.material is material)

    def specimen(self, material: Material) -> str:
        """The number on the tube."""
        return f"{self.number}{self.materials.index(material) + 1}"


def reports_of(population: Population) -> tuple[Report, ...]:
    """Every report and correction, in the order they were sent."""
    wanted = sorted(_sampled(population), key=lambda found: (found[1], found[0].patient.person.number))
    serial: dict[datetime, int] = {}
    sent = []
    for claim, day, acts in wanted:
        serial[day] = serial.get(day, 0) + 1
        number = f"L{day:%y%m%d}{serial[day]:04d}"
        sent += list(_versions(population.seed, _report(population.seed, number, claim, day, acts)))
    return tuple(sorted(sent, key=lambda report: (report.reported, report.number)))


def _sampled(population: Population) -> Iterator[tuple[Claim, datetime, tuple[str, ...]]]:
    """Claims of clinic A with the days on which tests for the laboratory were charged."""
    for claim in population.claims:
        if claim.patient.clinic is not CLINIC_A:
            continue
        days: dict[int, list[str]] = {}
        for charged in claim.units:
            names = [_ACT_NAMES.get(line.code, "") for line in charged.unit.lines]
            for day, _ in charged.days:
                days.setdefault(day, []).extend(name for name in names if name in ITEMS)
        for day, acts in sorted(days.items()):
            if acts:
                yield claim, datetime.combine(claim.care_month.replace(day=day), time()), tuple(acts)


def _report(seed: int, number: str, claim: Claim, day: datetime, acts: Sequence[str]) -> Report:
    chance = Chance(seed, "sampling", claim.patient.person.number, f"{day:%Y%m%d}")
    ill = {
        _DISEASE_NAMES[diagnosis.code]
        for diagnosis in claim.diagnoses
        if diagnosis.code in _DISEASE_NAMES and SUSPECTED not in diagnosis.modifiers
    }
    items = [item for act in ITEMS if act in acts for item in ITEMS[act]]
    return Report(
        number,
        claim.patient,
        datetime.combine(day, SAMPLING_FROM) + timedelta(minutes=chance.below(SAMPLING_MINUTES)),
        datetime.combine(day + timedelta(days=1), REPORTED_AT),
        tuple(measured(seed, chance, claim.patient.person, item, ill) for item in items),
    )


def measured(seed: int, chance: Chance, person: Person, item: Item | GradedItem, ill: set[str]) -> Result:
    """One measurement of a person who has these diseases (short names)."""
    level = _around_zero(Chance(seed, "level", person.number, item.code))
    swing = _around_zero(chance) * SWING
    if isinstance(item, GradedItem):
        place = 1 + chance.below(len(GRADES) - 1) if ill.intersection(item.ill) else 0
        return Result(item, GRADES[place], "A" if place > 1 else "")
    means = [mean for disease, mean in item.ill if disease in ill]
    healthy = item.mean + (item.female if person.sex == FEMALE else 0)
    mean = max(means, key=lambda found: abs(found - healthy)) if means else healthy
    spread = abs(mean) * ILL_SPREAD if means else item.spread
    value = max(mean + spread * (level + swing), abs(mean) * LEAST_SHARE)
    text = f"{value:.{item.decimals}f}"
    return Result(item, text, _flag(item, float(text)))


def _flag(item: Item, value: float) -> str:
    if item.low is not None and value < item.low:
        return "L"
    return "H" if item.high is not None and value > item.high else ""


def _around_zero(chance: Chance) -> float:
    """A draw around 0, seldom beyond 1.5 either way."""
    return sum(chance.below(1001) for _ in range(3)) / 1000 - 1.5


def _versions(seed: int, report: Report) -> Iterator[Report]:
    """The report alone, or with a wrong value first and the whole again a day later."""
    numbers = [place for place, result in enumerate(report.results) if isinstance(result.item, Item)]
    chance = Chance(seed, "corrected", report.number)
    if not numbers or not chance.happens(CORRECTED_SHARE):
        yield report
        return
    place = chance.pick(numbers)
    right = report.results[place]
    yield replace(report, results=_with(report.results, place, _mismeasured(right)), standing=False)
    yield replace(
        report,
        results=_with(report.results, place, replace(right, status=CORRECTED)),
        reported=report.reported + timedelta(days=1),
        version=1,
    )


def _mismeasured(right: Result) -> Result:
    """A value half as large again."""
    if not isinstance(right.item, Item):
        return right
    value = f"{float(right.value) * 1.5:.{right.item.decimals}f}"
    return Result(right.item, value, _flag(right.item, float(value)))


def _with(results: Sequence[Result], place: int, result: Result) -> tuple[Result, ...]:
    return (*results[:place], result, *results[place + 1 :])
