"""The exchange as a process of its own keeps a storage at a real sshd: killed at any moment, it goes on where it was."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.clock import SystemClock
from appliance.formats.parse import open_documents
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.records.messages import Wake
from appliance.service import read_figures
from appliance.store import access, deliveries, documents
from appliance.store.db import Store
from tests.exchange.ssmix2.storage_box import sound, standing
from tests.exchange.storage_server import StorageServer, make_key, storage_server
from tests.exchange.test_service import RULES, Site, site, until
from tests.store import consented
from tests.store.made import arrival

pytestmark = pytest.mark.hub
__all__ = ["site"]

BOTH = replace(RULES, channels=(ChannelKind.FHIR, ChannelKind.SSMIX2))
PEOPLE = 6
KILLS = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "server") as found:
        yield found


@pytest.fixture
def storing(site: Site, server: StorageServer) -> Site:
    """The site of a network that has a storage."""
    point_at(site, server, server.host_key)
    return site


def point_at(site: Site, server: StorageServer, host_key: str) -> None:
    text = site.file.read_text(encoding="utf-8").partition("[sftp]")[0]
    address = server.address()
    if "channels" not in text:
        text = text.replace("[network]\n", '[network]\nchannels = ["fhir", "ssmix2"]\n')
    text += (
        f'[sftp]\nhost = "{address.host}"\nport = {address.port}\nuser = "{address.user}"\n'
        f'key = "{address.key}"\nhost_key = "{host_key}"\nroot = "{address.root}"\n'
    )
    site.file.write_text(text, encoding="utf-8")


def month_of_claims(folder: Path, store: Store, seed: int) -> list[int]:
    """What intake would have written of some practice patients' claims; the patients' rows."""
    make_patients(count=PEOPLE, seed=seed, out=folder, months=1)
    for path in sorted((folder / CLINIC_A.folder).rglob("RECEIPTC.UKE")):
        number = arrival(store, path.read_bytes())
        with store.transaction():
            documents.put(store, BOTH, number, list(open_documents(path.read_bytes())))
    return [row[0] for row in store.rows("SELECT id FROM patients")]


def settled(store: Store) -> bool:
    return not set(deliveries.counts(store)) - {"delivered", "withdrawn", "held"}


def test_a_storage_is_kept_through_consents_withdrawals_and_kills(
    storing: Site, server: StorageServer, tmp_path: Path
) -> None:
    dice = random.Random(5)
    storing.start()
    with storing.store() as store:
        doctor = consented.doctor(store)
        with store.transaction():
            access.set_snapshot(store, store.clock.now())
        people = month_of_claims(tmp_path / "practice", store, seed=11)
        assert len(people) >= PEOPLE // 2
        for who in people:
            consented.agree(store, BOTH, doctor, who, f"r-{who}")
        kill_now_and_then(storing, store, dice)
        sound(server)
        assert {flag for flags in standing(server).values() for flag in flags} == {"1"}
        full = len(server.files())
        for who in people:
            consented.withdraw(store, doctor, who, f"w-{who}")
        kill_now_and_then(storing, store, dice)
    sound(server)
    assert {flag for flags in standing(server).values() for flag in flags} == {"0"}
    assert len(server.files()) > full
    assert not any(".part" in path for path in server.files())


def kill_now_and_then(site: Site, store: Store, dice: random.Random) -> None:
    """SIGKILL after some milliseconds, a few times; then let it come to its end."""
    for _ in range(KILLS):
        site.ask(Wake())
        SystemClock().sleep(dice.random() * 0.4)
        site.end(signal.SIGKILL)
        site.start()
    until(lambda: settled(store))


def test_a_changed_host_key_stops_the_storage_alone_and_is_told(
    storing: Site, server: StorageServer, tmp_path: Path
) -> None:
    make_key(tmp_path / "other")
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    point_at(storing, server, other)
    storing.start()
    with storing.store() as store:
        doctor = consented.doctor(store)
        with store.transaction():
            access.set_snapshot(store, store.clock.now())
        (who, *_) = month_of_claims(tmp_path / "practice", store, seed=12)
        consented.agree(store, BOTH, doctor, who)
        storing.ask(Wake())
        until(lambda: read_figures(storing.folder / "run", "exchange").get("storage_trouble") == "host-key")
        assert server.files() == {}
        until(lambda: not store.value("SELECT 1 FROM deliveries WHERE channel = 'fhir' AND state = 'ready'"))
        storing.end(signal.SIGTERM)
        point_at(storing, server, server.host_key)
        storing.start()
        until(lambda: settled(store))
    sound(server)
    assert standing(server)
    until(lambda: read_figures(storing.folder / "run", "exchange").get("storage_trouble") == "")
