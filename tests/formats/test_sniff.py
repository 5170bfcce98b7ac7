from pathlib import Path

import pytest

from appliance.formats.sniff import sniff
from appliance.records.document import Format
from tests.formats.uke.made_up import IR, act, claim, data_of, receipt


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        ([IR, *claim()], Format.UKE_IKA),
        (["MN,1", IR, *claim()], Format.UKE_IKA),
        ([f"1,2,0,{IR}", "1,3,0,RE,1,1112"], Format.UKE_IKA),
        (["?????", *claim()], Format.UKE_IKA),
        ([IR, receipt(receipt_type="1111"), "BU,110290XX99X00X", "KK,,,2", act()], Format.UKE_DPC),
        (["UK,1,13,3,1234567,,架空歯科", "IR,1,13,3,1234567", "RE,1,3112"], Format.UKE_SHIKA),
        (["IR,1,13,3,1234567", "RE,1,3112,202506", "HO,06132013"], Format.UKE_SHIKA),
        (["YK,1,13,4,1234567", "RE,1,4112"], Format.UKE_CHOZAI),
        (["1,2,0,YK,1,13,4,1234567", "1,3,0,RE,7,4118"], Format.UKE_CHOZAI),
        (["IR,1,13,4,1234567", "RE,1,4112,202506", "HO,06132013"], Format.UKE_CHOZAI),
        (["HI,1,202508,13,1,1234567,,00", *claim(), "HG,1,416,99"], Format.UKE_HENREI),
        ([IR, *claim(), "HR,202508,1", "HG,1,416,99"], Format.UKE_HENREI),
        ([IR, receipt(receipt_type="3112"), "HS,,", "SS,,"], Format.UKE_SHIKA),
        (["IR,,13,1,1234567", "RE,1,,,架空　太郎", "RR,1,1", "RI,11,101110010", "RS,,"], Format.UKE_ROUSAI),
    ],
)
def test_claim_files_are_told_apart_by_their_rows(rows: list[str], known: Format):
    for encoding in ("cp932", "utf-8"):
        for end in (b"\r\n", b"\n"):
            assert sniff(data_of(*rows, encoding=encoding, end=end)) is known


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b"%PDF-1.7\n", Format.PDF),
        (b"JAHISTC07,1\r\n1,\r\n", Format.JAHIS_TC),
        (b"JAHIS11\r\n1,1,", Format.JAHIS_RX),
        (b"VER010603,20250722153322,,PC1\r\n", Format.NSIPS),
        (b"MSH|^~\\&|LAB|", Format.HL7_LAB),
        (b"\x0bMSH|^~\\&|LAB|", Format.HL7_LAB),
        (b"H|\\^&|||Analyser", Format.ASTM),
        (b"\x021H|\\^&|||Analyser", Format.ASTM),
        (b'<?xml version="1.0"?><xmlio2><patientinfores type="record"/></xmlio2>', Format.ORCA),
        (b'{\n "patientinfores": {"Api_Result": "00"}}', Format.ORCA),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">', Format.CDA),
        (
            b'<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="10" codeSystem="1.2.392.200119.6.1001"/>',
            Format.KENSHIN,
        ),
    ],
)
def test_other_formats_are_recognised_by_their_beginning(data: bytes, known: Format):
    assert sniff(data) is known


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1a",
        b"\x00" * 100,
        b"hello",
        b"a,b,c\r\n1,2,3\r\n",
        b'{"resourceType": "Bundle"}',
        b"<html></html>",
        b"PK\x03\x04",
        b"NOT_JAHIS\r\n",
        "IR情報の一覧\r\n".encode("cp932"),
    ],
)
def test_what_speaks_for_no_format_is_unknown(data: bytes):
    assert sniff(data) is Format.UNKNOWN


@pytest.mark.parametrize("stray", ["BU,1", "CD,1", "SS,1", "SH,1", "UK,1", "YK,1", "RR,1", "HR,1", "HI,1"])
def test_one_stray_row_of_another_type_does_not_lose_a_file(stray: str):
    assert sniff(data_of(IR, *claim(stray))) is Format.UKE_IKA


def test_a_single_claim_row_among_others_makes_no_claim_file():
    assert sniff(b"name,value\r\n" * 10 + b"RE,1,1112\r\n") is Format.UNKNOWN


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("uke/ssk_ika*", Format.UKE_IKA),
        ("uke/short_rows*", Format.UKE_IKA),
        ("uke/nonconformant*", Format.UKE_IKA),
        ("uke/constructed/RECEIPTC*.UKE", Format.UKE_IKA),
        ("uke/constructed/RECEIPTC.HEN", Format.UKE_HENREI),
        ("uke/constructed/RECEIPTS.UKE", Format.UKE_SHIKA),
        ("uke/constructed/RECEIPTY.CYO", Format.UKE_CHOZAI),
        ("uke/ssk_dpc*", Format.UKE_DPC),
        ("nsips/*", Format.NSIPS),
        ("jahis/tc/*.csv", Format.JAHIS_TC),
        ("jahis/rx/0*.txt", Format.JAHIS_RX),
        ("orca/*.xml", Format.ORCA),
        ("orca/*.json", Format.ORCA),
    ],
)
def test_every_sample_is_what_it_is(pattern: str, known: Format, shared: Path):
    files = sorted((shared / "samples").glob(pattern))
    assert files
    assert {path.name: sniff(path.read_bytes()) for path in files} == {path.name: known for path in files}


def test_the_masters_are_no_claim_files(shared: Path):
    for path in (shared / "masters").glob("*.csv"):
        assert sniff(path.read_bytes()) is Format.UNKNOWN
