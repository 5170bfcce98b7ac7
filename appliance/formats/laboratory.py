"""What laboratory messages of every kind have in common: moments, reference ranges, numbers with comparators, states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from appliance.records.coding import CodeSystem, Coding
from appliance.records.dates import FIRST_WESTERN_YEAR, LAST_WESTERN_YEAR

_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})?(\d{2})?(?:\.\d{1,6})?)?([+-]\d{4})?", re.ASCII)
_NUMBER = r"[+-]?\d{1,12}(?:\.\d{1,12})?"
_VALUE = re.compile(rf"(<=|>=|<|>)?\s*({_NUMBER})", re.ASCII)
_RANGE = re.compile(rf"({_NUMBER})\s*[-~]\s*({_NUMBER})", re.ASCII)
_HIGH_ONLY = re.compile(rf"<=?\s*({_NUMBER})|({_NUMBER})\s*(?:以下|未満)|[-~]\s*({_NUMBER})", re.ASCII)
_LOW_ONLY = re.compile(rf">=?\s*({_NUMBER})|({_NUMBER})\s*(?:以上|超|[-~])", re.ASCII)
_FOLDED = str.maketrans(
    {"～": "~", "〜": "~", "≦": "<=", "≧": ">=", "≤": "<=", "≥": ">=", "−": "-", "－": "-"}
)

DELETED: Final = frozenset({"D", "W"})
"""Result states of HL7 table 0085 that take a result back: D deleted, W reported for the wrong patient."""
NOT_RESULTS: Final = frozenset({"O", "N"})
"""States that are no result yet: O order only, N not asked for."""
STATUS: Final[Mapping[str, str]] = {
    "": "final",
    "F": "final",
    "U": "final",
    "V": "final",
    "C": "corrected",
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "registered",
    "Q": "registered",
    "X": "cancelled",
}
"""Result states (HL7 table 0085, ASTM E1394 9.9) as FHIR observation-status."""

_SYSTEMS: Final[Mapping[str, CodeSystem]] = {
    "JC10": CodeSystem.JLAC10,
    "JLAC10": CodeSystem.JLAC10,
    "LN": CodeSystem.LOINC,
    "LOINC": CodeSystem.LOINC,
}
JLAC10_LENGTH: Final = 17


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the time of it where the source has one, both by the clocks of Japan."""

    day: date | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """基準値: bounds as written, and the words where they are more than two numbers."""

    low: str = ""
    high: str = ""
    text: str = ""


@lru_cache(maxsize=2048)
def read_moment(text: str) -> Moment:
    """HL7's and ASTM's `YYYYMMDD[HH[MM[SS]]][+ZZZZ]`; an empty moment when it is none."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return Moment()
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        if not FIRST_WESTERN_YEAR <= int(year) <= LAST_WESTERN_YEAR:
            return Moment()
        plain = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return Moment()
    if offset is not None:
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
        plain += timedelta(hours=9) - (away if offset[0] == "+" else -away)
    return Moment(plain.date(), plain if hour is not None else None)


@lru_cache(maxsize=4096)
def read_number(text: str) -> tuple[str, str]:
    """Comparator and number of a measured value (`<0.5` → `<`, `0.5`); no comparator and the words when it is none."""
    match = _VALUE.fullmatch(_folded(text))
    return (match[1] or "", match[2]) if match else ("", text.strip())


@lru_cache(maxsize=2048)
def read_range(text: str) -> ReferenceRange:
    """`70-105`, `<=5.0`, `40以上`, `(-)`: bounds where they can be told, the words where they say more."""
    words = text.strip()
    folded = _folded(words)
    if both := _RANGE.fullmatch(folded):
        return ReferenceRange(both[1], both[2])
    if high := _HIGH_ONLY.fullmatch(folded):
        return ReferenceRange(high=next(filter(None, high.groups())), text=words)
    if low := _LOW_ONLY.fullmatch(folded):
        return ReferenceRange(low=next(filter(None, low.groups())), text=words)
    return ReferenceRange(text=words)


@lru_cache(maxsize=4096)
def coding_of_test(code: str, system: str, display: str) -> Coding | None:
    """A test's coding; a system of the laboratory's own, or none, is local. None without a code."""
    if not code:
        return None
    known = _SYSTEMS.get(system.upper())
    if known is CodeSystem.JLAC10 and len(code) != JLAC10_LENGTH:
        known = None
    return Coding(known or CodeSystem.LABORATORY_TEST, code, display)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED).strip()
