"""Arrivals that come in pieces: begun, kept piece by piece, each durable, and ended as one arrival or dropped."""

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

    id: int
    source: str
    facility: str
    name: str
    keep_if_cut: bool
    count: int = 0
    size_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    writing: Writing | None = None
    """The files of its large pieces, where only the whole is kept: their rows come with its end."""


def begin(store: Store, *, source: str, facility: str, name: str, keep_if_cut: bool) -> Begun:
    """Bytes will follow. Inside a transaction."""
    number = store.insert(
        "INSERT INTO begun_arrivals (source, facility, name, keep_if_cut, begun_at) VALUES (?, ?, ?, ?, ?)",
        (source, facility, name, keep_if_cut, store.now()),
    )
    return Begun(number, source, facility, name, keep_if_cut)


def add_piece(store: Store, begun: Begun, data: bytes) -> None:
    """Keep a piece: durable once the transaction has ended; call `added` then. Raises OSError where it cannot be."""
    pieces.add(store, begun.id, begun.count, data)


def keep(store: Store, begun: Begun, data: bytes) -> None:
    """Keep a piece: durable when this returns, or with the end where only the whole is kept. Raises OSError."""
    if begun.keep_if_cut or not pieces.is_large(data):
        with store.transaction():
            add_piece(store, begun, data)
    else:
        begun.writing = begun.writing or Writing(PieceFiles(store.path))
        begun.writing.add(begun.count, data)
    added(begun, data)


def finish(begun: Begun) -> None:
    """Wait for the disk, so that the transaction of the end need not. Raises OSError."""
    if begun.writing is not None:
        begun.writing.finish()


def added(begun: Begun, data: bytes) -> None:
    """Count a piece whose transaction has ended."""
    begun.count += 1
    begun.size_bytes += len(data)
    begun.digest.update(data)


def end(store: Store, begun: Begun, *, cut_short: bool = False) -> int:
    """The pieces are one arrival, `received` or `duplicate`. Inside a transaction; its id. Raises OSError.

    The pieces of a duplicate are dropped, unless they heal the arrival that it repeats.
    """
    if begun.writing is not None:
        pieces.add_written(store, begun.id, begun.writing)
    arrival_id = arrivals.put(
        store,
        source=begun.source,
        facility=begun.facility,
        name=begun.name,
        sha256=begun.digest.digest(),
        size_bytes=begun.size_bytes,
        begun=begun.id,
        cut_short=cut_short,
    )
    store.execute("DELETE FROM begun_arrivals WHERE id = ?", (begun.id,))
    first = store.value("SELECT duplicate_of FROM arrivals WHERE id = ?", (arrival_id,))
    if first is not None and not arrivals.heal(store, first, begun.id):
        pieces.drop(store, begun.id)
    return arrival_id


def drop(store: Store, begun: Begun) -> None:
    """Forget what was begun. Inside a transaction."""
    if begun.writing is not None:
        begun.writing.abandon()
    store.execute("DELETE FROM begun_arrivals WHERE id = ?", (begun.id,))
    pieces.drop(store, begun.id)


def left_open(store: Store) -> list[Begun]:
    """What an earlier run had begun and not ended; what is to be kept of it is counted and digested anew.

    A damaged piece ends the count: the arrival is kept all the same, and whoever reads it is told.
    """
    rows = store.rows("SELECT id, source, facility, name, keep_if_cut FROM begun_arrivals ORDER BY id")
    found = [Begun(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]
    for begun in found:
        if begun.keep_if_cut:
            with contextlib.suppress(DamagedPieceError):
                for data in pieces.read(store, begun.id):
                    added(begun, data)
    return found


def settle_cut(store: Store, begun: Begun) -> Arrival | None:
    """The source's process has ended amidst it: kept as cut short if pieces were acknowledged, else dropped.

    Inside a transaction.
    """
    if begun.keep_if_cut and begun.count:
        return arrivals.get(store, end(store, begun, cut_short=True))
    drop(store, begun)
    return None
