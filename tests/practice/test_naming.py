"""Receipt computers write what their character set allows, each in its own way."""

from __future__ import annotations

import pytest

from appliance.practice.chance import Chance
from appliance.practice.name_tables import FOREIGN_NAMES, GIVEN_NAMES, RARE_SURNAMES, SURNAMES
from appliance.practice.naming import FullName, Surname, draw_name, written_name
from appliance.records.names import is_katakana


def test_a_name_within_cp932_is_written_as_it_is() -> None:
    name = FullName("髙橋　﨑子", "タカハシサキコ")
    assert written_name(name, kana_instead=True) == name.text
    assert written_name(name, kana_instead=True).encode("cp932")


def test_a_name_outside_cp932_becomes_kana_on_one_system_and_a_question_mark_on_another() -> None:
    name = FullName("𠮷田　清", "ヨシダキヨシ")
    assert written_name(name, kana_instead=True) == "ヨシダキヨシ"
    assert written_name(name, kana_instead=False) == "？田　清"
    assert "？".encode("cp932") == b"\x81\x48"


@pytest.mark.parametrize(
    ("sex", "year", "given"),
    [("1", 1938, "清"), ("2", 1950, "洋子"), ("1", 1990, "翔太"), ("2", 2020, "陽葵")],
)
def test_given_names_are_those_of_their_generation(sex: str, year: int, given: str) -> None:
    drawn = {draw_name(Chance(1, n), Surname("林", "ハヤシ"), sex, year).text for n in range(200)}
    assert f"林　{given}" in drawn


def test_a_foreign_family_has_names_of_its_own() -> None:
    name = draw_name(Chance(1, "foreign"), Surname("", "", foreign=True), "2", 1990)
    assert (name.text, name.kana, "2") in FOREIGN_NAMES


def test_every_kana_of_the_tables_is_katakana() -> None:
    kana = [kana for _, kana in (*SURNAMES, *RARE_SURNAMES)]
    kana += [kana for names in GIVEN_NAMES.values() for _, kana in names]
    kana += [kana for _, kana, _ in FOREIGN_NAMES]
    assert all(is_katakana(one) for one in kana)


def test_foreign_names_never_mix_half_and_full_width() -> None:
    for text, _, _ in FOREIGN_NAMES:
        assert text.isascii() or not any(letter.isascii() for letter in text)
