"""Bytes read part by part, wherever they lie."""

from __future__ import annotations

import hashlib
import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.limits import ARRIVAL_PIECE_BYTES
from appliance.records import readable
from appliance.records.readable import pieces, sha256_of


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(1, 9))
def test_pieces_in_order_are_the_whole(data: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readable, "ARRIVAL_PIECE_BYTES", size)
        found = list(pieces(data))
        assert b"".join(pieces(data, 3)) == data[3:]
        assert b"".join(pieces(data, 3, len(data) - 2)) == data[3 : max(3, len(data) - 2)]
    assert b"".join(found) == data
    assert all(len(piece) == size for piece in found[:-1])


def test_the_digest_is_that_of_the_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * (ARRIVAL_PIECE_BYTES // 128)
    (tmp_path / "file").write_bytes(data)
    with (
        (tmp_path / "file").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        assert sha256_of(data) == sha256_of(mapped) == hashlib.sha256(data).digest()
