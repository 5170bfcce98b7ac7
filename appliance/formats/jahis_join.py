"""Putting split JAHIS data together again, in the three ways they are split; pure, and nothing is ever guessed.

By records: each part has its own header and ends with 911 (data id, total, number), parts come in any order. By symbols:
QR structured append (ISO/IEC 18004), cut anywhere, even inside a character: bytes are joined by index and checked by
parity. Bare fragments: cut anywhere, only the first has a header; the order of scanning counts if it makes sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Final

from appliance.formats.findings import Findings, Kind
from appliance.formats.jahis_fit import begins_file, fits, is_row_ahead
from appliance.formats.tagged import row_id_of
from appliance.formats.tagged_values import ordinal
from appliance.formats.uke.rows import BOM, END_MARK, extent
from appliance.limits import (
    FRAGMENT_ORDERS_MAX,
    FRAGMENT_STEPS_MAX,
    FRAGMENTS_MAX,
    FRAGMENTS_MAX_BYTES,
    PHARMACY_FILE_MAX_BYTES,
)
from appliance.records.finding import Finding, Severity
from appliance.records.readable import Readable

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
_SCAN_ALL = "すべての二次元コードを、もう一度 1 つ目から順に読み取ってください。"

JOIN_KINDS: Final[Mapping[str, Kind]] = {
    "JOIN-001": Kind(_ERROR, "読み取られたデータがありません。", "There is nothing to join.", _SCAN_ALL),
    "JOIN-002": Kind(
        _ERROR,
        "分割されたデータが足りません（全 {total} 個のうち {missing} 個目がありません）。",
        "Parts are missing (number {missing} of {total}).",
        "足りない二次元コードを読み取ってください。",
    ),
    "JOIN-003": Kind(
        _ERROR,
        "別々の処方または手帳の二次元コードが混ざっています。",
        "Parts of different prescriptions or notebooks are mixed.",
        "1 枚の処方箋、1 件の手帳の二次元コードだけを読み取ってください。",
    ),
    "JOIN-004": Kind(
        _ERROR,
        "同じ番号の分割データの内容が異なります（{part} 個目）。",
        "Two parts with one number differ (number {part}).",
        _SCAN_ALL,
    ),
    "JOIN-005": Kind(
        _INFO,
        "同じ二次元コードが 2 回読み取られています。1 回分だけ使いました。",
        "A part was read twice; it was used once.",
    ),
    "JOIN-006": Kind(
        _ERROR,
        "つないだデータの検査値（パリティ）が合いません。読み取り誤りがあります。",
        "The parity of the joined data is wrong: a symbol was misread.",
        _SCAN_ALL,
    ),
    "JOIN-007": Kind(
        _ERROR,
        "どの順につないでも、意味の通るデータになりません。足りない二次元コードがあるか、順序がわかりません。",
        "The fragments make no sense in any order: one is missing, or the order cannot be told.",
        _SCAN_ALL,
    ),
    "JOIN-008": Kind(
        _WARNING,
        "読み取られた順では意味が通らないため、並べ替えました。",
        "The fragments made no sense in the order they were read and were put in another.",
        "患者名と薬の数を、手帳または処方箋と見比べてください。",
    ),
    "JOIN-009": Kind(
        _ERROR,
        "データの数が多すぎるか、大きすぎます。",
        "There are too many fragments, or they are too large.",
        "1 件分の二次元コードだけを読み取ってください。",
    ),
    "JOIN-010": Kind(
        _ERROR,
        "分割データの文字コードがそろっていません。",
        "The parts are in different encodings.",
        _SCAN_ALL,
    ),
}


class JoinKind(StrEnum):
    """How data had been split."""

    WHOLE = "whole"
    RECORDS = "records"
    SYMBOLS = "symbols"
    FRAGMENTS = "fragments"


@dataclass(frozen=True, slots=True)
class JoinResult:
    """The joined bytes, to be parsed like any file; None, with the reason in `findings`, when they cannot be joined."""

    data: bytes | None
    kind: JoinKind
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol of a structured append: `index` from 0, `total` symbols, `parity` the XOR of all data bytes."""

    index: int
    total: int
    parity: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Split:
    """What a part says of itself in its 911 row: whose part it is, of how many, and its number from 1."""

    data_id: str
    total: int
    number: int


