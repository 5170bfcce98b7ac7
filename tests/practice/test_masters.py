"""Every code, name, price and point typed into the practice tables, held against the published masters.

Columns are those of the masters' own description (reference: masters, sections b, z, y, s, t, c).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from appliance.practice.acts import ACTS
from appliance.practice.charges import xray_unit
from appliance.practice.comments import COMMENTS
from appliance.practice.diseases import DISEASES, MODIFIERS
from appliance.practice.drugs import DRUGS, Form
from appliance.practice.episodes import EPISODES
from appliance.practice.panels import PANELS
from appliance.practice.patients import PLANS
from appliance.practice.treating import ACT_CATEGORY, ACT_DRUG, DRESSING
from tests.practice.masters import Master, read_master

ALIVE = "99999999"
FORMS = {"1": Form.ORAL, "4": Form.INJECTION, "6": Form.TOPICAL}
JUDGE_BY_GROUP = {
    "1": "judge_urine",
    "2": "judge_blood",
    "3": "judge_biochemistry_1",
    "4": "judge_biochemistry_2",
    "5": "judge_immunology",
    "11": "judge_respiratory",
}
"""検査等実施判断グループ区分 and the 判断料 it brings."""


@pytest.fixture(scope="module")
def acts(shared: Path) -> Master:
    """The full master with the later difference file over it."""
    full = read_master(shared / "masters" / "s_20240531.zip", 2)
    return full | read_master(shared / "masters" / "s_20250307.csv", 2)


@pytest.fixture(scope="module")
def drugs(shared: Path) -> Master:
    """The full master with the later difference file over it."""
    full = read_master(shared / "masters" / "y_ALL20240321.zip", 2)
    return full | read_master(shared / "masters" / "y_20250813.csv", 2)


def test_diseases_are_those_of_the_master_and_may_be_claimed(shared: Path) -> None:
    master = read_master(shared / "masters" / "b_20240601.zip", 2)
    for disease in DISEASES.values():
        row = master[disease.code]
        assert (row[5], row[15]) == (disease.name, disease.icd10)
        assert (row[23], row[19], row[18]) == (ALIVE, "0", "00"), disease.name


def test_modifiers_are_those_of_the_master(shared: Path) -> None:
    master = read_master(shared / "masters" / "z_20250601.zip", 2)
    assert {code: master[code][6] for code in MODIFIERS} == MODIFIERS
    assert all(master[code][15] == ALIVE for code in MODIFIERS)


def test_drugs_are_those_of_the_tariff(drugs: Master) -> None:
    for drug in DRUGS.values():
        row = drugs[drug.code]
        assert (row[4], row[9], FORMS[row[27]]) == (drug.name, drug.unit, drug.form)
        assert Decimal(row[11]) * 100 == drug.price_sen
        assert (row[10], row[30], row[33]) == ("1", ALIVE, "0"), drug.name


def test_acts_are_those_of_the_master_and_may_be_charged_to_outpatients(acts: Master) -> None:
    for act in ACTS.values():
        row = acts[act.code]
        assert row[4] == act.name
        assert row[10] == "3", act.name
        assert Decimal(row[11]) == act.points, act.name
        assert row[12] in {"0", "2"}, act.name
        assert row[87] == ALIVE
        assert (row[55] != "0") == act.stops_management, act.name


def test_acts_stand_under_the_category_that_the_master_sums_them_in(acts: Master) -> None:
    for act, category in ACT_CATEGORY.items():
        row = acts[ACTS[act].code]
        assert row[14].startswith(category), act


def test_bundled_tests_are_those_the_master_bundles_and_the_others_are_not(acts: Master) -> None:
    chemistry = {act for panel in PANELS.values() for act in panel.chemistry}
    single = {act for panel in PANELS.values() for act in panel.single}
    assert {acts[ACTS[act].code][15] for act in chemistry} == {"1"}
    assert "1" not in {acts[ACTS[act].code][15] for act in single}


@pytest.mark.parametrize("name", PANELS)
def test_the_judgement_fees_of_a_panel_are_those_of_its_tests(acts: Master, name: str) -> None:
    panel = PANELS[name]
    tests = (*panel.single, *panel.chemistry, *(act for act, _ in panel.counted))
    groups = {acts[ACTS[act].code][50] for act in tests} - {"0"}
    assert {JUDGE_BY_GROUP[group] for group in groups} == set(panel.judged)


def test_films_cost_what_the_steps_of_the_master_make(acts: Master) -> None:
    for reading in ("xray_reading_trunk", "xray_reading_limb"):
        for films in (1, 2):
            rows = [acts[ACTS[reading].code], acts[ACTS["xray_digital"].code]]
            # きざみ: the base points for one, きざみ点数 for each more; the sum is rounded half up.
            stepped = sum(Decimal(row[11]) + (films - 1) * Decimal(row[33]) for row in rows)
            archive = Decimal(acts[ACTS["xray_archive"].code][11])
            assert xray_unit(films, reading).points == int(stepped + Decimal("0.5")) + archive


def test_the_dressing_is_the_one_of_the_material_master(shared: Path) -> None:
    row = read_master(shared / "masters" / "t_ALL20250228.csv", 2)[DRESSING.code]
    assert row[4].startswith("皮膚欠損用創傷被覆材")
    assert (Decimal(row[11]), row[7].zfill(3)) == (Decimal(DRESSING.price_yen), DRESSING.unit)


def test_comments_are_those_of_the_master_with_their_pattern(shared: Path) -> None:
    master = read_master(shared / "masters" / "c_ALL20250307.csv", 22)
    for comment in COMMENTS.values():
        row = master[comment.code]
        assert (row[6], row[21]) == (comment.words, ALIVE)
        assert comment.code[1:3] == row[3]


def test_nothing_stands_in_the_tables_that_no_plan_uses() -> None:
    used = {plan.disease for plan in PLANS}
    used |= {disease for episode in EPISODES for disease, _ in episode.diseases}
    used |= {disease for episode in EPISODES for disease in episode.suspected}
    assert used == set(DISEASES)
    drugs = {dose.drug for plan in PLANS for variant in plan.variants for dose in variant}
    drugs |= {dose.drug for episode in EPISODES for dose in episode.doses}
    drugs |= {drug for drug, _ in ACT_DRUG.values()}
    assert drugs == set(DRUGS)
    panels = {plan.panel for plan in PLANS} | {episode.panel for episode in EPISODES}
    assert panels == set(PANELS)
