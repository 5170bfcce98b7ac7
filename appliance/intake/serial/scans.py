"""Scans of two-dimensional codes on their way to the intake: double reads left out, parts of one form joined.

A part is kept as it comes, and leaves with its form in one commit.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from appliance.intake.serial.events import Trouble
from appliance.intake.serial.joining import Form, Parts
from appliance.intake.serial.taking import Taking
from appliance.intake.serial.tally import Tally
from appliance.limits import SERIAL_DOUBLE_READ_S, SERIAL_UNTAKEN_MAX

_PARTS: Final = "parts"


class Scans:
    """The outbox of a reader of two-dimensional codes."""

    def __init__(self, taking: Taking, tally: Tally, now_s: float) -> None:
        self.untaken: deque[bytes] = deque()
        self._taking = taking
        self._tally = tally
        self._kept = taking.recall(_PARTS)
        self._parts = Parts(_decode(self._kept), now_s)
        self._last: dict[bytes, float] = {}
        """Recent scans by their SHA-256, and when each was read last."""

    def add(self, data: bytes, now_s: float) -> None:
        if self._is_double(data, now_s):
            self._tally.note(Trouble.REPEATED, now_s)
            return
        self._leave(self._parts.add(data, now_s), now_s)
        self.settle(now_s)

    def settle(self, now_s: float) -> None:
        self._leave(self._parts.tick(now_s), now_s)
        while self.untaken:
            kept = _encode([*list(self.untaken)[1:], *self._parts.waiting()])
            self._taking.take(self.untaken[0], {_PARTS: kept} if kept != self._kept else None)
            self._kept = kept
            self.untaken.popleft()
            self._tally.messages += 1
        kept = _encode(self._parts.waiting())
        if kept != self._kept:
            self._taking.remember({_PARTS: kept})
            self._kept = kept

    def due_s(self) -> float | None:
        return self._parts.due_s()

    def is_full(self) -> bool:
        return len(self.untaken) + len(self._parts.waiting()) >= 2 * SERIAL_UNTAKEN_MAX

    def _leave(self, forms: Sequence[Form], now_s: float) -> None:
        for form in forms:
            self.untaken.append(form.data)
            if not form.whole:
                self._tally.note(Trouble.INCOMPLETE, now_s)

    def _is_double(self, data: bytes, now_s: float) -> bool:
        self._last = {key: at for key, at in self._last.items() if now_s - at < SERIAL_DOUBLE_READ_S}
        digest = hashlib.sha256(data).digest()
        seen = digest in self._last
        self._last[digest] = now_s
        return seen


def _encode(parts: Sequence[bytes]) -> bytes:
    """Empty for no parts, so that they are forgotten."""
    return msgspec.msgpack.encode(list(parts)) if parts else b""


def _decode(kept: bytes) -> list[bytes]:
    return msgspec.msgpack.decode(kept, type=list[bytes]) if kept else []
