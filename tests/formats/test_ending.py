"""End marks: what proves that a file is whole, what proves that it is not, and what says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.ending import Ending, ending
from appliance.limits import ENDING_BYTES

CLAIMS = "IR,1,13,1,9999991,,練習医院,42604,00,03-1234-5678\r\n".encode("cp932")
NSIPS = b"VER010603,20260401101500,test\r\n1,1\r\n"
XML = b'<?xml version="1.0"?>\n<!-- <made> by hand -->\n<ClinicalDocument xmlns="urn:hl7-org:v3"><a>1</a>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def of(data: bytes) -> Ending:
    return ending(data[:ENDING_BYTES], data[-ENDING_BYTES:], len(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (CLAIMS + b"GO,1,416,99\r\n", Ending.ENDED),
        (CLAIMS + b"GO,1,416,99\n", Ending.ENDED),
        (CLAIMS + b"GO,1,416,99\r\n\x1a", Ending.ENDED),
        (CLAIMS + b"RE,1,1112\r\n\x1a\r\n", Ending.ENDED),
        (CLAIMS + b"1,0,2,GO,1,416,99\r\n", Ending.ENDED),
        (CLAIMS + b"GO,1,416,99", Ending.OPEN),
        (CLAIMS + b"CO,,1,810000001,GO\r\n", Ending.NOT_ENDED),
        (CLAIMS, Ending.NOT_ENDED),
        (b"HI,1,13,1,9999991\r\nHR,1\r\nHG,1,416,99\r\n", Ending.ENDED),
        (b"UK,1\r\n", Ending.NOT_ENDED),
        (NSIPS, Ending.NO_MARK),
        (NSIPS[:-2], Ending.OPEN),
        (b"JAHIS8,1\r\n1,1,1234567,13,A\r\n\x1a", Ending.ENDED),
        (b"JAHISTC08,1\r\n1,A,1", Ending.OPEN),
        (b"MSH|^~\\&|LAB|A\rPID|1\r", Ending.NO_MARK),
        (b"MSH|^~\\&|LAB|A\rPID|1", Ending.OPEN),
        (b"FHS|^~\\&\rBHS|^~\\&\rMSH|^~\\&|L\rBTS|1\rFTS|1\r", Ending.ENDED),
        (b"H|\\^&|||a\rP|1\rL|1|N\r", Ending.ENDED),
        (b"H|\\^&|||a\rP|1\r", Ending.NOT_ENDED),
        (XML + b"</ClinicalDocument>\n", Ending.ENDED),
        (XML + b"</ClinicalDocument>\n<!-- a --> <?b?>\n", Ending.ENDED),
        (XML + b"</ClinicalDocument>junk", Ending.NO_MARK),
        (XML + b"</ClinicalDocument", Ending.NOT_ENDED),
        (XML, Ending.NOT_ENDED),
        (b"<", Ending.NOT_ENDED),
        (b'{"patient": {"a": "}"}}\n', Ending.ENDED),
        (b'{"patient": {"a": "}"}\n', Ending.NO_MARK),
        (b'{"id": 1}\n{"id": 2}\n', Ending.NO_MARK),
        (b'{"id": 1, ', Ending.NOT_ENDED),
        (b"%PDF-1.7\n1 0 obj\n%%EOF\n", Ending.ENDED),
        (b"%PDF-1.7\n1 0 obj\n", Ending.NOT_ENDED),
        (b"%PDF-1.7\n<< /Linearized 1 /L 9000 /H [1 2] >>\n%%EOF\n", Ending.NOT_ENDED),
        (PNG + b"\x00\x00\x00\x00IEND\xaeB`\x82", Ending.ENDED),
        (PNG + b"\x00\x00\x00\x00IEND\xaeB`\x82trailing", Ending.NO_MARK),
        (PNG, Ending.NOT_ENDED),
        (b"\xff\xd8\xff\xe0" + b"\x01" * 30 + b"\xff\xd9", Ending.ENDED),
        (b"\xff\xd8\xff\xe0" + b"\x01" * 30, Ending.NOT_ENDED),
        (b"II*\x00" + b"\x01" * 30, Ending.NO_MARK),
        (b"PK\x03\x04" + b"\x01" * 30, Ending.NO_MARK),
        (b"anything at all", Ending.NO_MARK),
        ("<data/>".encode("utf-16"), Ending.NO_MARK),
    ],
)
def test_the_last_bytes_tell(data: bytes, expected: Ending) -> None:
    assert of(data) is expected


def test_the_end_of_a_large_file_is_found_in_its_last_bytes() -> None:
    rows = b"SI,11,1,111000110,,288,1\r\n" * 20_000
    assert of(CLAIMS + rows + b"GO,1,416,99\r\n") is Ending.ENDED
    assert of(CLAIMS + rows) is Ending.NOT_ENDED
    assert of(b'{"a": [' + b'{"b": 1},' * 20_000 + b'{"b": 1}') is Ending.NO_MARK


def test_no_part_of_a_claim_file_passes_for_the_whole(shared: Path) -> None:
    whole = (shared / "samples/uke/ssk_ika_202004_RECEIPTC.UKE").read_bytes()
    assert of(whole) is Ending.ENDED
    passed = [cut for cut in range(200, len(whole) - 1, 37) if of(whole[:cut]) is not Ending.NOT_ENDED]
    assert passed == []


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    assert of(data) in Ending


@given(st.lists(st.sampled_from([b"<!--", b"-->", b"<?", b"?>", b"<a", b">", b"</a>", b" "]), max_size=200))
def test_comments_in_any_number_are_judged_at_once(parts: list[bytes]) -> None:
    assert of(b"<a>" + b"".join(parts) + b"x") is not Ending.ENDED
