"""Rows out of the pages of a damaged store: every leaf that is sound is read, whatever became of the pages above it.

SQLite file format, sections 1.5 to 2.1 (b-tree pages, records, pointer map). Where a page above a leaf is lost, the
pointer map still tells to which table the leaf belongs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from appliance.store.cipher_pages import PAGE_BYTES, USABLE_BYTES, Pages

_INDEX_INTERIOR, _TABLE_INTERIOR, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_LEAVES: Final = (_INDEX_LEAF, _TABLE_LEAF)
_INTERIORS: Final = (_INDEX_INTERIOR, _TABLE_INTERIOR)
_FIRST_PAGE_HEADER: Final = 100
_MAP_ENTRY_BYTES: Final = 5
_MAP_PERIOD: Final = USABLE_BYTES // _MAP_ENTRY_BYTES + 1
_MAP_TREE_PAGE: Final = 5
_DEPTH_MAX: Final = 64
"""Levels of a tree that are gone up; a sound one has fewer than ten."""
_PENDING_PAGE: Final = 0x40000000 // PAGE_BYTES + 1
"""The page that SQLite leaves empty for its locks."""
_LEAF_MIN: Final = (USABLE_BYTES - 12) * 32 // 255 - 23
_TABLE_MAX: Final = USABLE_BYTES - 35
_INDEX_MAX: Final = (USABLE_BYTES - 12) * 64 // 255 - 23

Values = tuple[Any, ...]


class UnreadableRowError(ValueError):
    """A row whose bytes are not all there."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Where a table's tree begins, and whether its rows are kept in an index (WITHOUT ROWID)."""

    root: int
    without_rowid: bool


class Reader:
    """The rows of the trees in `pages`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.lost_rows = 0
        """Rows that are known to have been there, whose bytes are not all there."""
        self._map_pages: dict[int, bytes | None] = {}
        self._by_root: dict[int, list[int]] = {}

    def rows(self, tree: Tree) -> Iterator[tuple[int, Values]]:
        """(rowid, values) of every row that can be read; the rowid is 0 in an index. A row may come twice."""
        reached: set[int] = set()
        waiting = [tree.root]
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            page = self._pages[number]
            if page is not None:
                waiting += _children(number, page)
                yield from self._page_rows(number, page)
        for number in self._strays(tree.root, reached):
            page = self._pages[number]
            if page is not None:
                yield from self._page_rows(number, page)

    def _strays(self, root: int, reached: set[int]) -> list[int]:
        """Pages of a tree that no page above leads to any more."""
        if not self._by_root:
            for number in range(2, self._pages.count + 1):
                self._by_root.setdefault(self._root_of(number), []).append(number)
        return [number for number in self._by_root.get(root, ()) if number not in reached]

    def _root_of(self, number: int) -> int:
        """The root above a page by the pointer map; 0 when it is no page of a tree, or that is not known."""
        for _ in range(_DEPTH_MAX):
            if number == 1:
                return 1  # the schema's own root, which the map does not list
            kind, parent = self._map_entry(number)
            if kind != _MAP_TREE_PAGE:
                return number if kind == 1 else 0
            number = parent
        return 0

    def _map_entry(self, number: int) -> tuple[int, int]:
        place = (number - 2) // _MAP_PERIOD * _MAP_PERIOD + 2
        if place == _PENDING_PAGE:
            place += 1
        if place not in self._map_pages:
            self._map_pages[place] = self._pages[place]
        page = self._map_pages[place] if number > place else None
        offset = (number - place - 1) * _MAP_ENTRY_BYTES
        if page is None or offset < 0 or offset + _MAP_ENTRY_BYTES > USABLE_BYTES:
            return 0, 0
        kind, parent = struct.unpack(">BI", page[offset : offset + _MAP_ENTRY_BYTES])
        return int(kind), int(parent)

    def _page_rows(self, number: int, page: bytes) -> Iterator[tuple[int, Values]]:
        start = _header(number)
        kind = page[start]
        if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR):
            return
        for place in _cells(start, page):
            try:
                yield self._row(kind, page, place)
            except (UnreadableRowError, IndexError, struct.error, UnicodeDecodeError):
                self.lost_rows += 1

    def _row(self, kind: int, page: bytes, place: int) -> tuple[int, Values]:
        if kind == _INDEX_INTERIOR:
            place += 4
        size, place = _varint(page, place)
        rowid = 0
        if kind == _TABLE_LEAF:
            rowid, place = _varint(page, place)
        return _signed(rowid), _record(self._payload(kind, page, place, size))

    def _payload(self, kind: int, page: bytes, place: int, size: int) -> bytes:
        most = _TABLE_MAX if kind == _TABLE_LEAF else _INDEX_MAX
        if size <= most:
            return page[place : place + size]
        here = _LEAF_MIN + (size - _LEAF_MIN) % (USABLE_BYTES - 4)
        here = here if here <= most else _LEAF_MIN
        payload = bytearray(page[place : place + here])
        (following,) = struct.unpack(">I", page[place + here : place + here + 4])
        while len(payload) < size:
            more = self._pages[following] if following else None
            if more is None:
                raise UnreadableRowError
            (following,) = struct.unpack(">I", more[:4])
            payload += more[4 : 4 + min(USABLE_BYTES - 4, size - len(payload))]
        return bytes(payload)


def _header(number: int) -> int:
    return _FIRST_PAGE_HEADER if number == 1 else 0


def _cells(start: int, page: bytes) -> list[int]:
    (count,) = struct.unpack(">H", page[start + 3 : start + 5])
    array = start + (12 if page[start] in _INTERIORS else 8)
    return list(struct.unpack(f">{count}H", page[array : array + 2 * count]))


def _children(number: int, page: bytes) -> list[int]:
    start = _header(number)
    if page[start] not in _INTERIORS:
        return []
    below = [struct.unpack(">I", page[place : place + 4])[0] for place in _cells(start, page)]
    return [*below, struct.unpack(">I", page[start + 8 : start + 12])[0]]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """SQLite's variable-length integer: seven bits a byte, eight in the ninth."""
    value = 0
    for length in range(1, 9):
        byte = data[place + length - 1]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the top bit says whether more follow
            return value, place + length
    return value << 8 | data[place + 8], place + 9


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


_INTEGER_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_REAL, _ZERO, _ONE, _BLOB = 7, 8, 9, 12


def _record(payload: bytes) -> Values:
    size, place = _varint(payload, 0)
    body, values = size, []
    while place < size:
        kind, place = _varint(payload, place)
        length = _length(kind)
        content = payload[body : body + length]
        if len(content) < length:
            raise UnreadableRowError
        values.append(_value(kind, content))
        body += length
    return tuple(values)


def _length(kind: int) -> int:
    if kind >= _BLOB:
        return (kind - _BLOB) // 2
    return 8 if kind == _REAL else _INTEGER_BYTES.get(kind, 0)


def _value(kind: int, content: bytes) -> Any:
    if kind >= _BLOB:
        return content if kind % 2 == 0 else content.decode()
    if kind in _INTEGER_BYTES:
        return int.from_bytes(content, "big", signed=True)
    if kind == _REAL:
        return struct.unpack(">d", content)[0]
    return {_ZERO: 0, _ONE: 1}.get(kind)
