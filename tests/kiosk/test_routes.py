"""The routes table as a whole: who reaches what, tokens, headers, cookies, and what must never be kept or shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from appliance.clock import ManualClock
from appliance.kiosk.guard import Access, Page
from appliance.kiosk.headers import SECURITY_HEADERS
from appliance.kiosk.routes.table import ROUTES
from appliance.limits import KIOSK_BODY_MAX_BYTES
from tests.kiosk.client import Browser, browser_at
from tests.kiosk.running import RunningKiosk, make_site
from tests.kiosk.scripted_desk import ScriptedDesk

POSTS = [page for page in ROUTES if page.method == "POST"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedDesk]:
    """One desk and one kiosk for all of these: each test has sessions of its own."""
    made = ScriptedDesk(tmp_path_factory.mktemp("run"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def kiosk(desk: ScriptedDesk) -> Iterator[RunningKiosk]:
    with RunningKiosk(make_site(desk.folder), ManualClock()) as running:
        yield running


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


def address(page: Page, reference: str = "x") -> str:
    """A route's address with its parts filled in."""
    return page.path.replace("{reference}", reference).replace("{name}", "base.css")


def sent(browser: Browser, page: Page, **fields: str):
    return browser.post(address(page), **fields) if page.method == "POST" else browser.get(address(page))


@pytest.mark.parametrize("page", ROUTES, ids=named)
def test_without_signing_in_only_everyones_pages_answer(browser: Browser, page: Page) -> None:
    browser.get("/sign-in")
    reply = sent(browser, page)
    if page.access is Access.EVERYONE:
        assert reply.status in {200, 204, 303, 400}
    else:
        assert (reply.status, reply.location) == (303, "/sign-in")


@pytest.mark.parametrize("page", ROUTES, ids=named)
def test_staff_are_kept_from_the_patients_screens_until_they_hand_one_over(
    staff: Browser, page: Page
) -> None:
    reply = sent(staff, page)
    if page.access is Access.PATIENT:
        assert (reply.status, reply.location) == (303, "/home")
    else:
        assert reply.location != "/sign-in" or page.path in {"/sign-out", "/"}


@pytest.mark.parametrize("page", ROUTES, ids=named)
def test_a_patient_reaches_the_screens_of_one_turn_only(staff: Browser, page: Page) -> None:
    staff.begin()
    reply = sent(staff, page)
    if page.access is Access.STAFF:
        assert (reply.status, reply.location) == (303, "/flow")


@pytest.mark.parametrize("token", ["", "wrong", "0" * 64, "連携"])
@pytest.mark.parametrize("page", POSTS, ids=named)
def test_a_form_without_the_browsers_own_token_does_nothing(staff: Browser, page: Page, token: str) -> None:
    reply = staff.post(address(page), form_token=token)
    assert reply.status == 403
    assert "KIOSK-0403" in reply.text


@pytest.mark.parametrize("page", POSTS, ids=named)
def test_a_form_with_another_browsers_token_does_nothing(
    staff: Browser, kiosk: RunningKiosk, page: Page
) -> None:
    other = browser_at(kiosk)
    other.sign_in()
    assert staff.post(address(page), form_token=other.form_token).status == 403


@pytest.mark.parametrize("page", POSTS, ids=named)
def test_a_form_sent_from_another_site_does_nothing(staff: Browser, page: Page) -> None:
    body = f"form_token={staff.form_token}".encode()
    assert staff.send("POST", address(page), body, {"Sec-Fetch-Site": "cross-site"}).status == 403


@pytest.mark.parametrize("page", POSTS, ids=named)
def test_a_body_beyond_the_bound_is_refused(staff: Browser, page: Page) -> None:
    reply = staff.post(address(page), strokes="x" * KIOSK_BODY_MAX_BYTES)
    assert reply.status == 413
    assert "KIOSK-0413" in reply.text


@pytest.mark.parametrize("page", ROUTES, ids=named)
def test_every_answer_bears_the_security_headers_and_is_never_kept(staff: Browser, page: Page) -> None:
    reply = sent(staff, page)
    assert {name: reply.headers.get(name.lower()) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    kept = page.path.startswith("/static/")
    assert reply.headers["cache-control"] == ("public, max-age=86400, immutable" if kept else "no-store")
    assert "server" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/patients/", 404),
        ("GET", "/static/../service.py", 404),
        ("GET", "/static/%2e%2e%2fservice.py", 404),
        ("GET", "/static/nothing.css", 404),
        ("PUT", "/home", 405),
        ("DELETE", "/sign-in", 405),
        ("GET", "/sign-out", 405),
    ],
)
def test_what_the_table_does_not_have_is_an_error_page_with_a_code(
    browser: Browser, method: str, path: str, status: int
) -> None:
    reply = browser.send(method, path)
    assert reply.status == status
    assert f"KIOSK-0{status}" in reply.text
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]


def test_cookies_are_bound_to_this_host_and_out_of_reach_of_scripts(browser: Browser) -> None:
    cookies = [*browser.get("/sign-in").cookies, *browser.post("/language", language="en").cookies]
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-renkei", "__Host-renkei-language"]
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "samesite=strict", "path=/"} == parts


def test_pages_hold_no_script_or_style_of_their_own_and_nothing_from_elsewhere(staff: Browser) -> None:
    staff.begin()
    pages = [staff.get("/flow").html]
    staff.press("later", 0)
    pages += [staff.get("/flow").html, staff.get("/return").html, staff.get("/nowhere").html]
    for html in pages:
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
        assert not re.search(r"https?://", html)


def test_a_reference_of_another_session_opens_nothing(staff: Browser, kiosk: RunningKiosk) -> None:
    other = browser_at(kiosk)
    other.sign_in()
    patient = other.open_patient()
    assert other.get(patient).status == 200
    assert staff.get(patient).status == 404


def test_a_consents_reference_does_not_open_a_patient(staff: Browser) -> None:
    page = staff.get(staff.open_patient("3"))
    consent = page.link("/paper").split("/")[2]
    assert staff.get(f"/patients/{consent}").status == 404
