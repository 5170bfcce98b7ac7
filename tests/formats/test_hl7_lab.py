"""HL7 laboratory messages: the samples by plain search, made-up messages field by field, every encoding and terminator."""

import re
import tracemalloc
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.facility import placed
from appliance.formats.hl7_lab.characters import Charset, charset_of, declared_charset, decoded
from appliance.formats.hl7_lab.reader import read_hl7_lab
from appliance.formats.hl7_lab.segments import split_rows
from appliance.formats.laboratory import read_moment, read_number, read_range
from appliance.formats.parse import parse
from appliance.limits import (
    MESSAGE_FILE_MAX_BYTES,
    MESSAGE_ROW_MAX_BYTES,
    MESSAGE_ROWS_MAX,
    MESSAGE_SEGMENTS_MAX,
    MIB,
)
from appliance.records.administrative import Sex
from appliance.records.clinical import Observation, Specimen
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format, Parsed
from appliance.records.identity import identify
from tests.fuzz.promises import keeps_its_promises

IR87 = "~ISO IR87||ISO 2022-1994"
PID = "PID|||0000000010^^^^PI||山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P||19500101|M"
SPM = "SPM|1|S1&LIS^L1&LAB||023^血清^JC10|||||||||||||20250601083000"
OBR = "OBR|1|000000000012345||E001^生化学^99LAB"
AST = "OBX|1|NM|3B035000002327201^AST^JC10^0012^ＡＳＴ^99LAB||28|U/L^U/L^ISO+|13-30|N|||F"
CRP = "OBX|2|ST|5C070^CRP^99LAB||<0.02|mg/dL|0.14以下||||F"


def header(kind: str = "OUL^R22^OUL_R22", charset: str = IR87) -> str:
    return f"MSH|^~\\&|LIS|LAB|GW|X|20250601101500||{kind}|C1|P|2.5||||||{charset}"


def message(*rows: str, end: bytes = b"\r", encoding: str = "iso2022_jp") -> bytes:
    return b"".join(row.encode(encoding) + end for row in rows)


OUL = (header(), PID, SPM, OBR, "ORC|SC|000000000012345", AST, CRP)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def only(parsed: Parsed) -> Document:
    (document,) = parsed.documents
    return document


def results(document: Document) -> list[Observation]:
    return [record for record in document.records if isinstance(record, Observation)]


def one_result(obx: str, *more: str) -> Observation:
    (found,) = results(only(parse(message(header(), PID, OBR, obx, *more))))
    return found


def test_the_sample_result_is_what_its_text_says(shared: Path):
    data = (shared / "samples/hl7/RingholmSampleMessage.hl7.txt").read_bytes()
    rows = [row.removesuffix("<cr>").split("|") for row in data.decode().splitlines()]
    pid, obr, obx = (next(row for row in rows if row[0] == name) for name in ("PID", "OBR", "OBX"))
    found = parse(data)
    document = only(found)
    patient = document.patient
    assert (patient.local_id, patient.sex) == (pid[3], Sex.FEMALE)
    assert patient.name.text.split("　") == pid[5].split("^")[:2]
    assert patient.birth_date == date.fromisoformat(pid[7])
    (result,) = results(document)
    assert (result.concept.codings[0].code, result.concept.text) == tuple(obx[3].split("^")[:2])
    assert (result.value, result.unit, result.interpretation) == (obx[5].strip("^"), obx[6], obx[8])
    assert (result.range_text, result.status) == (obx[7], "final")
    assert result.at == datetime.strptime(obr[7], "%Y%m%d%H%M")
    assert codes(found) == ["LAB-S001", "LAB-S001", "LAB-M007"]


