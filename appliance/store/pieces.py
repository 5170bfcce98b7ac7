"""Bytes kept in pieces: written one by one, read back one by one, so that memory never holds the whole.

The only place that knows where they lie: small ones in the store's own rows, large ones in encrypted files beside it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from appliance.limits import PIECE_FILE_MIN_BYTES
from appliance.store.db import Store
from appliance.store.piece_files import PieceFiles, Writing


def is_large(size_bytes: int) -> bool:
    """Whether a piece is a file of its own."""
    return size_bytes >= PIECE_FILE_MIN_BYTES


def add(store: Store, begun: int, number: int, data: bytes) -> None:
    """Keep piece `number` (from 0) of what was begun. Inside a transaction. Raises OSError where a file cannot be written.

    If the transaction fails, the file is left to `sweep`: of a commit that failed nobody knows whether it is on the disk.
    """
    if is_large(len(data)):
        writing = Writing(PieceFiles(store.path))
        writing.add(number, data)
        add_written(store, begun, writing)
        return
    store.insert(
        "INSERT INTO arrival_pieces (begun, number, data, size_bytes) VALUES (?, ?, ?, ?)",
        (begun, number, data, len(data)),
    )


def add_written(store: Store, begun: int, writing: Writing) -> None:
    """Keep the pieces whose files were written. Inside a transaction. Raises OSError as `add` does."""
    writing.finish()
    store.insert_many(
        "INSERT INTO arrival_pieces (begun, number, data, file, secret, size_bytes) VALUES (?, ?, x'', ?, ?, ?)",
        [
            (begun, number, file.name, file.secret, file.size_bytes)
            for number, file in writing.written.items()
        ],
    )


def read(store: Store, begun: int) -> Iterator[bytes]:
    """The pieces in their order. Raises DamagedPieceError."""
    number = 0
    while (data := _piece(store, begun, number)) is not None:
        yield data
        number += 1


def drop(store: Store, begun: int) -> None:
    """Inside a transaction; files go once it has been committed."""
    files = PieceFiles(store.path)
    for (name,) in store.rows(
        "SELECT file FROM arrival_pieces WHERE begun = ? AND file IS NOT NULL", (begun,)
    ):
        store.once_committed(partial(files.remove, name))
    store.execute("DELETE FROM arrival_pieces WHERE begun = ?", (begun,))


def sweep(store: Store) -> int:
    """Remove the files that a crash has left without a row; how many. For the one who adds pieces, before the first."""
    known = {name for (name,) in store.rows("SELECT file FROM arrival_pieces WHERE file IS NOT NULL")}
    return PieceFiles(store.path).sweep(known)


def _piece(store: Store, begun: int, number: int) -> bytes | None:
    row = store.row(
        "SELECT data, file, secret FROM arrival_pieces WHERE begun = ? AND number = ?", (begun, number)
    )
    if row is None:
        return None
    data, file, secret = row
    return bytes(data) if file is None else PieceFiles(store.path).read(file, secret)


class StoredBytes:
    """The bytes of pieces as one Readable: any part of them, with one piece in memory, the one read last."""

    def __init__(self, store: Store, begun: int) -> None:
        self._store = store
        self._begun = begun
        self._ends: list[int] = []
        for (length,) in store.rows(
            "SELECT coalesce(size_bytes, length(data)) FROM arrival_pieces WHERE begun = ? ORDER BY number",
            (begun,),
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
