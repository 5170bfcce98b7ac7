import pytest

from appliance.formats import parse as parse_module
from appliance.formats.parse import FORMAT_NAMES, open_documents, parse
from appliance.formats.uke.reader import UkeReader
from appliance.limits import ARRIVAL_PIECE_BYTES, SNIFF_BYTES, XML_MAX_BYTES
from appliance.records import readable
from appliance.records.document import Format
from appliance.records.finding import Severity
from tests.formats.uke.made_up import IR, claim, codes_of, data_of, receipt, trailer


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\x1a", b" \x00"])
def test_an_empty_file_is_an_error_with_advice(data: bytes):
    (finding,) = parse(data).findings
    assert (finding.code, finding.severity) == ("FORMAT-002", Severity.ERROR)
    assert finding.hint


def test_an_unknown_file_is_an_error_with_advice():
    found = parse(b"hello\r\nworld")
    assert (found.format, found.lines, found.documents) == (Format.UNKNOWN, 2, ())
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("FORMAT-001", Severity.ERROR)
    assert "レセコン" in finding.hint


def test_every_format_that_is_recognised_is_read():
    readers = (parse_module.CLAIM_TYPES, parse_module._WHOLE, parse_module._BY_PIECES)
    assert set().union(*readers) == set(Format) - {Format.UNKNOWN}
    assert sum(map(len, readers)) == len(Format) - 1


@pytest.mark.parametrize(
    ("rows", "known", "code"),
    [
        (["HI,1,202508,13,1,1234567,,00", *claim(), "HG,1,75,99"], Format.UKE_HENREI, "UKE-F013"),
        (["IR,,13,1,1234567", "RE,1,,,架空", "RR,1,1", "RS,,"], Format.UKE_ROUSAI, "UKE-F014"),
    ],
)
def test_claims_that_are_not_taken_are_counted_and_explained(rows: list[str], known: Format, code: str):
    found = parse(data_of(*rows))
    assert found.format is known
    assert found.documents == ()
    assert sum(found.source_rows.values()) == len(rows) == found.lines
    (finding,) = found.findings
    assert (finding.code, finding.severity) == (code, Severity.INFO)


def test_the_history_of_a_returned_file_is_counted_by_its_rows():
    found = parse(data_of("HI,1,202508,13,1,1234567,,00", "8,1,0,MN,1,2", "8,2,0,RE,1,1112", "架空,1"))
    assert found.source_rows == {"HI": 1, "MN": 1, "RE": 1, "?": 1}


def test_undecodable_bytes_of_a_counted_file_are_told():
    found = parse(data_of("HI,1,202508") + b"")
    broken = parse(b"HI,1,202508\r\nHR,\xff\r\n")
    assert codes_of(found) == {"UKE-F013"}
    assert codes_of(broken) == {"UKE-F013", "UKE-F019", "UKE-R002"}


def test_the_streaming_reader_gives_the_same_claims_one_by_one():
    data = data_of(IR, *claim(), *claim(), trailer(2, 150))
    reader = UkeReader(data)
    documents = []
    for document in reader.documents():
        documents.append(document)
        assert len(documents) <= reader.source_rows["RE"]
    found = parse(data)
    assert tuple(documents) == found.documents
    assert reader.findings == found.findings
    assert (reader.encoding, reader.lines, reader.source_rows) == (
        found.encoding,
        found.lines,
        found.source_rows,
    )


def test_every_format_has_a_name_for_screens():
    assert set(FORMAT_NAMES) == set(Format)


class Slow:
    """Bytes that hand out a few at a time, as those of a large arrival do, and count the most that was asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.most = 0

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, part: slice, /) -> bytes:
        found = self._data[part]
        self.most = max(self.most, len(found))
        return found


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_a_claim_file_is_never_asked_for_as_a_whole(encoding: str, monkeypatch: pytest.MonkeyPatch):
    rows = [row for number in range(3000) for row in (*claim(), receipt(chart_no=number))]
    content = Slow(data_of(IR, *rows, trailer(3000, 3000 * 75), encoding=encoding))
    whole = parse(content[:])
    monkeypatch.setattr(readable, "ARRIVAL_PIECE_BYTES", SNIFF_BYTES)
    content.most = 0
    assert parse(content) == whole
    assert len(content) > 3 * SNIFF_BYTES
    assert content.most == SNIFF_BYTES


@pytest.mark.parametrize(
    "beginning", [b"%PDF-1.7\n", b"HI,1,202508,13,1,1234567,,00\r\n", b"IR,,13,1\r\nRR,1\r\nRS,,\r\n", b"?"]
)
def test_what_is_not_taken_document_by_document_is_not_asked_for_as_a_whole_either(beginning: bytes):
    content = Slow(beginning + b"HR,1,2,3\r\n" * 200_000)
    found = parse(content)
    assert found.lines >= 200_000 or found.format is Format.PDF
    assert content.most <= ARRIVAL_PIECE_BYTES


@pytest.mark.parametrize(
    "beginning", [b"VER010106,1\r\n", b"JAHISTC08,1\r\n", b"<ClinicalDocument >", b'{"a_res": {']
)
def test_no_more_is_fetched_of_a_file_than_it_takes_to_refuse_it(beginning: bytes):
    content = Slow(beginning + b" " * (XML_MAX_BYTES + 5_000_000))
    found = parse(content)
    assert (found.documents, found.has_errors) == ((), True)
    assert content.most == XML_MAX_BYTES + 1


def test_what_a_file_is_as_a_whole_is_known_at_its_end_only():
    opened = open_documents(data_of(IR, *claim(), trailer()))
    documents = iter(opened)
    next(documents)
    with pytest.raises(RuntimeError):
        _ = opened.about
    assert list(documents) == []
    assert opened.about.complete


def test_the_same_claim_twice_is_told_among_thousands():
    rows = [receipt(chart_no=number) for number in (*range(3000), 7, 2999)]
    found = parse(data_of(IR, *rows, trailer(3002, 0)))
    assert [finding.line for finding in found.findings if finding.code == "UKE-F012"] == [3002, 3003]
