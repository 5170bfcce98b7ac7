"""A folder that a receipt computer writes into: which files have come to rest, and where they go afterwards.

Files are judged by our own looks and our own clock, never by their times. A file that is still growing, or whose last
row is not an end record, is left alone; one that never comes to rest is reported and watched on. Links, devices,
pipes and empty or oversized files are never opened for reading.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from appliance.limits import (
    FOLDER_DEPTH,
    FOLDER_MAX_ENTRIES,
    FOLDER_QUIET_S,
    FOLDER_STABLE_LOOKS,
    FOLDER_STUCK_AFTER_S,
    SOURCE_FILE_MAX_BYTES,
)

DONE = "done"
QUARANTINE = "quarantine"
_END_MARKS = (b"\x1a",)
_END_ROWS = (b"GO,", b"HG,", b"RS,")
"""Rows that end a claim file (GO), a returned file (HG), an accident-insurance file (RS)."""


class Trouble(StrEnum):
    """Why a file in a source folder is not taken."""

    NOT_A_FILE = "not-a-file"
    TOO_LARGE = "too-large"
    STUCK = "stuck"
    UNREADABLE = "unreadable"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that has come to rest, with its bytes and the mark by which it is recognised again."""

    path: Path
    content: bytes
    mark: Mark


@dataclass(frozen=True, slots=True)
class Mark:
    """What must stay unchanged while a file is judged, and until it is moved."""

    inode: int
    size_bytes: int
    mtime_ns: int


@dataclass(slots=True)
class _Watched:
    mark: Mark
    first_seen_s: float
    changed_s: float
    looks: int = 1


@dataclass(slots=True)
class Folder:
    """One watched folder with its memory. `look` is called every limits.FOLDER_POLL_S."""

    root: Path
    _watched: dict[Path, _Watched] = field(default_factory=dict)
    troubles: dict[Path, Trouble] = field(default_factory=dict)

    def look(self, now_s: float) -> Iterator[Ready]:
        """Files that may be taken now. `now_s` is monotonic. Raises OSError when the folder itself is away."""
        present = dict(self._entries())
        for gone in self._watched.keys() - present.keys():
            del self._watched[gone]
        self.troubles = {path: trouble for path, trouble in self.troubles.items() if path in present}
        for path, mark in sorted(present.items()):
            if mark is not None and self._at_rest(path, mark, now_s):
                ready = self._read(path, mark, now_s)
                if ready is not None:
                    yield ready

    def forget(self, path: Path) -> None:
        """The file was taken: if one of the same name comes, it is a new one."""
        self._watched.pop(path, None)

    def _entries(self) -> Iterator[tuple[Path, Mark | None]]:
        for count, (path, entry) in enumerate(_walk(self.root, FOLDER_DEPTH), 1):
            if count > FOLDER_MAX_ENTRIES:
                self.troubles[self.root] = Trouble.TOO_MANY
                return
            yield path, self._mark(path, entry.stat(follow_symlinks=False))

    def _mark(self, path: Path, about: os.stat_result) -> Mark | None:
        if not stat.S_ISREG(about.st_mode):
            self.troubles[path] = Trouble.NOT_A_FILE
            return None
        if about.st_size > SOURCE_FILE_MAX_BYTES:
            self.troubles[path] = Trouble.TOO_LARGE
            return None
        return _mark_of(about)

    def _at_rest(self, path: Path, mark: Mark, now_s: float) -> bool:
        seen = self._watched.get(path)
        if seen is None:
            self._watched[path] = _Watched(mark, now_s, now_s)
            return False
        if seen.mark != mark:
            seen.mark, seen.changed_s, seen.looks = mark, now_s, 1
        else:
            seen.looks += 1
        if now_s - seen.first_seen_s > FOLDER_STUCK_AFTER_S:
            self.troubles[path] = Trouble.STUCK
        return seen.looks >= FOLDER_STABLE_LOOKS and mark.size_bytes > 0

    def _read(self, path: Path, mark: Mark, now_s: float) -> Ready | None:
        try:
            content = _read_unchanged(path, mark)
        except OSError:
            self.troubles[path] = Trouble.UNREADABLE
            return None
        quiet_s = now_s - self._watched[path].changed_s
        if content is None or not (has_end(content) or quiet_s >= FOLDER_QUIET_S):
            return None
        self.troubles.pop(path, None)
        return Ready(path, content, mark)


def has_end(content: bytes) -> bool:
    """Whether the last row says that nothing follows (an end record, or the 0x1A byte after it)."""
    if content.endswith(_END_MARKS):
        return True
    last_row = content.rstrip(b"\r\n").rpartition(b"\n")[2]
    return content.endswith((b"\n", b"\r")) and last_row.startswith(_END_ROWS)


def put_away(root: Path, ready: Ready, shelf: str, arrival_id: int, note: str = "") -> Path | None:
    """Move a taken file to `done/` or `quarantine/`, with a note beside it where there is one to write.

    None when the file was no longer the one that was taken (overwritten meanwhile): it is given back to the folder,
    under a name of its own, and looked at anew.
    """
    folder = root / shelf
    folder.mkdir(exist_ok=True)
    target = folder / f"{arrival_id:08d}-{ready.path.name}"
    if note:
        target.with_name(target.name + ".txt").write_text(note, encoding="utf-8-sig", newline="\r\n")
    try:
        ready.path.rename(target)
    except FileNotFoundError:
        return None
    if _mark_of(target.lstat()) == ready.mark:
        return target
    target.rename(ready.path.with_name(f"{ready.path.stem}~{arrival_id}{ready.path.suffix}"))
    return None


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth and not (depth == FOLDER_DEPTH and entry.name in (DONE, QUARANTINE)):
                    yield from _walk(Path(entry.path), depth - 1)
            elif not entry.name.startswith("."):
                yield Path(entry.path), entry


def _mark_of(about: os.stat_result) -> Mark:
    return Mark(about.st_ino, about.st_size, about.st_mtime_ns)


def _read_unchanged(path: Path, mark: Mark) -> bytes | None:
    """The whole content, or None when the file is not what it was at the look before."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = file.read(mark.size_bytes + 1)
        same = _mark_of(os.fstat(descriptor)) == mark and len(content) == mark.size_bytes
    return content if same else None
