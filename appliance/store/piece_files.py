"""Large pieces as files beside the store, each encrypted (AES-256-GCM) with a random key that only its row knows.

A file is on the disk before its row is committed, and removed after the row's removal is: a crash leaves at most files
without rows, which `sweep` removes, never a row without its file.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import deque
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.limits import PIECE_FILES_UNDER_WAY_MAX, PIECE_FILES_WRITERS
from appliance.store.db import StoreError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class DamagedPieceError(StoreError):
    """A file with a part of an arrival's bytes is missing, or does not hold what was written."""

    code = "STORE-0007"


@dataclass(frozen=True, slots=True)
class PieceFile:
    """What the row of a piece tells of its file: `secret` is key and nonce, `size_bytes` that of the piece."""

    name: str
    secret: bytes
    size_bytes: int

    @classmethod
    def for_data(cls, data: bytes) -> PieceFile:
        return cls(secrets.token_hex(16), secrets.token_bytes(_KEY_BYTES + _NONCE_BYTES), len(data))


class PieceFiles:
    """The folder `<store>.d`."""

    def __init__(self, store_path: Path) -> None:
        self._folder = store_path.with_name(f"{store_path.name}.d")

    def make(self) -> None:
        """Make the folder where it lacks."""
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            _sync(self._folder.parent)

    def write(self, file: PieceFile, data: bytes) -> None:
        """Write the bytes to the disk; they are found there after `sync`. Raises OSError, and leaves nothing then."""
        try:
            self._write(
                self._folder / file.name, _cipher(file.secret).encrypt(_nonce(file.secret), data, None)
            )
        except OSError:
            self.remove(file.name)
            raise

    def sync(self) -> None:
        """Every file written so far keeps its name from now on. Raises OSError."""
        _sync(self._folder)

    def read(self, name: str, secret: bytes) -> bytes:
        """The bytes as they were written. Raises DamagedPieceError."""
        try:
            return _cipher(secret).decrypt(_nonce(secret), (self._folder / name).read_bytes(), None)
        except (OSError, InvalidTag) as error:
            raise DamagedPieceError(
                "受け取ったデータの一部が、記憶装置から失われたか壊れています。",
                "A part of what was received is missing from the disk, or damaged.",
                hint_ja="電源を切らずに運用者に連絡してください。ほかのデータには影響ありません。",
                hint_en="Keep the box on and call the operator. Other data are not concerned.",
            ) from error

    def remove(self, name: str) -> None:
        """What cannot be removed now is left to the sweep."""
        with contextlib.suppress(OSError):
            (self._folder / name).unlink()

    def sweep(self, known: Collection[str]) -> int:
        """Remove every file that no row knows; how many they were. Only for the one who writes pieces."""
        if not self._folder.is_dir():
            return 0
        orphans = [path.name for path in self._folder.iterdir() if path.name not in known]
        for name in orphans:
            self.remove(name)
        return len(orphans)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            written = 0
            while written < len(content):
                written += file.write(memoryview(content)[written:])
            os.fsync(descriptor)


class Writing:
    """The files of an arrival that is all or nothing: written by threads while more comes, on the disk after `finish`.

    A file that could not be written is an OSError at every later call.
    """

    def __init__(self, files: PieceFiles) -> None:
        files.make()
        self.written: dict[int, PieceFile] = {}
        """By the pieces' numbers."""
        self._files = files
        self._threads = ThreadPoolExecutor(PIECE_FILES_WRITERS, "piece")
        self._under_way: deque[Future[None]] = deque()
        self._named = True

    def add(self, number: int, data: bytes) -> None:
        """Begin to write a piece; waits while limits.PIECE_FILES_UNDER_WAY_MAX are being written."""
        self._settle(PIECE_FILES_UNDER_WAY_MAX - 1)
        self.written[number] = file = PieceFile.for_data(data)
        self._named = False
        self._under_way.append(self._threads.submit(self._files.write, file, data))

    def finish(self) -> None:
        """Wait until all of them are on the disk."""
        self._settle(0)
        if not self._named:
            self._files.sync()
            self._named = True

    def abandon(self) -> None:
        """Remove them all."""
        self._threads.shutdown(cancel_futures=True)
        for file in self.written.values():
            self._files.remove(file.name)

    def _settle(self, left: int) -> None:
        while len(self._under_way) > left:
            self._under_way[0].result()
            self._under_way.popleft()


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret[:_KEY_BYTES])


def _nonce(secret: bytes) -> bytes:
    return secret[_KEY_BYTES:]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
