"""Which master a file is, by what stands in its columns. Names help to refuse a damaged one, and to date it, only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from appliance.codes.layouts import (
    HOT9,
    HOT13,
    LINK_HEADINGS,
    SSK,
    STANDARD_DISEASE,
    STANDARD_MODIFIER,
    TEST,
    USAGE_HEADINGS,
    Layout,
    link_layout,
    usage_layout,
)
from appliance.records.dates import read_date

Row = Sequence[str]

_NAMED = re.compile(r"(h?b|z|s|y|t|c)_(all)?[0-9]{8}[^/]*", re.IGNORECASE)
_DATED = re.compile(r"(?<![0-9])(?:19|20)[0-9]{6}(?![0-9])")
_LETTER_COLUMN: Final = 1
_INDEX_WIDTH: Final = 9
_JLAC_HEADING_COLUMNS: Final = (10, 11, 12, 17, 18, 19)

_DIGIT = re.compile(r"[0-9]")
_SIGNS: Final = (
    (STANDARD_DISEASE, ((0, _DIGIT), (1, re.compile(r"[0-9]{8}")), (10, re.compile(r"([0-9]{7})?")))),
    (STANDARD_MODIFIER, ((0, _DIGIT), (1, re.compile(r"[0-9]{8}")), (8, re.compile(r"([0-9]{4})?")))),
    (HOT13, ((0, re.compile(r"[0-9]{13}")), (1, re.compile(r"[0-9]{7}")))),
    (HOT9, ((0, re.compile(r"[0-9]{9}")), (1, re.compile(r"[0-9]{7}")))),
)
"""Masters without a letter of their own: what their columns look like, in files of exactly their width."""


def recognise(sample: Sequence[Row]) -> Layout | None:
    """The layout of a file by its first rows (with its headings, if it has any); None when it is no master."""
    if not sample:
        return None
    headed = _by_headings(sample[0])
    if headed:
        return headed
    rows = sample[heading_rows(sample[0]) :]
    letters = [row[_LETTER_COLUMN] for row in rows if len(row) > _LETTER_COLUMN]
    for letter, layout in SSK.items():
        if letters.count(letter) * 2 > len(rows) and _bears_change_types(rows):
            return layout
    return next(
        (layout for layout, signs in _SIGNS if rows and all(_fits(row, layout, signs) for row in rows)), None
    )


def heading_rows(first: Row) -> int:
    """1 where the first row is one of headings, else 0: every master's own first column holds digits."""
    head = plain(first[0]) if first else ""
    return int(bool(head) and not head.isascii())


def looks_like_a_master(name: str) -> bool:
    """Whether the name is that of an SSK master: then it is not passed over when its content is strange."""
    return bool(_NAMED.fullmatch(name.rpartition("/")[2]))


def date_in(name: str) -> date | None:
    """The edition's date in a file's name, the innermost name first."""
    for part in reversed(name.split("/")):
        for digits in _DATED.findall(part):
            value = read_date(digits).value
            if value:
                return value
    return None


def plain(heading: str) -> str:
    """A heading as it is compared: half width, without spaces, brackets or underscores."""
    return re.sub(r"[\s()（）_・]", "", unicodedata.normalize("NFKC", heading)).upper()


def _by_headings(first: Row) -> Layout | None:
    headings = [plain(cell) for cell in first]
    for wanted, make in ((USAGE_HEADINGS, usage_layout), (LINK_HEADINGS, link_layout)):
        places = _places(headings, wanted)
        if places:
            return make(places, len(first))
    jlac = len(first) >= TEST.min_width and all("JLAC1" in headings[at] for at in _JLAC_HEADING_COLUMNS)
    return TEST if jlac else None


def _places(headings: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int] | None:
    """Where each wanted heading stands; None unless all but the dates are there."""
    places = {
        name: headings.index(plain(title)) for name, title in wanted.items() if plain(title) in headings
    }
    return places if wanted.keys() - places.keys() <= {"listed", "abolished"} else None


def _bears_change_types(rows: Sequence[Row]) -> bool:
    return any(_DIGIT.fullmatch(row[0]) for row in rows if row)


def _fits(row: Row, layout: Layout, signs: Sequence[tuple[int, re.Pattern[str]]]) -> bool:
    return len(row) in layout.widths and all(pattern.fullmatch(row[at].strip()) for at, pattern in signs)
