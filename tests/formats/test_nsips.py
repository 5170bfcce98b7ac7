"""NSIPS: the samples, A, U and D in every order, what real senders leave out, and every item by an independent path."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance.formats.nsips.reader import read_nsips
from appliance.records.administrative import (
    Coverage,
    CoverageKind,
    InsuredClass,
    Organization,
    Practitioner,
    Sex,
)
from appliance.records.clinical import (
    DeviceUseStatement,
    Dosage,
    MedicationDispense,
    Observation,
    StrengthType,
)
from appliance.records.coding import CodeSystem, Coding
from appliance.records.document import Document, DocumentKind, Parsed
from appliance.records.finding import Severity

VER = "VER010603,20250722153322,Product,PC1,14,4,0842302,架空薬局,2360042,架空市,0457111111,"


def row(width: int, first: str, **items: str) -> str:
    """A row by the positions of its items (`i3="A"`), the rest empty; written without looking at the layout table."""
    values = [first, *[""] * (width - 1)]
    for place, value in items.items():
        values[int(place[1:])] = value
    return ",".join(values)


def patient(**items: str) -> str:
    sound = {"i1": "P7", "i2": "ｶｸｳ ﾀﾛｳ", "i3": "架空　太郎", "i4": "1", "i5": "19500101"}
    insured = {"i14": "06132013", "i16": "１２", "i17": "３４５"}
    return row(49, "1", **(sound | insured | items))


def order(update: str = "A", **items: str) -> str:
    sound = {"i1": "250722000000101", "i4": "20250721", "i6": "20250722", "i7": "20250722"}
    clinic = {"i10": "1", "i12": "1234567", "i13": "14", "i14": "架空医院", "i24": "架空　医師"}
    return row(42, "2", i3=update, **(sound | clinic | items))


def usage(**items: str) -> str:
    sound = {"i1": "1", "i3": "毎食後", "i8": "2", "i9": "1", "i10": "7", "i11": "3", "i13": "1"}
    return row(22, "3", **(sound | items))


def drug(**items: str) -> str:
    sound = {"i1": "1", "i2": "1", "i3": "1", "i4": "2171022F1029", "i8": "架空錠", "i16": "3", "i18": "錠"}
    return row(41, "4", **(sound | items))


def read(*rows: str, facility: str = "") -> Parsed:
    return read_nsips("".join(f"{text}\r\n" for text in rows).encode("cp932"), facility)


def one(*rows: str, facility: str = "") -> Document:
    (document,) = read(*rows, facility=facility).documents
    return document


def of(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def codes(found: Parsed) -> set[str]:
    return {finding.code for finding in found.all_findings}


def errors(found: Parsed) -> set[str]:
    return {finding.code for finding in found.all_findings if finding.severity is Severity.ERROR}


# --- the samples


@pytest.mark.parametrize("name", ["sample_010603.cp932.crlf.txt", "sample_010603.utf8.txt"])
def test_the_sample_of_version_10603_says_what_its_rows_say(name: str, shared: Path):
    data = (shared / "samples" / "nsips" / name).read_bytes()
    found = read_nsips(data)
    (document,) = found.documents
    assert found.encoding == ("utf-8" if "utf8" in name else "cp932")
    assert (codes(found), found.complete) == ({"NSIPS-P005"}, True)
    assert document.key == "dispensing:1440842302:990235520035206"
    assert document.organization == Organization("1440842302", "テスト薬局", "0457111111")
    person = document.patient
    assert (person.name.text, person.name.kana) == ("山田　太郎", "ヤマダ タロウ")
    assert (person.sex, person.birth_date, person.local_id) == (Sex.MALE, date(1980, 1, 1), "")
    (insured,) = of(document, Coverage)
    assert insured == Coverage(
        CoverageKind.INSURANCE,
        0,
        "144105",
        "７０",
        "12345678",
        insured_class=InsuredClass.SELF,
        benefit_percent=80,
        copay_percent=20,
    )
    (dispense,) = of(document, MedicationDispense)
    assert dispense.concept.codings == (
        Coding(CodeSystem.YJ, "3969010F2030"),
        Coding(CodeSystem.RECEIPT_DRUG, "621951001"),
    )
    assert (dispense.concept.text, dispense.quantity, dispense.unit) == ("サンプル錠５０ｍｇ", "1", "錠")
    assert (dispense.days_supplied, dispense.supply_unit, dispense.category) == (70, "日分", "内服")
    assert (dispense.dispensed, dispense.prescribed) == (date(2025, 7, 22), date(2025, 7, 22))
    assert (dispense.prescriber, dispense.prescribing_facility) == ("佐藤　次郎", "サンプル病院")
    assert dispense.dosage.text == "１日１回　朝食後服用"
    assert dispense.dosage.usage.codings == (Coding(CodeSystem.PHARMACY_USAGE, "*1000"),)
    assert [note.text for note in dispense.notes] == ["一般名: テスト成分錠５０ｍｇ"]


def test_a_shifted_patient_row_links_the_dispensing_to_nobody(shared: Path):
    found = read_nsips((shared / "samples" / "nsips" / "rx_001.txt").read_bytes())
    (document,) = found.documents
    assert errors(found) == {"NSIPS-P002"}
    assert (document.patient.name.text, document.patient.local_id) == ("", "")
    assert (document.facility, document.period) == ("1449999999", "2026-08-19")
    (dispense,) = of(document, MedicationDispense)
    assert dispense.concept.codings == (Coding(CodeSystem.YJ, "4490025F2232"),)
    assert dispense.dosage.text == "分２　朝夕食後服用"


def test_a_garbled_file_is_refused_with_a_reason(shared: Path):
    found = read_nsips((shared / "samples" / "nsips" / "rx_002.mojibake.txt").read_bytes())
    assert found.documents == ()
    (error,) = (f for f in found.findings if f.severity is Severity.ERROR)
    assert (error.code, error.line) == ("TEXT-003", 3)
    assert "文字化け" in error.text


# --- items


def test_every_item_of_a_drug_has_its_place():
    document = one(
        VER,
        patient(),
        order(),
        usage(i2="1013044400000000", i5="食間", i14="1", i16="用法の注意", i18="もう一つ"),
        drug(
            i5="620004992", i6="103835401", i7="L1", i11="2", i12="1.0", i13="0", i17="2", i20="1", i27="薬の注意",
            i28="2171022F1010", i31="元の錠", i33="6", i34="Ｃ", i35="1.5", i39="五つ目", i40="1",
        ),
    )  # fmt: skip
    (dispense,) = of(document, MedicationDispense)
    assert [(c.system, c.code) for c in dispense.concept.codings] == [
        (CodeSystem.YJ, "2171022F1029"),
        (CodeSystem.RECEIPT_DRUG, "620004992"),
        (CodeSystem.HOT9, "103835401"),
    ]
    assert dispense.dosage == Dosage("毎食後　食間", dispense.dosage.usage, "1.5", "錠", 3)
    assert dispense.dosage.usage.codings == (Coding(CodeSystem.JAMI_USAGE, "1013044400000000"),)
    assert (dispense.rp_number, dispense.order_in_rp, dispense.total) == (1, 1, "")
    assert (dispense.prescription_no, dispense.prescribed) == ("250722000000101", date(2025, 7, 21))
    assert (dispense.prescriber, dispense.prescribing_facility) == ("架空　医師", "1411234567")
    assert dispense.generic_substituted is True
    assert dispense.strength_type is StrengthType.SUBSTANCE
    assert [note.text for note in dispense.notes] == [
        "薬の注意",
        "五つ目",
        "用法の注意",
        "もう一つ",
        "一包化",
        "粉砕",
        "不均等: 朝 2、昼 1.0",
        "用量は原薬量",
        "一般名処方",
        "変更前: 元の錠 6Ｃ",
    ]


@pytest.mark.parametrize(
    ("kind", "word", "whole"),
    [("1", "内滴", ""), ("2", "内服", ""), ("3", "頓服", ""), ("4", "外用", "3"), ("5", "注射", "3"), ("", "不明", "")],
)  # fmt: skip
def test_each_rp_kind_has_its_word_and_meaning_of_the_amount(kind: str, word: str, whole: str):
    (dispense,) = of(one(VER, patient(), order(), usage(i8=kind), drug()), MedicationDispense)
    assert (dispense.category, dispense.quantity, dispense.total) == (word, "3", whole)


def test_where_the_patient_lives_and_can_be_called():
    home = {"i6": "2360045", "i7": "架空市１−２", "i8": "0450000001", "i9": "0450000002"}
    who = one(VER, patient(**home), order(), usage(), drug()).patient
    assert (who.address, who.postal_code, who.phone) == ("架空市１－２", "2360045", "0450000001")


def test_public_payers_are_coverages():
    rows = patient(
        i25="12123456", i26="1234567", i28="21123456", i31="51123456", i34="54123456", i35="7654321"
    )
    document = one(VER, rows, order(), usage(), drug())
    assert [(c.order, c.payer_number, c.number) for c in of(document, Coverage)] == [
        (0, "06132013", "３４５"),
        (1, "12123456", "1234567"),
        (2, "21123456", ""),
        (3, "51123456", ""),
        (4, "54123456", "7654321"),
    ]


def test_the_people_and_the_institution_are_named_where_their_number_is_known():
    document = one(VER, patient(), order(i26="架空　薬剤師"), usage(), drug())
    assert of(document, Organization) == [Organization("1411234567", "架空医院", "")]
    assert [(p.facility, p.name, p.role) for p in of(document, Practitioner)] == [
        ("1411234567", "架空　医師", "prescriber"),
        ("1440842302", "架空　薬剤師", "pharmacist"),
    ]
    unknown = one(VER, patient(), order(i10="0"), usage(), drug())
    assert of(unknown, Organization) == []
    assert of(unknown, MedicationDispense)[0].prescribing_facility == "架空医院"


def test_remarks_on_the_prescription_are_narratives():
    remarks = {"i19": "内科", "i27": "同意により変更", "i28": "疑義の回答", "i32": "在宅"}
    document = one(VER, patient(), order(**remarks), usage(), drug())
    assert [(o.concept.codings[0].code, o.text) for o in of(document, Observation)] == [
        (f"nsips-2-{place[1:]}", text) for place, text in remarks.items()
    ]


def test_the_narcotics_licence_is_the_doctors_and_else_a_remark():
    licence = {"i29": "１３－００１"}
    named = one(VER, patient(), order(**licence), usage(), drug())
    assert [p.narcotics_licence for p in of(named, Practitioner) if p.role == "prescriber"] == [
        "１３－００１"
    ]
    assert of(named, Observation) == []
    nobodys = one(VER, patient(), order(i10="9", **licence), usage(), drug())
    assert [(o.concept.codings[0].code, o.text) for o in of(nobodys, Observation)] == [
        ("nsips-2-29", "１３－００１")
    ]


@pytest.mark.parametrize(("relation", "insured"), [("2", InsuredClass.FAMILY), ("", None)])
def test_the_insurance_says_whom_it_covers(relation: str, insured: InsuredClass | None):
    insurance = {"i14": "06132013", "i16": "１", "i17": "２", "i18": relation, "i19": "30", "i20": "70"}
    (coverage,) = of(one(VER, patient(**insurance), order(), usage(), drug()), Coverage)
    assert (coverage.insured_class, coverage.copay_percent, coverage.benefit_percent) == (insured, 30, 70)


def test_containers_and_materials_are_kept_and_are_no_drugs():
    container = drug(i3="3", i4="", i7="Y01", i8="容器", i16="1", i18="個")
    document = one(VER, patient(), order(), usage(i13="3"), drug(), container, drug(i3="2", i5="710010093"))
    assert len(of(document, MedicationDispense)) == 1
    first, second = of(document, DeviceUseStatement)
    assert (first.concept.text, first.concept.codings) == (
        "容器",
        (Coding(CodeSystem.PHARMACY_DRUG, "Y01"),),
    )
    assert second.concept.codings[1] == Coding(CodeSystem.RECEIPT_MATERIAL, "710010093")


def test_a_drug_belongs_to_the_usage_right_above_it_whatever_its_rp_number():
    rows = [usage(), drug(), usage(i3="就寝前"), drug(i8="別の錠")]
    first, second = of(one(VER, patient(), order(), *rows), MedicationDispense)
    assert (first.dosage.times_a_day, second.dosage.times_a_day) == (3, 3)
    assert (first.rp_number, second.rp_number) == (1, 2)
    assert second.dosage.text == "就寝前"


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({}, "2025-07-22"),
        ({"i7": ""}, "2025-07-20"),
        ({"i7": "", "i6": ""}, "2025-07-19"),
        ({"i7": "99999999"}, "2025-07-20"),
    ],
)
def test_the_day_falls_back_to_reception_and_issue(dates: dict[str, str], day: str):
    document = one(VER, patient(), order(**({"i6": "20250720", "i4": "20250719"} | dates)), usage(), drug())
    assert document.period == day


# --- versions


def version(update: str, sent_at: str, former: str = "") -> Document:
    head = f"VER010603,{sent_at},P,PC1,14,4,0842302,薬局,,,,{former}"
    return one(head, patient(), order(update), usage(), drug())


def test_versions_of_one_prescription_sort_as_they_supersede():
    in_order = [
        version("A", "20250722100000"),
        version("A", "20250722120000"),
        version("U", "20250722110000"),
        version("U", "20250722113000"),
        version("U", "20250722113000", "A25072200000010100000.txt"),
        version("U", "20250722113000", "U25072200000010100001.txt"),
        version("D", "20250722113000", "U25072200000010100001.txt"),
        version("U", "20250722130000"),
        version("D", "20250722140000"),
    ]
    assert len({document.key for document in in_order}) == 1
    sequences = [document.sequence for document in in_order]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) == len(sequences)


def test_a_new_one_that_comes_late_never_supersedes_an_update():
    assert version("A", "20250723000000").sequence < version("U", "20250722000000").sequence


def test_a_deletion_is_a_tombstone_without_records():
    document = one(VER, patient(), order("D"))
    assert (document.tombstone, document.records) == (True, ())
    assert document.kind is DocumentKind.DISPENSING
    assert document.key == one(VER, patient(), order(), usage(), drug()).key
    assert [(f.code, f.severity) for f in document.findings] == [("NSIPS-D011", Severity.INFO)]


def test_a_deletion_may_be_almost_empty():
    found = read(VER, "2,250722000000101,,D")
    (document,) = found.documents
    assert (document.tombstone, document.key) == (True, "dispensing:1440842302:250722000000101")
    assert errors(found) == set()


def test_an_update_is_a_whole_replacement():
    document = one(VER, patient(), order("U"), usage(), drug(i8="後の錠"))
    assert (document.tombstone, len(of(document, MedicationDispense))) == (False, 1)


def test_an_unknown_update_letter_is_taken_for_new():
    found = read(VER, patient(), order("X"), usage(), drug())
    assert "NSIPS-D006" in codes(found)
    assert found.documents[0].sequence.startswith("0-")


def test_prescriptions_without_a_number_are_told_apart_by_what_they_are():
    def key(**items: str) -> str:
        return one(VER, patient(), order(i1="000"), usage(), drug(**items)).key

    assert key() == key(i25="棚A")
    assert key() != key(i16="2")
    assert key().startswith("dispensing:1440842302:2025-07-22:")
    assert "NSIPS-D007" in codes(read(VER, patient(), order(i1=""), usage(), drug()))


# --- what real senders do


def test_a_file_without_a_header_takes_the_pharmacy_from_its_source():
    rows = [patient(), order(), usage(), drug()]
    assert one(*rows, facility="1440842302").key == one(VER, *rows).key
    found = read(*rows)
    assert (found.documents[0].facility, codes(found)) == ("", {"NSIPS-F002"})


def test_the_prescription_may_stand_before_the_patient():
    assert (
        one(VER, order(), patient(), usage(), drug()).records
        == one(VER, patient(), order(), usage(), drug()).records
    )


def test_a_file_may_hold_several_prescriptions():
    again = [patient(i1="P8"), order(i1="250722000000202"), usage(), drug()]
    for separated in ([VER], []):
        found = read(VER, patient(), order(), usage(), drug(), *separated, *again)
        assert [d.patient.local_id for d in found.documents] == ["P7", "P8"]
        assert [d.facility for d in found.documents] == ["1440842302"] * 2


def test_items_beyond_the_layout_are_told_and_the_rest_is_read():
    found = read(VER, patient() + ",extra", order(), usage(), drug(), row(23, "5", i22="1") + ",9", "9,1")
    assert {("TEXT-006", 2), ("TEXT-006", 6), ("TEXT-005", 7)} == {(f.code, f.line) for f in found.findings}
    assert len(found.documents) == 1


def test_short_rows_and_blanks_are_read():
    found = read(VER, " 1 ,P7,,架空　太郎, 1 ,19500101", order(), "3,1,,毎食後", "4,1,1,1,2171022F1029")
    assert errors(found) == set()
    assert found.documents[0].patient.sex is Sex.MALE


def test_fees_are_counted_and_are_no_records():
    found = read(VER, patient(), order(), usage(), drug(), row(21, "5"), row(28, "6"), row(6, "7"), "8,1")
    assert found.source_rows == dict.fromkeys(["VER", *"12345678"], 1)
    assert codes(found) == set()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([patient(), usage(), drug()], "NSIPS-D001"),
        ([patient(), order(i4="", i6="", i7="")], "NSIPS-D002"),
        ([patient(), order(), usage()], "NSIPS-D003"),
        ([patient(), order(), usage(i13="2"), drug()], "NSIPS-D004"),
    ],
)
def test_half_a_prescription_is_refused_with_a_reason(rows: list[str], code: str):
    found = read(VER, *rows)
    assert found.documents == ()
    assert code in errors(found)


def test_a_file_cut_off_within_a_drug_is_refused():
    data = f"{VER}\r\n{patient()}\r\n{order()}\r\n{usage()}\r\n{drug()}".encode("cp932")
    for length in range(data.rindex(b"4,1,1"), len(data)):
        found = read_nsips(data[:length])
        assert found.documents == ()
        assert {"NSIPS-D003", "NSIPS-D005"} & errors(found)


def test_a_file_without_prescriptions_says_so():
    assert errors(read(VER)) == {"NSIPS-F001"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([order(), usage(), drug()], "NSIPS-P001"),
        ([patient(i4="男", i5="昭和"), order(), usage(), drug()], "NSIPS-P002"),
        ([patient(i4=""), order(), usage(), drug()], "NSIPS-P003"),
        ([patient(i5=""), order(), usage(), drug()], "NSIPS-P004"),
        ([patient(), order(), drug()], "NSIPS-D008"),
        ([patient(), order(), usage(), drug(), drug()], "NSIPS-D009"),
        ([patient(), order(), usage(), drug(i4="", i8="")], "NSIPS-D010"),
        ([patient(), order(), usage(), drug(i4="123")], "TEXT-013"),
    ],
)
def test_a_gap_is_told_and_the_dispensing_is_kept(rows: list[str], code: str):
    found = read(VER, *rows)
    assert len(found.documents) == 1
    assert code in codes(found)
