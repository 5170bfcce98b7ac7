"""Text that was read in a wrong encoding and saved again (文字化け): told by what it becomes when that is undone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from appliance.formats.uke.rows import CP932, UTF8

_HIGH_CONTROLS = re.compile(r"[\x80-\x9f]")
"""What most lead bytes of Shift_JIS become when they are read as Latin-1: in a text saved as UTF-8 they give it away."""
_LEFT_OF_GARBLED = {chr(code): bytes([code]) for code in range(0x80, 0x100)} | {
    bytes([code]).decode("cp1252"): bytes([code])
    for code in range(0x80, 0x100)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
"""Characters that stand for one byte where Shift JIS was read as Windows-1252 or Latin-1."""
_LEFT = "".join(map(re.escape, _LEFT_OF_GARBLED))
_NEVER_LEFT = re.compile(rf"[^\x00-\x7f{_LEFT}]")


def garbled_among(texts: Iterable[str]) -> bool:
    """Whether any of the texts is garbled; hardly any needs more than a look."""
    return any(map(is_garbled, filter(_suspect().search, texts)))


def is_garbled(text: str) -> bool:
    """Whether a text is Japanese that was read in a wrong encoding and saved again (文字化け).

    So it is when the characters, taken as the bytes they came from, are Japanese in the other encoding.
    """
    if not _suspect().search(text):
        return False
    return bool(_HIGH_CONTROLS.search(text)) or _read_as_western(text) or _read_as_shift_jis(text)


def _read_as_western(text: str) -> bool:
    if _NEVER_LEFT.search(text):
        return False
    raw = b"".join(_LEFT_OF_GARBLED.get(letter) or letter.encode() for letter in text)
    return any(_recovers(raw, encoding) for encoding in (CP932, UTF8))


def _recovers(raw: bytes, encoding: str) -> bool:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    wide = [letter for letter in text if not letter.isascii() and len(letter.encode(encoding)) > 1]
    return len(wide) > 1 or (len(wide) == 1 and len(text) == 1)


def _read_as_shift_jis(text: str) -> bool:
    if not _begins_garbled().match(text):
        return False
    try:
        raw = text.encode(CP932)
        recovered = raw.decode(UTF8)
    except UnicodeError:
        return False
    return sum(letter >= "\u3000" for letter in recovered) > 1


@cache
def _first_of_garbled() -> str:
    """Characters that a text can begin with, ASCII apart, where UTF-8 was read as Shift JIS: their first byte leads in UTF-8."""
    return "".join(letter for lead in range(0xC2, 0xF5) for letter in _letters_of(lead))


def _letters_of(lead: int) -> Iterator[str]:
    """Every character whose first byte in Shift JIS is this one."""
    for code in ((lead,), *((lead, trail) for trail in range(0x40, 0xFD))):
        letter = bytes(code).decode(CP932, "ignore")
        if len(letter) == 1 and letter.encode(CP932)[0] == lead:
            yield letter


@cache
def _suspect() -> re.Pattern[str]:
    """Without any of these no text is garbled; hardly any Japanese text holds one but for half-width katakana."""
    return re.compile(rf"[{_LEFT}{_first_of_garbled()}]")


@cache
def _begins_garbled() -> re.Pattern[str]:
    return re.compile(rf"[\x00-\x7f]*[{_first_of_garbled()}]")
