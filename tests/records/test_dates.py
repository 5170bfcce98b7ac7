from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.records.dates import (
    ERAS,
    DateNote,
    DateReading,
    YearMonth,
    era_of,
    read_date,
    read_month,
    read_month_day,
    show_date,
    show_month,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19500101", date(1950, 1, 1)),
        ("20240229", date(2024, 2, 29)),
        ("3250101", date(1950, 1, 1)),
        ("5060229", date(2024, 2, 29)),
        ("1010125", date(1868, 1, 25)),
        ("2010730", date(1912, 7, 30)),
        ("4310430", date(2019, 4, 30)),
        ("5010501", date(2019, 5, 1)),
        ("R060401", date(2024, 4, 1)),
        ("s250101", date(1950, 1, 1)),
        ("５０７０６０３", date(2025, 6, 3)),
        (" 19500101 ", date(1950, 1, 1)),
    ],
)
def test_a_day_is_read_by_its_length(text: str, expected: date):
    assert read_date(text) == DateReading(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202004", YearMonth(2020, 4)),
        ("42806", YearMonth(2016, 6)),
        ("50701", YearMonth(2025, 1)),
        ("４２８０６", YearMonth(2016, 6)),
    ],
)
def test_a_month_is_read_by_its_length(text: str, expected: YearMonth):
    assert read_month(text).value == expected
    assert read_month(text).note is DateNote.NONE


@pytest.mark.parametrize(
    "text",
    [
        "20230229",
        "99999999",
        "6010101",
        "0010101",
        "5000101",
        "1950010",
        "195001",
        "x9500101",
        "1234",
        "令和７年",
    ],
)
def test_what_is_no_day_is_unreadable(text: str):
    assert read_date(text) == DateReading(None, DateNote.UNREADABLE)


@pytest.mark.parametrize("text", ["202013", "202000", "NDM001", "4100415", "5", "60101", "18000101"])
def test_what_is_no_month_is_unreadable(text: str):
    assert read_month(text).note is DateNote.UNREADABLE
    assert read_month(text).value is None


@pytest.mark.parametrize("text", ["", "  ", "　"])
def test_nothing_is_empty_rather_than_unreadable(text: str):
    assert read_date(text).note is DateNote.EMPTY
    assert read_month(text).note is DateNote.EMPTY


def test_heisei_that_goes_on_past_its_end_is_counted_on_and_noted():
    assert read_date("4310501") == DateReading(date(2019, 5, 1), DateNote.ERA_OVERRUN)
    assert read_month("43105").value == YearMonth(2019, 5)
    assert read_month("43105").note is DateNote.ERA_OVERRUN


def test_an_era_written_before_it_began_is_counted_back_and_noted():
    assert read_date("5010430") == DateReading(date(2019, 4, 30), DateNote.ERA_NOT_BEGUN)
    assert read_month("50104").note is DateNote.ERA_NOT_BEGUN


@pytest.mark.parametrize(
    ("text", "note"), [("40101", DateNote.NONE), ("36401", DateNote.NONE), ("36402", DateNote.ERA_OVERRUN)]
)
def test_a_month_that_two_eras_share_belongs_to_both(text: str, note: DateNote):
    assert read_month(text).note is note


@pytest.mark.parametrize(("text", "expected"), [("0412", (4, 12)), ("0229", (2, 29)), ("０４１２", (4, 12))])
def test_a_day_without_a_year_is_read(text: str, expected: tuple[int, int]):
    assert read_month_day(text) == expected


@pytest.mark.parametrize("text", ["0230", "1301", "0001", "041", "04121", "ab12", ""])
def test_what_is_no_day_of_a_year_is_none(text: str):
    assert read_month_day(text) is None


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(1950, 1, 1), "昭和25年1月1日（1950年）"),
        (date(2019, 5, 1), "令和元年5月1日（2019年）"),
        (date(2019, 4, 30), "平成31年4月30日（2019年）"),
        (date(1989, 1, 7), "昭和64年1月7日（1989年）"),
        (date(1860, 3, 4), "1860年3月4日（1860年）"),
    ],
)
def test_screens_show_both_years(day: date, shown: str):
    assert show_date(day) == shown


def test_a_month_shows_the_era_it_ends_in():
    assert show_month(YearMonth(1989, 1)) == "平成元年1月（1989年）"


def test_a_month_knows_its_days():
    february = YearMonth(2024, 2)
    assert february.iso == "2024-02"
    assert february.day(29) == date(2024, 2, 29)
    assert february.day(30) is None
    assert february.day(0) is None
    assert YearMonth(2024, 12).day(31) == date(2024, 12, 31)
    assert date(2024, 2, 1) in february
    assert date(2023, 2, 1) not in february


@settings(deadline=None)
@given(st.dates(min_value=ERAS[0].first_day, max_value=date(2099, 12, 31)))
def test_every_day_reads_back_from_its_era_form(day: date):
    era = era_of(day)
    assert era is not None
    assert read_date(f"{era.digit}{day.year - era.offset:02d}{day:%m%d}") == DateReading(day)


@settings(deadline=None)
@given(st.dates(min_value=date(1850, 1, 1), max_value=date(2200, 12, 31)))
def test_every_day_reads_back_from_its_western_form(day: date):
    assert read_date(f"{day:%Y%m%d}") == DateReading(day)


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_never_raised(text: str):
    read_date(text)
    read_month(text)
    read_month_day(text)
