"""What a folder on the box and a folder of another computer have in common: a tree of files, seen and held one by one.

Both speak of failure in the same built-in errors: BlockingIOError (somebody is writing), FileNotFoundError,
PermissionError, ConnectionError and TimeoutError (the other computer is away), OSError (this file cannot be had).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from appliance.intake.files.troubles import Trouble
from appliance.limits import FILE_NAME_MAX_BYTES, FOLDER_DEPTH, FOLDER_LOOK_MAX_ENTRIES, SOURCE_FILE_MAX_BYTES

DONE = "done"
QUARANTINE = "quarantine"
UNFINISHED_SUFFIXES = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".writing", "~")
"""Names under which programs write what they rename when it is whole."""
_FORBIDDEN = frozenset('/\\:*?"<>|\x7f')


class Sort(StrEnum):
    """What an entry of a folder is."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"
    """A link, a device, a pipe: never opened."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What must stay the same while a file is judged. Times are the file system's own, compared with themselves only."""

    size_bytes: int
    written: int
    changed: int
    identity: int


_NOTHING = Mark(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Child:
    """One entry of one folder."""

    name: str
    sort: Sort
    mark: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree, by its path from the root (`/` between names), and why it is not to be opened."""

    path: str
    mark: Mark
    trouble: Trouble | None = None


class Held(Protocol):
    """One file, held open so that a writer is kept out or noticed, until the `with` block ends."""

    size_bytes: int
    seal: tuple[int, ...]
    """By which the same content is recognised when it is opened again."""

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes; fewer only at the end of the file."""
        ...

    def pieces(self, length: int) -> Iterator[bytes]:
        """The content from its beginning to its end, in pieces of at most `length` bytes."""
        ...

    def unchanged(self) -> bool:
        """Whether nobody has written, or asked to write, since it was opened."""
        ...

    def delete(self) -> bool:
        """Delete just this content; False when it is no longer what was held, and nothing was deleted."""
        ...

    def move(self, folder: str, name: str) -> bool:
        """Move just this content into a folder of the root, as `delete` does."""
        ...


class Tree(Protocol):
    """The files of one source."""

    def children(self, folder: str) -> Iterator[Child]:
        """The entries of a folder; the root is the empty path."""
        ...

    def hold(self, path: str, mark: Mark, *, to_remove: bool) -> AbstractContextManager[Held]:
        """Open a file that looked like `mark`. `to_remove`: it may be deleted or moved as well.

        Raises BlockingIOError when somebody writes to it, or it no longer looks like that.
        """
        ...

    def remove(self, path: str) -> None:
        """Delete a file whose content says nothing (INDEX of NSIPS)."""
        ...

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Put a small file of our own into a folder of the root."""
        ...

    def warnings(self) -> Collection[Trouble]:
        """What a person should know of the way to these files; they are read all the same."""
        ...

    def close(self) -> None: ...


def walk(tree: Tree) -> Iterator[Entry]:
    """The files of a tree, limits.FOLDER_DEPTH deep, without what was put away and what is hidden."""
    for count, entry in enumerate(_walk(tree, "", FOLDER_DEPTH), 1):
        if count > FOLDER_LOOK_MAX_ENTRIES:
            yield Entry("", _NOTHING, Trouble.TOO_MANY)
            return
        yield entry


def _walk(tree: Tree, folder: str, depth: int) -> Iterator[Entry]:
    for child in _children(tree, folder):
        if child is None:
            yield Entry(folder, _NOTHING, Trouble.UNREADABLE)
        elif child.name.startswith("."):
            continue
        elif child.sort is Sort.FOLDER and is_plain(child.name):
            if depth and not (not folder and child.name.casefold() in (DONE, QUARANTINE)):
                yield from _walk(tree, _path(folder, child.name), depth - 1)
        else:
            yield Entry(_path(folder, child.name), child.mark, _trouble(child))


def _children(tree: Tree, folder: str) -> Iterator[Child | None]:
    """The entries of a folder; None for one that may not be looked into. One that has gone meanwhile has none."""
    try:
        yield from tree.children(folder)
    except (FileNotFoundError, PermissionError) as error:
        if not folder:
            raise
        if isinstance(error, PermissionError):
            yield None


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _trouble(child: Child) -> Trouble | None:
    if not is_plain(child.name):
        return Trouble.BAD_NAME
    if child.sort is not Sort.FILE:
        return Trouble.NOT_A_FILE
    return Trouble.TOO_LARGE if child.mark.size_bytes > SOURCE_FILE_MAX_BYTES else None


def is_plain(name: str) -> bool:
    """Whether a name is one name: no path, no stream, no control character, and not too long."""
    return (
        0 < len(name.encode("utf-8", "surrogateescape")) <= FILE_NAME_MAX_BYTES
        and name not in (".", "..")
        and not any(letter in _FORBIDDEN or ord(letter) < ord(" ") for letter in name)
    )


def base_name(path: str) -> str:
    """The name under which an arrival is kept; bytes that are no text are replaced."""
    return path.rpartition("/")[2].encode("utf-8", "replace").decode("utf-8")
