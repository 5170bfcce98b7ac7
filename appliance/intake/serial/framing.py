"""Lines whose messages are single texts: lines, scans of two-dimensional codes, STX … ETX of class A and B.

What comes after a text is its profile's business: a block check, a reply, or only silence. A device that waits for a
reply is silent behind its text: where no check shows it, silence must, and a refusal never falls into what is being sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from appliance.intake.serial.checks import NO_CHECK, Check
from appliance.intake.serial.events import ACK, CR, LF, NAK, Event, Message, Noted, Reply, Trouble
from appliance.intake.serial.profiles import Profile
from appliance.limits import SERIAL_MESSAGE_MAX_BYTES, SERIAL_SCANS_TO_JUDGE
from appliance.sources import BlockCheck, CheckTo

_WATCHED: Final = (Check(BlockCheck.XOR, last=CheckTo.ETX), Check(BlockCheck.XOR, last=CheckTo.BEFORE_ETX))
"""What readers of two-dimensional codes have behind ETX, if anything: their manuals differ."""
_LINE_ENDS: Final = frozenset({CR, LF})
_SCAN_ENDS: Final = (b"\r", b"\n", b"\x1a")


class _State(Enum):
    IDLE = auto()
    TEXT = auto()
    BARE = auto()
    CHECK = auto()
    QUIET = auto()
    """A text without a check, whole if silence follows."""
    TOO_LONG = auto()
    BAD = auto()
    """What is left of a damaged text, refused when silence follows."""


class Texts:
    """The engine of such a line."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._state = _State.IDLE
        self._text = bytearray()
        self._behind = bytearray()
        self._end = 0
        self._heard_s = 0.0
        self._noisy = self._damaged = self._refused = False
        self._seen: deque[Check] = deque(maxlen=SERIAL_SCANS_TO_JUDGE)
        self._framed = not profile.bare

    def refuse(self) -> None:
        self._refused = True

    def lost(self) -> None:
        self._begin(_State.IDLE)
        self._seen.clear()  # another reader may be plugged in
        self._framed = not self._profile.bare

    def due_s(self) -> float | None:
        match self._state:
            case _State.IDLE:
                return None
            case _State.QUIET | _State.BAD:
                return self._heard_s + self._profile.quiet_s
            case _State.CHECK if self._check is None:
                return self._heard_s + self._profile.quiet_s
            case _State.BARE if self._profile.bare and self._text.endswith(_SCAN_ENDS):
                return self._heard_s + self._profile.quiet_s
            case _:
                return self._heard_s + self._profile.gap_s

    def feed(self, data: bytes, now_s: float) -> Iterator[Event]:
        for byte in data:
            self._heard_s = now_s
            match self._state:
                case _State.IDLE:
                    yield from self._between(byte)
                case _State.CHECK:
                    yield from self._behind_text(byte)
                case _State.QUIET:
                    if byte not in _LINE_ENDS:
                        yield from self._bad(Trouble.CHECK)
                case _State.BAD:
                    pass
                case _:
                    yield from self._in_text(byte)

    def tick(self, now_s: float) -> Iterator[Event]:
        due_s = self.due_s()
        if due_s is None or now_s < due_s:
            return
        self._noisy = False
        match self._state:
            case _State.CHECK if self._check is None:
                self._seen.append(NO_CHECK)
                yield from self._good()
            case _State.QUIET:
                yield from self._good()
            case _State.BAD:
                self._begin(_State.IDLE)
                yield Reply(NAK)
            case _State.BARE if self._profile.bare:
                yield from self._good()
            case _State.BARE:
                yield Noted(Trouble.CUT)
                yield from self._good()
            case _State.TOO_LONG:
                yield from self._bad(Trouble.TOO_LONG)
            case _:
                yield from self._bad(Trouble.CUT)

    @property
    def _check(self) -> Check | None:
        """How texts are checked; None: the first ones must show it."""
        if not self._profile.watch_check:
            return self._profile.check
        known = len(self._seen) == SERIAL_SCANS_TO_JUDGE and len(set(self._seen)) == 1
        return self._seen[0] if known else None

    def _between(self, byte: int) -> Iterator[Event]:
        start = self._profile.start
        if byte == start:
            yield Reply(b"")
            self._begin(_State.TEXT)
        elif start is not None and self._framed:
            if byte not in _LINE_ENDS and not self._noisy:
                self._noisy = True
                yield Noted(Trouble.NOISE)
        elif start is not None or byte not in self._profile.ends:
            self._begin(_State.BARE)
            self._text.append(byte)

    def _begin(self, state: _State) -> None:
        self._state = state
        self._text.clear()
        self._behind.clear()
        self._damaged = False

    def _in_text(self, byte: int) -> Iterator[Event]:
        profile = self._profile
        if byte == profile.start:
            yield Noted(Trouble.NOISE if self._state is _State.BARE else Trouble.CUT)
            self._begin(_State.TEXT)
        elif byte in profile.ends and (self._state is not _State.BARE or profile.start is None):
            yield from self._at_end(byte)
        elif len(self._text) >= SERIAL_MESSAGE_MAX_BYTES:
            self._state = _State.TOO_LONG
        else:
            self._damaged |= profile.nul_is_damage and byte == 0
            self._text.append(byte)

    def _at_end(self, byte: int) -> Iterator[Event]:
        self._end = byte
        if self._state is _State.TOO_LONG:
            yield from self._bad(Trouble.TOO_LONG)
        elif self._check is None or self._check.width:
            self._state = _State.CHECK
        elif self._profile.replies:
            self._state = _State.QUIET
        else:
            yield from self._good()

    def _behind_text(self, byte: int) -> Iterator[Event]:
        check = self._check
        if check is None:
            yield from self._watch(byte)
            return
        self._behind.append(byte)
        if len(self._behind) == check.width:
            if check.holds(bytes(self._text), self._end, bytes(self._behind)):
                yield from self._good()
            else:
                yield from self._bad(Trouble.CHECK)

    def _watch(self, byte: int) -> Iterator[Event]:
        """The first byte behind one of the first texts: its check, the next text, or a line end for people."""
        text, given = bytes(self._text), bytes([byte])
        found = next((check for check in _WATCHED if check.holds(text, self._end, given)), None)
        if found is None and byte != self._profile.start and byte not in _LINE_ENDS:
            yield from self._bad(Trouble.CHECK)
            return
        self._seen.append(found or NO_CHECK)
        yield from self._good()
        if found is None:
            yield from self._between(byte)

    def _good(self) -> Iterator[Event]:
        """The text is whole; a driver's NUL in it says that it is not what was sent."""
        if self._damaged:
            yield from self._bad(Trouble.CHECK)
            return
        self._framed = self._framed or self._state is not _State.BARE
        data = bytes(self._text)
        self._begin(_State.IDLE)
        if data:
            yield Message(data)
        refused, self._refused = self._refused, False
        if self._profile.replies:
            yield Reply(NAK if refused or not data else ACK)

    def _bad(self, trouble: Trouble) -> Iterator[Event]:
        self._begin(_State.BAD if self._profile.replies else _State.IDLE)
        yield Noted(trouble)
