"""The exchange as a process of its own: its socket, its signals, its death and its return."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import HubConfig
from appliance.consent.defaults import participants_document, policy_document
from appliance.exchange.service import AlreadyRunningError, alone
from appliance.records.messages import (
    Done,
    Failed,
    HubView,
    LookUp,
    Message,
    StatusRequest,
    Wake,
    answer,
    to_bytes,
)
from appliance.run import start
from appliance.service import read_figures
from appliance.sockets import PeerError, ask
from appliance.store import access, deliveries, documents, keys, staff
from appliance.store.db import Store, create_store, open_store
from provisioning.lab.hub import Fault, PracticeHub
from tests.exchange.box import FACILITY, born, two_clinics
from tests.signing import write_rules
from tests.store import consented
from tests.store.made import arrival, claim, patient

pytestmark = pytest.mark.hub

WITHIN_S = 30.0
RULES = two_clinics()


@dataclass(slots=True)
class Site:
    """A site file, its store, and the service that works on it."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def file(self) -> Path:
        return self.folder / "site.toml"

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "exchange.sock"

    def store(self) -> Store:
        return open_store(self.folder / "store.db", keys.load_key(self.folder / "store.key"), SystemClock())

    def start(self) -> None:
        self.process = start([sys.executable, "-m", "appliance", "exchange", "--site", self.file])
        until(lambda: isinstance(self.ask(Wake()), Done))

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        status = self.process.wait(WITHIN_S)
        self.process = None
        return status

    def ask(self, request: Message) -> Message | None:
        try:
            return answer(ask(self.socket, to_bytes(request)))
        except PeerError:
            return None


def until(true: object) -> None:
    """Wait until a question is answered with yes; fail after WITHIN_S."""
    clock = SystemClock()
    end_s = clock.monotonic_s() + WITHIN_S
    while not true():  # type: ignore[operator]
        assert clock.monotonic_s() < end_s, "it never came to be"
        clock.sleep(0.02)


@pytest.fixture
def site(tmp_path: Path, hub_config: HubConfig) -> Iterator[Site]:
    listed = [(number, name, "clinic") for number, name in RULES.facility_names.items()]
    since = min(stay.since for stays in RULES.participants.memberships.values() for stay in stays)
    write_rules(
        tmp_path,
        "練習ネットワーク",
        policy=policy_document("1"),
        participants=participants_document("1", listed, since),
    )
    create_store(tmp_path / "store.db", keys.create_key(tmp_path / "store.key"), SystemClock()).close()
    (tmp_path / "site.toml").write_text(
        f"""
device_id = "box-1"
run_folder = "run"
sources = []
[[facilities]]
number = "{FACILITY}"
name = "練習用内科"
[store]
path = "store.db"
key_file = "store.key"
[hub]
url = "{hub_config.url}"
ca = "{hub_config.ca}"
certificate = "{hub_config.certificate}"
key = "{hub_config.key}"
[network]
name = "練習ネットワーク"
policy = "policy.json"
participants = "participants.json"
signer = "signer-ca.pem"
[kiosk]
certificate = "unused.pem"
key = "unused.key"
[audit]
fhir = false
""",
        encoding="utf-8",
    )
    made = Site(tmp_path)
    yield made
    if made.process is not None:
        made.end(signal.SIGKILL)


def agreed(store: Store, *charts: str) -> None:
    """Claims and approved consents, as intake and desk would have written them meanwhile."""
    doctor = consented.doctor(store)
    with store.transaction():
        access.set_snapshot(store, store.clock.now())
    for chart in charts:
        number = arrival(store, chart.encode())
        with store.transaction():
            documents.put(store, RULES, number, [claim(patient(chart, born(chart)), volume=chart)])
        who = store.value("SELECT id FROM patients WHERE local_id = ?", (chart,))
        consented.agree(store, RULES, doctor, who, f"r-{chart}")


def all_delivered(store: Store) -> bool:
    return set(deliveries.counts(store)) == {"delivered"}


def test_it_delivers_what_is_owed_and_shows_its_figures(site: Site, chart: str) -> None:
    site.start()
    with site.store() as store:
        agreed(store, chart)
        site.ask(Wake())
        until(lambda: all_delivered(store))
    until(lambda: read_figures(site.folder / "run", "exchange").get("deliveries.delivered") == 3)
    figures = read_figures(site.folder / "run", "exchange")
    assert figures["hub"] == "ok"
    assert figures["oldest_waiting_s"] == 0
    assert chart not in str(figures)


def test_it_answers_look_ups_and_nothing_it_does_not_know(site: Site, chart: str) -> None:
    site.start()
    with site.store() as store:
        agreed(store, chart)
        token = staff.sign_in(store, FACILITY, "sensei", consented.PASSWORD)[0]
        who = store.value("SELECT id FROM patients")
        until(lambda: all_delivered(store))
    view = site.ask(LookUp(token=token, patient=who))
    assert isinstance(view, HubView)
    assert view.reachable
    assert isinstance(site.ask(LookUp(token="nobody", patient=who)), Failed)
    odd = site.ask(StatusRequest(token="x"))
    assert isinstance(odd, Failed)
    assert odd.code == "EXCHANGE-0001"


def test_it_stops_when_told_even_in_the_middle_of_a_request(
    site: Site, chart: str, practice_hub: PracticeHub
) -> None:
    site.start()
    practice_hub.add_faults(Fault("slow", type="Bundle", delay_ms=20_000))
    with site.store() as store:
        agreed(store, chart)
        site.ask(Wake())
        until(lambda: deliveries.counts(store).get("claimed"))
        assert site.end(signal.SIGTERM) == 0
        assert deliveries.counts(store)["claimed"] == 1  # it did not wait for the hub's answer
        practice_hub.clear_faults()
        site.start()
        until(lambda: all_delivered(store))


def test_there_is_one_dispatcher_only(site: Site) -> None:
    site.start()
    second = start([sys.executable, "-m", "appliance", "exchange", "--site", site.file])
    assert second.wait(WITHIN_S) == 3
    assert isinstance(site.ask(Wake()), Done)


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(AlreadyRunningError), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.torture
def test_killed_again_and_again_it_delivers_everything_once(
    site: Site, chart: str, practice_hub: PracticeHub
) -> None:
    charts = [f"{chart}-{number}" for number in range(20)]
    with site.store() as store:
        agreed(store, *charts)
        owed = sum(deliveries.counts(store).values())
        for kill in range(12):
            site.start()
            until(lambda done=kill * owed // 12: deliveries.counts(store).get("delivered", 0) >= done)  # type: ignore[misc]
            site.end(signal.SIGKILL)
        site.start()
        until(lambda: all_delivered(store))
        assert deliveries.counts(store) == {"delivered": owed}
        held = store.value("SELECT count(*) FROM hub_resources")
        assert held == 3 * len(charts)
