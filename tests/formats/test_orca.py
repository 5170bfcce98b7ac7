"""Answers of ORCA: the recorded ones against a plain search of their text, made-up ones field by field."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.facility import placed
from appliance.formats.orca.directory import read_directory
from appliance.formats.orca.reader import read_orca
from appliance.formats.parse import parse
from appliance.records.administrative import CoverageKind, InsuredClass, Sex
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    Encounter,
    MedicationRequest,
    Outcome,
    Procedure,
)
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format, Parsed
from appliance.records.identity import identify
from tests.fuzz.promises import keeps_its_promises

SAMPLES = "samples/orca"
PATIENT = {
    "Patient_ID": "00042",
    "WholeName": "架空　花子",
    "WholeName_inKana": "カクウ　ハナコ",
    "BirthDate": "1960-02-29",
    "Sex": "2",
}
STAMP = {"Information_Date": "2025-06-10", "Information_Time": "09:30:00", "Api_Result": "00"}


def as_json(root: str, body: dict[str, object]) -> bytes:
    return json.dumps({root: STAMP | body}, ensure_ascii=False).encode()


def as_xml(root: str, body: dict[str, object]) -> bytes:
    """The same answer in ORCA's xml2: every element says its type, arrays have `_child` elements."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xmlio2>' + element(root, STAMP | body) + "</xmlio2>\n"
    ).encode()


def element(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f'<{name} type="record">' + "".join(element(*one) for one in value.items()) + f"</{name}>"
    if isinstance(value, list):
        return (
            f'<{name} type="array">' + "".join(element(name + "_child", one) for one in value) + f"</{name}>"
        )
    return f'<{name} type="string">{value}</{name}>'


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def only(parsed: Parsed) -> Document:
    (document,) = parsed.documents
    return document


def values_in(text: str, name: str) -> list[str]:
    """Every value of an item in a recorded answer, by searching its text: XML elements or JSON members."""
    xml = re.findall(rf"<{name} type=\"string\">([^<]*)</{name}>", text)
    return xml or re.findall(rf'"{name}": "([^"]*)"', text)


def test_every_recorded_answer_is_read_or_explained(shared: Path):
    files = sorted((shared / SAMPLES).iterdir())
    assert len(files) > 20
    for path in files:
        found = parse(path.read_bytes())
        assert found.format is Format.ORCA, path.name
        assert found.documents or found.findings, path.name
        assert "ORCA-A006" not in codes(found), path.name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("acceptlstv2_21_empty.xml", "ORCA-A003"),
        ("acceptlstv2_error13_no_physician.xml", "ORCA-A002"),
        ("system01lstv2_11_empty.xml", "ORCA-A003"),
        ("api01rv2_diseasegetv2_10.json", "ORCA-A002"),
        ("api01rv2_medicinenotebookv2_0105.json", "ORCA-A003"),
        ("api01rv2_formdatagetv2_0001.json", "ORCA-A003"),
        ("api01rv2_prescriptionv2.json", "ORCA-A009"),
        ("api01rv2_patientlst1v2.json", "ORCA-A001"),
        ("doc_push_events.jsonl", "ORCA-A008"),
    ],
)
def test_answers_without_records_say_why(shared: Path, name: str, code: str):
    found = parse((shared / SAMPLES / name).read_bytes())
    assert found.documents == ()
    assert codes(found) == [code]