def split_of(data: Readable) -> Split | None:
    """What part of a split file this is; None for a whole file, or one that does not say."""
    if len(data) > PHARMACY_FILE_MAX_BYTES:
        return None
    whole = data[:]
    part = _part(whole) if begins_file(whole) else None
    return Split(part.data_id, part.total, part.number) if part and part.total > 1 else None


def join_fragments(parts: Sequence[bytes]) -> JoinResult:
    """Join the parts of one split file, by their records (911) or as bare fragments, whichever they show to be."""
    findings = Findings(JOIN_KINDS)
    read = [part for part in parts if part]
    if not any(part.strip(b"\r\n\t \x00\x1a") for part in read):
        findings.add("JOIN-001")
        return JoinResult(None, JoinKind.WHOLE, findings.all())
    if len(read) > FRAGMENTS_MAX or sum(map(len, read)) > PHARMACY_FILE_MAX_BYTES:
        findings.add("JOIN-009")
        return JoinResult(None, JoinKind.WHOLE, findings.all())
    distinct = list(dict.fromkeys(read))
    if len(distinct) < len(read):
        findings.add("JOIN-005")
    numbered = _numbered(distinct)
    if numbered is not None:
        data, kind = _by_records(numbered, findings), JoinKind.RECORDS
    elif len(distinct) == 1:
        data, kind = distinct[0], JoinKind.WHOLE
    else:
        # Equal fragments may both be needed: only scan order can tell, so it is tried before any is dropped.
        data, kind = _by_sense(read, distinct, findings), JoinKind.FRAGMENTS
    return JoinResult(data, kind, findings.all())


def join_symbols(symbols: Sequence[Symbol]) -> JoinResult:
    """Join the symbols of one structured append in index order, and check their parity."""
    findings = Findings(JOIN_KINDS)
    by_index: dict[int, Symbol] = {}
    for symbol in symbols:
        first = by_index.setdefault(symbol.index, symbol)
        if (symbol.total, symbol.parity) != (symbols[0].total, symbols[0].parity):
            findings.add("JOIN-003")
            return JoinResult(None, JoinKind.SYMBOLS, findings.all())
        if first != symbol:
            findings.add("JOIN-004", part=symbol.index + 1)
            return JoinResult(None, JoinKind.SYMBOLS, findings.all())
    if len(by_index) < len(symbols):
        findings.add("JOIN-005")
    data = _all_symbols(by_index, findings)
    return JoinResult(data, JoinKind.SYMBOLS, findings.all())


def _all_symbols(by_index: Mapping[int, Symbol], findings: Findings) -> bytes | None:
    if not by_index:
        findings.add("JOIN-001")
        return None
    first = next(iter(by_index.values()))
    missing = [index for index in range(min(first.total, FRAGMENTS_MAX)) if index not in by_index]
    if missing:
        findings.add("JOIN-002", missing=_listed(missing, 1), total=first.total)
        return None
    data = b"".join(by_index[index].data for index in sorted(by_index))
    if reduce(xor, data, 0) != first.parity:
        findings.add("JOIN-006")
        return None
    return data


@dataclass(frozen=True, slots=True)
class _Part:
    """A part with a header of its own: its data id, how many there are, its number, and its rows between the two."""

    data_id: str
    total: int
    number: int
    head: bytes
    body: bytes


def _numbered(parts: Sequence[bytes]) -> list[_Part] | None:
    """The parts by their 911 rows, or by the count that some senders put in the header; None when they have neither."""
    read = [part for data in parts if begins_file(data) and (part := _part(data)) is not None]
    if len(read) == len(parts):
        return read
    return _counted_in_header(parts)