def test_the_sample_admission_is_no_result_and_says_so(shared: Path):
    found = parse((shared / "samples/hl7/folio3SampleMessage.hl7.txt").read_bytes())
    assert found.documents == ()
    assert codes(found)[-1] == "LAB-M001"
    assert found.source_rows["PV1"] == 1


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("charset", "encoding", "read_as"),
    [
        (IR87, "iso2022_jp", "iso-2022-jp"),
        ("ISO IR87", "iso2022_jp", "iso-2022-jp"),
        ("UNICODE UTF-8", "utf-8", "utf-8"),
        ("", "utf-8", "utf-8"),
        ("", "cp932", "cp932"),
        ("", "iso2022_jp", "iso-2022-jp"),
    ],
)
def test_every_encoding_and_terminator_reads_the_same(end: bytes, charset: str, encoding: str, read_as: str):
    found = parse(message(header(charset=charset), *OUL[1:], end=end, encoding=encoding))
    assert found.format is Format.HL7_LAB
    assert found.encoding == read_as
    assert codes(found) == []
    document = only(found)
    assert (document.patient.name.text, document.patient.name.kana) == ("山田　太郎", "ヤマダ　タロウ")
    assert [one.concept.text for one in results(document)] == ["AST", "CRP"]
    assert document.first_line == 4
    assert document.last_line == 7


def test_a_wrongly_declared_character_set_is_found_out():
    found = parse(message(header(charset="~ISO IR87"), *OUL[1:], encoding="cp932"))
    assert only(found).patient.name.text == "山田　太郎"
    assert codes(found) == ["LAB-M003"]


def test_the_marks_of_mllp_are_no_part_of_the_message():
    found = parse(b"\x0b" + message(*OUL) + b"\x1c\r")
    assert codes(found) == []
    assert len(results(only(found))) == 2


def test_a_report_with_its_specimen_and_results():
    document = only(parse(message(*OUL)))
    assert document.kind is DocumentKind.LABORATORY
    assert (document.period, document.sequence) == ("2025-06-01", "20250601101500")
    specimen, ast, crp = document.records
    assert isinstance(specimen, Specimen)
    assert (specimen.number, specimen.material.text) == ("S1", "血清")
    assert specimen.collected == datetime(2025, 6, 1, 8, 30)
    assert [(c.system, c.code) for c in ast.concept.codings] == [
        (CodeSystem.JLAC10, "3B035000002327201"),
        (CodeSystem.LABORATORY_TEST, "0012"),
    ]
    assert (ast.value, ast.unit, ast.range_low, ast.range_high) == ("28", "U/L", "13", "30")
    assert (ast.effective, ast.at, ast.specimen) == (date(2025, 6, 1), datetime(2025, 6, 1, 8, 30), "S1")
    assert (crp.comparator, crp.value, crp.range_high, crp.range_text) == ("<", "0.02", "0.14", "0.14以下")


def test_in_an_oru_message_orders_precede_and_specimens_follow_their_requests():
    rows = (
        header("ORU^R01^ORU_R01"),
        PID,
        "ORC|RE|A1",
        "OBR|1|||S^血算^99LAB|||202506020700",
        "OBX|1|NM|WBC^白血球^99LAB||52||||||F",
        "SPM|1|B1||019^全血^JC10",
        "ORC|RE|A2",
        "OBR|2|||B^生化学^99LAB|||202506030700",
        "OBX|1|NM|AST^AST^99LAB||30||||||F",
    )
    first, second = parse(message(*rows)).documents
    assert [one.first_line for one in (first, second)] == [4, 8]
    assert [results(one)[0].specimen for one in (first, second)] == ["B1", ""]
    assert [one.period for one in (first, second)] == ["2025-06-02", "2025-06-03"]
    assert first.key != second.key


def test_the_specimen_of_older_versions_stands_in_the_request():
    obr = "OBR|1|A1|L7|S^血算|||20250602|||||||" + "|023&血清&JC10"
    specimen, result = only(parse(message(header("ORU^R01"), PID, obr, AST))).records
    assert (specimen.number, specimen.material.codings[0].code) == ("L7", "023")
    assert result.specimen == "L7"


