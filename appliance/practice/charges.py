"""What is charged for care: calculation units with their points, and how points are reckoned from prices.

Points are whole numbers made with whole numbers only, so that every sum is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from appliance.practice.acts import ACTS, BIOCHEMISTRY_BUNDLE
from appliance.practice.drugs import DRUGS
from appliance.practice.insurers import Scope

Notes = tuple[tuple[str, str], ...]
"""Comments: code and text each."""

SEN_PER_POINT: Final = 1000
"""A point is 10 yen, a yen 100 sen."""
ONE_POINT_UP_TO_SEN: Final = 1500
"""Drugs of up to 15 yen are one point; above, every 10 yen begun over 5 is a point more (五捨五超入)."""


def drug_points(price_sen: Decimal) -> int:
    """薬剤料 of the drugs of one unit together (F200, G100): 15 yen or less 1 point, else price / 10 with 五捨五超入."""
    if price_sen <= ONE_POINT_UP_TO_SEN:
        return 1
    points, rest = divmod(price_sen, SEN_PER_POINT)
    return int(points) + (rest > SEN_PER_POINT // 2)


def material_points(price_sen: Decimal) -> int:
    """特定保険医療材料: price / 10, rounded half up."""
    return int((price_sen + SEN_PER_POINT // 2) // SEN_PER_POINT)


class LineKind(StrEnum):
    """The row an item of a unit is written as."""

    ACT = "SI"
    DRUG = "IY"
    MATERIAL = "TO"


@dataclass(frozen=True, slots=True)
class Line:
    """One act, drug or material of a unit. `unit` and `price_yen` are of materials, `comment` is コメント1: code, text."""

    kind: LineKind
    code: str
    quantity: str = ""
    unit: str = ""
    price_yen: str = ""
    comment: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Unit:
    """点数・回数算定単位: lines charged together under one 診療識別; `points` are for one time (one day of 内服).

    `scope` is the one disease the unit is for when a public payer bears that disease only. `notes` are CO rows behind
    it: comment code and text.
    """

    category: str
    points: int
    lines: tuple[Line, ...]
    scope: Scope = Scope.ALL
    notes: Notes = ()


@dataclass(slots=True)
class Charges:
    """The units charged in a month, with the days they fall on: the same unit again only adds a day."""

    days: dict[Unit, dict[int, int]] = field(default_factory=dict)

    def add(self, unit: Unit, day: int, count: int = 1) -> None:
        days = self.days.setdefault(unit, {})
        days[day] = days.get(day, 0) + count

    def has(self, act: str, day: int | None = None) -> bool:
        """Whether an act has been charged in the month, or on that day."""
        code = ACTS[act].code
        return any(
            line.code == code
            for unit, days in self.days.items()
            if day is None or day in days
            for line in unit.lines
        )


def act_line(act: str, quantity: str = "") -> Line:
    return Line(LineKind.ACT, ACTS[act].code, quantity)


def acts_unit(category: str, *acts: str, scope: Scope = Scope.ALL, notes: Notes = ()) -> Unit:
    """Acts charged together: the points are their sum."""
    return Unit(category, sum(ACTS[act].points for act in acts), tuple(map(act_line, acts)), scope, notes)


def counted_unit(category: str, act: str, quantity: int, scope: Scope = Scope.ALL, notes: Notes = ()) -> Unit:
    """An act charged by quantity (きざみ): points times quantity."""
    return Unit(category, ACTS[act].points * quantity, (act_line(act, str(quantity)),), scope, notes)


def drugs_unit(category: str, drugs: tuple[tuple[str, str], ...], scope: Scope = Scope.ALL) -> Unit:
    """Drugs (short name, amount as decimal text) charged together."""
    price_sen = sum((DRUGS[drug].price_sen * Decimal(amount) for drug, amount in drugs), Decimal(0))
    lines = tuple(Line(LineKind.DRUG, DRUGS[drug].code, amount) for drug, amount in drugs)
    return Unit(category, drug_points(price_sen), lines, scope)


def chemistry_unit(acts: tuple[str, ...], scope: Scope = Scope.ALL) -> Unit:
    """血液化学検査 of one sampling: together by their number from five on, else one by one."""
    points = next((points for least, points in BIOCHEMISTRY_BUNDLE if len(acts) >= least), None)
    if points is None:
        points = sum(ACTS[act].points for act in acts)
    return Unit("60", points, tuple(map(act_line, acts)), scope)


def xray_unit(films: int, reading: str, scope: Scope = Scope.ALL, notes: Notes = ()) -> Unit:
    """単純撮影 (E001, E002): the second film counts half; reading and taking are summed, rounded half up, then 57."""
    halves = (ACTS[reading].points + ACTS["xray_digital"].points) * (films + 1)
    points = (halves + 1) // 2 + ACTS["xray_archive"].points
    lines = (act_line(reading, str(films)), act_line("xray_digital", str(films)), act_line("xray_archive"))
    return Unit("70", points, lines, scope, notes)
