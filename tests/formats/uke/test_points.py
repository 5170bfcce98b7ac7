"""Points: what a claim declares, what its units add up to, and for whom."""

import pytest

from appliance.formats.uke.tables import BURDEN
from tests.formats.uke.made_up import (
    act,
    claim,
    codes_of,
    document_of,
    insurer,
    parsed,
    receipt,
    row,
    trailer,
)


def public(order: int = 1, **items: str | int) -> str:
    number = {1: "54136015", 2: "80136120"}[order]
    return row("KO", **({"public_payer_no": number, "recipient_no": "2222222", "total_points": 75} | items))


def test_points_are_those_of_the_insurance():
    document = document_of(receipt(), insurer(), public(total_points=9), act(points=75))
    assert (document.points, document.points_computed) == (75, 75)


def test_without_insurance_they_are_those_of_the_first_public_payer():
    rows = [receipt(receipt_type="1212"), public(), act(points=75, burden_type="5")]
    document = document_of(*rows)
    assert (document.points, document.points_computed) == (75, 75)


def test_points_times_count_are_added_over_units():
    rows = [
        act(days={3: 1, 10: 1}, points=75),
        act("IY", category="21", days={3: 14}),
        act("IY", category="", days={3: 14}, points=8),
    ]
    document = document_of(receipt(), insurer(total_points=262), *rows)
    assert document.points_computed == 262
    assert codes_of(document) == set()


def test_units_that_another_payer_bears_are_left_out():
    rows = [act(points=75), act(points=100, burden_type="5"), act(points=10, burden_type="2")]
    document = document_of(receipt(), insurer(total_points=85), public(), *rows)
    assert document.points_computed == 85


def test_meals_are_yen_and_left_out():
    document = document_of(receipt(), insurer(), act(points=75), act(category="97", points=640))
    assert document.points_computed == 75


def test_a_difference_is_a_finding_with_both_figures():
    document = document_of(receipt(), insurer(total_points=80), act(points=75))
    (finding,) = document.findings
    assert finding.code == "UKE-C008"
    assert "80" in finding.text
    assert "75" in finding.text
    assert finding.line == 2


def test_without_payers_there_is_nothing_to_compare():
    document = document_of(receipt(), act(points=75))
    assert (document.points, document.points_computed) == (None, None)
    assert codes_of(document) == {"UKE-C009"}


def test_without_declared_points_nothing_is_compared():
    document = document_of(receipt(), insurer(total_points=""), act(points=75))
    assert (document.points, document.points_computed) == (None, 75)
    assert codes_of(document) == set()


def test_an_unknown_burden_is_told_and_left_out():
    document = document_of(receipt(), insurer(total_points=0), act(points=75, burden_type="@"))
    assert document.points_computed == 0
    assert codes_of(document) == {"UKE-R012"}


def test_the_burden_table_names_every_combination_once():
    assert len(BURDEN) == 31
    assert len(set(BURDEN.values())) == 31


def test_the_trailer_counts_payers_and_the_main_payers_points():
    rows = [receipt(), insurer(), public(), act(points=75), *claim()[:1], insurer(), act(points=75)]
    assert codes_of(parsed(*rows, trailer(count=3, points=150))) == {"UKE-F012"}


@pytest.mark.parametrize(("count", "points", "code"), [(2, 75, "UKE-F004"), (1, 76, "UKE-F005")])
def test_a_trailer_that_differs_is_a_finding(count: int, points: int, code: str):
    assert codes_of(parsed(*claim(), trailer(count=count, points=points))) == {code}


@pytest.mark.parametrize("volume", ["99", "00", ""])
def test_a_trailer_of_a_single_volume_is_compared_whatever_its_number(volume: str):
    assert codes_of(parsed(*claim(), trailer(points=80, volume=volume))) == {"UKE-F005"}


def test_trailers_of_several_volumes_are_not_compared():
    assert codes_of(parsed(*claim(), trailer(count="", points="", volume="01"))) == {"UKE-F006"}
    assert codes_of(parsed(*claim(), row("GO", volume_id="99"))) == set()


def test_a_claim_that_is_refused_still_counts_in_the_trailer():
    rows = [receipt(care_month="x"), insurer(), act(points=75), *claim()]
    assert codes_of(parsed(*rows, trailer(count=2, points=150))) == {"UKE-C001"}


def test_two_joined_files_have_a_trailer_each():
    rows = [
        *claim(),
        trailer(),
        "IR,1,13,1,1234567,,架空クリニック,202508,00,",
        *claim()[:1],
        insurer(),
        trailer(points=75),
    ]
    found = parsed(*rows)
    assert [document.sequence for document in found.documents] == ["2025-07", "2025-08"]
    assert "UKE-F005" not in codes_of(found)