@pytest.mark.parametrize("name", ["patientgetv2_00001_trial.xml", "api01rv2_patientgetv2.json"])
def test_a_recorded_patient_is_what_its_text_says(shared: Path, name: str):
    data = (shared / SAMPLES / name).read_bytes()
    text = data.decode()
    document = only(parse(data))
    patient = document.patient
    assert patient.local_id == values_in(text, "Patient_ID")[0]
    assert patient.name.text == values_in(text, "WholeName")[0]
    assert patient.name.kana == values_in(text, "WholeName_inKana")[0]
    assert patient.birth_date == date.fromisoformat(values_in(text, "BirthDate")[0])
    assert patient.sex is {"1": Sex.MALE, "2": Sex.FEMALE}[values_in(text, "Sex")[0]]
    relations = {"1": InsuredClass.SELF, "2": InsuredClass.FAMILY}
    insured = next(one for one in document.records if one.kind is CoverageKind.INSURANCE)
    assert insured.insured_class is relations[values_in(text, "RelationToInsuredPerson")[0]]
    payers = {one.payer_number for one in document.records}
    assert payers == {*values_in(text, "InsuranceProvider_Number"), *values_in(text, "PublicInsurer_Number")}
    insurance = next(one for one in document.records if one.kind is CoverageKind.INSURANCE)
    assert insurance.symbol in values_in(text, "HealthInsuredPerson_Symbol")
    assert insurance.number in values_in(text, "HealthInsuredPerson_Number")
    assert document.sequence == "T".join(
        values_in(text, item)[0] for item in ("Information_Date", "Information_Time")
    )


def test_recorded_diagnoses_are_what_their_text_says(shared: Path):
    data = (shared / SAMPLES / "api01rv2_diseasegetv2.json").read_bytes()
    text = data.decode()
    document = only(parse(data))
    conditions = [one for one in document.records if isinstance(one, Condition)]
    assert [one.concept.text for one in conditions] == values_in(text, "Disease_Name")
    assert [one.onset.isoformat() for one in conditions if one.onset] == values_in(text, "Disease_StartDate")
    singles = values_in(text, "Disease_Single_Code")
    assert [c.code for one in conditions for c in one.concept.codings] == [
        code for code in singles if not code.startswith("ZZZ")
    ]
    assert [f"ZZZ{c.code}" for one in conditions for c in one.modifiers] == [
        code for code in singles if code.startswith("ZZZ")
    ]
    assert sum(one.suspected for one in conditions) == len(values_in(text, "Disease_SuspectedFlag")) == 1
    assert conditions[0].notes[0].text == values_in(text, "Disease_Supplement_Name")[0]


def test_a_recorded_visit_and_its_acts(shared: Path):
    listed = only(parse((shared / SAMPLES / "doc_medicalget01res.xml").read_bytes()))
    assert listed.record_counts() == {"Patient": 1, "Coverage": 2, "Encounter": 1}
    assert [one.payer_number for one in listed.records[:2]] == ["138057", "19113760"]
    assert listed.period == "2014-01-06"
    acts = only(parse((shared / SAMPLES / "doc_medicalget02res.xml").read_bytes()))
    drug = acts.records[1]
    assert isinstance(drug, MedicationRequest)
    assert (drug.concept.codings[0].code, drug.quantity, drug.unit) == ("620811502", "2", "錠")
    assert drug.authored == date(2015, 8, 18)
    assert drug.points == 2


def test_recorded_departments_and_doctors_are_a_directory(shared: Path):
    departments = read_directory((shared / SAMPLES / "api01rv2_system01lstv2_01.json").read_bytes())
    assert departments is not None
    by_code = {one.coding.code: one for one in departments.departments}
    assert (by_code["03"].coding.display, by_code["03"].receipt_code) == ("小児科", "09")
    physicians = read_directory((shared / SAMPLES / "api01rv2_system01lstv2_02.json").read_bytes())
    assert physicians is not None
    assert [one.name for one in physicians.physicians] == ["オルカ　太郎", "あああ"]


def test_the_institution_gives_its_ten_digits():
    info = {"Prefectures_Number": "13", "Point_list": "1", "Institution_Code": "1234567"}
    body = {"Medical_Information": info | {"Institution_WholeName": "架空医院"}}
    for data in (as_json("system1001res", body), as_xml("system1001res", body)):
        found = read_directory(data)
        assert found is not None
        assert found.organization is not None
        assert (found.organization.number, found.organization.name) == ("1311234567", "架空医院")


@pytest.mark.parametrize("data", [b"{", b"<a/>", b"{}", as_json("patientinfores", {}), b"\xff"])
def test_what_is_no_directory_is_none(data: bytes):
    assert read_directory(data) is None