def test_a_correction_is_a_newer_version_of_the_same_report():
    first = only(parse(message(*OUL)))
    later = header().replace("20250601101500", "20250601170000")
    corrected = AST.replace("||28|", "||82|").removesuffix("F") + "C"
    second = only(parse(message(later, *OUL[1:5], corrected, CRP)))
    assert first.key == second.key
    assert first.sequence < second.sequence
    assert results(second)[0].status == "corrected"
    ids = [{one.resource_id for one in identify(placed(one, "1310000001"), "p")} for one in (first, second)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("F", "final", None),
        ("C", "corrected", None),
        ("P", "preliminary", "LAB-R005"),
        ("X", "cancelled", None),
        ("Z", "preliminary", "LAB-R006"),
        ("D", None, "LAB-R004"),
        ("W", None, "LAB-R004"),
        ("O", None, "LAB-R007"),
    ],
)
def test_states_of_results(state: str, status: str | None, code: str | None):
    found = parse(message(header(), PID, OBR, AST[:-1] + state))
    assert [one.status for one in results(only(found))] == ([status] if status else [])
    assert (code in codes(found)) is (code is not None)


@pytest.mark.parametrize(
    ("kind", "written", "comparator", "value"),
    [
        ("NM", "5.10", "", "5.10"),
        ("NM", "-1.5", "", "-1.5"),
        ("NM", ">=100", ">=", "100"),
        ("SN", "^182", "", "182"),
        ("SN", "<^0.5", "<", "0.5"),
        ("SN", "^1^:^128", "", "1:128"),
        ("ST", "≦0.5", "<=", "0.5"),
        ("ST", "(-)", "", "(-)"),
        ("ST", "A\\S\\B\\T\\C\\F\\D\\E\\E", "", "A^B&C|D\\E"),
        ("ST", "A\\X4142\\B", "", "AABB"),
        ("ST", "odd \\ one", "", "odd \\ one"),
        ("TX", "一行目~二行目", "", "一行目\n二行目"),
        ("TX", "~".join("123456789"), "", "\n".join("123456789")),
        ("FT", "一\\.br\\二\\H\\三\\N\\", "", "一\n二三"),
        ("CWE", "1^陽性^99LAB", "", "陽性"),
        ("CE", "POS", "", "POS"),
        ("ST", '""', "", ""),
    ],
)
def test_values_of_every_type(kind: str, written: str, comparator: str, value: str):
    found = one_result(f"OBX|1|{kind}|T1^検査^99LAB||{written}||||||F")
    assert (found.comparator, found.value) == (comparator, value)


def test_a_coded_value_keeps_its_code():
    assert one_result("OBX|1|CWE|T1^検査||1^陽性||||||F").notes[0].code == "1"


def test_comments_follow_what_they_are_about():
    rows = (header(), PID, OBR, "NTE|1||溶血あり", AST, "NTE|1||再検済み")
    remark, result = results(only(parse(message(*rows))))
    assert remark.text == "溶血あり"
    assert result.notes[0].text == "再検済み"


def test_a_result_without_a_test_or_with_a_picture_is_left_out_and_told():
    found = parse(message(header(), PID, OBR, "OBX|1|NM|||5||||||F", "OBX|2|ED|P^画像||x^y^z||||||F", AST))
    assert len(results(only(found))) == 1
    assert codes(found) == ["LAB-R002", "LAB-R003"]


def test_a_patient_number_is_chosen_by_its_type():
    pid = "PID|||X9^^^^XX~077^^^^PI||架空^一"
    assert only(parse(message(header(), pid, OBR, AST))).patient.local_id == "077"


@pytest.mark.parametrize(
    ("address", "phone", "expected"),
    [
        ("^^^^100-0001^JPN^H^架空市１の２", "^PRN^PH^^^^^^^^^03-0000-0001", "架空市１の２"),
        ("１の２^架空荘^架空市^架空県^100-0001", "03-0000-0001", "架空県 架空市 １の２ 架空荘"),
    ],
)
def test_where_the_patient_lives_whole_or_in_parts(address: str, phone: str, expected: str):
    pid = f"{PID}|||{address}||{phone}"
    who = only(parse(message(header(), pid, OBR, AST))).patient
    assert (who.address, who.postal_code, who.phone) == (expected, "100-0001", "03-0000-0001")


def test_a_message_without_patient_is_kept_unlinked():
    found = parse(message(header(), OBR, AST))
    assert only(found).patient.local_id == ""
    assert codes(found) == ["LAB-M005"]
    assert codes(parse(message(header(), "PID|||||架空^一", OBR, AST))) == ["LAB-M006"]


