"""Tagged text as the pharmacy formats share it: one record a line, its number in front, commas between, no quoting.

Layouts are tables (`layout.txt` of each format) that a reader can hold against the specification. Whatever the bytes,
reading ends, is bounded by limits.py and raises nothing; source bytes come back through `uke.rows.read_source`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from appliance.formats.findings import Findings
from appliance.formats.garbled import garbled_among
from appliance.formats.uke.rows import CP932, extent
from appliance.limits import PHARMACY_FILE_MAX_BYTES, PHARMACY_ITEMS_MAX, PHARMACY_ROWS_MAX

REQUIRED, REQUIRED_FROM_FACILITY = "◎", "P"
_ASKED = REQUIRED + REQUIRED_FROM_FACILITY
NO_ROW_ID = "?"
"""Under what rows without a record number are counted; what they begin with may be anything and is never shown."""

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_LOW_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_STRAY_CP932 = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\uf8f0-\uf8f3\ufffd]")
_STRAY_UTF8 = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\ufffd]")
"""What no row may hold, the ends of rows apart: control characters, and what stands for bytes that are no characters."""
_NOT_IN_SHIFT_JIS = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python's cp932 makes of the bytes 80 A0 FD FE FF, which are no characters of Shift JIS."""
_ROW_ID = re.compile(r"(?:([0-9]{1,3})|(JAHISTC|JAHIS|VER)[0-9.]*)", re.ASCII)
_SPAN = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Item:
    """One item (項目) of a record: its place, its title, and what the specification asks of it."""

    position: int
    ja: str
    name: str
    kind: str = ""
    requirement: str = "-"
    since: str = ""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """One kind of record: its number, its title, its items by name; which of them are asked for, which came later."""

    row_id: str
    title: str
    items: dict[str, Item]
    places: dict[str, int]
    asked: tuple[Item, ...]
    newer: tuple[Item, ...]
    width: int


Layouts = dict[str, RowLayout]


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in the file; items are asked for by name and come without spaces around them."""

    line: int
    layout: RowLayout
    values: tuple[str, ...]

    @property
    def row_id(self) -> str:
        return self.layout.row_id

    def __getitem__(self, name: str) -> str:
        place = self.layout.places[name]
        return self.values[place].strip() if place < len(self.values) else ""

    def ja(self, name: str) -> str:
        """The specification's name of an item."""
        return self.layout.items[name].ja

    def missing(self, requirements: str) -> Iterator[str]:
        """Names of the items that are required, by one of these marks, and empty."""
        for item in self.layout.asked:
            if item.requirement in requirements and not self[item.name]:
                yield item.name


@dataclass(slots=True)
class Tagged:
    """The rows of known kinds of one file, in order, and what was noticed of the file as a whole."""

    encoding: str
    lines: int = 0
    rows: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refused: bool = False
    """Too large, or its characters are lost: nothing of it is to be believed."""
    open_end: bool = False
    """The last row has no line end: what was cut off, if anything, cannot be known."""
    stump: bool = False
    """The last row ends within its record number: it is left out, and something is missing for certain."""

    @property
    def sound(self) -> tuple[Row, ...]:
        """The rows that may be believed: none of a refused file."""
        return () if self.refused else tuple(self.rows)


@lru_cache(maxsize=8)
def layouts(package: str) -> Layouts:
    """The layout table of a format's package, by record number."""
    text = files(package).joinpath("layout.txt").read_text(encoding="utf-8")
    blocks = (block.splitlines() for block in text.split("\n[")[1:])
    return {layout.row_id: layout for layout in map(_row_layout, blocks)}


def _row_layout(lines: list[str]) -> RowLayout:
    row_id, title = lines[0].split("] ", 1)
    items = [item for line in lines[1:] if line for item in _items(line.split())]
    return RowLayout(
        row_id,
        title,
        {item.name: item for item in items},
        {item.name: item.position for item in items},
        asked=tuple(item for item in items if item.requirement in _ASKED),
        newer=tuple(item for item in items if item.since),
        width=1 + max((item.position for item in items), default=0),
    )


