"""歯式 (歯式コード, 別紙3): which teeth a dental row is about, in codings and in a dentist's words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from appliance.limits import TEETH_PER_ROW_MAX
from appliance.records.coding import CodeSystem, Coding

CODE_LENGTH: Final = 6
"""Four characters of the tooth, one of its state, one of the part."""

_QUADRANTS: Final = ("右上", "左上", "左下", "右下")
_PERMANENT, _DECIDUOUS = "1234", "5678"
_NUMBERS: Final[Mapping[str, str]] = dict(zip("12345678", "１２３４５６７８", strict=True))
_DECIDUOUS_NAMES: Final[Mapping[str, str]] = dict(zip("12345", "ＡＢＣＤＥ", strict=True))
_SUPERNUMERARY: Final = "ABCDEFGH"
_REGIONS: Final[Mapping[str, str]] = {
    "1000": "口腔全体",
    "1001": "上顎",
    "1002": "下顎",
    "1003": "右側上顎臼歯",
    "1004": "上顎前歯",
    "1005": "左側上顎臼歯",
    "1006": "左側下顎臼歯",
    "1007": "下顎前歯",
    "1008": "右側下顎臼歯",
    "1010": "右側上顎",
    "1020": "左側上顎",
    "1030": "左側下顎",
    "1040": "右側下顎",
}
"""Blocks instead of single teeth."""
_STATES: Final[Mapping[str, str]] = {
    "1": "部",
    "2": "欠損歯",
    "3": "支台歯",
    "4": "分割抜歯支台",
    "5": "便宜抜髄支台歯",
    "6": "残根",
    "7": "部インプラント",
    "8": "部近心隙",
    "9": "近心位に存在",
}
"""状態 of a tooth; 0 (現存歯) needs no word."""
_PARTS: Final[Mapping[str, str]] = {
    "1": "遠心頬側根",
    "2": "近心頬側根",
    "3": "近心頬側根及び遠心頬側根",
    "4": "舌側根",
    "5": "舌側根及び遠心頬側根",
    "6": "舌側根及び近心頬側根",
    "7": "遠心根",
    "8": "近心根",
}
"""部分 of a tooth; 0 names none."""


def read_teeth(codes: str) -> tuple[Coding, ...]:
    """Each tooth of a run of codes, up to the specification's 64; a shorter piece at its end is a code no table knows."""
    return _read_teeth(codes.strip()[: CODE_LENGTH * TEETH_PER_ROW_MAX])


@lru_cache(maxsize=4096)
def _read_teeth(written: str) -> tuple[Coding, ...]:
    pieces = (written[at : at + CODE_LENGTH] for at in range(0, len(written), CODE_LENGTH))
    return tuple(Coding(CodeSystem.RECEIPT_TOOTH, piece, _display(piece)) for piece in pieces)


def in_words(codes: str) -> str:
    """The same for a text: `右上６（支台歯）、左下１`; codes that no table knows stand as they are."""
    return "、".join(tooth.display or tooth.code for tooth in read_teeth(codes))


def _display(code: str) -> str:
    tooth = _tooth(code[:4]) if len(code) == CODE_LENGTH else ""
    if not tooth:
        return ""
    words = [word for word in (_STATES.get(code[4], ""), _PARTS.get(code[5], "")) if word]
    return f"{tooth}（{'、'.join(words)}）" if words else tooth


def _tooth(code: str) -> str:
    """Two characters `10`, the quadrant (1–4, deciduous 5–8), the number, or a letter for a supernumerary tooth."""
    if code in _REGIONS:
        return _REGIONS[code]
    quadrant, number = code[2], code[3]
    if not code.startswith("10") or quadrant not in _PERMANENT + _DECIDUOUS:
        return ""
    place = _QUADRANTS[(int(quadrant) - 1) % len(_QUADRANTS)]
    if quadrant in _PERMANENT and number in _NUMBERS:
        return place + _NUMBERS[number]
    if quadrant in _DECIDUOUS and number in _DECIDUOUS_NAMES:
        return place + _DECIDUOUS_NAMES[number]
    if number in _SUPERNUMERARY:
        near = ord(number) - ord("A") + 1
        names = _NUMBERS if quadrant in _PERMANENT else _DECIDUOUS_NAMES
        return f"{place}{names[str(near)]}過剰歯" if str(near) in names else ""
    return ""
