"""Comments take the form that their pattern asks for."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.practice.comments import era_date, side_of


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2025, 6, 3), "５０７０６０３"),
        (date(2019, 5, 1), "５０１０５０１"),
        (date(2019, 4, 30), "４３１０４３０"),
        (date(1989, 1, 7), "３６４０１０７"),
        (date(1926, 12, 24), "２１５１２２４"),
    ],
)
def test_days_are_written_by_era_in_full_width_digits(day: date, written: str) -> None:
    assert era_date(day) == written


def test_a_day_before_the_eras_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="era"):
        era_date(date(1860, 1, 1))


@pytest.mark.parametrize(
    ("modifiers", "side"),
    [
        (("2056",), "右"),
        (("2049",), "左"),
        (("7497",), "両"),
        (("8002", "2056"), "右"),
        (("7206",), ""),
        ((), ""),
    ],
)
def test_the_side_is_the_one_a_modifier_names(modifiers: tuple[str, ...], side: str) -> None:
    assert side_of(modifiers) == side
