"""Ten thousand made-up documents and every sample: source rows, put together again, are the bytes they came from.

What a row is: a line of a claim or pharmacy file (`uke.rows.SourceRow`), a segment or record of a laboratory message
(`hl7_lab.segments.split_rows`). XML, JSON and pictures have none: their bytes are kept whole, and a document says by
SHA-256 and size which they are.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats.hl7_lab.segments import split_rows
from appliance.formats.parse import parse
from appliance.formats.uke.rows import read_source, serialise
from appliance.practice.claims import Claim
from appliance.practice.population import care_months, files_of, populate
from appliance.practice.uke_writer import write_file
from appliance.practice.writers import PLACES, write_formats
from appliance.records.clinical import DocumentReference
from appliance.records.document import Document, DocumentKind, Format, Parsed
from tests.fuzz.promises import MESSAGE_FORMATS, ROW_FORMATS, gives_its_bytes_back
from tests.fuzz.seeds import samples_of
from tests.fuzz.targets import TARGETS

DOCUMENTS_MIN = 10_000
TOWNS = 80
"""Together they make some 11,000 documents; always the same ones."""
PEOPLE_MAX = 40
FIRST_MONTH = date(2026, 6, 1)
VALUES = st.text("架空　ｱｲｳ髙①㈱0123ABC-. ", max_size=20)
END_MARKS = st.sampled_from([b"", b"\x1a", b"\x1a\r\n", b"\x1a\x1a\x00"])


@dataclass(slots=True)
class Seen:
    """How many documents went there and back, by format."""

    documents: Counter[Format] = field(default_factory=Counter)
    files: Counter[Format] = field(default_factory=Counter)


def town_files(seed: int, count: int) -> Iterator[tuple[Format, bytes]]:
    """The files of every format of a small town, each claim in a file of its own beside the files as they are sent.

    Bare fragments are not among them: they may be cut inside a character, and are read when they have been joined.
    """
    town = populate(count, seed, care_months(FIRST_MONTH, 1))
    for claim_file in files_of(town.claims):
        yield Format.UKE_IKA, claim_file.data
    for claim in town.claims:
        yield Format.UKE_IKA, alone(claim)
    for file in write_formats(town, tuple(PLACES)).files:
        if "fragment" not in dict(file.told):
            yield file.format, file.data


def alone(claim: Claim) -> bytes:
    return write_file(claim.patient.clinic, claim.payer_org, claim.care_month, [claim]).data


def goes_there_and_back(known: Format, data: bytes, parsed: Parsed) -> None:
    """The rows give the bytes back, and what is split is what was read: as many rows as the parser counted."""
    gives_its_bytes_back(data, known)
    assert parsed.format is known
    if known in ROW_FORMATS:
        source = read_source(data)
        assert all(row.raw is None for row in source.rows), "a row that the writers made needs its bytes kept"
        assert len(source.rows) == parsed.lines == sum(parsed.source_rows.values())
        assert [row.number for row in source.rows] == list(range(1, parsed.lines + 1))
    elif known in MESSAGE_FORMATS:
        assert sum(1 for _ in split_rows(data)) == parsed.lines
    for document in parsed.documents:
        _names_its_bytes(document, data)


def _names_its_bytes(document: Document, data: bytes) -> None:
    if document.kind is DocumentKind.LETTER:
        whole = [one for one in document.records if isinstance(one, DocumentReference)]
        assert [(one.sha256, one.size_bytes) for one in whole] == [
            (hashlib.sha256(data).hexdigest(), len(data))
        ]


def test_ten_thousand_made_up_documents_go_there_and_back():
    seen = Seen()

    @settings(max_examples=TOWNS, database=None, derandomize=True)
    @given(st.integers(0, 2**32 - 1), st.integers(1, PEOPLE_MAX))
    def town(seed: int, count: int) -> None:
        for known, data in town_files(seed, count):
            parsed = parse(data)
            goes_there_and_back(known, data, parsed)
            seen.documents[known] += len(parsed.documents)
            seen.files[known] += 1

    town()
    assert seen.documents.total() >= DOCUMENTS_MIN, seen.documents
    assert set(seen.files) == set(PLACES), "a format without a file"


@given(
    st.lists(st.lists(VALUES, min_size=1, max_size=12), max_size=20),
    st.sampled_from(["cp932", "utf-8"]),
    END_MARKS,
)
def test_rows_keep_their_values_and_ends_whatever_they_say(rows: list[list[str]], encoding: str, mark: bytes):
    data = b"".join(",".join(row).encode(encoding) + b"\r\n" for row in rows) + mark
    source = read_source(data)
    assert serialise(source) == data
    if source.encoding == encoding or data.isascii():
        assert [list(row.values) for row in source.rows] == rows
        assert source.tail == mark


@given(
    st.lists(st.tuples(VALUES, st.sampled_from([b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r"]))),
    st.sampled_from(["utf-8", "cp932", "iso2022_jp_3"]),
    st.binary(max_size=9),
)
def test_segments_join_to_their_bytes_whatever_ends_them(
    rows: list[tuple[str, bytes]], encoding: str, tail: bytes
):
    data = b"".join(text.encode(encoding, "replace") + end for text, end in rows) + tail
    assert b"".join(split_rows(data)) == data


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in ("parse", "jahis-join")])
def test_every_sample_goes_there_and_back(name: str, shared: Path):
    target = TARGETS[name]
    for path in samples_of(target, shared):
        data = path.read_bytes()
        for known in target.formats:
            gives_its_bytes_back(data, known)
