"""院外処方箋: the samples against what their rows say, the invalid ones with reasons, and every record by itself."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance.formats.jahis_rx.reader import read_prescription
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass, Practitioner, Sex
from appliance.records.clinical import (
    DeviceUseStatement,
    Dosage,
    MedicationRequest,
    Observation,
    StrengthType,
)
from appliance.records.coding import CodeSystem, Coding
from appliance.records.document import Document, DocumentKind, Parsed
from appliance.records.finding import Severity

ROWS = {
    "1": "1,1,1234567,13,架空医院",
    "5": "5,D01,ｶｸｳ ｲｼ,架空 医師",
    "11": "11,00042,架空　太郎,ｶｸｳ ﾀﾛｳ",
    "12": "12,1",
    "13": "13,3500101",
    "22": "22,06132013",
    "23": "23,１２,３４５,1,02",
    "51": "51,20260513",
    "101": "101,1,1,,14",
    "111": "111,1,1,,毎食後,3",
    "201": "201,1,1,1,2,612170709,架空錠,3,1,錠",
}


def prescription(*more: str, without: tuple[str, ...] = (), head: str = "JAHIS11", **other: str) -> Parsed:
    """A sound prescription with some rows left out, others put in another's place (`r51="…"`) or added."""
    rows = {number: other.get(f"r{number}", row) for number, row in ROWS.items() if number not in without}
    return read_prescription(
        "".join(f"{row}\r\n" for row in (head, *rows.values(), *more)).encode("cp932") + b"\x1a"
    )


def one(*more: str, **other: Any) -> Document:
    (document,) = prescription(*more, **other).documents
    return document


def of(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def drug(document: Document) -> MedicationRequest:
    (record,) = of(document, MedicationRequest)
    return record


def codes(found: Parsed) -> set[str]:
    return {finding.code for finding in found.all_findings}


def errors(found: Parsed) -> set[str]:
    return {finding.code for finding in found.all_findings if finding.severity is Severity.ERROR}


def sample(shared: Path, name: str) -> Parsed:
    return read_prescription((shared / "samples" / "jahis" / "rx" / name).read_bytes())


SAMPLES = {
    "01_basic_1rp_1drug.cp932.txt": ("日薬 太郎", "1960-06-06", "ノルバスク錠２．５ｍｇ", "4", "毎食後服用", 14),
    "02_kana_only.cp932.txt": ("ニチヤク タロウ", "1960-06-06", "アムロジピン錠２．５ｍｇ", "1", "朝食後服用", 7),
    "03_external_remarks.cp932.txt": ("日薬 花子", "1975-05-10", "サンプル軟膏", "10", "1日2回患部に塗布", None),
    "04_split_dispensing_1of3.cp932.txt": ("日薬 太郎", "1960-06-06", "ABC錠１０ｍｇ", "3", "毎食後服用", 42),
    "05_refill.cp932.txt": ("日薬 太郎", "1960-06-06", "ニフェジピン１０ｍｇ", "1", "朝食後服用", 30),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_prescription_says_what_its_rows_say(name: str, shared: Path):
    found = sample(shared, name)
    person, birth, title, amount, usage, days = SAMPLES[name]
    (document,) = found.documents
    record = drug(document)
    assert (found.encoding, found.complete, errors(found)) == ("cp932", True, set())
    assert (document.kind, document.facility, document.period) == (
        DocumentKind.PRESCRIPTION,
        "1311234567",
        "2026-05-13",
    )
    assert (document.patient.name.text, str(document.patient.birth_date)) == (person, birth)
    assert (record.concept.text, record.quantity, record.dosage.text) == (title, amount, usage)
    assert (record.days_supplied, record.authored) == (days, date(2026, 5, 13))
    assert [(p.name, p.role) for p in of(document, Practitioner)] == [("工業会 次郎", "prescriber")]
    assert document.organization.name == "医療法人 工業会病院"


def test_the_particulars_of_the_samples(shared: Path):
    (basic, _, ointment, split, refill) = (sample(shared, name).documents[0] for name in SAMPLES)
    assert drug(basic).dosage == Dosage("毎食後服用", None, "1", "錠", 3)
    assert drug(basic).concept.codings == (Coding(CodeSystem.RECEIPT_DRUG, "612170709"),)
    assert of(basic, Coverage) == [
        Coverage(
            CoverageKind.INSURANCE, 0, "06012345", "０１－２３", "１２３４", insured_class=InsuredClass.SELF
        ),
    ]
    assert (drug(ointment).category, drug(ointment).times) == ("外用", 1)
    assert [note.text for note in drug(ointment).notes] == ["患部に薄く塗布"]
    assert [o.text for o in of(ointment, Observation)] == ["塗布部位は患部"]
    assert [note.text for note in drug(split).notes] == ["分割回ごとの調剤数量 14、総調剤数量 42"]
    assert [o.text for o in of(split, Observation)] == [
        "総分割回数 3 回のうち 1 回目",
        "分割: 分割日数14日、分割回数3回",
    ]
    assert split.sequence == "001"
    assert [o.text for o in of(refill, Observation)] == ["リフィル処方箋、総使用回数 3 回"]
    assert [note.text for note in drug(refill).notes] == ["先発医薬品患者希望"]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        (
            "minimal-valid.txt",
            {"JAHISRX-D001", "JAHISRX-D002", "JAHISRX-D003", "JAHISRX-D004", "JAHISRX-D005", "JAHISRX-D015"},
        ),
        ("normalization-full.txt", {"JAHISRX-D001", "JAHISRX-D004", "JAHISRX-D007"}),
    ],
)
def test_what_is_no_prescription_is_refused_with_every_reason(name: str, reasons: set[str], shared: Path):
    found = sample(shared, name)
    assert found.documents == ()
    assert errors(found) == reasons
    assert all(f.hint for f in found.all_findings if f.severity is Severity.ERROR)


