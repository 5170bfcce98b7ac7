"""A brake on guessing passwords: failures by address and by name within a window (the desk locks accounts besides)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable

from appliance.clock import Clock
from appliance.kiosk.problems import TooManyTriesError
from appliance.limits import KIOSK_SIGN_IN_TRIES, KIOSK_SIGN_IN_WATCHED_MAX, KIOSK_SIGN_IN_WINDOW_S


class Tries:
    """Failed tries of the last minutes; what is watched longest is forgotten first beyond the limit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def check(self, keys: Iterable[Hashable]) -> None:
        """Raises TooManyTriesError when one of the keys has failed too often."""
        now_s = self._clock.monotonic_s()
        for key in keys:
            failures = self._recent(key, now_s)
            if len(failures) >= KIOSK_SIGN_IN_TRIES:
                raise TooManyTriesError(max(1, int(failures[0] + KIOSK_SIGN_IN_WINDOW_S - now_s)))

    def failed(self, keys: Iterable[Hashable]) -> None:
        now_s = self._clock.monotonic_s()
        for key in keys:
            failures = self._recent(key, now_s)
            failures.append(now_s)
            self._failures[key] = failures
            self._failures.move_to_end(key)
        while len(self._failures) > KIOSK_SIGN_IN_WATCHED_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """The right password clears its name; not the address, from which other names may be tried."""
        self._failures.pop(key, None)

    def _recent(self, key: Hashable, now_s: float) -> deque[float]:
        failures = self._failures.get(key, deque(maxlen=KIOSK_SIGN_IN_TRIES))
        while failures and failures[0] <= now_s - KIOSK_SIGN_IN_WINDOW_S:
            failures.popleft()
        return failures
