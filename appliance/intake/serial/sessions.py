"""ASTM E1381 (CLSI LIS01-A2), the receiver's side: ENQ, numbered frames with check sums, EOT.

A frame is kept before it is acknowledged. A damaged one is refused only when the line is silent again, and ENQ or EOT
inside a frame counts only then, because one flipped bit makes them of the letters E and D. We never ask for the line
ourselves, so a contention is always the device's.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from appliance.intake.serial.checks import HEX_DIGITS, sum8_hex
from appliance.intake.serial.events import (
    ACK,
    ENQ,
    EOT,
    ETB,
    ETX,
    NAK,
    STX,
    Ended,
    Event,
    Frame,
    Noted,
    Opened,
    Reply,
    Session,
    Trouble,
)
from appliance.limits import (
    SERIAL_DAMAGE_QUIET_S,
    SERIAL_FRAME_TIMEOUT_S,
    SERIAL_MESSAGE_MAX_BYTES,
    SERIAL_NAKS_MAX,
)

_NOT_IN_TEXT: Final = frozenset(b"\x00\x01\x02\x04\x05\x06\x10\x15\x16")
"""NUL (a parity error) and the control characters that E1381 6.3.3.1 keeps out of a text; ETX and ETB end it."""
_TAIL: Final = b"\r\n"
_BEHIND_TEXT: Final = HEX_DIGITS + len(_TAIL)
_RECORD_END: Final = b"\r"
_TERMINATOR: Final = b"L"


class _State(Enum):
    IDLE = auto()
    TRANSFER = auto()
    FRAME = auto()
    DAMAGED = auto()


class Sessions:
    """The engine of an ASTM line."""

    def __init__(self, session: Session | None, now_s: float) -> None:
        self._session = session or Session()
        self._state = _State.TRANSFER if session else _State.IDLE
        self._heard_s = now_s
        self._frame = bytearray()
        self._end = -1
        self._naks = 0
        self._noisy = self._refused = False

    def refuse(self) -> None:
        self._refused = True

    def lost(self) -> None:
        if self._state in (_State.FRAME, _State.DAMAGED):
            self._state = _State.TRANSFER
        self._noisy = False

    def due_s(self) -> float | None:
        match self._state:
            case _State.IDLE:
                return None
            case _State.TRANSFER if not self._noisy:
                return self._heard_s + SERIAL_FRAME_TIMEOUT_S
            case _:
                return self._heard_s + SERIAL_DAMAGE_QUIET_S

    def feed(self, data: bytes, now_s: float) -> Iterator[Event]:
        for byte in data:
            self._heard_s = now_s
            match self._state:
                case _State.FRAME:
                    yield from self._in_frame(byte)
                case _State.DAMAGED:
                    self._frame[:] = bytes([byte])
                case _:
                    yield from self._between(byte)

    def tick(self, now_s: float) -> Iterator[Event]:
        due_s = self.due_s()
        if due_s is None or now_s < due_s:
            return
        self._heard_s = now_s
        if self._state is _State.TRANSFER and self._noisy:
            self._noisy = False  # a frame whose STX was damaged would be waited for until the sender gives up
            yield from self._nak(None)
            return
        if self._state is _State.TRANSFER:
            yield from self._close()
            yield Noted(Trouble.ABORTED)
            return
        asked, cut = bytes(self._frame[-1:]), self._state is _State.FRAME
        self._state = _State.TRANSFER
        if asked == ENQ:
            yield from self._open()
        elif asked == EOT:
            yield from self._close()
        else:
            yield from self._nak(Trouble.CUT if cut else Trouble.CHECK)

    # --- between frames

    def _between(self, byte: int) -> Iterator[Event]:
        if byte == ENQ[0]:
            yield from self._open()
        elif self._state is _State.TRANSFER and byte == STX:
            yield Reply(b"")
            self._frame.clear()
            self._end, self._noisy, self._state = -1, False, _State.FRAME
        elif self._state is _State.TRANSFER and byte == EOT[0]:
            yield Reply(b"")
            yield from self._close()
        elif byte != EOT[0] and not self._noisy:
            self._noisy = True
            yield Noted(Trouble.NOISE)

    def _open(self) -> Iterator[Event]:
        """ENQ: also of a sender that starts again in the middle of its session."""
        if self._session.size_bytes:
            yield from self._close()
        self._session, self._naks, self._noisy = Session(), 0, False
        yield Opened(self._session)
        if self._was_refused():
            self._state = _State.IDLE
            yield Reply(NAK)
        else:
            self._state = _State.TRANSFER
            yield Reply(ACK)

    def _close(self) -> Iterator[Event]:
        """The session is over; what has no terminator record yet is a message all the same."""
        unended = self._session.size_bytes > 0
        self._session, self._state, self._noisy = Session(), _State.IDLE, False
        yield Ended(whole=not unended, session=None)
        if unended:
            yield Noted(Trouble.ABORTED)

    # --- frames

    def _in_frame(self, byte: int) -> Iterator[Event]:
        frame = self._frame
        frame.append(byte)
        if self._end < 0:
            if byte in (ETX, ETB):
                self._end = len(frame) - 1
            elif byte in _NOT_IN_TEXT:
                self._state = _State.DAMAGED
            elif len(frame) > SERIAL_MESSAGE_MAX_BYTES:
                self._state = _State.DAMAGED
                yield Noted(Trouble.TOO_LONG)
        elif len(frame) == self._end + 1 + _BEHIND_TEXT:
            yield from self._whole_frame(bytes(frame))

    def _whole_frame(self, frame: bytes) -> Iterator[Event]:
        covered, behind = frame[: self._end + 1], frame[self._end + 1 :]
        if behind[HEX_DIGITS:] != _TAIL:
            self._state = _State.DAMAGED
            return
        self._state = _State.TRANSFER
        number = covered[0] - ord("0")
        if behind[:HEX_DIGITS].upper() != sum8_hex(covered):
            yield from self._nak(Trouble.CHECK)
        elif number == self._session.expected:
            yield from self._take(covered[1:-1], ended=covered[-1] == ETX)
        elif number == self._session.last:
            yield Noted(Trouble.REPEATED)
            yield Reply(ACK)
        else:
            yield from self._nak(Trouble.CHECK)

    def _take(self, text: bytes, *, ended: bool) -> Iterator[Event]:
        if ended and not text.endswith((b"\r", b"\n")):
            text += _RECORD_END
        session, terminated = _after(self._session, text, ended=ended)
        if session.size_bytes > SERIAL_MESSAGE_MAX_BYTES:
            yield from self._nak(Trouble.TOO_LONG)
            return
        if terminated:
            session = Session(session.last)
        yield Frame(text, session)
        if self._was_refused():
            yield from self._nak(None)
            return
        self._session, self._naks = session, 0
        if terminated:
            yield Ended(whole=True, session=session)
        yield Reply(ACK)

    def _nak(self, trouble: Trouble | None) -> Iterator[Event]:
        self._naks += 1
        if trouble is not None:
            yield Noted(trouble)
        yield Reply(NAK if self._naks <= SERIAL_NAKS_MAX else b"")

    def _was_refused(self) -> bool:
        refused, self._refused = self._refused, False
        return refused


def _after(before: Session, text: bytes, *, ended: bool) -> tuple[Session, bool]:
    """The session after one more frame, and whether its last record is a whole terminator (L)."""
    rows = [row for row in (before.record + text).replace(b"\n", b"\r").split(_RECORD_END) if row]
    last = rows[-1] if rows else b""
    open_record = b"" if ended or text.endswith((b"\r", b"\n")) else last[:1]
    terminated = ended and last[:1] == _TERMINATOR and not last[1:2].isalnum()
    session = Session(before.expected, open_record, before.size_bytes + len(text))
    return session, terminated