# --- one thing each


def test_the_patient_is_known_by_the_institutions_chart_number():
    patient = one().patient
    assert (patient.facility, patient.local_id, patient.sex) == ("1311234567", "00042", Sex.MALE)
    assert (patient.birth_date, patient.name.kana) == (date(1975, 1, 1), "カクウ タロウ")


def test_only_a_prescription_of_narcotics_tells_where_the_patient_lives():
    assert (one().patient.address, one().patient.phone) == ("", "")
    who = one("61,12-345,架空市１－２,045-000-0001").patient
    assert (who.address, who.postal_code, who.phone) == ("架空市１－２", "", "045-000-0001")


def test_the_insurance_and_every_public_payer_are_coverages():
    document = one("27,12123456,1234567", "28,22123456,2234567", "29,32123456,3234567", "30,特１２,1234567")
    assert [(c.order, c.payer_number, c.number, c.branch) for c in of(document, Coverage)] == [
        (0, "06132013", "３４５", "02"),
        (1, "12123456", "1234567", ""),
        (2, "22123456", "2234567", ""),
        (3, "32123456", "3234567", ""),
        (4, "特１２", "1234567", ""),
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (("24,030,070",), (InsuredClass.SELF, 30, 70)),
        (("14,3", "24,020,080"), (InsuredClass.PRESCHOOL, 20, 80)),
        (("14,2",), (InsuredClass.ELDERLY_ACTIVE, None, None)),
        (("14,5", "24,020,080"), (InsuredClass.ELDERLY, 20, 80)),
        (("14,9",), (InsuredClass.SELF, None, None)),
    ],
)
def test_the_insurance_says_whom_it_covers_and_what_they_bear(rows: tuple[str, ...], told: tuple[Any, ...]):
    (insured,) = of(one(*rows), Coverage)
    assert (insured.insured_class, insured.copay_percent, insured.benefit_percent) == told


