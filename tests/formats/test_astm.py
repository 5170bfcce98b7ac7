"""Records of analysers: the samples by plain search, made-up messages field by field."""

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.astm.reader import read_astm
from appliance.formats.parse import parse
from appliance.limits import (
    MESSAGE_FILE_MAX_BYTES,
    MESSAGE_ROW_MAX_BYTES,
    MESSAGE_ROWS_MAX,
    MESSAGE_SEGMENTS_MAX,
)
from appliance.records.administrative import Sex
from appliance.records.clinical import Observation, Specimen
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format, Parsed
from tests.fuzz.promises import keeps_its_promises

H = "H|\\^&|||CA-620^架空|||||||P|1|20250601101500"
P = "P|1|00042||X9|架空^花子||19600229|F"
O = "O|1|S77^^3||^^^CBC^M|R|20250601083000|20250601080000||||N||||EDTA^全血|||||||||||F"  # noqa: E741 - its letter
WBC = "R|1|^^^WBC|52|10*2/uL|35-90|N||F||||20250601101000|CA-620"
CRP = "R|2|^CRP^JC10^c1|<0.02|mg/dL|<=0.14|||F||||20250601101100"
L = "L|1|N"


def message(*rows: str, end: bytes = b"\r", encoding: str = "cp932") -> bytes:
    return b"".join(row.encode(encoding) + end for row in rows)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def only(parsed: Parsed) -> Document:
    (document,) = parsed.documents
    return document


def results(document: Document) -> list[Observation]:
    return [record for record in document.records if isinstance(record, Observation)]


def test_the_sample_of_a_blood_bank_analyser_is_what_its_text_says(shared: Path):
    data = (shared / "samples/astm/Vision.txt").read_bytes()
    rows = [row.split("|") for row in data.decode().splitlines()]
    patient, order = (next(row for row in rows if row[0] == letter) for letter in "PO")
    told = [row for row in rows if row[0] == "R"]
    found = parse(data)
    document = only(found)
    assert document.patient.local_id == patient[2]
    assert document.patient.name.text.split("　") == patient[5].split("^")[:2]
    assert document.patient.birth_date == date(1965, 1, 2)
    specimen = document.records[0]
    assert isinstance(specimen, Specimen)
    assert (specimen.number, specimen.material.text) == (order[2], order[15])
    assert [(one.concept.codings[0].code, one.value) for one in results(document)] == [
        (row[2], row[3]) for row in told
    ]
    assert [one.at for one in results(document)] == [
        datetime.strptime(row[12], "%Y%m%d%H%M%S") for row in told
    ]
    assert found.source_rows == {"?": 1, "H": 1, "P": 1, "O": 1, "R": 2, "M": 5, "L": 1}
    assert found.complete


def test_the_other_samples_are_explained(shared: Path):
    assert codes(parse((shared / "samples/astm/MinimalOrder.txt").read_bytes())) == ["ASTM-R001", "ASTM-F003"]
    repeat = parse((shared / "samples/astm/RepeatFields.txt").read_bytes())
    assert (repeat.format, codes(repeat)) == (Format.ASTM, ["ASTM-F001"])


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_every_encoding_and_terminator_reads_the_same(end: bytes, encoding: str):
    found = parse(message(H, P, O, WBC, CRP, L, end=end, encoding=encoding))
    assert codes(found) == []
    document = only(found)
    assert document.kind is DocumentKind.LABORATORY
    patient = document.patient
    assert (patient.local_id, patient.name.text, patient.sex) == ("00042", "架空　花子", Sex.FEMALE)
    assert (document.first_line, document.last_line, document.period) == (3, 5, "2025-06-01")
    specimen, wbc, crp = document.records
    assert (specimen.number, specimen.material.text) == ("S77", "EDTA 全血")
    assert specimen.collected == datetime(2025, 6, 1, 8, 0)
    assert (wbc.value, wbc.unit, wbc.range_low, wbc.range_high) == ("52", "10*2/uL", "35", "90")
    assert (wbc.interpretation, wbc.status, wbc.specimen) == ("N", "final", "S77")
    assert wbc.at == datetime(2025, 6, 1, 10, 10)
    assert wbc.concept.codings[0].system == CodeSystem.LABORATORY_TEST
    assert (crp.comparator, crp.value) == ("<", "0.02")
    assert [c.code for c in crp.concept.codings] == ["c1"]
    assert crp.concept.text == "CRP"


def test_delimiters_are_those_of_the_header():
    swap = str.maketrans({"|": "!", "^": "/"})
    rows = [row.translate(swap) for row in (H, P, O, WBC, L)]
    found = read_astm(message(*rows), Format.ASTM)
    assert results(only(found))[0].value == "52"


