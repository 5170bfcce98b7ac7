"""Documents of the network in a real browser: shown under the page's own policy, and nothing in them runs."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page

from appliance.records.messages import LookUp, ReadDocument
from tests.browser import walk
from tests.browser.conftest import OpenPage
from tests.kiosk.scripted_desk import ScriptedDesk
from tests.kiosk.test_documents import LETTER, PDF, network, piece

pytestmark = pytest.mark.browser

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one point."""
VIEWER = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/"
"""Chromium's PDF viewer."""


def opened(page: Page, desk: ScriptedDesk, content: bytes, content_type: str) -> None:
    desk.say[LookUp] = network()
    desk.say[ReadDocument] = piece(content, content_type)
    walk.sign_in(page)
    walk.find(page, "サトウ")
    page.locator('a[href*="/documents/"]').click()


def test_a_picture_is_shown(open_page: OpenPage, desk: ScriptedDesk) -> None:
    page = open_page()
    opened(page, desk, DOT, "image/png")
    page.wait_for_function("document.images.length === 1 && document.images[0].naturalWidth === 1")


def test_a_pdf_is_given_to_the_browsers_own_viewer(open_page: OpenPage, desk: ScriptedDesk) -> None:
    page = open_page()
    opened(page, desk, PDF, "application/pdf")
    for _ in range(100):
        if any(frame.url.startswith(VIEWER) for frame in page.frames):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"no viewer among {[frame.url for frame in page.frames]}")


def test_the_words_of_a_letter_are_only_words(open_page: OpenPage, desk: ScriptedDesk) -> None:
    page = open_page()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    opened(page, desk, LETTER, "text/xml")
    page.get_by_role("heading", name="既往歴").wait_for()
    assert page.locator("article script").count() == 0
    assert "<script>alert(1)</script>" in page.locator("article").inner_text()
    assert alerts == []
