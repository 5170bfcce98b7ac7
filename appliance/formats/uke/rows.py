"""The physical form of a UKE file (記録条件仕様 第1章): encoding, row ends, the end mark, and rows that serialise back exactly.

Items are split at every comma: the specification knows no quoting. Decoding is strict UTF-8 first, then cp932; nothing
here raises on any bytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.limits import CLAIM_ROW_MAX_CHARS, ROW_CHUNK_BYTES
from appliance.records.readable import Readable, pieces

UTF8 = "utf-8"
CP932 = "cp932"
END_MARK = b"\x1a"
_BLANK = b"\x1a\x00\r\n\t "
BOM = b"\xef\xbb\xbf"

_CONTROLS_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\r\n")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROLS_UTF8 = re.compile(rb"\xc2[\x80-\x9f]")
_NO_CHARACTERS = "\x80\uf8f0\uf8f1\uf8f2\uf8f3"
"""What Python's cp932 makes of the bytes 80 A0 FD FE FF, which are no characters of Shift JIS."""
_ROW_MAX_BYTES = 4 * (CLAIM_ROW_MAX_CHARS + 1)
"""Bytes that hold one character more than is read of a row, whatever the characters."""
_REPLACED = dict.fromkeys(map(ord, _NO_CHARACTERS), "\ufffd")


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the rows of a file lie, and in which encoding; what follows the end mark 0x1A is not read."""

    encoding: str
    start: int
    end: int
    after_end_mark: int
    """Bytes behind the end mark that are not blank: rows which were joined on without removing it."""
    wide: bool = True
    """Whether there are rows that are not plain ASCII."""


@dataclass(slots=True)
class Piece:
    """Some rows of a file as decoded text; `number` is the first one's, counted from 1."""

    number: int
    lines: list[str]
    undecodable: list[int] = field(default_factory=list)
    control: list[int] = field(default_factory=list)
    shortened: list[int] = field(default_factory=list)
    """Rows longer than are read, cut."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as it stands in the file; `raw` only where encoding the values again would not give its bytes."""

    number: int
    values: tuple[str, ...]
    encoding: str
    terminator: bytes
    raw: bytes | None = None

    def serialise(self) -> bytes:
        body = ",".join(self.values).encode(self.encoding) if self.raw is None else self.raw
        return body + self.terminator


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A whole file as rows, with what stands before (a byte order mark) and after them (the end mark)."""

    encoding: str
    head: bytes
    rows: tuple[SourceRow, ...]
    tail: bytes


def extent(data: Readable) -> Extent:
    """Find encoding and end of a file's rows."""
    start = len(BOM) if data[: len(BOM)] == BOM else 0
    end = _end_of_rows(data)
    encoding, wide = _encoding(data, start, end)
    return Extent(encoding, start, end, _after(data, end), wide)


def _end_of_rows(data: Readable) -> int:
    place = 0
    for piece in pieces(data):
        mark = piece.find(END_MARK)
        if mark >= 0:
            return place + mark
        place += len(piece)
    return place


def _after(data: Readable, end: int) -> int:
    """How many bytes there are behind the rows, blank ones before and after them apart."""
    first = last = place = end
    for piece in pieces(data, end):
        if told := piece.strip(_BLANK):
            begin = place + len(piece) - len(piece.lstrip(_BLANK))
            first, last = first if last > end else begin, begin + len(told)
        place += len(piece)
    return last - first


def _encoding(data: Readable, start: int, end: int) -> tuple[str, bool]:
    """The encoding of the rows, and whether any of them is not ASCII."""
    decoder = codecs.getincrementaldecoder(UTF8)()
    wide = False
    for piece in pieces(data, start, end, ROW_CHUNK_BYTES):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError:
            return CP932, True
        wide = wide or not text.isascii()
    # A UTF-8 file cut off inside a character is still UTF-8; only its last row suffers.
    cut_off = bool(decoder.getstate()[0])
    return CP932 if cut_off and not wide else UTF8, wide or cut_off


