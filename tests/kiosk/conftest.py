"""A running kiosk with a scripted desk beside it, and a browser before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from tests.kiosk.client import Browser, browser_at
from tests.kiosk.running import RunningKiosk, make_site
from tests.kiosk.scripted_desk import ScriptedDesk


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
def browser(kiosk: RunningKiosk) -> Browser:
    return browser_at(kiosk)


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """A browser that is signed in."""
    browser.sign_in()
    return browser
