"""A month of care brings what the fee schedule allows, and nothing it forbids."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from appliance.practice.acts import ACTS
from appliance.practice.care import MonthOfCare, care_for
from appliance.practice.episodes import EPISODES, Episode
from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.practice.patients import Ailment, Patient
from appliance.practice.population import Population
from appliance.practice.visits import Visit, month_number
from tests.practice.people_made import MONTH, ailment, patient, person

REGULAR = Visit(MONTH.replace(day=10), regular=True, treated=True)
AGAIN = Visit(MONTH.replace(day=24), regular=True, treated=True, order=1)
GUIDANCE = ("lifestyle_care", "chronic_care", "intractable_care")


def test_a_first_visit_for_an_illness_is_a_first_visit() -> None:
    care = care_for(patient(), [_ill("upper_respiratory")])
    assert _count(care, "first_visit") == 1
    assert _count(care, "base_up_first") == 1
    assert _count(care, "revisit") == 0
    assert _count(care, "management_addition") == 0


def test_who_comes_for_a_chronic_disease_is_never_a_first_visit() -> None:
    care = care_for(patient(person(), ailment("hypertension")), [REGULAR, _ill("upper_respiratory", day=20)])
    assert _count(care, "first_visit") == 0
    assert _count(care, "revisit") == 2


def test_a_small_child_brings_the_infant_addition() -> None:
    child = patient(person(date(2023, 5, 5)), clinic=CLINIC_B, in_house=False)
    care = care_for(child, [_ill("hand_foot_mouth"), _ill("hand_foot_mouth", day=14, order=1)])
    assert _count(care, "first_visit_infant") == 1
    assert _count(care, "revisit_infant") == 1


def test_lifestyle_care_excludes_what_it_includes() -> None:
    care = care_for(patient(person(), ailment("hypertension"), ailment("asthma")), [REGULAR, AGAIN])
    assert _count(care, "lifestyle_care") == 1
    assert _count(care, "chronic_care") == 0
    assert _count(care, "management_addition") == 0
    assert _count(care, "drug_information") == 0
    assert _count(care, "chronic_prescription") == 0


def test_chronic_care_and_its_prescription_addition_come_once_a_month() -> None:
    care = care_for(patient(person(), ailment("asthma")), [REGULAR, AGAIN])
    assert _count(care, "chronic_care") == 1
    assert _count(care, "chronic_prescription") == 1
    assert _count(care, "drug_information") == 1
    assert _count(care, "prescription_fee") == 2
    assert _count(care, "management_addition") == 2


def test_drugs_of_one_timing_are_one_unit_and_the_day_holds_the_days_supplied() -> None:
    care = care_for(patient(person(), ailment("hypertension", variant=1)), [REGULAR])
    (unit,) = [unit for unit in care.charges.days if unit.category == "21"]
    assert len(unit.lines) == 2
    assert unit.points == 3
    assert care.charges.days[unit] == {10: 28}


def test_a_weekly_drug_counts_weeks() -> None:
    osteoporosis = patient(person(sex="2"), ailment("osteoporosis"))
    care = care_for(osteoporosis, [REGULAR])
    weekly, daily = [days for unit, days in care.charges.days.items() if unit.category == "21"]
    assert (weekly, daily) == ({10: 4}, {10: 28})


def test_without_dispensing_there_is_a_slip_and_no_drug() -> None:
    outside = patient(person(), ailment("asthma"), in_house=False)
    care = care_for(outside, [REGULAR])
    assert not any(unit.category in {"21", "22", "23", "24", "25"} for unit in care.charges.days)
    assert _count(care, "prescription_slip") == 1
    (slip,) = care.prescriptions
    assert [dose.drug for dose in slip.doses] == ["symbicort", "montelukast"]
    assert (slip.day, slip.days_supply) == (REGULAR.day, 28)


def test_no_more_than_63_patches_are_prescribed_at_a_time() -> None:
    sore = patient(
        person(), ailment("knee_osteoarthritis"), ailment("low_back_pain", variant=1), clinic=CLINIC_B
    )
    (dose,) = care_for(replace(sore, in_house=False), [REGULAR]).prescriptions[0].doses
    assert (dose.drug, dose.amount) == ("loxoprofen_tape", "56")


def test_of_several_therapies_of_a_day_one_is_charged() -> None:
    sore = patient(person(), ailment("knee_osteoarthritis"), ailment("lumbar_stenosis"), clinic=CLINIC_B)
    care = care_for(sore, [REGULAR])
    assert _count(care, "rehabilitation") == 1
    assert _count(care, "heat_therapy") == 0
    assert _count(care, "management_addition") == 0


def test_rehabilitation_names_its_disease_and_its_first_day_by_era() -> None:
    sore = patient(person(), ailment("frozen_shoulder"), clinic=CLINIC_B)
    care = care_for(sore, [REGULAR])
    (unit,) = [unit for unit in care.charges.days if unit.lines[0].code == ACTS["rehabilitation"].code]
    assert unit.notes == (("830100217", "肩関節周囲炎"), ("850100440", "５０２０４０１"))


def test_a_film_names_part_and_side() -> None:
    sprained = patient(clinic=CLINIC_B, in_house=False)
    care = care_for(sprained, [_ill("ankle_sprain")])
    (unit,) = [unit for unit in care.charges.days if unit.category == "70"]
    assert unit.notes == (("830181530", "右"),)


def test_tests_of_two_diseases_on_one_day_share_sampling_and_bundle() -> None:
    # The person's number and the month make both panels due.
    both = _due_for(6, ailment("hypertension"), ailment("dyslipidemia"), ailment("diabetes"))
    care = care_for(both, [REGULAR])
    assert _count(care, "blood_sampling") == 1
    chemistry = [unit for unit in care.charges.days if ACTS["ast"].code in {line.code for line in unit.lines}]
    assert len(chemistry) == 1
    assert chemistry[0].points == 103
    assert _count(care, "judge_biochemistry_1") == 1


def test_suspected_diseases_end_with_the_test_and_the_found_one_is_cured() -> None:
    care = care_for(patient(), [_ill("covid")])
    outcomes = {(diagnosis.code, diagnosis.modifiers): diagnosis.outcome for diagnosis in care.diagnoses}
    assert outcomes == {("8850104", ()): "2", ("4871001", ("8002",)): "4"}


def test_one_main_disease_stands_first() -> None:
    care = care_for(patient(person(), ailment("asthma"), ailment("insomnia")), [REGULAR])
    assert [diagnosis.main for diagnosis in care.diagnoses] == [True, False]


def test_narratives_come_with_the_intractable_diseases_now_and_then() -> None:
    due = care_for(_due_for(3, ailment("parkinson")), [REGULAR])
    assert [kind for kind, _ in due.narratives] == ["03"]
    not_due = care_for(patient(person(number=_number_due(3) + 1), ailment("parkinson")), [REGULAR])
    assert not_due.narratives == ()


@pytest.mark.parametrize("episode", EPISODES, ids=lambda one: f"{one.clinic.folder}-{one.diseases[0][0]}")
def test_every_illness_can_be_charged(episode: Episode) -> None:
    born = date(2026 - episode.ages[1], 1, 1)
    ill = patient(person(born), clinic=episode.clinic, in_house=episode.clinic is CLINIC_A)
    visits = [Visit(MONTH.replace(day=5 + order), episode=episode, order=order) for order in range(2)]
    care = care_for(ill, visits)
    assert care.diagnoses[0].main
    assert all(unit.points > 0 for unit in care.charges.days)


def test_over_a_population_the_monthly_rules_hold(population: Population) -> None:
    for claim in population.claims:
        counts: Counter[str] = Counter()
        for charged in claim.units:
            counts.update({line.code: charged.count for line in charged.unit.lines})
        guidance = [ACTS[act].code for act in GUIDANCE if ACTS[act].code in counts]
        assert len(guidance) <= 1
        for act in (*GUIDANCE, *(act for act in ACTS if act.startswith("judge_"))):
            assert counts[ACTS[act].code] <= 1
        visits = sum(counts[ACTS[act].code] for act in ("first_visit", "revisit"))
        assert visits == len(claim.days)
        assert counts[ACTS["management_addition"].code] <= counts[ACTS["revisit"].code]


def test_no_prescription_holds_more_than_six_kinds_of_oral_drugs(population: Population) -> None:
    for claim in population.claims:
        oral = {
            line.code
            for charged in claim.units
            if charged.unit.category == "21"
            for line in charged.unit.lines
        }
        assert len(oral) <= 10  # two prescriptions of a month together
    for course in population.courses:
        for slip in course.prescriptions:
            assert sum(dose.timing.name != "TOPICAL" for dose in slip.doses) <= 6


def _ill(disease: str, *, day: int = 6, order: int = 0) -> Visit:
    episode = next(episode for episode in EPISODES if episode.diseases[0][0] == disease)
    return Visit(MONTH.replace(day=day), episode=episode, order=order)


def _number_due(months: int) -> int:
    """A person number for which everything done every `months` months is due in MONTH."""
    return months - month_number(MONTH) % months


def _due_for(months: int, *diseases: Ailment) -> Patient:
    return patient(person(number=_number_due(months)), *diseases)


def _count(care: MonthOfCare, act: str) -> int:
    code = ACTS[act].code
    return sum(
        sum(days.values())
        for unit, days in care.charges.days.items()
        if code in {line.code for line in unit.lines}
    )