def _part(data: bytes) -> _Part | None:
    head, rows = _rows(data)
    if not rows:
        return None
    values = rows[-1].decode("ascii", "replace").strip().split(",")
    if row_id_of(values[0]) != "911" or len(values) < 4:  # noqa: PLR2004 - 911, id, total, number
        return None
    total, number = ordinal(values[2].strip()), ordinal(values[3].strip())
    if not total or not number:
        return None
    return _Part(values[1].strip(), total, number, head, b"".join(rows[:-1]))


def _counted_in_header(parts: Sequence[bytes]) -> list[_Part] | None:
    """Parts without 911 whose header counts them (`JAHISTC04,2`), against the specification."""
    found = []
    for data in parts:
        head, rows = _rows(data)
        count = ordinal(head.rstrip().partition(b",")[2].decode("ascii", "replace"))
        if len(parts) == 1 or not begins_file(data) or count is None:
            return None
        found.append(_Part("", len(parts), count, head, b"".join(rows)))
    return found if {part.number for part in found} == set(range(1, len(parts) + 1)) else None


def _rows(data: bytes) -> tuple[bytes, list[bytes]]:
    """The header row and the others up to the end mark, each with a line end; empty ones left out."""
    body = data.removeprefix(BOM).partition(END_MARK)[0]
    rows = [row for row in body.splitlines(keepends=True) if row.strip()]
    ended = [row if row.endswith((b"\n", b"\r")) else row + b"\r\n" for row in rows]
    return (ended[0], ended[1:]) if ended else (b"", [])


def _by_records(parts: Sequence[_Part], findings: Findings) -> bytes | None:
    by_number: dict[int, _Part] = {}
    for part in parts:
        if (part.data_id, part.total) != (parts[0].data_id, parts[0].total):
            findings.add("JOIN-003")
            return None
        first = by_number.setdefault(part.number, part)
        if first.body != part.body:
            findings.add("JOIN-004", part=part.number)
            return None
    total = parts[0].total
    missing = [number for number in range(1, total + 1) if number not in by_number]
    if missing:
        findings.add("JOIN-002", missing=_listed(missing, 0), total=total)
        return None
    encodings = {extent(part.body).encoding for part in by_number.values() if not part.body.isascii()}
    if len(encodings) > 1:
        findings.add("JOIN-010")
        return None
    return by_number[1].head + b"".join(by_number[number].body for number in sorted(by_number))


def _listed(numbers: Sequence[int], offset: int) -> str:
    return "、".join(str(number + offset) for number in numbers)


def _by_sense(read: Sequence[bytes], distinct: Sequence[bytes], findings: Findings) -> bytes | None:
    """The fragments in the order they were read, if that makes sense; else in the only order that does."""
    if sum(map(begins_file, distinct)) > 1:
        findings.add("JOIN-003")
        return None
    if sum(map(len, read)) > FRAGMENTS_MAX_BYTES:
        findings.add("JOIN-009")
        return None
    scanned = b"".join(read), b"".join(distinct)
    others = _orders(distinct)
    for strictly in (True, False):
        for joined in scanned:
            if fits(joined, strictly=strictly):
                return joined
        sensible = {joined for joined in others if fits(joined, strictly=strictly)}
        if len(sensible) == 1:
            findings.add("JOIN-008")
            return sensible.pop()
    findings.add("JOIN-007")
    return None


def _orders(parts: Sequence[bytes]) -> list[bytes]:
    """Every join that begins with the header and whose seams make rows; none when there are too many to be tried."""
    waiting = [_Order((place,), part) for place, part in enumerate(parts) if begins_file(part)]
    whole: list[bytes] = []
    for _ in range(FRAGMENT_STEPS_MAX):
        if not waiting or len(whole) > FRAGMENT_ORDERS_MAX:
            break
        order = waiting.pop()
        if len(order.places) == len(parts):
            whole.append(order.joined)
            continue
        for place, part in enumerate(parts):
            if place not in order.places and is_row_ahead(order.joined, part):
                waiting.append(_Order((*order.places, place), order.joined + part))
    return whole if not waiting else []


@dataclass(frozen=True, slots=True)
class _Order:
    """Some fragments in one order, by their places among those that were read."""

    places: tuple[int, ...]
    joined: bytes
