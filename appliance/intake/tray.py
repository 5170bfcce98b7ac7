"""The memory that the intake and a source's process share: a large piece is laid there, and only its place is told.

Through a socket each megabyte would wake both processes several times, and they would wait for each other most of the time.
Its size is sealed: no process can shorten it under the other's hands. The intake copies a piece out before it looks at it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Final, Self

from appliance.intake import wire
from appliance.limits import ARRIVAL_PIECE_BYTES, ARRIVAL_PIECES_UNDER_WAY_MAX

_BYTES: Final = ARRIVAL_PIECE_BYTES * ARRIVAL_PIECES_UNDER_WAY_MAX


class Tray:
    """limits.ARRIVAL_PIECES_UNDER_WAY_MAX places for a piece each. No place takes memory before it is first used."""

    def __init__(self, descriptor: int) -> None:
        """Over a descriptor that `made` or its other owner's process has; it is closed with the tray."""
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _BYTES)

    @classmethod
    def made(cls) -> Self:
        """A new one, its size sealed. Raises OSError where there is no memory for it."""
        descriptor = os.memfd_create("renkei-tray", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, _BYTES)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return cls(descriptor)

    def lay(self, place: int, data: bytes) -> None:
        """Put a piece on a free place. Raises ValueError where there is no such place, or the piece is too large."""
        _check(place, len(data))
        start = place * ARRIVAL_PIECE_BYTES
        self._memory[start : start + len(data)] = data

    def piece(self, place: int, size_bytes: int) -> bytes:
        """What lies on a place. Raises ValueError where there is no such piece."""
        _check(place, size_bytes)
        start = place * ARRIVAL_PIECE_BYTES
        return self._memory[start : start + size_bytes]

    def close(self) -> None:
        self._memory.close()
        os.close(self.descriptor)


def unlaid(request: wire.Request, tray: Tray | None) -> wire.Request:
    """The request, with its piece in it if that lies on the tray. Raises ValueError where it cannot lie there."""
    if not isinstance(request, wire.Laid):
        return request
    if tray is None:
        raise ValueError("there is no tray")
    return wire.Piece(tray.piece(request.place, request.size_bytes))


def _check(place: int, size_bytes: int) -> None:
    if not (0 <= place < ARRIVAL_PIECES_UNDER_WAY_MAX and 0 <= size_bytes <= ARRIVAL_PIECE_BYTES):
        raise ValueError("no such place on the tray")
