"""The streaming core: a UKE file row by row, one claim in memory at a time, to documents, row counts and findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.formats.findings import Findings
from appliance.formats.uke.claims import UNKNOWN_ROW, Claim, ClaimRows, build_claim
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.heads import LAST_VOLUME, SINGLE_VOLUME, Head, mended, read_head
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.rows import UTF8, Extent, Piece, extent, read_pieces
from appliance.formats.uke.values import number
from appliance.records.document import Document
from appliance.records.finding import Finding, Severity

_IKA, _ENVELOPE = layouts("ika"), layouts("envelope")
_GO = _IKA["GO"]
_WIDTHS = {row_id: layout.width for row_id, layout in (_ENVELOPE | _IKA).items()}
_KNOWN = frozenset(_WIDTHS)
_OUTSIDE = frozenset({"IR", "RE", "GO"})
_CLOSING_VOLUMES = ("", SINGLE_VOLUME, LAST_VOLUME)
"""What a single volume's trailer may say: 99, or what careless writers put there."""
_UNUSED = ("KH", "NI")
PAYER_SIDE_ROWS = frozenset({"MN", "JY", "EX", "RC"})
PREFIX_COLUMNS = 3
"""データ識別, 行番号, 枝番号 before each row of レセ電コード情報ファイル and of the history in returned files."""
CLAIM_DATA = "1"
"""データ識別 of rows as the facility claimed them."""
NO_ROW_ID = "?"
"""Under what rows without an identifier are counted; what they begin with may be anything and is never shown."""
_PREFIX_LOOK_BYTES = 64


@dataclass(slots=True)
class _Totals:
    """What the claims since the last trailer add up to."""

    payers: int = 0
    points: int = 0

    def add(self, claim: Claim) -> None:
        self.payers += claim.payers
        self.points += claim.points


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


class UkeReader:
    """Reads one 医科 file: iterate `documents()` to the end, then ask for `findings`, `source_rows` and `lines`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._extent = extent(data)
        self._findings = Findings(KINDS)
        self._claim_findings: list[Finding] = []
        self._count = RowCount()
        self._head = Head()
        self._claim: ClaimRows | None = None
        self._totals = _Totals()
        self._claims = 0
        self._keys: set[str] = set()
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
        return (*self._findings.all(), *self._claim_findings)

    def documents(self) -> Iterator[Document]:
        """Every claim that could be taken, in the file's order."""
        for line, values in self._rows():
            row_id = values[0]
            if row_id in _OUTSIDE:
                yield from self._finish_claim()
                self._outside_claim(row_id, line, values)
            elif self._claim is not None:
                if row_id == "MN":
                    continue
                self._claim.rows.append((line, values))
                self._claim.last_line = line
            elif row_id in _IKA:
                self._count.note("UKE-R014", "", line)
        yield from self._finish_claim()
        self._finish_file()

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows of known kinds, padded to their layout; all rows are counted."""
        rows, known = self._count.rows, _WIDTHS
        for piece in read_pieces(self._data, self._extent):
            self._note_characters(piece)
            self.lines = piece.number + len(piece.lines) - 1
            for line, text in enumerate(piece.lines, piece.number):
                values = text.split(",")
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
            if self._prefixed and row_id == CLAIM_DATA and behind[0] in _KNOWN:
                return behind
            self._count.add(shown_row_id(behind[0]))
            if not self._prefixed:
                self._count.note("UKE-F011", "", line)
            return None
        if row_id in _KNOWN:
            return [row_id, *values[1:]]
        if row_id or len(values) > 1:
            shown = shown_row_id(row_id)
            self._count.add(shown)
            self._count.note("UKE-F018" if shown == NO_ROW_ID else "UKE-F008", shown, line)
            if self._claim is not None:
                self._claim.rows.append((line, [UNKNOWN_ROW]))
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

    def _outside_claim(self, row_id: str, line: int, values: list[str]) -> None:
        if row_id == "IR":
            head = read_head(values, line, self._findings)
            self._head = head if head.sound else mended(head, self._others())
        elif row_id == "RE":
            if not self._head.line and not self._head.sound:
                self._head = mended(self._head, self._others())
            self._claim = ClaimRows(self._head, line, values, last_line=line)
        else:
            self._check_totals(line, values)

    def _others(self) -> tuple[Head, ...]:
        """Sound heads anywhere in the file; looked for only when one is damaged."""
        if self._sound_heads is None:
            ignored = Findings(KINDS)
            heads = (
                read_head(values, 0, ignored)
                for piece in read_pieces(self._data, self._extent)
                for text in piece.lines
                if text.startswith("IR,") and (values := _padded(text))
            )
            self._sound_heads = tuple({head for head in heads if head.sound})
        return self._sound_heads

    def _finish_claim(self) -> Iterator[Document]:
        if self._claim is None:
            return
        claim = build_claim(self._claim)
        line, self._claim = self._claim.line, None
        self._totals.add(claim)
        self._claims += 1
        document = claim.document
        if document is None:
            errors = (found for found in claim.findings.all() if found.severity is Severity.ERROR)
            self._claim_findings.extend(errors)
            return
        if document.key in self._keys:
            self._findings.add("UKE-F012", line)
        self._keys.add(document.key)
        yield document

    def _check_totals(self, line: int, values: list[str]) -> None:
        """Compare a trailer with the claims above it; the last volume of several counts the others too."""
        totals, self._totals = self._totals, _Totals()
        volume = values[_GO["volume_id"]].strip()
        if volume not in _CLOSING_VOLUMES or self._head.volume not in ("", SINGLE_VOLUME):
            self._findings.add("UKE-F006", line, volume=volume if volume.isdecimal() else "?")
            return
        count, points = number(values[_GO["total_count"]]), number(values[_GO["total_points"]])
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
        if self.encoding == UTF8 and not self._data.isascii():
            findings.add("UKE-F016")
        for (code, row_id), tally in self._count.odd.items():
            findings.add(code, tally.first_line, row_id=row_id, count=tally.count)
        for row_id in _UNUSED:
            if row_id in rows:
                findings.add("UKE-F017", row_id=row_id, count=rows[row_id])


def _padded(text: str) -> list[str]:
    values = text.split(",")
    return values + [""] * (_WIDTHS[values[0]] - len(values))


def shown_row_id(row_id: str) -> str:
    """A row identifier as it may be counted and shown: two capital letters or digits, else the sign for none."""
    plain = row_id.strip()
    fits = len(plain) == 2 and plain.isascii() and plain.isalnum() and plain == plain.upper()  # noqa: PLR2004
    return plain if fits else NO_ROW_ID


def _begins_prefixed(data: bytes, where: Extent) -> bool:
    """Whether the file is in the form with three columns before every row."""
    beginning = data[where.start : min(where.end, where.start + _PREFIX_LOOK_BYTES)]
    return beginning.lstrip(b"\r\n ")[:1].isdigit()
