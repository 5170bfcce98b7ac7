"""Points are reckoned as the fee schedule says, to the last point."""

from __future__ import annotations

from decimal import Decimal

import pytest

from appliance.practice.acts import ACTS
from appliance.practice.charges import (
    Charges,
    acts_unit,
    chemistry_unit,
    counted_unit,
    drug_points,
    drugs_unit,
    material_points,
    xray_unit,
)


@pytest.mark.parametrize(
    ("yen", "points"),
    [
        ("0.10", 1),
        ("10.10", 1),
        ("15", 1),
        ("15.01", 2),
        ("24.99", 2),
        ("25", 2),
        ("25.01", 3),
        ("34.90", 3),
        ("35.10", 4),
        ("399", 40),
        ("2859.60", 286),
    ],
)
def test_drugs_up_to_15_yen_are_one_point_and_above_five_is_dropped(yen: str, points: int) -> None:
    assert drug_points(Decimal(yen) * 100) == points


@pytest.mark.parametrize(("yen", "points"), [("4.99", 0), ("5", 1), ("300", 30), ("304.99", 30), ("305", 31)])
def test_materials_are_rounded_half_up(yen: str, points: int) -> None:
    assert material_points(Decimal(yen) * 100) == points


def test_drugs_of_one_unit_are_summed_before_rounding() -> None:
    # 10.10 + 20.20 = 30.30 yen a day: 3 points, not 1 + 2.
    unit = drugs_unit("21", (("amlodipine", "1"), ("olmesartan", "1")))
    assert unit.points == 3
    assert [line.quantity for line in unit.lines] == ["1", "1"]


def test_decimal_amounts_are_exact() -> None:
    # 0.8 g at 12.20 yen = 9.76 yen.
    assert drugs_unit("22", (("acetaminophen_granule", "0.8"),)).points == 1
    # 7.5 g at 13.40 yen = 100.5 yen: 10 points.
    assert drugs_unit("21", (("kakkonto", "7.5"),)).points == 10


@pytest.mark.parametrize(
    ("films", "reading", "points"),
    [
        (1, "xray_reading_trunk", 85 + 68 + 57),
        (2, "xray_reading_trunk", 287),
        (1, "xray_reading_limb", 43 + 68 + 57),
        (2, "xray_reading_limb", 224),
    ],
)
def test_the_second_film_counts_half_and_the_sum_is_rounded_half_up(
    films: int, reading: str, points: int
) -> None:
    assert xray_unit(films, reading).points == points


@pytest.mark.parametrize(
    ("count", "points"), [(1, 11), (4, 44), (5, 93), (7, 93), (8, 99), (9, 99), (10, 103)]
)
def test_chemistry_is_bundled_from_five_items_on(count: int, points: int) -> None:
    items = [act for act in ACTS if ACTS[act].points == 11][:count]
    assert chemistry_unit(tuple(items)).points == points


def test_acts_by_quantity_multiply() -> None:
    unit = counted_unit("80", "rehabilitation", 2)
    assert (unit.points, unit.lines[0].quantity) == (170, "2")


def test_the_same_unit_again_only_adds_a_day() -> None:
    charges = Charges()
    charges.add(acts_unit("12", "revisit", "itemised_receipt"), 3)
    charges.add(acts_unit("12", "revisit", "itemised_receipt"), 17)
    assert list(charges.days.values()) == [{3: 1, 17: 1}]
    assert charges.has("itemised_receipt")
    assert charges.has("revisit", day=17)
    assert not charges.has("revisit", day=4)
