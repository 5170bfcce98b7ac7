"""Small files that are there whole or not at all, whatever is cut: written beside, synced, renamed, the folder synced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FRESH: Final = ".fresh"
"""The ending of a file that is being written."""


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Give `path` this content; a file that was there keeps its owner. Raises OSError, and leaves what was there then."""
    fresh = path.with_name(path.name + FRESH)
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        _belong_alike(path, descriptor)
        os.fsync(descriptor)
    rename(fresh, path)


def rename(source: Path, target: Path) -> None:
    """Put `source`, whose content is on the disk, in the place of `target`, in the same folder."""
    source.replace(target)
    sync(target.parent)


def touch_alike(path: Path, like: Path) -> None:
    """Make an empty file with the owner and the mode of another."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _belong_alike(like, descriptor)
        os.fchmod(descriptor, like.stat().st_mode & 0o777)
    finally:
        os.close(descriptor)


def remove(path: Path) -> bool:
    """Remove a file for good; whether it was there."""
    if not path.exists():
        return False
    path.unlink(missing_ok=True)
    sync(path.parent)
    return True


def sync(path: Path) -> None:
    """What was written to this file, or which names this folder has, is on the disk from now on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _belong_alike(path: Path, descriptor: int) -> None:
    """Commands run as root must not take a file from the services."""
    if path.exists():
        there = path.stat()
        os.fchown(descriptor, there.st_uid, there.st_gid)
