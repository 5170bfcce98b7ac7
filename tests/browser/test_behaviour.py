"""What the pages' scripts do, what works without them, the keyboard, the clock, and the paper."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from appliance.kiosk.drafts import Draft, Finished
from appliance.kiosk.sessions import SESSION_LASTS_S
from appliance.limits import (
    KIOSK_DRAFT_IDLE_S,
    KIOSK_DRAFT_QUESTION_S,
    KIOSK_SESSION_WARNING_S,
    SIGNATURE_HEIGHT,
    SIGNATURE_WIDTH,
)
from appliance.records.messages import SignConsent, WhoAmI
from tests.browser import walk
from tests.browser.conftest import LANDSCAPE, PORTRAIT, OpenPage
from tests.kiosk.running import RunningKiosk
from tests.kiosk.scripted_desk import PASSWORD, ScriptedDesk

pytestmark = pytest.mark.browser


def with_a_patient(page: Page) -> None:
    """Signed in, and the screen handed to a patient."""
    walk.sign_in(page)
    walk.find(page, "ヤマダ")
    walk.hand_over(page, "consent")


def before_the_frame(page: Page) -> None:
    with_a_patient(page)
    for action in ("next", "next", "next", "next", "agree"):
        walk.press(page, action)


def pass_time(page: Page, seconds: float) -> None:
    """The page's clock moves on; the box's own does not."""
    page.clock.fast_forward(int(seconds * 1000))


def test_strokes_are_kept_in_the_frames_own_units_with_their_time(
    open_page: OpenPage, desk: ScriptedDesk
) -> None:
    page = open_page(PORTRAIT)
    before_the_frame(page)
    walk.write(page)
    walk.press(page, "sign")
    strokes = desk.last(SignConsent).strokes
    assert len(strokes) == 2
    points = [point for stroke in strokes for point in stroke]
    assert all(0 <= x <= SIGNATURE_WIDTH and 0 <= y <= SIGNATURE_HEIGHT for x, y, _ in points)
    times = [at for _, _, at in points]
    assert times == sorted(times)
    assert abs(points[0][0] - SIGNATURE_WIDTH * 0.2) < 15


def test_a_finger_signs_as_well_as_a_mouse(open_page: OpenPage, desk: ScriptedDesk) -> None:
    page = open_page(LANDSCAPE)
    before_the_frame(page)
    box = page.locator("#signature").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)

    def send(kind: str, step: int) -> None:
        at = {"x": box["x"] + 100 + step * 15, "y": box["y"] + 60 + 20 * (step % 2)}
        points = [] if kind == "touchEnd" else [at]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0)
    for step in range(1, 15):
        send("touchMove", step)
    send("touchEnd", 15)
    walk.press(page, "sign")
    assert sum(map(len, desk.last(SignConsent).strokes)) >= 8


def test_writing_again_starts_from_an_empty_frame(open_page: OpenPage) -> None:
    page = open_page()
    before_the_frame(page)
    walk.write(page)
    assert len(json.loads(page.input_value("#strokes"))) == 2
    page.click("#clear")
    assert page.input_value("#strokes") == ""
    page.click("button[value=sign]")
    expect(page.get_by_role("alert")).to_have_text("先に、わくの中にお名前を書いてください。")
    expect(page.locator(".progress")).to_contain_text("6 / 6")
    walk.write(page)
    expect(page.get_by_role("alert")).to_have_text("")
    walk.press(page, "sign")
    expect(page.locator("h1")).to_contain_text("署名をお預かりしました")


def test_a_signature_survives_a_desk_that_says_no(open_page: OpenPage, desk: ScriptedDesk) -> None:
    from appliance.records.messages import Failed

    page = open_page()
    before_the_frame(page)
    walk.write(page)
    desk.say[SignConsent] = Failed(code="DESK-0000", ja="思わぬ問題が起きました。", en="")
    walk.press(page, "sign")
    expect(page.get_by_role("alert").first).to_contain_text("DESK-0000")
    del desk.say[SignConsent]
    walk.press(page, "sign")
    expect(page.locator("h1")).to_contain_text("署名をお預かりしました")


def test_long_letters_are_read_to_the_end_before_the_next_screen(open_page: OpenPage) -> None:
    page = open_page()
    with_a_patient(page)
    walk.press(page, "next")
    walk.go(page, "button[name=size][value=largest]")
    onward = page.locator("button[value=next]")
    expect(onward).to_contain_text("つづきを読む")
    page.evaluate("window.stays = true")
    for _ in range(10):
        if "つづき" not in onward.inner_text():
            break
        onward.click()
        page.wait_for_timeout(100)
    assert page.evaluate("window.stays")
    expect(onward).to_have_text("次へ")
    walk.press(page, "next")
    expect(page.locator(".progress")).to_contain_text("3 / 6")


def test_the_button_to_sign_is_there_at_once_where_nothing_is_hidden(open_page: OpenPage) -> None:
    page = open_page()
    walk.sign_in(page)
    walk.find(page, "サトウ")
    walk.hand_over(page, "withdrawal")
    walk.press(page, "agree")
    expect(page.locator("button[value=sign]")).to_have_text("署名して撤回する")


def test_a_patient_is_asked_after_three_minutes_and_may_go_on(
    open_page: OpenPage, desk: ScriptedDesk
) -> None:
    page = open_page()
    page.clock.install()
    with_a_patient(page)
    question = page.locator("dialog#idle")
    pass_time(page, KIOSK_DRAFT_IDLE_S - 2)
    expect(question).not_to_be_visible()
    pass_time(page, 3)
    expect(question).to_be_visible()
    expect(question).to_contain_text("続けますか？")
    before = desk.count(WhoAmI)
    with page.expect_response("**/flow/alive"):
        page.click("#idle-stay")
    expect(question).not_to_be_visible()
    assert desk.count(WhoAmI) == before + 1
    expect(page.locator(".progress")).to_contain_text("1 / 6")


def test_an_unanswered_question_clears_the_screen(open_page: OpenPage, kiosk: RunningKiosk) -> None:
    page = open_page()
    page.clock.install()
    before_the_frame(page)
    walk.write(page)
    with page.expect_navigation():
        pass_time(page, KIOSK_DRAFT_IDLE_S + KIOSK_DRAFT_QUESTION_S + 1)
    expect(page.locator("h1")).to_contain_text("画面を消しました")
    (session,) = kiosk.kiosk.sessions._by_browser.values()
    assert isinstance(session.flow, Finished)
    assert not isinstance(session.flow, Draft)


def test_a_staff_screen_asks_and_then_locks(open_page: OpenPage, desk: ScriptedDesk) -> None:
    page = open_page()
    page.clock.install()
    walk.sign_in(page)
    pass_time(page, SESSION_LASTS_S - KIOSK_SESSION_WARNING_S + 1)
    expect(page.locator("dialog#idle")).to_be_visible()
    with page.expect_navigation():
        pass_time(page, KIOSK_SESSION_WARNING_S)
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.locator(".notice")).to_contain_text("画面をロックしました")
    assert desk.tokens == set()


def test_whoever_moves_keeps_the_session(open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    walk.sign_in(page)
    for step in range(4):
        pass_time(page, 120)
        with page.expect_response("**/alive"):
            page.mouse.move(100 + step * 10, 100)
    expect(page.locator("dialog#idle")).not_to_be_visible()


def test_everything_but_the_signature_works_without_scripts(open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    with_a_patient(page)
    for action in ("next", "next", "next", "next", "agree"):
        walk.press(page, action)
    expect(page.locator("main")).to_contain_text("職員に紙の用紙をお求めください")
    walk.press(page, "later")
    walk.take_back(page, "leave")
    expect(page.locator("h2#consent")).to_be_visible()


def test_staff_get_by_with_the_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#login").focus()
    for text in ("suzuki", PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("#kana").focus()
    page.keyboard.type("ヤマダ")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("tbody a").focus()
    assert page.locator("tbody a").evaluate("(link) => getComputedStyle(link).outlineWidth") == "4px"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("山田")


def test_a_year_of_an_era_is_shown_in_the_western_way_while_it_is_typed(open_page: OpenPage) -> None:
    page = open_page()
    walk.sign_in(page)
    page.fill("input[name=year]", "25")
    expect(page.locator("#western")).to_have_text("西暦 1950")
    page.check("input[name=era][value='5']")
    page.fill("input[name=year]", "元")
    expect(page.locator("#western")).to_have_text("西暦 2019")
    page.check("input[name=era][value=western]")
    expect(page.locator("#western")).to_have_text("")


def test_the_copy_fits_on_one_sheet_with_grounds_and_without_tools(open_page: OpenPage) -> None:
    page = open_page()
    with_a_patient(page)
    walk.consent(page)
    walk.take_back(page, "approve")
    page.evaluate("window.print = () => { window.printed = true }")
    page.click("#print")
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator("header.tools")).not_to_be_visible()
    style = "(one) => { const s = getComputedStyle(one); return [s.backgroundColor, s.printColorAdjust]; }"
    assert page.locator(".statement").evaluate(style) == ["rgb(238, 242, 246)", "exact"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.sheet *')].filter(e => e.checkVisibility() && !e.closest('svg'))"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 16 * 96 / 72 - 0.01
    paper = page.pdf(print_background=True, prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_the_browsers_own_back_button_brings_nothing_of_a_patient_back(open_page: OpenPage) -> None:
    page = open_page()
    walk.sign_in(page)
    walk.find(page, "ヤマダ")
    walk.go(page, "form[action='/sign-out'] button")
    page.go_back()
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.locator("body")).not_to_contain_text("山田")
