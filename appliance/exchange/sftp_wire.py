"""The words of SFTP version 3 (draft-ietf-secsh-filexfer-02, with OpenSSH's extensions) as values. Pure.

A request says what is asked of the server; its number, which the answer repeats, is given when it is sent.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from stat import S_ISDIR
from typing import Final

VERSION: Final = 3
FSYNC: Final = "fsync@openssh.com"
POSIX_RENAME: Final = "posix-rename@openssh.com"
STATVFS: Final = "statvfs@openssh.com"
_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">IBI")
_PLACE = struct.Struct(">QI")
_ROOM = struct.Struct(">11Q")
_NO_ATTRIBUTES: Final = b"\0\0\0\0"


class Kind(IntEnum):
    """What a packet is (section 3)."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    FSETSTAT = 10
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """What a status says (section 7)."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    OP_UNSUPPORTED = 8


class Open(IntFlag):
    """How a file is opened (section 6.3)."""

    READ = 0x01
    WRITE = 0x02
    CREATE = 0x08
    EXCLUSIVE = 0x20


class _Attribute(IntFlag):
    SIZE = 0x01
    OWNER = 0x02
    PERMISSIONS = 0x04


class UnreadableAnswerError(ValueError):
    """What came is no packet of this protocol: the line, or the server, is not what it should be."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request without its number; `awaited_bytes` is what its answer may be as long as, beyond a few bytes."""

    kind: Kind
    body: bytes
    awaited_bytes: int = 0

    @property
    def weight_bytes(self) -> int:
        return len(self.body) + self.awaited_bytes

    def packet(self, number: int) -> bytes:
        return _HEAD.pack(len(self.body) + 5, self.kind, number) + self.body


@dataclass(frozen=True, slots=True)
class Status:
    code: int

    @property
    def ok(self) -> bool:
        return self.code == Code.OK


@dataclass(frozen=True, slots=True)
class Handle:
    handle: bytes


@dataclass(frozen=True, slots=True)
class Data:
    data: bytes


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of a file, or of a folder (whose size says nothing)."""

    size_bytes: int
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What of the server's file system the account may still fill."""

    free_bytes: int


Answer = Status | Handle | Data | Attributes | Room


# --- requests ------------------------------------------------------------------------------------------


def hello() -> bytes:
    """The first packet."""
    return _LENGTH.pack(5) + bytes([Kind.INIT]) + _LENGTH.pack(VERSION)


def open_file(path: str, how: Open) -> Request:
    return Request(Kind.OPEN, _text(path) + _LENGTH.pack(how) + _NO_ATTRIBUTES)


def close(handle: bytes) -> Request:
    return Request(Kind.CLOSE, _bytes(handle))


def read(handle: bytes, place: int, length: int) -> Request:
    return Request(Kind.READ, _bytes(handle) + _PLACE.pack(place, length), awaited_bytes=length)


def write(handle: bytes, place: int, data: bytes) -> Request:
    return Request(Kind.WRITE, b"".join((_bytes(handle), _PLACE.pack(place, len(data)), data)))


def truncate(handle: bytes, size_bytes: int) -> Request:
    attributes = struct.pack(">IQ", _Attribute.SIZE, size_bytes)
    return Request(Kind.FSETSTAT, _bytes(handle) + attributes)


def fsync(handle: bytes) -> Request:
    return Request(Kind.EXTENDED, _text(FSYNC) + _bytes(handle))


def stat(path: str) -> Request:
    return Request(Kind.STAT, _text(path))


def make_folder(path: str) -> Request:
    return Request(Kind.MKDIR, _text(path) + _NO_ATTRIBUTES)


def remove(path: str) -> Request:
    return Request(Kind.REMOVE, _text(path))


def remove_folder(path: str) -> Request:
    return Request(Kind.RMDIR, _text(path))


def rename(source: str, target: str) -> Request:
    return Request(Kind.RENAME, _text(source) + _text(target))


def posix_rename(source: str, target: str) -> Request:
    return Request(Kind.EXTENDED, _text(POSIX_RENAME) + _text(source) + _text(target))


def room(path: str) -> Request:
    return Request(Kind.EXTENDED, _text(STATVFS) + _text(path))


def _text(text: str) -> bytes:
    return _bytes(text.encode())


def _bytes(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


# --- answers -------------------------------------------------------------------------------------------


def extensions(packet: bytes) -> frozenset[str]:
    """What the server's first packet says that it knows beyond the draft. Raises UnreadableAnswerError."""
    try:
        if packet[0] != Kind.VERSION or _LENGTH.unpack_from(packet, 1)[0] < VERSION:
            raise UnreadableAnswerError
        names, rest = [], packet[5:]
        while rest:
            name, rest = _taken(rest)
            _, rest = _taken(rest)
            names.append(name.decode(errors="replace"))
    except (IndexError, struct.error) as error:
        raise UnreadableAnswerError from error
    return frozenset(names)


def answer(packet: bytes) -> tuple[int, Answer]:
    """A packet (without its length) as the number of its request and what it says. Raises UnreadableAnswerError."""
    try:
        number = int(_LENGTH.unpack_from(packet, 1)[0])
        return number, _said(packet[0], packet[5:])
    except (IndexError, struct.error) as error:
        raise UnreadableAnswerError from error


def _said(kind: int, body: bytes) -> Answer:
    match kind:
        case Kind.STATUS:
            return Status(_LENGTH.unpack_from(body)[0])
        case Kind.HANDLE:
            return Handle(_taken(body)[0])
        case Kind.DATA:
            return Data(_taken(body)[0])
        case Kind.ATTRS:
            return _attributes(body)
        case Kind.EXTENDED_REPLY:
            _, fragment_bytes, _, _, available, *_ = _ROOM.unpack_from(body)
            return Room(fragment_bytes * available)
        case _:
            raise UnreadableAnswerError


def _attributes(body: bytes) -> Attributes:
    known = _Attribute(_LENGTH.unpack_from(body)[0])
    place, size, mode = 4, 0, 0
    if _Attribute.SIZE in known:
        (size,) = struct.unpack_from(">Q", body, place)
        place += 8
    if _Attribute.OWNER in known:
        place += 8
    if _Attribute.PERMISSIONS in known:
        (mode,) = _LENGTH.unpack_from(body, place)
    return Attributes(size, S_ISDIR(mode))


def _taken(body: bytes) -> tuple[bytes, bytes]:
    """One string with its length before it, and what follows."""
    (length,) = _LENGTH.unpack_from(body)
    if len(body) < 4 + length:
        raise UnreadableAnswerError
    return body[4 : 4 + length], body[4 + length :]
