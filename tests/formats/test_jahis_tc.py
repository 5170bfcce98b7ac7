"""お薬手帳: the specification's appendix against its published JSON, the other samples, and every record by itself."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance.formats.jahis_tc.reader import read_notebook
from appliance.records.administrative import Organization, Practitioner, Sex
from appliance.records.clinical import (
    AllergyIntolerance,
    DeviceUseStatement,
    MedicationDispense,
    Observation,
    ObservationCategory,
)
from appliance.records.coding import CodeSystem, Coding, Note
from appliance.records.document import Document, DocumentKind, Parsed
from appliance.records.finding import Severity

FORM_WORDS = {
    1: "内服",
    2: "内滴",
    3: "頓服",
    4: "注射",
    5: "外用",
    6: "浸煎",
    7: "湯",
    9: "材料",
    10: "その他",
}
"""剤形コード, written down a second time from the specification's table."""

HEAD = "JAHISTC08,1"
PATIENT = "1,架空　花子,2,S500101,,,,,O型,52.5,ｶｸｳ ﾊﾅｺ"
BLOCK = [
    "5,20260310,1",
    "11,架空薬局,13,4,1234567,,,03-0000-0000,1",
    "51,架空医院,13,1,7654321,1",
    "201,1,架空錠5mg,3,錠,2,620004992,1",
    "301,1,毎食後,5,日分,1,1,,1",
]


def notebook(*rows: str, head: str = HEAD, patient: str = PATIENT) -> Parsed:
    return read_notebook("".join(f"{row}\r\n" for row in (head, patient, *rows)).encode("cp932"))


def one(*rows: str, head: str = HEAD) -> Document:
    (document,) = notebook(*rows, head=head).documents
    return document


