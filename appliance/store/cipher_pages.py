"""The pages of a store read one by one, without SQLite: decrypted, each vouched for by its own keyed hash.

SQLCipher 4 with a raw key: pages of 4096 bytes, AES-256-CBC, of each the last 80 bytes are the IV and an HMAC-SHA512 over
cipher text, IV and page number. The write-ahead log holds pages of the same kind in frames (SQLite file format, section 4).
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES: Final = 4096
_IV_BYTES: Final = 16
_MAC_BYTES: Final = 64
USABLE_BYTES: Final = PAGE_BYTES - _IV_BYTES - _MAC_BYTES
SALT_BYTES: Final = 16
_MAC_SALT_MASK: Final = 0x3A
_MAC_ROUNDS: Final = 2
_MAGIC: Final = b"SQLite format 3\x00"
_LOG_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_FRAME_BYTES: Final = _FRAME_HEADER + PAGE_BYTES
_LITTLE_ENDIAN: Final = 0x377F0682
_BIG_ENDIAN: Final = 0x377F0683
_LOST_COMMITS: Final = 2
"""After a frame that is not as written, so many commits show that it had been on the disk: only the last may be torn."""


class PageCipher:
    """Decrypts pages of one store."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key = key
        mac_salt = bytes(byte ^ _MAC_SALT_MASK for byte in salt)
        self._mac_key = hashlib.pbkdf2_hmac("sha512", key, mac_salt, _MAC_ROUNDS, len(key))

    def is_sound(self, number: int, page: bytes) -> bool:
        """Whether the page is as it was written, under this key, in this place."""
        if len(page) != PAGE_BYTES:
            return False
        start = SALT_BYTES if number == 1 else 0
        signed = page[start:-_MAC_BYTES] + struct.pack("<I", number)
        return hmac.compare_digest(hmac.digest(self._mac_key, signed, "sha512"), page[-_MAC_BYTES:])

    def opened(self, number: int, page: bytes) -> bytes:
        """The plain page, its last 80 bytes empty."""
        start = SALT_BYTES if number == 1 else 0
        iv = page[USABLE_BYTES : USABLE_BYTES + _IV_BYTES]
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(iv)).decryptor()
        plain = decryptor.update(page[start:USABLE_BYTES]) + decryptor.finalize()
        return (_MAGIC if number == 1 else b"") + plain


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in the log. `commit` is not 0 at the end of a transaction; `chained`: SQLite itself would take it."""

    page: int
    commit: int
    offset: int
    sound: bool
    chained: bool


class Log:
    """The write-ahead log: which frames of it hold what was committed."""

    def __init__(self, path: Path, cipher: PageCipher) -> None:
        self._path = path
        self.frames: list[Frame] = list(self._read(cipher)) if path.is_file() else []

    @property
    def first_bad(self) -> int:
        """The number of the first frame that SQLite would not take; all after it are lost to it as well."""
        return next((n for n, frame in enumerate(self.frames) if not frame.chained), len(self.frames))

    @property
    def is_damaged(self) -> bool:
        """Whether committed transactions lie behind a frame that is not as it was written."""
        return self._commits_from(self.first_bad) >= _LOST_COMMITS

    def committed(self) -> list[Frame]:
        """The frames that belong to committed transactions and are sound, in their order."""
        stop = len(self.frames) if self.is_damaged else self.first_bad
        last = max((n for n in range(stop) if self.frames[n].commit and self.frames[n].sound), default=-1)
        return [frame for frame in self.frames[: last + 1] if frame.sound]

    def _commits_from(self, start: int) -> int:
        return sum(1 for frame in self.frames[start:] if frame.commit and frame.sound)

    def _read(self, cipher: PageCipher) -> Iterator[Frame]:
        """The frames of the log's present run: those that carry its salts."""
        with self._path.open("rb") as file:
            header = file.read(_LOG_HEADER)
            if len(header) < _LOG_HEADER:
                return
            magic = struct.unpack(">I", header[:4])[0]
            order = "<" if magic == _LITTLE_ENDIAN else ">"
            salts = header[16:24]
            sums = _checksum(header[:24], (0, 0), order)
            chained = magic in (_LITTLE_ENDIAN, _BIG_ENDIAN) and sums == struct.unpack(">II", header[24:32])
            offset = _LOG_HEADER
            while len(frame := file.read(_FRAME_BYTES)) == _FRAME_BYTES:
                if offset == _LOG_HEADER and not chained:
                    salts = frame[8:16]  # the header is damaged: the first frame tells which run this is
                number, commit = struct.unpack(">II", frame[:8])
                mine = frame[8:16] == salts
                if not mine and chained:
                    chained = False
                if chained:
                    sums = _checksum(frame[:8] + frame[_FRAME_HEADER:], sums, order)
                    chained = sums == struct.unpack(">II", frame[16:24])
                sound = mine and cipher.is_sound(number, frame[_FRAME_HEADER:])
                yield Frame(number, commit, offset + _FRAME_HEADER, sound, chained)
                offset += _FRAME_BYTES


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


class Pages:
    """The plain pages of a store as its last commit left them, as far as they are sound."""

    def __init__(self, path: Path, key: bytes, salt: bytes) -> None:
        self._path = path
        self._log_path = path.with_name(f"{path.name}-wal")
        self._cipher = PageCipher(key, salt)
        self._newer: dict[int, list[int]] = {}
        newest = 0
        self.log = Log(self._log_path, self._cipher)
        for frame in self.log.committed():
            self._newer.setdefault(frame.page, []).append(frame.offset)
            newest = max(newest, frame.page)
        self.count = max(path.stat().st_size // PAGE_BYTES, newest)
        self.unsound: set[int] = set()

    def __getitem__(self, number: int) -> bytes | None:
        """The newest sound version of a page; None when there is none, or the disk does not give it."""
        for offset in reversed(self._newer.get(number, ())):
            page = _at(self._log_path, offset)
            if self._cipher.is_sound(number, page):
                return self._cipher.opened(number, page)
        page = _at(self._path, (number - 1) * PAGE_BYTES)
        if self._cipher.is_sound(number, page):
            return self._cipher.opened(number, page)
        self.unsound.add(number)
        return None

    def any_sound(self) -> bool:
        """Whether at least one page of the file is this key's: then the key is right."""
        return any(self[number] is not None for number in range(1, self.count + 1))


def salt_of(path: Path) -> bytes:
    """The salt at the beginning of a store's file."""
    return _at(path, 0)[:SALT_BYTES]


def _at(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            return file.read(PAGE_BYTES)
    except OSError:  # the disk does not give this place: as good as damaged
        return b""
