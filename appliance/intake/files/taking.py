"""One held file into the store, piece by piece, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from appliance.formats.ending import Ending, ending
from appliance.intake import wire
from appliance.intake.files.tree import Held
from appliance.intake.keeper import Keeper
from appliance.limits import ARRIVAL_PIECE_BYTES, ENDING_BYTES


def ending_of(held: Held) -> Ending:
    """What its first and last bytes say of its end."""
    head = held.read(0, ENDING_BYTES)
    tail = head
    if held.size_bytes > ENDING_BYTES:
        tail = held.read(held.size_bytes - ENDING_BYTES, ENDING_BYTES)
    return ending(head, tail, held.size_bytes)


def digest_of(held: Held, alive: Callable[[], None]) -> bytes | None:
    """SHA-256 of the whole; None when it was shorter or longer than it said. `alive` is called after each piece."""
    digest = hashlib.sha256()
    for piece in held.pieces(ARRIVAL_PIECE_BYTES):
        digest.update(piece)
        alive()
    return digest.digest() if held.unchanged() else None


def take(
    held: Held, name: str, keeper: Keeper, *, expected: bytes, remember: Mapping[str, bytes]
) -> wire.Arrived | None:
    """Hand the content over; None, and nothing is kept, when it is not (or no longer) what it should be.

    `expected`: the SHA-256 it had at the look before; empty where its end mark is proof enough.
    """
    digest, size = hashlib.sha256(), 0
    keeper.begin(name)
    try:
        for piece in held.pieces(ARRIVAL_PIECE_BYTES):
            if expected:
                digest.update(piece)
            size += len(piece)
            keeper.piece(piece)
        whole = size == held.size_bytes and held.unchanged()
    except OSError:
        keeper.abandon()
        raise
    if not whole or expected not in (b"", digest.digest()):
        keeper.abandon()
        return None
    return keeper.end(remember)