def of(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def codes(found: Parsed | Document) -> set[str]:
    return {finding.code for finding in (found.all_findings if isinstance(found, Parsed) else found.findings)}


def texts(document: Document, code: str) -> list[str]:
    return [o.text for o in of(document, Observation) if o.concept.codings[0].code == code]


# --- the appendix, against the JSON that another project wrote for it


def expected_number(place: dict[str, Any]) -> str:
    return f"{place['prefecture']:02d}{place['score_table']}{place['code']}"


def same_words(one: str, other: str | None) -> bool:
    return one.replace("〜", "～") == (other or "").replace("〜", "～")


@pytest.mark.parametrize("number", range(1, 7))
def test_an_appendix_example_agrees_with_its_published_json(number: int, shared: Path):
    folder = shared / "samples" / "jahis" / "tc"
    expected = json.loads((folder / f"appendix_{number}.expected.json").read_text(encoding="utf-8"))
    found = read_notebook((folder / f"appendix_{number}.cp932.csv").read_bytes())
    (block,) = expected["dispensing_info"]
    (document,) = found.documents
    assert (found.encoding, found.has_errors) == ("cp932", False)
    agrees_on_people(document, expected["patient_info"], block)
    agrees_on_drugs(document, block)
    assert texts(document, "tc-501") == [note["content"] for note in block.get("note", [])]
    leftovers = block.get("leftover_medicine_confirmation", [])
    assert texts(document, "tc-421") == [note["content"] for note in leftovers]


def agrees_on_people(document: Document, patient: dict[str, Any], block: dict[str, Any]) -> None:
    assert document.patient.name.text == patient["name"]
    assert document.patient.sex is {1: Sex.MALE, 2: Sex.FEMALE}[patient["gender"]]
    assert f"{document.patient.birth_date:%Y%m%d}" == patient["birthday"]
    place = block["dispensing_facility"]
    assert document.facility == expected_number(place) == document.organization.number
    assert document.organization.name == place["name"]
    assert document.period.replace("-", "") == block["dispensed_on"]["date"]
    source = block.get("prescription_facility")
    assert [o.name for o in of(document, Organization)] == ([source["name"]] if source else [])
    staff = block.get("dispensing_doctor_pharmacist")
    doctors = [p["doctor"] for p in block["prescription"] if "doctor" in p]
    assert [p.name for p in of(document, Practitioner)] == [
        *(doctor["doctor_name"] for doctor in doctors),
        *([staff["name"]] if staff else []),
    ]
    departments = [doctor["department_name"] for doctor in doctors if doctor["department_name"]]
    assert texts(document, "tc-55-2") == departments


def agrees_on_drugs(document: Document, block: dict[str, Any]) -> None:
    records = [r for r in document.records if isinstance(r, MedicationDispense | DeviceUseStatement)]
    drugs = [
        (prescription.get("doctor"), recipe, drug)
        for prescription in block["prescription"]
        for recipe in prescription["recipe"]
        for drug in recipe["medicine"]
    ]
    assert len(records) == len(drugs)
    source = block.get("prescription_facility") or block["dispensing_facility"]
    for record, (doctor, recipe, drug) in zip(records, drugs, strict=True):
        usage = recipe["dosage_administration"]
        code = (drug["code"] or "").strip()
        assert record.concept.text == drug["name"]
        assert [coding.code for coding in record.concept.codings] == ([code] if code else [])
        assert (float(record.quantity), record.unit) == (drug["dose"], drug["unit"])
        assert record.category == FORM_WORDS[usage["dosage_form_code"]]
        supplements = [*drug.get("supplement", []), *usage.get("supplement", [])]
        assert [note.text for note in record.notes] == [s["content"] for s in supplements]
        assert isinstance(record, DeviceUseStatement) == (usage["dosage_form_code"] in (9, 10))
        if isinstance(record, MedicationDispense):
            assert record.rp_number == recipe["number"]
            assert same_words(record.dosage.text, usage["name"])
            assert (record.days_supplied, record.supply_unit) == (
                usage["dispensing_quantity"],
                usage["dispensing_unit"],
            )
            assert record.prescriber == (doctor["doctor_name"] if doctor else "")
            assert record.prescribing_facility == expected_number(source)
            assert record.concept.codings[0].system == CodeSystem.RECEIPT_DRUG


# --- the other samples


def test_an_utf8_notebook_of_version_8_says_the_same_as_the_appendix(shared: Path):
    folder = shared / "samples" / "jahis" / "tc"
    for number in (1, 3, 4):
        (newer,) = read_notebook((folder / f"tc08_example-0{number}.utf8.txt").read_bytes()).documents
        (older,) = read_notebook((folder / f"appendix_{number}.cp932.csv").read_bytes()).documents
        assert newer.key == older.key
        assert newer.records == older.records


def test_every_record_of_the_full_sample_has_its_place(shared: Path):
    data = (shared / "samples" / "jahis" / "tc" / "tc-supported-records-full.txt").read_bytes()
    found = read_notebook(data)
    (document,) = found.documents
    assert codes(found) == {"JAHISTC-F003"}
    assert not found.complete
    drug, bought = of(document, MedicationDispense)
    assert drug.concept.codings == (
        Coding(CodeSystem.RECEIPT_DRUG, "612170709"),
        Coding(CodeSystem.GENERIC_NAME, "1179044F1ZZZ", "【般】アムロジピンベシル酸塩錠２．５ｍｇ"),
    )
    notes = ["朝1錠、夕2錠", "グレープフルーツジュースを避ける", "透析日は休薬", "眠気に注意"]
    assert [note.text for note in drug.notes] == notes
    assert (bought.concept.text, bought.concept.codings) == (
        "イブA錠",
        (Coding(CodeSystem.JAN, "4987107609229"),),
    )
    assert (bought.category, bought.dispensed) == ("一般用医薬品", date(2026, 3, 1))
    assert [note.text for note in bought.notes] == ["服用終了: 2026-03-07", "成分: イブプロフェン"]
    assert [a.concept.text for a in of(document, AllergyIntolerance)] == ["アレルギー歴あり"]
    for code, text in {
        "tc-4": "食後に体調を記録してください",
        "tc-55-2": "内科",
        "tc-401": "他の薬との併用に注意",
        "tc-411-31": "粉砕して交付",
        "tc-421": "残薬は5錠",
        "tc-501": "正しい飲み方は薬袋を参照",
        "tc-601": "昼に眠くなった",
        "tc-701": "工業会 次郎 工業会薬局 駅前店（2026-03-10～2027-03-10）",
    }.items():
        assert texts(document, code) == [text]
    measured = [o for o in of(document, Observation) if o.category is ObservationCategory.LABORATORY]
    assert [(o.concept.codings[0].display, o.value, o.unit) for o in measured] == [
        ("血液型", "A+", ""),
        ("体重", "52.3", "kg"),
    ]
    assert [(p.facility, p.name, p.role) for p in of(document, Practitioner)] == [
        ("1317654321", "工業会 太郎", "prescriber"),
        ("1341234567", "工業会 次郎", "pharmacist"),
    ]


def test_a_missing_drug_code_is_refused_with_a_reason(shared: Path):
    data = (shared / "samples" / "jahis" / "tc" / "tc-invalid-missing-drug-code.txt").read_bytes()
    found = read_notebook(data)
    assert found.documents == ()
    (error,) = (f for f in found.findings if f.severity is Severity.ERROR)
    assert (error.code, error.line, error.field) == ("JAHISTC-D002", 4, "薬品コード")
    assert "薬品コード" in error.hint


@pytest.mark.parametrize(("part", "code"), [(1, "JAHISTC-D004"), (2, "JAHISTC-F004")])
def test_a_part_of_a_split_dispensing_is_not_taken_alone(part: int, code: str, shared: Path):
    data = (shared / "samples" / "jahis" / "tc" / f"tc08_split-part-{part}.utf8.txt").read_bytes()
    found = read_notebook(data)
    assert found.documents == ()
    assert {code, "JAHISTC-F003"} <= codes(found)


# --- one thing each


def test_the_patient_has_kana_and_no_chart_number():
    patient = one(*BLOCK).patient
    assert (patient.name.family, patient.name.given, patient.name.kana) == ("架空", "花子", "カクウ ハナコ")
    assert (patient.sex, patient.birth_date, patient.local_id) == (Sex.FEMALE, date(1975, 1, 1), "")


def test_where_the_patient_lives_and_can_be_called():
    home = "1,架空　花子,2,19750101,236-0045,架空市１－２,045-000-0001"
    (document,) = notebook(*BLOCK, patient=home).documents
    who = document.patient
    assert (who.address, who.postal_code, who.phone) == ("架空市１－２", "236-0045", "045-000-0001")


@pytest.mark.parametrize(
    ("kind", "code", "system"),
    [
        ("1", "", None),
        ("1", "12345", CodeSystem.PHARMACY_DRUG),
        ("2", "620004992", CodeSystem.RECEIPT_DRUG),
        ("2", "710010093", CodeSystem.RECEIPT_MATERIAL),
        ("3", "2171022F1029", CodeSystem.PRICE_LIST_DRUG),
        ("4", "2171022F1029", CodeSystem.YJ),
        ("6", "103835401", CodeSystem.HOT9),
        ("6", "1038354010101", CodeSystem.HOT13),
        ("6", "1038354", CodeSystem.HOT7),
    ],
)
def test_each_kind_of_drug_code_is_of_its_own_system(kind: str, code: str, system: CodeSystem | None):
    document = one(*BLOCK[:3], f"201,1,架空錠,3,錠,{kind},{code},1", BLOCK[4])
    (drug,) = of(document, MedicationDispense)
    assert drug.concept.codings == ((Coding(system, code),) if system else ())
    assert codes(document) == set()


def test_a_code_against_its_kind_is_never_taken_for_a_standard_one():
    document = one(*BLOCK[:3], "201,1,架空錠,3,錠,4,62000499,1", BLOCK[4])
    assert of(document, MedicationDispense)[0].concept.codings[0].system == CodeSystem.PHARMACY_DRUG
    assert codes(document) == {"TEXT-013"}


@pytest.mark.parametrize(("form", "word"), FORM_WORDS.items())
def test_each_dosage_form_has_its_word(form: int, word: str):
    (record,) = (
        r
        for r in one(*BLOCK[:4], f"301,1,用法,5,日分,{form},1,,1").records
        if isinstance(r, MedicationDispense | DeviceUseStatement)
    )
    assert record.category == word
    if isinstance(record, MedicationDispense):
        assert record.total == ("3" if word in ("外用", "注射") else "")


def test_a_jami_usage_is_coded_and_a_vendors_own_is_not():
    jami, own = (
        of(one(*BLOCK[:4], f"301,1,毎食後,5,日分,1,{kind},{code},1"), MedicationDispense)[0].dosage
        for kind, code in (("2", "1013044400000000"), ("1", "A01"))
    )
    assert jami.usage.codings == (Coding(CodeSystem.JAMI_USAGE, "1013044400000000"),)
    assert own.usage.codings == (Coding(CodeSystem.PHARMACY_USAGE, "A01"),)


def test_rp_numbers_count_within_their_dispensing():
    second = ["5,20260110,1", *BLOCK[1:3], "201,1,別の錠,1,錠,1,,1", "301,1,就寝前,7,日分,1,1,,1"]
    newer, older = notebook(*BLOCK, *second).documents
    assert [d.concept.text for d in of(newer, MedicationDispense)] == ["架空錠5mg"]
    assert [d.dosage.text for d in of(older, MedicationDispense)] == ["就寝前"]
    assert (newer.first_line, newer.last_line, older.first_line) == (3, 7, 8)
    assert newer.key != older.key


def test_what_belongs_to_the_patient_goes_with_the_newest_dispensing():
    second = ["5,20260110,1", *BLOCK[1:]]
    newer, older = notebook("2,2,ペニシリンで発疹,2", *BLOCK, *second).documents
    (allergy,) = of(newer, AllergyIntolerance)
    assert (allergy.concept.text, allergy.category) == ("ペニシリンで発疹", "medication")
    assert allergy.notes == (Note("副作用歴"), Note("記載者: 患者等"))
    assert of(older, AllergyIntolerance) == []


def test_past_history_is_told_and_is_no_diagnosis():
    assert texts(one("2,3,胃潰瘍,1", "2,9,透析中,1", *BLOCK), "tc-2-3") == ["胃潰瘍"]


def test_a_notebook_without_dispensings_is_an_attachment():
    document = one("3,架空鎮痛薬,20260301,,2", "4,様子をみる,20260302,2")
    assert (document.kind, document.facility) == (DocumentKind.ATTACHMENT, "")
    assert [b.concept.text for b in of(document, MedicationDispense)] == ["架空鎮痛薬"]


def test_an_old_sender_leaves_authors_out():
    rows = [row.removesuffix(",1") for row in BLOCK]
    document = one(*rows, head="JAHISTC01,1")
    assert codes(document) == set()
    assert of(document, MedicationDispense)[0].concept.codings[0].code == "620004992"


def test_a_sender_that_orders_drug_items_its_own_way_is_understood():
    found = notebook(*BLOCK[:3], "201,1,1,1,2,620004992,架空錠5mg,3,,錠", BLOCK[4], head="JAHISTC02,1")
    (drug,) = of(found.documents[0], MedicationDispense)
    assert (drug.concept.text, drug.quantity, drug.unit) == ("架空錠5mg", "3", "錠")
    assert codes(found) == {"JAHISTC-R003"}


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("JAHISTC1,1", ""),
        ("JAHISTC08", "JAHISTC-F005"),
        ("JAHISTC04,3", "JAHISTC-F005"),
        ("JAHISTC12,1", "JAHISTC-F006"),
    ],
)
def test_odd_headers_are_read_and_told(head: str, code: str):
    found = notebook(*BLOCK, head=head)
    assert len(found.documents) == 1
    assert codes(found) == ({code} if code else set())


