"""A signature: the strokes a browser sends, checked against its limits, and the same strokes drawn on paper."""

from __future__ import annotations

import msgspec

from appliance.kiosk.problems import FormUnreadableError, KioskError
from appliance.limits import (
    KIOSK_SIGNATURE_MAX_MS,
    KIOSK_SIGNATURE_MAX_POINTS,
    SIGNATURE_HEIGHT,
    SIGNATURE_MAX_STROKES,
    SIGNATURE_MIN_POINTS,
    SIGNATURE_WIDTH,
)

Point = tuple[int, int, int]
"""x and y in units of the signature field, and milliseconds since the first touch."""
Strokes = tuple[tuple[Point, ...], ...]

_strokes = msgspec.json.Decoder(Strokes)


class SignatureMissingError(KioskError):
    """The field was left empty, or touched only once."""

    code = "KIOSK-0410"

    def __init__(self) -> None:
        super().__init__(
            "署名が書かれていません。",
            "There is no signature yet.",
            hint_ja="わくの中に、指かペンでお名前を書いてください。",
            hint_en="Write your name in the frame with a finger or pen.",
        )


def read_strokes(text: str) -> Strokes:
    """The strokes of a form field. Raises SignatureMissingError, or FormUnreadableError beyond any limit."""
    if not text:
        raise SignatureMissingError
    try:
        strokes = _strokes.decode(text)
    except msgspec.DecodeError as error:
        raise FormUnreadableError from error
    points = [point for stroke in strokes for point in stroke]
    if len(strokes) > SIGNATURE_MAX_STROKES or len(points) > KIOSK_SIGNATURE_MAX_POINTS:
        raise FormUnreadableError
    if not all(_inside(point) for point in points):
        raise FormUnreadableError
    if len(points) < SIGNATURE_MIN_POINTS:
        raise SignatureMissingError
    return strokes


def _inside(point: Point) -> bool:
    x, y, at_ms = point
    return 0 <= x <= SIGNATURE_WIDTH and 0 <= y <= SIGNATURE_HEIGHT and 0 <= at_ms <= KIOSK_SIGNATURE_MAX_MS


def svg_path(strokes: Strokes) -> str:
    """The strokes as the `d` of one SVG path in a SIGNATURE_WIDTH by SIGNATURE_HEIGHT view."""
    drawn = []
    for stroke in strokes:
        corners = [f"{x} {y}" for x, y, _ in stroke]
        if len(corners) == 1:  # a dot: a line to itself, which round caps make visible
            corners *= 2
        if corners:
            drawn.append("M" + "L".join(corners))
    return "".join(drawn)
