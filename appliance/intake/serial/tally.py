"""What went wrong on a line: in all, for the figures, and lately, for whoever looks after the box."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from appliance.intake.serial.events import Trouble
from appliance.limits import SERIAL_TROUBLE_SHOWN_S

_NOBODY_NEEDED: Final = frozenset({Trouble.REPEATED, Trouble.ABORTED})
"""What sets itself right is counted and not shown."""
_RESENT: Final = frozenset({Trouble.CHECK, Trouble.CUT, Trouble.NOISE, Trouble.LINE})


class Tally:
    """Counts since the process began. Conditions last until they are over, incidents for SERIAL_TROUBLE_SHOWN_S.

    A device that is answered sends again what was damaged: there `few` such incidents are not shown.
    """

    def __init__(self, few: int = 0) -> None:
        self.messages = 0
        self._few = few
        self._all: Counter[Trouble] = Counter()
        self._recent: deque[tuple[float, Trouble, int]] = deque()
        self._standing: dict[Trouble, int] = {}

    def note(self, trouble: Trouble, now_s: float, count: int = 1) -> None:
        """An incident."""
        self._all[trouble] += count
        self._recent.append((now_s, trouble, count))

    def stand(self, trouble: Trouble, count: int) -> None:
        """A condition; none when `count` is 0."""
        if count:
            self._standing[trouble] = count
        else:
            self._standing.pop(trouble, None)

    def troubles(self, now_s: float) -> dict[str, int]:
        while self._recent and now_s - self._recent[0][0] > SERIAL_TROUBLE_SHOWN_S:
            self._recent.popleft()
        lately: Counter[str] = Counter({trouble.value: count for trouble, count in self._standing.items()})
        for _, trouble, count in self._recent:
            if trouble not in _NOBODY_NEEDED:
                lately[trouble.value] += count
        return {name: count for name, count in lately.items() if count > self._few or name not in _RESENT}

    def figures(self) -> dict[str, float]:
        return {"messages": self.messages, **{trouble.value: count for trouble, count in self._all.items()}}