ACTS: dict[str, object] = {
    "Patient_Information": PATIENT,
    "Perform_Date": "2025-06-09",
    "Department_Code": "01",
    "Department_Name": "内科",
    "Sequential_Number": "1",
    "Medical_List_Information": [
        {
            "Insurance_Combination_Number": "0001",
            "Medical_Information": [
                {
                    "Medical_Class": "120",
                    "Medical_Class_Number": "1",
                    "Medical_Class_Point": "75",
                    "Medication_info": [
                        {
                            "Medication_Code": "112007410",
                            "Medication_Name": "再診料",
                            "Medication_Number": "1",
                        },
                        {"Medication_Code": "810000001", "Medication_Name": "架空のコメント"},
                    ],
                },
                {
                    "Medical_Class": "212",
                    "Medical_Class_Number": "14",
                    "Medical_Class_Point": "3",
                    "Medication_info": [
                        {
                            "Medication_Code": "620811502",
                            "Medication_Name": "架空錠１ｍｇ",
                            "Medication_Number": "2",
                            "Unit_Code_Name": "錠",
                        },
                        {
                            "Medication_Code": "610000002",
                            "Medication_Name": "架空散",
                            "Medication_Number": "1.5",
                            "Unit_Code_Name": "ｇ",
                        },
                        {"Medication_Code": "001000202", "Medication_Name": "【１日２回朝夕食後に】"},
                    ],
                },
                {
                    "Medical_Class": "400",
                    "Medical_Class_Number": "2",
                    "Medication_info": [
                        {"Medication_Code": "140000610", "Medication_Name": "創傷処置"},
                        {"Medication_Code": "700000001", "Medication_Name": "材料", "Medication_Number": "3"},
                        {"Medication_Code": "095000001", "Medication_Name": "自費の品"},
                    ],
                },
                {},
            ],
        }
    ],
}


@pytest.mark.parametrize("write", [as_json, as_xml])
def test_the_acts_of_a_visit_become_records(write: Callable[[str, dict[str, object]], bytes]):
    found = parse(write("medicalget02res", ACTS))
    document = only(found)
    assert document.kind is DocumentKind.CLAIM
    encounter, visit, first, second, wound, material, own = document.records
    assert isinstance(encounter, Encounter)
    assert encounter.departments[0].display == "内科"
    assert isinstance(visit, Procedure)
    assert (visit.category, visit.points, visit.notes[0].code) == ("12", 75, "810000001")
    assert isinstance(first, MedicationRequest)
    assert isinstance(second, MedicationRequest)
    assert [(d.category, d.days_supplied, d.rp_number, d.order_in_rp) for d in (first, second)] == [
        ("21", 14, 2, 1),
        ("21", 14, 2, 2),
    ]
    assert (second.quantity, second.unit, second.points, first.points) == ("1.5", "ｇ", None, 3)
    assert first.dosage is not None
    assert first.dosage.text == "【１日２回朝夕食後に】"
    assert isinstance(wound, Procedure)
    assert wound.times == 2
    assert isinstance(material, DeviceUseStatement)
    assert material.concept.codings[0].system == CodeSystem.RECEIPT_MATERIAL
    assert isinstance(own, Procedure)
    assert own.concept.text == "自費の品"
    assert codes(found) == ["ORCA-R003"]


VISIT = {
    "Department_Code": "01",
    "Department_Name": "内科",
    "Physician_WholeName": "架空　医師",
    "Voucher_Number": "0000861",
    "Sequential_Number": "1",
    "Patient_Information": PATIENT,
}


def test_a_listed_visit_has_the_key_of_its_acts_and_never_replaces_them():
    body = {"Visit_Date": "2025-06-09", "Visit_List_Information": [VISIT, {}]}
    listed = only(parse(as_json("visitptlst01res", body)))
    acts = only(parse(as_xml("medicalget02res", ACTS)))
    history = only(
        parse(
            as_json(
                "medicalget01res",
                {
                    "Patient_Information": PATIENT,
                    "Medical_List_Information": [
                        {"Perform_Date": "2025-06-09", "Department_Code": "01", "Sequential_Number": "1"}
                    ],
                },
            )
        )
    )
    assert listed.key == acts.key == history.key
    assert listed.sequence < acts.sequence
    assert "00042" not in listed.key
    reentered = VISIT | {"Voucher_Number": "0000999"}
    again = parse(as_json("visitptlst01res", body | {"Visit_List_Information": [reentered]}))
    assert only(again).key == listed.key


