"""A file on disk as Readable: read part by part from one open descriptor, never whole and never mapped into memory.

A mapped file that somebody else shortens ends the process (SIGBUS); a read comes back short and is an error.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import Audience, RenkeiError
from appliance.records.readable import Readable


class FileChangedError(RenkeiError):
    """A file became shorter while it was read."""

    code = "FILE-0001"
    audience = Audience.INSTALLER


class FileBytes:
    """The bytes of an open file, as many as it has when it is opened."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self._size)
        found = bytearray()
        while start + len(found) < stop:
            piece = os.pread(self._descriptor, stop - start - len(found), start + len(found))
            if not piece:
                raise _shortened()
            found += piece
        return bytes(found)


@contextmanager
def open_file(path: Path) -> Iterator[Readable]:
    """A file to be read part by part; of a pipe, which has no parts, everything at once. Raises OSError when it cannot be opened."""
    with path.open("rb", buffering=0) as file:
        regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        yield FileBytes(file.fileno()) if regular else file.read()


def _shortened() -> FileChangedError:
    return FileChangedError(
        "読み取りの途中でファイルが短くなりました。",
        "A file became shorter while it was read.",
        hint_ja="書き込みが終わってから、もう一度実行してください。",
        hint_en="Try again when whoever writes it has finished.",
    )
