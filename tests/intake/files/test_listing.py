"""A server's listing: what the bytes say, and that no bytes lead outside of them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.intake.files.listing import ListingError, entries
from appliance.intake.files.tree import Child, Mark, Sort

DIRECTORY, DEVICE, REPARSE_POINT = 0x10, 0x40, 0x400


def entry(name: str | bytes, *, attributes: int = 0x20, size: int = 7, last: bool = False) -> bytes:
    raw = name.encode("utf-16-le") if isinstance(name, str) else name
    length = -(-(80 + len(raw)) // 8) * 8
    head = struct.pack(
        "<IIqqqqqqIIIIQ", 0 if last else length, 0, 1, 2, 3, 4, size, 8, attributes, len(raw), 0, 0, 99
    )
    return (head + raw).ljust(length, b"\0")


def test_entries_are_read_with_their_marks_and_sorts() -> None:
    buffer = b"".join(
        [
            entry("."),
            entry("..", attributes=DIRECTORY),
            entry("社保", attributes=DIRECTORY),
            entry("ﾚｾﾌﾟﾄ①.UKE"),
            entry("link", attributes=REPARSE_POINT),
            entry("device", attributes=DEVICE, last=True),
        ]
    )
    mark = Mark(7, 3, 4, 99)
    assert list(entries(buffer)) == [
        Child("社保", Sort.FOLDER, mark),
        Child("ﾚｾﾌﾟﾄ①.UKE", Sort.FILE, mark),
        Child("link", Sort.OTHER, mark),
        Child("device", Sort.OTHER, mark),
    ]


def test_a_name_that_is_no_text_is_never_asked_for() -> None:
    (child,) = entries(entry(b"\x00\xd8a\x00", last=True))
    assert child.sort is Sort.OTHER


@pytest.mark.parametrize(
    "buffer",
    [
        b"",
        entry("a")[:60],
        entry("a"),
        entry("abcdefgh", last=True)[:90],
        entry("a", size=-1, last=True),
        struct.pack("<I", 8) + entry("a", last=True)[4:],
    ],
    ids=["empty", "cut head", "no last entry", "cut name", "negative size", "a step into itself"],
)
def test_what_does_not_add_up_is_refused(buffer: bytes) -> None:
    with pytest.raises(ListingError):
        list(entries(buffer))


@given(st.binary(max_size=400))
def test_any_bytes_are_entries_or_refused(buffer: bytes) -> None:
    try:
        found = list(entries(buffer))
    except ListingError:
        return
    assert all(child.mark.size_bytes >= 0 for child in found)
