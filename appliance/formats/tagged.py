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
from appliance.formats.uke.rows import CP932, UTF8, extent
from appliance.limits import PHARMACY_FILE_MAX_BYTES, PHARMACY_ITEMS_MAX, PHARMACY_ROWS_MAX

REQUIRED, REQUIRED_FROM_FACILITY = "◎", "P"
NO_ROW_ID = "?"
"""Under what rows without a record number are counted; what they begin with may be anything and is never shown."""

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_LOW_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HIGH_CONTROLS = re.compile(r"[\x80-\x9f]")
"""What most lead bytes of Shift_JIS become when they are read as Latin-1: in a text saved as UTF-8 they give it away."""
_NOT_IN_SHIFT_JIS = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python's cp932 makes of the bytes 80 A0 FD FE FF, which are no characters of Shift JIS."""
_ROW_ID = re.compile(r"(?:([0-9]{1,3})|(JAHISTC|JAHIS|VER)[0-9.]*)", re.ASCII)
_SPAN = re.compile(r"(\d+)(?:-(\d+))?")
_LEFT_OF_GARBLED = {chr(code): bytes([code]) for code in range(0x80, 0x100)} | {
    bytes([code]).decode("cp1252"): bytes([code])
    for code in range(0x80, 0x100)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
"""Characters that stand for one byte where Shift JIS was read as Windows-1252 or Latin-1."""


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
    """One kind of record: its number, its title, its items by name."""

    row_id: str
    title: str
    items: dict[str, Item]

    @property
    def width(self) -> int:
        return 1 + max((item.position for item in self.items.values()), default=0)


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
        place = self.layout.items[name].position
        return self.values[place].strip() if place < len(self.values) else ""

    def ja(self, name: str) -> str:
        """The specification's name of an item."""
        return self.layout.items[name].ja

    def missing(self, requirements: str) -> Iterator[str]:
        """Names of the items that are required, by one of these marks, and empty."""
        for name, item in self.layout.items.items():
            if item.requirement in requirements and not self[name]:
                yield name


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
    return RowLayout(row_id, title, {item.name: item for item in items})


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
    for line, raw in enumerate(_lines(body), 1):
        if line > PHARMACY_ROWS_MAX:
            findings.add("TEXT-007", line, limit=PHARMACY_FILE_MAX_BYTES // 1024)
            found.refused = True
            break
        found.lines = line
        _take(found, table, findings, odd, line, _decode(raw, where.encoding, line, findings))
    if found.open_end and len(found.rows) > 1 and len(found.rows[-1].values) == 1:
        findings.add("TEXT-015", found.rows.pop().line)
        found.stump = True
    odd.tell(findings)
    return found


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
    row_id = row_id_of(values[0])
    found.counts[row_id] = found.counts.get(row_id, 0) + 1
    if not found.refused and not text.isascii() and any(map(is_garbled, values)):
        found.refused = True
        findings.add("TEXT-003", line)
    layout = table.get(row_id)
    if layout is None:
        odd.note("TEXT-005", row_id, line)
        return
    if any(value.strip() for value in values[layout.width :]):
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


def is_garbled(text: str) -> bool:
    """Whether a text is Japanese that was read in a wrong encoding and saved again (文字化け).

    So it is when the characters, taken as the bytes they came from, are Japanese in the other encoding.
    """
    if text.isascii():
        return False
    return bool(_HIGH_CONTROLS.search(text)) or _read_as_western(text) or _read_as_shift_jis(text)


def _read_as_western(text: str) -> bool:
    if any(not letter.isascii() and letter not in _LEFT_OF_GARBLED for letter in text):
        return False
    raw = b"".join(_LEFT_OF_GARBLED.get(letter) or letter.encode() for letter in text)
    return any(_recovers(raw, encoding) for encoding in (CP932, UTF8))


def _recovers(raw: bytes, encoding: str) -> bool:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    wide = [letter for letter in text if not letter.isascii() and len(letter.encode(encoding)) > 1]
    return len(wide) > 1 or (len(wide) == 1 and len(text) == 1)


def _read_as_shift_jis(text: str) -> bool:
    try:
        raw = text.encode(CP932)
        recovered = raw.decode(UTF8)
    except UnicodeError:
        return False
    return sum(letter >= "\u3000" for letter in recovered) > 1
