"""調剤 claims: a drug dispensed on a day is one record; fees are acts; samples and made-up claims."""

from datetime import date
from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import CHOZAI
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.rows import read_source, serialise
from appliance.limits import DISPENSINGS_PER_GROUP_MAX
from appliance.records.administrative import Coverage, Organization, Practitioner
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    MedicationDispense,
    Observation,
    Procedure,
)
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, DocumentKind, Format
from appliance.records.finding import Severity
from appliance.records.identity import patient_parts
from tests.formats.uke.independent import claims_of, named_rows
from tests.formats.uke.made_up import codes_of, data_of, row, trailer

YK = "YK,1,13,4,1234567,架空薬局,202507,00,03-0000-0000"


def c(row_id: str, **items: str | int) -> str:
    return row(row_id, "chozai", **items)


def receipt(**items: str | int) -> str:
    sound = {
        "receipt_no": 1,
        "receipt_type": "4112",
        "care_month": "202506",
        "patient_name": "架空　太郎",
        "sex": 1,
        "birth_date": "19500101",
        "prescriber_prefecture": "13",
        "prescriber_fee_table": "1",
        "prescriber_facility_code": "7654321",
        "prescriber_facility_name": "架空内科",
        "doctor_1": "架空　医一",
        "doctor_2": "架空　医二",
        "dispensing_record_no": "D-77",
    }
    return c("RE", **(sound | items))


def insurer(points: int = 100) -> str:
    return c(
        "HO",
        insurer_no="06132013",
        insured_symbol="１",
        insured_number="２",
        reception_count=2,
        total_points=points,
    )


def group(**items: str | int) -> str:
    return c("SH", **({"rp_no": "01", "dosage_form": 1, "usage_code": "003"} | items))


def dispensed(**items: str | int) -> str:
    sound = {
        "doctor_no": 1,
        "prescribed_date": "20250604",
        "dispensed_date": "20250605",
        "dispensed_quantity": 14,
    }
    return c("CZ", **(sound | items))


def drug(**items: str | int) -> str:
    return c("IY", **({"burden_type": "1", "drug_code": "620124201", "quantity": "3"} | items))


def document_of(*rows: str) -> Document:
    reader = UkeReader(data_of(YK, *rows), CHOZAI)
    (document,) = reader.documents()
    return document


def of(document: Document, kind: type) -> list:
    return [record for record in document.records if isinstance(record, kind)]


def drugs_of(*rows: str) -> list[MedicationDispense]:
    return of(document_of(receipt(), insurer(), *rows), MedicationDispense)


# --- samples ----------------------------------------------------------------------------------------


@pytest.fixture
def sample(shared: Path) -> bytes:
    return (shared / "samples" / "uke" / "constructed" / "RECEIPTY.CYO").read_bytes()


def test_the_sample_claim(sample: bytes):
    found = parse(sample)
    assert (found.format, found.complete) == (Format.UKE_CHOZAI, True)
    (document,) = found.documents
    assert document.kind is DocumentKind.CLAIM
    assert document.facility == "1349999946"
    assert (document.organization.name, document.set_key) == (
        "サンプル調剤薬局",
        "uke-chozai:1349999946:1:2025-07:00",
    )
    assert (document.period, document.points, document.points_computed) == ("2025-06", 528, None)
    insurance, public = of(document, Coverage)
    assert (insurance.actual_days, insurance.branch, public.copay_yen) == (2, "01", 1500)
    assert of(document, Organization) == [Organization("1319999913", "サンプル病院")]
    assert [p.name for p in of(document, Practitioner)] == ["基金　太郎", "基金　花子"]
    assert of(document, Condition) == of(document, Encounter) == []
    (remark,) = of(document, Observation)
    assert remark.text == "５０７０６１９"


def test_the_samples_drugs_agree_with_a_second_reading(sample: bytes, shared: Path):
    (document,) = parse(sample).documents
    (rows,) = claims_of(list(named_rows(sample, "chozai", shared)))
    expected = []
    current: dict = {}
    for r in rows:
        if r["id"] in ("SH", "CZ"):
            current[r["id"]] = r
        elif r["id"] == "IY":
            expected.append(
                (
                    r["drug_code"],
                    r["quantity"],
                    int(current["SH"]["rp_no"]),
                    int(current["CZ"]["dispensed_quantity"]),
                    current["CZ"]["dispensed_date"],
                    current["CZ"]["prescribed_date"],
                    rows[0][f"doctor_{current['CZ']['doctor_no']}"],
                )
            )
    assert [
        (
            m.concept.codings[0].code,
            m.quantity,
            m.rp_number,
            m.days_supplied,
            f"{m.dispensed:%Y%m%d}",
            f"{m.prescribed:%Y%m%d}",
            m.prescriber,
        )
        for m in of(document, MedicationDispense)
    ] == expected


def test_the_sample_serialises_back(sample: bytes):
    assert serialise(read_source(sample)) == sample


