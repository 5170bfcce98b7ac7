"""Arrivals that come in pieces: begun, kept piece by piece, and ended as one arrival or dropped.

Where what is cut is kept, every piece is durable by itself. Where only the whole is, nothing is written into the store
before its end: a small arrival is one commit, and a large one is files that are written meanwhile, and one commit.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import Any

from appliance.store import arrivals, pieces
from appliance.store.arrivals import Arrival
from appliance.store.db import Store
from appliance.store.piece_files import DamagedPieceError, PieceFiles, Writing


@dataclass(slots=True)
class Begun:
    """What was begun: how many pieces and bytes are kept so far, and their running SHA-256."""

    source: str
    facility: str
    name: str
    keep_if_cut: bool
    id: int | None = None
    """Its row, once a piece of it is in the store."""
    count: int = 0
    size_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    writing: Writing | None = None
    """The files of its large pieces, where only the whole is kept: their rows come with its end."""
    small: bytearray = field(default_factory=bytearray)
    """Small pieces, where only the whole is kept: joined until they make a large one, or come with its end."""


def keep(store: Store, begun: Begun, data: bytes) -> None:
    """Keep a piece: durable when this returns, or with the end where only the whole is kept. Raises OSError."""
    if begun.keep_if_cut:
        with store.transaction():
            number = begun.id or _row(store, begun)
            pieces.add(store, number, begun.count, data)
        begun.id = number
        begun.count += 1
    elif pieces.is_large(len(begun.small) + len(data)):
        begun.writing = begun.writing or Writing(PieceFiles(store.path))
        begun.writing.add(begun.count, bytes(begun.small) + data if begun.small else data)
        begun.small.clear()
        begun.count += 1
    else:
        begun.small += data
    _counted(begun, data)


def finish(begun: Begun) -> None:
    """Wait for the disk, so that the transaction of the end need not. Raises OSError."""
    if begun.writing is not None:
        begun.writing.finish()


def end(store: Store, begun: Begun, *, cut_short: bool = False) -> int:
    """The pieces are one arrival, `received` or `duplicate`. Inside a transaction; its id. Raises OSError.

    The pieces of a duplicate are dropped, unless they heal the arrival that it repeats.
    """
    number = _with_all_pieces(store, begun)
    arrival_id = arrivals.put(
        store,
        source=begun.source,
        facility=begun.facility,
        name=begun.name,
        sha256=begun.digest.digest(),
        size_bytes=begun.size_bytes,
        content=bytes(begun.small) if number is None else None,
        begun=number,
        cut_short=cut_short,
    )
    if number is not None:
        store.execute("DELETE FROM begun_arrivals WHERE id = ?", (number,))
        first = store.value("SELECT duplicate_of FROM arrivals WHERE id = ?", (arrival_id,))
        if first is not None and not arrivals.heal(store, first, number):
            pieces.drop(store, number)
    return arrival_id


def drop(store: Store, begun: Begun) -> None:
    """Forget what was begun. Inside a transaction."""
    if begun.writing is not None:
        begun.writing.abandon()
    if begun.id is not None:
        store.execute("DELETE FROM begun_arrivals WHERE id = ?", (begun.id,))
        pieces.drop(store, begun.id)


def left_open(store: Store) -> list[Begun]:
    """What an earlier run had begun and not ended; what is to be kept of it is counted and digested anew.

    A damaged piece ends the count: the arrival is kept all the same, and whoever reads it is told.
    """
    rows = store.rows("SELECT id, source, facility, name, keep_if_cut FROM begun_arrivals ORDER BY id")
    found = []
    for number, source, facility, name, keep_if_cut in rows:
        begun = Begun(source, facility, name, bool(keep_if_cut), number)
        found.append(begun)
        if begun.keep_if_cut:
            with contextlib.suppress(DamagedPieceError):
                for data in pieces.read(store, number):
                    begun.count += 1
                    _counted(begun, data)
    return found


def settle_cut(store: Store, begun: Begun) -> Arrival | None:
    """The source's process has ended amidst it: kept as cut short if pieces were acknowledged, else dropped.

    Inside a transaction.
    """
    if begun.keep_if_cut and begun.count:
        return arrivals.get(store, end(store, begun, cut_short=True))
    drop(store, begun)
    return None


def _with_all_pieces(store: Store, begun: Begun) -> int | None:
    """The row of what was begun, with every piece that is not in the store yet; None where its bytes need no pieces."""
    if begun.writing is None:
        return begun.id
    number = _row(store, begun)
    pieces.add_written(store, number, begun.writing)
    if begun.small:
        pieces.add(store, number, begun.count, bytes(begun.small))
    return number


def _row(store: Store, begun: Begun) -> int:
    return store.insert(
        "INSERT INTO begun_arrivals (source, facility, name, keep_if_cut, begun_at) VALUES (?, ?, ?, ?, ?)",
        (begun.source, begun.facility, begun.name, begun.keep_if_cut, store.now()),
    )


def _counted(begun: Begun, data: bytes) -> None:
    begun.size_bytes += len(data)
    begun.digest.update(data)