def test_items_newer_than_the_version_are_read_and_told():
    found = notebook("31,1,成分,1,,1", *BLOCK, "421,残薬なし,1", head="JAHISTC05,1")
    assert [f.line for f in found.findings if f.code == "JAHISTC-F007"] == [3, 9]


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        (["5,2026031,1", *BLOCK[1:]], "JAHISTC-D001", 3),
        ([*BLOCK[:3], "201,1,,3,錠,1,,1", BLOCK[4]], "JAHISTC-D003", 6),
        ([*BLOCK, "911,1,2,1"], "JAHISTC-D004", 3),
    ],
)
def test_a_dispensing_that_cannot_be_relied_on_is_refused(rows: list[str], code: str, line: int):
    found = notebook(*rows)
    assert found.documents == ()
    assert (code, line) in {(f.code, f.line) for f in found.findings if f.severity is Severity.ERROR}


def test_a_bad_dispensing_does_not_stop_the_others():
    found = notebook(*BLOCK, "5,99999999,1", *BLOCK[1:], "5,20251001,1", *BLOCK[1:])
    assert [d.period for d in found.documents] == ["2026-03-10", "2025-10-01"]
    assert found.has_errors


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([*BLOCK[:4], "501,備考,1"], "JAHISTC-D006"),
        ([*BLOCK, "301,2,毎食後,5,日分,1,1,,1"], "JAHISTC-D007"),
        ([*BLOCK, BLOCK[4]], "JAHISTC-D009"),
        ([*BLOCK[:2], *BLOCK[3:]], "JAHISTC-D008"),
        ([BLOCK[0], *BLOCK[2:]], "JAHISTC-D005"),
        (["5,20260310,1", "11,架空薬局,,,,,,,1", *BLOCK[2:]], "JAHISTC-D005"),
        ([*BLOCK[:4], "281,9,補足,1", BLOCK[4]], "JAHISTC-R002"),
        ([*BLOCK[:4], "301,1,毎食後,5,日分,8,1,,1"], "JAHISTC-R004"),
        ([*BLOCK[:3], "201,1,架空錠,,錠,1,,1", BLOCK[4]], "JAHISTC-R001"),
        ([*BLOCK[:3], "201,1,架空錠,三,錠,1,,1", BLOCK[4]], "TEXT-010"),
        ([*BLOCK, "999,なぞの行"], "TEXT-005"),
        ([*BLOCK[:4], BLOCK[4] + ",,おまけ"], "TEXT-006"),
    ],
)
def test_a_gap_is_told_and_the_rest_is_taken(rows: list[str], code: str):
    found = notebook(*rows)
    assert len(found.documents) == 1
    assert code in codes(found)
    assert not found.has_errors