def test_the_official_lines_in_the_payers_form(shared: Path):
    text = (shared / "samples" / "uke" / "dispensing_official_lines.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line[:1].isdigit()]
    found = parse(data_of(*lines))
    assert found.format is Format.UKE_CHOZAI
    (document,) = found.documents
    assert (document.facility, document.patient.name.kana) == ("1349999946", "サンプルニ")
    (one,) = of(document, MedicationDispense)
    assert (one.concept.codings[0].code, one.quantity, one.dispensed) == ("620124201", "4", None)
    assert one.prescribing_facility == "1319999913"
    assert found.source_rows == {"MN": 1, "YK": 1, "RE": 1, "IY": 1, "EX": 1, "RC": 1}
    assert {f.code for f in found.all_findings if f.severity is Severity.ERROR} == set()


# --- made-up claims ---------------------------------------------------------------------------------


def test_a_drug_dispensed_by_mouth():
    (one,) = drugs_of(group(usage_text="粉砕"), dispensed(), drug(single_dose="1"))
    assert (one.dispensed, one.prescribed) == (date(2025, 6, 5), date(2025, 6, 4))
    assert (one.category, one.quantity, one.days_supplied, one.total, one.supply_unit) == (
        "内服",
        "3",
        14,
        "",
        "日分",
    )
    assert (one.rp_number, one.order_in_rp) == (1, 1)
    assert (one.prescriber, one.prescribing_facility) == ("架空　医一", "1317654321")
    assert one.dosage.text == "1日3回食後服用　粉砕"
    assert one.dosage.usage.codings[0].code == "003"
    assert one.dosage.amount == "1"


def test_each_drug_of_a_group_is_told_for_each_day_it_was_dispensed():
    days = [dispensed(), dispensed(dispensed_date="20250619", doctor_no=2)]
    found = drugs_of(group(), *days, drug(), drug(drug_code="610454023"))
    assert [(m.concept.codings[0].code, m.dispensed.day, m.order_in_rp, m.prescriber) for m in found] == [
        ("620124201", 5, 1, "架空　医一"),
        ("620124201", 19, 1, "架空　医二"),
        ("610454023", 5, 2, "架空　医一"),
        ("610454023", 19, 2, "架空　医二"),
    ]


def test_an_external_drug_is_dispensed_whole():
    (one,) = drugs_of(
        group(dosage_form=5, usage_code="900", usage_text="１日２回患部に塗布"),
        dispensed(dispensed_quantity=1),
        drug(quantity="25.5"),
    )
    assert (one.category, one.total, one.days_supplied, one.supply_unit) == ("外用", "25.5", 1, "")
    assert (one.dosage.text, one.dosage.usage) == ("１日２回患部に塗布", None)


def test_comments_go_with_what_stands_before_them():
    comment = c("CO", comment_code="810000001", comment_text="全体")
    behind = c("CO", comment_code="810000001", comment_text="この薬")
    first, second = drugs_of(group(), dispensed(), comment, drug(), behind, drug(mix_type=1, mix_branch=2))
    assert [n.text for n in first.notes] == ["全体", "この薬"]
    assert [n.text for n in second.notes] == ["計量混合2", "全体"]


def test_materials_are_devices():
    material = c(
        "TO", burden_type="1", material_code="710010003", quantity="2", unit_code="007", unit_price="17",
        material_name="架空針",
    )  # fmt: skip
    document = document_of(
        receipt(), insurer(), group(dosage_form=9), dispensed(dispensed_quantity=3), material
    )
    (device,) = of(document, DeviceUseStatement)
    assert (device.concept.text, device.times, device.quantity, device.unit, device.unit_price_yen) == (
        "架空針",
        3,
        "2",
        "007",
        "17",
    )
    assert device.used == date(2025, 6, 5)


def test_fees_are_acts_on_their_day():
    fees = dispensed(
        prep_fee_burden="1",
        prep_fee_code="420001810",
        prep_fee_points=24,
        addition1_burden="1",
        addition1_code="430000170",
        addition1_points=8,
        mgmt_fee_burden="1",
        mgmt_fee_code="440007610",
        mgmt_fee_points=28,
    )
    base = c(
        "KI", calc_date="20250605", base_fee_burden="1", base_fee_code="410000110", base_fee_points=45,
        mgmt1_burden="1", mgmt1_code="440001010", mgmt1_count=2, mgmt1_points=59,
        mgmt_note1_code="440001110", base_addition10_code="410000910", base_addition10_points=5,
    )  # fmt: skip
    document = document_of(receipt(), insurer(), group(), fees, drug(), base)
    acts = of(document, Procedure)
    assert [(a.concept.codings[0].code, a.points, a.times, a.unit_no, a.notes[0].text) for a in acts] == [
        ("420001810", 24, 1, 1, "薬剤調製料"),
        ("430000170", 8, 1, 1, "加算料1"),
        ("440007610", 28, 1, 1, "調剤管理料"),
        ("410000110", 45, 1, 2, "調剤基本料"),
        ("440001010", 59, 2, 2, "薬学管理料1"),
        ("440001110", None, 1, 2, "摘要薬学管理料1"),
        ("410000910", 5, 1, 2, "調剤基本料加算10"),
    ]
    assert {a.performed for a in acts} == {date(2025, 6, 5)}
    assert {a.concept.codings[0].system for a in acts} == {CodeSystem.RECEIPT_DISPENSING_ACT}


def test_the_form_before_2022_is_read():
    old = ",".join(dispensed(prep_fee_code="420001810", prep_fee_points=24).split(",")[:54])
    document = document_of(receipt(), insurer(), group(), old, drug())
    (one,) = of(document, MedicationDispense)
    assert one.dispensed == date(2025, 6, 5)
    assert len(of(document, Procedure)) == 1


def test_old_dates_by_era_are_read():
    (one,) = drugs_of(group(), dispensed(dispensed_date="4280605", prescribed_date="4280604"), drug())
    assert one.dispensed == date(2016, 6, 5)


def test_a_dispensing_record_number_is_not_the_patients():
    document = document_of(receipt(), insurer(), group(), dispensed(), drug())
    assert document.patient.local_id == ""
    assert [m.dispensing_record_no for m in of(document, MedicationDispense)] == ["D-77"]
    assert patient_parts(document.patient, tuple(of(document, Coverage)))[0] == "insured"
    assert codes_of(document) == set()


def test_the_narcotics_licence_is_the_only_doctors():
    told = receipt(narcotic_license="１３－００１", doctor_2="")
    document = document_of(told, insurer(), group(), dispensed(), drug())
    assert [(p.name, p.narcotics_licence) for p in of(document, Practitioner)] == [
        ("架空　医一", "１３－００１")
    ]
    assert of(document, Observation) == []


@pytest.mark.parametrize("items", [{}, {"prescriber_facility_code": "", "doctor_2": ""}])
def test_a_licence_that_might_be_anybodys_is_a_remark(items: dict[str, str]):
    told = receipt(narcotic_license="１３－００１", **items)
    document = document_of(told, insurer(), group(), dispensed(), drug())
    assert not any(p.narcotics_licence for p in of(document, Practitioner))
    (remark,) = of(document, Observation)
    assert (remark.text, remark.concept.codings[0].display) == ("１３－００１", "麻薬免許番号")


def test_an_institution_without_a_number_is_known_by_its_name():
    document = document_of(receipt(prescriber_facility_code=""), insurer(), group(), dispensed(), drug())
    assert of(document, Organization) == of(document, Practitioner) == []
    assert of(document, MedicationDispense)[0].prescribing_facility == "架空内科"


@pytest.mark.parametrize("number", ["", "0", "21", "x"])
def test_a_doctor_outside_the_list_has_no_name(number: str):
    (one,) = drugs_of(group(), dispensed(doctor_no=number), drug())
    assert one.prescriber == ""


def test_drugs_without_their_group_are_kept_and_told():
    document = document_of(receipt(), insurer(), drug())
    (one,) = of(document, MedicationDispense)
    assert (one.dispensed, one.category, one.dosage) == (None, "不明", None)
    assert codes_of(document) == {"UKE-R017"}


def test_a_group_without_a_dispensing_is_kept_and_told():
    document = document_of(receipt(), insurer(), group(), drug())
    assert [m.dispensed for m in of(document, MedicationDispense)] == [None]
    assert codes_of(document) == {"UKE-R018"}


def test_more_dispensings_than_a_month_holds_are_told():
    document = document_of(
        receipt(), insurer(), group(), *[dispensed()] * (DISPENSINGS_PER_GROUP_MAX + 1), drug()
    )
    assert len(of(document, MedicationDispense)) == DISPENSINGS_PER_GROUP_MAX
    assert codes_of(document) == {"UKE-R019"}


def test_the_trailer_is_checked():
    rows = [YK, receipt(), insurer(100), group(), dispensed(), drug()]
    assert codes_of(parse(data_of(*rows, trailer(1, 100)))) == set()
    assert codes_of(parse(data_of(*rows, trailer(2, 101)))) == {"UKE-F004", "UKE-F005"}


def test_split_fees_are_counted_only():
    split = c("ST", doctor_nos="1", prescribed_date="20250604", dispensed_date="20250605")
    found = parse(data_of(YK, receipt(), insurer(), group(), dispensed(), drug(), split, trailer(1, 100)))
    assert codes_of(found) == {"UKE-F017"}


def test_a_damaged_pharmacy_row_costs_what_it_does_not_say():
    reader = UkeReader(data_of(YK.replace(",13,4,", ",,4,"), receipt(), insurer(), group()), CHOZAI)
    assert list(reader.documents()) == []
    assert {"UKE-R001", "UKE-C004"} <= {f.code for f in reader.findings}


def test_every_item_that_becomes_a_fee_is_one_with_points_and_payer():
    fees = [item.name for item in layouts("chozai")["KI"].items if item.name.endswith("_code")]
    assert len(fees) == 1 + 12 + 3 + 10 + 3
