import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.records.identifiers import (
    FacilityNumber,
    NumberNote,
    check_digit,
    check_insurer,
    check_recipient,
    facility_number,
    folded_branch,
    folded_number,
    law_number,
    member_id,
)


def test_a_facility_number_has_three_parts():
    number = facility_number("1311234567")
    assert number == FacilityNumber("13", "1", "1234567")
    assert str(number) == "1311234567"


@pytest.mark.parametrize(
    "text", ["", "131123456", "13112345678", "4811234567", "0011234567", "13112345X7", "１３１１２３４５６７"]
)
def test_what_is_no_facility_number_has_no_parts(text: str):
    assert facility_number(text) is None


@pytest.mark.parametrize("number", ["06132013", "54136015", "80136120", "01130012", "138057", "  138057"])
def test_payer_numbers_with_their_check_digit(number: str):
    assert check_insurer(number) is NumberNote.NONE


@pytest.mark.parametrize(
    ("number", "note"),
    [
        ("06132014", NumberNote.CHECK_DIGIT),
        ("138058", NumberNote.CHECK_DIGIT),
        ("", NumberNote.EMPTY),
        ("  ", NumberNote.EMPTY),
        ("0613201", NumberNote.MALFORMED),
        ("ABCDEFGH", NumberNote.MALFORMED),
        ("０６１３２０１３", NumberNote.MALFORMED),
        ("1234", NumberNote.NONE),
    ],
)
def test_other_payer_numbers_are_told_apart(number: str, note: NumberNote):
    assert check_insurer(number) is note


def test_recipients_numbers_have_a_check_digit_too():
    assert check_recipient("2222222") is NumberNote.NONE
    assert check_recipient("2222223") is NumberNote.CHECK_DIGIT
    assert check_recipient("222222") is NumberNote.MALFORMED
    assert check_recipient("") is NumberNote.EMPTY


@settings(deadline=None)
@given(st.text("0123456789", min_size=1, max_size=9), st.integers(0, 8))
def test_a_wrong_digit_never_passes(digits: str, place: int):
    place %= len(digits)
    wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    assert check_digit(digits) != check_digit(wrong)


def test_the_law_number_is_that_of_eight_digits_only():
    assert law_number("06132013") == "06"
    assert law_number("138057") == ""


@pytest.mark.parametrize("text", ["１２－３４", "12-34", "12‐34", "12−34", " 12 - 34 ", "１２ー３４"])
def test_symbols_and_numbers_compare_in_one_form(text: str):
    assert folded_number(text) == "12-34"


def test_dots_in_symbols_stay():
    assert folded_number("０１・１２") == "01・12"


@pytest.mark.parametrize(
    ("text", "branch"), [("02", "02"), ("2", "02"), ("０２", "02"), ("", ""), ("123", ""), ("A", "")]
)
def test_branch_numbers_have_two_digits(text: str, branch: str):
    assert folded_branch(text) == branch


def test_the_member_id_of_clins_has_eight_digits_and_no_spaces():
    assert member_id("  138057", "０１・１２", "３４ ５６", "2") == "00138057:０１・１２:３４５６:02"
    assert member_id("06132013", "", "123", "") == "06132013::123:"
    assert member_id("", "", "", "") == ":::"
