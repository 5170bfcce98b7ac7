"""The made-up people look like the patients of a town: their ages, families, names and insurance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import islice
from statistics import median

import pytest

from appliance.practice.insurers import (
    CHILDREN,
    DISABILITY,
    INSURERS,
    INTRACTABLE,
    KOUKI,
    PSYCHIATRY,
    WELFARE,
    Insurer,
    InsurerKind,
    PublicProgramme,
)
from appliance.practice.people import REFERENCE_DAY, Person, people
from appliance.records.identifiers import NumberNote, check_insurer, check_recipient
from appliance.records.names import is_katakana
from tests.practice.people_made import insurance, person

PEOPLE = tuple(islice(people(11), 3000))
AGES = [one.age_on(REFERENCE_DAY) for one in PEOPLE]


def test_the_first_people_are_the_same_however_many_are_made() -> None:
    assert tuple(islice(people(11), 40)) == PEOPLE[:40]


def test_another_seed_makes_other_people() -> None:
    assert tuple(islice(people(12), 40)) != PEOPLE[:40]


def test_many_are_old_and_some_are_children() -> None:
    assert 50 <= median(AGES) <= 68
    assert 0.35 < sum(age >= 65 for age in AGES) / len(AGES) < 0.6
    assert 0.08 < sum(age < 15 for age in AGES) / len(AGES) < 0.2
    assert max(AGES) < 100
    assert min(AGES) >= 0


def test_women_are_somewhat_more_than_men() -> None:
    assert 0.5 < sum(one.sex == "2" for one in PEOPLE) / len(PEOPLE) < 0.62


def test_children_are_much_younger_than_the_head_of_their_household() -> None:
    for family in _households():
        children = [one for one in family if one.age_on(REFERENCE_DAY) < 18]
        for child in children:
            assert (child.birth - family[0].birth).days > 18 * 365


def test_a_family_shares_insurer_and_number_and_each_member_has_a_branch() -> None:
    for family in _households():
        insured = [one.insurance for one in family if one.insurance]
        assert len({(one.insurer, one.symbol, one.number) for one in insured}) <= 1
        assert [one.branch for one in insured] == [f"{place:02d}" for place in range(1, len(insured) + 1)]
        assert [one.holder for one in insured] == [place == 0 for place in range(len(insured))]


def test_a_japanese_family_shares_its_surname() -> None:
    for family in _households():
        surnames = {one.name.text.split("　")[0] for one in family}
        foreign = any(" " in one.name.text or one.name.text[0] in "ＫＲ王マ" for one in family)
        assert len(surnames) == 1 or foreign


def test_names_fit_their_items_and_kana_is_katakana_without_space() -> None:
    for one in PEOPLE:
        assert len(one.name.text.encode("cp932", errors="replace")) <= 40
        assert is_katakana(one.name.kana)
        assert "　" not in one.name.kana


@pytest.mark.parametrize(
    "insurer", [*(insurer for insurer, _ in INSURERS), KOUKI], ids=lambda one: one.number
)
def test_insurer_numbers_have_right_check_digits_and_the_law_number_of_their_kind(insurer: Insurer) -> None:
    assert check_insurer(insurer.number) is NumberNote.NONE
    laws = {
        InsurerKind.KYOKAI: ("01",),
        InsurerKind.KUMIAI: ("06",),
        InsurerKind.KYOSAI: ("31", "32", "33", "34"),
        InsurerKind.KOUKI: ("39",),
    }
    if insurer.kind is InsurerKind.KOKUHO:
        assert len(insurer.number) == 6
    else:
        assert insurer.number[:2] in laws[insurer.kind]
        assert len(insurer.number) == 8


@pytest.mark.parametrize(
    "programme", [CHILDREN, DISABILITY, INTRACTABLE, PSYCHIATRY, WELFARE], ids=lambda one: one.law
)
def test_public_payers_have_right_check_digits(programme: PublicProgramme) -> None:
    assert check_insurer(programme.payer_number) is NumberNote.NONE
    assert programme.payer_number.startswith(programme.law)


def test_recipient_numbers_have_right_check_digits() -> None:
    numbers = [payment.recipient_number for one in PEOPLE for payment in one.public]
    assert numbers
    assert all(check_recipient(number) is NumberNote.NONE for number in numbers)


def test_from_75_on_people_are_insured_by_kouki_alone() -> None:
    for one in PEOPLE:
        insured = one.insurance_on(REFERENCE_DAY)
        if insured is not None:
            kouki = insured.insurer.kind is InsurerKind.KOUKI
            assert kouki == (one.age_on(REFERENCE_DAY) >= 75)
            assert not (kouki and insured.branch)


def test_who_turns_75_changes_insurance_on_the_birthday() -> None:
    one = person(date(1951, 7, 15), family=insurance(InsurerKind.KOKUHO))
    before, after = one.insurance_on(date(2026, 7, 14)), one.insurance_on(date(2026, 7, 15))
    assert before is not None
    assert after is not None
    assert (before.insurer.kind, after.insurer.kind) == (InsurerKind.KOKUHO, InsurerKind.KOUKI)


def test_under_welfare_nobody_has_health_insurance() -> None:
    on_welfare = [one for one in PEOPLE if one.insurance is None]
    assert 0 < len(on_welfare) < len(PEOPLE) * 0.05
    assert all(
        [payment.programme for payment in one.public_on(REFERENCE_DAY)] == [WELFARE] for one in on_welfare
    )


def test_children_have_their_subsidy_until_they_are_15() -> None:
    child = next(one for one in PEOPLE if one.age_on(REFERENCE_DAY) < 10 and one.insurance)
    on_15th_birthday = child.birth.replace(year=child.birth.year + 15, day=min(child.birth.day, 28))
    assert [payment.programme for payment in child.public_on(REFERENCE_DAY)] == [CHILDREN]
    assert child.public_on(on_15th_birthday.replace(year=on_15th_birthday.year + 1)) == ()


def _households() -> list[list[Person]]:
    together = defaultdict(list)
    for one in PEOPLE:
        together[one.household].append(one)
    return list(together.values())
