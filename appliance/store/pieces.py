"""Bytes kept in pieces: written one by one, read back one by one, so that memory never holds the whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from appliance.store.db import Store


def add(store: Store, begun: int, number: int, data: bytes) -> None:
    """Keep piece `number` (from 0) of what was begun. Inside a transaction."""
    store.insert("INSERT INTO arrival_pieces (begun, number, data) VALUES (?, ?, ?)", (begun, number, data))


def read(store: Store, begun: int) -> Iterator[bytes]:
    """The pieces in their order."""
    number = 0
    while (data := _piece(store, begun, number)) is not None:
        yield data
        number += 1


def drop(store: Store, begun: int) -> None:
    """Inside a transaction."""
    store.execute("DELETE FROM arrival_pieces WHERE begun = ?", (begun,))


def _piece(store: Store, begun: int, number: int) -> bytes | None:
    data: bytes | None = store.value(
        "SELECT data FROM arrival_pieces WHERE begun = ? AND number = ?", (begun, number)
    )
    return None if data is None else bytes(data)


class StoredBytes:
    """The bytes of pieces as one Readable: any part of them, with one piece in memory, the one read last."""

    def __init__(self, store: Store, begun: int) -> None:
        self._store = store
        self._begun = begun
        self._ends: list[int] = []
        for (length,) in store.rows(
            "SELECT length(data) FROM arrival_pieces WHERE begun = ? ORDER BY number", (begun,)
        ):
            self._ends.append(len(self) + length)
        self._number, self._piece = -1, b""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, part: slice, /) -> bytes:
        place, stop, _ = part.indices(len(self))
        found = []
        while place < stop:
            number = bisect_right(self._ends, place)
            end, piece = self._ends[number], self._read(number)
            start = end - len(piece)
            found.append(piece[place - start : stop - start])
            place = end
        return b"".join(found)

    def _read(self, number: int) -> bytes:
        if number != self._number:
            piece = _piece(self._store, self._begun, number)
            if piece is None:
                raise LookupError("a piece of an arrival has gone while it was read")
            self._number, self._piece = number, piece
        return self._piece
