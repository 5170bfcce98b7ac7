"""What a cut can leave on a disk, by the log of its writes (dm-log-writes of the Linux kernel, the format of its version 1).

The log has a superblock and then entries of one block each, with what was written after it; a write without FUA stands
in it before the flush that made it durable. So between two such points any part of the writes may be on the disk.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, IntFlag
from pathlib import Path
from typing import BinaryIO, Final

MAGIC: Final = 0x6A736677736872
SECTOR_BYTES: Final = 512
_END: Final = "dm-log-writes-end"
"""The kernel's own mark."""
_SUPER: Final = struct.Struct("<QQQI")
_ENTRY: Final = struct.Struct("<QQQQ")


class Flag(IntFlag):
    """What an entry is."""

    FLUSH = 1
    FUA = 2
    DISCARD = 4
    MARK = 8


class Kind(Enum):
    """What of the unsynced writes is on the disk after the cut."""

    DROPPED = "dropped"
    """Nothing."""
    TORN = "torn"
    """Some sectors of them, whatever their order."""
    CLOSING_TORN = "closing torn"
    """All of them, and some sectors of the durable write that was under way."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of the disk."""

    sector: int
    data: bytes

    def torn(self, chance: random.Random) -> Iterator[Write]:
        """Some of its sectors, each as it was written: a disk writes a sector whole or not at all."""
        for number in range(len(self.data) // SECTOR_BYTES):
            if chance.random() < 0.5:
                start = number * SECTOR_BYTES
                yield Write(self.sector + number, self.data[start : start + SECTOR_BYTES])


@dataclass(slots=True)
class Span:
    """The time between two points at which writes became durable."""

    pending: list[Write] = field(default_factory=list)
    """Written and not flushed: durable with the point that ends the span."""
    closing: list[Write] = field(default_factory=list)
    """What that point itself writes."""
    marks: list[str] = field(default_factory=list)
    """What was acknowledged meanwhile."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut of the power within a span."""

    span: int
    kind: Kind

    def chance(self, seed: int) -> random.Random:
        """Its own: the same cut of the same log leaves the same again, whatever was cut before it."""
        return random.Random(f"{seed}-{self.span}-{self.kind.value}")

    def leaves(self, span: Span, chance: random.Random) -> list[Write]:
        """What is on the disk of the span's own writes."""
        if self.kind is Kind.DROPPED:
            return []
        if self.kind is Kind.TORN:
            return [part for write in span.pending for part in write.torn(chance)]
        return span.pending + [part for write in span.closing for part in write.torn(chance)]


def spans(log: BinaryIO) -> list[Span]:
    """The log's whole time."""
    found = [Span()]
    for flags, write, mark in _entries(log):
        if flags & Flag.MARK:
            if mark != _END:
                found[-1].marks.append(mark)
        elif flags & (Flag.FLUSH | Flag.FUA):
            found[-1].closing += write
            found.append(Span())
        else:
            found[-1].pending += write
    return found


def choose(found: list[Span], count: int, chance: random.Random) -> list[Cut]:
    """`count` different cuts, or as many as there can be, in the order of time; the one with most at stake is among them."""
    dropped = [Cut(number, Kind.DROPPED) for number, span in enumerate(found) if span.marks or span.pending]
    torn = [Cut(number, Kind.TORN) for number, span in enumerate(found) if span.pending]
    closing = [Cut(number, Kind.CLOSING_TORN) for number, span in enumerate(found) if span.closing]
    worst = max(dropped, key=lambda cut: len(found[cut.span].marks), default=None)
    others = [cut for cut in (*dropped, *torn, *closing) if cut != worst]
    chosen = [] if worst is None else [worst]
    chosen += chance.sample(others, min(count - len(chosen), len(others)))
    return sorted(chosen, key=lambda cut: cut.span)


def put(disk: Path, writes: list[Write]) -> None:
    """Write them onto the image of a disk."""
    with disk.open("r+b") as file:
        for write in writes:
            file.seek(write.sector * SECTOR_BYTES)
            file.write(write.data)


def _entries(log: BinaryIO) -> Iterator[tuple[int, list[Write], str]]:
    magic, version, count, block_bytes = _SUPER.unpack(log.read(_SUPER.size))
    if (magic, version, block_bytes) != (MAGIC, 1, SECTOR_BYTES):
        raise ValueError("not a log of dm-log-writes with blocks of 512 bytes")
    place = block_bytes
    for _ in range(count):
        log.seek(place)
        head = log.read(block_bytes)
        sector, sectors, flags, mark_bytes = _ENTRY.unpack_from(head)
        place += block_bytes
        if flags & Flag.MARK:
            yield flags, [], head[_ENTRY.size : _ENTRY.size + mark_bytes].rstrip(b"\0").decode()
        elif flags & Flag.DISCARD:
            yield flags, [Write(sector, bytes(sectors * SECTOR_BYTES))], ""
        else:
            data = log.read(sectors * block_bytes)
            place += len(data)
            yield flags, [Write(sector, data)] if data else [], ""
