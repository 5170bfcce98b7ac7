import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.records.administrative import PersonName
from appliance.records.names import is_katakana, person_name, same_text, search_key, split_name, to_katakana


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("山田　太郎", ("山田", "太郎")),
        ("山田 太郎", ("山田", "太郎")),
        ("山田太郎", ("山田太郎", "")),
        ("SMITH JOHN PAUL", ("SMITH", "JOHN PAUL")),
        ("  ", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_name_parts_at_its_first_space(text: str, expected: tuple[str, str]):
    assert split_name(text) == expected


def test_a_person_keeps_the_name_as_written():
    assert person_name("髙橋　﨑子", "タカハシサキコ") == PersonName(
        "髙橋　﨑子", "タカハシサキコ", "髙橋", "﨑子"
    )


def test_without_a_space_nothing_is_split():
    assert person_name("山田太郎") == PersonName("山田太郎")


@pytest.mark.parametrize("text", ["ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ", "やまだ　たろう"])
def test_a_kanji_name_replaced_by_kana_serves_as_the_kana(text: str):
    name = person_name(text)
    assert name.text == text
    assert name.kana == "ヤマダタロウ"


def test_the_kana_of_the_source_is_kept():
    assert person_name("ヤマダ　タロウ", "ヤマタ").kana == "ヤマタ"


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("ｶﾞｷﾞﾊﾟ", "ガギパ"),
        ("さとう", "サトウ"),
        ("ｺｰﾄﾞ", "コード"),
        ("コ‐ド", "コード"),
        ("コ−ド", "コード"),
        ("コ―ド", "コード"),
    ],
)
def test_katakana_of_every_width_and_script(text: str, kana: str):
    assert to_katakana(text) == kana


def test_a_dash_that_follows_no_kana_stays():
    assert to_katakana("１-２") == "1-2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("キン　ー", True), ("ヴァン・ゴッホ", True), ("金", False), ("", False), ("A", False)],
)
def test_all_kana_is_recognised(text: str, expected: bool):
    assert is_katakana(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "シャーリー",
        "ｼｬｰﾘｰ",
        "しゃーりー",
        "シヤーリー",
        "シャ―リ－",
        "シャ‐リ‐",
        "シャ ーリー",
        "シャ・ーリー",
    ],
)
def test_one_search_key_for_every_spelling(text: str):
    assert search_key(text) == "シヤーリー"


def test_search_keys_of_roman_letters_have_one_case_and_width():
    assert search_key("ｓｍｉｔｈ") == search_key("Smith") == "SMITH"


def test_the_pitfalls_of_cp932_compare_equal():
    wave_of_cp932, wave_of_jis = b"\x81\x60".decode("cp932"), "〜"
    minus_of_cp932, minus_of_jis = b"\x81\x7c".decode("cp932"), "−"
    assert wave_of_cp932 != wave_of_jis
    assert minus_of_cp932 != minus_of_jis
    assert same_text(f"あ{wave_of_cp932}", f"あ{wave_of_jis}")
    assert same_text(f"１{minus_of_cp932}２", f"1{minus_of_jis}2")
    assert not same_text("山田", "山本")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_a_search_key_is_its_own_search_key(text: str):
    key = search_key(text)
    assert search_key(key) == key
    person_name(text)
