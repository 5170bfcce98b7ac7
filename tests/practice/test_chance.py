"""Draws are repeatable, and as likely as they are said to be."""

from __future__ import annotations

import pytest

from appliance.practice.chance import Chance

ALWAYS = [94, 3, 6, 84, 42, 42, 19, 85]


def test_the_same_seed_and_subject_draw_the_same() -> None:
    one, other = Chance(1, "patient", 7), Chance(1, "patient", 7)
    assert [one.below(1000) for _ in range(50)] == [other.below(1000) for _ in range(50)]


@pytest.mark.parametrize("other", [Chance(2, "patient", 7), Chance(1, "patient", 8), Chance(1, "patient7")])
def test_another_seed_or_subject_draws_otherwise(other: Chance) -> None:
    one = Chance(1, "patient", 7)
    assert [one.below(1000) for _ in range(50)] != [other.below(1000) for _ in range(50)]


def test_the_draws_are_the_ones_they_have_always_been() -> None:
    # Population files are compared byte by byte between machines and versions: this stream may never change.
    chance = Chance(42, "always")
    assert [chance.below(100) for _ in range(8)] == ALWAYS


def test_between_reaches_both_ends() -> None:
    chance = Chance(1, "between")
    assert {chance.between(3, 5) for _ in range(200)} == {3, 4, 5}


def test_weights_are_kept() -> None:
    chance = Chance(1, "weights")
    drawn = [chance.pick_weighted((("rare", 1.0), ("usual", 9.0), ("never", 0.0))) for _ in range(2000)]
    assert 0.06 < drawn.count("rare") / len(drawn) < 0.14
    assert "never" not in drawn


def test_several_are_different_and_never_more_than_there_are() -> None:
    chance = Chance(1, "several")
    assert sorted(chance.several("abc", 5)) == ["a", "b", "c"]
    assert len(set(chance.several("abcdef", 3))) == 3


def test_digits_never_begin_with_zero() -> None:
    chance = Chance(1, "digits")
    drawn = [chance.digits(4) for _ in range(300)]
    assert all(len(number) == 4 and number[0] != "0" for number in drawn)
