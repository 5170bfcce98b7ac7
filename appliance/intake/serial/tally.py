"""What went wrong on a line: in all, for the figures, and lately, for whoever looks after the box."""

from __future__ import annotations

from collections import Counter, deque

from appliance.intake.serial.events import Trouble
from appliance.limits import SERIAL_TROUBLE_SHOWN_S


class Tally:
    """Counts since the process began. Conditions last until they are over, incidents for SERIAL_TROUBLE_SHOWN_S."""

    def __init__(self) -> None:
        self.messages = 0
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
            if trouble is not Trouble.REPEATED:  # what was sent twice and taken once needs nobody
                lately[trouble.value] += count
        return dict(lately)

    def figures(self) -> dict[str, float]:
        return {"messages": self.messages, **{trouble.value: count for trouble, count in self._all.items()}}
