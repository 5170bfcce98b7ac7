"""DPC claims: the public sample against a second reading of it, and made-up claims one thing at a time."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import DPC
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.rows import read_source, serialise
from appliance.records.administrative import Coverage
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
    Procedure,
)
from appliance.records.coding import CodeSystem
from appliance.records.document import Document, Format, Parsed
from appliance.records.finding import Severity
from appliance.records.identity import identify
from tests.formats.uke.independent import Named, claims_of, named_rows
from tests.formats.uke.made_up import IR, codes_of, data_of, insurer, row, trailer

POINTS = [
    57706, 109534, 106727, 2807, 199749, 196132, 3617, 150064, 41793, 207295, 19281, 188014, 137763, 123449,
]  # fmt: skip
"""合計点数 of the sample's claims in its order (first HO row under each RE)."""


@pytest.fixture(scope="module")
def data(shared: Path) -> bytes:
    return (shared / "samples" / "uke" / "ssk_dpc_wareki_RECEIPTD.UKE").read_bytes()


@pytest.fixture(scope="module")
def official(data: bytes) -> Parsed:
    return parse(data)


@pytest.fixture(scope="module")
def claims(data: bytes, shared: Path) -> list[list[Named]]:
    return claims_of(list(named_rows(data, "dpc", shared)))


def of(document: Document, kind: type) -> list:
    return [record for record in document.records if isinstance(record, kind)]


def western(text: str) -> date | None:
    """平成 dates of the sample (`4280617`), some of 昭和 and before."""
    if not text:
        return None
    first = {"1": 1867, "2": 1911, "3": 1925, "4": 1988}[text[0]]
    return date(first + int(text[1:3]), int(text[3:5]), int(text[5:7]))


def test_the_sample_holds_fourteen_claims_and_no_unknown_row(official: Parsed):
    assert (official.format, official.lines, official.encoding) == (Format.UKE_DPC, 3382, "cp932")
    assert [d.points for d in official.documents] == POINTS
    assert {d.points_computed for d in official.documents} == {None}
    assert sum(official.source_rows.values()) == 3382
    assert not {"UKE-F008", "UKE-F018", "UKE-C021"} & codes_of(official)


def test_it_raises_neither_warning_nor_error(official: Parsed):
    assert {f.severity for f in official.all_findings} == {Severity.INFO}


def test_claims_of_one_summary_have_keys_of_their_own(official: Parsed):
    kinds = [d.key.split(":")[4] for d in official.documents]
    assert kinds == [
        "1127.0", "1117.1", "1117.2.20160426", "1117.3.20160426", "1129.1", "1129.2.20160426", "1129.3.20160426", "1119.0",
        "1121.0", "1111.1", "1111.2.20160425", "1111.2.20160517", "1111.1", "1111.2.20161025",
    ]  # fmt: skip
    assert len({d.key for d in official.documents}) == 14


def test_every_diagnosis_of_the_sample_is_there_with_its_icd10_and_role(
    official: Parsed, claims: list[list[Named]]
):
    for document, rows in zip(official.documents, claims, strict=True):
        expected = [(r["disease_code"], r["icd10"], r["disease_role"]) for r in rows if r["id"] == "SB"]
        read = [
            (c.concept.codings[0].code, c.concept.codings[1].code, c.role)
            for c in of(document, Condition)
            if c.role
        ]
        assert read == expected
        assert [c.role == "11" for c in of(document, Condition) if c.role] == [
            role == "11" for *_, role in expected
        ]
        assert sum(not c.role for c in of(document, Condition)) == sum(r["id"] == "SY" for r in rows)


def test_stays_are_those_of_the_diagnosis_group(official: Parsed, claims: list[list[Named]]):
    for document, rows in zip(official.documents, claims, strict=True):
        for group in (r for r in rows if r["id"] == "BU"):
            (stay,) = of(document, Encounter)
            admission = western(group["admission_date"])
            first = western(rows[0]["care_month"] + "01")
            assert stay.encounter_class is EncounterClass.INPATIENT
            assert stay.admission == admission
            assert stay.start == max(admission, first)
            assert stay.end == western(group["discharge_date"])


def test_a_summary_holds_sums_and_no_stay(official: Parsed):
    for document in official.documents:
        if document.key.split(":")[4].endswith(".1"):
            assert {type(r) for r in document.records} <= {Coverage, Observation}
            assert "UKE-C014" not in codes_of(document)


def told(document: Document) -> Counter:
    """(code, day) → how often, over all acts, drugs and materials of a document."""
    found: Counter = Counter()
    for record in document.records:
        if isinstance(record, Procedure) and record.concept.codings[0].system == CodeSystem.RECEIPT_PROCEDURE:
            found[record.concept.codings[0].code, record.performed] += record.times
        elif isinstance(record, MedicationRequest):
            found[record.concept.codings[0].code, record.authored] += record.days_supplied or record.times
        elif isinstance(record, DeviceUseStatement):
            found[record.concept.codings[0].code, record.used] += record.times
    return found


