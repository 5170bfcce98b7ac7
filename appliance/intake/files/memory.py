"""Which files were taken and left where they are: kept by the intake together with what was taken.

A file is known by its path and by its size and time of writing, all as keyed hashes, in limits.TAKEN_SHELVES values of
which each take rewrites one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Protocol

from appliance.intake.files.tree import Mark
from appliance.limits import TAKEN_SHELVES

_HASH_BYTES: Final = 16


class Remembering(Protocol):
    """What of the intake's door this needs."""

    def recall(self, *keys: str) -> dict[str, bytes]: ...

    def remember(self, values: Mapping[str, bytes]) -> None: ...


class Memory:
    """What this source has taken before and may see again."""

    def __init__(self, keeper: Remembering) -> None:
        self._keeper = keeper
        self._known: dict[bytes, bytes] = {}
        for value in keeper.recall(*map(_key, range(TAKEN_SHELVES))).values():
            for start in range(0, len(value), 2 * _HASH_BYTES):
                entry = value[start : start + 2 * _HASH_BYTES]
                self._known[entry[:_HASH_BYTES]] = entry[_HASH_BYTES:]

    def knows(self, path: str, mark: Mark) -> bool:
        return self._known.get(_path_hash(path)) == _mark_hash(mark)

    def with_taken(self, path: str, mark: Mark) -> dict[str, bytes]:
        """What is to be remembered in the moment in which the file is taken; `taken` says that it was."""
        place = _path_hash(path)
        others = b"".join(entry for entry in self._on(_shelf(place)) if not entry.startswith(place))
        return {_key(_shelf(place)): others + place + _mark_hash(mark)}

    def taken(self, path: str, mark: Mark) -> None:
        self._known[_path_hash(path)] = _mark_hash(mark)

    def prune(self, present: Collection[str]) -> None:
        """Forget what is no longer there."""
        there = {_path_hash(path) for path in present}
        gone = self._known.keys() - there
        if not gone:
            return
        self._known = {place: mark for place, mark in self._known.items() if place in there}
        shelves = {_shelf(place) for place in gone}
        self._keeper.remember({_key(shelf): b"".join(self._on(shelf)) for shelf in shelves})

    def _on(self, shelf: int) -> Iterator[bytes]:
        for place, mark in self._known.items():
            if _shelf(place) == shelf:
                yield place + mark


def _key(shelf: int) -> str:
    return f"taken-{shelf:03d}"


def _shelf(place: bytes) -> int:
    return place[0] % TAKEN_SHELVES


def _path_hash(path: str) -> bytes:
    return hashlib.blake2b(
        path.encode("utf-8", "surrogateescape"), digest_size=_HASH_BYTES, person=b"path"
    ).digest()


def _mark_hash(mark: Mark) -> bytes:
    """Without the time of the last change of any kind: a backup program that ticks a box makes no new file."""
    told = f"{mark.size_bytes}/{mark.written}".encode()
    return hashlib.blake2b(told, digest_size=_HASH_BYTES, person=b"mark").digest()
