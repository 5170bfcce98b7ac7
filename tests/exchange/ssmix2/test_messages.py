"""What each kind of message says of made-up records, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from appliance.exchange.ssmix2.omp import Amounts
from appliance.exchange.ssmix2.segments import NULL, segment
from appliance.records.administrative import Patient, Practitioner, Sex
from appliance.records.clinical import Condition, Dosage, Encounter, EncounterClass, Observation, Outcome
from appliance.records.coding import CodeSystem, Coding, Concept
from tests.exchange.fhir import made as fhir_made
from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults
from tests.exchange.ssmix2.strict import read_strictly


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    made.bring_to(tmp_path, made.chart(*made.EVERYTHING))
    return tmp_path


def messages(root: Path) -> list[Path]:
    return sorted(one for one in (root / "standard").rglob("*") if one.is_file())


def test_every_kind_keeps_the_rules_of_the_standard(everything: Path):
    assert faults(everything) == []
    kinds = {path.parent.name for path in messages(everything)}
    assert kinds == {"ADT-00", "ADT-12", "ADT-22", "ADT-52", "ADT-61", "PPR-01", "OMP-01", "OML-11"}


def test_every_message_is_strict_hl7(everything: Path):
    for path in messages(everything):
        assert read_strictly(path.read_bytes()).msh.msh_12.value == "2.5"


# --- ADT -----------------------------------------------------------------------------------------------


def test_the_patient_has_both_names_and_the_padded_number(everything: Path):
    pid = made.only(made.message(everything, "ADT-00"), "PID")
    assert pid[3] == "0000000012^^^^PI"
    assert pid[5] == "練習^太郎^^^^^L^I~レンシュウ^タロウ^^^^^L^P"
    assert pid[7:9] == ["19500101", "M"]


def test_only_adt_00_has_the_address_and_the_telephone(tmp_path: Path):
    at_home = replace(made.chart(made.PRESCRIPTION), person=fhir_made.person(fhir_made.AT_HOME))
    made.bring_to(tmp_path, at_home)
    pid = made.only(made.message(tmp_path, "ADT-00"), "PID")
    assert pid[11] == "^^^^000-0000^JPN^H^東京都練習区青葉町１丁目１番１号"
    assert pid[13] == "^PRN^PH^^^^^^^^^00-1000-0001"
    assert len(made.only(made.message(tmp_path, "OMP-01"), "PID")) == 9


def test_who_has_neither_name_nor_birth_date_has_null_in_their_place(tmp_path: Path):
    nobody = Patient(made.FACILITY, fhir_made.PATIENT.name.__class__(""), Sex.UNKNOWN, None, "12")
    made.bring_to(tmp_path, replace(made.chart(), person=fhir_made.person(nobody)))
    pid = made.only(made.message(tmp_path, "ADT-00"), "PID")
    assert (pid[5], pid[7], pid[8]) == (NULL, NULL, "U")
    assert faults(tmp_path) == []


def test_insurance_and_public_payer_are_told_with_their_numbers(everything: Path):
    insurance, public = made.every(made.message(everything, "ADT-00"), "IN1")
    assert insurance[2:4] == ["C0^国民健康保険^JHSD0001", "138057"]
    assert insurance[10:12] == ["１２・３~４５~01", "４５"]
    assert (insurance[15], public[15]) == ("MI", "PE")
    assert public[2:4] == ["54^公費^JHSD0001", "54136015"]
    assert public[10] == "1234560"


def test_a_number_without_a_symbol_stays_in_its_place(tmp_path: Path):
    bare = replace(fhir_made.INSURANCE, payer_number="06132013", symbol="")
    made.bring_to(tmp_path, replace(made.chart(), person=fhir_made.person(coverages=(bare,))))
    (insurance,) = made.every(made.message(tmp_path, "ADT-00"), "IN1")
    assert insurance[2] == "06^組合管掌健康保険^JHSD0001"
    assert insurance[10] == "~４５~01"


def test_a_day_is_one_visit_with_its_department_in_message_and_name(everything: Path):
    pv1 = made.only(made.message(everything, "ADT-12"), "PV1")
    assert (pv1[2], pv1[3], pv1[10], pv1[44]) == ("O", "01^^^^^C", "01", "20260803")
    (path,) = (one for one in messages(everything) if one.parent.name == "ADT-12")
    assert path.name == "0000000012_20260803_ADT-12_999999999999999_20261001103000123_01_1"


def test_the_same_day_from_two_documents_is_one_visit(tmp_path: Path):
    plain = replace(fhir_made.VISIT, departments=())
    both = (made.content(fhir_made.VISIT), made.content(plain, key="claim:x:2", period="2026-09"))
    made.bring_to(tmp_path, made.chart(*both))
    assert made.only(made.message(tmp_path, "ADT-12"), "PV1")[10] == "01"


def test_a_stay_is_told_at_both_its_ends(everything: Path):
    admission = made.only(made.message(everything, "ADT-22"), "PV1")
    assert (admission[2], admission[44]) == ("I", "20260728")
    discharge = made.only(made.message(everything, "ADT-52"), "PV1")
    assert discharge[44:] == ["20260728", "20260812"]


def test_a_month_of_a_stay_without_its_first_day_is_no_admission(tmp_path: Path):
    going_on = Encounter(EncounterClass.INPATIENT, date(2026, 8, 1), None)
    made.bring_to(tmp_path, made.chart(made.content(going_on)))
    assert [path.parent.name for path in messages(tmp_path)] == ["ADT-00"]
    assert made.only(made.message(tmp_path, "ADT-00"), "PV1")[2] == "I"


def test_what_the_patient_does_not_bear(everything: Path):
    iam = made.only(made.message(everything, "ADT-61"), "IAM")
    assert iam[2:4] == ["DA^薬剤アレルギー^HL70127", "^ペニシリン"]
    assert iam[5:7] == ["発疹", "A^追加^HL70323"]
    assert iam[13] == "20260501"


# --- PPR ------------------------------------------------------------------------------------------------


def test_all_diagnoses_are_in_one_message_each_with_its_expression(everything: Path):
    segments = made.message(everything, "PPR-01")
    assert [one[0] for one in segments] == ["MSH", "PID", "PRB", "ZPR", "PRB", "ZPR"]


def disease(tmp_path: Path, one: Condition) -> tuple[list[str], list[str]]:
    made.bring_to(tmp_path, made.chart(made.content(one)))
    segments = made.message(tmp_path, "PPR-01")
    return made.only(segments, "PRB"), made.only(segments, "ZPR")


MAPPED = replace(
    fhir_made.DISEASE,
    concept=Concept(
        (
            Coding(CodeSystem.RECEIPT_DISEASE, "8833421", "架空高血圧症"),
            Coding(CodeSystem.MEDIS_DISEASE_KEY, "20000001", "架空高血圧症"),
            Coding(CodeSystem.MEDIS_DISEASE_EXCHANGE, "AAAA", "架空高血圧症"),
            Coding(CodeSystem.ICD10, "I10.9"),
        )
    ),
)


def test_a_mapped_disease_has_the_national_numbers_first_and_its_own_behind(tmp_path: Path):
    prb, zpr = disease(tmp_path, MAPPED)
    assert prb[3] == zpr[2] == "20000001^架空高血圧症^MDCDX2^8833421^架空高血圧症^99RDS"
    assert prb[10] == "I109^^I10^^^^2013"
    assert zpr[5] == "AAAA^架空高血圧症^MDCDX2"


def test_a_disease_says_when_how_sure_how_it_ended_and_whether_it_is_the_main_one(tmp_path: Path):
    prb, zpr = disease(tmp_path, MAPPED)
    assert (prb[1], prb[2], prb[7], prb[16]) == ("AD", "202608", "20260501", "20260501")
    assert (prb[9], prb[14], prb[15]) == ("202608", "F^完全に回復^HL70241", "202608")
    assert (prb[13], prb[18]) == ("1^疑いあり^JHSD0005", "1^主診断^JHSD0007")
    assert (zpr[1], zpr[3], zpr[7]) == ("4012^^99RMD", "8002^^99RMD", "右側")


def test_a_disease_that_goes_on_has_no_end(tmp_path: Path):
    prb, _ = disease(tmp_path, replace(MAPPED, outcome=Outcome.CONTINUING))
    assert (prb[9], prb[14], prb[15]) == ("", "", "")


def test_a_disease_that_no_master_knows_is_filed_as_uncoded_with_its_own_code_and_words(tmp_path: Path):
    prb, _ = disease(tmp_path, fhir_made.UNCODED)
    assert prb[3] == "20084317^珍しい病名^MDCDX2^0000999^^99RDS"
    assert prb[17] == "珍しい病名"


def test_a_disease_that_every_month_repeats_stands_once_as_the_newest_tells_it(tmp_path: Path):
    earlier = made.content(replace(MAPPED, outcome=Outcome.CONTINUING), period="2026-07")
    later = made.content(MAPPED, key="claim:x:8", period="2026-08")
    made.bring_to(tmp_path, made.chart(later, earlier))
    assert made.only(made.message(tmp_path, "PPR-01"), "PRB")[14].startswith("F^")


def test_teeth_are_told_in_words(tmp_path: Path):
    tooth = Coding(CodeSystem.RECEIPT_TOOTH, "101400")
    _, zpr = disease(tmp_path, replace(MAPPED, body_sites=(tooth,), notes=()))
    assert zpr[7] == "歯式 101400"


# --- OMP ------------------------------------------------------------------------------------------------


def prescribed(tmp_path: Path, *records: object) -> list[list[str]]:
    made.bring_to(tmp_path, made.chart(made.content(*records)))  # type: ignore[arg-type]
    return made.message(tmp_path, "OMP-01")


def test_a_prescription_is_one_group_of_four_segments_a_drug_under_its_own_number(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.PRESCRIPTION))
    segments = made.message(tmp_path, "OMP-01")
    assert [one[0] for one in segments] == ["MSH", "PID", "PV1", *["ORC", "RXE", "TQ1", "RXR"] * 2]
    first, second = made.every(segments, "ORC")
    assert (first[1], first[2], first[4], first[9]) == (
        "NW",
        "000000000000077",
        "000000000000077_01_001",
        "20260803",
    )
    assert second[4] == "000000000000077_02_001"
    assert first[29] == "O^外来患者オーダ^HL70482"


def test_a_drug_says_what_how_much_and_how(tmp_path: Path):
    segments = prescribed(tmp_path, made.PRESCRIBED)
    rxe, tq1 = made.only(segments, "RXE"), made.only(segments, "TQ1")
    assert rxe[2] == "103831601^架空錠２．５ｍｇ^HOT9^2149001F1010^^99PLD"
    assert (rxe[3], rxe[5], rxe[10], rxe[11]) == ("1", "TAB^錠^MR9P", "21", "TAB^錠^MR9P")
    assert (rxe[15], rxe[19], rxe[21]) == ("77", "3^TAB&錠&MR9P", "OHP^外来処方^MR9P~OHO^院外処方^MR9P")
    assert rxe[31] == "2149001F1010^架空錠２．５ｍｇ^YJ"
    assert tq1[3] == "1013044400000000&１日３回毎食後&JAMISDP01"
    assert (tq1[6], tq1[7]) == ("7^d", "20260803")
    assert made.only(segments, "RXR")[1] == "PO^口^HL70162"


def test_an_ointment_has_no_single_dose_and_its_unit_in_words(tmp_path: Path):
    rxe = made.only(prescribed(tmp_path, made.EXTERNAL), "RXE")
    assert (rxe[2], rxe[3], rxe[5], rxe[10]) == ("^架空軟膏", NULL, "^ｇ", "10")


def test_the_one_doctor_of_a_prescription_is_named_with_the_licence(tmp_path: Path):
    doctor = Practitioner(made.FACILITY, "架空　医一", "prescriber", "13-001")
    segments = prescribed(tmp_path, made.PRESCRIBED, doctor, fhir_made.VISIT)
    assert made.only(segments, "ORC")[12] == "^架空^医一^^^^^^^L^^^^^I"
    assert made.only(segments, "ORC")[17] == "01^内科^HL70069"
    assert made.only(segments, "RXE")[13] == "13-001"
    other = Practitioner(made.FACILITY, "架空　医二", "医師")
    two = prescribed(tmp_path / "two", made.PRESCRIBED, doctor, other)
    assert made.only(two, "ORC")[12] == ""


def test_of_a_claim_only_what_was_prescribed_on_a_day_is_a_prescription(tmp_path: Path):
    injected = replace(fhir_made.ORAL, category="31")
    of_the_month = replace(fhir_made.ORAL, authored=None)
    segments = prescribed(tmp_path, fhir_made.ORAL, fhir_made.AS_NEEDED, injected, of_the_month)
    oral, as_needed = made.every(segments, "RXE")
    assert (oral[3], oral[10], oral[19]) == (NULL, "42", "3")
    assert oral[21] == "OHP^外来処方^MR9P~OHI^院内処方^MR9P"
    assert (as_needed[3], as_needed[10]) == (NULL, "2.5")
    assert made.every(segments, "TQ1")[1][14] == "5"
    assert len(made.only(segments[:4], "ORC")[2]) == 15


@pytest.mark.parametrize(
    ("quantity", "days", "times_a_day", "amount", "expected"),
    [
        ("3", 7, 3, "", ("1", "3", "21")),
        ("1", 7, 3, "", (NULL, "1", "7")),
        ("0.5", 14, 2, "", ("0.25", "0.5", "7")),
        ("3", 7, None, "1", ("1", "3", "21")),
        ("3", 7, None, "", (NULL, "3", "21")),
        ("30", None, None, "", (NULL, "", "30")),
        ("適量", None, None, "", (NULL, "", NULL)),
    ],
)
def test_amounts_follow_exactly_or_are_not_told(
    quantity: str, days: int | None, times_a_day: int | None, amount: str, expected: tuple[str, str, str]
):
    dosage = Dosage(times_a_day=times_a_day, amount=amount)
    found = Amounts.of(replace(made.PRESCRIBED, quantity=quantity, days_supplied=days, dosage=dosage))
    assert (found.single, found.daily, found.total) == expected
    assert found.daily == "" or Decimal(found.total) == Decimal(found.daily) * (days or 1)


# --- OML ------------------------------------------------------------------------------------------------


def test_results_stand_under_their_specimen(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.REPORT))
    segments = made.message(tmp_path, "OML-11")
    assert [one[0] for one in segments] == ["MSH", "PID", "PV1", "SPM", "OBR", "ORC", "OBX", "OBX"]
    spm = made.only(segments, "SPM")
    assert (spm[2], spm[4], spm[17]) == ("S-1", "023^血清^99MAT", "202608030915")
    protein, antibody = made.every(segments, "OBX")
    assert protein[2:4] == ["NM", "3A010000002327101^総蛋白^JC10^TP^^99LAB"]
    assert protein[5:9] == ["7.2", "g/dL^g/dL^99UNT", "6.7-8.3", "N"]
    assert (protein[11], protein[14]) == ("F", "202608030915")
    assert (antibody[2], antibody[3], antibody[5]) == ("ST", "^架空抗体", "< 0.5")
    assert antibody[6] == ".10*2/uL^.10*2/uL^99UNT"


def test_without_a_specimen_the_test_code_tells_the_material(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.content(replace(made.RESULT, specimen=""))))
    spm = made.only(made.message(tmp_path, "OML-11"), "SPM")
    assert (spm[2], spm[4], spm[17]) == ("", "023^^JC10", "20260803")
    unknown = replace(made.BELOW, specimen="")
    made.bring_to(tmp_path / "other", made.chart(made.content(unknown)))
    assert made.only(made.message(tmp_path / "other", "OML-11"), "SPM")[4] == "^検体の記載なし"


def test_specimens_of_two_days_are_two_messages(tmp_path: Path):
    later = replace(made.RESULT, effective=date(2026, 8, 4), at=None, specimen="")
    made.bring_to(tmp_path, made.chart(made.content(made.SPECIMEN, made.RESULT, later)))
    days = [path.parts[-3] for path in messages(tmp_path) if path.parent.name == "OML-11"]
    assert days == ["20260803", "20260804"]


def test_a_result_without_any_day_is_in_no_message(tmp_path: Path):
    undated: Observation = replace(made.RESULT, effective=None, at=None, specimen="")
    made.bring_to(tmp_path, made.chart(made.content(undated)))
    assert [path.parent.name for path in messages(tmp_path)] == ["ADT-00"]


# --- segments -------------------------------------------------------------------------------------------


def test_a_required_field_that_nobody_fills_is_null_and_no_field_is_beyond_the_layout():
    assert segment("RXE", {2: "1^架空"}).text() == 'RXE||1^架空|""||""|||||""|""'
    with pytest.raises(ValueError, match="RXR has no field 2"):
        segment("RXR", {2: "x"})
