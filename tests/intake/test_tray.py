"""The memory that a source's process and the intake share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from appliance.intake import wire
from appliance.intake.tray import Tray, unlaid
from appliance.limits import ARRIVAL_PIECE_BYTES, ARRIVAL_PIECES_UNDER_WAY_MAX


@pytest.fixture
def tray() -> Iterator[Tray]:
    made = Tray.made()
    yield made
    made.close()


def test_a_piece_is_what_was_laid_and_stays_when_its_place_is_used_again(tray: Tray) -> None:
    full = [bytes([place]) * ARRIVAL_PIECE_BYTES for place in range(ARRIVAL_PIECES_UNDER_WAY_MAX)]
    other_side = Tray(os.dup(tray.descriptor))
    for place, data in enumerate(full):
        other_side.lay(place, data)
    other_side.close()
    pieces = [tray.piece(place, ARRIVAL_PIECE_BYTES) for place in range(ARRIVAL_PIECES_UNDER_WAY_MAX)]
    tray.lay(0, b"another")
    assert pieces == full
    assert unlaid(wire.Laid(0, 7), tray) == wire.Piece(b"another")


@pytest.mark.parametrize(
    ("place", "size_bytes"),
    [(-1, 1), (ARRIVAL_PIECES_UNDER_WAY_MAX, 1), (0, ARRIVAL_PIECE_BYTES + 1), (0, -1)],
)
def test_what_cannot_lie_on_it_is_an_error(tray: Tray, place: int, size_bytes: int) -> None:
    with pytest.raises(ValueError, match="no such place"):
        unlaid(wire.Laid(place, size_bytes), tray)
    if size_bytes > 0:
        with pytest.raises(ValueError, match="no such place"):
            tray.lay(place, bytes(size_bytes))
    with pytest.raises(ValueError, match="no tray"):
        unlaid(wire.Laid(0, 1), None)


def test_no_process_can_shorten_it_under_the_other_s_hands(tray: Tray) -> None:
    for size_bytes in (0, 2 * ARRIVAL_PIECE_BYTES * ARRIVAL_PIECES_UNDER_WAY_MAX):
        with pytest.raises(PermissionError):
            os.ftruncate(tray.descriptor, size_bytes)
