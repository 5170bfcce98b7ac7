"""Every screen, in both languages and both sizes: accessible at AA, and readable and hittable for a patient of eighty.

With RENKEI_SHOTS set to a folder, a picture of every screen is left there to be looked at.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from tests.browser import walk
from tests.browser.conftest import LANDSCAPE, PORTRAIT, OpenPage
from tests.browser.judging import axe_complaints, measured
from tests.kiosk.running import RunningKiosk

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("RENKEI_SHOTS")


def picture(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_every_screen_is_accessible_readable_and_from_here_only(
    open_page: OpenPage, kiosk: RunningKiosk, axe_source: str, size: tuple[int, int], language: str
) -> None:
    page = open_page(size)
    complaints: dict[str, list[str]] = {}
    seen: list[str] = []
    requests: list[str] = []
    console: list[str] = []

    def asked(request: Request) -> None:
        requests.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if "status of 4" not in message.text:  # the pages that say what was wrong
            console.append(message.text)

    def see(name: str) -> None:
        seen.append(name)
        picture(page, f"{language}-{size[0]}-{len(seen):02d}-{name}")
        found, numbers = axe_complaints(page, axe_source), measured(page)
        found += numbers.complaints() if name in walk.PATIENT_SCREENS else numbers.complaint_of_width()
        if found:
            complaints[name] = found

    page.on("request", asked)
    page.on("console", said)
    walk.every_screen(page, see, language)
    assert complaints == {}
    assert set(seen) >= walk.PATIENT_SCREENS
    assert {url for url in requests if not url.startswith(kiosk.address)} == set()
    assert console == []


def test_enlarged_to_double_no_screen_is_wider_than_its_window(open_page: OpenPage) -> None:
    page = open_page((LANDSCAPE[0] // 2, LANDSCAPE[1] // 2))
    wide: list[str] = []

    def see(name: str) -> None:
        if measured(page).overflow > 0:
            wide.append(name)

    walk.every_screen(page, see)
    assert wide == []


def test_both_answers_look_alike_and_need_no_scrolling(open_page: OpenPage) -> None:
    page = open_page(LANDSCAPE)
    walk.sign_in(page)
    walk.find(page, "ヤマダ")
    walk.hand_over(page, "consent")
    for _ in range(4):
        walk.press(page, "next")
    style = """(element) => {
      const style = getComputedStyle(element), box = element.getBoundingClientRect();
      return [style.backgroundColor, style.color, style.borderColor, style.borderWidth, style.fontSize,
              style.fontWeight, box.width, box.height, box.y];
    }"""
    agree, decline = (page.locator(f"button[value={action}]") for action in ("agree", "decline"))
    assert agree.evaluate(style) == decline.evaluate(style)
    bar_top = page.locator("#turn").bounding_box()["y"]
    for button in (agree, decline):
        box = button.bounding_box()
        assert box["y"] + box["height"] <= bar_top


def test_the_way_back_stands_at_the_same_place_on_every_screen(open_page: OpenPage) -> None:
    page = open_page(LANDSCAPE)
    walk.sign_in(page)
    walk.find(page, "ヤマダ")
    walk.hand_over(page, "consent")
    places = set()
    for action in ("next", "next", "next", "next", "agree"):
        walk.press(page, action)
        box = page.locator("button[value=back]").bounding_box()
        places.add((box["x"], box["y"], box["width"], box["height"]))
    assert len(places) == 1


def test_the_frame_for_the_signature_needs_no_scrolling(open_page: OpenPage) -> None:
    for size in (LANDSCAPE, PORTRAIT):
        page = open_page(size)
        walk.sign_in(page)
        walk.find(page, "ヤマダ")
        walk.hand_over(page, "consent")
        for action in ("next", "next", "next", "next", "agree"):
            walk.press(page, action)
        frame, bar = (page.locator(name).bounding_box() for name in ("#signature", "#turn"))
        assert frame["y"] + frame["height"] <= bar["y"]


def test_withdrawing_takes_no_more_taps_than_consenting(open_page: OpenPage) -> None:
    page = open_page(LANDSCAPE)
    walk.sign_in(page)
    walk.find(page, "ヤマダ")
    walk.hand_over(page, "consent")
    consenting = walk.consent(page)
    walk.take_back(page, "approve")
    walk.find(page, "ヤマダ")
    walk.hand_over(page, "withdrawal")
    assert walk.withdraw(page) <= consenting
