"""What was signed: the strokes of a signature within bounds, and the evidence document they are kept in."""

from __future__ import annotations

import msgspec

from appliance.consent.signers import Signer
from appliance.errors import Audience, RenkeiError
from appliance.limits import (
    SIGNATURE_HEIGHT,
    SIGNATURE_MAX_POINTS,
    SIGNATURE_MAX_STROKES,
    SIGNATURE_MIN_POINTS,
    SIGNATURE_WIDTH,
)

Strokes = tuple[tuple[tuple[int, int, int], ...], ...]
"""A signature: lines of (x, y, milliseconds)."""


class SignatureError(RenkeiError):
    """There is no signature, or it cannot be one."""

    code = "CONSENT-0014"
    audience = Audience.STAFF


class Evidence(msgspec.Struct, frozen=True):
    """What was signed, under which text, by whom, when. It is stored as canonical JSON, whose SHA-256 goes to the hub."""

    consent: str
    text_id: str
    text_hash: str
    language: str
    signed_at: str
    request_id: str
    signer: Signer
    strokes: Strokes


def canonical(value: object) -> bytes:
    """JSON with sorted keys and sets: the same value has the same bytes."""
    return msgspec.json.encode(value, order="sorted")


def strokes_of(proof: bytes) -> Strokes:
    """The signature in an evidence document; empty where there is none."""
    return msgspec.json.decode(proof, type=Evidence).strokes if proof else ()


def check_strokes(strokes: Strokes) -> None:
    """Raises SignatureError unless the strokes can be a signature within the bounds of limits.py."""
    points = [point for stroke in strokes for point in stroke]
    if len(points) < SIGNATURE_MIN_POINTS:
        raise SignatureError(
            "署名がありません。",
            "There is no signature.",
            hint_ja="枠の中に署名していただいてください。",
            hint_en="Have it signed inside the frame.",
        )
    bounded = len(strokes) <= SIGNATURE_MAX_STROKES and len(points) <= SIGNATURE_MAX_POINTS
    if not bounded or any(
        not (0 <= x <= SIGNATURE_WIDTH and 0 <= y <= SIGNATURE_HEIGHT and at >= 0) for x, y, at in points
    ):
        raise SignatureError(
            "署名のデータが大きすぎるか、範囲を外れています。",
            "The signature's data are too large or out of range.",
            hint_ja="もう一度署名していただいてください。",
            hint_en="Have it signed again.",
        )
