"""Staff take the screen back with their password, and confirm or send back what was signed; then the paper."""

from __future__ import annotations

import pytest

from appliance.records.messages import ApproveConsent, CopyHandedOver, Failed, RejectConsent
from tests.kiosk.client import STROKES, Browser
from tests.kiosk.scripted_desk import PASSWORD, ScriptedDesk, consent_text


def signed(browser: Browser, language: str = "ja") -> None:
    browser.begin(language=language)
    for position in range(4):
        browser.press("next", position)
    browser.press("agree", 4)
    browser.press("sign", 5, STROKES)
    browser.get("/return")


def test_confirming_makes_the_consent_active_and_leads_to_the_copy(
    staff: Browser, desk: ScriptedDesk
) -> None:
    signed(staff)
    reply = staff.post("/return", choice="approve", password=PASSWORD)
    assert reply.location.endswith("/paper")
    assert desk.consents[-1].state == "active"
    assert desk.last(ApproveConsent).consent == 2
    assert staff.follow(reply).status == 200
    assert staff.get("/home").status == 200


def test_taking_back_gives_a_new_cookie_and_ends_the_old_token(staff: Browser, desk: ScriptedDesk) -> None:
    signed(staff)
    cookie, tokens = staff.cookies["__Host-renkei"], set(desk.tokens)
    staff.post("/return", choice="leave", password=PASSWORD)
    assert staff.cookies["__Host-renkei"] != cookie
    assert not tokens & desk.tokens


def test_a_wrong_password_leaves_the_screen_with_the_patient(staff: Browser, desk: ScriptedDesk) -> None:
    signed(staff)
    for choice in ("approve", "leave", "reject"):
        page = staff.post("/return", choice=choice, password="wrong", reason="x")
        assert page.status == 409
    assert staff.get("/home").location == "/flow"
    assert desk.consents[-1].state == "pending"


def test_a_patient_cannot_leave_the_turn_without_the_password(staff: Browser) -> None:
    staff.begin()
    assert staff.get("/return").location == "/flow"
    assert staff.post("/return", choice="leave", password=PASSWORD).location == "/flow"
    staff.press("later", 0)
    assert staff.post("/return", choice="leave", password="").status == 400
    assert staff.get("/home").location == "/flow"


def test_sending_back_needs_a_reason(staff: Browser, desk: ScriptedDesk) -> None:
    signed(staff)
    page = staff.post("/return", choice="reject", password=PASSWORD)
    assert (page.status, "KIOSK-0412" in page.text) == (400, True)
    reply = staff.post("/return", choice="reject", password=PASSWORD, reason="別の方でした")
    assert desk.last(RejectConsent).reason == "別の方でした"
    assert "有効になっていません" in staff.follow(reply).text


def test_a_refused_approval_is_said_and_may_be_tried_again(staff: Browser, desk: ScriptedDesk) -> None:
    signed(staff)
    desk.say[ApproveConsent] = Failed(code="CONSENT-0002", ja="ほかに有効な同意があります。", en="")
    page = staff.post("/return", choice="approve", password=PASSWORD)
    assert (page.status, "CONSENT-0002" in page.text) == (409, True)
    del desk.say[ApproveConsent]
    assert staff.post("/return", choice="approve", password=PASSWORD).location.endswith("/paper")


def test_what_is_left_for_later_waits_on_the_work_list(staff: Browser, desk: ScriptedDesk) -> None:
    signed(staff)
    staff.follow(staff.post("/return", choice="leave", password=PASSWORD))
    page = staff.get("/work")
    consent = next(link for link in page.links if link.startswith("/consents/"))
    page = staff.get(consent)
    assert "山田 花子" in page.text
    assert "<svg" in page.html
    assert staff.post(consent, choice="approve", password="wrong").status == 409
    reply = staff.post(consent, choice="approve", password=PASSWORD)
    assert reply.location == f"{consent}/paper"
    assert desk.consents[-1].state == "active"


def test_the_page_behind_a_turn_without_a_signature_names_nobody(staff: Browser) -> None:
    staff.begin()
    staff.press("later", 0)
    assert "山田" not in staff.get("/flow").text
    assert "山田" not in staff.get("/return").text


@pytest.mark.parametrize(("how", "word"), [("handed", "渡したこと"), ("declined", "不要とのこと")])
def test_what_became_of_the_copy_is_noted(staff: Browser, desk: ScriptedDesk, how: str, word: str) -> None:
    signed(staff)
    paper = staff.post("/return", choice="approve", password=PASSWORD).location
    staff.get(paper)
    page = staff.follow(staff.post(paper.replace("/paper", "/copy"), how=how))
    assert word in page.text
    assert "山田 花子" in page.text
    assert desk.last(CopyHandedOver).how == how


def test_from_the_work_list_the_way_leads_back_to_it(staff: Browser, desk: ScriptedDesk) -> None:
    desk.moved(1, "pending")
    consent = next(link for link in staff.get("/work").links if link.startswith("/consents/"))
    paper = staff.get(f"{consent}/paper")
    assert "/work" in paper.links
    assert staff.post(f"{consent}/copy", how="handed").location == "/work"
    assert staff.post(f"{consent}/copy", how="burnt").status == 400


def test_the_copy_says_everything_that_a_receipt_has_to_say(staff: Browser) -> None:
    signed(staff)
    page = staff.follow(staff.post("/return", choice="approve", password=PASSWORD))
    text = consent_text("ja")
    words = (text.scope, text.statement, text.text_id, text.text_hash, text.how_to_withdraw, text.contact)
    for word in (
        *words,
        text.no_disadvantage,
        "山田 花子",
        "令和8年10月1日（2026年） 10:00",
        "鈴木 一郎",
        "練習用",
    ):
        assert word in page.text
    assert '<path d="M100 50L110 51' in page.html


def test_the_copy_is_in_the_patients_language_whatever_the_staffs_is(staff: Browser) -> None:
    signed(staff, language="en")
    page = staff.follow(staff.post("/return", choice="approve", password=PASSWORD))
    assert '<html lang="ja"' in page.html
    assert 'class="sheet" lang="en"' in page.html
    assert "What you have consented to" in page.text
    assert "印刷して渡しました" in page.text


@pytest.mark.parametrize(
    ("state", "title", "word"),
    [
        ("withdrawn", "撤回の控え", "情報の共有への同意をやめます"),
        ("refused", "お知らせ（控え）", "同意しなくても、診療に不利益はありません。"),
        ("rejected", "お知らせ（控え）", "有効になっていません"),
        ("pending", "同意書の控え", "署名済み・職員の確認待ち"),
    ],
)
def test_each_state_has_its_paper(
    staff: Browser, desk: ScriptedDesk, state: str, title: str, word: str
) -> None:
    paper = staff.get(staff.open_patient("3")).link("/paper")
    desk.moved(1, state)
    page = staff.get(paper)
    assert title in page.text
    assert word in page.text


def test_a_withdrawal_leads_straight_to_its_slip(staff: Browser) -> None:
    staff.begin("withdrawal", "3")
    staff.press("agree", 0)
    staff.press("sign", 1, STROKES)
    staff.get("/return")
    page = staff.follow(staff.post("/return", choice="leave", password=PASSWORD))
    assert "撤回の控え" in page.text
