"""PDF and pictures: told by their bytes, tied to a patient by their names, kept whole."""

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.attachment import (
    NamingRule,
    RuleError,
    Tie,
    check_rule,
    content_type_of,
    read_attachment,
    tie,
)
from appliance.formats.parse import parse
from appliance.records.clinical import DocumentReference
from appliance.records.codec import encode
from appliance.records.document import DocumentKind, Format
from tests.fuzz.promises import keeps_its_promises

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00rest\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR....\x00\x00\x00\x00IEND\xaeB`\x82"
TIFF = b"II*\x00\x08\x00\x00\x00"
RULE = NamingRule("{patient}_{date}_{kind}.pdf", {"SHOKAI": "診療情報提供書"})


@pytest.mark.parametrize(
    ("data", "known", "content_type"),
    [
        (PDF, Format.PDF, "application/pdf"),
        (JPEG, Format.IMAGE, "image/jpeg"),
        (PNG, Format.IMAGE, "image/png"),
        (TIFF, Format.IMAGE, "image/tiff"),
        (b"MM\x00*\x00\x00\x00\x08", Format.IMAGE, "image/tiff"),
    ],
)
def test_every_kind_is_told_by_its_bytes_and_kept_without_a_patient(
    data: bytes, known: Format, content_type: str
):
    found = parse(data)
    assert found.format is known
    (document,) = found.documents
    assert document.kind is DocumentKind.ATTACHMENT
    assert document.patient.local_id == ""
    (whole,) = document.records
    assert isinstance(whole, DocumentReference)
    assert (whole.content_type, whole.size_bytes) == (content_type, len(data))
    assert whole.sha256 == hashlib.sha256(data).hexdigest()
    assert [one.code for one in found.findings] == ["ATTACH-001"]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{patient}_{date}_{kind}.pdf", "00042_20250610_CT.pdf", Tie("00042", date(2025, 6, 10), "CT", "CT")),
        (
            "{patient}_{date}_{kind}.pdf",
            "00042_2025-06-10_CT.PDF",
            Tie("00042", date(2025, 6, 10), "CT", "CT"),
        ),
        (
            "{patient}_{date}_{kind}.pdf",
            "00042_20250610_SHOKAI.pdf",
            Tie("00042", date(2025, 6, 10), "SHOKAI", "診療情報提供書"),
        ),
        ("{patient:5}{date}.jpg", "0004220250610.jpg", Tie("00042", date(2025, 6, 10))),
        ("{kind}-{patient}-{number}.{any}", "心電図-7-003.tiff", Tie("7", None, "心電図", "心電図")),
        ("{patient}.pdf", "\\\\server\\share\\00042.pdf", Tie("00042")),
        ("{patient}.pdf", "folder/00042.pdf", Tie("00042")),
        ("{patient}_{date}.pdf", "00042_20251340.pdf", Tie("00042", None)),
        ("{patient}.pdf", "00042 copy.pdf", None),
        ("{patient:8}.pdf", "00042.pdf", None),
        ("{patient}.pdf", "架空花子.pdf", None),
        ("{patient}.pdf", "x" * 300 + ".pdf", None),
        ("{patient}.pdf", "", None),
    ],
)
def test_what_a_name_says_under_a_rule(pattern: str, name: str, expected: Tie | None):
    assert tie(name, NamingRule(pattern, RULE.kinds)) == expected


def test_the_kanji_of_a_mac_are_those_of_windows():
    decomposed = "か\u3099ん-7.pdf"
    assert tie(decomposed, NamingRule("{kind}-{patient}.pdf")) == Tie("7", None, "がん", "がん")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{date}.pdf",
        "{patient}{patient}.pdf",
        "{patient}_{chart}.pdf",
        "{patient:0}.pdf",
        "{patient:21}.pdf",
        "{patient}_{date:8}.pdf",
        "{patient}_{any}_{any}.pdf",
        "{patient}/{date}.pdf",
        "{patient}{.pdf",
        "{patient}" + "x" * 200,
    ],
)
def test_a_rule_that_cannot_be_understood_says_what_may_stand_in_it(pattern: str):
    with pytest.raises(RuleError) as raised:
        check_rule(NamingRule(pattern))
    assert "{patient}" in raised.value.hint_ja


def test_a_tied_file_is_a_document_of_its_patient():
    found = read_attachment(PDF, Format.PDF, "00042_20250610_SHOKAI.pdf", RULE, "1319999913")
    assert found.findings == ()
    (document,) = found.documents
    assert (document.facility, document.patient.local_id, document.period) == (
        "1319999913",
        "00042",
        "2025-06-10",
    )
    (whole,) = document.records
    assert isinstance(whole, DocumentReference)
    assert (whole.title, whole.kind.codings[0].code, whole.created) == (
        "診療情報提供書",
        "SHOKAI",
        date(2025, 6, 10),
    )
    assert "00042" not in document.key
    again = read_attachment(PDF, Format.PDF, "00042_20250610_SHOKAI.pdf", RULE, "1319999913")
    assert again.documents[0].key == document.key


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (PDF, "unknown.pdf", "ATTACH-001"),
        (PDF, "00042_20251340_SHOKAI.pdf", "ATTACH-002"),
        (PDF[:12], "00042_20250610_SHOKAI.pdf", "ATTACH-003"),
        (PDF, "00042_20250610_XRAY.pdf", "ATTACH-004"),
    ],
)
def test_what_is_odd_is_told(data: bytes, name: str, code: str):
    found = read_attachment(data, Format.PDF, name, RULE)
    assert [one.code for one in found.findings] == [code]
    assert len(found.documents) == 1


@pytest.mark.parametrize("data", [JPEG, PNG, PDF])
def test_every_truncation_is_told_and_survived(data: bytes):
    for end in range(8, len(data) - 2):
        found = read_attachment(data[:end], Format.IMAGE)
        assert "ATTACH-003" in [one.code for one in found.findings] or end > len(data) - 3
        encode(found.documents)


def test_a_name_made_to_be_slow_is_not():
    rule = NamingRule("{kind}{patient}{number}{any}{date}.pdf")
    for name in ("1" * 255, "a" * 250 + ".pdf", "_" * 250):
        assert tie(name, rule) is None


@given(st.text(max_size=300), st.binary(max_size=100))
def test_no_name_and_no_bytes_crash_the_reader(name: str, data: bytes):
    tie(name, RULE)
    content_type_of(data)
    keeps_its_promises(data, read_attachment(data, Format.PDF, name, RULE))
