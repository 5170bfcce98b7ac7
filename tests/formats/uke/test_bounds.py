"""What a claim file may be made of without end is read up to a bound, told, and harms nothing behind it."""

import pytest

from appliance.formats.parse import parse
from appliance.formats.uke import reader
from appliance.formats.uke.rows import extent, read_pieces
from appliance.limits import CLAIM_ROW_ITEMS_MAX, CLAIM_ROW_MAX_CHARS, CLAIM_ROWS_MAX, ROW_CHUNK_BYTES
from tests.formats.uke.made_up import IR, act, claim, codes_of, comment, data_of, receipt, trailer

LONG = CLAIM_ROW_MAX_CHARS + 1


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
@pytest.mark.parametrize("letter", ["a", "ｱ", "山"])
@pytest.mark.parametrize("count", [LONG, 2 * ROW_CHUNK_BYTES])
def test_a_row_too_long_is_cut_and_told_and_those_behind_it_are_read(letter: str, count: int, encoding: str):
    data = data_of(IR, *claim(), comment(letter * count), *claim(), trailer(2, 150), encoding=encoding)
    found = parse(data)
    assert "UKE-R020" in codes_of(found)
    assert [one.line for one in found.findings if one.code == "UKE-R020"] == [6]
    assert len(found.documents) == 2
    assert sum(found.source_rows.values()) == found.lines == 11
    assert found.documents[1].findings == ()


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_row_without_end_is_cut_too(end: bytes):
    data = (
        data_of(IR, *claim()).removesuffix(b"\x1a")
        + b"CO,,,8,"
        + "一".encode("cp932") * ROW_CHUNK_BYTES
        + end
    )
    *_, piece = read_pieces(data, extent(data))
    assert piece.shortened == [6]
    assert len(piece.lines[-1]) == CLAIM_ROW_MAX_CHARS
    assert piece.lines[-1] == ("CO,,,8," + "一" * CLAIM_ROW_MAX_CHARS)[:CLAIM_ROW_MAX_CHARS]


def test_a_row_of_just_the_allowed_length_is_whole():
    text = "CO," + "山" * (CLAIM_ROW_MAX_CHARS - 3)
    data = data_of(text)
    (piece,) = read_pieces(data, extent(data))
    assert (piece.lines, piece.shortened) == ([text], [])


def test_items_without_end_are_read_by_position():
    wide = act() + "," * (CLAIM_ROW_ITEMS_MAX * 3)
    found = parse(data_of(IR, receipt(), wide, trailer(0, 0)))
    (document,) = found.documents
    assert "UKE-F010" in codes_of(found)
    assert document.record_counts()["Procedure"] == 1


def test_a_claim_of_too_many_rows_is_refused_and_the_next_one_is_taken():
    found = parse(data_of(IR, *claim(*[act()] * CLAIM_ROWS_MAX), *claim(), trailer(2, 150)))
    refused = [one for one in found.findings if one.code == "UKE-C025"]
    assert [one.line for one in refused] == [2]
    assert str(CLAIM_ROWS_MAX + 3) in refused[0].text
    assert len(found.documents) == 1


def test_a_claim_of_just_the_allowed_rows_is_taken():
    found = parse(data_of(IR, *claim(*[act()] * (CLAIM_ROWS_MAX - 3)), trailer(1, 75)))
    assert found.documents[0].record_counts()["Procedure"] == CLAIM_ROWS_MAX - 2


def test_a_file_of_nothing_but_damaged_heads_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "CLAIMS_REFUSED_MAX", 3)
    found = parse(data_of(*["IR,x"] * 10, *claim(), trailer(1, 75)))
    assert [one.line for one in found.findings if one.code == "UKE-F026"] == [5]
    assert found.documents == ()


def test_a_file_of_nothing_but_refused_claims_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "CLAIMS_REFUSED_MAX", 3)
    found = parse(data_of(IR, *["RE"] * 10, *claim(), trailer(1, 75)))
    given_up = [one.line for one in found.findings if one.code == "UKE-F026"]
    assert (given_up, found.documents, found.complete) == ([6], (), False)
    below = parse(data_of(IR, *["RE"] * 3, *claim(), trailer(1, 75)))
    assert (len(below.documents), below.complete) == (1, True)
