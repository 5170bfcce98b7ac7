"""Mappers of what comes in other files than 医科 claims: drugs prescribed and dispensed, results, allergies, documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from appliance.exchange.fhir.bundle import document_payload, resources
from appliance.records.clinical import StrengthType
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind, Record
from tests.exchange.fhir import made, stated
from tests.exchange.fhir.test_mappers import extensions, identifiers


def mapped(record: Record, *others: Record, **changes: Any) -> dict[str, Any]:
    """The resource of the first record, with these of its fields changed, beside the others."""
    changed = replace(record, **changes) if changes else record
    found = resources(stated.content(DocumentKind.DISPENSING, changed, *others))
    return next(one for (name, _), one in found.items() if name == type(record).__name__)


def codes(one: dict[str, Any]) -> dict[str, str]:
    return {coding["system"]: coding["code"] for coding in one["coding"]}


# --- prescriptions --------------------------------------------------------------------------------------


def test_a_prescription_says_how_the_drug_is_taken_in_words_and_in_codes() -> None:
    (dosage,) = mapped(stated.PRESCRIBED)["dosageInstruction"]
    assert dosage["text"] == "１日３回毎食後、1日量 3錠、14日分"
    assert dosage["timing"]["code"]["text"] == "１日３回毎食後"
    assert codes(dosage["timing"]["code"])[CodeSystem.JAMI_USAGE] == "1013044400000000"
    assert dosage["timing"]["repeat"]["frequency"] == 3
    assert dosage["timing"]["repeat"]["boundsDuration"]["value"] == 14


def test_a_days_dose_is_a_rate_and_a_single_dose_a_dose_with_the_unit_as_written() -> None:
    (amount,) = mapped(stated.PRESCRIBED)["dosageInstruction"][0]["doseAndRate"]
    assert (amount["rateRatio"]["numerator"]["value"], amount["rateRatio"]["denominator"]["code"]) == (3, "d")
    assert amount["doseQuantity"]["value"] == 1
    assert amount["doseQuantity"]["code"] == amount["doseQuantity"]["unit"] == "錠"


@pytest.mark.parametrize(
    ("strength_type", "shown"),
    [(StrengthType.PRODUCT, [("1", "製剤量")]), (StrengthType.SUBSTANCE, [("2", "原薬量")]), (None, [])],
)
def test_an_amount_says_what_it_is_of_where_the_source_does(
    strength_type: StrengthType | None, shown: list[tuple[str, str]]
) -> None:
    for record in (stated.PRESCRIBED, stated.DISPENSED):
        (dosage,) = mapped(record, strength_type=strength_type)["dosageInstruction"]
        (amount,) = dosage["doseAndRate"]
        found = amount.get("type", {"coding": []})["coding"]
        assert [(one["code"], one["display"]) for one in found] == shown


def test_a_usage_and_a_drug_without_a_master_are_named_as_the_source_names_them() -> None:
    usage = Concept((Coding(CodeSystem.JAMI_USAGE, "1013044400000000"),), "１日３回毎食後")
    drug = Concept((Coding(CodeSystem.YJ, "1234567F1010"),), "練習錠１０ｍｇ")
    one = mapped(stated.PRESCRIBED, concept=drug, dosage=replace(stated.DOSAGE, usage=usage))
    timing = one["dosageInstruction"][0]["timing"]["code"]["coding"]
    assert timing[0]["display"] == "１日３回毎食後"
    assert one["medicationCodeableConcept"]["coding"][0]["display"] == "練習錠１０ｍｇ"


def test_an_amount_without_a_unit_stays_in_the_words() -> None:
    (dosage,) = mapped(stated.PRESCRIBED, unit="", dosage=None)["dosageInstruction"]
    assert dosage["text"] == "1日量 3、14日分"
    assert "doseAndRate" not in dosage


def test_a_usage_without_a_code_of_the_electronic_prescription_says_that_it_has_none() -> None:
    system = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_MedicationUsage_Uncoded_CS"
    assert system in codes(mapped(stated.PRESCRIBED)["dosageInstruction"][0]["timing"]["code"])
    coded = Concept((Coding(CodeSystem.EPRESCRIPTION_USAGE, "1013044400000000", "１日３回毎食後"),))
    one = mapped(stated.PRESCRIBED, dosage=replace(stated.DOSAGE, usage=coded))
    assert system not in codes(one["dosageInstruction"][0]["timing"]["code"])


def test_the_day_of_issue_is_the_first_day_of_taking_but_not_for_a_claim() -> None:
    (dosage,) = mapped(stated.PRESCRIBED)["dosageInstruction"]
    assert dosage["extension"][0]["valuePeriod"] == {"start": "2026-08-03"}
    assert "extension" not in mapped(made.ORAL)["dosageInstruction"][0]


def test_a_prescription_keeps_its_number_its_notes_in_one_and_whether_a_generic_may_be_given() -> None:
    one = mapped(stated.PRESCRIBED)
    assert one["groupIdentifier"] == {"value": "0042"}
    assert one["note"] == [{"text": "一包化\n粉砕不可"}]
    assert one["substitution"]["allowedCodeableConcept"]["coding"][0]["code"] == "N"
    freely = mapped(stated.PRESCRIBED, generic_allowed=True)["substitution"]
    assert freely["allowedCodeableConcept"]["coding"][0]["code"] == "G"
    assert "substitution" not in mapped(stated.PRESCRIBED, generic_allowed=None)


def test_a_prescription_that_states_no_amount_invents_none() -> None:
    assert mapped(stated.IN_WORDS)["dosageInstruction"][0]["text"] == "１日３回毎食後、14日分"
    bare = mapped(stated.IN_WORDS, days_supplied=None, dosage=None)
    assert "dispenseRequest" not in bare


def test_the_whole_amount_of_an_ointment_is_what_is_to_be_dispensed_digit_by_digit() -> None:
    body = document_payload(stated.content(DocumentKind.PRESCRIPTION, stated.OINTMENT)).body
    assert b'"value":25.50' in body
    assert mapped(stated.OINTMENT)["dispenseRequest"]["quantity"]["unit"] == "ｇ"


def test_the_form_of_a_pharmacys_file_is_a_category_in_words() -> None:
    assert mapped(stated.PRESCRIBED)["category"] == [{"text": "内服"}]
    assert mapped(made.ORAL)["category"][0]["coding"][0]["code"] == "21"


def test_a_drug_known_by_code_only_is_called_what_the_master_calls_it() -> None:
    one = mapped(stated.PRESCRIBED, concept=Concept(stated.DRUG.codings))
    assert one["medicationCodeableConcept"]["text"] == "練習錠１０ｍｇ"
    assert codes(one["medicationCodeableConcept"])[CodeSystem.HOT9] == "123456701"


# --- dispensings ------------------------------------------------------------------------------------------


def test_a_dispensing_has_its_place_its_day_and_its_days() -> None:
    one = mapped(stated.DISPENSED)
    found = identifiers(one)
    assert found["urn:oid:1.2.392.100495.20.3.81"] == found["urn:oid:1.2.392.100495.20.3.82"] == "1"
    assert (one["whenHandedOver"], one["daysSupply"]["value"]) == ("2026-08-03", 14)
    assert extensions(one)["prescribed-date"] == "2026-08-01"
    assert one["substitution"] == {"wasSubstituted": True}


def test_the_pharmacys_record_number_goes_with_what_it_handed_over() -> None:
    system = f"urn:x-renkei:dispensing-record:{made.FACILITY}"
    assert identifiers(mapped(stated.DISPENSED, dispensing_record_no=" D-77"))[system] == "D-77"
    assert identifiers(mapped(made.DEVICE, dispensing_record_no="D-77"))[system] == "D-77"
    assert system not in identifiers(mapped(stated.DISPENSED))


@pytest.mark.parametrize(
    ("record", "value", "unit"),
    [
        (stated.DISPENSED, "42", "錠"),
        (stated.DISPENSED_AS_NEEDED, "5", "包"),
        (stated.DISPENSED_WHOLE, "25.5", None),
    ],
)
def test_what_was_handed_over_is_a_days_by_the_days_a_doses_by_the_doses_or_the_whole(
    record: Record, value: str, unit: str | None
) -> None:
    amount = mapped(record)["quantity"]
    assert str(amount["value"]) == value
    assert amount.get("unit") == unit


def test_a_unit_that_the_source_does_not_write_is_unknown() -> None:
    amount = mapped(stated.DISPENSED_WHOLE)["quantity"]
    assert (amount["system"], amount["code"]) == (
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "unknown",
    )


def test_an_amount_of_unknown_meaning_is_not_multiplied() -> None:
    odd = mapped(stated.DISPENSED, category="不明")
    assert "quantity" not in odd
    assert str(mapped(stated.DISPENSED, category="不明", days_supplied=1)["quantity"]["value"]) == "3"
    assert "quantity" not in mapped(stated.DISPENSED, quantity="適量")


def test_doses_are_no_days() -> None:
    one = mapped(stated.DISPENSED_AS_NEEDED)
    assert "daysSupply" not in one
    (dosage,) = one["dosageInstruction"]
    assert dosage["text"] == "痛いとき、1回量 1包、5回分"
    assert dosage["asNeededBoolean"] is True


def test_the_prescription_behind_a_dispensing_is_named_and_not_referred_to() -> None:
    (behind,) = mapped(stated.DISPENSED)["authorizingPrescription"]
    assert behind == {
        "type": "MedicationRequest",
        "identifier": {"value": "0042"},
        "display": "1319999013 練習 花子",
    }
    assert "authorizingPrescription" not in mapped(stated.OVER_THE_COUNTER)


def test_a_drug_bought_over_the_counter_claims_no_profile_that_wants_an_rp_number() -> None:
    one = mapped(stated.OVER_THE_COUNTER)
    assert "profile" not in one["meta"]
    assert [key["system"] for key in one["identifier"]] == [
        "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier"
    ]


# --- laboratory and check-up ----------------------------------------------------------------------------


def test_a_number_is_a_quantity_with_its_digits_unit_flag_range_method_and_specimen() -> None:
    one = mapped(stated.POTASSIUM, stated.SERUM)
    assert (str(one["valueQuantity"]["value"]), one["valueQuantity"]["unit"]) == ("3.50", "mEq/L")
    assert one["interpretation"][0]["coding"][0]["code"] == "L"
    (limits,) = one["referenceRange"]
    assert (str(limits["low"]["value"]), str(limits["high"]["value"])) == ("3.6", "5.0")
    assert one["method"] == {"text": "電位差測定"}
    assert one["effectiveDateTime"] == "2026-08-03T09:30:00+09:00"
    specimen = mapped(stated.SERUM)
    assert one["specimen"] == {"reference": f"Specimen/{specimen['id']}", "display": "血清"}
    assert specimen["collection"] == {"collectedDateTime": "2026-08-03T09:30:00+09:00"}


def test_a_value_beyond_what_is_measurable_keeps_its_comparator() -> None:
    one = mapped(stated.LOCAL_TEST, stated.SERUM)
    assert one["valueQuantity"]["comparator"] == "<"
    assert one["interpretation"] == [{"text": "低め"}]
    assert one["referenceRange"] == [{"text": "陰性（0.05未満）"}]
    assert one["note"] == [{"text": "再検済み"}]


def test_bounds_that_are_no_numbers_stay_words() -> None:
    assert mapped(stated.POTASSIUM, range_low="(-)", range_high="")["referenceRange"] == [{"text": "(-) -"}]


def test_an_answer_with_a_code_is_a_concept_and_any_other_a_string() -> None:
    one = mapped(stated.ANSWERED)
    assert one["valueCodeableConcept"] == {"coding": [{"code": "2"}], "text": "(±)"}
    assert "note" not in one
    plain = mapped(stated.ANSWERED, notes=())
    assert plain["valueString"] == "(±)"


def test_a_test_without_jlac10_says_so_beside_its_own_code() -> None:
    found = codes(mapped(stated.LOCAL_TEST)["code"])
    assert found == {
        "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS": "0999",
        "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_Uncoded_CS": "99999999999999999",
    }
    assert "99999999999999999" not in codes(mapped(stated.POTASSIUM)["code"]).values()


def test_a_result_without_a_value_says_that_it_is_absent() -> None:
    one = mapped(stated.POTASSIUM, value="")
    assert one["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert not [name for name in one if name.startswith("value")]


def test_a_comment_of_the_laboratory_is_an_observation_in_words() -> None:
    one = mapped(stated.POTASSIUM, concept=Concept(), value="", text="溶血あり", unit="")
    assert (one["code"], one["valueString"]) == ({"text": "検査報告のコメント"}, "溶血あり")


def test_a_state_that_fhir_does_not_know_is_unknown() -> None:
    assert mapped(stated.POTASSIUM, status="corrected")["status"] == "corrected"
    assert mapped(stated.POTASSIUM, status="odd")["status"] == "unknown"


def test_a_result_belongs_to_the_visit_of_its_day_and_a_narrative_to_none() -> None:
    visit = mapped(made.VISIT)
    assert mapped(stated.POTASSIUM, made.VISIT)["encounter"] == {"reference": f"Encounter/{visit['id']}"}
    assert "encounter" not in mapped(made.NARRATIVE, made.VISIT, effective=stated.DAY)


def test_a_code_has_no_space_around_and_no_two_within() -> None:
    odd = Concept((Coding("urn:x", " A  1\x00 "),), "検査")
    assert mapped(stated.POTASSIUM, concept=odd)["code"]["coding"][0]["code"] == "A 1"


def test_a_check_up_item_is_an_examination() -> None:
    one = mapped(stated.WAIST)
    assert one["category"][0]["coding"][0]["code"] == "exam"
    assert one["valueQuantity"]["unit"] == "cm"
    assert one["meta"]["tag"][-1]["code"] == "checkup"


# --- allergies, vaccines, documents, diagnoses --------------------------------------------------------------


def test_an_allergy_is_active_and_nobody_says_that_it_was_confirmed() -> None:
    one = mapped(stated.ALLERGY)
    assert one["clinicalStatus"]["coding"][0]["code"] == "active"
    assert "verificationStatus" not in one
    assert (one["category"], one["recordedDate"]) == (["food"], "2026-08-03")
    assert one["reaction"] == [{"manifestation": [{"text": "じんましん"}]}]
    assert "category" not in mapped(stated.ALLERGY, category="その他")
    assert "reaction" not in mapped(stated.ALLERGY, reaction="")


def test_a_vaccination_has_its_day_or_says_that_none_was_written() -> None:
    assert mapped(stated.VACCINE)["occurrenceDateTime"] == "2026-08-03"
    content = replace(
        stated.content(DocumentKind.LETTER, replace(stated.VACCINE, given=None, lot="")), period=""
    )
    (one,) = resources(content).values()
    assert one["occurrenceString"] == "接種日の記載なし"
    assert "lotNumber" not in one


def test_a_document_is_named_by_the_hash_of_its_bytes_and_brings_none() -> None:
    one = mapped(stated.LETTER)
    assert one["masterIdentifier"] == {"system": "urn:x-renkei:arrival-sha256", "value": made.SHA256}
    (content,) = one["content"]
    assert content["attachment"] == {
        "contentType": "application/pdf",
        "size": 12_345,
        "title": "診療情報提供書",
        "creation": "2026-08-03",
    }
    assert one["author"] == [{"display": "練習　次郎"}]


def test_a_diagnosis_is_called_by_its_name_with_its_modifiers_where_they_stand() -> None:
    modifiers = (
        Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "8002", "の疑い"),)),
        Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "2056", "右"),)),
    )
    assert mapped(stated.MAPPED, modifiers=modifiers)["code"]["text"] == "右２型糖尿病の疑い"
    nameless = (Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "8002"),)),)
    assert "text" not in mapped(stated.MAPPED, modifiers=nameless)["code"]


def test_a_disease_in_words_is_coded_as_one_without_a_code_but_an_unknown_code_is_not() -> None:
    assert codes(mapped(made.UNCODED)["code"])[CodeSystem.MEDIS_DISEASE_KEY] == "99999999"
    unknown = Concept((Coding(CodeSystem.RECEIPT_DISEASE, "1234567"),))
    assert CodeSystem.MEDIS_DISEASE_KEY not in codes(mapped(made.UNCODED, concept=unknown)["code"])


def test_a_diagnosis_keeps_its_teeth_and_its_role() -> None:
    tooth = Coding(CodeSystem.RECEIPT_TOOTH, "1011", "右上１")
    one = mapped(stated.MAPPED, body_sites=(tooth,), role="21")
    assert one["bodySite"][0]["coding"][0]["code"] == "1011"
    assert extensions(one)["dpc-disease-role"] == "21"


def test_numbers_travel_as_json_numbers() -> None:
    body = document_payload(stated.content(DocumentKind.LABORATORY, *stated.REPORT)).body
    assert b'"value":3.50' in body
    assert json.loads(body)["type"] == "transaction"
