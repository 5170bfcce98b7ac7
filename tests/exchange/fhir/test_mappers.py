"""Each mapper's own choices, one by one; the golden files show the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from appliance.exchange.fhir.bundle import resources
from appliance.exchange.fhir.organization import organization
from appliance.exchange.fhir.patient import patient
from appliance.records.administrative import (
    Coverage,
    CoverageKind,
    InsuredClass,
    Organization,
    PersonName,
    Sex,
)
from appliance.records.clinical import EncounterClass, Outcome
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import Record
from tests.exchange.fhir import made


def mapped(record: Record, *others: Record, **changes: Any) -> dict[str, Any]:
    """The resource of the first record, with these of its fields changed, among the others."""
    changed = replace(record, **changes) if changes else record
    kind = type(record).__name__
    found = resources(made.content(changed, *others))
    return next(one for (name, _), one in found.items() if name == kind)


def extensions(resource: dict[str, Any]) -> dict[str, Any]:
    return {
        one["url"].rpartition("/")[2].rpartition(":")[2]: next(
            value for name, value in one.items() if name != "url"
        )
        for one in resource.get("extension", [])
    }


def identifiers(resource: dict[str, Any]) -> dict[str, str]:
    return {one["system"]: one["value"] for one in resource["identifier"]}


# --- patient -----------------------------------------------------------------------------------------


def a_patient(*coverages: Coverage, **changes: Any) -> dict[str, Any]:
    return patient("id", replace(made.PATIENT, **changes), coverages)


def test_a_patient_has_a_name_in_kanji_and_one_in_kana_with_half_width_spaces() -> None:
    kanji, kana = a_patient()["name"]
    assert (kanji["text"], kanji["family"], kanji["given"]) == ("練習 太郎", "練習", ["太郎"])
    assert (kana["text"], kana["family"], kana["given"]) == ("レンシュウ タロウ", "レンシュウ", ["タロウ"])
    assert [one["extension"][0]["valueCode"] for one in (kanji, kana)] == ["IDE", "SYL"]


def test_a_name_without_a_space_is_not_taken_apart() -> None:
    (only,) = a_patient(name=PersonName("練習太郎"))["name"]
    assert only["text"] == "練習太郎"
    assert "family" not in only


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("0000001", "000-0001"),
        ("〒０００－０００１", "〒000-0001"),
        ("０００－０００１", "000-0001"),
        ("E1 6AN", "E1 6AN"),
    ],
)
def test_a_patients_home_is_one_line_with_its_postal_code(written: str, sent: str) -> None:
    one = a_patient(address="練習市　１－２ ", postal_code=written, phone="00-0000-0001")
    assert one["address"] == [{"text": "練習市 １－２", "postalCode": sent}]
    assert "telecom" not in one  # nobody needs it to tell patients apart


def test_a_patient_of_whom_no_source_tells_where_they_live_has_no_address() -> None:
    assert not {"address", "telecom"} & a_patient().keys()


def test_the_chart_number_keeps_its_zeros_under_the_facilitys_own_system() -> None:
    assert identifiers(a_patient())[f"urn:oid:1.2.392.100495.20.3.51.1{made.FACILITY}"] == "0012"


def test_the_insured_persons_number_is_written_alike_by_every_facility() -> None:
    system = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
    wide = identifiers(a_patient(made.INSURANCE))[system]
    narrow = identifiers(a_patient(replace(made.INSURANCE, symbol="12・3", number="45", branch="1")))[system]
    assert wide == narrow == "00138057:12・3:45:01"


def test_a_public_payer_alone_gives_no_insured_persons_number() -> None:
    assert len(identifiers(a_patient(made.PUBLIC))) == 2


def test_what_is_not_known_of_a_patient_is_absent() -> None:
    who = a_patient(birth_date=None, sex=Sex.UNKNOWN, local_id="", name=PersonName(""))
    assert "birthDate" not in who
    assert "name" not in who
    assert who["gender"] == "unknown"
    assert list(identifiers(who).values()) == ["id"]


# --- organization -------------------------------------------------------------------------------------


def test_an_institution_has_its_number_whole_and_in_parts() -> None:
    one = organization(Organization("1319999012", "練習用内科"))
    assert (
        identifiers(one)["http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no"]
        == "1319999012"
    )
    parts = extensions(one)
    assert parts["JP_Organization_PrefectureNo"]["code"] == "13"
    assert parts["JP_Organization_InsuranceOrganizationCategory"]["code"] == "1"
    assert parts["JP_Organization_InsuranceOrganizationNo"]["value"] == "9999012"


def test_a_number_that_is_none_has_no_parts() -> None:
    one = organization(Organization("odd"))
    assert "extension" not in one
    assert "telecom" not in one


# --- coverage ------------------------------------------------------------------------------------------


def test_a_coverage_names_payer_and_insured_and_none_of_the_claims_amounts() -> None:
    one = mapped(made.INSURANCE)
    parts = extensions(one)
    assert parts["JP_Coverage_InsuredPersonSymbol"] == "１２・３"
    assert parts["JP_Coverage_InsuredPersonNumber"] == "４５"
    assert parts["JP_Coverage_InsuredPersonSubNumber"] == "01"
    assert one["payor"][0]["identifier"]["value"] == "138057"
    assert one["dependent"] == "01"
    assert "500" not in str(one)
    assert one == mapped(made.INSURANCE, points=1, copay_yen=2, order=3)


def test_a_public_payer_has_the_recipients_number_as_identifier() -> None:
    one = mapped(made.PUBLIC)
    assert "1234560" in identifiers(one).values()
    assert one["payor"][0]["identifier"]["value"] == "54136015"
    assert "extension" not in one


def test_a_coverage_says_where_the_claim_goes_whom_it_covers_and_what_they_bear() -> None:
    one = mapped(
        made.INSURANCE,
        payer_org=Coding(CodeSystem.RECEIPT_PAYER_ORG, "2", "国民健康保険団体連合会"),
        insured_class=InsuredClass.FAMILY,
        benefit_percent=70,
        copay_category=Coding(CodeSystem.RECEIPT_COPAY_CATEGORY, "3", "低所得（適用区分Ⅰ）"),
        special_notes=(Coding(CodeSystem.RECEIPT_SPECIAL_NOTE, "29", "区エ"),),
    )
    parts = extensions(one)
    assert parts["receipt-payer-org"]["display"] == "国民健康保険団体連合会"
    assert parts["receipt-copay-category"]["code"] == "3"
    assert parts["receipt-special-note"]["display"] == "区エ"
    assert (one["relationship"]["coding"][0]["code"], one["relationship"]["text"]) == ("other", "家族")
    (share,) = one["costToBeneficiary"]
    assert share["type"]["coding"][0]["code"] == "copaypct"
    assert (share["valueQuantity"]["value"], share["valueQuantity"]["code"]) == (30, "%")


@pytest.mark.parametrize(("copay", "benefit", "borne"), [(20, 70, 20), (0, None, 0), (None, 170, None)])
def test_the_share_is_the_sources_own_where_it_says_one(
    copay: int | None, benefit: int | None, borne: int | None
) -> None:
    told = mapped(made.INSURANCE, copay_percent=copay, benefit_percent=benefit).get("costToBeneficiary", [])
    assert [one["valueQuantity"]["value"] for one in told] == ([] if borne is None else [borne])


def test_of_the_old_a_coverage_says_age_and_income_only() -> None:
    one = mapped(made.INSURANCE, insured_class=InsuredClass.ELDERLY_ACTIVE)
    assert one["relationship"] == {"text": "高齢受給者・後期高齢者（現役並み）"}


def test_a_payer_without_a_number_is_named_in_words() -> None:
    one = mapped(Coverage(CoverageKind.INSURANCE, 0, "", number="1"))
    assert one["payor"] == [{"type": "Organization", "display": "健康保険"}]


# --- practitioner --------------------------------------------------------------------------------------


def test_a_narcotics_licence_is_of_its_prefecture() -> None:
    role, licence = mapped(made.SURGEON, narcotics_licence="第１２３号")["qualification"]
    assert role["code"] == {"text": "医師"}
    assert licence["code"]["coding"][0]["code"] == "narcotics-practitioner"
    assert licence["identifier"] == [{"system": "urn:oid:1.2.392.100495.20.3.32.113", "value": "第１２３号"}]


def test_a_licence_of_nowhere_has_the_plain_system() -> None:
    (licence,) = mapped(made.SURGEON, facility="", role="", narcotics_licence="1")["qualification"]
    assert licence["identifier"][0]["system"] == "urn:oid:1.2.392.100495.20.3.32"


# --- encounter -----------------------------------------------------------------------------------------


def test_a_visit_is_finished_on_its_day() -> None:
    one = mapped(made.VISIT)
    assert (one["status"], one["class"]["code"]) == ("finished", "AMB")
    assert one["period"] == {"start": "2026-08-03", "end": "2026-08-03"}
    assert extensions(one)["JP_eCS_Department"]["coding"][0]["display"] == "内科"


def test_a_stay_that_goes_on_is_in_progress_and_keeps_its_admission() -> None:
    one = mapped(made.STAY)
    assert (one["status"], one["class"]["code"]) == ("in-progress", "IMP")
    assert one["period"] == {"start": "2026-08-10"}
    assert extensions(one)["admission-date"] == "2026-07-28"


def test_a_stay_that_ended_is_finished() -> None:
    assert mapped(made.STAY, end=date(2026, 8, 20))["status"] == "finished"


def test_what_happened_on_a_visits_day_belongs_to_the_visit() -> None:
    visit = mapped(made.VISIT)
    for record in (made.ACT, made.ORAL):
        assert mapped(record, made.VISIT)["encounter"] == {"reference": f"Encounter/{visit['id']}"}


def test_without_the_visit_in_the_bundle_nothing_refers_to_it() -> None:
    assert "encounter" not in mapped(made.ACT)
    assert "encounter" not in mapped(made.MONTHLY_ACT, made.VISIT)
    several_days = replace(made.VISIT, end=date(2026, 8, 4), encounter_class=EncounterClass.INPATIENT)
    assert "encounter" not in mapped(made.ACT, several_days)


# --- condition -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (None, "active", None),
        (Outcome.CONTINUING, "active", "1"),
        (Outcome.CURED, "resolved", "2"),
        (Outcome.DIED, "inactive", "3"),
        (Outcome.STOPPED, "inactive", "4"),
    ],
)
def test_an_outcome_sets_the_clinical_status_and_is_kept_as_the_claim_has_it(
    outcome: Outcome | None, status: str, code: str | None
) -> None:
    one = mapped(made.DISEASE, outcome=outcome)
    assert one["clinicalStatus"]["coding"][0]["code"] == status
    told = extensions(one).get("receipt-outcome")
    assert (told["coding"][0]["code"] if told else None) == code
    assert one.get("abatementDateTime") == (None if status == "active" else "2026-08")


def test_a_suspected_disease_is_unconfirmed_and_any_other_confirmed() -> None:
    assert mapped(made.DISEASE)["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
    assert mapped(made.DISEASE, suspected=False)["verificationStatus"]["coding"][0]["code"] == "confirmed"


def test_modifiers_stand_before_or_after_the_name_in_their_order() -> None:
    names = [one["url"].rpartition("/")[2] for one in mapped(made.DISEASE)["code"]["extension"]]
    assert names == ["JP_Condition_DiseasePrefixModifier", "JP_Condition_DiseasePostfixModifier"]


def test_the_main_disease_is_marked() -> None:
    assert "JP_eCS_DiagnosisType" in extensions(mapped(made.DISEASE))
    assert "JP_eCS_DiagnosisType" not in extensions(mapped(made.DISEASE, main=False))


def test_a_disease_without_a_code_is_told_in_words() -> None:
    one = mapped(made.UNCODED)
    assert one["code"]["text"] == "珍しい病名"
    assert "onsetDateTime" not in one


# --- procedure, drug, device, narrative ------------------------------------------------------------------


def test_an_act_without_a_day_is_of_its_month() -> None:
    assert mapped(made.MONTHLY_ACT)["performedDateTime"] == "2026-08"
    assert mapped(made.ACT)["performedDateTime"] == "2026-08-03"


def test_an_act_keeps_quantity_and_times_but_no_points() -> None:
    one = mapped(made.ACT)
    assert extensions(one) == {"receipt-quantity": "30", "receipt-times": 2}
    assert one["category"]["coding"][0]["code"] == "12"
    assert one["note"] == [{"text": "両側"}]
    assert "73" not in str({**one, "id": "", "identifier": ""})


def test_a_drug_of_a_claim_says_that_it_is_derived() -> None:
    one = mapped(made.ORAL)
    assert one["reportedBoolean"] is True
    assert "レセプト由来" in one["note"][0]["text"]
    assert one["meta"]["tag"][0]["display"] == "レセプト由来"
    plain = mapped(made.ORAL, derived_from_claim=False)
    assert "reportedBoolean" not in plain
    assert "note" not in plain


def test_a_drug_has_its_place_by_the_old_oids_and_by_the_new_urls() -> None:
    found = identifiers(mapped(made.ORAL))
    assert found["urn:oid:1.2.392.100495.20.3.81"] == "2"
    assert found["urn:oid:1.2.392.100495.20.3.82"] == "1"
    assert found["http://jpfhir.jp/fhir/core/mhlw/IdSystem/Medication-RPGroupNumber"] == "2"
    assert found["http://jpfhir.jp/fhir/core/mhlw/IdSystem/MedicationAdministrationIndex"] == "1"


def test_an_oral_drug_says_its_daily_amount_and_its_days() -> None:
    one = mapped(made.ORAL)
    assert one["dosageInstruction"] == [{"text": "1日量 3、14日分"}]
    assert one["dispenseRequest"]["expectedSupplyDuration"]["value"] == 14


def test_a_drug_as_needed_says_so_and_how_often_it_was_charged() -> None:
    one = mapped(made.AS_NEEDED)
    assert one["dosageInstruction"] == [{"text": "使用量 0.5、5回", "asNeededBoolean": True}]
    assert "dispenseRequest" not in one


def test_a_drug_without_code_or_name_still_has_a_medication() -> None:
    assert mapped(made.ORAL, concept=Concept())["medicationCodeableConcept"] == {"text": "名称の記載なし"}


def test_a_material_is_a_contained_device_with_its_amount() -> None:
    one = mapped(made.DEVICE)
    assert one["device"] == {"reference": "#device"}
    assert one["contained"][0]["deviceName"][0]["name"] == "フィルム　半切"
    assert extensions(one) == {"receipt-quantity": "2", "receipt-unit": "016"}


def test_a_narrative_keeps_its_words_without_control_characters() -> None:
    one = mapped(made.NARRATIVE, text="発熱\x1a。\n高値\x00 ")
    assert one["valueString"] == "発熱。\n高値"
    assert "category" not in one


def test_a_narrative_without_words_says_that_they_are_absent() -> None:
    one = mapped(made.NARRATIVE, text="", concept=Concept())
    assert "valueString" not in one
    assert one["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert one["code"] == {"text": "レセプトの記載"}


def test_a_coding_keeps_its_display_where_there_is_one() -> None:
    named = Concept((Coding("urn:x", "1", "名前"), Coding("urn:x", "")))
    assert mapped(made.ACT, concept=named)["code"]["coding"] == [
        {"system": "urn:x", "code": "1", "display": "名前"}
    ]
