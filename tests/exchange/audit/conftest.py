"""A store with every kind of event in it, and a receiver for what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock, SystemClock
from appliance.config import AuditConfig, FacilityConfig, HubConfig, KioskConfig, NetworkConfig, SiteConfig
from appliance.exchange.audit.telling import Told
from appliance.store.db import Store, create_store
from provisioning.lab.pki import LabPki
from tests.exchange.audit.syslog_server import SyslogServer
from tests.exchange.audit.told import all_told, everything
from tests.store.made import FACILITY, new_store

Serve = Callable[..., SyslogServer]


def site_of(folder: Path, hub: HubConfig, audit: AuditConfig | None = None) -> SiteConfig:
    """A site that serves FACILITY; only its hub and audit are ever used here."""
    none = folder / "unused"
    return SiteConfig(
        facilities=(FacilityConfig(FACILITY, "練習用内科"),),
        sources=(),
        hub=hub,
        network=NetworkConfig("練習ネットワーク", none, none, none),
        kiosk=KioskConfig(none, none),
        device_id="box-1",
        audit=audit or AuditConfig(),
        run_folder=folder / "run",
    )


@pytest.fixture
def unreachable_hub(pki: LabPki) -> HubConfig:
    """A hub that nobody serves: for what needs its certificates only."""
    pair = pki.client(FACILITY)
    return HubConfig("https://127.0.0.1:1/fhir", pki.ca_path, pair.cert, pair.key)


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory, pki: LabPki) -> list[Told]:
    """One row of everything, as it is told outside."""
    folder, pair = tmp_path_factory.mktemp("told"), pki.client(FACILITY)
    hub = HubConfig("https://hub.example:8443/fhir", pki.ca_path, pair.cert, pair.key)
    with new_store(folder, ManualClock()) as store:
        everything(store, pair.cert, pair.key)
        return all_told(store, site_of(folder, hub))


@pytest.fixture
def site(tmp_path: Path, unreachable_hub: HubConfig) -> SiteConfig:
    return site_of(tmp_path, unreachable_hub)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create_store(tmp_path / "store.db", bytes(32), SystemClock()) as made:
        yield made


@pytest.fixture
def serve(tmp_path: Path, pki: LabPki) -> Iterator[Serve]:
    """Starts receivers that end with the test; by default one that lets this box in."""
    running: list[SyslogServer] = []

    def started(**instead: object) -> SyslogServer:
        known = {"ca": pki.ca_path, "pair": pki.server, "permitted": [f"client-{FACILITY}-box-1"]}
        server = SyslogServer(tmp_path / f"syslog-{len(running)}", **(known | instead))  # type: ignore[arg-type]
        running.append(server.__enter__())
        return server

    yield started
    for one in running:
        one.kill()


def to_syslog(site: SiteConfig, server: SyslogServer, **instead: Path) -> SiteConfig:
    """The site with this receiver; `instead` names other certificates."""
    return replace(site, audit=AuditConfig(fhir=False, syslog=f"localhost:{server.port}", **instead))
