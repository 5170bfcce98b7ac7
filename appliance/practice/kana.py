"""Katakana in half width, as pharmacy and laboratory systems write names."""

from __future__ import annotations

import unicodedata
from typing import Final

_HALF: Final = [chr(code) for code in range(0xFF61, 0xFF9E)]
_SINGLE: Final = {unicodedata.normalize("NFKC", half): half for half in _HALF} | {"\u3000": " "}
_VOICED: Final = {
    whole: half + mark
    for half in _HALF
    for mark in ("ﾞ", "ﾟ")
    if len(whole := unicodedata.normalize("NFKC", half + mark)) == 1
}


def half_width(text: str) -> str:
    """The text with every katakana and space in half width; other letters stay."""
    return "".join(_VOICED.get(letter) or _SINGLE.get(letter, letter) for letter in text)
