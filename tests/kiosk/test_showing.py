"""Dates, ages and lists as screens show them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from appliance.clock import JST
from appliance.kiosk.showing import age_on, minutes_since, show_iso, show_moment
from appliance.kiosk.timeline import by_class, by_month
from appliance.kiosk.words import DATA_CLASSES
from appliance.limits import KIOSK_SECTION_ROWS
from appliance.records.data_class import DataClass
from tests.kiosk.scripted_desk import NETWORK_TIMELINE, OWN_TIMELINE


@pytest.mark.parametrize(
    ("text", "ja", "en"),
    [
        ("1950-01-01", "昭和25年1月1日（1950年）", "1 Jan 1950"),
        ("2019-05-01", "令和元年5月1日（2019年）", "1 May 2019"),
        ("2026-09", "令和8年9月（2026年）", "Sep 2026"),
        ("2026-13", "2026-13", "2026-13"),
        ("", "", ""),
        ("不明", "不明", "不明"),
    ],
)
def test_days_and_months_in_both_languages(text: str, ja: str, en: str) -> None:
    assert (show_iso(text, "ja"), show_iso(text, "en")) == (ja, en)


def test_a_time_is_shown_in_japans_time() -> None:
    assert show_moment("2026-09-30T23:30:00.000Z", "ja") == "令和8年10月1日（2026年） 08:30"
    assert show_moment("2026-10-01T08:30:00+09:00", "en") == "1 Oct 2026 08:30"


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1950-10-01", 76),
        ("1950-10-02", 75),
        ("2026-10-01", 0),
        ("2026-10-02", None),
        ("", None),
        ("x", None),
    ],
)
def test_an_age_is_in_completed_years(born: str, age: int | None) -> None:
    assert age_on(born, date(2026, 10, 1)) == age


def test_the_age_of_an_answer_is_in_minutes_and_never_negative() -> None:
    now = datetime(2026, 10, 1, 10, 0, tzinfo=JST)
    assert minutes_since("2026-10-01T00:18:00.000Z", now) == 42
    assert minutes_since("2026-10-01T02:00:00.000Z", now) == 0
    assert minutes_since("", now) is None
    assert minutes_since("2026-10-01T00:18:00", now) is None


def test_every_class_has_a_word_and_every_list_class_a_section() -> None:
    assert set(DATA_CLASSES) == set(DataClass)
    sections = by_class(())
    assert {section.name for section in sections} == set(DataClass) - {DataClass.BASIC, DataClass.INSURANCE}
    assert not any(section.shown for section in sections)


def test_a_class_that_this_version_does_not_know_is_shown_all_the_same() -> None:
    strange = type(OWN_TIMELINE[0])(
        date="", data_class="genome", title="?", source="1", source_name="1", as_of=""
    )
    assert by_class([strange])[-1].shown == (strange,)


def test_no_line_is_lost_in_either_order_and_the_newest_stands_first() -> None:
    entries = (*OWN_TIMELINE, *NETWORK_TIMELINE)
    for sections in (by_class(entries), by_month(entries)):
        assert sorted(map(id, entries)) == sorted(
            id(entry) for section in sections for entry in (*section.shown, *section.folded)
        )
        for section in sections:
            dates = [entry.date for entry in (*section.shown, *section.folded)]
            assert dates == sorted(dates, reverse=True)
            assert len(section.shown) <= KIOSK_SECTION_ROWS
