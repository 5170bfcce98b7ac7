"""Signatures: bounded strokes, and the same strokes as a drawing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.kiosk.problems import FormUnreadableError, KioskError
from appliance.kiosk.signature import SignatureMissingError, read_strokes, svg_path
from appliance.limits import KIOSK_SIGNATURE_MAX_MS, SIGNATURE_HEIGHT, SIGNATURE_MIN_POINTS, SIGNATURE_WIDTH

points = st.tuples(
    st.integers(0, SIGNATURE_WIDTH), st.integers(0, SIGNATURE_HEIGHT), st.integers(0, KIOSK_SIGNATURE_MAX_MS)
)


@given(st.lists(st.lists(points, max_size=20), max_size=10))
def test_strokes_within_the_limits_come_back_as_they_were(strokes: list[list[tuple[int, int, int]]]) -> None:
    enough = sum(map(len, strokes)) >= SIGNATURE_MIN_POINTS
    if not enough:
        with pytest.raises(SignatureMissingError):
            read_strokes(json.dumps(strokes))
        return
    assert [list(stroke) for stroke in read_strokes(json.dumps(strokes))] == strokes


@given(
    st.text() | st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists).map(json.dumps)
)
def test_nothing_else_gets_through_and_nothing_crashes(text: str) -> None:
    try:
        strokes = read_strokes(text)
    except KioskError:
        return
    assert sum(map(len, strokes)) >= SIGNATURE_MIN_POINTS


def test_a_point_outside_the_frame_is_refused() -> None:
    for point in ((SIGNATURE_WIDTH + 1, 0, 0), (0, SIGNATURE_HEIGHT + 1, 0), (0, 0, -1)):
        with pytest.raises(FormUnreadableError):
            read_strokes(json.dumps([[point] * SIGNATURE_MIN_POINTS]))


def test_strokes_become_one_path_and_a_dot_stays_visible() -> None:
    assert svg_path((((1, 2, 0), (3, 4, 9), (5, 6, 18)), ((7, 8, 20),), ())) == "M1 2L3 4L5 6M7 8L7 8"
