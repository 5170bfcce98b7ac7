"""A folder with several generations of backups: a folder each, and the piece files that they share.

    <pool>/20261130T090000Z-1f2e3d4c/{store.db, key.box, key.cms, manifest.json}
    <pool>/pieces/<name>

A generation has its name only when it is whole, and loses it before anything of it goes: a cut leaves no half one.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.clock import JST
from appliance.store.backup_manifest import FILE

SNAPSHOT: Final = "store.db"
_NAME: Final = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_PARTIAL: Final = ".partial-"
_DROPPING: Final = ".dropping-"


@dataclass(frozen=True, slots=True)
class Generation:
    """One whole backup."""

    folder: Path
    taken_at: datetime

    @property
    def name(self) -> str:
        return self.folder.name


def new_name(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):{_STAMP}}-{secrets.token_hex(4)}"


def taken_at(name: str) -> datetime | None:
    """When a generation of this name was taken; None for what is no generation's name."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None


def superfluous(names: Collection[str], daily: int, weekly: int) -> list[str]:
    """Which generations are not kept: all but the newest of each of the last `daily` days and `weekly` weeks that have one.

    Days and weeks without a backup do not count, so that a clock gone wrong, or a box long off, costs no generation.
    """
    kept: set[str] = set()
    dated = sorted(((at.astimezone(JST), name) for name in names if (at := taken_at(name))), reverse=True)
    for limit, span in ((daily, _day), (weekly, _week)):
        newest: dict[object, str] = {}
        for moment, name in dated:
            newest.setdefault(span(moment), name)
        kept |= set(list(newest.values())[:limit])
    return sorted(name for _, name in dated if name not in kept)


def _day(moment: datetime) -> object:
    return moment.date()


def _week(moment: datetime) -> object:
    return moment.isocalendar()[:2]


class Pool:
    """The folder. One writer at a time: whoever holds the backup's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pieces = folder / "pieces"

    def generations(self) -> list[Generation]:
        """Those that are whole, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [(taken_at(entry.name), entry) for entry in self.folder.iterdir()]
        whole = [Generation(entry, at) for at, entry in found if at and (entry / FILE).is_file()]
        return sorted(whole, key=lambda one: (one.taken_at, one.name))

    def prepare(self) -> None:
        """Make the folders, and remove what a cut has left."""
        self.pieces.mkdir(parents=True, exist_ok=True, mode=0o700)
        for entry in self.folder.iterdir():
            if entry.name.startswith((_PARTIAL, _DROPPING)):
                shutil.rmtree(entry)
        for entry in self.pieces.iterdir():
            if entry.name.startswith(_PARTIAL):
                entry.unlink()

    def begin(self, name: str) -> Path:
        """The folder in which a generation is made."""
        folder = self.folder / f"{_PARTIAL}{name}"
        folder.mkdir(mode=0o700)
        return folder

    def complete(self, partial: Path) -> Generation:
        """What was made is whole, and on the disk: from now on it has its name."""
        name = partial.name.removeprefix(_PARTIAL)
        for file in partial.iterdir():
            sync(file)
        sync(partial)
        sync(self.pieces)
        partial.rename(self.folder / name)
        sync(self.folder)
        at = taken_at(name)
        if at is None:
            raise ValueError(name)
        return Generation(self.folder / name, at)

    def has_piece(self, name: str) -> bool:
        return (self.pieces / name).is_file()

    def add_piece(self, name: str, source: Path, content: bytes) -> None:
        """Keep a piece file: linked where that is possible, else written and synced."""
        try:
            os.link(source, self.pieces / name)
        except OSError:  # another file system, or one without links
            fresh = self.pieces / f"{_PARTIAL}{name}"
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(self.pieces / name)

    def drop(self, names: Collection[str]) -> None:
        for name in names:
            dropping = self.folder / f"{_DROPPING}{name}"
            (self.folder / name).rename(dropping)
            shutil.rmtree(dropping)
        if names:
            sync(self.folder)

    def keep_pieces(self, wanted: Collection[str]) -> int:
        """Remove the piece files that no generation wants; how many."""
        left = [entry for entry in self.pieces.iterdir() if entry.name not in wanted]
        for entry in left:
            entry.unlink()
        return len(left)


def newest_first(generations: Sequence[Generation]) -> list[Generation]:
    return list(reversed(generations))


def sync(path: Path) -> None:
    """What was written to a file or folder is on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
