"""Names in kanji and kana: split into family and given name, and brought into one form for searching.

The source's spelling is always kept; what this module folds is for comparison and search only.
"""

from __future__ import annotations

import unicodedata

from appliance.records.administrative import PersonName

_LONG_MARKS = "‐‑‒–—―−－-ｰー─━"
"""Hyphens, dashes and minus signs that stand for ー in names: cp932 turns 0x815C, 0x815D and 0x817C into several."""

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_LONG = str.maketrans(dict.fromkeys(_LONG_MARKS, "ー"))
_WAVES = str.maketrans({"～": "〜", "∼": "〜", "˜": "〜", "~": "〜"})
_HIRAGANA_FIRST, _HIRAGANA_LAST = "ぁ", "ゖ"
_TO_KATAKANA = {code: code + 0x60 for code in range(ord(_HIRAGANA_FIRST), ord(_HIRAGANA_LAST) + 1)}
_KATAKANA = frozenset("ー・ヽヾ") | {chr(code) for code in range(ord("ァ"), ord("ヺ") + 1)}


def split_name(text: str) -> tuple[str, str]:
    """Family and given name, apart at the first space of either width; given is empty when there is none."""
    family, *rest = text.split(maxsplit=1)[:2] or [""]
    return family, rest[0].strip() if rest else ""


def person_name(text: str, kana: str = "") -> PersonName:
    """A name as a source wrote it; a kanji field that holds katakana only also serves as the missing kana."""
    text, kana = text.strip(), kana.strip()
    family, given = split_name(text)
    if not given:
        family = ""
    if not kana and is_katakana(text):
        kana = "".join(to_katakana(text).split())
    return PersonName(text=text, kana=kana, family=family, given=given)


def to_katakana(text: str) -> str:
    """Full-width katakana for half-width katakana and hiragana; marks of length become ー after a kana."""
    wide = unicodedata.normalize("NFKC", text.translate(_WAVES)).translate(_TO_KATAKANA)
    letters: list[str] = []
    for letter in wide:
        long_mark = letter in _LONG_MARKS and letters and letters[-1] in _KATAKANA
        letters.append("ー" if long_mark else letter)
    return "".join(letters)


def is_katakana(text: str) -> bool:
    """Whether a name is written in katakana (or hiragana) only, spaces apart."""
    letters = "".join(to_katakana(text).split())
    return bool(letters) and all(letter in _KATAKANA for letter in letters)


def search_key(text: str) -> str:
    """The one form in which kana and names are searched.

    Full-width katakana without spaces and dots; small kana large (キャ = キヤ), every long mark ー, letters upper case.
    """
    folded = to_katakana(text).translate(_SMALL).translate(_LONG).upper()
    return unicodedata.normalize("NFKC", "".join(letter for letter in folded if not _is_gap(letter)))


def _is_gap(letter: str) -> bool:
    return letter.isspace() or letter == "・"


def same_text(one: str, other: str) -> bool:
    """Whether two spellings differ only in width, spaces, wave dashes and hyphens (quirks of cp932 and Unicode)."""
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text.translate(_WAVES)).translate(_WAVES).translate(_LONG)
    return "".join(wide.split())
