"""The streaming core: a UKE file row by row, one claim in memory at a time, to documents, row counts and findings."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from appliance.formats.findings import Findings, Gathered
from appliance.formats.uke.claim_rows import UNKNOWN_ROW, ClaimRows
from appliance.formats.uke.claim_types import IKA, RECEIPT, ClaimType
from appliance.formats.uke.claims import Claim, build_claim
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.heads import LAST_VOLUME, SINGLE_VOLUME, Head, mended, read_head, under
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.rows import UTF8, Extent, Piece, extent, read_pieces
from appliance.formats.uke.values import number
from appliance.limits import (
    CLAIM_ROW_ITEMS_MAX,
    CLAIM_ROW_MAX_CHARS,
    CLAIMS_REFUSED_MAX,
    SOUND_HEADS_MAX,
)
from appliance.records.document import Document, Parsed
from appliance.records.finding import Finding, Severity
from appliance.records.readable import Readable

_GO = layouts("ika")["GO"]
_CLOSING_VOLUMES = ("", SINGLE_VOLUME, LAST_VOLUME)
"""What a single volume's trailer may say: 99, or what careless writers put there."""
PAYER_SIDE_ROWS = frozenset({"MN", "JY", "EX", "RC"})
PREFIX_COLUMNS = 3
"""データ識別, 行番号, 枝番号 before each row of レセ電コード情報ファイル and of the history in returned files."""
CLAIM_DATA = "1"
"""データ識別 of rows as the facility claimed them."""
NO_ROW_ID = "?"
"""Under what rows without an identifier are counted; what they begin with may be anything and is never shown."""
_PREFIX_LOOK_BYTES = 64


@dataclass(slots=True)
class Totals:
    """What claims add up to: how many payers bear them, and the points of the first payer of each."""

    payers: int = 0
    points: int = 0

    def add(self, claim: Claim) -> None:
        self.payers += claim.payers
        self.points += claim.points


@dataclass(frozen=True, slots=True)
class Ends:
    """The first facility row of a file and its last trailer, which name its volume and, in the last one, all totals."""

    head: Head = field(default_factory=Head)
    trailer_line: int = 0
    trailer_volume: str = ""
    trailer_count: int | None = None
    trailer_points: int | None = None


@dataclass(slots=True)
class _Tally:
    """Rows of one kind: the line of the first, and how many."""

    first_line: int
    count: int = 0


@dataclass(slots=True)
class RowCount:
    """Rows by identifier, and tallies of those narrower or wider than their layout, nameless or out of place."""

    rows: dict[str, int] = field(default_factory=dict)
    odd: dict[tuple[str, str], _Tally] = field(default_factory=dict)

    def add(self, row_id: str) -> None:
        self.rows[row_id] = self.rows.get(row_id, 0) + 1

    def note(self, code: str, row_id: str, line: int) -> None:
        """Count a row towards one finding of that code and identifier."""
        self.odd.setdefault((code, row_id), _Tally(line)).count += 1


class _Keys:
    """Claim keys seen so far, by eight bytes of their digest each: the largest files hold some 200,000 claims."""

    def __init__(self) -> None:
        self._sorted = [array("Q") for _ in range(256)]

    def add(self, key: str) -> bool:
        """Whether the key is new."""
        digest = blake2b(key.encode(), digest_size=8).digest()
        seen, mark = self._sorted[digest[0]], int.from_bytes(digest, "big")
        place = bisect_left(seen, mark)
        if place < len(seen) and seen[place] == mark:
            return False
        seen.insert(place, mark)
        return True