def test_each_visit_of_a_list_has_a_line_of_its_own():
    others = [VISIT | {"Sequential_Number": str(number)} for number in (1, 2, 3)]
    found = parse(as_json("visitptlst01res", {"Visit_Date": "2025-06-09", "Visit_List_Information": others}))
    assert [document.first_line for document in found.documents] == [1, 2, 3]
    assert len({document.key for document in found.documents}) == 3


def test_a_comment_with_nothing_before_it_speaks_of_the_visit():
    lines = [{"Medication_Code": "810000001", "Medication_Name": "紹介あり"}]
    units = [{"Medical_Class": "990", "Medication_info": lines}]
    body = ACTS | {"Medical_List_Information": [{"Medical_Information": units}]}
    _, comment = only(parse(as_json("medicalget02res", body))).records
    assert (comment.text, comment.concept.codings[0].code) == ("紹介あり", "810000001")


def test_a_test_patient_and_one_without_a_number_are_never_taken():
    for change, code in (({"TestPatient_Flag": "1"}, "ORCA-P002"), ({"Patient_ID": ""}, "ORCA-P001")):
        found = parse(as_json("patientinfores", {"Patient_Information": PATIENT | change}))
        assert found.documents == ()
        assert codes(found) == [code]


def test_a_patients_home_is_one_line_with_the_telephone_at_home_or_the_mobile_one():
    home = {"Address_ZipCode": "6900051", "WholeAddress1": "架空市", "WholeAddress2": "１２−３"}
    for phones, expected in (
        ({"PhoneNumber1": "0852-0", "PhoneNumber2": "080-1"}, "0852-0"),
        ({"PhoneNumber2": "080-1"}, "080-1"),
    ):
        body = PATIENT | {"Home_Address_Information": home | phones}
        who = only(parse(as_xml("patientinfores", {"Patient_Information": body}))).patient
        assert (who.address, who.postal_code, who.phone) == ("架空市１２−３", "6900051", expected)


def test_expired_and_self_paid_insurances_are_left_out():
    def insurance(number: str, **more: str) -> dict[str, object]:
        return {
            "InsuranceProvider_Class": "060",
            "InsuranceProvider_Number": number,
            "HealthInsuredPerson_Number": "１２３",
        } | more

    body = PATIENT | {
        "HealthInsurance_Information": [
            insurance("138057", Certificate_ExpiredDate="9999-12-31"),
            insurance("320010", Certificate_ExpiredDate="2025-06-09"),
            {"InsuranceProvider_Class": "980", "InsuranceProvider_WholeName": "自費"},
        ],
        "Allergy1": "そば",
        "Contraindication1": "　",
    }
    found = parse(as_xml("patientinfores", {"Patient_Information": body}))
    coverage, allergy = only(found).records
    assert coverage.payer_number == "138057"
    assert isinstance(allergy, AllergyIntolerance)
    assert allergy.concept.text == "そば"
    assert codes(found) == ["ORCA-P004"]


