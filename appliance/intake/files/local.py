"""A folder on the box as a tree: opened without following links, held by a read lease of the kernel.

A lease is granted only while nobody has the file open for writing, and it is broken as soon as somebody asks to; so it
tells, where the file system knows it, what a share of Windows tells by its share modes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from appliance.intake.files.tree import Child, Mark, Sort
from appliance.intake.files.troubles import Trouble

ASIDE = ".renkei~"
"""Before the name of a file that is being deleted: nobody finds it to write to it any more."""
_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NO_LEASE = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
"""Leases that are not to be had: the file is another user's and we lack CAP_LEASE, or the file system knows none."""


class LocalTree:
    """A folder and what is in it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    def children(self, folder: str) -> Iterator[Child]:
        if not (folder or self._swept):
            self._give_back()
        with self._folder(folder) as descriptor, os.scandir(descriptor) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                    about = entry.stat(follow_symlinks=False)
                    yield Child(entry.name, _sort(about.st_mode), _mark(about))

    @contextlib.contextmanager
    def hold(self, path: str, mark: Mark, *, to_remove: bool) -> Iterator[HeldFile]:
        folder, _, name = path.rpartition("/")
        with self._folder(folder) as place:
            if to_remove and not os.access(".", os.W_OK, dir_fd=place):
                raise PermissionError(errno.EPERM, "the folder cannot be changed")
            descriptor = os.open(name, os.O_RDONLY | _OPEN, dir_fd=place)
            try:
                about = os.fstat(descriptor)
                leased = stat.S_ISREG(about.st_mode) and _lease(descriptor)
                if _mark(os.fstat(descriptor)) != mark:
                    raise BlockingIOError(errno.EAGAIN, "changed since it was seen")
                yield HeldFile(self, place, name, descriptor, mark, leased=leased)
            finally:
                os.close(descriptor)  # ends the lease

    def remove(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        with self._folder(folder) as place:
            os.unlink(name, dir_fd=place)

    def write(self, folder: str, name: str, content: bytes) -> None:
        with self.shelf(folder) as place:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OPEN, 0o640, dir_fd=place)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)

    def warnings(self) -> Collection[Trouble]:
        return ()

    def close(self) -> None:
        """Nothing stays open between looks."""

    def _give_back(self) -> None:
        """Before the first look: put back what an interrupted deletion has set aside, to be looked at anew."""
        self._swept = True
        for folder in self._folders(""):
            with self._folder(folder) as place:
                for name in os.listdir(place):  # noqa: PTH208 - by descriptor
                    if name.startswith(ASIDE):
                        _put_back(place, name, name.removeprefix(ASIDE))

    def set_open(self, writable: bool) -> None:
        """Let the accounts of the box's own share create files, or not; they come in by the folders' group."""
        for folder in self._folders(""):
            with self._folder(folder) as place:
                mode = stat.S_IMODE(os.fstat(place).st_mode)
                wanted = mode | stat.S_IWGRP if writable else mode & ~stat.S_IWGRP
                if wanted != mode:
                    os.fchmod(place, wanted)

    @contextlib.contextmanager
    def shelf(self, folder: str) -> Iterator[int]:
        """A folder of the root for what is put away, made where it lacks."""
        with self._folder("") as root, contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o750, dir_fd=root)
        with self._folder(folder) as place:
            yield place

    @contextlib.contextmanager
    def _folder(self, folder: str) -> Iterator[int]:
        """A folder's descriptor, reached name by name so that no link is followed below the root."""
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in folder.split("/") if folder else ():
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _OPEN, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def _folders(self, folder: str) -> Iterator[str]:
        yield folder
        inner = [child.name for child in self.children(folder) if child.sort is Sort.FOLDER]
        for name in inner:
            yield from self._folders(f"{folder}/{name}" if folder else name)


class HeldFile:
    """One file of a folder, held."""

    def __init__(
        self, tree: LocalTree, place: int, name: str, descriptor: int, mark: Mark, *, leased: bool
    ) -> None:
        self.size_bytes = mark.size_bytes
        self.seal: tuple[int, ...] = (mark.size_bytes, mark.written, mark.changed, mark.identity)
        self._tree = tree
        self._place = place
        self._name = name
        self._descriptor = descriptor
        self._mark = mark
        self._leased = leased

    def read(self, offset: int, length: int) -> bytes:
        parts: list[bytes] = []
        while length and (part := os.pread(self._descriptor, length, offset)):
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def pieces(self, length: int) -> Iterator[bytes]:
        offset = 0
        while piece := self.read(offset, min(length, self.size_bytes - offset)):
            yield piece
            offset += len(piece)

    def unchanged(self) -> bool:
        return self._undisturbed() and _mark(os.fstat(self._descriptor)) == self._mark

    def delete(self) -> bool:
        aside = ASIDE + self._name
        if not self._set_aside(self._place, aside):
            return False
        os.unlink(aside, dir_fd=self._place)
        return True

    def move(self, folder: str, name: str) -> bool:
        with self._tree.shelf(folder) as place:
            return self._set_aside(place, name)

    def _set_aside(self, place: int, name: str) -> bool:
        """Rename, then look whether a writer came between: only after it can none come any more."""
        if not self.unchanged():
            return False
        os.rename(self._name, name, src_dir_fd=self._place, dst_dir_fd=place)
        about = os.stat(name, dir_fd=place, follow_symlinks=False)
        same = (about.st_ino, about.st_size, about.st_mtime_ns) == (
            self._mark.identity,
            self._mark.size_bytes,
            self._mark.written,
        )
        if same and self._undisturbed():
            return True
        _put_back(place, name, self._name, self._place)
        return False

    def _undisturbed(self) -> bool:
        return not self._leased or fcntl.fcntl(self._descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK


def _lease(descriptor: int) -> bool:
    """Whether a lease was had. Raises BlockingIOError when somebody has the file open for writing."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # a signal that nobody dies of
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno in _NO_LEASE:
            return False
        raise
    return True


def _put_back(place: int, name: str, wanted: str, back: int | None = None) -> None:
    """Give a file its name again, or one like it where that is taken."""
    target = place if back is None else back
    stem, dot, suffix = wanted.rpartition(".")
    tries = [wanted, *(f"{stem}~{n}{dot}{suffix}" if dot else f"{wanted}~{n}" for n in range(1, 100))]
    for attempt in tries:
        with contextlib.suppress(FileExistsError):
            os.link(name, attempt, src_dir_fd=place, dst_dir_fd=target, follow_symlinks=False)
            break
    else:
        return
    os.unlink(name, dir_fd=place)


def _sort(mode: int) -> Sort:
    if stat.S_ISREG(mode):
        return Sort.FILE
    return Sort.FOLDER if stat.S_ISDIR(mode) else Sort.OTHER


def _mark(about: os.stat_result) -> Mark:
    return Mark(about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