@pytest.mark.parametrize(
    ("patient", "code"),
    [("1,架空　花子,9,,,", "JAHISTC-F002"), ("4,メモ,20260101,1", "JAHISTC-F001")],
)
def test_a_notebook_of_nobody_is_refused(patient: str, code: str):
    found = notebook(*BLOCK, patient=patient)
    assert found.documents == ()
    assert code in codes(found)


def test_a_row_cut_off_at_the_end_refuses_its_dispensing():
    whole = "".join(f"{row}\r\n" for row in (HEAD, PATIENT, *BLOCK)).encode("cp932")
    for end in (whole.rindex("日分".encode("cp932")), whole.rindex(b"301"), whole.rindex(b"92,1\r\n")):
        found = read_notebook(whole[:end])
        assert found.documents == ()
        assert "JAHISTC-D010" in codes(found)


def test_the_same_dispensing_read_again_has_the_same_key():
    assert one(*BLOCK).key == one("4,メモ,20260401,2", *BLOCK, "601,眠い,20260401").key
    assert one(*BLOCK).key != one(*BLOCK[:3], "201,1,架空錠5mg,2,錠,2,620004992,1", BLOCK[4]).key
    assert "架空" not in one(*BLOCK).key


def test_an_empty_notebook_says_so():
    found = notebook(patient="1,架空　花子,2,S500101")
    assert (found.documents, codes(found)) == ((), {"JAHISTC-F008"})


@pytest.mark.parametrize(("day", "code"), [("S", "TEXT-008"), ("H310601", "TEXT-009"), ("R0203", "TEXT-014")])
def test_dates_that_cannot_be_taken_as_written_are_told(day: str, code: str):
    found = notebook(*BLOCK, patient=f"1,架空　花子,2,{day}")
    assert codes(found) == {code}
    assert len(found.documents) == 1


def test_a_row_cut_off_within_its_number_is_left_out_and_refuses_its_dispensing():
    whole = "".join(f"{row}\r\n" for row in (HEAD, PATIENT, *BLOCK, *BLOCK[3:])).encode("cp932")
    found = read_notebook(whole[: whole.rindex(b"301") + 1])
    assert found.documents == ()
    assert {"TEXT-015", "JAHISTC-D010"} <= codes(found)
