"""A patient's page: sources, months and warnings beside every list, the network's state, and hostile contents."""

from __future__ import annotations

import re

import pytest

from appliance.records.messages import (
    Failed,
    FindInNetwork,
    HubView,
    LookUp,
    NetworkCandidate,
    NetworkCandidates,
)
from tests.kiosk.client import Browser, Reply
from tests.kiosk.scripted_desk import ScriptedDesk

NEUTRAL = "表示されない情報がある場合があります。ご本人にもご確認ください。"
EMPTY = "登録なし（『ない』という意味ではありません）"
FROM_CLAIMS = "レセプト由来・最新でない場合があります。"


def opened(browser: Browser, number: str = "1") -> Reply:
    return browser.get(browser.open_patient(number))


def lists(page: Reply) -> dict[str, str]:
    """The text of every list by its heading."""
    parts = re.findall(r'<section class="list".*?<h2[^>]*>(.*?)</h2>(.*?)</section>', page.html, re.DOTALL)
    return dict(parts)


def test_every_list_says_where_it_is_from_and_of_when(staff: Browser) -> None:
    found = lists(opened(staff))
    assert list(found) == [
        "薬",
        "アレルギー",
        "病名",
        "受診",
        "処置・手術・診療行為",
        "検査",
        "材料・機器",
        "紹介状など",
        "健診",
        "画像",
    ]
    for name in ("薬", "病名", "受診"):
        assert FROM_CLAIMS in found[name]
        assert "情報源: みどり診療所" in found[name]
        assert "時点: 令和8年" in found[name]


def test_an_empty_list_does_not_claim_that_there_is_nothing(staff: Browser) -> None:
    found = lists(opened(staff))
    assert EMPTY in found["アレルギー"]
    assert EMPTY not in found["薬"]


def test_long_lists_are_folded_and_nothing_of_them_is_lost(staff: Browser) -> None:
    medicines = lists(opened(staff))["薬"]
    assert medicines.count("アムロジピン") == 40
    assert "ほか10件" in medicines


def test_a_patient_without_consent_is_not_looked_up(staff: Browser, desk: ScriptedDesk) -> None:
    page = opened(staff)
    assert "ネットワークには問い合わせません" in page.text
    assert desk.count(LookUp) == 0
    assert NEUTRAL not in page.text


def test_with_a_consent_others_data_stand_beside_ours_with_the_neutral_sentence(staff: Browser) -> None:
    page = opened(staff, "3")
    assert "変形性膝関節症" in lists(page)["病名"]
    assert "情報源: みどり診療所、中央病院" in lists(page)["薬"]
    assert NEUTRAL in page.text


@pytest.mark.parametrize("way", ["unreachable", "silent"])
def test_a_network_that_cannot_be_reached_is_said_with_its_age_and_ours_is_shown(
    staff: Browser, desk: ScriptedDesk, way: str
) -> None:
    if way == "silent":
        desk.silent = True
    else:
        desk.say[LookUp] = HubView(
            reachable=False, fresh_at="2026-10-01T00:18:00.000Z", why_ja="回線が切れています。", why_en=""
        )
    page = opened(staff, "3")
    assert "ネットワークにつながりません" in page.text
    assert "高血圧症" in page.text
    if way == "unreachable":
        assert "回線が切れています。" in page.text
        assert "42分前" in page.text


def test_a_refused_look_up_is_said_in_the_words_of_the_exchange(staff: Browser, desk: ScriptedDesk) -> None:
    desk.say[LookUp] = Failed(code="LOOKUP-0001", ja=NEUTRAL, en="There may be more.")
    page = opened(staff, "3")
    assert page.status == 200
    assert NEUTRAL in page.text


def test_by_month_shows_every_line_with_its_kind(staff: Browser) -> None:
    page = staff.get(staff.open_patient("3") + "?order=month")
    found = lists(page)
    assert list(found) == sorted(
        found, key=lambda month: int(re.findall(r"年(\d+)月", month)[0]), reverse=True
    )
    assert sum(body.count("アムロジピン") for body in found.values()) == 40
    assert '<span class="kind">病名</span>' in page.html


def test_what_patients_and_files_hold_is_shown_as_text_never_as_markup(staff: Browser) -> None:
    page = opened(staff, "2")
    assert "<script>alert" not in page.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html
    assert not re.search(r'"\s+onmouseover=', page.html)
    staff.begin(number="2")
    assert "<script>alert" not in staff.get("/flow").html


def test_buttons_follow_the_state_of_the_consent(staff: Browser, desk: ScriptedDesk) -> None:
    none, active = opened(staff, "1"), opened(staff, "3")
    assert any(link.endswith("/consent") for link in none.links)
    assert not any(link.endswith("/withdrawal") for link in none.links)
    assert any(link.endswith("/withdrawal") for link in active.links)
    assert not any(link.endswith("/consent") for link in active.links)
    desk.moved(1, "pending")
    pending = opened(staff, "3")
    assert "署名された同意の確認" in pending.text
    assert any(link.endswith("/withdrawal") for link in pending.links)


def test_the_access_history_marks_emergencies(staff: Browser) -> None:
    page = staff.get(staff.open_patient() + "/history")
    for word in ("医師", "中央病院", "救急", "薬、病名", "ネットワークの情報を見た"):
        assert word in page.text


def test_the_page_speaks_english_when_asked_to(staff: Browser) -> None:
    staff.post("/language", language="en")
    page = opened(staff, "3")
    assert '<html lang="en"' in page.html
    for word in ("Nothing registered", "From claims; may not be the latest.", "Consent active", "8 Dec 1941"):
        assert word in page.text


def test_a_language_that_is_not_offered_is_refused(staff: Browser) -> None:
    assert staff.post("/language", language="tlh").status == 400


def found_elsewhere(browser: Browser, desk: ScriptedDesk, *candidates: NetworkCandidate) -> Reply:
    desk.say[FindInNetwork] = NetworkCandidates(candidates=candidates)
    page = opened(browser, "3")
    action = re.findall(r'action="([^"]+/elsewhere)"', page.html)[0]
    return browser.post(action)


def test_staff_may_ask_for_the_same_person_elsewhere(staff: Browser, desk: ScriptedDesk) -> None:
    one = NetworkCandidate(
        grade="probable", name="佐○ 和○", birth_date="1941-12-08", sex="female", source_name="中央病院"
    )
    page = found_elsewhere(staff, desk, one)
    for words in ("中央病院", "佐○ 和○", "昭和16年12月8日", "おそらく同じ人"):
        assert words in page.text
    assert desk.last(FindInNetwork).patient == 3


def test_nobody_elsewhere_is_said(staff: Browser, desk: ScriptedDesk) -> None:
    assert "この方と思われる人はいません" in found_elsewhere(staff, desk).text


def test_the_network_is_not_searched_by_merely_opening_a_page(staff: Browser, desk: ScriptedDesk) -> None:
    page = opened(staff, "3")
    action = re.findall(r'action="([^"]+/elsewhere)"', page.html)[0]
    assert staff.get(action).status == 405
    assert desk.count(FindInNetwork) == 0
    assert "/elsewhere" not in opened(staff).html
