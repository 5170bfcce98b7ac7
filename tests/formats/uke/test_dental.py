"""歯科 claims: teeth, the course in the RE row, SS rows with their additions; samples and made-up claims."""

from datetime import date
from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import SHIKA
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.rows import read_source, serialise
from appliance.formats.uke.tables import CARE_CATEGORY
from appliance.formats.uke.teeth import in_words, read_teeth
from appliance.records.administrative import Coverage
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
    Outcome,
    Procedure,
)
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, Format
from appliance.records.finding import Severity
from appliance.records.identity import identify
from tests.formats.uke.made_up import codes_of, data_of, row, trailer

UK = "UK,1,13,3,1234567,,架空歯科,202507,0117,00"
IR = "IR,1,13,3,1234567,,202507,03-0000-0000,0117"


def s(row_id: str, **items: str | int) -> str:
    return row(row_id, "shika", **items)


def receipt(**items: str | int) -> str:
    sound = {
        "receipt_no": 1,
        "receipt_type": "3112",
        "care_month": "202506",
        "patient_name": "架空　次郎",
        "sex": 1,
        "birth_date": "19720630",
        "start_date": "20250605",
        "outcome": 1,
        "chart_no": "A-9",
        "patient_kana": "カクウジロウ",
    }
    return s("RE", **(sound | items))


def insurer(points: int = 272) -> str:
    return s(
        "HO",
        insurer_no="06132013",
        insured_symbol="１",
        insured_number="２",
        actual_days=1,
        total_points=points,
    )


def dental_act(**items: str | int) -> str:
    sound = {"care_category": "11", "burden_type": "1", "procedure_code": "301000110", "count": 1, "day_5": 1}
    return s("SS", **(sound | items))


def disease(**items: str | int) -> str:
    return s("HS", **({"disease_code": "5250001", "tooth_codes": "101600"} | items))


def document_of(*rows: str) -> Document:
    reader = UkeReader(data_of(UK, IR, *rows), SHIKA)
    (document,) = reader.documents()
    return document


def of(document: Document, kind: type) -> list:
    return [record for record in document.records if isinstance(record, kind)]


# --- teeth ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("101600", "右上６"),
        ("102110", "左上１（部）"),
        ("103820", "左下８（欠損歯）"),
        ("104530", "右下５（支台歯）"),
        ("105100", "右上Ａ"),
        ("108560", "右下Ｅ（残根）"),
        ("101641", "右上６（分割抜歯支台、遠心頬側根）"),
        ("101A00", "右上１過剰歯"),
        ("106C00", "左上Ｃ過剰歯"),
        ("100000", "口腔全体"),
        ("100410", "上顎前歯（部）"),
        ("109900", ""),
        ("105600", ""),
        ("201600", ""),
        ("1016", ""),
        ("架空架空架空", ""),
    ],
)
def test_a_tooth_in_words(code: str, words: str):
    (tooth,) = read_teeth(code)
    assert (tooth.system, tooth.code, tooth.display) == (CodeSystem.RECEIPT_TOOTH, code, words)


def test_a_run_of_teeth_keeps_its_order_and_what_is_left_over():
    assert [t.code for t in read_teeth("101630101520101")] == ["101630", "101520", "101"]
    assert in_words("101630101520") == "右上６（支台歯）、右上５（欠損歯）"
    assert in_words("999999") == "999999"
    assert read_teeth("") == ()


def test_sixty_four_teeth_are_sixty_four_sites():
    document = document_of(receipt(), insurer(), disease(tooth_codes="101600" * 64), dental_act(points=272))
    assert len(of(document, Condition)[0].body_sites) == 64


# --- samples ----------------------------------------------------------------------------------------


@pytest.fixture
def sample(shared: Path) -> bytes:
    return (shared / "samples" / "uke" / "constructed" / "RECEIPTS.UKE").read_bytes()


