"""Comments in words: a claim holds a code and a few digits where the comment master holds the sentence (別紙6-1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from appliance.codes.entries import Comment
from appliance.records.dates import era_of, era_year, read_date

Names = Callable[[str], str]
"""The name of an act (9 digits) or a modifier (4 digits); empty when it is not known."""

_JOINT = "；"
_ACT, _GAPS, _MODIFIERS = "31", "40", "90"
"""Patterns whose words need more than the digits of the source."""
_MODIFIER_DIGITS = 4
_DATE_DIGITS = 7
_VALUE_DIGITS = 8


def words_of(comment: Comment, text: str, names: Names) -> str:
    """The whole comment: the master's words and what the source wrote, each pattern in its way.

    What the source wrote stays as it is where it does not have the form of its pattern, or is the whole comment already.
    """
    if _is_whole(comment, text):
        return text
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if comment.pattern == _GAPS:
        return _filled(comment, plain) or _joined(comment.name, text)
    return _joined(comment.name, _read(comment.pattern, plain, names) or text)


def _read(pattern: str, plain: str, names: Names) -> str:
    """What the digits of the source stand for; empty where they stand for nothing else, or are not of their form."""
    if pattern == _ACT:
        return names(plain)
    if pattern == _MODIFIERS:
        return _modifiers(plain, names)
    return _READINGS[pattern](plain) if pattern in _READINGS else ""


def _is_whole(comment: Comment, text: str) -> bool:
    """Whether a text is the comment in full already."""
    name = comment.name.rstrip(_JOINT)
    if comment.pattern != _GAPS or len(text) < len(name):
        return bool(name) and text.startswith(name)
    inside = {at - 1 + place for at, length in comment.gaps for place in range(length)}
    return all(
        one == other or place in inside for place, (one, other) in enumerate(zip(name, text, strict=False))
    )


def _joined(name: str, text: str) -> str:
    return f"{name.rstrip(_JOINT)}{_JOINT}{text}" if name and text else name or text


def _filled(comment: Comment, digits: str) -> str:
    """Pattern 40: the digits go into the gaps of the sentence, a leading zero as a blank."""
    wanted = sum(length for _, length in comment.gaps)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != wanted:
        return ""
    sentence, used = list(comment.name), 0
    for at, length in comment.gaps:
        part = digits[used : used + length]
        shown = part.lstrip("0").rjust(length) if part.strip("0") else "0".rjust(length)
        sentence[at - 1 : at - 1 + length] = _wide(shown)
        used += length
    return "".join(sentence)


def _wide(text: str) -> str:
    return "".join("　" if character == " " else chr(ord(character) + 0xFEE0) for character in text)


def _date(digits: str) -> str:
    """GYYMMDD."""
    day = read_date(digits).value if len(digits) == _DATE_DIGITS else None
    if day is None or era_of(day) is None:
        return ""
    return f"{era_year(day)}{day.month}月{day.day}日"


def _clock(digits: str) -> str:
    """HHMM."""
    return f"{int(digits[:2])}時{int(digits[2:])}分" if _digits(digits, 4) else ""


def _minutes(digits: str) -> str:
    return f"{int(digits)}分" if digits.isdecimal() else ""


def _day_and_clock(digits: str) -> str:
    """DDHHMM."""
    return f"{int(digits[:2])}日{_clock(digits[2:])}" if _digits(digits, 6) else ""


def _result(digits: str) -> str:
    """GYYMMDD and a value of 8 characters, filled with zeros from the left: the one laboratory value of a claim."""
    day, value = _date(digits[:_DATE_DIGITS]), digits[_DATE_DIGITS:]
    if not day or len(value) != _VALUE_DIGITS:
        return ""
    short = value.lstrip("0")
    return f"{day}　検査値：{'0' + short if not short or short.startswith('.') else short}"


def _modifiers(digits: str, names: Names) -> str:
    parts = [digits[at : at + _MODIFIER_DIGITS] for at in range(0, len(digits), _MODIFIER_DIGITS)]
    found = [names(part) for part in parts]
    return "".join(found) if all(found) else ""


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isdecimal()


_READINGS: dict[str, Callable[[str], str]] = {
    "50": _date,
    "51": _clock,
    "52": _minutes,
    "53": _day_and_clock,
    "80": _result,
}
"""What the digits of a pattern say by themselves; patterns 10, 20, 30 and 42 are words already."""
