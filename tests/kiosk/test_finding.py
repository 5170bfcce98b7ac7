"""Finding a patient: by kana, number or birth date in any era; nothing of it in an address."""

from __future__ import annotations

import pytest

from appliance.records.messages import FindPatients
from tests.kiosk.client import Browser
from tests.kiosk.scripted_desk import ScriptedDesk


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"kana": " ヤマダ "}, {"kana": "ヤマダ"}),
        ({"number": "1"}, {"number": "1"}),
        ({"era": "3", "year": "25", "month": "1", "day": "1"}, {"birth_date": "1950-01-01"}),
        ({"era": "3", "year": "２５", "month": "１", "day": "１"}, {"birth_date": "1950-01-01"}),
        ({"era": "5", "year": "元", "month": "5", "day": "1"}, {"birth_date": "2019-05-01"}),
        ({"era": "1", "year": "45", "month": "7", "day": "29"}, {"birth_date": "1912-07-29"}),
        ({"era": "western", "year": "1950", "month": "01", "day": "01"}, {"birth_date": "1950-01-01"}),
        ({"era": "3", "kana": "ヤ"}, {"kana": "ヤ"}),
    ],
)
def test_what_is_typed_is_what_the_desk_is_asked(
    staff: Browser, desk: ScriptedDesk, typed: dict[str, str], asked: dict[str, str]
) -> None:
    staff.get("/home")
    reply = staff.post("/home", **typed)
    assert reply.location == "/patients"
    staff.follow(reply)
    question = desk.last(FindPatients)
    found = {name: getattr(question, name) for name in ("kana", "number", "birth_date")}
    assert {name: value for name, value in found.items() if value} == asked


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({}, "KIOSK-0406"),
        ({"kana": "   "}, "KIOSK-0406"),
        ({"era": "3"}, "KIOSK-0406"),
        ({"era": "3", "year": "25"}, "KIOSK-0401"),
        ({"era": "3", "year": "25", "month": "13", "day": "1"}, "KIOSK-0401"),
        ({"era": "9", "year": "25", "month": "1", "day": "1"}, "KIOSK-0401"),
        ({"era": "western", "year": "99999", "month": "1", "day": "1"}, "KIOSK-0401"),
        ({"era": "western", "year": "x", "month": "1", "day": "1"}, "KIOSK-0401"),
    ],
)
def test_what_cannot_be_searched_for_is_said_and_kept_for_correction(
    staff: Browser, typed: dict[str, str], code: str
) -> None:
    staff.get("/home")
    page = staff.post("/home", **typed)
    assert page.status == 400
    assert code in page.text
    assert f'name="year" value="{typed.get("year", "")}"' in page.html


def test_the_list_shows_who_it_is_with_era_age_and_consent(staff: Browser) -> None:
    page = staff.follow(staff.post("/home", kana="ヤマダ"))
    for word in (
        "山田　花子",
        "ヤマダ　ハナコ",
        "昭和25年1月1日（1950年）",
        "76歳",
        "00000001",
        "まだ同意なし",
    ):
        assert word.replace("　", " ") in page.text


def test_the_search_stays_for_the_way_back_and_ends_with_a_new_one(
    staff: Browser, desk: ScriptedDesk
) -> None:
    staff.follow(staff.post("/home", kana="ヤマダ"))
    assert staff.get("/patients").status == 200
    staff.get("/home")
    assert staff.get("/patients").location == "/home"


def test_nobody_found_and_too_many_found_are_said(staff: Browser) -> None:
    assert "見つかりません" in staff.follow(staff.post("/home", kana="ン")).text
    assert "ほかにもあります" in staff.follow(staff.post("/home", kana="サ")).text


def test_no_address_tells_whom_it_is_about(staff: Browser) -> None:
    page = staff.follow(staff.post("/home", kana="ヤマダ"))
    links = [link for link in page.links if link.startswith("/patients/")]
    assert len(links) == 1
    assert len(links[0].removeprefix("/patients/")) >= 22


def test_the_first_page_lists_what_waits(staff: Browser, desk: ScriptedDesk) -> None:
    assert "いま必要な作業はありません" in staff.get("/home").text
    desk.consents[0].state = "pending"
    page = staff.get("/home")
    assert "署名された同意の確認" in page.text
    assert staff.get(page.link(page.links[-1])).status == 200
