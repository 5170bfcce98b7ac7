"""Clinics are open on working days only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appliance.practice.facilities import CLINICS, Facility
from appliance.practice.opening import HOLIDAYS, LAST_YEAR, open_days


def _nth_monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (nth - 1))


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.folder)
def test_every_month_has_enough_open_days_to_see_everybody(clinic: Facility) -> None:
    for year in range(2026, LAST_YEAR + 1):
        for month in range(1, 13):
            assert len(open_days(clinic, date(year, month, 1))) >= 15


def test_the_weekly_closing_days_differ_so_that_a_patient_can_go_to_the_other_clinic() -> None:
    july = date(2026, 7, 1)
    one, other = (set(open_days(clinic, july)) for clinic in CLINICS)
    assert one - other
    assert other - one


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_holidays_that_move_fall_on_their_mondays(year: int) -> None:
    # 海の日, 敬老の日, スポーツの日: third Monday of July and September, second of October.
    moving = {_nth_monday(year, 7, 3), _nth_monday(year, 9, 3), _nth_monday(year, 10, 2)}
    assert moving <= HOLIDAYS


def test_a_holiday_is_no_open_day() -> None:
    assert date(2026, 11, 3) in HOLIDAYS
    assert all(3 not in open_days(clinic, date(2026, 11, 30)) for clinic in CLINICS)
