"""A real Chromium before a real kiosk. Tests skip where no Chromium is installed (RENKEI_CHROMIUM names another one)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from appliance.clock import ManualClock
from provisioning.lab.node import NodeError, ensure_modules
from tests.kiosk.running import RunningKiosk, make_site
from tests.kiosk.scripted_desk import ScriptedDesk

CHROMIUM = Path(os.environ.get("RENKEI_CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LANDSCAPE = (1280, 800)
PORTRAIT = (800, 1280)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM} (apt install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def axe_source() -> str:
    """The accessibility judge, as a script to run in a page."""
    folder = Path(__file__).parent
    try:
        ensure_modules(folder)
    except NodeError as error:
        pytest.skip(f"axe-core cannot be installed: {error.en}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedDesk]:
    made = ScriptedDesk(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def kiosk(desk: ScriptedDesk, tmp_path: Path) -> Iterator[RunningKiosk]:
    with RunningKiosk(make_site(tmp_path), ManualClock()) as running:
        yield running


@pytest.fixture
def open_page(chromium: Browser, kiosk: RunningKiosk) -> Iterator[OpenPage]:
    """Opens pages of the kiosk: `open_page(size=PORTRAIT, scripts=False)`; other hosts are out of reach."""
    contexts: list[BrowserContext] = []

    def opened(size: tuple[int, int] = LANDSCAPE, *, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=kiosk.address,
            ignore_https_errors=True,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
