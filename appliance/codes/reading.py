"""A master's text to its rows, each checked against the layout: the first bad line refuses the whole file."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from appliance.codes.errors import MasterRefusedError
from appliance.codes.layouts import CHANGE_TYPES, Layout
from appliance.codes.recognition import date_in, heading_rows, looks_like_a_master, recognise
from appliance.codes.unpacking import MasterText
from appliance.limits import MASTER_MAX_ROWS, MASTER_SAMPLE_ROWS
from appliance.records.dates import read_date

_Numbered = tuple[int, list[str]]

_NO_DATE = frozenset({"", "0", "00000000"})
OPEN = "99999999"
ERASED, REVIVED, NEW, ENDED = "1", "2", "3", "9"
SAME = "0"


@dataclass(frozen=True, slots=True)
class MasterRow:
    """One row: its code, what it says of its validity, and its fields in the order of the layout's columns.

    `ends` None: it does not say, or the code is alive (`open_ended`).
    """

    line: int
    key: str
    code: str
    change_type: str
    listed: date | None
    changed: date | None
    ends: date | None
    open_ended: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One file of one master, read whole. `full`: it lists every code there is, else only what changed.

    `dated` is the date in its name, else the latest date in its rows (None: it bears none).
    """

    name: str
    layout: Layout
    encoding: str
    width: int
    dated: date | None
    full: bool
    rows: tuple[MasterRow, ...]


def read_edition(master: MasterText) -> Edition | None:
    """The master that a text is; None when it is none, or holds headings only.

    Raises MasterRefusedError at the first line that is not as published.
    """
    numbered = _numbered(master)
    sample = list(itertools.islice(numbered, MASTER_SAMPLE_ROWS))
    layout = recognise([cells for _, cells in sample])
    if layout is None:
        if looks_like_a_master(master.name) and heading_rows(sample[0][1] if sample else []) < len(sample):
            raise MasterRefusedError(
                master.name, 1, "マスターの形式ではありません。", "this is not the form of a master."
            )
        return None
    body = itertools.chain(sample[heading_rows(sample[0][1]) :], numbered)
    rows = tuple(_checked(master.name, layout, body))
    if not rows:
        return None
    dated = date_in(master.name) or max(
        (day for row in rows for day in (row.changed, row.listed) if day), default=None
    )
    width = len(sample[-1][1])
    return Edition(master.name, layout, master.encoding, width, dated, _is_full(layout, rows), rows)


def _is_full(layout: Layout, rows: Sequence[MasterRow]) -> bool:
    """A difference file has no unchanged rows; one in which no code is alive lists old ones beside another master."""
    if layout.change_type is None:
        return True
    return any(row.change_type == SAME for row in rows) and any(row.open_ended for row in rows)


def _numbered(master: MasterText) -> Iterator[_Numbered]:
    """Rows with the number of the line that each begins in; blank lines are none."""
    reader = csv.reader(io.StringIO(master.text, newline=""), strict=True)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count >= MASTER_MAX_ROWS:
                raise MasterRefusedError(master.name, line, "行数が多すぎます。", "too many rows.")
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise MasterRefusedError(
            master.name,
            line,
            "CSV として読めません（引用符、または項目の長さ）。",
            "not CSV (a quote, or a cell's length).",
        ) from error


def _checked(name: str, layout: Layout, rows: Iterable[_Numbered]) -> Iterator[MasterRow]:
    reader = _RowReader(name, layout)
    seen: dict[str, int] = {}
    width = 0
    for line, cells in rows:
        width = width or len(cells)
        if len(cells) != width or width < layout.min_width:
            wanted = max(width, layout.min_width)
            raise MasterRefusedError(
                name,
                line,
                f"項目が {len(cells)} 個です（{wanted} 個のはず）。",
                f"{len(cells)} columns, not {wanted}.",
            )
        row = reader.read(line, cells)
        content = hash(tuple(cells))
        before = seen.setdefault(row.key, content)
        if before != content and not layout.repeats:
            raise MasterRefusedError(
                name,
                line,
                "同じコードが異なる内容で二度あります。",
                "the code stands twice, with different content.",
            )
        seen[row.key] = content
        yield row


class _RowReader:
    """Checks and reads the rows of one file by its layout."""

    def __init__(self, name: str, layout: Layout) -> None:
        self._name, self._layout = name, layout
        self._code = re.compile(layout.code, re.ASCII)
        self._columns = tuple(layout.columns.values())
        self._needed = tuple((layout.columns[item], item) for item in layout.needed)

    def read(self, line: int, cells: list[str]) -> MasterRow:
        layout = self._layout
        key, change_type = self._key(line, cells), self._change_type(line, cells)
        return MasterRow(
            line,
            key,
            key if layout.code_at is None else cells[layout.code_at].strip(),
            change_type,
            self._day(line, cells, layout.listed),
            self._day(line, cells, layout.changed),
            self._day(line, cells, layout.abolished),
            layout.abolished is None or cells[layout.abolished].strip() == OPEN,
            tuple(_cell(cells, column, layout) for column in self._columns),
        )

    def _refused(self, line: int, ja: str, en: str) -> MasterRefusedError:
        return MasterRefusedError(self._name, line, ja, en)

    def _key(self, line: int, cells: list[str]) -> str:
        if self._layout.letter and cells[1] != self._layout.letter:
            raise self._refused(line, "マスター種別が違います。", "the row belongs to another master.")
        key = cells[self._layout.key].strip()
        if not self._code.fullmatch(key):
            raise self._refused(line, "コードの形が違います。", "the code is not of its form.")
        return key

    def _change_type(self, line: int, cells: list[str]) -> str:
        column = self._layout.change_type
        change_type = SAME if column is None else cells[column].strip()
        if change_type not in CHANGE_TYPES:
            raise self._refused(
                line, "変更区分が公表されているものではありません。", "an unknown kind of change (変更区分)."
            )
        if change_type in (SAME, NEW):
            empty = next((item for column, item in self._needed if not cells[column].strip()), None)
            if empty:
                raise self._refused(
                    line, f"必要な項目（{empty}）が空です。", f"a needed item ({empty}) is empty."
                )
        return change_type

    def _day(self, line: int, cells: list[str], column: int | None) -> date | None:
        text = cells[column].strip() if column is not None and column < len(cells) else ""
        if text in _NO_DATE or text == OPEN:
            return None
        value = _date(text)
        if value is None:
            place = (column or 0) + 1
            raise self._refused(
                line, f"{place} 番目の項目が日付ではありません。", f"column {place} is no date."
            )
        return value


def _cell(cells: list[str], column: int, layout: Layout) -> str:
    text = cells[column].strip() if column < len(cells) else ""
    return "" if text in layout.void else text


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """YYYYMMDD, or YYYY/MM/DD and YYYY-MM-DD as tables with headings write it."""
    return read_date(text.replace("/", "").replace("-", "")).value
