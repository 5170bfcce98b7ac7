"""The bytes of an arrival wherever they lie, read part by part: in memory, in the store, in a file of a share.

Bytes themselves are Readable. Whoever reads one asks for slices of bounded size and never for the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

from appliance.limits import ARRIVAL_PIECE_BYTES


class Readable(Protocol):
    """A number of bytes and any part of them; the same part is the same bytes whenever it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


def pieces(
    content: Readable, start: int = 0, end: int | None = None, size_bytes: int | None = None
) -> Iterator[bytes]:
    """The bytes from `start` to `end` in order, `size_bytes` (else limits.ARRIVAL_PIECE_BYTES) at a time."""
    end = len(content) if end is None else end
    step = size_bytes or ARRIVAL_PIECE_BYTES
    for place in range(start, end, step):
        yield content[place : min(place + step, end)]


def sha256_of(content: Readable) -> bytes:
    """The digest of all bytes, 32 bytes long."""
    digest = hashlib.sha256()
    for piece in pieces(content):
        digest.update(piece)
    return digest.digest()
