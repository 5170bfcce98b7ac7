"""Names, paths, patients' numbers and order numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.ssmix2.naming import (
    NO_ORDER,
    FileName,
    Flag,
    Kind,
    PatientNumbers,
    Place,
    Root,
    instant,
    order_number,
    read_name,
    stamp,
)

PLACE = Place(Root.STANDARD, "0000000012", "20260803", Kind.PRESCRIPTION, "000000000000077")
NAME = FileName(PLACE, "20261001103000123", "01", Flag.VALID)


def test_a_path_repeats_every_part_of_the_name():
    assert NAME.path("1319999012") == (
        "standard/1319999012/000/000/0000000012/20260803/OMP-01/"
        "0000000012_20260803_OMP-01_000000000000077_20261001103000123_01_1"
    )
    assert read_name(Root.STANDARD, NAME.text()) == NAME


@pytest.mark.parametrize(
    "name", ["", "x", NAME.text() + ".part", "." + NAME.text()[1:] + "x", NAME.text()[:-1] + "3"]
)
def test_what_is_no_name_is_none(name: str):
    assert read_name(Root.STANDARD, name) is None


def test_times_are_by_the_clocks_of_japan_to_the_millisecond():
    at = datetime(2026, 9, 30, 15, 0, 0, 7_000, tzinfo=UTC)
    assert stamp(at) == "20261001000000007"
    assert instant(stamp(at)) == at


@pytest.mark.parametrize(
    ("chart", "pid"),
    [("12", "0000000012"), ("0012", "0000000012"), ("A7", "00000000A7"), ("1234567890", "1234567890")],
)
def test_a_short_chart_number_is_padded(chart: str, pid: str):
    assert PatientNumbers().number("resource", chart) == pid


@pytest.mark.parametrize("chart", ["12345678901", "１２", "12-3", "1_2", "../x", "", "外来1"])
def test_any_other_chart_number_gets_a_local_number_that_stays(chart: str):
    pid = PatientNumbers().number("resource", chart)
    assert pid[0] == "L"
    assert len(pid) == 10
    assert PatientNumbers().number("resource", chart) == pid


def test_two_charts_that_padding_would_make_one_are_two_patients():
    numbers = PatientNumbers()
    first, second = numbers.number("a", "12"), numbers.number("b", "0012")
    assert (first, second[0]) == ("0000000012", "L")
    kept = PatientNumbers(dict(numbers.given))
    assert (kept.number("b", "0012"), kept.number("a", "12")) == (second, first)


@given(st.lists(st.tuples(st.uuids().map(str), st.text(max_size=12)), unique_by=lambda one: one[0]))
def test_no_two_patients_share_a_number(people: list[tuple[str, str]]):
    numbers = PatientNumbers()
    given_out = [numbers.number(resource_id, chart) for resource_id, chart in people]
    assert len(set(given_out)) == len(people)
    assert {len(pid) for pid in given_out} <= {10}
    assert all(pid.isascii() and pid.isalnum() for pid in given_out)


def test_an_order_has_the_sources_number_or_one_that_follows_from_its_key():
    assert order_number("key", written="77") == "000000000000077"
    derived = order_number("key", "2026-08-03", written="処-77")
    assert derived == order_number("key", "2026-08-03")
    assert derived != order_number("key", "2026-08-04")


@given(st.text(), st.text())
def test_an_order_number_is_fifteen_digits_and_never_the_one_that_means_none(key: str, written: str):
    number = order_number(key, written=written)
    assert len(number) == 15
    assert number.isdecimal()
    assert number != NO_ORDER or written == NO_ORDER
