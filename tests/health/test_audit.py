"""The doctor's word on the audit: whether it leaves the box, and whether it is anchored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import AuditConfig, SiteConfig
from appliance.health.check import Result
from appliance.health.checks.audit import check
from appliance.limits import AUDIT_UNANCHORED_MAX_S, AUDIT_UNSENT_WARNING_S
from appliance.service import Figures
from appliance.store import audit, audit_anchor, audit_positions
from appliance.store.audit import Event
from appliance.store.audit_anchor import DeviceKey
from appliance.store.audit_positions import Destination
from appliance.store.db import Store, create_store
from provisioning.lab.pki import make_lab_pki
from tests.intake.kept import FOLDER, KEY, site_in
from tests.store.made import FACILITY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def site(tmp_path: Path) -> SiteConfig:
    return replace(site_in(tmp_path, FOLDER), audit=AuditConfig(syslog="soc.example:6514"))


@pytest.fixture
def store(site: SiteConfig, clock: ManualClock, tmp_path: Path) -> Store:
    made = create_store(site.store.path, KEY, clock)
    pair = make_lab_pki(tmp_path / "pki", [FACILITY]).client(FACILITY)
    audit_anchor.anchor_now(made, DeviceKey(pair.cert, pair.key), "box-1")
    return made


def results(site: SiteConfig, clock: ManualClock) -> dict[str, Result]:
    return {one.name: one for one in check(site, clock)}


def test_rows_that_have_just_been_written_are_no_trouble(site: SiteConfig, clock: ManualClock, store: Store):
    store.close()
    assert {name: one.level for name, one in results(site, clock).items()} == {
        "audit hub": "ok",
        "audit syslog": "ok",
        "audit anchor": "ok",
    }


def test_rows_that_wait_are_told_with_why(site: SiteConfig, clock: ManualClock, store: Store):
    clock.advance(AUDIT_UNSENT_WARNING_S)
    last = audit.entry(store, 1)
    assert last is not None
    audit_positions.confirm(store, Destination.HUB, last)
    store.close()
    figures = Figures(site.run_folder, "audit-syslog")
    figures.set("trouble", "tls")
    figures.write()
    found = results(site, clock)
    assert found["audit hub"].level == "ok"
    assert (found["audit syslog"].level, "(tls)" in found["audit syslog"].en) == ("warning", True)
    assert found["audit syslog"].hint_ja


def test_refused_rows_are_told(site: SiteConfig, clock: ManualClock, store: Store):
    audit_positions.refuse(store, Destination.HUB, 1, "no")
    store.close()
    assert "1 of them refused" in results(site, clock)["audit hub"].en


def test_an_anchor_two_days_old_is_told(site: SiteConfig, clock: ManualClock, store: Store):
    clock.advance(AUDIT_UNANCHORED_MAX_S + 1)
    with store.transaction():
        audit.append(store, Event.SIGNED_IN)
    store.close()
    assert results(site, clock)["audit anchor"].level == "warning"
