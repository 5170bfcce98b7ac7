"""AuditEvents at the practice hub: each row once, whatever happens on the way; a row it will not take holds nobody up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import HubConfig, SiteConfig
from appliance.exchange.audit import sending
from appliance.exchange.audit.balp import audit_event, event_id
from appliance.exchange.audit.sending import HubSender
from appliance.exchange.audit.telling import told
from appliance.exchange.hub import Hub, Unanswered
from appliance.limits import AUDIT_REFUSED_AGAIN_S
from appliance.store import audit, audit_positions
from appliance.store.audit import Event
from appliance.store.audit_positions import Destination
from appliance.store.db import Store
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.audit.conftest import site_of
from tests.exchange.audit.told import everything
from tests.exchange.box import PATIENT
from tests.store.made import FACILITY, new_store

pytestmark = pytest.mark.hub


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with new_store(tmp_path, clock) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, hub_config: HubConfig, chart: str) -> SiteConfig:
    """A box of its own: the hub outlives the test, and the same row of the same box has the same id."""
    return replace(site_of(tmp_path, hub_config), device_id=f"box-{chart}")


@pytest.fixture
def sender(store: Store, site: SiteConfig) -> Iterator[HubSender]:
    made = HubSender(store, site, Hub(site.hub, store.clock.monotonic_s, PATIENT), lambda: 0.0)
    yield made
    made.close()


def write(store: Store, count: int) -> None:
    with store.transaction():
        for number in range(count):
            audit.append(store, Event.DELIVERY_REPLAYED, delivery=number)


def position(store: Store) -> int:
    return audit_positions.position(store, Destination.HUB).seq


def drive(sender: HubSender, cycles: int = 60) -> None:
    """Cycles, with time for every pause."""
    assert isinstance(sender.store.clock, ManualClock)
    for _ in range(cycles):
        if not sender.cycle():
            sender.store.clock.advance(1.0)


def versions_at_hub(sender: HubSender, site: SiteConfig) -> dict[int, str]:
    """Of each row, the version that the hub has of its AuditEvent."""
    found: dict[int, str] = {}
    for row in audit.entries(sender.store):
        one = sender.hub.read("AuditEvent", event_id(told(sender.store, site, row)))
        assert not isinstance(one, Unanswered)
        if one is not None:
            found[row.seq] = one["meta"]["versionId"]
    return found


def test_the_hub_takes_every_kind_of_event(sender: HubSender, store: Store, site: SiteConfig, pki: LabPki):
    pair = pki.client(FACILITY)
    everything(store, pair.cert, pair.key)
    drive(sender, 5)
    assert position(store) == audit.anchor(store).seq
    assert audit_positions.refused_count(store, Destination.HUB) == 0
    row = audit.entry(store, 1)
    assert row is not None
    sent = audit_event(told(store, site, row))
    held = sender.hub.read("AuditEvent", sent["id"])
    assert isinstance(held, dict)
    assert held["entity"] == sent["entity"]


def test_each_row_is_there_once_whatever_happens_on_the_way(
    sender: HubSender, store: Store, site: SiteConfig, practice_hub: PracticeHub
):
    for fault in ("drop-before", "drop-after", "garbage"):
        write(store, 130)
        practice_hub.add_faults(Fault(fault, type="Bundle"))  # type: ignore[arg-type]
        drive(sender, 10)
    practice_hub.add_faults(Fault("status", type="Bundle", status=503, retry_after_s=5, count=2))
    write(store, 10)
    drive(sender)
    assert position(store) == 400
    assert versions_at_hub(sender, site).keys() == set(range(1, 401))


def test_a_row_the_hub_will_not_take_holds_nobody_up_and_is_offered_again(
    sender: HubSender, store: Store, site: SiteConfig, practice_hub: PracticeHub, clock: ManualClock
):
    write(store, 5)
    # The five together are refused, and of the five alone the third.
    practice_hub.add_faults(Fault("status", type="Bundle", status=422))
    practice_hub.add_faults(Fault("status", type="Bundle", status=422, skip=2))
    drive(sender, 3)
    assert position(store) == 5
    assert audit_positions.owed(store, Destination.HUB).refused == 1
    assert versions_at_hub(sender, site).keys() == {1, 2, 4, 5}
    clock.advance(AUDIT_REFUSED_AGAIN_S)
    drive(sender, 3)
    assert audit_positions.owed(store, Destination.HUB).rows == 0
    assert versions_at_hub(sender, site).keys() == {1, 2, 3, 4, 5}


def test_a_hub_that_takes_no_audit_at_all_is_not_given_the_whole_chain_to_refuse(
    sender: HubSender, store: Store, practice_hub: PracticeHub, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "AUDIT_REFUSED_MAX", 3)
    write(store, 10)
    practice_hub.add_faults(Fault("status", type="Bundle", status=422, count=50))
    drive(sender, 10)
    assert position(store) == 3
    assert sender.trouble == "refused"
    assert audit_positions.owed(store, Destination.HUB).rows == 10
    practice_hub.clear_faults()
    drive(sender, 70)
    assert position(store) == 10


def test_a_hub_that_is_away_is_told_and_tried_again(
    sender: HubSender, store: Store, practice_hub: PracticeHub
):
    practice_hub.stop()
    write(store, 1)
    assert not sender.cycle()
    assert sender.trouble == "unreachable"
    practice_hub.start()
    drive(sender, 5)
    assert (position(store), sender.trouble) == (1, "")


def test_rows_already_there_are_not_sent_again_after_a_restart(
    sender: HubSender, store: Store, site: SiteConfig
):
    write(store, 3)
    drive(sender, 2)
    write(store, 2)
    second = HubSender(store, site, Hub(site.hub, store.clock.monotonic_s, PATIENT), lambda: 0.0)
    drive(second, 2)
    second.close()
    assert set(versions_at_hub(sender, site).values()) == {"1"}
