"""What each kind of row becomes."""

from datetime import date

import pytest

from appliance.limits import PATIENT_STATES_MAX, SPECIAL_NOTES_MAX
from appliance.records.administrative import (
    Coverage,
    CoverageKind,
    InsuredClass,
    Organization,
    PersonName,
    Sex,
)
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Outcome,
    Procedure,
)
from appliance.records.coding import CodeSystem, Coding, Note
from appliance.records.document import Document, DocumentKind
from tests.formats.uke.made_up import (
    act,
    claim,
    codes_of,
    comment,
    data_of,
    disease,
    document_of,
    insurer,
    parsed,
    receipt,
    row,
    trailer,
)


def of(document: Document, kind: type) -> list:
    return [record for record in document.records if isinstance(record, kind)]


def test_a_claim_is_a_document_with_key_set_and_version():
    document = document_of(*claim())
    assert document.kind is DocumentKind.CLAIM
    assert document.key.startswith("claim:1311234567:1:2025-06:1112:")
    assert document.facility == "1311234567"
    assert document.set_key == "uke-ika:1311234567:1:2025-07:00"
    assert document.sequence == "2025-07"
    assert document.period == "2025-06"
    assert document.organization == Organization("1311234567", "架空クリニック", "03-0000-0000")
    assert (document.first_line, document.last_line) == (2, 5)
    assert document.findings == ()


def test_the_key_holds_no_personal_data():
    document = document_of(*claim())
    assert "00042" not in document.key
    assert "３４５" not in document.key


def test_re_names_the_patient():
    patient = document_of(*claim()).patient
    assert patient.local_id == "00042"
    assert patient.name == PersonName("架空　太郎", "カクウタロウ", "架空", "太郎")
    assert patient.sex is Sex.MALE
    assert patient.birth_date == date(1950, 1, 1)
    assert patient.facility == "1311234567"


def test_ho_is_the_first_coverage():
    rows = [
        receipt(),
        insurer(insurer_no="  138057", copay_amount=1500, meal_count=3, meal_amount=1920),
        act(points=75),
    ]
    (coverage,) = of(document_of(*rows), Coverage)
    assert coverage == Coverage(
        CoverageKind.INSURANCE,
        0,
        "138057",
        "１２",
        "３４５",
        points=75,
        actual_days=1,
        copay_yen=1500,
        meal_count=3,
        meal_yen=1920,
        payer_org=Coding(CodeSystem.RECEIPT_PAYER_ORG, "1", "社会保険診療報酬支払基金"),
        insured_class=InsuredClass.SELF,
    )


def test_ko_rows_are_the_public_payers_in_their_order():
    public = [
        row("KO", public_payer_no=number, recipient_no="2222222", total_points=9)
        for number in ("54136015", "80136120")
    ]
    coverages = of(document_of(receipt(), insurer(), *public, act(points=75)), Coverage)
    assert [(c.kind, c.order, c.payer_number, c.number) for c in coverages[1:]] == [
        (CoverageKind.PUBLIC, 1, "54136015", "2222222"),
        (CoverageKind.PUBLIC, 2, "80136120", "2222222"),
    ]


def test_what_the_patient_bears_stands_with_the_payer_that_pays_first():
    told = receipt(benefit_ratio="070", copay_category=2, special_notes="0226")
    public = row("KO", public_payer_no="54136015", recipient_no="2222222", total_points=9)
    first, second = of(document_of(told, insurer(), public, act(points=75)), Coverage)
    assert (first.benefit_percent, first.copay_percent) == (70, None)
    assert first.copay_category == Coding(
        CodeSystem.RECEIPT_COPAY_CATEGORY, "2", "低所得（適用区分オ・Ⅱ。入院90日超）"
    )
    assert [(note.code, note.display) for note in first.special_notes] == [("02", "長"), ("26", "区ア")]
    assert (second.benefit_percent, second.copay_category, second.special_notes) == (None, None, ())
    assert first.payer_org == second.payer_org
    assert second.insured_class is None


@pytest.mark.parametrize(
    ("receipt_type", "insured"),
    [
        ("1112", InsuredClass.SELF),
        ("1113", InsuredClass.PRESCHOOL),
        ("1116", InsuredClass.FAMILY),
        ("1318", InsuredClass.ELDERLY),
        ("1310", InsuredClass.ELDERLY_ACTIVE),
    ],
)
def test_the_receipt_type_says_whom_the_insurance_covers(receipt_type: str, insured: InsuredClass):
    days = {"admission_date": "20250603"} if receipt_type == "1113" else {}
    (coverage,) = of(document_of(receipt(receipt_type=receipt_type, **days), *claim()[1:]), Coverage)
    assert coverage.insured_class is insured


