"""Who has the store open, and how another store takes its place.

Everyone who opens the store holds a share of its lock; who wants to replace it says so, waits until the shares are gone,
and then moves the old files aside and the new ones in. A cut in the midst of it is finished by whoever opens next.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from appliance.clock import Clock
from appliance.limits import STORE_ALONE_WITHIN_S
from appliance.store.in_use import StoreInUseError

_LOOK_S: Final = 0.05
ASIDE: Final = "set-aside"
FRESH: Final = "fresh"

_BESIDE: Final = ("-wal", "-shm", ".d", ".key-mark", ".map")
"""What belongs to a store beside its file; the file itself is moved last, so that there always is one."""


_PASSING: Final = (".lock", ".wanted", ".suspect")
"""What stays with the place when another store comes there."""


def beside(path: Path, ending: str) -> Path:
    """A file or folder that goes with the store at `path`."""
    return path.with_name(path.name + ending)


# --- the lock --------------------------------------------------------------------------------------


def share(path: Path, clock: Clock) -> int:
    """A share of the store's lock: a descriptor, whose closing gives it back. Raises StoreInUseError."""
    lock = _lock_file(path, ".lock")
    until_s = clock.monotonic_s() + STORE_ALONE_WITHIN_S
    while is_wanted(path) or not _try(lock, fcntl.LOCK_SH):
        if clock.monotonic_s() >= until_s:
            os.close(lock)
            raise _busy()
        clock.sleep(_LOOK_S)
    return lock


def is_wanted(path: Path) -> bool:
    """Whether somebody alive waits to replace the store."""
    try:
        wanted = os.open(beside(path, ".wanted"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(wanted, fcntl.LOCK_SH)
    finally:
        os.close(wanted)


@contextmanager
def alone(path: Path, clock: Clock) -> Iterator[None]:
    """Nobody has the store open meanwhile. Raises StoreInUseError when somebody does not let go of it."""
    wanted = _lock_file(path, ".wanted")
    lock = _lock_file(path, ".lock")
    until_s = clock.monotonic_s() + STORE_ALONE_WITHIN_S
    try:
        for descriptor in (wanted, lock):
            while not _try(descriptor, fcntl.LOCK_EX):
                if clock.monotonic_s() >= until_s:
                    raise _busy()
                clock.sleep(_LOOK_S)
        yield
    finally:
        os.close(lock)
        os.close(wanted)


@contextmanager
def one_at_a_time(path: Path, purpose: str, clock: Clock) -> Iterator[None]:
    """Whoever does this waits for the others who do it, and disturbs nobody else. Raises StoreInUseError."""
    lock = _lock_file(path, f".{purpose}")
    until_s = clock.monotonic_s() + STORE_ALONE_WITHIN_S
    try:
        while not _try(lock, fcntl.LOCK_EX):
            if clock.monotonic_s() >= until_s:
                raise _busy()
            clock.sleep(_LOOK_S)
        yield
    finally:
        os.close(lock)


@contextmanager
def alone_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock alone if nobody has the store open now; whether that was so."""
    lock = _lock_file(path, ".lock")
    try:
        yield _try(lock, fcntl.LOCK_EX)
    finally:
        os.close(lock)


def _lock_file(path: Path, ending: str) -> int:
    descriptor = os.open(beside(path, ending), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    belong_alike(beside(path, ending), path)
    return descriptor


def belong_alike(made: Path, like: Path) -> None:
    """What a command of root's makes beside a store belongs to the services, as the store does."""
    if os.geteuid() == 0 and like.exists() and made.exists():
        owner = like.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy() -> StoreInUseError:
    return StoreInUseError(
        "保存庫がほかで使われています。",
        "The store is in use elsewhere.",
        hint_ja="少し待ってから、もう一度実行してください。続くときは機器を再起動してください。",
        hint_en="Wait a little and try again; if it goes on, restart the box.",
    )


# --- taking its place ------------------------------------------------------------------------------


def fresh_path(path: Path) -> Path:
    """Where a store is made that is to take the place of the one at `path`; what an earlier try left is removed."""
    fresh = beside(path, f".{FRESH}")
    remove(fresh)
    return fresh


def settle(path: Path) -> None:
    """A store that was just made, and is closed, is on the disk with all that belongs to it."""
    for one in (path, *(beside(path, ending) for ending in _BESIDE)):
        if one.is_dir():
            for file in one.iterdir():
                _sync_file(file)
            _sync_folder(one)
        elif one.exists():
            _sync_file(one)
    _sync_folder(path.parent)


def swap_in(path: Path, stamp: str) -> Path:
    """Put the store at `<path>.fresh`, closed and synced, in the place of `path`; where the old one lies now.

    The caller is `alone`. `stamp` tells the old ones apart: digits and capital letters.
    """
    aside = beside(path, f".{ASIDE}-{stamp}")
    fresh, mark = beside(path, f".{FRESH}"), _mark(path)
    for one in (fresh, *(beside(fresh, ending) for ending in _BESIDE)):
        belong_alike(one, path)
        for file in one.iterdir() if one.is_dir() else ():
            belong_alike(file, path)
    new = mark.with_suffix(".new")
    new.write_text(aside.name, encoding="utf-8")
    _sync_file(new)
    new.replace(mark)
    _sync_folder(path.parent)
    _finish(path)
    return aside


def is_unfinished(path: Path) -> bool:
    """Whether a replacement was cut short."""
    return _mark(path).exists()


def finish(path: Path, clock: Clock) -> None:
    """Finish a replacement that was cut short, if there is one."""
    if is_unfinished(path):
        with alone(path, clock):
            _finish(path)


def _finish(path: Path) -> None:
    mark = _mark(path)
    if not mark.exists():
        return
    aside, fresh = path.with_name(mark.read_text(encoding="utf-8")), beside(path, f".{FRESH}")
    if fresh.exists():  # not yet in place: what belongs to the old one goes first, each name once
        for ending in _BESIDE:
            old = beside(path, ending)
            if old.exists() and not beside(aside, ending).exists():
                old.rename(beside(aside, ending))
        if path.exists() and not aside.exists():
            os.link(path, aside)
        _sync_folder(path.parent)
        fresh.replace(path)
        _sync_folder(path.parent)
    for ending in _BESIDE:
        if beside(fresh, ending).exists():
            beside(fresh, ending).rename(beside(path, ending))
    _sync_folder(path.parent)
    beside(path, ".suspect").unlink(missing_ok=True)
    for ending in _PASSING:
        beside(fresh, ending).unlink(missing_ok=True)
    mark.unlink()
    _sync_folder(path.parent)


def _mark(path: Path) -> Path:
    return beside(path, ".swap")


def set_aside(path: Path) -> list[Path]:
    """The stores that were set aside here, oldest first."""
    found = path.parent.glob(f"{path.name}.{ASIDE}-*")
    return sorted(one for one in found if re.fullmatch(rf"\.{ASIDE}-[0-9A-Z]+", one.suffix))


def remove(path: Path) -> None:
    """Remove a store that is nobody's, with all that belongs to it."""
    for one in (path, *(beside(path, ending) for ending in (*_BESIDE, *_PASSING))):
        if one.is_dir():
            for file in one.iterdir():
                file.unlink()
            one.rmdir()
        else:
            with suppress(FileNotFoundError):
                one.unlink()


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
