"""Days on which the practice clinics are open: neither their weekly closing days nor public holidays."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Final

from appliance.practice.facilities import Facility

HOLIDAYS: Final = frozenset(
    date(year, month, day)
    for year, days in {
        2026: "0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123 1229 1230 1231",
        2027: "0101 0102 0103 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123 1229 "
        "1230 1231",
    }.items()
    for month, day in ((int(text[:2]), int(text[2:])) for text in days.split())
)
"""国民の祝日, substitutes included, and the days around New Year."""


LAST_YEAR: Final = 2027
"""The last year whose holidays are known here."""


def open_days(clinic: Facility, month: date) -> tuple[int, ...]:
    """The days of the month (1..31) on which the clinic sees patients; `month` is any day of it."""
    last = monthrange(month.year, month.month)[1]
    days = (date(month.year, month.month, day) for day in range(1, last + 1))
    return tuple(
        day.day for day in days if day.weekday() not in clinic.closed_weekdays and day not in HOLIDAYS
    )