def test_a_public_payer_alone_pays_first_and_insures_nobody():
    public = row("KO", public_payer_no="12136015", recipient_no="2222222", total_points=75)
    (coverage,) = of(document_of(receipt(receipt_type="1212"), public, act(points=75)), Coverage)
    assert (coverage.insured_class, coverage.payer_org.code) == (None, "1")


def test_a_benefit_that_is_no_number_is_told():
    document = document_of(receipt(benefit_ratio="七割"), *claim()[1:])
    assert of(document, Coverage)[0].benefit_percent is None
    assert codes_of(document) == {"UKE-R006"}


def test_the_state_of_the_patient_is_a_narrative():
    document = document_of(receipt(patient_states="001009"), *claim()[1:])
    assert [(o.concept.codings[0].code, o.text) for o in of(document, Observation)] == [
        ("001", "妊婦"),
        ("009", "009"),
    ]


def test_states_and_notes_beyond_what_an_item_holds_stand_as_one():
    told = receipt(patient_states="001" * 500, special_notes="26" * 500)
    document = document_of(told, *claim()[1:])
    states = of(document, Observation)
    assert len(states) == PATIENT_STATES_MAX + 1
    assert states[-1].text == "001" * (500 - PATIENT_STATES_MAX)
    notes = of(document, Coverage)[0].special_notes
    assert len(notes) == SPECIAL_NOTES_MAX + 1
    assert "".join(note.code for note in notes) == "26" * 500


def test_why_a_stay_is_not_bundled_is_told_with_its_group():
    rows = [receipt(), insurer(), row("GR", fee_for_service_reason="09", dpc_code="040040XX9909XX")]
    told = of(document_of(*rows, act(points=75)), Observation)
    assert [(o.concept.codings[0].code, o.text) for o in told] == [
        ("GR.fee_for_service_reason", "医科点数表算定理由: 医科点数表で算定する診断群分類"),
        ("GR.dpc_code", "DPCコード: 040040XX9909XX"),
    ]


def test_sn_adds_branch_and_check_to_the_payer_it_names():
    rows = [
        receipt(),
        insurer(),
        row("KO", public_payer_no="54136015", recipient_no="2222222", total_points=75),
        row("SN", payer_type=1, verification_type="01", branch_no="02"),
        row("SN", payer_type=2, verification_type="03"),
        act(points=75),
    ]
    insurance, public = of(document_of(*rows), Coverage)
    assert (insurance.branch, insurance.verification) == ("02", "01")
    assert (public.branch, public.verification) == ("", "03")


def test_outpatients_have_one_encounter_a_day_of_acts_and_jd():
    rows = claim(
        act(days={10: 1}), row("JD", payer_type=1, day_3=1, day_17=2), row("JD", payer_type=2, day_3=1)
    )
    encounters = of(document_of(*rows), Encounter)
    days = [date(2025, 6, day) for day in (3, 10, 17)]
    assert [(e.start, e.end) for e in encounters] == [(day, day) for day in days]
    assert {e.encounter_class for e in encounters} == {EncounterClass.AMBULATORY}


def test_departments_of_re_stand_on_the_encounter():
    rows = [receipt(dept1_name="01", dept2_name="77"), insurer(), act(points=75)]
    (encounter,) = of(document_of(*rows), Encounter)
    assert encounter.departments == (
        Coding(CodeSystem.RECEIPT_DEPARTMENT, "01", "内科"),
        Coding(CodeSystem.RECEIPT_DEPARTMENT, "77", ""),
    )


@pytest.mark.parametrize(
    ("admission", "days", "start"),
    [
        ("20250610", {12: 1}, date(2025, 6, 10)),
        ("20250520", {4: 1, 9: 1}, date(2025, 6, 4)),
        ("20250520", {}, date(2025, 6, 1)),
        ("", {9: 1}, date(2025, 6, 9)),
    ],
)
def test_inpatients_have_one_encounter_for_the_month(admission: str, days: dict[int, int], start: date):
    rows = [
        receipt(receipt_type="1111", admission_date=admission),
        insurer(),
        act(days=days, count=1, points=75),
    ]
    (encounter,) = of(document_of(*rows), Encounter)
    assert encounter.encounter_class is EncounterClass.INPATIENT
    assert encounter.start == start
    assert encounter.end is None
    assert encounter.admission == (
        date.fromisoformat(f"{admission[:4]}-{admission[4:6]}-{admission[6:]}") if admission else None
    )


def test_without_any_day_there_is_no_encounter_and_a_finding():
    document = document_of(receipt(), insurer(), act(days={}, count=1, points=75))
    assert of(document, Encounter) == []
    assert codes_of(document) == {"UKE-C014"}


