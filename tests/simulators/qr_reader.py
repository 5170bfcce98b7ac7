"""Readers of two-dimensional codes on a USB-COM port, set as installers find them.

    reader = QrReader(descriptor, Setting.STX_ETX_BCC)
    reader.scan(form)                        # one code
    reader.scan_all(symbols_of(form, 3))     # a structured append that the reader does not join ("non-edit mode")

A reader sends once and hears nothing: whether its code was taken, only its holder can find out. `on_the_line(data)` is
what one scan looks like on the line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import xor

STX, ETX, CR = b"\x02", b"\x03", b"\r"


class Setting(Enum):
    """How a reader marks where a code begins and ends."""

    STX_ETX = auto()
    STX_ETX_BCC = auto()
    """With the check that covers ETX."""
    STX_ETX_BCC_BEFORE = auto()
    """With the check that does not."""
    CR_ONLY = auto()
    """As delivered: of little use for JAHIS, whose lines end in CR LF, but met."""


def on_the_line(data: bytes, setting: Setting) -> bytes:
    match setting:
        case Setting.STX_ETX:
            return STX + data + ETX
        case Setting.STX_ETX_BCC:
            return STX + data + ETX + bytes([reduce(xor, data + ETX, 0)])
        case Setting.STX_ETX_BCC_BEFORE:
            return STX + data + ETX + bytes([reduce(xor, data, 0)])
        case Setting.CR_ONLY:
            return data + CR


def symbols_of(data: bytes, total: int, *, first: int = 0, last_index_said: bool = False) -> list[bytes]:
    """A form as `total` unjoined symbols: S, index, total, parity, data. Readers count in more than one way."""
    size = -(-len(data) // total)
    said = total - 1 if last_index_said else total
    mark = b"%X%02X" % (said, reduce(xor, data, 0))
    return [b"S%X" % (first + at) + mark + data[at * size : (at + 1) * size] for at in range(total)]


@dataclass
class QrReader:
    """A reader whose port ends at a file descriptor."""

    descriptor: int
    setting: Setting = Setting.STX_ETX_BCC

    def scan(self, data: bytes) -> None:
        os.write(self.descriptor, on_the_line(data, self.setting))

    def scan_all(self, codes: Iterable[bytes]) -> None:
        for data in codes:
            self.scan(data)
