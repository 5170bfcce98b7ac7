"""When to try again: full-jitter back-off for one delivery, and a breaker for the hub as a whole. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.limits import (
    DELIVERY_BACKOFF_FIRST_S,
    DELIVERY_BACKOFF_MAX_S,
    HUB_DOUBTS_MAX,
    HUB_PROBE_FIRST_S,
    HUB_PROBE_MAX_S,
)

Random = Callable[[], float]
"""A random number in [0, 1)."""

_DOUBLINGS_MAX = 30


def backoff_s(attempts: int, random: Random) -> float:
    """How long a delivery waits after its nth attempt: anything up to a bound that doubles each time."""
    doublings = min(max(attempts - 1, 0), _DOUBLINGS_MAX)
    return random() * min(DELIVERY_BACKOFF_MAX_S, DELIVERY_BACKOFF_FIRST_S * 2.0**doublings)


@dataclass(slots=True)
class Breaker:
    """Open while the hub is not to be had: then nothing is claimed, and one probe at a time asks whether it is back.

    Times are the clock's monotonic seconds. Opens at the first failure that concerns the hub as a whole, or after
    limits.HUB_DOUBTS_MAX doubtful outcomes in a row.
    """

    random: Random
    failures: int = 0
    doubts: int = 0
    probe_at_s: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.failures > 0

    def failed(self, now_s: float, retry_after_s: float = 0.0) -> None:
        """The hub as a whole did not answer, or asked for a pause."""
        bound = min(HUB_PROBE_MAX_S, HUB_PROBE_FIRST_S * 2.0 ** min(self.failures, _DOUBLINGS_MAX))
        wait = max(retry_after_s, bound / 2 + self.random() * bound / 2)
        self.probe_at_s = max(self.probe_at_s, now_s + wait)
        self.failures += 1

    def doubted(self, now_s: float) -> None:
        """The hub took a request and did not say what became of it."""
        self.doubts += 1
        if self.doubts >= HUB_DOUBTS_MAX:
            self.failed(now_s)

    def answered(self) -> None:
        """The hub answered: all is well."""
        self.failures = self.doubts = 0
        self.probe_at_s = 0.0

    def may_probe(self, now_s: float) -> bool:
        return now_s >= self.probe_at_s