def test_every_coded_act_of_the_sample_is_told_once_and_on_its_day(
    official: Parsed, claims: list[list[Named]]
):
    for document, rows in zip(official.documents, claims, strict=True):
        corrected = {3097} if document.first_line == 2629 else set()
        charged: Counter = Counter()
        coded: Counter = Counter()
        month = western(rows[0]["care_month"] + "01")
        for r in rows:
            if r["id"] in ("SI", "IY", "TO") and r["line"] not in corrected:
                code = r.get("procedure_code") or r.get("drug_code") or r.get("material_code")
                for day in range(1, 32):
                    if r[f"day_{day}"]:
                        charged[code, month.replace(day=day)] += int(r[f"day_{day}"])
            elif r["id"] == "CD":
                coded[r["item_code"], western(r["performed_date"])] += int(r["count"])
        assert told(document) == charged | coded


def test_operations_keep_their_section_and_words(official: Parsed, claims: list[list[Named]]):
    for document, rows in zip(official.documents, claims, strict=True):
        expected = [
            (r["section_no"] or r["care_class"], western(r["performed_date"]), r["procedure_name"])
            for r in rows
            if r["id"] == "SK"
        ]
        read = [
            (p.concept.codings[0].code, p.performed, p.concept.text)
            for p in of(document, Procedure)
            if p.concept.codings[0].system in (CodeSystem.RECEIPT_SECTION, CodeSystem.RECEIPT_DPC_CLASS)
        ]
        assert read == expected


def test_what_the_claim_tells_about_the_stay_is_in_words(official: Parsed):
    texts = [o.text for o in of(official.documents[2], Observation)]
    assert "診断群分類番号: 0400801399X002" in texts
    assert "DPC転帰区分: その他" in texts
    assert "予定・緊急入院区分: 緊急入院" in texts
    assert "前回退院年月日: 2006-04-26" in texts
    assert "重症度等: 市中肺炎　Ａ－ＤＲＯＰスコア：２" in texts
    assert "19日〜23日 7日以内の再入院までの日" in texts


def test_rows_that_the_payer_side_corrected_are_told_and_left_out(official: Parsed):
    document = official.documents[11]
    assert (document.first_line, document.points) == (2629, 188014)
    assert {("UKE-C012", 3095), ("UKE-C012", 3096), ("UKE-C023", 3097)} <= {
        (f.code, f.line) for f in document.findings
    }


def test_the_sample_serialises_back(data: bytes):
    assert serialise(read_source(data)) == data


def test_ids_do_not_change_when_the_rows_of_a_claim_are_sorted_anew(official: Parsed):
    document = official.documents[0]
    sb = [r for r in identify(document, "p") if isinstance(r.record, Condition)]
    again = Document(
        document.kind,
        document.key,
        document.facility,
        document.patient,
        tuple(reversed(document.records)),
        document.period,
    )
    turned = {r.record: r.resource_id for r in identify(again, "p") if isinstance(r.record, Condition)}
    assert {r.record: r.resource_id for r in sb} == turned
    assert len(set(turned.values())) == 7


# --- made-up claims ---------------------------------------------------------------------------------


def d(row_id: str, **items: str | int) -> str:
    return row(row_id, "dpc", **items)


def receipt(summary: str = "0", **items: str | int) -> str:
    sound = {
        "receipt_no": 1,
        "receipt_type": "1111",
        "care_month": "202506",
        "patient_name": "架空　花子",
        "sex": 2,
        "birth_date": "19480203",
        "chart_no": "0007",
        "summary_type": summary,
    }
    return d("RE", **(sound | items))


def group(**items: str | int) -> str:
    return d("BU", **({"dpc_code": "040080X099X0XX", "admission_date": "20250602"} | items))


def coded(**items: str | int) -> str:
    sound = {
        "performed_date": "20250603",
        "care_category": "60",
        "seq_no": 1,
        "detail_no": 1,
        "item_code": "160008010",
        "count": 1,
    }
    return d("CD", **(sound | items))


def charged(day: int, row_id: str = "SI", **items: str | int) -> str:
    return d(row_id, **({"care_category": "60", "burden_type": "1", "count": 1, f"day_{day}": 1} | items))


def document_of(*rows: str) -> Document:
    reader = UkeReader(data_of(IR, *rows), DPC)
    (document,) = reader.documents()
    return document


def test_a_coded_act_that_is_charged_too_is_one_record():
    document = document_of(
        receipt(),
        insurer(),
        group(),
        charged(3, procedure_code="160008010", points=26),
        coded(),
        coded(performed_date="20250604"),
    )
    assert [(p.performed, p.points) for p in of(document, Procedure)] == [
        (date(2025, 6, 3), 26),
        (date(2025, 6, 4), None),
    ]


def test_what_is_coded_more_often_than_charged_is_told_for_the_rest():
    document = document_of(
        receipt(),
        insurer(),
        group(),
        charged(3, procedure_code="160008010", points=26),
        coded(),
        coded(seq_no=2),
    )
    assert [p.points for p in of(document, Procedure)] == [26, None]


