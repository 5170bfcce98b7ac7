"""The log of a disk's writes is read as the kernel writes it, and a cut leaves no more than could have been written."""

from __future__ import annotations

import io
import random
import struct

from tests.torture.power.cuts import SECTOR_BYTES, Cut, Kind, Write, choose, spans

FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


def block(letter: bytes, sectors: int = 2) -> bytes:
    return letter * (sectors * SECTOR_BYTES)


def entry(
    sector: int, flags: int, data: bytes = b"", *, sectors: int | None = None, mark: bytes = b""
) -> bytes:
    count = len(data) // SECTOR_BYTES if sectors is None else sectors
    return (struct.pack("<QQQQ", sector, count, flags, len(mark)) + mark).ljust(SECTOR_BYTES, b"\0") + data


def log(*entries: bytes) -> io.BytesIO:
    head = struct.pack("<QQQI", 0x6A736677736872, 1, len(entries), SECTOR_BYTES)
    return io.BytesIO(head.ljust(SECTOR_BYTES, b"\0") + b"".join(entries))


def test_what_stands_before_a_flush_is_pending_until_it() -> None:
    first, second = spans(
        log(
            entry(8, 0, block(b"a")),
            entry(0, MARK, mark=b"file,R1"),
            entry(16, FLUSH | FUA, block(b"b", 1)),
            entry(8, DISCARD, sectors=1),
            entry(0, MARK, mark=b"dm-log-writes-end"),
        )
    )
    assert (first.pending, first.closing, first.marks) == (
        [Write(8, block(b"a"))],
        [Write(16, block(b"b", 1))],
        ["file,R1"],
    )
    assert (second.pending, second.closing, second.marks) == ([Write(8, bytes(SECTOR_BYTES))], [], [])


def test_a_cut_leaves_whole_sectors_of_what_was_written_in_its_span() -> None:
    span, _ = spans(log(entry(8, 0, block(b"a", 64)), entry(99, FUA, block(b"b", 64))))
    chance = random.Random(1)
    assert Cut(0, Kind.DROPPED).leaves(span, chance) == []
    torn = Cut(0, Kind.TORN).leaves(span, chance)
    assert 0 < len(torn) < 64
    assert all(8 <= one.sector < 72 and one.data == block(b"a", 1) for one in torn)
    whole, *closing = Cut(0, Kind.CLOSING_TORN).leaves(span, chance)
    assert whole == Write(8, block(b"a", 64))
    assert 0 < len(closing) < 64
    assert all(99 <= one.sector < 163 and one.data == block(b"b", 1) for one in closing)


def test_cuts_are_different_and_stand_in_the_order_of_time() -> None:
    found = spans(log(*(entry(8 * number, FUA, block(b"a")) for number in range(50))))
    chosen = choose(found, 30, random.Random(1))
    assert len(set(chosen)) == 30
    assert chosen == sorted(chosen, key=lambda cut: cut.span)
    assert len(choose(found, 1_000, random.Random(1))) == 50