def test_repeated_specimens_keep_their_materials_apart():
    order = O.replace("S77^^3", "S1\\S2").replace("EDTA^全血", "PACKEDCELLS\\PLASMA")
    first, second, result = only(parse(message(H, P, order, WBC, L))).records
    assert [(one.number, one.material.text) for one in (first, second)] == [
        ("S1", "PACKEDCELLS"),
        ("S2", "PLASMA"),
    ]
    assert result.specimen == "S1"


def test_comments_follow_what_they_are_about():
    remark, result = results(only(parse(message(H, P, O, "C|1|I|溶血", WBC, "C|1|I|再検^G", L))))
    assert remark.text == "溶血"
    assert result.notes[0].text == "再検^G"


def test_several_patients_and_orders_are_several_documents():
    other = P.replace("00042", "00043")
    found = parse(message(H, P, O, WBC, O.replace("S77", "S78"), WBC, other, O, WBC, L, H, P, O, WBC, L))
    assert [one.patient.local_id for one in found.documents] == ["00042", "00042", "00043", "00042"]
    assert len({one.key for one in found.documents}) == 3
    assert found.documents[0].key == found.documents[3].key


def test_a_result_without_a_patient_is_kept_unlinked():
    found = parse(message(H, O, WBC, L))
    assert only(found).patient.local_id == ""
    assert codes(found) == ["ASTM-R003"]
    assert codes(parse(message(H, P.replace("00042", ""), O, WBC, L))) == ["ASTM-R003"]


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("F", "final", None),
        ("C", "corrected", None),
        ("P", "preliminary", "ASTM-R009"),
        ("X", "cancelled", None),
        ("N", None, "ASTM-R008"),
    ],
)
def test_states_of_results(state: str, status: str | None, code: str | None):
    found = parse(message(H, P, O, WBC.replace("||F||", f"||{state}||"), L))
    assert [one.status for one in results(only(found))] == ([status] if status else [])
    assert codes(found) == ([code] if code else [])


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((H, P, O, WBC), "ASTM-F002"),
        ((H, "Q|1|^S77||ALL", L), "ASTM-F005"),
        ((H, P, WBC, O, CRP, L), "ASTM-R004"),
        ((H, P, O, WBC, "R|2||5", L), "ASTM-R005"),
        ((H, P, O.replace("20250601080000", "20251301"), WBC, L), "ASTM-R006"),
        ((H, P, O, WBC, "?????", L), "ASTM-R001"),
        ((H, P, O, WBC, "C|1|I|" + "x" * MESSAGE_ROW_MAX_BYTES, L), "ASTM-R002"),
    ],
)
def test_what_is_odd_is_told(rows: tuple[str, ...], code: str):
    found = parse(message(*rows))
    assert code in codes(found)
    assert found.complete is (code != "ASTM-F002")


def test_frames_are_not_undone_without_their_checksums():
    found = parse(b"\x021" + message(H) + b"\x03A0\r\n")
    assert (found.format, found.documents, codes(found)) == (Format.ASTM, (), ["ASTM-F004"])


def test_bytes_that_are_no_characters_and_rows_too_many_are_told():
    assert codes(parse(message(H, P, O, WBC) + b"C|1|I|\x85\xff\r" + message(L))) == ["ASTM-R007"]
    assert "ASTM-F006" in codes(parse(message(H, P, O, WBC) + b"M|1\r" * MESSAGE_ROWS_MAX))


def test_a_message_or_a_file_beyond_the_bounds_is_kept_unread():
    whole = message(H, P, O, WBC, L)
    found = parse(message(H, P, O, WBC) + b"M|1\r" * MESSAGE_SEGMENTS_MAX + whole)
    assert "ASTM-F008" in codes(found)
    assert [one.first_line > MESSAGE_SEGMENTS_MAX for one in found.documents] == [True]
    assert codes(parse(whole + b"\r" * MESSAGE_FILE_MAX_BYTES)) == ["ASTM-F007"]


def test_every_truncation_of_a_message_is_survived():
    data = message(H, P, O, WBC, CRP, L)
    for end in range(len(data)):
        keeps_its_promises(data[:end], read_astm(data[:end], Format.ASTM))


LETTERS = st.sampled_from(["H", "P", "O", "R", "C", "M", "Q", "L", "", "1", "漢"])
FIELDS = st.lists(st.one_of(st.sampled_from(["\\^&", "1", "20250601", "^^^A", "F"]), st.text()), max_size=16)


@given(st.lists(st.tuples(LETTERS, FIELDS), max_size=12), st.sampled_from(["utf-8", "cp932"]))
def test_no_records_whatever_their_fields_crash_the_reader(rows: list[tuple[str, list[str]]], encoding: str):
    data = message(H) + b"\r".join("|".join((a, *b)).encode(encoding, "replace") for a, b in rows)
    keeps_its_promises(data, read_astm(data, Format.ASTM))


@given(st.binary(max_size=400))
def test_no_bytes_behind_a_header_crash_the_reader(tail: bytes):
    data = message(H, P, O) + tail
    keeps_its_promises(data, read_astm(data, Format.ASTM))