def test_sy_is_a_condition_with_modifiers_in_order():
    written = disease(modifier_codes="21738002", outcome=2, main_disease="01", supplement_comment="左膝")
    (condition,) = of(document_of(receipt(), insurer(), written, act(points=75)), Condition)
    assert condition.concept.codings == (Coding(CodeSystem.RECEIPT_DISEASE, "8833421"),)
    assert [modifier.code for modifier in condition.modifiers] == ["2173", "8002"]
    assert condition.suspected
    assert condition.outcome is Outcome.CURED
    assert condition.main
    assert condition.onset == date(2023, 1, 10)
    assert condition.notes == (Note("左膝"),)


@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        ("1", Outcome.CONTINUING),
        ("2", Outcome.CURED),
        ("3", Outcome.DIED),
        ("4", Outcome.STOPPED),
        ("", None),
    ],
)
def test_outcomes(written: str, outcome: Outcome | None):
    (condition,) = of(document_of(receipt(), insurer(), disease(outcome=written), act(points=75)), Condition)
    assert condition.outcome is outcome
    assert not condition.suspected
    assert not condition.main


def test_an_uncoded_disease_keeps_its_words():
    written = disease(disease_code="0000999", disease_name="架空病")
    (condition,) = of(document_of(receipt(), insurer(), written, act(points=75)), Condition)
    assert condition.concept.text == "架空病"
    assert condition.concept.codings[0].code == "0000999"


def test_si_is_one_procedure_a_day():
    procedures = of(
        document_of(receipt(), insurer(total_points=225), act(days={3: 1, 10: 2}, points=75)), Procedure
    )
    assert [(p.performed, p.times, p.points) for p in procedures] == [
        (date(2025, 6, 3), 1, 75),
        (date(2025, 6, 10), 2, 75),
    ]
    assert {(p.category, p.unit_no, p.burden) for p in procedures} == {("12", 1, "1")}


def test_a_row_without_days_has_no_date_and_its_count():
    (procedure,) = of(document_of(receipt(), insurer(), act(days={}, count=3, points=25)), Procedure)
    assert procedure.performed is None
    assert procedure.times == 3


def test_oral_drugs_count_days_supplied():
    drugs = [act("IY", category="21", days={3: 14, 17: 7}, quantity="2.5", points=8)]
    first, second = of(document_of(receipt(), insurer(total_points=168), *drugs), MedicationRequest)
    assert (first.authored, first.days_supplied, first.times) == (date(2025, 6, 3), 14, 1)
    assert (second.authored, second.days_supplied, second.times) == (date(2025, 6, 17), 7, 1)
    assert first.quantity == "2.5"
    assert first.derived_from_claim


def test_other_drugs_count_times():
    drug = act("IY", category="23", days={3: 2}, quantity="10", points=8)
    (request,) = of(document_of(receipt(), insurer(total_points=16), drug), MedicationRequest)
    assert (request.days_supplied, request.times) == (None, 2)


def test_drugs_of_one_unit_share_its_number_and_stand_in_order():
    rows = [
        act(points=75),
        act("IY", category="21", days={3: 14}),
        act("IY", category="", days={3: 14}, points=8),
        act("IY", category="21", days={3: 7}, points=3),
    ]
    requests = of(document_of(receipt(), insurer(total_points=208), *rows), MedicationRequest)
    assert [(r.rp_number, r.order_in_rp, r.category, r.points) for r in requests] == [
        (2, 1, "21", None),
        (2, 2, "21", 8),
        (3, 1, "21", 3),
    ]


def test_to_is_a_device_with_its_price_and_product():
    device = act(
        "TO",
        category="40",
        points=40,
        quantity="1",
        unit_code="006",
        unit_price="400",
        product_name_spec="架空シート　１０ｃｍ",
    )
    (used,) = of(document_of(receipt(), insurer(total_points=40), device), DeviceUseStatement)
    assert used.concept.codings[0].system == CodeSystem.RECEIPT_MATERIAL
    assert (used.unit, used.unit_price_yen, used.product, used.used) == (
        "006",
        "400",
        "架空シート　１０ｃｍ",
        date(2025, 6, 3),
    )


def test_an_old_uncoded_material_keeps_its_name():
    device = act("TO", material_code="777770000", reserved1="架空カテーテル", points=75)
    (used,) = of(document_of(receipt(), insurer(), device), DeviceUseStatement)
    assert used.concept.text == "架空カテーテル"


def test_comments_of_a_row_come_before_those_of_co_rows():
    rows = [
        act(points=75, comment1_code="850100013", comment1_text="５０７０６０３", comment3_code="820000001"),
        comment("別日"),
        comment("三", code="842100057"),
    ]
    (procedure,) = of(document_of(receipt(), insurer(), *rows), Procedure)
    assert procedure.notes == (
        Note("５０７０６０３", "850100013"),
        Note("", "820000001"),
        Note("別日", "810000001"),
        Note("三", "842100057"),
    )


