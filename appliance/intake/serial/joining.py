"""Scans that are parts of one form, gathered until they can be joined as bytes (formats/jahis_join); pure.

What says that it is whole, by its end mark, leaves at once; all else waits for what may follow. Parts that never become
a form leave together, framed as they came over the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from appliance.formats.jahis_fit import begins_file, fits
from appliance.formats.jahis_join import JoinKind, Symbol, join_fragments, join_symbols
from appliance.limits import FRAGMENTS_MAX, SERIAL_PARTS_WAIT_S

_END_MARK: Final = b"\x1a"
_LINE_ENDS: Final = b"\r\n"
_CODE_MARKS: Final = re.compile(rb"(?:Q|\]Q[0-9])(?=\s*JAHIS)")
"""What readers put before a whole form: their own letter for the kind of code (joined by the reader: Q), or AIM's."""
_SYMBOL: Final = re.compile(rb"S([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f]{2})")
"""One symbol of a structured append as readers send it unjoined: index, total, parity, in hexadecimal digits."""
_COUNTED: Final = ((0, 0), (0, 1), (1, 0))
"""First index, and what is to be added to the total: manuals leave open which of these a reader counts by."""


_UNNAMED: Final = b""
"""The key of parts that do not say whose they are."""
_STX, _ETX = b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Form:
    """One whole form, or the parts of one that is not: each between STX and ETX, so that no half is read as a form."""

    data: bytes
    whole: bool = True


class Parts:
    """The parts that wait: of each structured append, and of the one form whose parts say nothing of each other.

    Parts that end with row 911 say whose they are and leave at once: the intake joins them whenever the others come.
    """

    def __init__(self, waiting: Sequence[bytes], now_s: float) -> None:
        self._groups: dict[bytes, _Group] = {}
        for part in waiting:
            self._groups.setdefault(_key_of(part), _Group([], now_s)).parts.append(part)

    def waiting(self) -> list[bytes]:
        """Every part that has not left yet, in the order in which they came, a form's together."""
        return [part for group in self._groups.values() for part in group.parts]

    def due_s(self) -> float | None:
        """When the oldest group has waited long enough."""
        return min((group.changed_s + SERIAL_PARTS_WAIT_S for group in self._groups.values()), default=None)

    def add(self, scan: bytes, now_s: float) -> list[Form]:
        """Take a scan; the forms that leave, oldest first."""
        part = _CODE_MARKS.sub(b"", scan, count=1)
        key = _key_of(part)
        left: list[Form] = []
        if key == _UNNAMED and begins_file(part):
            if _is_numbered(part):
                return [Form(part)]
            if self._has_head():
                left = self._leave(key)
            if _ends(part) and key not in self._groups:
                return [*left, Form(part)]
        return left + self._gather(key, part, now_s)

    def tick(self, now_s: float) -> list[Form]:
        """What leaves because nothing has joined it."""
        late = [key for key, one in self._groups.items() if now_s >= one.changed_s + SERIAL_PARTS_WAIT_S]
        return [form for key in late for form in self._leave(key)]

    def _gather(self, key: bytes, part: bytes, now_s: float) -> list[Form]:
        group = self._groups.setdefault(key, _Group([], now_s))
        group.parts.append(part)
        group.changed_s = now_s
        joined = _joined(key, group.parts)
        if joined is not None and (key != _UNNAMED or _ends(joined)):
            del self._groups[key]
            return [Form(joined)]
        return self._leave(key) if len(group.parts) >= FRAGMENTS_MAX else []

    def _has_head(self) -> bool:
        group = self._groups.get(_UNNAMED)
        return group is not None and any(map(begins_file, group.parts))

    def _leave(self, key: bytes) -> list[Form]:
        parts = self._groups.pop(key).parts
        joined = _joined(key, parts)
        if joined is not None:
            return [Form(joined)]
        if key == _UNNAMED and all(map(_stands_alone, parts)):
            return [Form(part) for part in parts]
        return [Form(b"".join(_STX + part + _ETX for part in parts), whole=False)]


@dataclass(slots=True)
class _Group:
    """Parts of one form, and when the last of them came."""

    parts: list[bytes]
    changed_s: float


def _key_of(part: bytes) -> bytes:
    """Total and parity of a structured append."""
    symbol = _SYMBOL.match(part)
    return symbol[0][2:].upper() if symbol else _UNNAMED


def _is_numbered(part: bytes) -> bool:
    return join_fragments([part]).kind is JoinKind.RECORDS


def _joined(key: bytes, parts: Sequence[bytes]) -> bytes | None:
    if key != _UNNAMED:
        return next(_symbols_joined(parts), None)
    if len(parts) == 1:
        return parts[0] if _stands_alone(parts[0]) else None
    return join_fragments(parts).data


def _symbols_joined(parts: Sequence[bytes]) -> Iterator[bytes]:
    """The joined data by each way of counting that makes sense of every index, with parity and rows right."""
    read = [_symbol(part) for part in dict.fromkeys(parts)]
    for first, more in _COUNTED:
        counted = [replace(one, index=one.index - first, total=one.total + more) for one in read]
        if all(0 <= one.index < one.total for one in counted):
            data = join_symbols(counted).data
            if data is not None and fits(data, strictly=False):
                yield data


def _symbol(part: bytes) -> Symbol:
    index, total, parity = int(part[1:2], 16), int(part[2:3], 16), int(part[3:5], 16)
    return Symbol(index, total, parity, part[5:])


def _ends(data: bytes) -> bool:
    """Whether the end mark stands at the end, and the rows before it make sense."""
    return data.rstrip(_LINE_ENDS).endswith(_END_MARK) and fits(data, strictly=False)


def _stands_alone(part: bytes) -> bool:
    """A whole form, or something that is no form at all: another kind of code."""
    return fits(part, strictly=False) or not begins_file(part)
