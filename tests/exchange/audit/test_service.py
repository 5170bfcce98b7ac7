"""The audit of a running exchange: its own rows, what others write, and its death and return."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import SiteConfig, read_site
from appliance.exchange.audit import service
from appliance.store import audit, audit_anchor, audit_positions
from appliance.store.audit import Event
from appliance.store.audit_anchor import AnchorJudge
from appliance.store.audit_positions import Destination
from appliance.store.db import Store
from provisioning.lab.pki import LabPki
from tests.exchange.audit.conftest import Serve
from tests.exchange.audit.test_syslog_sender import rows_in
from tests.exchange.test_service import Site, site, until
from tests.store.made import new_store

__all__ = ["site"]
pytestmark = pytest.mark.hub


def to(site: Site, *lines: str) -> None:
    """Have the site's audit go elsewhere."""
    text = site.file.read_text(encoding="utf-8").replace("fhir = false", "\n".join(lines))
    site.file.write_text(text, encoding="utf-8")


def events(store: Store) -> list[str]:
    return [row.event for row in audit.entries(store)]


def test_it_writes_down_its_start_its_settings_an_anchor_and_its_stop(site: Site, pki: LabPki):
    site.start()
    with site.store() as store:
        until(lambda: audit.last_anchored(store))
        site.end(signal.SIGTERM)
        assert events(store)[:2] == ["service-started", "configuration-changed"]
        assert events(store)[-1] == "service-stopped"
        judge = AnchorJudge.of(pki.ca_path, "box-1")
        assert audit.walk(store, vouch=judge.vouch).anchored > 0
        assert audit_anchor.kept_copy(store)


def test_what_any_service_writes_reaches_hub_and_receiver_through_kills(
    site: Site, serve: Serve, pki: LabPki
):
    server = serve()
    to(site, f'syslog = "localhost:{server.port}"')
    with site.store() as store:
        for number in range(4):
            site.start()
            with store.transaction():
                for _ in range(30):
                    audit.append(store, Event.WORK_LIST_SHOWN)
            until(lambda: set(rows_in(server.messages())) >= set(range(1, 31)))
            if number < 3:
                site.end(signal.SIGKILL)
        last = audit.anchor(store).seq
        until(lambda: set(rows_in(server.messages())) >= set(range(1, last + 1)))
        until(lambda: audit_positions.position(store, Destination.HUB).seq >= last)
        assert site.end(signal.SIGTERM) == 0


def test_a_receiver_that_is_away_keeps_nothing_from_stopping(site: Site):
    to(site, "fhir = false", 'syslog = "localhost:1"')
    site.start()
    figures = site.folder / "run" / "audit-syslog.json"
    until(lambda: figures.exists() and json.loads(figures.read_text())["trouble"] == "unreachable")
    assert site.end(signal.SIGTERM) == 0


def test_settings_are_compared_with_those_of_the_last_start(site: Site, tmp_path: Path):
    with new_store(tmp_path / "audit", ManualClock()) as store:
        first = read_site(site.file)
        noted(store, first)
        noted(store, first)
        site.file.write_text(site.file.read_text().replace("練習用内科", "練習用医院"), encoding="utf-8")
        noted(store, read_site(site.file))
        rows = [row.body for row in audit.entries(store)]
    assert rows == [
        {"changed": [], "first": True},
        {"changed": ["facilities[1].name"], "first": False},
    ]


def noted(store: Store, site: SiteConfig) -> None:
    with store.transaction():
        service.note_settings(store, site)


def test_an_anchor_is_signed_once_a_day(site: Site, tmp_path: Path):
    clock = ManualClock()
    with new_store(tmp_path / "audit", clock) as store:
        known = read_site(site.file)
        assert [service.anchor_if_due(store, known) for _ in range(2)] == [True, False]
        clock.advance(86_400)
        assert service.anchor_if_due(store, known)


def test_a_way_out_that_fails_is_tried_again_and_stops_nothing(capsys: pytest.CaptureFixture[str]):
    class Broken:
        destination = Destination.HUB
        trouble = ""

        def cycle(self) -> bool:
            raise ZeroDivisionError("with 練習　太郎 in it")

        def close(self) -> None: ...

    assert service._cycle(Broken()) == service.AUDIT_RETRY_MAX_S
    said = capsys.readouterr().err
    assert said == "exchange: audit to hub failed (ZeroDivisionError)\n"