def test_a_comment_stands_on_every_day_of_its_row():
    procedures = of(
        document_of(receipt(), insurer(total_points=150), act(days={3: 1, 4: 1}, points=75), comment("注")),
        Procedure,
    )
    assert [p.notes for p in procedures] == [(Note("注", "810000001"),)] * 2


def test_a_comment_inside_a_unit_belongs_to_the_row_before_it():
    rows = [
        act("IY", category="21", days={3: 1}),
        comment("先発"),
        act("IY", category="", days={3: 1}, points=75),
    ]
    first, second = of(document_of(receipt(), insurer(), *rows), MedicationRequest)
    assert first.notes == (Note("先発", "810000001"),)
    assert second.notes == ()
    assert first.rp_number == second.rp_number


@pytest.mark.parametrize("category", ["", "01", "99"])
def test_comments_before_any_act_are_narratives_of_the_claim(category: str):
    rows = [comment("一行目", category=category), comment("二行目"), act(points=75)]
    document = document_of(receipt(), insurer(), *rows)
    notes = of(document, Observation)
    assert [note.text for note in notes] == ["一行目", "二行目"]
    assert {note.category for note in notes} == {ObservationCategory.NARRATIVE}
    assert {note.effective for note in notes} == {date(2025, 6, 1)}
    assert of(document, Procedure)[0].notes == ()


def test_a_comment_on_the_whole_claim_behind_acts_is_a_narrative():
    document = document_of(*claim(comment("全体", category="99"), comment("続き")))
    assert [note.text for note in of(document, Observation)] == ["全体", "続き"]


def test_a_comment_that_heads_a_unit_belongs_to_its_first_row():
    rows = [act(points=75), comment("胸部", category="70"), comment("二方向"), act(category="")]
    document = document_of(receipt(), insurer(), *rows)
    first, second = of(document, Procedure)
    assert first.notes == ()
    assert [note.text for note in second.notes] == ["胸部", "二方向"]
    assert (second.category, second.unit_no) == ("70", 2)


def test_a_heading_comment_reaches_a_row_of_the_same_category():
    rows = [act(points=75), comment("入院日", category="90"), act(category="90")]
    second = of(document_of(receipt(), insurer(), *rows), Procedure)[1]
    assert [note.text for note in second.notes] == ["入院日"]


def test_a_heading_comment_without_a_unit_is_a_narrative():
    rows = [
        act(points=75),
        comment("傷病名", category="80"),
        comment("入院日", category="90"),
        act(category="12"),
    ]
    document = document_of(receipt(), insurer(), *rows)
    assert [note.text for note in of(document, Observation)] == ["傷病名", "入院日"]
    assert [p.notes for p in of(document, Procedure)] == [(), ()]


def test_sj_rows_are_joined_to_narratives():
    rows = claim(
        row("SJ", detail_type="01", detail_text="初めの"),
        row("SJ", detail_text="続き"),
        row("SJ", detail_type="07", detail_text="その他"),
    )
    first, second = of(document_of(*rows), Observation)
    assert first.text == "初めの続き"
    assert first.concept.codings[0].code == "01"
    assert first.concept.codings[0].display == "主たる疾患の診断根拠となった臨床症状"
    assert first.effective == date(2025, 6, 1)
    assert second.text == "その他"


def test_the_donors_rows_are_not_the_patients():
    rows = claim(
        row("TI", donor_type=2, donor_facility_type=1),
        row("TR", receipt_no=1, donor_receipt_type="1991", care_month="202506", sex=2, birth_date="19800401"),
        row("TS", actual_days=1, total_points=500),
        disease(disease_code="9968015"),
        act(category="50", points=500),
        comment("ドナー", category="99"),
    )
    document = document_of(*rows)
    assert len(of(document, Condition)) == len(of(document, Procedure)) == 1
    assert of(document, Observation) == []
    assert document.points_computed == 75
    (finding,) = document.findings
    assert finding.code == "UKE-C013"
    assert "6 行" in finding.text
    assert parsed(*rows).source_rows["SY"] == 2


def test_rows_that_become_no_record_are_counted():
    found = parsed(receipt(), insurer(), row("MF", copay_type="00"), act(points=75))
    assert found.source_rows["MF"] == 1
    assert len(found.documents) == 1
    assert codes_of(found) == set()


@pytest.mark.parametrize("historic", [row("KH", kokuho_info="A1"), row("NI", day_3=1)])
def test_historic_rows_are_counted_and_told(historic: str):
    found = parsed(*claim(historic))
    assert found.source_rows[historic[:2]] == 1
    assert codes_of(found) == {"UKE-F017"}


def test_go_closes_the_file_quietly_when_its_totals_hold():
    assert parsed(*claim(), trailer()).all_findings == ()


def test_made_up_files_end_as_real_ones_do():
    assert data_of("GO,1").endswith(b"\r\n\x1a")
