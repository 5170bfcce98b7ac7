"""The device of a serial line: opened for ourselves alone, read, written, and its hardware's error counters.

Whatever says that the device is away (unplugged, taken by another program) is a PortAwayError.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import struct
import termios
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import serial

from appliance.errors import Audience, RenkeiError
from appliance.intake.serial.events import Trouble
from appliance.limits import SERIAL_READ_BYTES, SERIAL_WRITE_TIMEOUT_S
from appliance.sources import Parity, SerialSource

_PARITIES: Final = {
    Parity.NONE: serial.PARITY_NONE,
    Parity.EVEN: serial.PARITY_EVEN,
    Parity.ODD: serial.PARITY_ODD,
}
_COUNTERS: Final = struct.Struct("20i")
_GET_COUNTERS: Final = 0x545D
"""TIOCGICOUNT: `struct serial_icounter_struct` of linux/serial.h, whose 7th to 9th and 11th numbers are read."""
_INPUT_FLAGS: Final = 0
_REASONS: Final[Mapping[object, Trouble]] = {
    errno.EAGAIN: Trouble.IN_USE,
    errno.EBUSY: Trouble.IN_USE,
    errno.EACCES: Trouble.NOT_ALLOWED,
    errno.EPERM: Trouble.NOT_ALLOWED,
}


class PortAwayError(RenkeiError):
    """The device of a serial line cannot be opened, read or written; `trouble` says why."""

    code = "SERIAL-0001"
    audience = Audience.INSTALLER
    trouble = Trouble.AWAY


@dataclass(frozen=True, slots=True)
class LineErrors:
    """What the line's hardware has counted since the device was plugged in."""

    framing: int
    overrun: int
    parity: int
    lost: int
    """Bytes that came while the driver's own buffer was full."""

    @property
    def all(self) -> int:
        return self.framing + self.overrun + self.parity + self.lost


class Port:
    """An open device."""

    def __init__(self, source: SerialSource) -> None:
        with _away(source):
            self._serial = serial.Serial(
                str(source.device),
                baudrate=source.baud,
                bytesize=source.data_bits,
                parity=_PARITIES[source.parity],
                stopbits=source.stop_bits,
                rtscts=source.rtscts,
                xonxoff=False,
                exclusive=True,
                write_timeout=SERIAL_WRITE_TIMEOUT_S,
            )
        self._source = source
        with _away(source):
            self._hand_over_damage_as_nul()

    def read(self, wait_s: float) -> bytes:
        """What has come in, waiting for the first byte at most so long; empty: nothing."""
        with _away(self._source):
            self._serial.timeout = max(wait_s, 0.0)
            first: bytes = self._serial.read(1)
            if not first:
                return b""
            more = min(self._serial.in_waiting, SERIAL_READ_BYTES)
            return first + bytes(self._serial.read(more))

    def write(self, data: bytes) -> None:
        with _away(self._source):
            self._serial.write(data)

    def errors(self) -> LineErrors | None:
        """None where the driver does not count (a pseudo-terminal)."""
        buffer = bytearray(_COUNTERS.size)
        try:
            fcntl.ioctl(self._serial.fileno(), _GET_COUNTERS, buffer)
        except OSError:
            return None
        counted = _COUNTERS.unpack(buffer)
        return LineErrors(framing=counted[6], overrun=counted[7], parity=counted[8], lost=counted[10])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._serial.close()

    def _hand_over_damage_as_nul(self) -> None:
        """A byte with a parity or framing error comes as NUL instead of as something that looks right."""
        descriptor = self._serial.fileno()
        settings = termios.tcgetattr(descriptor)
        settings[_INPUT_FLAGS] |= termios.INPCK
        settings[_INPUT_FLAGS] &= ~(termios.IGNPAR | termios.PARMRK)
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)


@contextlib.contextmanager
def _away(source: SerialSource) -> Iterator[None]:
    """serial.SerialException is an OSError; a device that went away raises either, or termios.error."""
    try:
        yield
    except (OSError, termios.error) as error:
        away = PortAwayError(
            f"シリアル装置（{source.name}）を使えません。",
            f"The serial device of {source.name} cannot be used.",
            hint_ja="ケーブルと電源を確かめ、他のプログラムが使っていないか確かめてください。",
            hint_en="Check cable and power, and that no other program uses it.",
        )
        away.trouble = _REASONS.get(error.args[0] if error.args else None, Trouble.AWAY)
        raise away from error
