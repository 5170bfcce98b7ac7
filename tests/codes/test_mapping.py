"""Documents mapped with made-up masters: what each coding becomes, what stays, what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.codes.counts import Kind, MappingCounts, Miss, Reason
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.codes.resolving import Resolver
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    Dosage,
    Encounter,
    EncounterClass,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Procedure,
    StrengthType,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Document, DocumentKind, Record
from appliance.records.identity import identify
from tests.codes.made import DAY, lookup_of, masters

S = CodeSystem
FACILITY = "1311234567"
PATIENT = Patient(FACILITY, PersonName("架空　太郎"), Sex.MALE, date(1950, 1, 1), "00042")


def document(*records: Record, period: str = "2025-06") -> Document:
    return Document(
        DocumentKind.CLAIM, "claim:made-up", "1311234567", _patient(), records, period, first_line=2
    )


def _patient() -> Patient:
    return PATIENT


def coded(system: str, code: str, text: str = "") -> Concept:
    return Concept((Coding(system, code),), text)


def mapped(
    lookup: Lookup, *records: Record, period: str = "2025-06"
) -> tuple[tuple[Record, ...], MappingCounts]:
    made, counts = map_document(document(*records, period=period), lookup)
    return made.records, counts


def codes(concept: Concept) -> dict[str, str]:
    return {coding.system: coding.code for coding in concept.codings}


def diagnosis(lookup: Lookup, concept: Concept, period: str = "2025-06") -> tuple[Concept, MappingCounts]:
    (record,), counts = mapped(lookup, Condition(concept, None), period=period)
    assert isinstance(record, Condition)
    return record.concept, counts


def drug(lookup: Lookup, *codings: Coding, on: date = DAY) -> tuple[Concept, MappingCounts]:
    (record,), counts = mapped(lookup, MedicationRequest(Concept(codings), on))
    assert isinstance(record, MedicationRequest)
    return record.concept, counts


def test_a_disease_gets_its_number_its_exchange_code_and_its_icd10_with_the_standard_name(
    made: Lookup,
) -> None:
    concept, counts = diagnosis(made, coded(S.RECEIPT_DISEASE, "1000001"))
    assert concept.codings == (
        Coding(S.RECEIPT_DISEASE, "1000001", "架空高血圧症"),
        Coding(S.MEDIS_DISEASE_KEY, "20000001", "架空高血圧症"),
        Coding(S.MEDIS_DISEASE_EXCHANGE, "AA01", "架空高血圧症"),
        Coding(S.ICD10, "I10", "架空高血圧症"),
    )
    assert concept.mapped
    assert counts.share(Kind.DIAGNOSIS, S.ICD10) == 1.0
    assert not counts.unmapped


def test_a_disease_of_two_icd10_codes_gets_both_the_underlying_one_first(made: Lookup) -> None:
    concept, _ = diagnosis(made, coded(S.RECEIPT_DISEASE, "1000002"))
    assert [one.code for one in concept.codings if one.system == S.ICD10] == ["E143", "H360"]


def test_the_words_of_the_source_stay_and_so_does_the_identity_of_the_record(made: Lookup) -> None:
    before = document(
        Condition(
            coded(S.RECEIPT_DISEASE, "1000001", "ワープロの病名"),
            date(2020, 1, 1),
            (coded(S.RECEIPT_MODIFIER, "8002"),),
        ),
        Procedure(coded(S.RECEIPT_PROCEDURE, "112000001"), DAY),
        Observation(
            ObservationCategory.NARRATIVE, coded(S.RECEIPT_COMMENT, "850000001"), DAY, "５０７０１０１"
        ),
    )
    after, _ = map_document(before, made)
    assert [one.resource_id for one in identify(before, "p")] == [
        one.resource_id for one in identify(after, "p")
    ]
    assert isinstance(after.records[0], Condition)
    assert after.records[0].concept.text == "ワープロの病名"


def test_mapping_twice_changes_nothing(made: Lookup) -> None:
    once, counts = map_document(
        document(
            Condition(coded(S.RECEIPT_DISEASE, "1000003"), None, (coded(S.RECEIPT_MODIFIER, "2056"),)),
            MedicationRequest(coded(S.RECEIPT_DRUG, "620000001"), DAY, notes=(Note("", "820000001"),)),
            MedicationRequest(coded(S.RECEIPT_DRUG, "699999999"), DAY),
            Observation(
                ObservationCategory.NARRATIVE, coded(S.RECEIPT_COMMENT, "850000001"), DAY, "５０７０１０１"
            ),
        ),
        made,
    )
    twice, again = map_document(once, made)
    assert twice == once
    assert (again.total, again.unmapped, again.later) == (counts.total, counts.unmapped, counts.later)


def test_a_code_listed_only_later_maps_with_a_finding(made: Lookup) -> None:
    made_document, counts = map_document(document(Condition(coded(S.RECEIPT_DISEASE, "1000003"), None)), made)
    (record,) = made_document.records
    assert isinstance(record, Condition)
    assert codes(record.concept)[S.ICD10] == "Z001"
    assert [finding.code for finding in made_document.findings] == ["CODES-001"]
    assert counts.later == {(S.RECEIPT_DISEASE, "1000003"): 1}


def test_a_month_in_which_a_code_begins_or_ends_counts_as_valid(made: Lookup) -> None:
    for code, period in (("1000003", "2025-07"), ("1000004", "2024-12")):
        concept, counts = diagnosis(made, coded(S.RECEIPT_DISEASE, code), period)
        assert concept.mapped
        assert not counts.later


def test_an_abolished_code_travels_as_it_is_with_a_finding(made: Lookup) -> None:
    made_document, counts = map_document(
        document(Condition(coded(S.RECEIPT_DISEASE, "1000004"), date(2024, 1, 1))), made
    )
    (record,) = made_document.records
    assert isinstance(record, Condition)
    assert record.concept == coded(S.RECEIPT_DISEASE, "1000004")
    assert [finding.code for finding in made_document.findings] == ["CODES-002"]
    assert counts.unmapped == {Miss(S.RECEIPT_DISEASE, "1000004", Reason.ABOLISHED): 1}


def test_a_drug_is_looked_up_for_its_own_day(made: Lookup) -> None:
    before, _ = drug(made, Coding(S.RECEIPT_DRUG, "620000005"), on=date(2025, 3, 31))
    after, counts = drug(made, Coding(S.RECEIPT_DRUG, "620000005"), on=date(2025, 4, 1))
    assert (before.mapped, after.mapped) == (True, False)
    assert list(counts.unmapped) == [Miss(S.RECEIPT_DRUG, "620000005", Reason.ABOLISHED)]


def test_the_uncoded_disease_is_named_and_not_mapped(made: Lookup) -> None:
    concept, counts = diagnosis(made, coded(S.RECEIPT_DISEASE, "0000999", "ワープロの病名"))
    assert concept == Concept((Coding(S.RECEIPT_DISEASE, "0000999", "未コード化傷病名"),), "ワープロの病名")
    assert list(counts.unmapped) == [Miss(S.RECEIPT_DISEASE, "0000999", Reason.NO_STANDARD)]


def test_a_disease_without_icd10_has_its_number_and_is_told_as_partly_mapped(made: Lookup) -> None:
    concept, counts = diagnosis(made, coded(S.RECEIPT_DISEASE, "1000005"))
    assert S.ICD10 not in codes(concept)
    assert concept.mapped
    assert counts.partly == {Miss(S.RECEIPT_DISEASE, "1000005", Reason.NO_STANDARD, S.ICD10): 1}


def test_a_disease_written_with_a_medis_code_gets_the_others(made: Lookup) -> None:
    by_number, _ = diagnosis(made, coded(S.MEDIS_DISEASE_KEY, "20000001"))
    by_exchange, _ = diagnosis(made, coded(S.MEDIS_DISEASE_EXCHANGE, "AA90"))
    assert codes(by_number) == {
        S.MEDIS_DISEASE_KEY: "20000001",
        S.RECEIPT_DISEASE: "1000001",
        S.MEDIS_DISEASE_EXCHANGE: "AA01",
        S.ICD10: "I10",
    }
    assert codes(by_exchange)[S.ICD10] == "Z900"


def test_an_unknown_disease_travels_as_it_is_and_is_counted(made: Lookup) -> None:
    concept, counts = diagnosis(made, coded(S.RECEIPT_DISEASE, "7777777"))
    assert concept == coded(S.RECEIPT_DISEASE, "7777777")
    assert not concept.mapped
    assert list(counts.unmapped) == [Miss(S.RECEIPT_DISEASE, "7777777", Reason.UNKNOWN)]
    assert counts.share(Kind.DIAGNOSIS, S.ICD10) == 0.0


def test_modifiers_keep_their_order_and_get_their_names(made: Lookup) -> None:
    modifiers = tuple(coded(S.RECEIPT_MODIFIER, code) for code in ("2056", "8002", "9999"))
    (record,), counts = mapped(
        made, Condition(coded(S.RECEIPT_DISEASE, "1000001"), None, modifiers, suspected=True)
    )
    assert isinstance(record, Condition)
    assert [(one.code, one.codings[0].display) for one in record.modifiers] == [
        ("2056", "右"),
        ("8002", "の疑い"),
        ("9999", ""),
    ]
    assert record.modifiers[0].codings[1:] == (
        Coding(S.MEDIS_MODIFIER_KEY, "27000002", "右"),
        Coding(S.MEDIS_MODIFIER_EXCHANGE, "MM02", "右"),
    )
    assert (counts.total[Kind.MODIFIER], counts.reached[Kind.MODIFIER, S.RECEIPT_MODIFIER]) == (3, 2)


def test_a_drug_of_one_company_gets_every_code(made: Lookup) -> None:
    concept, _ = drug(made, Coding(S.RECEIPT_DRUG, "620000001"))
    assert concept.codings == (
        Coding(S.RECEIPT_DRUG, "620000001", "架空錠５ｍｇ"),
        Coding(S.PRICE_LIST_DRUG, "1111001F1011", "架空錠５ｍｇ"),
        Coding(S.YJ, "1111001F1011", "架空錠５ｍｇ（甲社）"),
        Coding(S.HOT9, "100000101", "架空錠５ｍｇ（甲社）"),
    )


@pytest.mark.parametrize(
    "coding",
    [
        Coding(S.YJ, "1111001F1011"),
        Coding(S.HOT9, "100000101"),
        Coding(S.HOT13, "1000001010102"),
        Coding(S.JAN, "4987000000019"),
        Coding(S.PRICE_LIST_DRUG, "1111001F1011"),
    ],
)
def test_a_drug_is_found_by_any_of_its_codes(made: Lookup, coding: Coding) -> None:
    concept, counts = drug(made, coding)
    found = codes(concept)
    assert concept.codings[0].code == coding.code
    assert (found[S.YJ], found[S.HOT9]) == ("1111001F1011", "100000101")
    assert (found[S.PRICE_LIST_DRUG], found[S.RECEIPT_DRUG]) == ("1111001F1011", "620000001")
    assert not counts.unmapped


def test_two_drugs_of_one_price_code_are_told_apart_by_their_receipt_codes(made: Lookup) -> None:
    first, _ = drug(made, Coding(S.RECEIPT_DRUG, "620000002"))
    second, _ = drug(made, Coding(S.RECEIPT_DRUG, "620000003"))
    assert (codes(first)[S.YJ], codes(second)[S.YJ]) == ("2222002F1027", "2222002F1035")


def test_where_one_code_stands_for_several_drugs_none_is_chosen(made: Lookup) -> None:
    concept, counts = drug(made, Coding(S.PRICE_LIST_DRUG, "2222002F1019"))
    assert codes(concept) == {S.PRICE_LIST_DRUG: "2222002F1019"}
    assert counts.partly == {
        Miss(S.PRICE_LIST_DRUG, "2222002F1019", Reason.AMBIGUOUS, S.YJ): 1,
        Miss(S.PRICE_LIST_DRUG, "2222002F1019", Reason.AMBIGUOUS, S.HOT9): 1,
    }


def test_a_receipt_code_that_only_the_hot_master_knows_is_mapped_as_far_as_it_agrees(made: Lookup) -> None:
    concept, counts = drug(made, Coding(S.RECEIPT_DRUG, "620000007"))
    assert codes(concept) == {S.RECEIPT_DRUG: "620000007", S.PRICE_LIST_DRUG: "5555005F1013"}
    assert {miss.wanted for miss in counts.partly} == {S.YJ, S.HOT9}


def test_a_second_code_of_the_source_decides_between_several(made: Lookup) -> None:
    concept, counts = drug(made, Coding(S.RECEIPT_DRUG, "620000007"), Coding(S.YJ, "5555005F1030"))
    assert codes(concept)[S.HOT9] == "300000201"
    assert not counts.partly


def test_a_drug_without_a_price_code_is_named_and_unmapped(made: Lookup) -> None:
    concept, counts = drug(made, Coding(S.RECEIPT_DRUG, "620000004"))
    assert concept.codings == (Coding(S.RECEIPT_DRUG, "620000004", "薬価のない薬"),)
    assert list(counts.unmapped) == [Miss(S.RECEIPT_DRUG, "620000004", Reason.NO_STANDARD)]


def test_a_generic_name_is_named_and_never_turned_into_a_product(made: Lookup) -> None:
    concept, _ = drug(made, Coding(S.GENERIC_NAME, "4444004F1ZZZ"))
    assert concept.codings == (Coding(S.GENERIC_NAME, "4444004F1ZZZ", "【般】一般錠"),)


def test_a_claim_s_drug_gets_the_unit_of_the_master_and_other_sources_keep_theirs(made: Lookup) -> None:
    claim = MedicationRequest(coded(S.RECEIPT_DRUG, "620000001"), DAY, quantity="3", derived_from_claim=True)
    records, _ = mapped(made, claim, replace(claim, derived_from_claim=False), replace(claim, unit="Ｔ"))
    assert [one.unit for one in records if isinstance(one, MedicationRequest)] == ["錠", "", "Ｔ"]
    product = StrengthType.PRODUCT
    assert [one.strength_type for one in records if isinstance(one, MedicationRequest)] == [
        product,
        None,
        None,
    ]


def test_a_pharmacy_s_claim_counts_in_the_unit_of_the_master_and_a_pharmacy_s_file_in_its_own(
    made: Lookup,
) -> None:
    claim = MedicationDispense(coded(S.RECEIPT_DRUG, "620000001"), DAY, quantity="3", derived_from_claim=True)
    records, _ = mapped(made, claim, replace(claim, derived_from_claim=False), replace(claim, unit="錠"))
    found = [(one.unit, one.strength_type) for one in records if isinstance(one, MedicationDispense)]
    assert found == [("錠", StrengthType.PRODUCT), ("", None), ("錠", StrengthType.PRODUCT)]


def test_what_the_source_named_keeps_its_name(made: Lookup) -> None:
    concept, _ = drug(made, Coding(S.RECEIPT_DRUG, "620000001", "院内の呼び名"))
    assert concept.codings[0].display == "院内の呼び名"


def test_acts_materials_vaccines_and_allergens_are_named(made: Lookup) -> None:
    records, counts = mapped(
        made,
        Procedure(coded(S.RECEIPT_PROCEDURE, "112000001"), DAY),
        DeviceUseStatement(coded(S.RECEIPT_MATERIAL, "710000001"), None),
        Immunization(coded(S.YJ, "1111001F1011"), DAY),
        AllergyIntolerance(coded(S.RECEIPT_DRUG, "620000001"), "medication"),
        AllergyIntolerance(Concept((), "そば"), "food"),
    )
    act, material, vaccine, allergen, food = records
    assert isinstance(act, Procedure)
    assert isinstance(material, DeviceUseStatement)
    assert (act.concept.codings[0].display, material.concept.codings[0].display) == (
        "架空再診料",
        "架空カテーテル",
    )
    assert isinstance(vaccine, Immunization)
    assert isinstance(allergen, AllergyIntolerance)
    assert codes(vaccine.concept)[S.HOT9] == codes(allergen.concept)[S.HOT9] == "100000101"
    assert food == AllergyIntolerance(Concept((), "そば"), "food")
    assert (counts.total[Kind.ACT], counts.total[Kind.MATERIAL], counts.total[Kind.DRUG]) == (1, 1, 2)


def test_a_laboratory_s_own_code_reaches_jlac10_by_the_clinic_s_table(made: Lookup) -> None:
    results = [
        Observation(ObservationCategory.LABORATORY, coded("urn:x-test:lab", code), DAY)
        for code in ("GOT", "GPT", "CRE")
    ]
    records, counts = mapped(made, *results)
    concepts = [one.concept for one in records if isinstance(one, Observation)]
    assert concepts[0].codings[1] == Coding(S.JLAC10, "3B035000002327201", "ＡＳＴ")
    assert [one.mapped for one in concepts[1:]] == [True, True]
    assert counts.share(Kind.TEST, S.JLAC10) == pytest.approx(1 / 3)


def test_jlac10_codes_are_named_where_their_table_agrees(made: Lookup) -> None:
    results = [
        Observation(ObservationCategory.LABORATORY, coded(S.JLAC10, code), DAY)
        for code in ("3B035000002327201", "2A990000001930952")
    ]
    records, _ = mapped(made, *results)
    assert [one.concept.codings[0].display for one in records if isinstance(one, Observation)] == [
        "ＡＳＴ",
        "",
    ]


def test_usage_is_named_and_local_usage_mapped_by_the_clinic_s_table(made: Lookup) -> None:
    standard = Dosage("毎食後", coded(S.JAMI_USAGE, "1013044400000000"))
    local = Dosage("毎食後", coded("urn:x-test:usage", "U1", "毎食後"))
    dispensed = MedicationDispense(coded(S.YJ, "1111001F1011"), DAY, dosage=standard)
    records, counts = mapped(
        made, dispensed, replace(dispensed, dosage=local), replace(dispensed, dosage=Dosage("のむ"))
    )
    usages = [one.dosage.usage for one in records if isinstance(one, MedicationDispense) and one.dosage]
    assert usages[0] is not None
    assert usages[1] is not None
    assert usages[0].codings[0].display == "内服・経口・１日３回朝昼夕食後"
    assert (usages[1].codings[1].code, usages[1].text, usages[2]) == ("1013044400000000", "毎食後", None)
    assert counts.share(Kind.USAGE, S.JAMI_USAGE) == 1.0


def test_comments_are_put_into_words_and_free_text_stays(made: Lookup) -> None:
    notes = (
        Note("", "820000001"),
        Note("５０７０１０１", "850000001"),
        Note("自由文", "810000001"),
        Note("文"),
        Note("９", "899999999"),
    )
    (record,), counts = mapped(made, Procedure(coded(S.RECEIPT_PROCEDURE, "112000001"), DAY, notes=notes))
    assert isinstance(record, Procedure)
    assert [note.text for note in record.notes] == [
        "外来にて請求済み",
        "初回年月日；令和7年1月1日",
        "自由文",
        "文",
        "９",
    ]
    assert counts.total[Kind.COMMENT] == 4
    assert list(counts.unmapped) == [Miss(S.RECEIPT_COMMENT, "899999999", Reason.UNKNOWN)]


def test_a_comment_on_the_claim_keeps_its_text_and_gets_its_words_beside_it(made: Lookup) -> None:
    told = Observation(
        ObservationCategory.NARRATIVE, coded(S.RECEIPT_COMMENT, "850000001"), DAY, "５０７０１０１"
    )
    detail = Observation(ObservationCategory.NARRATIVE, coded(S.RECEIPT_SYMPTOM_DETAIL, "01"), DAY, "症状")
    records, counts = mapped(made, told, detail)
    (comment, same) = records
    assert isinstance(comment, Observation)
    assert (comment.text, comment.notes) == ("５０７０１０１", (Note("初回年月日；令和7年1月1日"),))
    assert comment.concept.codings[0].display == "初回年月日；"
    assert same == detail
    assert counts.total[Kind.COMMENT] == 1


def test_records_without_codes_and_of_other_kinds_are_left_alone(made: Lookup) -> None:
    visit = Encounter(EncounterClass.AMBULATORY, DAY, DAY)
    uncoded = Condition(Concept((), "病名だけ"), None)
    assert mapped(made, visit, uncoded)[0] == (visit, uncoded)


def test_a_document_without_a_period_is_mapped_all_the_same(made: Lookup) -> None:
    concept, _ = diagnosis(made, coded(S.RECEIPT_DISEASE, "1000001"), period="")
    assert concept.mapped


def test_without_a_master_of_its_kind_a_code_says_so(tmp_path: Path) -> None:
    only = {"b_20240601.txt": masters()["b_20240601.txt"]}
    with lookup_of(tmp_path, only) as lookup:
        _, counts = mapped(
            lookup,
            MedicationRequest(coded(S.RECEIPT_DRUG, "620000001"), DAY),
            Procedure(coded(S.RECEIPT_PROCEDURE, "112000001"), DAY),
            MedicationDispense(coded(S.YJ, "1111001F1011"), DAY),
        )
    assert {miss.reason for miss in counts.unmapped} == {Reason.NO_MASTER}
    assert counts.of_reason(Reason.NO_MASTER) == 2


def test_counts_of_documents_add_up(made: Lookup) -> None:
    total = MappingCounts()
    for code in ("1000001", "7777777", "7777777"):
        total.add(mapped(made, Condition(coded(S.RECEIPT_DISEASE, code), None))[1])
    assert (
        total.total[Kind.DIAGNOSIS],
        total.unmapped[Miss(S.RECEIPT_DISEASE, "7777777", Reason.UNKNOWN)],
    ) == (3, 2)


def test_findings_tell_numbers_and_no_codes(made: Lookup) -> None:
    wrong = [Condition(coded(S.RECEIPT_DISEASE, code), None) for code in ("7777777", "1000003", "1000004")]
    made_document, _ = map_document(document(*wrong), made)
    assert [finding.code for finding in made_document.findings] == ["CODES-001", "CODES-002", "CODES-003"]
    for finding in made_document.findings:
        assert finding.line == 2
        assert not any(code in finding.text + finding.text_en for code in ("7777777", "1000003", "1000004"))


CODINGS = st.sampled_from(
    [
        *(Coding(S.RECEIPT_DRUG, f"62000000{n}") for n in range(9)),
        *(Coding(S.YJ, code) for code in ("1111001F1011", "2222002F1027", "5555005F1030", "unknown")),
        *(Coding(S.PRICE_LIST_DRUG, code) for code in ("1111001F1011", "2222002F1019", "5555005F1013")),
        *(Coding(S.HOT9, code) for code in ("100000101", "300000201")),
        Coding(S.JAN, "4987000000019"),
        Coding(S.GENERIC_NAME, "4444004F1ZZZ"),
        Coding(S.PHARMACY_DRUG, "local"),
        Coding(S.RECEIPT_DISEASE, "1000002"),
        Coding("urn:x-test:lab", "GOT"),
    ]
)


@settings(deadline=None)
@given(st.lists(CODINGS, min_size=1, max_size=4).map(tuple), st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_whatever_is_coded_keeps_its_codings_first_and_a_second_mapping_changes_nothing(
    made: Lookup, codings: tuple[Coding, ...], day: date
) -> None:
    record = MedicationDispense(Concept(codings, "source's words"), day)
    once, _ = map_document(document(record), made)
    (after,) = once.records
    assert isinstance(after, MedicationDispense)
    written = [(one.system, one.code) for one in codings]
    assert [(one.system, one.code) for one in after.concept.codings[: len(codings)]] == written
    assert after.concept.text == "source's words"
    assert map_document(once, made)[0] == once


@settings(deadline=None)
@given(
    st.sampled_from(["620000001", "620000005", "1000003", "1000004"]),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_an_answer_from_memory_is_the_one_that_fresh_masters_give(made: Lookup, code: str, day: date) -> None:
    system, kind = (S.RECEIPT_DRUG, Kind.DRUG) if len(code) == 9 else (S.RECEIPT_DISEASE, Kind.DIAGNOSIS)
    record = MedicationRequest(coded(system, code), day)
    remembered, counts = mapped(made, record)
    fresh = Resolver(made).resolve(kind, record.concept.codings, day)
    assert isinstance(remembered[0], MedicationRequest)
    assert remembered[0].concept == fresh.concept
    assert [miss.reason for miss in counts.unmapped] == ([fresh.reason] if fresh.reason else [])