def test_the_narcotics_licence_is_the_doctors_and_without_one_a_remark():
    licence = "61,１３－００１,架空市,03-0000-0000"
    document = one(licence)
    assert [p.narcotics_licence for p in of(document, Practitioner)] == ["１３－００１"]
    assert of(document, Observation) == []
    nameless = one(licence, r5="5,D01,,")
    assert of(nameless, Practitioner) == []
    assert [o.text for o in of(nameless, Observation)] == ["１３－００１"]


@pytest.mark.parametrize(
    ("kind", "code", "system"),
    [
        ("2", "612170709", CodeSystem.RECEIPT_DRUG),
        ("3", "2171022F1029", CodeSystem.PRICE_LIST_DRUG),
        ("4", "2171022F1029", CodeSystem.YJ),
        ("6", "1038354010101", CodeSystem.HOT13),
        ("7", "2171022F1ZZZ", CodeSystem.GENERIC_NAME),
        ("1", "内", CodeSystem.PHARMACY_DRUG),
    ],
)
def test_each_kind_of_drug_code_is_of_its_own_system(kind: str, code: str, system: CodeSystem):
    document = one(r201=f"201,1,1,1,{kind},{code},架空錠,3,1,錠")
    assert drug(document).concept.codings == (Coding(system, code),)


@pytest.mark.parametrize(
    ("form", "word", "days", "times"),
    [
        ("1", "内服", 14, 1),
        ("2", "頓服", None, 14),
        ("3", "外用", None, 14),
        ("4", "内滴", None, 14),
        ("5", "注射", None, 14),
        ("9", "不明", None, 14),
    ],
)
def test_dosage_forms_are_numbered_otherwise_than_in_notebooks(
    form: str, word: str, days: int | None, times: int
):
    record = drug(one(r101=f"101,1,{form},,14"))
    assert (record.category, record.days_supplied, record.times) == (word, days, times)


@pytest.mark.parametrize(
    "rows", [{"r101": "101,1,6,,1"}, {"r201": "201,1,1,2,2,710010093,針,60,1,本"}], ids=["form", "kind"]
)
def test_materials_are_no_drugs(rows: dict[str, str]):
    document = one(**rows)
    assert of(document, MedicationRequest) == []
    assert [d.used for d in of(document, DeviceUseStatement)] == [date(2026, 5, 13)]


def test_what_the_prescriber_adds_is_noted_in_order():
    document = one(
        "181,1,1,6,右手",
        "181,1,2,8,,I1100000,",
        "211,1,1,0.5",
        "221,1,1,2,1,,,,,,,,",
        "231,1,1,1,0,0,0",
        "241,1,1,2/3,3",
        "281,1,1,1,3,後発品変更不可",
        "281,1,1,2,1,一包化",
    )
    record = drug(document)
    assert [note.text for note in record.notes] == [
        "部位: 右手",
        "JAMI補足用法: I1100000",
        "単位変換係数 0.5",
        "不均等: 2、1",
        "公費: 第一公費",
        "後発品変更不可",
        "一包化",
    ]
    assert record.generic_allowed is False
    assert record.dosage.amount == "2/3"


@pytest.mark.parametrize(
    ("flag", "strength_type", "notes"),
    [
        ("1", StrengthType.PRODUCT, []),
        ("2", StrengthType.SUBSTANCE, ["用量は原薬量"]),
        ("", None, []),
        ("9", None, []),
    ],
)
def test_the_strength_flag_says_what_the_amount_is_of(
    flag: str, strength_type: StrengthType | None, notes: list[str]
):
    record = drug(one(r201=f"201,1,1,1,2,612170709,架空錠,3,{flag},錠"))
    assert record.strength_type is strength_type
    assert [note.text for note in record.notes] == notes


def test_nothing_is_said_about_generics_unless_the_prescriber_says_it():
    assert drug(one()).generic_allowed is None


def test_a_jami_usage_is_coded():
    usage = drug(one(r111="111,1,2,1013044400000000,毎食後,3")).dosage.usage
    assert usage.codings == (Coding(CodeSystem.JAMI_USAGE, "1013044400000000"),)


