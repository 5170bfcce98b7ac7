"""Messages of devices that expect no reply: they cannot be refused, so what is not yet taken waits here, in order."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from appliance.intake.serial.taking import Taking
from appliance.intake.serial.tally import Tally
from appliance.limits import SERIAL_UNTAKEN_MAX


class Outbox(Protocol):
    """What waits to be taken."""

    untaken: deque[bytes]

    def add(self, data: bytes, now_s: float) -> None:
        """Take a message in; it is taken at once where there is room. Raises StoreFullError, and keeps it."""
        ...

    def settle(self, now_s: float) -> None:
        """Take what waits. Raises StoreFullError when there is no room yet."""
        ...

    def due_s(self) -> float | None:
        """When time alone changes what is to be taken."""
        ...

    def is_full(self) -> bool:
        """The line must not be read now."""
        ...


class Singles:
    """Messages that stand each for itself."""

    def __init__(self, taking: Taking, tally: Tally) -> None:
        self.untaken: deque[bytes] = deque()
        self._taking = taking
        self._tally = tally

    def add(self, data: bytes, now_s: float) -> None:
        self.untaken.append(data)
        self.settle(now_s)

    def settle(self, _now_s: float) -> None:
        while self.untaken:
            self._taking.take(self.untaken[0])
            self.untaken.popleft()
            self._tally.messages += 1

    def due_s(self) -> float | None:
        return None

    def is_full(self) -> bool:
        return len(self.untaken) >= SERIAL_UNTAKEN_MAX
