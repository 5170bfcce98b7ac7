"""What was dealt with before, held against what ORCA lists today: what to fetch, what to check, which days to look at."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appliance.formats.orca.heard import ListedVisit
from appliance.formats.orca.visits import Visit
from appliance.intake.orca.memory import Day, Seen, Source, visit_name, visit_of
from appliance.limits import ORCA_NIGHT_HOUR, ORCA_ROUND_D, ORCA_WINDOW_D

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Changes:
    """What one day's list asks for: visits to fetch, patients whose page changed, visits that are listed no more."""

    due: tuple[ListedVisit, ...] = ()
    pages: tuple[ListedVisit, ...] = ()
    missing: tuple[Visit, ...] = ()


def changes(memory: Day, listed: Collection[ListedVisit], *, whole: bool) -> Changes:
    """`whole` is false for a list that was cut short: then nothing is missing."""
    present = {visit_name(one.visit): one for one in listed}
    due, pages = [], []
    for name, one in present.items():
        seen = memory.visits.get(name)
        if seen is None or seen.mark != one.mark:
            due.append(one)
        elif seen.page_mark != one.page_mark:
            pages.append(one)
    missing = [visit_of(name) for name in memory.visits if name not in present] if whole else []
    return Changes(tuple(due), tuple(pages), tuple(missing))


def seen_now(one: ListedVisit) -> Seen:
    return Seen(one.mark, one.page_mark)


def window(memory: Source, today: date) -> list[date]:
    """Every day that can still be looked at, oldest first: from the day before the source began."""
    oldest = today - timedelta(days=ORCA_WINDOW_D)
    if memory.began:
        oldest = max(oldest, date.fromisoformat(memory.began) - _ONE_DAY)
    return _days(min(oldest, today), today)


def days_to_look(memory: Source, today: date, hinted: Iterable[date] = ()) -> list[date]:
    """Yesterday, today, what lies between the last look and them, and what PUSH spoke of; oldest first."""
    possible = window(memory, today)
    since = min(_last(memory, today), today - _ONE_DAY)
    wanted = {*_days(since, today), *hinted}
    return [day for day in possible if day in wanted]


def lost_days(memory: Source, today: date) -> int:
    """How many days between the last look and today are too long ago to be looked at."""
    between = _days(_last(memory, today), today)
    return len(set(between) - set(window(memory, today)))


def gap(memory: Source, today: date) -> int:
    """The days lost in the last long outage, while it is not older than the window."""
    recent = memory.lost_on and date.fromisoformat(memory.lost_on) >= today - timedelta(days=ORCA_WINDOW_D)
    return memory.lost if recent else 0


def night_is_due(memory: Source, now: datetime) -> bool:
    """Once a day, from the evening on; or at the next chance when the server was off by then."""
    return memory.night < _last_night(now).isoformat()


def night_of(now: datetime) -> date:
    """The day whose night's work is the latest that can be done."""
    return _last_night(now)


def _last_night(now: datetime) -> date:
    return now.date() if now.hour >= ORCA_NIGHT_HOUR else now.date() - _ONE_DAY


def changed_days(memory: Source, today: date) -> list[date]:
    """The days since the last night's work, its own included: patients changed after it belong to it."""
    possible = window(memory, today)
    return [day for day in possible if day.isoformat() >= memory.night] if memory.night else possible


def patients_of_the_night(memory: Source, days: Mapping[date, Day], today: date) -> list[str]:
    """Who was here since the last night's work, and this night's share of everybody else of these days."""
    recent = set(changed_days(memory, today))
    found: dict[str, bool] = {}
    for day, own in days.items():
        for name in own.visits:
            patient = visit_of(name).patient
            found[patient] = found.get(patient, False) or day in recent
    return sorted(patient for patient, here in found.items() if here or _has_its_turn(patient, today))


def _has_its_turn(patient: str, today: date) -> bool:
    return zlib.crc32(patient.encode()) % ORCA_ROUND_D == today.toordinal() % ORCA_ROUND_D


def forgotten_days(memory: Source, today: date) -> list[date]:
    """Days that have left the window since the last night's work."""
    edge = today - timedelta(days=ORCA_WINDOW_D)
    if not memory.night:
        return []
    first = date.fromisoformat(memory.night) - timedelta(days=ORCA_WINDOW_D)
    return _days(first, edge - _ONE_DAY)


def _last(memory: Source, today: date) -> date:
    return min(date.fromisoformat(memory.looked), today) if memory.looked else today - _ONE_DAY


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
