"""What a framing engine says about the bytes of a line. The reader does as it is told, in this order, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """What goes wrong on a serial line; counted, never with the bytes themselves."""

    AWAY = "away"
    """The device is unplugged, or off."""
    IN_USE = "away-in-use"
    """Another program has the device."""
    NOT_ALLOWED = "away-not-allowed"
    """The device may not be opened by this service."""
    NOISE = "noise"
    """Bytes outside every message."""
    CHECK = "check"
    """A text whose check, frame number or ending is wrong."""
    CUT = "cut"
    """A text that stopped before its end."""
    ABORTED = "aborted"
    """A session that the device gave up, or never ended; mostly it begins anew at once."""
    NOT_REPEATED = "not-repeated"
    """A message that the device gave up and has not sent again."""
    TOO_LONG = "too-long"
    REPEATED = "repeated"
    """A frame or a scan that came a second time."""
    INCOMPLETE = "incomplete"
    """Parts of a split form without the others."""
    UNTAKEN = "untaken"
    """Messages that wait until the store has room."""
    LINE = "line-errors"
    """Parity, framing and overrun errors that the line's own hardware has counted."""
    UNREAD = "unread"
    """What this device sends is kept, and nothing of it is understood yet."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where an ASTM session stands, by what was kept: kept itself, so that a new process goes on with it."""

    last: int | None = None
    """Number of the last frame that was kept, 0 to 7."""
    record: bytes = b""
    """First byte of a record whose rest is in frames to come."""
    size_bytes: int = 0
    """Of the message under way; 0 once its terminator was kept."""

    @property
    def expected(self) -> int:
        return 1 if self.last is None else (self.last + 1) % 8


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message. Keep it durably, or refuse, before asking for the next event."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A device asks to send. Keep the new session durably, or refuse."""

    session: Session


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a session. Keep its text, behind what the message has so far, and the session; or refuse."""

    text: bytes
    session: Session


@dataclass(frozen=True, slots=True)
class Ended:
    """What was kept of frames is one message now, whole or not; `session` goes on, None: it is over."""

    whole: bool
    session: Session | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is owed to the device. Only the last reply to one reading of the line is sent; an empty one takes back."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Noted:
    """Something to be counted."""

    trouble: Trouble


Event = Message | Opened | Frame | Ended | Reply | Noted

ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
STX, ETX, ETB = 0x02, 0x03, 0x17
CR, LF = 0x0D, 0x0A


class Engine(Protocol):
    """Bytes and the passing of time in, events out. Each event is acted on before the next is asked for."""

    def feed(self, data: bytes, now_s: float) -> Iterator[Event]:
        """Take bytes that were read at `now_s` (monotonic)."""
        ...

    def tick(self, now_s: float) -> Iterator[Event]:
        """The line was silent until now."""
        ...

    def due_s(self) -> float | None:
        """When silence would mean something, None: it never would."""
        ...

    def refuse(self) -> None:
        """The Message, Opened or Frame at hand could not be kept."""
        ...

    def lost(self) -> None:
        """The plug was pulled: what had half come in is gone, what was kept stands."""
        ...
