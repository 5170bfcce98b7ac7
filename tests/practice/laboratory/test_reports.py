"""Laboratory reports: for the tests that were charged, with values that fit the patient."""

from __future__ import annotations

from statistics import mean

import pytest

from appliance.practice.acts import ACTS
from appliance.practice.diseases import DISEASES
from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.items import GRADES, ITEMS, GradedItem, Item
from appliance.practice.laboratory.reports import Report, Result, reports_of
from appliance.practice.population import Population


@pytest.fixture(scope="module")
def reports(population: Population) -> tuple[Report, ...]:
    return reports_of(population)


def values(reports: tuple[Report, ...], name: str, *, ill: str) -> list[float]:
    """The standing values of an item, of patients with that chronic disease (`-`: without)."""
    disease, without = ill.lstrip("-"), ill.startswith("-")
    return [
        float(result.value)
        for report in reports
        if report.standing
        if (disease in {ailment.plan.disease for ailment in report.patient.ailments}) != without
        for result in report.results
        if result.item.name == name
    ]


def test_items_have_codes_of_their_own() -> None:
    codes = [item.code for items in ITEMS.values() for item in items]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 17 and code.isalnum() for code in codes)
    assert ITEMS.keys() <= ACTS.keys()


def test_every_day_with_charged_tests_has_its_report(
    population: Population, reports: tuple[Report, ...]
) -> None:
    codes = {ACTS[act].code for act in ITEMS}
    meant = {
        (claim.patient.person.number, claim.care_month.replace(day=day))
        for claim in population.claims
        if claim.patient.clinic is CLINIC_A
        for charged in claim.units
        if any(line.code in codes for line in charged.unit.lines)
        for day, _ in charged.days
    }
    standing = [report for report in reports if report.standing]
    assert {(one.patient.person.number, one.collected.date()) for one in standing} == meant
    assert len(standing) == len(meant) > 200


@pytest.mark.parametrize(
    ("name", "disease", "least_apart"),
    [
        ("血色素量", "iron_deficiency", -2.0),
        ("クレアチニン", "kidney_disease", 0.3),
        ("尿酸", "hyperuricemia", 0.5),
    ],
)
def test_the_ill_differ_from_others(
    reports: tuple[Report, ...], name: str, disease: str, least_apart: float
) -> None:
    apart = mean(values(reports, name, ill=disease)) - mean(values(reports, name, ill=f"-{disease}"))
    assert apart <= least_apart if least_apart < 0 else apart >= least_apart


def test_diabetes_is_seen_in_hba1c(reports: tuple[Report, ...]) -> None:
    found = values(reports, "HbA1c（NGSP）", ill="diabetes")
    assert 6.5 < mean(found) < 7.7
    assert all(5.0 < value < 11 for value in found)


def test_lipids_are_asked_for_and_high_where_they_are_treated(reports: tuple[Report, ...]) -> None:
    assert mean(values(reports, "中性脂肪", ill="dyslipidemia")) > 140
    assert 110 < mean(values(reports, "LDLコレステロール", ill="dyslipidemia")) < 160


def test_a_person_keeps_a_level_over_the_months(reports: tuple[Report, ...]) -> None:
    by_person: dict[int, list[float]] = {}
    for report in reports:
        for result in report.results:
            if report.standing and result.item.name == "HbA1c（NGSP）":
                by_person.setdefault(report.patient.person.number, []).append(float(result.value))
    often = [found for found in by_person.values() if len(found) > 1]
    assert often
    assert mean(max(found) - min(found) for found in often) < 0.6
    assert len({found[0] for found in often}) > 5


def test_flags_agree_with_the_reference_range(reports: tuple[Report, ...]) -> None:
    for result in (result for report in reports for result in report.results):
        assert result.flag == expected_flag(result)


def expected_flag(result: Result) -> str:
    if isinstance(result.item, GradedItem):
        return "A" if GRADES.index(result.value) > 1 else ""
    value = float(result.value)
    if result.item.low is not None and value < result.item.low:
        return "L"
    return "H" if result.item.high is not None and value > result.item.high else ""


def test_some_values_are_corrected_the_day_after(reports: tuple[Report, ...]) -> None:
    corrected = [report for report in reports if report.version]
    assert 0 < len(corrected) < len(reports) / 20
    for report in corrected:
        (first,) = [one for one in reports if one.number == report.number and not one.version]
        assert not first.standing
        assert first.reported < report.reported
        changed = [
            (old.value, new.value)
            for old, new in zip(first.results, report.results, strict=True)
            if old.value != new.value
        ]
        assert len(changed) == 1
        assert sum(result.status == "C" for result in report.results) == 1


def test_diseases_that_move_values_are_those_of_the_table() -> None:
    for item in (item for items in ITEMS.values() for item in items):
        names = [disease for disease, _ in item.ill] if isinstance(item, Item) else item.ill
        assert set(names) <= DISEASES.keys(), item.name