def _pieces(data: Readable, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to `end`, cut after row ends into pieces of bounded size; a longer one is one row."""
    begun: list[bytes] = []
    for piece in pieces(data, start, end, ROW_CHUNK_BYTES):
        first, last = piece.find(b"\n") + 1, piece.rfind(b"\n") + 1
        if first:
            yield b"".join((*begun, piece[:first]))
            begun.clear()
        if last > first:
            yield piece[first:last]
        begun.append(piece[last:])
    if rest := b"".join(begun):
        yield rest


def read_pieces(data: Readable, where: Extent) -> Iterator[Piece]:
    """The rows of a file in pieces, row ends removed; rows with undecodable bytes or control characters are named."""
    number = 1
    for raw in _pieces(data, where.start, where.end):
        piece = _decode(_without_endless_row(raw), number, where.encoding)
        _shorten(piece)
        number += len(piece.lines)
        yield piece


def _without_endless_row(raw: bytes) -> bytes:
    """A piece longer than usual is one row: its beginning is decoded, and enough to be told as cut."""
    return raw if len(raw) <= ROW_CHUNK_BYTES else raw[:_ROW_MAX_BYTES]


def _shorten(piece: Piece) -> None:
    if max(map(len, piece.lines), default=0) <= CLAIM_ROW_MAX_CHARS:
        return
    for place, line in enumerate(piece.lines):
        if len(line) > CLAIM_ROW_MAX_CHARS:
            piece.lines[place] = line[:CLAIM_ROW_MAX_CHARS]
            piece.shortened.append(piece.number + place)


def _decode(raw: bytes, number: int, encoding: str) -> Piece:
    try:
        text = raw.decode(encoding)
        decoded = encoding == UTF8 or not _holds_no_characters(text)
    except UnicodeDecodeError:
        decoded = False
    if not decoded:
        piece = _decode_row_by_row(raw, number, encoding)
    else:
        piece = Piece(number, text.replace("\r\n", "\n").removesuffix("\n").split("\n"))
    if _has_controls(raw) or (encoding == UTF8 and _CONTROLS_UTF8.search(raw)):
        _strip_controls(piece)
    return piece


def _decode_row_by_row(raw: bytes, number: int, encoding: str) -> Piece:
    piece = Piece(number, [])
    for place, row in enumerate(raw.removesuffix(b"\n").split(b"\n"), number):
        line = row.removesuffix(b"\r").decode(encoding, errors="replace")
        if encoding == CP932:
            line = line.translate(_REPLACED)
        if "\ufffd" in line:
            piece.undecodable.append(place)
        piece.lines.append(line)
    return piece


def _holds_no_characters(text: str) -> bool:
    return any(letter in text for letter in _NO_CHARACTERS)


def _has_controls(raw: bytes) -> bool:
    return len(raw.translate(None, _CONTROLS_BYTES)) != len(raw) or raw.count(b"\r") != raw.count(b"\r\n")


def _strip_controls(piece: Piece) -> None:
    for place, line in enumerate(piece.lines):
        if _CONTROLS.search(line):
            piece.lines[place] = _CONTROLS.sub(" ", line)
            piece.control.append(piece.number + place)


def read_source(data: Readable) -> SourceFile:
    """Every row of a file, such that `serialise` gives the same bytes again."""
    where = extent(data)
    rows: list[SourceRow] = []
    for raw in _pieces(data, where.start, where.end):
        rows.extend(_source_rows(raw, len(rows) + 1, where.encoding))
    return SourceFile(where.encoding, data[: where.start], tuple(rows), data[where.end :])


def _source_rows(raw: bytes, number: int, encoding: str) -> Iterator[SourceRow]:
    for place, line in enumerate(_split_rows(raw), number):
        body = line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line
        terminator = line[len(body) :]
        text = body.decode(encoding, errors="replace")
        exact = text.encode(encoding, errors="replace") == body
        yield SourceRow(place, tuple(text.split(",")), encoding, terminator, None if exact else body)


def _split_rows(raw: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(raw):
        stop = raw.find(b"\n", start) + 1 or len(raw)
        yield raw[start:stop]
        start = stop


def serialise(source: SourceFile) -> bytes:
    """The bytes of a file from its rows."""
    return b"".join((source.head, *(row.serialise() for row in source.rows), source.tail))
