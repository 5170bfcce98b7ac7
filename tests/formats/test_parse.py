import pytest

from appliance.formats import parse as parse_module
from appliance.formats.parse import FORMAT_NAMES, parse
from appliance.formats.uke.reader import UkeReader
from appliance.records.document import Format
from appliance.records.finding import Severity
from tests.formats.uke.made_up import IR, claim, codes_of, data_of, trailer


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
    assert set(parse_module._PARSERS) == set(Format) - {Format.UNKNOWN}


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
