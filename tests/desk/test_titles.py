"""Every record type in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from appliance.desk.titles import TIMELINE_TYPES, code_of, coverage_in_words, detail_of, title_of
from appliance.records.administrative import Coverage, CoverageKind
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Dosage,
    Encounter,
    EncounterClass,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Outcome,
    Procedure,
)
from appliance.records.codec import RECORD_TYPES
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Record

DAY = date(2026, 8, 3)


def concept(code: str = "123", display: str = "", text: str = "") -> Concept:
    return Concept((Coding(CodeSystem.RECEIPT_DRUG, code, display),), text)


RECORDS: list[tuple[Record, str, str]] = [
    (
        Encounter(
            EncounterClass.AMBULATORY,
            DAY,
            DAY,
            departments=(Coding(CodeSystem.RECEIPT_DEPARTMENT, "01", "内科"),),
        ),
        "外来受診",
        "内科",
    ),
    (Encounter(EncounterClass.INPATIENT, DAY, None), "入院", ""),
    (Condition(concept("8833421"), DAY), "傷病名コード 8833421", ""),
    (Condition(concept("0000999", text="膝が痛い"), DAY, main=True), "膝が痛い", "主傷病"),
    (
        Condition(
            concept("8833421", "高血圧症"),
            DAY,
            modifiers=(
                Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "2056", "左"),)),
                Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "8002", "の疑い"),)),
            ),
            suspected=True,
            outcome=Outcome.STOPPED,
        ),
        "高血圧症（左） の疑い",
        "転帰 中止",
    ),
    (Condition(concept(display="糖尿病"), DAY, outcome=Outcome.CONTINUING), "糖尿病", ""),
    (Condition(Concept(), None), "傷病名コード（コードなし）", ""),
    (Procedure(concept("160000410"), DAY, "60", 1, times=2), "診療行為コード 160000410", "検査・病理・2回"),
    (
        MedicationRequest(concept(display="練習錠"), DAY, "21", 1, 1, quantity="3", days_supplied=14),
        "練習錠",
        "投薬 内服・1日量 3・14日分",
    ),
    (MedicationRequest(concept(), DAY, "23", quantity="50"), "医薬品コード 123", "投薬 外用・数量 50"),
    (DeviceUseStatement(concept(), DAY, quantity="1", product="練習針"), "練習針", "数量 1"),
    (
        Observation(ObservationCategory.NARRATIVE, concept("01"), DAY, "経過良好"),
        "症状詳記区分 01",
        "経過良好",
    ),
    (
        Observation(
            ObservationCategory.LABORATORY,
            concept("3F050", "LDL"),
            DAY,
            value="152",
            unit="mg/dL",
            interpretation="H",
            range_low="60",
            range_high="119",
        ),
        "LDL",
        "152 mg/dL・高い・基準 60〜119",
    ),
    (
        Observation(ObservationCategory.CHECKUP, concept("9N501"), DAY, value="陰性", range_text="陰性"),
        "検査コード 9N501",
        "陰性・基準 陰性",
    ),
    (
        MedicationDispense(
            concept(display="練習錠"),
            DAY,
            quantity="3",
            unit="錠",
            days_supplied=7,
            dosage=Dosage("毎食後"),
            prescribing_facility="練習用内科",
        ),
        "練習錠",
        "1日量 3錠・7日分・毎食後・処方 練習用内科",
    ),
    (
        MedicationRequest(
            concept(), DAY, quantity="1", unit="本", dosage=Dosage(usage=concept("2B", "頓用"))
        ),
        "医薬品コード 123",
        "数量 1本・頓用",
    ),
    (AllergyIntolerance(concept(display="そば"), "food", DAY, "じんましん"), "そば", "じんましん"),
    (Immunization(concept(display="インフルエンザ"), DAY, "A12"), "予防接種 インフルエンザ", "製造番号 A12"),
    (
        DocumentReference(
            concept(text="診療情報提供書"), DAY, "紹介状", "application/pdf", "0", 1, "練習　花子"
        ),
        "紹介状",
        "診療情報提供書・練習　花子",
    ),
    (Observation(ObservationCategory.NARRATIVE, Concept(), None, "次回検査"), "コメント", "次回検査"),
]


@pytest.mark.parametrize(("record", "title", "detail"), RECORDS)
def test_each_record_says_what_it_is(record: Record, title: str, detail: str):
    assert title_of(record) == title
    if detail == "検査・病理・2回":  # the category's words are the specification's
        assert detail_of(record).endswith("2回")
    else:
        assert detail_of(record) == detail


def test_every_type_that_is_no_header_has_its_words():
    assert set(TIMELINE_TYPES) == set(RECORD_TYPES) - {
        "Coverage",
        "Organization",
        "Practitioner",
        "Specimen",
    }
    assert {type(record).__name__ for record, *_ in RECORDS} == set(TIMELINE_TYPES)


def test_comments_follow_what_they_are_about():
    record = replace(Procedure(concept(), DAY), notes=(Note("前回 2026年7月"), Note("")))
    assert detail_of(record) == "前回 2026年7月"


def test_the_code_is_the_sources_own():
    assert code_of(Procedure(concept("9"), DAY)) == "9"
    assert code_of(Procedure(Concept(), DAY)) == ""
    assert code_of(Encounter(EncounterClass.AMBULATORY, DAY, DAY)) == ""


@pytest.mark.parametrize(
    ("kind", "payer", "words"),
    [
        (CoverageKind.INSURANCE, "06132013", "組合健保 06132013"),
        (CoverageKind.INSURANCE, "01130012", "協会けんぽ 01130012"),
        (CoverageKind.INSURANCE, "39131156", "後期高齢者医療 39131156"),
        (CoverageKind.INSURANCE, "138057", "国民健康保険 138057"),
        (CoverageKind.INSURANCE, "99999999", "医療保険 99999999"),
        (CoverageKind.PUBLIC, "12131015", "公費 12131015"),
        (CoverageKind.PUBLIC, "", "公費"),
    ],
)
def test_an_insurance_is_named_by_its_kind_without_the_persons_numbers(
    kind: CoverageKind, payer: str, words: str
):
    told = coverage_in_words(Coverage(kind, 0, payer, "記号", "番号", "01"))
    assert told == words
