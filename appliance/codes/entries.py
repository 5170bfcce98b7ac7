"""What the masters say of one code: one frozen entry for each time that they say something different of it.

`valid_from` is the day of 収載 (None: always), `valid_to` the last day on which the code may be used (None: open).
Texts are as published; codes that a master leaves empty are empty here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Generic, TypeVar


class Standing(StrEnum):
    """How a code stands on a day."""

    VALID = "valid"
    LATER = "later"
    """Listed only after that day: the masters know it, but not for that time."""
    ABOLISHED = "abolished"


@dataclass(frozen=True, slots=True)
class Entry:
    """What every entry has: its code, when it is valid, and its name."""

    code: str
    valid_from: date | None
    valid_to: date | None
    name: str

    def standing(self, on: date) -> Standing:
        """How this code stands on that day."""
        if self.valid_from and on < self.valid_from:
            return Standing.LATER
        return Standing.ABOLISHED if self.valid_to and on > self.valid_to else Standing.VALID


@dataclass(frozen=True, slots=True)
class Disease(Entry):
    """傷病名: by receipt code (empty where only MEDIS has it), with 病名管理番号, 交換用コード and ICD-10 (2013, no dot)."""

    kana: str = ""
    management_no: str = ""
    exchange_code: str = ""
    icd10: str = ""
    icd10_second: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Modifier(Entry):
    """修飾語: `category` is 修飾語区分, whose second character tells what it modifies and where it stands."""

    kana: str = ""
    management_no: str = ""
    exchange_code: str = ""
    category: str = ""

    @property
    def postfix(self) -> bool:
        """Whether it stands behind the name (接尾語) rather than before it."""
        return self.category[1:2] == "8"


@dataclass(frozen=True, slots=True)
class Act(Entry):
    """診療行為."""

    kana: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Drug(Entry):
    """医薬品 by receipt code; `yakka_code` is 薬価基準収載医薬品コード (not always the YJ code), `form` 剤形 1 3 4 6 8."""

    kana: str = ""
    unit: str = ""
    form: str = ""
    yakka_code: str = ""
    generic_code: str = ""
    generic_name: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Material(Entry):
    """特定器材."""

    kana: str = ""
    unit: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Comment(Entry):
    """コメント: `name` is its text; `pattern` says what the claim's text holds (別紙6-1), `at1`…`len4` where it goes."""

    kana: str = ""
    pattern: str = ""
    at1: str = ""
    len1: str = ""
    at2: str = ""
    len2: str = ""
    at3: str = ""
    len3: str = ""
    at4: str = ""
    len4: str = ""

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Column (from 1) and length of each gap that pattern 40 fills."""
        pairs = ((self.at1, self.len1), (self.at2, self.len2), (self.at3, self.len3), (self.at4, self.len4))
        return tuple((int(at), int(length)) for at, length in pairs if _positive(at) and _positive(length))


@dataclass(frozen=True, slots=True)
class Package(Entry):
    """A row of the HOT master: `code` is HOT13 (one package) or HOT9 (one drug of one company)."""

    jan: str = ""
    yakka_code: str = ""
    yj_code: str = ""
    receipt_code: str = ""
    receipt_code_2: str = ""
    spec: str = ""
    hot9: str = ""

    @property
    def receipt_codes(self) -> tuple[str, ...]:
        """A drug may have two: its brand's and that of its 統一名."""
        return tuple(code for code in (self.receipt_code, self.receipt_code_2) if code)


@dataclass(frozen=True, slots=True)
class Usage(Entry):
    """標準用法 (JAMI, 16 digits)."""


@dataclass(frozen=True, slots=True)
class Examination(Entry):
    """検査項目 by JLAC10 (17 digits); its JLAC11 code, its short name and its unit."""

    short_name: str = ""
    jlac11: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Link(Entry):
    """A line of the clinic's own table (対応表): its code of its system stands for a code of a standard system."""

    system: str = ""
    target_system: str = ""
    target_code: str = ""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Picked(Generic[E]):
    """The entry that speaks for a day, how it stands then, and from when to when the same would be said."""

    entry: E
    standing: Standing
    since: date
    until: date


def pick(versions: Sequence[E], on: date) -> Picked[E]:
    """Of the entries of one code, oldest first, the one for that day; a later or an ended one says so.

    At least one entry; they do not overlap.
    """
    begun = [entry for entry in versions if (entry.valid_from or date.min) <= on]
    if not begun:
        first = versions[0]
        return Picked(first, Standing.LATER, date.min, (first.valid_from or date.max) - timedelta(days=1))
    entry = begun[-1]
    last_day = date.max
    if len(begun) < len(versions):
        last_day = (versions[len(begun)].valid_from or date.max) - timedelta(days=1)
    ends = min(entry.valid_to or date.max, last_day)
    if on <= ends:
        return Picked(entry, Standing.VALID, entry.valid_from or date.min, ends)
    return Picked(entry, Standing.ABOLISHED, ends + timedelta(days=1), last_day)


def _positive(digits: str) -> bool:
    return digits.isdecimal() and int(digits) > 0