class UkeReader:
    """Reads a file of one claim type: iterate `documents()` to the end, then ask for `findings`, `source_rows`, `lines`.

    `totals` and `ends` are what the volumes of a set are checked by.
    """

    def __init__(self, data: Readable, claim_type: ClaimType = IKA) -> None:
        self._data = data
        self._type = claim_type
        self._extent = extent(data)
        self._findings = Findings(KINDS)
        self._claim_findings = Gathered()
        self._refused = 0
        """Claims not taken, and facility rows not sound by themselves."""
        self._count = RowCount()
        self._head = self._first_head = Head()
        self._claim: ClaimRows | None = None
        self._totals = Totals()
        self.totals = Totals()
        self.ends = Ends()
        self._claims = 0
        self._keys = _Keys()
        self._prefixed = _begins_prefixed(data, self._extent)
        self._sound_heads: tuple[Head, ...] | None = None
        self.lines = 0

    @property
    def encoding(self) -> str:
        return self._extent.encoding

    @property
    def source_rows(self) -> dict[str, int]:
        """How many rows of each identifier, in the order of their first appearance."""
        return self._count.rows

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the file and of claims that could not be taken; complete after the last document."""
        return (*self._findings.all(), *self._claim_findings.all())

    @property
    def about(self) -> Parsed:
        """Everything of the file but its documents, after the last of them. Its trailer (GO) says that it is complete."""
        rows = self.source_rows
        known = self._type.format
        return Parsed(known, self.encoding, self.lines, (), self.findings, rows, complete="GO" in rows)

    def documents(self) -> Iterator[Document]:
        """Every claim that could be taken, in the file's order."""
        outside = self._type.outside
        for line, values in self._rows():
            row_id = values[0]
            if row_id in outside:
                yield from self._finish_claim()
                if self._refused > CLAIMS_REFUSED_MAX:
                    self._findings.add("UKE-F026", line, limit=CLAIMS_REFUSED_MAX)
                    break
                self._outside_claim(row_id, line, values)
            elif self._claim is not None:
                if row_id == "MN":
                    continue
                self._claim.add(line, values)
                self._claim.last_line = line
            elif row_id in self._type.layouts:
                self._count.note("UKE-R014", "", line)
        yield from self._finish_claim()
        self._finish_file()

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows of known kinds, padded to their layout; all rows are counted."""
        rows, known = self._count.rows, self._type.widths
        for piece in read_pieces(self._data, self._extent):
            self._note_characters(piece)
            self.lines = piece.number + len(piece.lines) - 1
            for line, text in enumerate(piece.lines, piece.number):
                values = text.split(",", CLAIM_ROW_ITEMS_MAX)
                row_id = values[0]
                if row_id not in known:
                    unprefixed = self._unusual(line, values)
                    if unprefixed is None:
                        continue
                    values, row_id = unprefixed, unprefixed[0]
                rows[row_id] = rows.get(row_id, 0) + 1
                if len(values) != known[row_id]:
                    self._fit(line, values, known[row_id])
                yield line, values

    def _unusual(self, line: int, values: list[str]) -> list[str] | None:
        """A row that does not begin with a known identifier: the row behind its prefix, or None when it only counts."""
        row_id = values[0].strip()
        if row_id[:1].isdigit() and len(values) > PREFIX_COLUMNS:
            behind = values[PREFIX_COLUMNS:]
            if self._prefixed and row_id == CLAIM_DATA and behind[0] in self._type.widths:
                return behind
            self._count.add(shown_row_id(behind[0]))
            if not self._prefixed:
                self._count.note("UKE-F011", "", line)
            return None
        if row_id in self._type.widths:
            return [row_id, *values[1:]]
        if row_id or len(values) > 1:
            shown = shown_row_id(row_id)
            self._count.add(shown)
            self._count.note("UKE-F018" if shown == NO_ROW_ID else "UKE-F008", shown, line)
            if self._claim is not None:
                self._claim.add(line, [UNKNOWN_ROW])
        return None

    def _fit(self, line: int, values: list[str], width: int) -> None:
        """Pad a short row and note it, note a long one; both are read by position."""
        missing = width - len(values)
        self._count.note("UKE-F009" if missing > 0 else "UKE-F010", values[0], line)
        values.extend([""] * missing)

    def _note_characters(self, piece: Piece) -> None:
        for line in piece.undecodable:
            self._findings.add("UKE-R002", line)
        for line in piece.control:
            self._findings.add("UKE-R003", line)
        for line in piece.shortened:
            self._findings.add("UKE-R020", line, limit=CLAIM_ROW_MAX_CHARS)

    def _outside_claim(self, row_id: str, line: int, values: list[str]) -> None:
        if row_id in self._type.heads:
            self._new_head(row_id, line, values)
        elif row_id == RECEIPT:
            if not self._head.line and not self._head.sound:
                self._head = mended(self._head, self._others())
            self._claim = ClaimRows(self._head, line, values, last_line=line, claim_type=self._type)
        else:
            self._check_totals(line, values)

    def _new_head(self, row_id: str, line: int, values: list[str]) -> None:
        """A facility row; the file's first kind of them (歯科: UK) says more than those that repeat it above each claim."""
        head = self._read_head(values, line, self._findings)
        self._refused += not head.sound
        if row_id == self._type.heads[0]:
            self._first_head = head
        else:
            head = under(head, self._first_head)
        self._head = head if head.sound else mended(head, self._others())
        if not self.ends.head.line:
            self.ends = replace(self.ends, head=self._head)

    def _read_head(self, values: list[str], line: int, findings: Findings) -> Head:
        return read_head(values, line, findings, self._type.layouts[values[0]], self._type.format.value)

    def _others(self) -> tuple[Head, ...]:
        """Sound heads anywhere in the file; looked for only when one is damaged."""
        if self._sound_heads is None:
            ignored = Findings(KINDS)
            beginnings = tuple(f"{row_id}," for row_id in self._type.heads)
            heads = (
                self._read_head(_padded(text, self._type), 0, ignored)
                for piece in read_pieces(self._data, self._extent)
                for text in piece.lines
                if text.startswith(beginnings)
            )
            found: set[Head] = set()
            for head in heads:
                if head.sound and len(found) < SOUND_HEADS_MAX:
                    found.add(head)
            self._sound_heads = tuple(found)
        return self._sound_heads

    def _finish_claim(self) -> Iterator[Document]:
        if self._claim is None:
            return
        claim = build_claim(self._claim)
        line, self._claim = self._claim.line, None
        self._totals.add(claim)
        self.totals.add(claim)
        self._claims += 1
        document = claim.document
        if document is None:
            for found in claim.findings.all():
                if found.severity is Severity.ERROR:
                    self._claim_findings.add(found)
            self._refused += 1
            return
        if not self._keys.add(document.key):
            self._findings.add("UKE-F012", line)
        yield document

    def _check_totals(self, line: int, values: list[str]) -> None:
        """Compare a trailer with the claims above it; the last volume of several counts the others too."""
        totals, self._totals = self._totals, Totals()
        volume = values[_GO["volume_id"]].strip()
        count, points = number(values[_GO["total_count"]]), number(values[_GO["total_points"]])
        self.ends = Ends(self.ends.head, line, volume, count, points)
        if volume not in _CLOSING_VOLUMES or self._head.volume not in ("", SINGLE_VOLUME):
            self._findings.add("UKE-F006", line, volume=volume if volume.isdecimal() else "?")
            return
        if count is not None and count != totals.payers:
            self._findings.add(
                "UKE-F004", line, _GO.item("total_count").ja, declared=count, counted=totals.payers
            )
        if points is not None and points != totals.points:
            self._findings.add(
                "UKE-F005", line, _GO.item("total_points").ja, declared=points, counted=totals.points
            )

    def _finish_file(self) -> None:
        findings, rows = self._findings, self._count.rows
        if self._claims == 0:
            findings.add("UKE-F001")
        payer_side = sum(rows.get(row_id, 0) for row_id in PAYER_SIDE_ROWS)
        if payer_side:
            findings.add("UKE-F003", rows=payer_side)
        elif "GO" not in rows and self._claims:
            findings.add("UKE-F002")
        if self._extent.after_end_mark:
            findings.add("UKE-F007", count=self._extent.after_end_mark)
        if self.encoding == UTF8 and (self._extent.wide or self._extent.start):
            findings.add("UKE-F016")
        for (code, row_id), tally in self._count.odd.items():
            findings.add(code, tally.first_line, row_id=row_id, count=tally.count)
        for row_id in self._type.unused:
            if row_id in rows:
                findings.add("UKE-F017", row_id=row_id, count=rows[row_id])


def _padded(text: str, claim_type: ClaimType) -> list[str]:
    values = text.split(",", CLAIM_ROW_ITEMS_MAX)
    return values + [""] * (claim_type.widths[values[0]] - len(values))


def shown_row_id(row_id: str) -> str:
    """A row identifier as it may be counted and shown: two capital letters or digits, else the sign for none."""
    plain = row_id.strip()
    fits = len(plain) == 2 and plain.isascii() and plain.isalnum() and plain == plain.upper()  # noqa: PLR2004
    return plain if fits else NO_ROW_ID


def _begins_prefixed(data: Readable, where: Extent) -> bool:
    """Whether the file is in the form with three columns before every row."""
    beginning = data[where.start : min(where.end, where.start + _PREFIX_LOOK_BYTES)]
    return beginning.lstrip(b"\r\n ")[:1].isdigit()