def test_results_out_of_place_are_told():
    assert codes(parse(message(header(), PID, AST))) == ["LAB-M002", "LAB-S003"]
    assert codes(read_hl7_lab(message(PID, OBR, AST), Format.HL7_LAB)) == ["LAB-M004"]
    assert codes(parse(message(header(), PID, OBR))) == ["LAB-M002"]


def test_several_messages_of_a_batch_are_several_documents():
    other = PID.replace("0000000010", "0000000011")
    data = message("FHS|^~\\&|L", "BHS|^~\\&|L", *OUL, header(), other, *OUL[2:], "BTS|2", "FTS|1")
    first, second = parse(data).documents
    assert [one.patient.local_id for one in (first, second)] == ["0000000010", "0000000011"]
    assert first.key != second.key


def test_delimiters_are_those_that_the_header_names():
    rows = [
        row.translate(str.maketrans({"|": "#", "^": "*"}))
        if number
        else row.replace("|", "#").replace("^", "*")
        for number, row in enumerate(OUL)
    ]
    assert results(only(parse(message(*rows))))[0].value == "28"


def test_a_row_too_long_and_rows_too_many_are_kept_unread():
    long = message(header(), PID, OBR, AST, "OBX|2|TX|T^t||" + "x" * MESSAGE_ROW_MAX_BYTES)
    assert codes(parse(long)) == ["LAB-S002"]
    whole = message(header(), PID, OBR, AST)
    found = parse(whole * (MESSAGE_ROWS_MAX // 4 + 1))
    assert codes(found) == ["LAB-M008"]
    assert len(found.documents) == MESSAGE_ROWS_MAX // 4


def test_a_message_of_too_many_rows_is_kept_unread_and_the_next_one_is_read():
    whole = message(header(), PID, OBR, AST)
    found = parse(whole + b"ZZZ|\r" * MESSAGE_SEGMENTS_MAX + whole)
    assert "LAB-M010" in codes(found)
    assert len(found.documents) == 1
    assert found.documents[0].first_line > MESSAGE_SEGMENTS_MAX


def test_a_file_too_large_is_kept_unread():
    found = parse(message(header(), PID, OBR, AST) + b"\r" * MESSAGE_FILE_MAX_BYTES)
    assert (codes(found), found.documents) == (["LAB-M009"], ())


def test_fields_and_escapes_without_end_are_read_without_harm():
    found = parse(message(header(), PID, OBR, AST, "OBX|2|TX|T^t||" + "\\" * 200_000 + "|" * 200_000))
    assert len(results(only(found))) == 2


def test_a_file_made_of_nothing_but_coded_values_takes_no_more_memory_than_promised():
    coded = "~".join(f"{code}^y" for code in range(20))
    count = MESSAGE_SEGMENTS_MAX - 3
    rows = "\r".join(f"OBX|{number}|CWE|{number}||{coded}" for number in range(count))
    data = (message(header(), PID, OBR) + rows.encode() + b"\r") * (MESSAGE_ROWS_MAX // MESSAGE_SEGMENTS_MAX)
    tracemalloc.start()
    found = read_hl7_lab(data, Format.HL7_LAB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(results(one)) for one in found.documents) == count * len(found.documents) > 2 * count
    assert peak < 3 * len(data) + 50 * MIB


def test_rows_joined_again_are_the_bytes(shared: Path):
    for path in (shared / "samples/hl7").iterdir():
        assert b"".join(split_rows(path.read_bytes())) == path.read_bytes()


@given(st.binary(max_size=300))
def test_rows_of_any_bytes_joined_again_are_the_bytes(data: bytes):
    assert b"".join(split_rows(data)) == data


def test_every_truncation_of_a_message_is_survived():
    data = message(*OUL)
    for end in range(len(data)):
        keeps_its_promises(data[:end], read_hl7_lab(data[:end], Format.HL7_LAB))


SEGMENTS = st.sampled_from(["MSH", "PID", "ORC", "OBR", "SPM", "OBX", "NTE", "ZZZ", "", "??"])
FIELDS = st.lists(
    st.one_of(
        st.sampled_from(["NM", "SN", "CWE", "FT", "1", "^~\\&", "20250601", "<^5", "F", "D"]), st.text()
    ),
    max_size=20,
)


@given(st.lists(st.tuples(SEGMENTS, FIELDS), max_size=12), st.sampled_from(["utf-8", "cp932", "iso2022_jp"]))
def test_no_message_whatever_its_fields_crashes_the_reader(rows: list[tuple[str, list[str]]], encoding: str):
    data = (
        header().encode()
        + b"\r"
        + b"\r".join("|".join((name, *fields)).encode(encoding, "replace") for name, fields in rows)
    )
    keeps_its_promises(data, read_hl7_lab(data, Format.HL7_LAB))


@given(st.binary(max_size=400))
def test_no_bytes_behind_a_header_crash_the_reader(tail: bytes):
    data = message(*OUL[:4]) + tail
    keeps_its_promises(data, read_hl7_lab(data, Format.HL7_LAB))


JIS_X_0208 = [
    character
    for row in range(0x21, 0x7F)
    for cell in range(0x21, 0x7F)
    if len(character := bytes((row | 0x80, cell | 0x80)).decode("euc_jp", "ignore")) == 1
]


def test_every_character_of_jis_x_0208_is_read_as_shift_jis_reads_it():
    assert len(JIS_X_0208) > 6800
    for character in JIS_X_0208:
        shifted = character.encode("iso2022_jp")
        assert decoded(shifted, Charset.ISO_2022) == character.encode("shift_jis", "replace").decode(
            "cp932"
        ) or (character in "\\～‖−¢£¬〜")


def test_characters_beside_jis_x_0208():
    assert decoded(b"\x1b$B\x2d\x21\x1b(B", Charset.ISO_2022) == "①"
    assert decoded(b"\x1b(I1\x32\x1b(B|", Charset.ISO_2022) == "ｱｲ|"
    assert decoded(b"\xb1\xb2|", Charset.ISO_2022) == "ｱｲ|"
    assert decoded("丂".encode("iso2022_jp_1"), Charset.ISO_2022) == "丂"
    assert "\ufffd" in decoded(b"\x1b$B\x7e", Charset.ISO_2022) or decoded(b"\x1b$B\x7e", Charset.ISO_2022)


def test_character_sets_are_told_by_name_and_by_bytes():
    assert declared_charset("~ISO IR87") is Charset.ISO_2022
    assert declared_charset("UNICODE UTF-8") is Charset.UTF8
    assert declared_charset("8859/1") is None
    assert charset_of(b"abc", None) is Charset.UTF8
    assert charset_of("漢字".encode("cp932"), Charset.UTF8) is Charset.SHIFT_JIS


@pytest.mark.parametrize(
    ("written", "low", "high", "text"),
    [
        ("70-105", "70", "105", ""),
        ("0.5～1.0", "0.5", "1.0", ""),
        ("-2 - 2", "-2", "2", ""),
        ("<=5.0", "", "5.0", "<=5.0"),
        ("～30", "", "30", "～30"),
        ("40以上", "40", "", "40以上"),
        ("(-)", "", "", "(-)"),
        ("", "", "", ""),
        ("男:13-17 女:11-15", "", "", "男:13-17 女:11-15"),
    ],
)
def test_reference_ranges(written: str, low: str, high: str, text: str):
    found = read_range(written)
    assert (found.low, found.high, found.text) == (low, high, text)


def test_moments_are_those_of_japan():
    assert read_moment("20250601").at is None
    assert read_moment("20250601083000.123+0900").at == datetime(2025, 6, 1, 8, 30)
    assert read_moment("202506012330+0000").day == date(2025, 6, 2)
    for wrong in ("", "2025", "20251301", "20250601T08", "99990101", "2025060199"):
        assert read_moment(wrong).day is None


@given(st.text())
def test_numbers_and_ranges_of_any_words_are_read_without_harm(words: str):
    comparator, value = read_number(words)
    assert comparator in ("", "<", ">", "<=", ">=")
    assert value == words.strip() or re.fullmatch(r"[-+0-9.]+", value)
    read_range(words)
    read_moment(words)
