"""Signing in and out: cookies change, failures are slowed down, sessions end here and at the desk."""

from __future__ import annotations

from appliance.kiosk.sessions import SESSION_LASTS_S
from appliance.limits import KIOSK_SIGN_IN_TRIES, KIOSK_SIGN_IN_WINDOW_S
from appliance.records.messages import Done, Failed, SignOut, WhoAmI
from tests.kiosk.client import Browser, browser_at
from tests.kiosk.running import RunningKiosk
from tests.kiosk.scripted_desk import FACILITY, PASSWORD, ScriptedDesk


def attempt(browser: Browser, login: str = "suzuki", password: str = PASSWORD):
    browser.get("/sign-in")
    return browser.post("/sign-in", facility=FACILITY, login=login, password=password)


def test_the_right_password_opens_the_first_page(browser: Browser) -> None:
    page = browser.follow(attempt(browser))
    assert page.status == 200
    assert "鈴木" in page.text


def test_signing_in_gives_the_browser_a_new_cookie_and_a_new_token(browser: Browser) -> None:
    browser.get("/sign-in")
    before = (browser.cookies["__Host-renkei"], browser.form_token)
    browser.sign_in()
    assert browser.cookies["__Host-renkei"] != before[0]
    assert browser.form_token != before[1]


def test_a_cookie_value_chosen_by_somebody_else_does_not_become_a_session(browser: Browser) -> None:
    browser.cookies["__Host-renkei"] = "fixed"
    browser.sign_in()
    assert browser.cookies["__Host-renkei"] != "fixed"
    browser.cookies["__Host-renkei"] = "fixed"
    assert browser.get("/home").location == "/sign-in"


def test_a_wrong_password_says_so_and_keeps_the_name_but_not_the_password(browser: Browser) -> None:
    page = attempt(browser, password="秘密のことば")
    assert page.status == 409
    assert "利用者名かパスワードが違います。" in page.text
    assert 'value="suzuki"' in page.html
    assert "秘密のことば" not in page.html


def test_nothing_typed_is_not_even_asked(browser: Browser, desk: ScriptedDesk) -> None:
    assert "KIOSK-0402" in attempt(browser, login="").text


def test_many_failures_close_the_sign_in_for_a_while(browser: Browser, kiosk: RunningKiosk) -> None:
    for _ in range(KIOSK_SIGN_IN_TRIES):
        assert attempt(browser, password="wrong").status == 409
    page = attempt(browser)
    assert page.status == 429
    assert "KIOSK-0429" in page.text
    kiosk.clock.advance(KIOSK_SIGN_IN_WINDOW_S)
    assert attempt(browser).status == 303


def test_another_name_from_the_same_address_waits_as_well(browser: Browser, kiosk: RunningKiosk) -> None:
    for number in range(KIOSK_SIGN_IN_TRIES):
        attempt(browser, login=f"name-{number}", password="wrong")
    assert attempt(browser_at(kiosk)).status == 429


def test_signing_out_ends_the_session_here_and_at_the_desk(staff: Browser, desk: ScriptedDesk) -> None:
    staff.get("/home")
    before = dict(staff.cookies)
    assert staff.post("/sign-out").location == "/sign-in"
    assert desk.tokens == set()
    assert staff.get("/home").location == "/sign-in"
    staff.cookies = before
    assert staff.get("/home").location == "/sign-in"


def test_a_session_ends_here_even_when_the_desk_does_not_hear_of_it(
    staff: Browser, desk: ScriptedDesk
) -> None:
    desk.say[SignOut] = Failed(code="DESK-0000", ja="", en="")
    assert staff.post("/sign-out").status == 303
    assert staff.get("/home").location == "/sign-in"


def test_a_session_that_the_desk_ended_is_over_at_the_next_page(staff: Browser, desk: ScriptedDesk) -> None:
    desk.tokens.clear()
    assert staff.get("/status").location == "/sign-in"


def test_a_desk_in_trouble_does_not_sign_anybody_out(staff: Browser, desk: ScriptedDesk) -> None:
    desk.say[WhoAmI] = Failed(code="DESK-0000", ja="思わぬ問題", en="")
    page = staff.get("/status")
    assert (page.status, "DESK-0000" in page.text) == (409, True)
    del desk.say[WhoAmI]
    assert staff.get("/status").status == 200


def test_an_answer_that_was_not_asked_for_is_an_error_without_detail(
    staff: Browser, desk: ScriptedDesk
) -> None:
    desk.say[WhoAmI] = Done()
    page = staff.get("/status")
    assert (page.status, "KIOSK-0502" in page.text) == (502, True)


def test_a_session_that_lies_idle_is_locked(staff: Browser, kiosk: RunningKiosk) -> None:
    kiosk.clock.advance(SESSION_LASTS_S - 1)
    assert staff.get("/home").status == 200
    kiosk.clock.advance(SESSION_LASTS_S)
    assert staff.get("/home").location == "/sign-in"


def test_somebody_who_only_reads_keeps_the_session_open(staff: Browser, kiosk: RunningKiosk) -> None:
    for _ in range(4):
        kiosk.clock.advance(SESSION_LASTS_S / 2)
        assert staff.post("/alive").status == 204
    assert staff.get("/home").status == 200


def test_the_lock_says_why(staff: Browser) -> None:
    page = staff.follow(staff.post("/sign-out", reason="idle"))
    assert "画面をロックしました" in page.text


def test_somebody_else_may_sign_in_over_a_session_which_then_ends(staff: Browser, desk: ScriptedDesk) -> None:
    before = set(desk.tokens)
    staff.post("/sign-in", facility=FACILITY, login="suzuki", password=PASSWORD)
    assert not before & desk.tokens
    assert staff.get("/home").status == 200


def test_a_desk_that_is_away_is_said_with_what_to_do(browser: Browser, desk: ScriptedDesk) -> None:
    desk.stop()
    page = browser.get("/sign-in")
    assert page.status == 503
    assert "SOCKET-0001" in page.text
    assert "運用者に連絡" in page.text
