"""The entries of a folder as a server of SMB sends them: FileIdFullDirectoryInformation ([MS-FSCC] 2.4.19)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from appliance.intake.files.tree import Child, Mark, Sort

# NextEntryOffset, FileIndex, CreationTime, LastAccessTime, LastWriteTime, ChangeTime, EndOfFile, AllocationSize,
# FileAttributes, FileNameLength, EaSize, Reserved, FileId; the name follows.
_ENTRY: Final = struct.Struct("<IIqqqqqqIIIIQ")
_DIRECTORY: Final = 0x10
_DEVICE: Final = 0x40
_REPARSE_POINT: Final = 0x400
"""A link, or what only looks like a file (FILE_ATTRIBUTE_REPARSE_POINT)."""


class ListingError(ValueError):
    """A server's listing does not add up."""


def entries(buffer: bytes) -> Iterator[Child]:
    """Every entry but `.` and `..`. Raises ListingError for anything that points outside of the buffer."""
    start = 0
    while True:
        if start + _ENTRY.size > len(buffer):
            raise ListingError
        (following, _, _, _, written, changed, size, _, attributes, name_bytes, _, _, identity) = (
            _ENTRY.unpack_from(buffer, start)
        )
        name_start = start + _ENTRY.size
        if name_start + name_bytes > len(buffer) or size < 0:
            raise ListingError
        name, what = _name(buffer[name_start : name_start + name_bytes]), sort(attributes)
        if name not in (".", ".."):
            sound = "\ufffd" not in name
            yield Child(name, what if sound else Sort.OTHER, Mark(size, written, changed, identity))
        if following == 0:
            return
        if following < _ENTRY.size:
            raise ListingError
        start += following


def _name(raw: bytes) -> str:
    """A name that is no text cannot be asked for: it gets a mark in it (U+FFFD)."""
    return raw.decode("utf-16-le", "replace")


def sort(attributes: int) -> Sort:
    """What an entry is, by its attributes ([MS-FSCC] 2.6)."""
    if attributes & (_REPARSE_POINT | _DEVICE):
        return Sort.OTHER
    return Sort.FOLDER if attributes & _DIRECTORY else Sort.FILE
