"""Bytes kept in pieces: written one by one, read back one by one, so that memory never holds the whole."""

from __future__ import annotations

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
