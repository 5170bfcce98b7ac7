"""Time, injected: the only door to the system's clocks (architecture.md, rule 7).

A `Clock` also says whether its wall time can be trusted; rows that are stored carry that mark.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

JST = timezone(timedelta(hours=9), "JST")


class Clock(Protocol):
    """What the product may know about time."""

    def now(self) -> datetime:
        """Wall time, with its zone (JST)."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never run backwards, for durations only."""
        ...

    def trusted(self) -> bool:
        """Whether `now()` has been synchronised with standard time."""
        ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(slots=True)
class SystemClock:
    """The machine's own clocks."""

    synchronised: bool = True

    def now(self) -> datetime:
        return datetime.now(JST)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def trusted(self) -> bool:
        return self.synchronised

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only when told; sleeping moves it."""

    at: datetime = field(default_factory=lambda: datetime(2026, 10, 1, 10, 0, tzinfo=JST))
    elapsed_s: float = 0.0
    is_trusted: bool = True

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def trusted(self) -> bool:
        return self.is_trusted

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.elapsed_s += seconds


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: sorts as text; the form in which the store keeps times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The moment that `iso` wrote, in JST."""
    return datetime.fromisoformat(text).astimezone(JST)
