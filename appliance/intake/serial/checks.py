"""Check sums of serial lines: the block checks behind ETX, and the sum of an ASTM frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from appliance.intake.serial.events import STX
from appliance.sources import BlockCheck, CheckFrom, CheckTo

HEX_DIGITS: Final = 2
_WIDTH: Final = {BlockCheck.XOR: 1, BlockCheck.SUM8: 1, BlockCheck.SUM8_HEX: HEX_DIGITS}


def sum8_hex(data: bytes) -> bytes:
    """The sum modulo 256 in two upper-case hexadecimal digits (ASTM E1381 6.3.3.4)."""
    return b"%02X" % (sum(data) & 0xFF)


@dataclass(frozen=True, slots=True)
class Check:
    """A block check as data: how it is computed, from which byte to which."""

    kind: BlockCheck = BlockCheck.NONE
    first: CheckFrom = CheckFrom.AFTER_STX
    last: CheckTo = CheckTo.ETX

    @property
    def width(self) -> int:
        """How many bytes stand behind the end of the text."""
        return _WIDTH.get(self.kind, 0)

    def of(self, text: bytes, end: int) -> bytes:
        """The check of a text between STX and `end`; empty where there is none."""
        covered = text
        if self.first is CheckFrom.STX:
            covered = bytes([STX]) + covered
        if self.last is CheckTo.ETX:
            covered += bytes([end])
        match self.kind:
            case BlockCheck.XOR:
                return bytes([reduce(xor, covered, 0)])
            case BlockCheck.SUM8:
                return bytes([sum(covered) & 0xFF])
            case BlockCheck.SUM8_HEX:
                return sum8_hex(covered)
            case _:
                return b""

    def holds(self, text: bytes, end: int, given: bytes) -> bool:
        """Whether the bytes behind the end are this text's check; hexadecimal digits may be lower case."""
        found = given.upper() if self.kind is BlockCheck.SUM8_HEX else given
        return found == self.of(text, end)


NO_CHECK: Final = Check()
