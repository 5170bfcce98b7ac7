"""Numbers of facilities, insurers and insured persons: their parts, their check digits, their forms for comparison.

A wrong check digit is something to tell, never a reason to refuse: card and receipt computer may both be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－ｰー─━", "-"))
_INSURER_LENGTHS = (8, 6)
_INSURER_WIDTH = 8


@dataclass(frozen=True, slots=True)
class FacilityNumber:
    """The 10-digit number of an institution: 都道府県 2, 点数表 1, コード 7."""

    prefecture: str
    fee_table: str
    code: str

    def __str__(self) -> str:
        return f"{self.prefecture}{self.fee_table}{self.code}"


_FACILITY = re.compile(r"(0[1-9]|[1-3][0-9]|4[0-7])([0-9A-Z])([0-9]{7})", re.ASCII)


def facility_number(text: str) -> FacilityNumber | None:
    """The parts of a 10-digit facility number, None when it is not one. Its last digit is not checked."""
    match = _FACILITY.fullmatch(text)
    return FacilityNumber(*match.groups()) if match else None


class NumberNote(StrEnum):
    """What is to be said about a payer's or recipient's number."""

    NONE = ""
    EMPTY = "empty"
    MALFORMED = "malformed"
    CHECK_DIGIT = "check-digit"


def check_digit(digits: str) -> str:
    """The check digit (検証番号) of the digits before it: modulus 10, weights 2, 1 from the right, digits summed."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 - place % 2)
        total += product // 10 + product % 10
    return str(-total % 10)


@lru_cache(maxsize=1024)
def check_insurer(number: str) -> NumberNote:
    """保険者番号 or 公費負担者番号: 8 digits, or 6 for 国保; the old 4-digit ones bear no check digit we know of."""
    plain = number.strip()
    if not plain:
        return NumberNote.EMPTY
    if not (plain.isascii() and plain.isdecimal()) or len(plain) not in (*_INSURER_LENGTHS, 4):
        return NumberNote.MALFORMED
    if len(plain) in _INSURER_LENGTHS and plain[-1] != check_digit(plain[:-1]):
        return NumberNote.CHECK_DIGIT
    return NumberNote.NONE


def check_recipient(number: str) -> NumberNote:
    """公費 受給者番号: 7 digits, the last one their check digit."""
    plain = number.strip()
    if not plain:
        return NumberNote.EMPTY
    if not re.fullmatch(r"[0-9]{7}", plain):
        return NumberNote.MALFORMED
    return NumberNote.NONE if plain[-1] == check_digit(plain[:-1]) else NumberNote.CHECK_DIGIT


def law_number(payer_number: str) -> str:
    """法別番号: the first two of eight digits; empty for 国保 (6 digits), which has none."""
    plain = payer_number.strip()
    return plain[:2] if len(plain) == _INSURER_WIDTH else ""


def folded_number(text: str) -> str:
    """記号 or 番号 as it is compared: half width, no spaces, one kind of hyphen, upper case.

    Dots (・) stay: insurers use them to separate parts.
    """
    half = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    return "".join(half.split()).upper()


def folded_branch(text: str) -> str:
    """枝番 in two digits, zero padded; empty when there is none or it is not a number."""
    half = unicodedata.normalize("NFKC", text).strip()
    return half.zfill(2) if half.isascii() and half.isdecimal() and len(half) <= 2 else ""  # noqa: PLR2004


def member_id(payer_number: str, symbol: str, number: str, branch: str) -> str:
    """被保険者識別子 of JP-CLINS: `保険者番号8桁:記号:番号:枝番2桁`, a missing part empty, no spaces inside."""
    payer = payer_number.strip()
    padded = payer.zfill(_INSURER_WIDTH) if payer else ""
    return ":".join((padded, "".join(symbol.split()), "".join(number.split()), folded_branch(branch)))