def test_the_sample_claim(sample: bytes):
    found = parse(sample)
    assert (found.format, found.complete, found.all_findings) == (Format.UKE_SHIKA, True, ())
    (document,) = found.documents
    assert document.facility == "1331234567"
    assert (document.organization.name, document.organization.phone) == ("試験歯科医院", "03-1234-5678")
    assert document.set_key == "uke-shika:1331234567:1:2025-07:00"
    assert (document.period, document.points, document.points_computed) == ("2025-06", 833, 833)
    assert (document.patient.local_id, document.patient.name.kana) == ("A123-456", "シケンハナコ")
    (coverage,) = of(document, Coverage)
    assert (coverage.payer_number, coverage.number, coverage.branch, coverage.actual_days) == (
        "01130012",
        "123",
        "03",
        1,
    )
    (visit,) = of(document, Encounter)
    assert (visit.encounter_class, visit.start) == (EncounterClass.AMBULATORY, date(2025, 6, 5))
    first, second = of(document, Condition)
    assert (first.onset, first.outcome) == (date(2025, 6, 5), Outcome.CONTINUING)
    assert [t.display for t in first.body_sites] == [
        "右上６（支台歯）",
        "右上５（欠損歯）",
        "右上４（支台歯）",
    ]
    assert second.concept.text == "人工歯脱落"
    check_up, crown = of(document, Procedure)
    assert (check_up.points, crown.points, crown.category) == (272, 561, "S41")
    assert CARE_CATEGORY[crown.category] == "処置・手術1"
    assert check_up.concept.codings[0].system == CodeSystem.RECEIPT_DENTAL
    assert [(n.code, n.text) for n in crown.notes] == [
        ("CA002", "加算 CA002"),
        ("820000000", "（右上６、右上７）"),
    ]


def test_the_sample_serialises_back(sample: bytes):
    assert serialise(read_source(sample)) == sample