def test_outcomes_main_diagnosis_and_deleted_ones():
    def disease(**more: object) -> dict[str, object]:
        single = [{"Disease_Single_Code": "8833421", "Disease_Single_Name": "高血圧症"}, {}]
        return {
            "Disease_Name": "高血圧症",
            "Disease_Single": single,
            "Disease_StartDate": "2025-01-05",
        } | more

    body = {
        "Disease_Infores": PATIENT,
        "Disease_Information": [
            disease(Disease_Category="PD", Disease_OutCome="F", Disease_EndDate="2025-05-01"),
            disease(Disease_OutCome="O"),
            disease(Disease_OutCome="S"),
            disease(Disease_StartDate="2025-13-01", Disease_Single=[]),
        ],
    }
    found = parse(as_json("disease_infores", body))
    first, moved, wrong = only(found).records
    assert isinstance(first, Condition)
    assert (first.main, first.outcome, first.notes[0].text) == (True, Outcome.CURED, "転帰日 2025-05-01")
    assert moved.notes[0].text == "転帰 S"
    assert wrong.onset is None
    assert set(codes(found)) == {"ORCA-R002", "ORCA-R004", "ORCA-R005", "ORCA-R007"}


def test_a_diagnosis_of_several_codes_is_given_no_code_of_the_whole():
    singles = [{"Disease_Single_Code": code, "Disease_Single_Name": code} for code in ("2500013", "3659003")]
    body = {
        "Disease_Infores": PATIENT,
        "Disease_Information": [{"Disease_Name": "糖尿病緑内障", "Disease_Single": singles}],
    }
    (condition,) = only(parse(as_json("disease_infores", body))).records
    assert condition.concept.codings == ()
    assert [note.code for note in condition.notes] == ["2500013", "3659003"]


@pytest.mark.parametrize(
    ("result", "message", "code", "documents"),
    [
        ("0000", "", None, 1),
        ("K1", "設定しました", "ORCA-A005", 1),
        ("90", "他端末使用中", "ORCA-A004", 0),
        ("77", "対象の患者がありません", "ORCA-A003", 0),
        ("10", "患者番号に該当する患者が存在しません", "ORCA-A002", 0),
    ],
)
def test_result_codes_are_told_apart(result: str, message: str, code: str | None, documents: int):
    body = {"Api_Result": result, "Api_Result_Message": message, "Patient_Information": PATIENT}
    found = parse(as_json("patientinfores", body))
    assert len(found.documents) == documents
    assert codes(found) == ([code] if code else [])


def test_an_answer_that_overflowed_says_so():
    body = {"Disease_Infores": PATIENT, "Information_Overflow": "True"}
    assert codes(parse(as_json("disease_infores", body))) == ["ORCA-A007"]


def test_the_facility_comes_from_the_source():
    document = only(parse(as_json("medicalget02res", ACTS)))
    assert document.facility == ""
    own = placed(document, "1319999913")
    assert (own.facility, own.patient.facility) == ("1319999913", "1319999913")
    assert own.key.split(":")[1] == "1319999913"
    assert placed(own, "1310000000") is own
    assert len({one.resource_id for one in identify(own, "p")}) == len(own.records)


def test_every_truncation_of_an_answer_is_survived():
    for data in (as_json("medicalget02res", ACTS), as_xml("medicalget02res", ACTS)):
        for end in range(len(data) - 2):
            found = read_orca(data[:end], Format.ORCA)
            assert found.documents == ()
            assert found.findings


SCALARS = st.one_of(st.text(max_size=12), st.integers(), st.none(), st.booleans(), st.just("2025-06-09"))
NAMES = st.sampled_from(
    [
        *PATIENT,
        "Patient_Information",
        "Disease_Infores",
        "Disease_Information",
        "Disease_Single",
        "Disease_Single_Code",
        "HealthInsurance_Information",
        "PublicInsurance_Information",
        "Medical_List_Information",
        "Medical_Information",
        "Medication_info",
        "Medication_Code",
        "Medication_Number",
        "Medical_Class_Number",
        "Visit_List_Information",
        "Visit_Date",
        "Perform_Date",
        "Api_Result",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=40,
)
ROOTS = ("patientinfores", "visitptlst01res", "medicalget01res", "medicalget02res", "disease_infores")


@given(st.sampled_from(ROOTS), st.dictionaries(NAMES, TREES, max_size=8))
def test_no_answer_whatever_its_shape_crashes_the_reader(root: str, body: dict[str, object]):
    data = json.dumps({root: body | {"Api_Result": "00"}}).encode()
    keeps_its_promises(data, read_orca(data, Format.ORCA))
