"""Forms: bounded, strictly read; birth dates in every era."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.kiosk.forms import WESTERN, BirthDateError, Form, birth_date
from appliance.kiosk.problems import FormTooLargeError, FormUnreadableError
from appliance.kiosk.sessions import TextSize
from appliance.limits import KIOSK_FIELD_MAX_CHARS, KIOSK_FIELDS_MAX
from appliance.records.dates import ERAS
from tests.kiosk.client import Browser


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"a=1", {"Content-Type": "application/json"}, 400),
        (b"a=1", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"a=1", {"Content-Type": "text/plain"}, 400),
        (b"a=%ff", {}, 400),
        (b"a=\xe5\xb1\xb1", {}, 400),
        (b"a", {}, 400),
        (b"a=1&a=2", {}, 400),
        (b"&".join(b"f%d=1" % n for n in range(KIOSK_FIELDS_MAX + 1)), {}, 400),
        (b"", {}, 403),
    ],
)
def test_a_body_that_no_form_of_ours_sends_is_refused(
    browser: Browser, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert browser.send("POST", "/sign-in", body, headers).status == status


def test_a_field_longer_than_any_control_allows_is_refused() -> None:
    form = Form({"kana": "ア" * (KIOSK_FIELD_MAX_CHARS + 1)})
    with pytest.raises(FormTooLargeError):
        form.text("kana")
    assert len(form.long_text("kana")) == KIOSK_FIELD_MAX_CHARS + 1


def test_spaces_around_a_text_go_and_around_a_password_stay() -> None:
    form = Form({"one": " a "})
    assert (form.text("one"), form.secret("one"), form.text("two")) == ("a", " a ", "")


def test_a_choice_is_one_of_its_list() -> None:
    assert Form({"size": "large"}).choice("size", TextSize) is TextSize.LARGE
    for value in ("", "LARGE", "huge"):
        with pytest.raises(FormUnreadableError):
            Form({"size": value}).choice("size", TextSize)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "１", "٣", "x"])
def test_a_number_is_ascii_digits(text: str) -> None:
    with pytest.raises(FormUnreadableError):
        Form({"position": text}).number("position")


@given(st.dates(ERAS[0].first_day, date(2100, 12, 31)))
def test_every_day_can_be_given_in_its_era_and_in_the_western_way(day: date) -> None:
    era = next(one for one in reversed(ERAS) if day >= one.first_day)
    parts = {"month": str(day.month), "day": str(day.day)}
    in_era = Form({"era": era.digit, "year": str(day.year - era.offset), **parts})
    western = Form({"era": WESTERN, "year": str(day.year), **parts})
    assert birth_date(in_era) == birth_date(western) == day


def test_no_part_at_all_is_no_date_and_a_part_alone_is_a_mistake() -> None:
    assert birth_date(Form({"era": "3"})) is None
    with pytest.raises(BirthDateError):
        birth_date(Form({"era": "3", "day": "1"}))
    with pytest.raises(BirthDateError):
        birth_date(Form({"year": "25", "month": "1", "day": "1"}))