def test_the_guides_own_lines(shared: Path):
    text = (shared / "samples" / "uke" / "dental_guide_lines.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = parse(data_of(*lines))
    assert found.format is Format.UKE_SHIKA
    (document,) = found.documents
    assert (document.points, document.patient.name.text) == (1150, "基金　太郎")
    insurance, public = of(document, Coverage)
    assert (insurance.branch, public.payer_number, public.points) == ("03", "19136019", 1150)
    assert [len(c.body_sites) for c in of(document, Condition)] == [3, 6]
    assert {c.onset for c in of(document, Condition)} == {date(2024, 6, 15)}
    (comment,) = of(document, Observation)
    assert comment.text == "（右上６、右上７）"
    assert {f.code for f in found.all_findings if f.severity is Severity.ERROR} == set()


# --- made-up claims ---------------------------------------------------------------------------------


def test_the_facility_row_above_each_claim_says_less_than_the_files_first_one():
    rows = [UK, IR, receipt(), insurer(), dental_act(points=272), IR, receipt(chart_no="B-1"), insurer()]
    documents = parse(data_of(*rows, dental_act(points=272), trailer(2, 544))).documents
    assert [x.patient.local_id for x in documents] == ["A-9", "B-1"]
    assert {x.organization.name for x in documents} == {"架空歯科"}
    assert {x.set_key for x in documents} == {"uke-shika:1331234567:1:2025-07:00"}


def test_a_volume_is_that_of_the_files_first_row():
    first = UK.removesuffix("00") + "01"
    (document,) = parse(data_of(first, IR, receipt(), insurer(), dental_act(points=272))).documents
    assert document.set_key.endswith(":01")


def test_a_damaged_facility_row_is_mended_from_the_files_first_one():
    broken = IR.replace(",13,3,", ",,,")
    document = document_of(broken, receipt(), insurer(), dental_act(points=272))
    assert document.facility == "1331234567"
    assert "UKE-C020" in codes_of(document)


def test_inpatients_have_their_course_in_the_diagnosis():
    document = document_of(
        receipt(receipt_type="3111", admission_date="20250610", start_date="", outcome=""),
        insurer(),
        disease(start_date="20250609", outcome="2", main_disease="01"),
        dental_act(day_5="", day_11=1, points=272),
    )
    (condition,) = of(document, Condition)
    assert (condition.onset, condition.outcome, condition.main) == (date(2025, 6, 9), Outcome.CURED, True)
    (stay,) = of(document, Encounter)
    assert (stay.encounter_class, stay.start) == (EncounterClass.INPATIENT, date(2025, 6, 10))


def test_concurrent_diagnoses_share_their_teeth():
    document = document_of(
        receipt(),
        insurer(),
        disease(concurrent_count=1),
        disease(disease_code="5231001", tooth_codes=""),
        disease(disease_code="5220001", tooth_codes=""),
        dental_act(points=272),
    )
    assert [[t.code for t in c.body_sites] for c in of(document, Condition)] == [["101600"], ["101600"], []]


def test_supplements_and_transitions_are_notes():
    document = document_of(
        receipt(),
        insurer(),
        disease(
            transition="1", comment_code="820100001", supplement_comment="架空", comment_tooth_codes="101600"
        ),
        dental_act(points=272),
    )
    (condition,) = of(document, Condition)
    assert [(n.text, n.code) for n in condition.notes] == [
        ("病態移行前", ""),
        ("架空（右上６）", "820100001"),
    ]


def test_tooth_codes_of_a_wrong_length_are_told():
    document = document_of(receipt(), insurer(), disease(tooth_codes="10160"), dental_act(points=272))
    assert codes_of(document) == {"UKE-R016"}


def test_more_teeth_than_a_row_may_name_are_told():
    document = document_of(receipt(), insurer(), disease(tooth_codes="101600" * 65), dental_act(points=272))
    assert codes_of(document) == {"UKE-R016"}
    assert len(of(document, Condition)[0].body_sites) == 64


def test_the_categories_of_outpatients_are_marked_and_those_of_inpatients_as_in_ika():
    rows = [insurer(), disease(), dental_act(care_category="31", points=272)]
    (x_ray,) = of(document_of(receipt(), *rows), Procedure)
    (injection,) = of(document_of(receipt(receipt_type="3111"), *rows), Procedure)
    assert (CARE_CATEGORY[x_ray.category], injection.category) == ("X線検査", "31")


def test_additions_and_the_second_quantity_are_notes():
    document = document_of(
        receipt(),
        insurer(),
        disease(),
        dental_act(
            points=272, quantity1="2", quantity2="15", addition1_code="CA002", addition35_code="CB001",
            addition35_quantity="3",
        ),
    )  # fmt: skip
    (act,) = of(document, Procedure)
    assert act.quantity == "2"
    assert [n.text for n in act.notes] == ["診療行為数量データ２ 15", "加算 CA002", "加算 CB001 数量 3"]


def test_drugs_say_themselves_whether_they_are_taken_by_mouth():
    drug = {"care_category": "21", "burden_type": "1", "drug_code": "620007853", "quantity": "3"}
    document = document_of(
        receipt(),
        insurer(0),
        disease(),
        s("IY", **drug, count=4, day_5=4, drug_class="1"),
        s("IY", **drug, count=2, day_5=2, drug_class="6"),
    )
    oral, other = of(document, MedicationRequest)
    assert (oral.days_supplied, oral.times) == (4, 1)
    assert (other.days_supplied, other.times) == (None, 2)


def test_materials_have_unit_price_and_points_in_places_of_their_own():
    material = s(
        "TO",
        care_category="60",
        burden_type="1",
        material_code="710010003",
        quantity="2",
        unit_code="010",
        unit_price="95",
        addition1_code="799990070",
        addition1_quantity="1",
        product_name_spec="架空床",
        points=19,
        count=1,
        day_5=1,
    )
    document = document_of(receipt(), insurer(19), disease(), material)
    (device,) = of(document, DeviceUseStatement)
    assert (device.quantity, device.unit, device.unit_price_yen, device.product, device.points) == (
        "2",
        "010",
        "95",
        "架空床",
        19,
    )
    assert device.notes[0].text == "加算 799990070 数量 1"
    assert document.points_computed == 19


def test_points_of_dental_acts_add_up():
    rows = [
        dental_act(points=272),
        dental_act(care_category="41", count=2, day_6=1, procedure_code="309000110"),
        dental_act(care_category="", count=2, day_6=1, points=100, procedure_code="309000210"),
    ]
    document = document_of(receipt(), insurer(472), disease(), *rows)
    assert document.points_computed == 472
    assert codes_of(document) == set()


def test_a_claim_of_another_kind_is_refused():
    found = parse(data_of(UK, IR, receipt(receipt_type="1112"), insurer(), disease(), dental_act()))
    assert found.documents == ()
    assert "UKE-C002" in codes_of(found)


def test_the_same_disease_of_two_teeth_keeps_its_ids_when_sorted_anew():
    teeth = [disease(), disease(tooth_codes="103600")]
    first, second = (
        document_of(receipt(), insurer(), *rows, dental_act(points=272)) for rows in (teeth, teeth[::-1])
    )
    ids = [
        {i.record.body_sites: i.resource_id for i in identify(x, "p") if isinstance(i.record, Condition)}
        for x in (first, second)
    ]
    assert ids[0] == ids[1]
