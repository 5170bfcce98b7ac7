r"""Analysers on a serial line: senders of ASTM E1381 sessions and of class B texts, patient, stubborn or broken.

An analyser writes to a file descriptor (the far end of a pseudo-terminal) and believes only what it hears back:

    analyser = Analyser(descriptor)
    assert analyser.send([b"H|\^&", b"P|1", b"L|1|N"])    # ENQ, frames, EOT; True: every frame was acknowledged
    analyser.acknowledged                                  # the messages it need never send again

Real ones differ in what they do when no reply comes. `after_silence` is "session" (EOT, then everything again, as the
standard says) or "frame" (the same frame again, as many do). `patience_s` stands for the standard's 15 s.

`wire` is what the line does to each transmission; `flipped(7)` damages one bit of the 7th and of no other:

    Analyser(descriptor, wire=flipped(7))

`stream_of(records)` is what an analyser sends when all goes well: the recording for tests of the engine alone.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

ENQ, ACK, NAK, EOT, STX, ETX, ETB = b"\x05", b"\x06", b"\x15", b"\x04", b"\x02", b"\x03", b"\x17"
TEXT_MAX = 240
"""Characters of one frame's text (E1381 6.3.1.2)."""
BITS_PER_BYTE = 10


def frame(number: int, text: bytes, end: bytes = ETX) -> bytes:
    """One frame; `number` counts on from 1 and is sent modulo 8."""
    covered = b"%d" % (number % 8) + text + end
    return STX + covered + b"%02X\r\n" % (sum(covered) % 256)


def frames_of(records: Sequence[bytes], text_max: int = TEXT_MAX) -> list[bytes]:
    """The frames of one session: a record each, cut with ETB where it is longer than a frame."""
    parts: list[tuple[bytes, bytes]] = []
    for record in records:
        text = record + b"\r"
        cuts = range(0, len(text), text_max)
        parts += [(text[at : at + text_max], ETB if at + text_max < len(text) else ETX) for at in cuts]
    return [frame(number, text, end) for number, (text, end) in enumerate(parts, 1)]


def stream_of(records: Sequence[bytes], text_max: int = TEXT_MAX) -> bytes:
    return ENQ + b"".join(frames_of(records, text_max)) + EOT


def records_of(message: bytes) -> list[bytes]:
    """The records of a file."""
    return [record for record in message.replace(b"\n", b"\r").split(b"\r") if record]


def message_of(records: Sequence[bytes]) -> bytes:
    """What is to be kept of a message."""
    return b"".join(record + b"\r" for record in records)


def xor_text(text: bytes) -> bytes:
    """A class B text with the commonest block check: XOR of what follows STX, ETX included."""
    return STX + text + ETX + bytes([reduce(xor, text + ETX, 0)])


def undamaged(_number: int, data: bytes) -> bytes:
    return data


def flipped(transmission: int, bit: int = 3, at: int = -1) -> Callable[[int, bytes], bytes]:
    """A line that damages one bit of one transmission (from 0); by default in its middle."""

    def wire(number: int, data: bytes) -> bytes:
        place = len(data) // 2 if at < 0 else at
        if number != transmission or place >= len(data):
            return data
        return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]

    return wire


@dataclass
class Sender:
    """What both kinds have in common: writing over a line, at its pace if one is given, and hearing a reply."""

    descriptor: int
    patience_s: float = 1.0
    wire: Callable[[int, bytes], bytes] = undamaged
    baud: int = 0
    """0: as fast as it goes; else byte by byte."""
    sent: int = 0
    """Transmissions so far."""
    heard: list[bytes] = field(default_factory=list)
    acknowledged: list[bytes] = field(default_factory=list)
    """What was acknowledged to its end."""

    def transmit(self, data: bytes) -> None:
        data, self.sent = self.wire(self.sent, data), self.sent + 1
        for part in (bytes([byte]) for byte in data) if self.baud else (data,):
            os.write(self.descriptor, part)
            if self.baud:
                time.sleep(BITS_PER_BYTE / self.baud)

    def reply(self) -> bytes:
        """One byte, or nothing within the patience."""
        ready, _, _ = select.select([self.descriptor], [], [], self.patience_s)
        heard = os.read(self.descriptor, 1) if ready else b""
        self.heard.append(heard)
        return heard

    def forget_replies(self) -> None:
        """Throw away what came while nothing was asked."""
        while select.select([self.descriptor], [], [], 0)[0]:
            os.read(self.descriptor, 64)


@dataclass
class Analyser(Sender):
    """A sender of ASTM E1381 sessions."""

    after_silence: str = "session"
    tries: int = 7
    sessions_max: int = 40
    text_max: int = TEXT_MAX
    deaf_to: frozenset[int] = frozenset()
    """Frames (from 0) whose ACK it does not hear, so that it sends them again."""
    ends: bool = True
    """Whether it sends EOT after its last frame."""

    def send(self, records: Sequence[bytes]) -> bool:
        """One message, in as many sessions as it takes."""
        for _ in range(self.sessions_max):
            if self.session(frames_of(records, self.text_max)):
                self.acknowledged.append(message_of(records))
                return True
        return False

    def session(self, frames: Sequence[bytes]) -> bool:
        """ENQ, the frames, EOT; whether all were acknowledged."""
        if not self.ask():
            return False
        done = all(self._frame(number, data) for number, data in enumerate(frames))
        if self.ends or not done:
            self.transmit(EOT)
        return done

    def ask(self) -> bool:
        self.forget_replies()
        self.transmit(ENQ)
        reply = self.reply()
        if reply == NAK:
            time.sleep(self.patience_s / 2)  # stands for the standard's 10 s
        return reply == ACK

    def _frame(self, number: int, data: bytes) -> bool:
        deaf = number in self.deaf_to
        for _ in range(self.tries):
            self.transmit(data)
            reply = self.reply()
            if reply == ACK and not deaf:
                return True
            if reply == b"" and self.after_silence == "session":
                return False
            deaf = False
        return False


@dataclass
class TextSender(Sender):
    """A class B analyser: STX, text, ETX and its check, then ACK or NAK; up to three more tries."""

    tries: int = 4
    framed: Callable[[bytes], bytes] = xor_text

    def send(self, text: bytes) -> bool:
        for _ in range(self.tries):
            self.forget_replies()
            self.transmit(self.framed(text))
            if self.reply() == ACK:
                self.acknowledged.append(text)
                return True
        return False
