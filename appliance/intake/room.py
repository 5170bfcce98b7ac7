"""Whether the store takes anything new (architecture.md, rule 4): nothing is dropped for lack of space, intake stops reading.

It looks at the free space and inodes of the store's partition, and it remembers a write that failed until one succeeds.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from appliance.limits import (
    STORE_ROOM_AGAIN_BYTES,
    STORE_ROOM_LOOK_S,
    STORE_ROOM_MIN_BYTES,
    STORE_ROOM_MIN_INODES,
)
from appliance.store.db import DatabaseError, Store


class Lack(StrEnum):
    """Why nothing new is taken."""

    NOTHING = ""
    SPACE = "store-full"
    WRITE = "store-unwritable"


class Room:
    """The store's room, looked at every limits.STORE_ROOM_LOOK_S."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = Path(store.path).parent
        self._due_s = 0.0
        self.lack = Lack.NOTHING

    def look(self, now_s: float) -> None:
        """Look anew when it is time; `now_s` is monotonic."""
        if now_s < self._due_s:
            return
        self._due_s = now_s + STORE_ROOM_LOOK_S
        if not self._is_roomy():
            self.lack = Lack.SPACE
        elif self.lack is Lack.NOTHING or self._can_write():
            self.lack = Lack.NOTHING
        else:
            self.lack = Lack.WRITE

    def write_failed(self) -> None:
        """A write to the store failed: take nothing until one succeeds."""
        if self.lack is Lack.NOTHING:
            self.lack = Lack.WRITE

    def _is_roomy(self) -> bool:
        about = os.statvfs(self._folder)
        wanted = STORE_ROOM_MIN_BYTES if self.lack is not Lack.SPACE else STORE_ROOM_AGAIN_BYTES
        inodes = about.f_favail >= STORE_ROOM_MIN_INODES or not about.f_files
        return about.f_bavail * about.f_frsize >= wanted and inodes

    def _can_write(self) -> bool:
        try:
            with self._store.transaction():
                self._store.set_meta("room", self._store.now())
        except DatabaseError:
            return False
        return True
