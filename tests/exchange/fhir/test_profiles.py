"""Which profile a resource claims, and what it lacks of the strictest one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.exchange.fhir.bundle import resources
from appliance.exchange.fhir.datatypes import Profile
from appliance.exchange.fhir.patient import patient
from appliance.exchange.fhir.profiles import claiming, profile_of
from appliance.records.administrative import PersonName
from appliance.records.clinical import Dosage
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind, Record
from tests.exchange.fhir import made, stated
from tests.exchange.fhir.test_stated import mapped


def claimed(record: Record, *others: Record, **changes: Any) -> tuple[str, tuple[str, ...]]:
    one = mapped(record, *others, **changes)
    found, lacks = profile_of(one)
    assert one["meta"].get("profile", [""]) == [found]
    return found, lacks


@pytest.mark.parametrize(
    ("record", "others", "profile"),
    [
        (stated.MAPPED, (), Profile.CONDITION_ECS),
        (stated.IN_WORDS, (), Profile.MEDICATION_REQUEST_ECS),
        (stated.PRESCRIBED, (), Profile.MEDICATION_REQUEST_ECS),
        (stated.POTASSIUM, (stated.SERUM,), Profile.LAB_RESULT_ECS),
        (stated.LOCAL_TEST, (stated.SERUM,), Profile.LAB_RESULT_ECS),
        (made.VISIT, (), Profile.ENCOUNTER_ECS),
        (stated.DISPENSED, (), Profile.MEDICATION_DISPENSE),
        (stated.SERUM, (), Profile.SPECIMEN),
        (stated.VACCINE, (), Profile.IMMUNIZATION),
    ],
)
def test_what_has_everything_claims_the_strictest_profile(
    record: Record, others: tuple[Record, ...], profile: Profile
) -> None:
    assert claimed(record, *others) == (profile, ())


@pytest.mark.parametrize(
    ("record", "changes", "profile", "lacks"),
    [
        (made.STAY, {}, Profile.ENCOUNTER, ("status = finished",)),
        (
            made.DISEASE,
            {},
            Profile.CONDITION,
            (
                "code.coding:medisRecordNo",
                "code.coding.(system, display)",
                "code.text",
                "code.extension:modifier.coding:medisRecordNo",
            ),
        ),
        (
            stated.MAPPED,
            {"modifiers": (Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "8002", "の疑い"),)),)},
            Profile.CONDITION,
            ("code.extension:modifier.coding:medisRecordNo",),
        ),
        (
            stated.PRESCRIBED,
            {"strength_type": None},
            Profile.MEDICATION_REQUEST,
            ("dosageInstruction.doseAndRate.type",),
        ),
        (
            stated.IN_WORDS,
            {"concept": Concept((), "練習薬")},
            Profile.MEDICATION_REQUEST,
            ("medication.coding:YJ, 一般名 or NOCODED (R3010)",),
        ),
        (
            stated.IN_WORDS,
            {"dosage": None},
            Profile.MEDICATION_REQUEST,
            ("dosageInstruction.timing.code.coding", "dosageInstruction.timing.code.text"),
        ),
        (stated.IN_WORDS, {"rp_number": 0}, "", ("identifier:rpNumber", "identifier:orderInRp")),
        (stated.POTASSIUM, {}, Profile.OBSERVATION, ("specimen",)),
        (stated.ALLERGY, {}, Profile.ALLERGY_INTOLERANCE, ("code.coding (J-FAGY)",)),
        (stated.DISPENSED, {"quantity": ""}, "", ("quantity",)),
    ],
)
def test_what_lacks_something_claims_the_next_and_says_what(
    record: Record, changes: dict[str, Any], profile: str, lacks: tuple[str, ...]
) -> None:
    assert claimed(record, **changes) == (profile, lacks)


def test_a_modifier_with_its_number_is_enough_for_the_ecs_profile() -> None:
    right = Concept(
        (
            Coding(CodeSystem.RECEIPT_MODIFIER, "2056", "右"),
            Coding(CodeSystem.MEDIS_MODIFIER_KEY, "10000005", "右"),
        )
    )
    assert claimed(stated.MAPPED, modifiers=(right,)) == (Profile.CONDITION_ECS, ())


def test_a_claims_drug_never_passes_for_a_prescription() -> None:
    mapped_drug = Concept((Coding(CodeSystem.YJ, "1234567F1010", "練習錠"),), "練習錠")
    _, lacks = claimed(made.ORAL, concept=mapped_drug, dosage=Dosage("毎食後"))
    assert lacks[0] == "identifier:rpNumber"


def test_an_allergen_of_j_fagy_is_enough_for_the_ecs_profile() -> None:
    system = "http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyFoodAllergen_CS"
    coded = Concept((Coding(system, "J9FA15000016", "小麦粉"),), "こむぎこ")
    assert claimed(stated.ALLERGY, concept=coded) == (Profile.ALLERGY_INTOLERANCE_ECS, ())


def test_a_narrative_and_a_check_up_item_lack_nothing_of_the_common_profile() -> None:
    assert claimed(made.NARRATIVE) == claimed(stated.WAIST) == (Profile.OBSERVATION, ())


def a_patient(**changes: Any) -> dict[str, Any]:
    return claiming(patient("id", replace(made.PATIENT, **changes), [made.INSURANCE]), made.RECORDED)


def test_a_patient_of_a_source_that_tells_the_address_claims_the_ecs_profile() -> None:
    assert profile_of(a_patient()) == (Profile.PATIENT, ("address.text",))
    assert profile_of(a_patient(postal_code="000-0001")) == (Profile.PATIENT, ("address.text",))
    assert profile_of(a_patient(address="練習県練習市")) == (Profile.PATIENT_ECS, ())


@pytest.mark.parametrize(
    ("changes", "lack"),
    [
        ({"birth_date": None}, "birthDate"),
        ({"name": PersonName("練習太郎")}, "name.(text, family, given)"),
        ({"name": PersonName("")}, "name"),
        ({"facility": "1349999012"}, "identifier:施設患者ID (R1010)"),
    ],
)
def test_what_else_a_patient_may_lack(changes: dict[str, Any], lack: str) -> None:
    assert lack in profile_of(a_patient(**changes))[1]


def test_a_patient_without_insurance_lacks_the_insured_persons_number() -> None:
    one = claiming(patient("id", made.PATIENT, []), made.RECORDED)
    assert "identifier:被保険者識別子 (R1012, R1013)" in profile_of(one)[1]


def test_where_the_ecs_profile_closes_the_tags_our_labels_are_security_labels() -> None:
    one = mapped(stated.MAPPED)
    assert "tag" not in one["meta"]
    assert one["meta"]["security"] == [{"system": "urn:renkei:data-class", "code": "diagnosis"}]
    assert one["meta"]["lastUpdated"] == made.RECORDED
    visit = mapped(made.VISIT)
    assert visit["meta"]["tag"][-1]["code"] == "visit"


def test_without_the_instant_of_storing_the_contents_are_the_same_and_the_claim_is_less() -> None:
    now = resources(stated.content(DocumentKind.LETTER, stated.MAPPED))
    unknown = resources(stated.content(DocumentKind.LETTER, stated.MAPPED, recorded=""))
    ((_, before),) = now.items()
    ((_, after),) = unknown.items()
    assert {**before, "meta": None} == {**after, "meta": None}
    assert after["meta"]["profile"] == [Profile.CONDITION]


def test_a_type_without_a_table_keeps_what_its_mapper_gave_it() -> None:
    one = mapped(made.ACT)
    assert claiming(one, "x") is one
    assert profile_of(one) == (Profile.PROCEDURE, ())
