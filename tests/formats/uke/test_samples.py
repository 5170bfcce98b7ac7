"""The public sample claims of 支払基金 and others, against figures read from the files by hand."""

from datetime import date
from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass, Sex
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
from appliance.records.coding import CodeSystem, Coding, Note
from appliance.records.document import Document, Format, Parsed
from appliance.records.finding import Severity

CLAIMS = {
    "0009": 82255, "0010": 148608, "0011": 3639, "0018": 2124, "0006": 37264, "0019": 2228, "0017": 4049, "0008": 592, "0007": 12930,
    "0020": 66658, "0004": 1089, "0005": 2882, "0012": 154, "0001": 514, "0016": 14427, "0003": 142, "0014": 684, "0002": 942,
}  # fmt: skip
"""Chart number → 合計点数 of the 18 claims, in the file's order (first HO row under each RE)."""

ROWS = {
    "IR": 18, "RE": 18, "HO": 19, "GR": 6, "SY": 242, "CO": 140, "SI": 335, "IY": 117, "EX": 37, "RC": 36, "MN": 17, "KO": 7,
    "JY": 3, "TO": 2, "TI": 1, "TR": 1, "TS": 1, "SJ": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def uke(shared: Path) -> Path:
    return shared / "samples" / "uke"


@pytest.fixture(scope="module")
def official(uke: Path) -> Parsed:
    return parse((uke / "ssk_ika_202004_RECEIPTC.UKE").read_bytes())


def claim_of(found: Parsed, chart_no: str) -> Document:
    (document,) = (d for d in found.documents if d.patient.local_id == chart_no)
    return document


def of(document: Document, kind: type) -> list:
    return [record for record in document.records if isinstance(record, kind)]


def test_the_official_file_holds_eighteen_claims(official: Parsed):
    assert official.format is Format.UKE_IKA
    assert (official.encoding, official.lines) == ("cp932", 1001)
    assert {d.patient.local_id: d.points for d in official.documents} == CLAIMS
    assert official.source_rows == ROWS


def test_its_points_all_add_up(official: Parsed):
    assert {d.patient.local_id: d.points_computed for d in official.documents} == CLAIMS


def test_it_raises_neither_warning_nor_error(official: Parsed):
    assert {(f.code, f.line) for f in official.all_findings} == {
        ("UKE-F003", None),
        ("UKE-C012", 606),
        ("UKE-C012", 607),
        ("UKE-C013", 734),
    }
    assert {f.severity for f in official.all_findings} == {Severity.INFO}


def test_the_bad_header_loses_one_row_and_no_claim(uke: Path, official: Parsed):
    found = parse((uke / "ssk_ika_202004_bad_header_RECEIPTC.UKE").read_bytes())
    assert [(d.key, d.records, d.set_key) for d in found.documents] == [
        (d.key, d.records, d.set_key) for d in official.documents
    ]
    (error,) = (f for f in found.all_findings if f.severity is Severity.ERROR)
    assert (error.code, error.line, error.field) == ("UKE-R001", 1, "審査支払機関")


def test_a_simple_outpatient_claim(official: Parsed):
    claim = claim_of(official, "0001")
    assert claim.patient.birth_date == date(1979, 5, 11)
    assert claim.patient.sex is Sex.MALE
    assert (claim.patient.name.family, claim.patient.name.given) == ("サンプル", "一")
    assert (claim.period, claim.sequence, claim.facility) == ("2020-04", "2020-05", "1319999913")
    assert claim.set_key == "uke-ika:1319999913:1:2020-05:00"
    assert (claim.first_line, claim.last_line) == (844, 856)
    day = date(2020, 4, 3)
    assert of(claim, Encounter) == [
        Encounter(EncounterClass.AMBULATORY, day, day, None, of(claim, Encounter)[0].departments)
    ]
    assert [d.display for d in of(claim, Encounter)[0].departments] == ["精神科"]
    procedures = of(claim, Procedure)
    assert [(p.concept.codings[0].code, p.category, p.points, p.performed) for p in procedures] == [
        ("112011310", "12", 74, day),
        ("180012210", "80", 400, day),
        ("120004610", "80", 40, day),
    ]
    assert procedures[1].notes == (Note("０００７０", "852100007"),)
    assert procedures[2].notes == (Note("算定科：精神科", "810000001"),)
    conditions = of(claim, Condition)
    assert [(c.concept.codings[0].code, c.onset, c.main, c.outcome) for c in conditions] == [
        ("2961003", date(2019, 7, 17), True, Outcome.CONTINUING),
        ("8839792", date(2019, 7, 17), False, Outcome.CONTINUING),
    ]


def test_an_inpatient_claim(official: Parsed):
    claim = claim_of(official, "0009")
    (coverage,) = of(claim, Coverage)
    assert coverage == Coverage(
        CoverageKind.INSURANCE,
        0,
        "06132013",
        "１２３４５６７",
        "１",
        points=82255,
        actual_days=3,
        copay_yen=57600,
        meal_count=6,
        meal_yen=3990,
        payer_org=Coding(CodeSystem.RECEIPT_PAYER_ORG, "1", "社会保険診療報酬支払基金"),
        insured_class=InsuredClass.ELDERLY,
        special_notes=(Coding(CodeSystem.RECEIPT_SPECIAL_NOTE, "29", "区エ"),),
    )
    (stay,) = of(claim, Encounter)
    assert stay.encounter_class is EncounterClass.INPATIENT
    assert (stay.start, stay.end, stay.admission) == (date(2020, 4, 1), None, date(2020, 3, 4))
    assert len(of(claim, Condition)) == 31
    assert [c.concept.codings[0].code for c in of(claim, Condition) if c.suspected] == ["2458001", "8839699"]
    assert [note.text for note in of(claim, Observation)] == [
        "医科点数表算定理由: 医科点数表で算定する診断群分類",
        "DPCコード: 040040XX9909XX",
        "右上葉非小細胞肺癌",
        "アテゾリズマブ",
        "投与する患者",
        "施設要件：ア・イ・エ・オ",
        "医師要件：イ",
    ]


def test_a_drug_prescribed_on_two_days_counts_the_days_supplied_of_each(official: Parsed):
    requests = [
        r
        for r in of(claim_of(official, "0009"), MedicationRequest)
        if r.concept.codings[0].code == "622341901"
    ]
    assert [(r.authored, r.days_supplied, r.points) for r in requests] == [
        (date(2020, 4, 2), 1, 20),
        (date(2020, 4, 3), 3, 20),
    ]


def test_a_unit_of_two_drugs_bears_its_points_once(official: Parsed):
    requests = {r.concept.codings[0].code: r for r in of(claim_of(official, "0009"), MedicationRequest)}
    first, second = requests["613130595"], requests["610454023"]
    assert first.rp_number == second.rp_number
    assert (first.order_in_rp, second.order_in_rp) == (1, 2)
    assert (first.points, second.points, second.category) == (None, 11, "21")
    assert second.notes == (Note("２１", "840000006"),)


def test_a_stay_that_begins_in_the_month(official: Parsed):
    (stay,) = of(claim_of(official, "0008"), Encounter)
    assert (stay.start, stay.admission) == (date(2020, 4, 20), date(2020, 4, 20))


def test_public_expense_goes_with_the_insurance(official: Parsed):
    claim = claim_of(official, "0012")
    insurance, public = of(claim, Coverage)
    assert (insurance.order, public.order) == (0, 1)
    assert (public.payer_number, public.number, public.points, public.copay_yen) == (
        "80136120",
        "2222222",
        154,
        154,
    )
    assert {p.burden for p in of(claim, Procedure)} == {"2"}
    assert {p.performed for p in of(claim, Procedure)} == {date(2020, 4, 19)}


def test_an_outpatient_of_three_days_has_three_encounters(official: Parsed):
    claim = claim_of(official, "0016")
    assert [e.start for e in of(claim, Encounter)] == [date(2020, 4, day) for day in (1, 3, 17)]
    assert (len(of(claim, Procedure)), len(of(claim, MedicationRequest))) == (43, 2)


def test_comments_that_head_a_unit_give_it_their_category(official: Parsed):
    claim = claim_of(official, "0005")
    procedures = {p.concept.codings[0].code: p for p in of(claim, Procedure)}
    assert [n.text for n in procedures["170033410"].notes] == ["胸部", "腹部"]
    assert procedures["170033410"].category == procedures["170012070"].category == "70"
    assert procedures["112011310"].notes == ()
    (drug,) = of(claim, MedicationRequest)
    assert (drug.rp_number, drug.category) == (procedures["170012070"].unit_no, "70")


def test_symptom_details_are_narratives_of_the_claim(official: Parsed):
    *comments, detail = of(claim_of(official, "0005"), Observation)
    assert [c.text for c in comments][1:] == ["湿布薬　７日分相当"]
    assert detail.concept.codings[0].code == "01"
    assert detail.text.startswith("術前より肝転移巣を伴う")
    assert detail.effective == date(2020, 4, 1)


def test_the_payers_corrected_rows_do_not_change_the_claim(official: Parsed):
    insurance, public = of(claim_of(official, "0017"), Coverage)
    assert (insurance.points, public.points) == (4049, 4049)


def test_a_transplant_keeps_the_donor_apart(official: Parsed):
    claim = claim_of(official, "0020")
    assert claim.points == claim.points_computed == 66554 + 16 * 4 + 40
    assert len(of(claim, Condition)) == len(of(claim, Procedure)) == len(of(claim, MedicationRequest)) == 1
    (device,) = of(claim, DeviceUseStatement)
    assert (device.quantity, device.unit, device.unit_price_yen, device.points) == ("1", "006", "400", 40)
    assert of(claim, Procedure)[0].performed == date(2020, 4, 30)


@pytest.mark.parametrize(
    ("name", "points", "computed", "period"),
    [
        ("short_rows_202405_RECEIPTC.UKE", [438], [438], "2024-05"),
        ("short_rows_202606_RECEIPTC.UKE", [146], [146], "2026-06"),
        ("constructed/RECEIPTC_gaiji.UKE", [416], [204], "2025-06"),
        ("constructed/RECEIPTC_utf8_lf_noeof.UKE", [416], [204], "2025-06"),
        ("constructed/RECEIPTC_vol1.UKE", [416, 416], [204, 204], "2025-06"),
        ("constructed/RECEIPTC_vol2.UKE", [416], [204], "2025-06"),
    ],
)
def test_the_other_samples(uke: Path, name: str, points: list[int], computed: list[int], period: str):
    found = parse((uke / name).read_bytes())
    assert [d.points for d in found.documents] == points
    assert [d.points_computed for d in found.documents] == computed
    assert {d.period for d in found.documents} == {period}
    assert not found.has_errors


def test_characters_beyond_the_standard_are_kept(uke: Path):
    (document,) = parse((uke / "constructed" / "RECEIPTC_gaiji.UKE").read_bytes()).documents
    assert document.patient.name.text == "髙橋　﨑子①ｶﾅ"
    (coverage,) = of(document, Coverage)
    assert (coverage.payer_number, coverage.symbol, coverage.branch) == ("138057", "０１・１２", "02")


def test_volumes_are_sets_of_their_own(uke: Path):
    files = [uke / "constructed" / f"RECEIPTC_vol{n}.UKE" for n in (1, 2)]
    keys = {d.set_key for path in files for d in parse(path.read_bytes()).documents}
    assert keys == {"uke-ika:1311234567:2:2025-07:00", "uke-ika:1311234567:2:2025-07:01"}


def test_rows_against_the_specification_are_refused_with_reasons(uke: Path):
    found = parse((uke / "nonconformant_utf8_RECEIPTC.UKE").read_bytes())
    assert found.documents == ()
    errors = [f for f in found.all_findings if f.severity is Severity.ERROR]
    assert [(f.code, f.line) for f in errors] == [("UKE-C001", 2), ("UKE-C001", 6), ("UKE-C001", 10)]
