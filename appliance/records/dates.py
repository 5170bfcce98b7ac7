"""Japanese dates as sources write them: western and era years, told apart by their length, and as screens show them.

Reading never raises: what cannot be read comes back as a reading without a value and with the reason.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Era:
    """One 元号: the digit that claim files write for it, its name, its first day, and the year before its first."""

    digit: str
    name: str
    first_day: date

    @property
    def offset(self) -> int:
        """What is added to an era year to make the western year."""
        return self.first_day.year - 1


ERAS = (
    Era("1", "明治", date(1868, 1, 25)),
    Era("2", "大正", date(1912, 7, 30)),
    Era("3", "昭和", date(1926, 12, 25)),
    Era("4", "平成", date(1989, 1, 8)),
    Era("5", "令和", date(2019, 5, 1)),
)
"""別表 年号区分, oldest first; an era ends on the day before the next one begins."""

_ERA_BY_DIGIT = {era.digit: era for era in ERAS}
_ERA_BY_LETTER = dict(zip("MTSHR", ERAS, strict=True))

FIRST_WESTERN_YEAR = 1850
LAST_WESTERN_YEAR = 2200


class DateNote(StrEnum):
    """What is to be said about a date that was read, or could not be."""

    NONE = ""
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    ERA_OVERRUN = "era-overrun"
    """The era had ended: 平成31年5月 stands for 令和元年5月, and is read so."""
    ERA_NOT_BEGUN = "era-not-begun"
    """The era had not begun on that day: 令和元年4月, read as 平成31年4月."""


@dataclass(frozen=True, slots=True, order=True)
class YearMonth:
    """A month of a year, as claims count in."""

    year: int
    month: int

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def iso(self) -> str:
        """`2020-04`."""
        return f"{self.year:04d}-{self.month:02d}"

    def days(self) -> tuple[date, ...]:
        """Every day of the month, in order."""
        return _days_of(self.year, self.month)

    def day(self, number: int) -> date | None:
        """The day with that number, None where the month has no such day."""
        days = self.days()
        return days[number - 1] if 0 < number <= len(days) else None

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date that was read; `value` None says why in `note`."""

    value: date | None
    note: DateNote = DateNote.NONE


@dataclass(frozen=True, slots=True)
class MonthReading:
    """A month that was read; `value` None says why in `note`."""

    value: YearMonth | None
    note: DateNote = DateNote.NONE


@lru_cache(maxsize=512)
def _days_of(year: int, month: int) -> tuple[date, ...]:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return tuple(first + timedelta(days=number) for number in range((following - first).days))


@lru_cache(maxsize=8192)
def read_date(text: str) -> DateReading:
    """A day by its length: `YYYYMMDD`, `GYYMMDD` (G the era's digit or its letter M T S H R); digits of any width."""
    digits = _plain(text)
    if not digits:
        return DateReading(None, DateNote.EMPTY)
    split = _split_year(digits, tail=4)
    if split is None:
        return DateReading(None, DateNote.UNREADABLE)
    year, tail, era = split
    try:
        value = date(year, int(tail[:2]), int(tail[2:]))
    except ValueError:
        return DateReading(None, DateNote.UNREADABLE)
    return DateReading(value, _era_note(era, value, value))


@lru_cache(maxsize=512)
def read_month(text: str) -> MonthReading:
    """A month by its length: `YYYYMM` or `GYYMM`; digits of any width."""
    digits = _plain(text)
    if not digits:
        return MonthReading(None, DateNote.EMPTY)
    split = _split_year(digits, tail=2)
    if split is None:
        return MonthReading(None, DateNote.UNREADABLE)
    year, tail, era = split
    month = int(tail)
    if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
        return MonthReading(None, DateNote.UNREADABLE)
    value = YearMonth(year, month)
    return MonthReading(value, _era_note(era, value.days()[0], value.days()[-1]))


def read_month_day(text: str) -> tuple[int, int] | None:
    """Month and day of a date without a year (`MMDD`), 29 February included; None when it is no such date."""
    digits = _plain(text)
    if len(digits) != 4 or not digits.isdecimal():  # noqa: PLR2004 - MMDD
        return None
    month, day = int(digits[:2]), int(digits[2:])
    leap_year = 2000
    if not 1 <= month <= 12 or YearMonth(leap_year, month).day(day) is None:  # noqa: PLR2004 - months of a year
        return None
    return month, day


def _plain(text: str) -> str:
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).strip()


def _split_year(digits: str, *, tail: int) -> tuple[int, str, Era | None] | None:
    """Western year, the rest, and the era that the year was written in (None: western)."""
    if not digits.isascii():
        return None
    head, rest = digits[:-tail], digits[-tail:]
    if not rest.isdecimal():
        return None
    if len(head) == 4 and head.isdecimal():  # noqa: PLR2004 - YYYY
        year = int(head)
        return (year, rest, None) if FIRST_WESTERN_YEAR <= year <= LAST_WESTERN_YEAR else None
    if len(head) == 3 and head[1:].isdecimal():  # noqa: PLR2004 - GYY
        era = _ERA_BY_DIGIT.get(head[0]) or _ERA_BY_LETTER.get(head[0].upper())
        era_year = int(head[1:])
        return (era.offset + era_year, rest, era) if era and era_year else None
    return None


def _era_note(era: Era | None, first: date, last: date) -> DateNote:
    """Whether the span from `first` to `last` lies outside the era that it was written in."""
    if era is None:
        return DateNote.NONE
    following = ERAS.index(era) + 1
    if last < era.first_day:
        return DateNote.ERA_NOT_BEGUN
    if following < len(ERAS) and first >= ERAS[following].first_day:
        return DateNote.ERA_OVERRUN
    return DateNote.NONE


def era_of(day: date) -> Era | None:
    """The era of a day; None before 明治."""
    return next((era for era in reversed(ERAS) if day >= era.first_day), None)


def era_year(day: date) -> str:
    """`昭和25年`, `令和元年`; the western year before 明治."""
    era = era_of(day)
    if era is None:
        return f"{day.year}年"
    number = day.year - era.offset
    return f"{era.name}{'元' if number == 1 else number}年"


def show_date(day: date) -> str:
    """Both forms, for screens: `昭和25年1月1日（1950年）`."""
    return f"{era_year(day)}{day.month}月{day.day}日（{day.year}年）"


def show_month(month: YearMonth) -> str:
    """Both forms, for screens: `令和2年4月（2020年）`; the era is that of the month's last day."""
    return f"{era_year(month.days()[-1])}{month.month}月（{month.year}年）"
