"""What a device's bytes, heard without answering, say about its profile, its check and whether the line is set right; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from appliance.intake.serial.checks import NO_CHECK, Check, sum8_hex
from appliance.intake.serial.events import ENQ, EOT, Message, Noted
from appliance.intake.serial.framing import Texts
from appliance.intake.serial.profiles import Profile
from appliance.sources import BlockCheck, CheckFrom, CheckTo, SerialProfile

_FRAME: Final = re.compile(rb"\x02([0-7][^\x02\x03\x17]*[\x03\x17])([0-9A-Fa-f]{2})\r\n")
_FORM: Final = re.compile(rb"(?:Q|\]Q[0-9]|S[0-9A-Fa-f]{4})?\s*JAHIS|S[0-9A-Fa-f]{4}")
_CONTROLS: Final = bytes(range(0x20)) + b"\x7f"
_PLAIN: Final = bytes(range(0x20, 0x7F))
_PLAIN_SHARE: Final = 0.5
"""A right line's text is at least half ASCII, names in Japanese included; a wrong baud rate's is not."""
_BYTES_TO_TELL_PARITY: Final = 12
_LONG_AGO_S: Final = 60.0
_CHECKS: Final = (
    NO_CHECK,
    *(
        Check(kind, first, last)
        for kind, last, first in product(
            (BlockCheck.XOR, BlockCheck.SUM8_HEX, BlockCheck.SUM8), reversed(CheckTo), CheckFrom
        )
    ),
)
"""The commonest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The profile that fits, how texts are checked, and how many were heard."""

    profile: SerialProfile
    check: Check
    texts: int


def judge(heard: bytes) -> Verdict | None:
    """None when nothing fits: a wrong baud rate or parity, or a framing that is not known."""
    if ENQ in heard and not heard.strip(ENQ + EOT):
        return Verdict(SerialProfile.ASTM, NO_CHECK, 0)
    frames = [match for match in _FRAME.finditer(heard) if match[2].upper() == sum8_hex(match[1])]
    if frames:
        return Verdict(SerialProfile.ASTM, NO_CHECK, len(frames))
    if b"\x02" in heard:
        return _framed(heard)
    if not _is_legible(heard) or _has_parity_bits(heard):
        return None
    if _FORM.match(heard.lstrip()):
        return Verdict(SerialProfile.QR, NO_CHECK, 1)
    lines = len([line for line in re.split(rb"[\r\n]+", heard) if line])
    return Verdict(SerialProfile.LINE, NO_CHECK, lines) if heard.endswith((b"\r", b"\n")) else None


def _framed(heard: bytes) -> Verdict | None:
    for check in _CHECKS:
        texts = _texts(heard, check)
        if texts and all(map(_is_legible, texts)):
            if all(map(_FORM.match, texts)):
                return Verdict(SerialProfile.QR, check, len(texts))
            # a device that waits for a reply sends its text again
            replies = len(set(texts)) < len(texts)
            profile = SerialProfile.STX_ETX_B if replies else SerialProfile.STX_ETX_A
            return Verdict(profile, check, len(texts))
    return None


def _texts(heard: bytes, check: Check) -> list[bytes]:
    """The texts if all bytes heard are texts with this check; none otherwise."""
    engine = Texts(Profile(check=check))
    events = [*engine.feed(heard, 0.0), *engine.tick(_LONG_AGO_S)]
    if any(isinstance(event, Noted) for event in events):
        return []
    return [event.data for event in events if isinstance(event, Message)]


def _is_legible(text: bytes) -> bool:
    written = text.translate(None, _CONTROLS)
    plain = len(written) - len(written.translate(None, _PLAIN))
    try:
        text.decode("cp932")
    except UnicodeDecodeError:
        return False
    return bool(written) and plain >= _PLAIN_SHARE * len(written)


def _has_parity_bits(heard: bytes) -> bool:
    """Seven data bits with a parity bit, heard as eight: every byte has an even (or an odd) number of ones."""
    odd = sum(byte.bit_count() % 2 for byte in heard)
    return len(heard) >= _BYTES_TO_TELL_PARITY and not heard.isascii() and odd in (0, len(heard))


def shown(heard: bytes) -> Iterator[str]:
    """The bytes for a person to read, control characters by their names; it may hold personal data."""
    names = {
        0x02: "STX",
        0x03: "ETX",
        0x04: "EOT",
        0x05: "ENQ",
        0x06: "ACK",
        0x0A: "LF",
        0x0D: "CR",
        0x15: "NAK",
        0x17: "ETB",
    }
    for letter in heard.decode("cp932", "replace"):
        code = ord(letter)
        yield letter if code >= 0x20 else f"<{names.get(code, f'{code:02X}')}>"  # noqa: PLR2004 - the first that is no control character
