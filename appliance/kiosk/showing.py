"""How values are written on screens, by language: dates in era and western form, ages, the age of data."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from appliance.clock import JST
from appliance.kiosk.catalogue import Language
from appliance.records.dates import YearMonth, show_date, show_month

_MONTH_LENGTH = len("2020-04")
_DAY_LENGTH = len("2020-04-10")


def show_iso(text: str, language: str) -> str:
    """`2020-04-10` or `2020-04` in words; anything else stays as it is."""
    try:
        if len(text) == _MONTH_LENGTH:
            first = date.fromisoformat(f"{text}-01")
            return _month(first, language)
        if len(text) == _DAY_LENGTH:
            return show_day(date.fromisoformat(text), language)
    except ValueError:
        return text
    return show_moment(text, language)


def show_day(day: date, language: str) -> str:
    """`昭和25年1月1日（1950年）`, or `1 Jan 1950`."""
    if language == Language.JA:
        return show_date(day)
    return f"{day.day} {day:%b %Y}"


def _month(first: date, language: str) -> str:
    if language == Language.JA:
        return show_month(YearMonth(first.year, first.month))
    return f"{first:%b %Y}"


def show_moment(text: str, language: str) -> str:
    """A time as the store writes it, in Japan's time, to the minute; anything else stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment.astimezone(JST) if moment.tzinfo else moment
    return f"{show_day(local.date(), language)} {local:%H:%M}"


def age_on(birth_date: str, today: date) -> int | None:
    """Completed years; None for a birth date that is not known or lies ahead."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if years >= 0 else None


def minutes_since(text: str, now: datetime) -> int | None:
    """Whole minutes since a time as the store writes it; None when there is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0, (now - moment) // timedelta(minutes=1))
