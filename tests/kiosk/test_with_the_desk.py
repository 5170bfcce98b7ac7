"""The kiosk before the real desk and the real store: what a day at the reception does, and what is then written down."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import SiteConfig, read_site
from appliance.desk.setup import add_staff
from appliance.records.messages import ListFacilities, to_bytes
from appliance.sockets import PeerError, ask
from appliance.store import access, audit
from appliance.store.db import create_store, open_store
from appliance.store.keys import create_key, load_key
from tests.desk.counter import write_site
from tests.kiosk.client import STROKES, Browser, browser_at
from tests.kiosk.running import RunningKiosk, make_certificate
from tests.store.consented import PASSWORD, own_patient
from tests.store.made import FACILITY, rules


@dataclass
class Reception:
    """A browser of the kiosk, with the real desk behind it."""

    site: SiteConfig
    browser: Browser

    def states(self) -> list[str]:
        with open_store(self.site.store.path, load_key(self.site.store.key_file), SystemClock()) as store:
            return [str(state) for (state,) in store.rows("SELECT state FROM consents ORDER BY id")]

    def events(self) -> Counter[str]:
        with open_store(self.site.store.path, load_key(self.site.store.key_file), SystemClock()) as store:
            assert audit.verify(store) is None
            return Counter(entry.event for entry in audit.entries(store))


def set_up(folder: Path) -> SiteConfig:
    """A site with one patient and one member of staff."""
    site = read_site(write_site(folder))
    certificate, key = make_certificate(folder)
    site = replace(site, kiosk=replace(site.kiosk, certificate=certificate, key=key, port=0))
    assert site.store.key_file is not None
    with create_store(site.store.path, create_key(site.store.key_file), SystemClock()) as store:
        with store.transaction():
            access.set_snapshot(store, store.clock.now())
        add_staff(store, FACILITY, "sensei", "練習　花子", "doctor", PASSWORD)
        own_patient(store, rules())
    return site


def answers(socket: Path) -> bool:
    try:
        ask(socket, to_bytes(ListFacilities()))
    except PeerError:
        return False
    return True


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    site = set_up(tmp_path)
    command = [sys.executable, "-m", "appliance", "desk", "--site", str(tmp_path / "site.toml")]
    desk = subprocess.Popen(command)
    try:
        while not answers(site.socket("desk")):
            assert desk.poll() is None, "the desk ended by itself"
        with RunningKiosk(site, SystemClock()) as kiosk:
            browser = browser_at(kiosk)
            browser.get("/sign-in")
            fields = {"facility": FACILITY, "login": "sensei", "password": PASSWORD}
            browser.follow(browser.post("/sign-in", **fields))
            yield Reception(site, browser)
    finally:
        desk.terminate()
        desk.wait()


def turn(browser: Browser, purpose: str, *actions: str) -> None:
    """A patient's turn, button by button."""
    browser.begin(purpose)
    for position, action in enumerate(actions):
        page = browser.press(action, position, STROKES if action == "sign" else "")
        assert page.status == 200
    browser.get("/return")


def test_from_consent_to_withdrawal_everything_is_written_down(reception: Reception) -> None:
    browser = reception.browser
    turn(browser, "consent", "next", "next", "next", "next", "agree", "sign")
    assert reception.states() == ["pending"]
    paper = browser.follow(browser.post("/return", choice="approve", password=PASSWORD))
    assert "同意書の控え" in paper.text
    assert reception.states() == ["active"]
    assert (
        "控えを渡したことを記録しました"
        in browser.follow(
            browser.post(browser.get("/work").link("/paper").replace("/paper", "/copy"), how="handed")
        ).text
    )

    turn(browser, "withdrawal", "agree", "sign")
    slip = browser.follow(browser.post("/return", choice="leave", password=PASSWORD))
    assert "撤回の控え" in slip.text
    assert "<path" in slip.html
    assert reception.states() == ["withdrawn"]

    turn(browser, "consent", "next", "next", "next", "next", "decline")
    browser.follow(browser.post("/return", choice="leave", password=PASSWORD))
    assert reception.states() == ["withdrawn", "refused"]

    events = reception.events()
    for event in ("signed", "approved", "withdrawn", "declined"):
        assert events[f"consent-{event}"] == 1
    assert events["copy-handed"] == 1


def test_every_patient_page_that_was_shown_has_its_audit_row(reception: Reception) -> None:
    browser = reception.browser
    patient = browser.open_patient()
    before = reception.events()["patient-shown"]
    pages = [browser.get(patient), browser.get(f"{patient}?order=month"), browser.get(patient)]
    assert [page.status for page in pages] == [200, 200, 200]
    assert reception.events()["patient-shown"] == before + 3
    assert "患者の画面を見た" in browser.get(f"{patient}/history").text


def test_the_page_shows_what_the_claim_held(reception: Reception) -> None:
    page = reception.browser.get(reception.browser.open_patient())
    assert "練習 太郎" in page.text
    assert "昭和25年1月1日（1950年）" in page.text
    assert "練習用内科" in page.text
    assert "レセプト由来・最新でない場合があります。" in page.text


def test_a_wrong_password_confirms_nothing(reception: Reception) -> None:
    turn(reception.browser, "consent", "next", "next", "next", "next", "agree", "sign")
    page = reception.browser.post("/return", choice="approve", password="wrong")
    assert (page.status, "STAFF-0002" in page.text) == (409, True)
    assert reception.states() == ["pending"]


def test_the_five_lines_and_the_list_of_things_to_do_are_shown(reception: Reception) -> None:
    status = reception.browser.get("/status")
    for name in ("レセコンなどの取込元", "送信待ち", "ネットワークへの通信路", "この装置"):
        assert name in status.text
    turn(reception.browser, "consent", "next", "next", "next", "next", "agree", "sign")
    reception.browser.post("/return", choice="leave", password=PASSWORD)
    work = reception.browser.get("/work")
    assert "承認を待っています" in work.text
    assert any(link.startswith("/consents/") for link in work.links)