def test_coding_data_become_drugs_materials_and_acts():
    document = document_of(
        receipt(),
        insurer(),
        group(),
        coded(care_category="21", item_code="620007853", quantity="1.5", count=7),
        coded(care_category="33", seq_no=2, item_code="620002593", quantity="2", count=3),
        coded(care_category="33", seq_no=2, detail_no=2, item_code="640407166", quantity="1"),
        coded(care_category="50", item_code="710010003", quantity="1", unit_code="007", material_name="管"),
        coded(care_category="60", item_code="160101210", quantity_data="12", count=2),
    )
    oral, drip, second = of(document, MedicationRequest)
    assert (oral.quantity, oral.days_supplied, oral.times) == ("1.5", 7, 1)
    assert (drip.days_supplied, drip.times, drip.rp_number, drip.order_in_rp) == (None, 3, 2, 1)
    assert (second.rp_number, second.order_in_rp) == (2, 2)
    assert {m.derived_from_claim for m in (oral, drip, second)} == {True}
    (device,) = of(document, DeviceUseStatement)
    assert (device.unit, device.quantity, device.concept.text) == ("007", "1", "管")
    (act,) = of(document, Procedure)
    assert (act.quantity, act.times, act.category) == ("12", 2, "60")


def test_a_stay_goes_on_where_no_discharge_is_written():
    (stay,) = of(document_of(receipt(), insurer(), group(admission_date="20250520")), Encounter)
    assert (stay.start, stay.end, stay.admission) == (date(2025, 6, 1), None, date(2025, 5, 20))


def test_a_discharge_before_the_admission_is_told():
    document = document_of(receipt(), insurer(), group(discharge_date="20250601"))
    assert codes_of(document) == {"UKE-C024"}
    assert of(document, Encounter)[0].end is None


def test_a_department_goes_with_the_stay():
    (stay,) = of(document_of(receipt(dept_name="01"), insurer(), group()), Encounter)
    assert [one.display for one in stay.departments] == ["内科"]


def test_causes_of_death_and_supplements_are_notes():
    sb = d(
        "SB",
        disease_code="5849004",
        modifier_codes="8002",
        icd10="N178",
        disease_role="01",
        is_cause_of_death="1",
        supplement_comment="架空",
    )
    (condition,) = of(document_of(receipt(), insurer(), group(), sb), Condition)
    assert [n.text for n in condition.notes] == ["架空", "死因"]
    assert (condition.suspected, condition.main, condition.onset) == (True, False, None)


def test_every_item_of_the_patients_basics_is_told():
    items = {
        "ward_transfer": ("1", "1"),
        "admission_route": ("3", "緊急入院（救急搬送）"),
        "prev_discharge_date": ("20250501", "2025-05-01"),
        "prev_same_disease": ("0", "0"),
        "age_at_admission": ("0", "0"),
        "birth_weight_g": ("2980", "2980"),
        "jcs": ("300", "300"),
        "burn_index": ("12.5", "12.5"),
        "severity": ("架空の重症度", "架空の重症度"),
        "age_months": ("11", "11"),
    }
    basics = d("KK", **{name: written for name, (written, _) in items.items()})
    told = [
        o
        for o in of(document_of(receipt(), insurer(), group(), basics), Observation)
        if o.concept.codings[0].code.startswith("KK.")
    ]
    assert {o.concept.codings[0].code.removeprefix("KK."): o.text.partition(": ")[2] for o in told} == {
        name: words for name, (_, words) in items.items()
    }
    assert all(o.text.startswith(o.concept.codings[0].display) for o in told)


def test_a_role_outside_the_table_is_told():
    sb = d("SB", disease_code="5849004", icd10="N178", disease_role="77")
    document = document_of(receipt(), insurer(), group(), sb)
    assert codes_of(document) == {"UKE-R015"}
    assert of(document, Condition)[0].role == "77"


def test_the_trailer_counts_a_summary_once():
    rows = [
        receipt("1"),
        insurer(total_points=300),
        receipt("2"),
        insurer(total_points=200),
        group(),
        receipt("3", admission_date="20250620"),
        insurer(total_points=100),
        d("SY", disease_code="8833421", start_date="20250620", outcome=1),
    ]
    reader = UkeReader(data_of(IR, *rows, trailer(1, 300)), DPC)
    documents = list(reader.documents())
    assert [x.key.split(":")[4] for x in documents] == ["1111.1", "1111.2.20250602", "1111.3.20250620"]
    assert not {"UKE-F004", "UKE-F005", "UKE-F012"} & {f.code for f in reader.findings}


def test_the_whole_and_its_parts_may_have_different_payers_columns():
    ho = d(
        "HO",
        insurer_no="06132013",
        insured_symbol="１",
        insured_number="２",
        total_points=9,
        standard_copay=1080,
    )
    ko = d(
        "KO",
        public_payer_no="54135017",
        recipient_no="2222222",
        total_points=9,
        copay_amount=10000,
        meal_count=5,
    )
    insurance, public = of(document_of(receipt(), ho, ko, group()), Coverage)
    assert (insurance.points, public.copay_yen, public.meal_count) == (9, 10000, 5)
