"""The treatment tables make sense: forms and timings agree, amounts are amounts, ages and shares are in order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from appliance.practice.acts import ACTS
from appliance.practice.comments import COMMENTS
from appliance.practice.diseases import MODIFIERS
from appliance.practice.drugs import DRUGS, Form
from appliance.practice.episodes import EPISODES, Episode
from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.practice.panels import PANELS
from appliance.practice.patients import ADULT_AGE, PLANS
from appliance.practice.plans import Dose, Guidance, Plan, Timing
from appliance.practice.prescribing import PATCHES, PATCHES_MAX
from appliance.practice.treating import ACT_CATEGORY, ACT_DRUG

DOSES = [dose for plan in PLANS for variant in plan.variants for dose in variant]
DOSES += [dose for episode in EPISODES for dose in episode.doses]


def _named(one: Plan | Episode) -> str:
    disease = one.disease if isinstance(one, Plan) else one.diseases[0][0]
    return f"{one.clinic.folder}-{disease}"


@pytest.mark.parametrize(
    "dose", dict.fromkeys(DOSES), ids=lambda dose: f"{dose.drug}-{dose.amount}-{dose.timing.name}"
)
def test_a_dose_fits_its_drug(dose: Dose) -> None:
    assert (dose.timing is Timing.TOPICAL) == (DRUGS[dose.drug].form is Form.TOPICAL)
    assert DRUGS[dose.drug].form is not Form.INJECTION
    assert (dose.timing is Timing.AS_NEEDED) == (dose.times > 0)
    assert Decimal(dose.amount) > 0
    assert dose.amount == format(Decimal(dose.amount).normalize(), "f")
    if dose.drug in PATCHES:
        assert int(dose.amount) <= PATCHES_MAX


@pytest.mark.parametrize("plan", PLANS, ids=_named)
def test_a_plan_is_whole(plan: Plan) -> None:
    ages = [age for age, _ in plan.likely]
    assert ages == sorted(set(ages))
    assert all(0 <= share < 0.7 for _, share in plan.likely)
    assert plan.likely_at(ages[0] - 1) == 0
    assert plan.likely_at(ages[-1] + 1) == plan.likely[-1][1]
    assert plan.panel in PANELS
    assert all(act in {*ACT_CATEGORY, "rehabilitation"} for act in plan.acts)
    assert all(not act or act in ACT_DRUG for act in plan.injections)
    assert all(modifier in MODIFIERS for modifiers in plan.modifiers for modifier in modifiers)
    assert 1 <= plan.visits[0] <= plan.visits[1]


def test_each_disease_has_one_plan() -> None:
    diseases = [plan.disease for plan in PLANS]
    assert len(diseases) == len(set(diseases))


def test_guidance_is_named_by_the_act_that_is_charged() -> None:
    assert all(guidance.value in ACTS for guidance in Guidance if guidance)


@pytest.mark.parametrize("episode", EPISODES, ids=_named)
def test_an_episode_is_whole(episode: Episode) -> None:
    assert 0 <= episode.ages[0] < episode.ages[1] < 100
    assert set(episode.months) <= set(range(1, 13))
    assert episode.panel in PANELS
    assert all(act in ACT_CATEGORY for act in (*episode.first_acts, *episode.acts))
    if episode.clinic is CLINIC_A:
        assert episode.ages[0] >= ADULT_AGE


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("age", [0, 1, 3, 6, 14, 15, 40, 69])
def test_whoever_falls_ill_has_something_to_fall_ill_with(age: int, month: int) -> None:
    clinics = (CLINIC_B,) if age < ADULT_AGE else (CLINIC_A, CLINIC_B)
    for clinic in clinics:
        assert any(
            episode.clinic is clinic and episode.ages[0] <= age <= episode.ages[1] and month in episode.months
            for episode in EPISODES
        )


def test_children_get_no_tablets() -> None:
    for episode in EPISODES:
        if episode.ages[1] < ADULT_AGE:
            assert all(DRUGS[dose.drug].unit not in {"錠", "カプセル"} for dose in episode.doses)


def test_pictures_name_a_part_the_comment_table_knows() -> None:
    for panel in PANELS.values():
        assert all(picture.comment in COMMENTS and picture.reading in ACTS for picture in panel.pictures)
        assert not panel.before or panel.before in COMMENTS