def test_what_is_said_of_the_whole_prescription_is_a_narrative():
    document = one("4,2,26,", "52,20260520", "62,2", "81,1,1,一包化", "81,2,,在宅")
    assert [(o.concept.codings[0].code, o.text) for o in of(document, Observation)] == [
        ("rx-4", "眼科"),
        ("rx-52", "使用期限 2026-05-20"),
        ("rx-62", "残薬を確認した場合は情報提供"),
        ("rx-81", "一包化"),
        ("rx-81", "在宅"),
    ]


def test_an_exchange_number_makes_the_key():
    document = one("82,1,1234567890123456")
    assert document.key == "prescription:1311234567:1234567890123456"
    assert drug(document).prescription_no == "1234567890123456"


def test_the_sheets_of_a_split_prescription_are_one_document():
    first, second = one("63,3,1"), one("63,3,2")
    assert first.key == second.key
    assert first.sequence < second.sequence


def test_rows_are_linked_by_their_numbers_not_their_order():
    rps = ["201,2,1,1,1,,別の錠,1,1,錠", "281,2,1,1,3,", "111,2,1,,就寝前,1", "101,2,1,,7"]
    document = one(*rps)
    first, second = of(document, MedicationRequest)
    assert (first.generic_allowed, second.generic_allowed) == (None, False)
    assert (second.rp_number, second.order_in_rp, second.days_supplied) == (2, 1, 7)
    assert second.dosage.text == "就寝前"


@pytest.mark.parametrize(
    ("row", "code", "other"),
    [
        ("1", "JAHISRX-D001", {"r1": "1,1,123456,13,架空医院"}),
        ("1", "JAHISRX-D001", {"r1": "1,1,1234567,99,架空医院"}),
        ("51", "JAHISRX-D004", {"r51": "51,2026"}),
        ("101", "JAHISRX-D006", {"r101": "102,1,7,14"}),
        ("201", "JAHISRX-D007", {"r201": "201,1,1,1,2,,,3,1,錠"}),
        ("201", "JAHISRX-D007", {"r201": "201,1,1,1,2,612170709,架空錠"}),
    ],
)
def test_a_prescription_that_cannot_be_relied_on_is_refused(row: str, code: str, other: dict[str, str]):
    for found in (prescription(**other), *([prescription(without=(row,))] if row in ("1", "51") else [])):
        assert found.documents == ()
        assert code in errors(found)


def test_an_rp_without_drugs_refuses_the_prescription():
    assert errors(prescription("101,2,1,,7", "111,2,1,,就寝前")) == {"JAHISRX-D006"}


@pytest.mark.parametrize(
    ("more", "other", "code"),
    [
        ((), {"without": ("5",)}, "JAHISRX-D009"),
        ((), {"without": ("111",)}, "JAHISRX-D014"),
        ((), {"r5": "5,D01,,"}, "JAHISRX-D008"),
        (("281,1,9,1,3,不可",), {}, "JAHISRX-D010"),
        (("12,2",), {}, "JAHISRX-D013"),
        (("62,5",), {}, "JAHISRX-D011"),
        ((), {"head": "JAHIS12"}, "JAHISRX-D012"),
        ((), {"r13": "13,1975"}, "TEXT-014"),
        ((), {"r22": "22,06132014"}, "TEXT-011"),
        ((), {"r22": "22,06A"}, "TEXT-012"),
        (("500,なぞ",), {}, "TEXT-005"),
    ],
)
def test_a_gap_is_told_and_the_rest_is_taken(more: tuple[str, ...], other: dict[str, Any], code: str):
    found = prescription(*more, **other)
    assert len(found.documents) == 1
    assert code in codes(found)


@pytest.mark.parametrize("head", [f"JAHIS{number}" for number in range(1, 12)])
def test_every_version_is_read(head: str):
    assert codes(prescription(head=head)) <= {"TEXT-012"}