def _items(columns: list[str]) -> Iterator[Item]:
    """The item of a line, or the run of items that `first-last` and `{n}` stand for."""
    place, ja, name, *rest = columns
    match = _SPAN.fullmatch(place)
    first, last = (match[1], match[2] or match[1]) if match else ("0", "0")
    for number, position in enumerate(range(int(first), int(last) + 1), 1):
        yield Item(position, ja, name.format(n=number), *rest)


def read_tagged(data: bytes, table: Layouts, findings: Findings) -> Tagged:
    """Every row of a file that the table knows; the rest is counted and told."""
    where = extent(data)
    found = Tagged(where.encoding)
    body = data[where.start : where.end]
    if len(body) > PHARMACY_FILE_MAX_BYTES:
        findings.add("TEXT-007", limit=PHARMACY_FILE_MAX_BYTES // 1024)
        return Tagged(where.encoding, body.count(b"\n") + 1, refused=True)
    if where.after_end_mark:
        findings.add("TEXT-004", count=where.after_end_mark)
    found.open_end = bool(body) and not body.endswith((b"\n", b"\r")) and where.end == len(data)
    odd = _Oddities()
    for line, text in enumerate(_texts(body, where.encoding, findings), 1):
        if line > PHARMACY_ROWS_MAX:
            findings.add("TEXT-007", line, limit=PHARMACY_FILE_MAX_BYTES // 1024)
            found.refused = True
            break
        found.lines = line
        _take(found, table, findings, odd, line, text)
    if found.open_end and len(found.rows) > 1 and len(found.rows[-1].values) == 1:
        findings.add("TEXT-015", found.rows.pop().line)
        found.stump = True
    odd.tell(findings)
    return found


def _texts(body: bytes, encoding: str, findings: Findings) -> Iterator[str]:
    """The rows as text: decoded at once where nothing in them is odd, else one by one, telling of each what is."""
    if not body:
        return
    stray = _STRAY_CP932 if encoding == CP932 else _STRAY_UTF8
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = "\ufffd"
    if not stray.search(text):
        yield from text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        return
    for line, raw in enumerate(_lines(body), 1):
        yield _decode(raw, encoding, line, findings)


def _lines(body: bytes) -> Iterator[bytes]:
    start = 0
    for end in _LINE_ENDS.finditer(body):
        yield body[start : end.start()]
        start = end.end()
    if start < len(body):
        yield body[start:]


@dataclass(slots=True)
class _Oddities:
    """Rows of unknown kinds and rows wider than their layout: the first line of each kind, and how many."""

    seen: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def note(self, code: str, row_id: str, line: int) -> None:
        self.seen.setdefault((code, row_id), [line, 0])[1] += 1

    def tell(self, findings: Findings) -> None:
        for (code, row_id), (line, count) in self.seen.items():
            findings.add(code, line, row_id=row_id, count=count)


def _take(found: Tagged, table: Layouts, findings: Findings, odd: _Oddities, line: int, text: str) -> None:
    if not text.strip():
        return
    values = text.split(",", PHARMACY_ITEMS_MAX)
    row_id = values[0] if values[0] in table else row_id_of(values[0])
    found.counts[row_id] = found.counts.get(row_id, 0) + 1
    if not found.refused and not text.isascii() and garbled_among(values):
        found.refused = True
        findings.add("TEXT-003", line)
    layout = table.get(row_id)
    if layout is None:
        odd.note("TEXT-005", row_id, line)
        return
    if len(values) > layout.width and any(value.strip() for value in values[layout.width :]):
        odd.note("TEXT-006", row_id, line)
    found.rows.append(Row(line, layout, tuple(values)))


def row_id_of(first: str) -> str:
    """The record number that a row begins with, leading zeros and spaces apart; `?` when there is none."""
    match = _ROW_ID.fullmatch(first.strip())
    if match is None:
        return NO_ROW_ID
    return match[2] or match[1].lstrip("0") or NO_ROW_ID


def _decode(raw: bytes, encoding: str, line: int, findings: Findings) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode(encoding, errors="replace")
    if encoding == CP932:
        text = _NOT_IN_SHIFT_JIS.sub("\ufffd", text)
    if "\ufffd" in text:
        findings.add("TEXT-001", line)
    stray = _CONTROLS if encoding == CP932 else _LOW_CONTROLS
    if stray.search(text):
        text = stray.sub(" ", text)
        findings.add("TEXT-002", line)
    return text
