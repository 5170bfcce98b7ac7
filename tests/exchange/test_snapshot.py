"""The pull of the network's consents: whole or not at all, and what it may end here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock, iso
from appliance.config import HubConfig
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.outcomes import Reason
from appliance.exchange.snapshot import Pulled, Since, pull, starting_point, take_in
from appliance.store import access, governing
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, Box
from tests.exchange.scripted import ScriptedServer, answering, drop

NOWHERE = "https://127.0.0.1:1/fhir/R4"


@pytest.fixture
def lonely(tmp_path: Path, pki: LabPki) -> Iterator[Box]:
    """A box that has no hub."""
    pair = pki.client(FACILITY)
    box = Box.new(tmp_path, HubConfig(NOWHERE, pki.ca_path, pair.cert, pair.key))
    yield box
    box.close()


def page(*consents: tuple[str, str, str], following: bool = False) -> bytes:
    entries = [
        {"resource": {"resourceType": "Consent", "id": one, "status": status, "meta": {"lastUpdated": at}}}
        for one, status, at in consents
    ]
    link = [{"relation": "next", "url": "https://h/fhir/R4/Consent?_cursor=1"}] if following else []
    return json.dumps(
        {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": link}
    ).encode()


def hub_at(server: ScriptedServer, pki: LabPki) -> Hub:
    pair = pki.client(FACILITY)
    config = HubConfig(server.url, pki.ca_path, pair.cert, pair.key)
    return Hub(config, SystemClock().monotonic_s, Patience(2.0, 2.0, 4.0))


def told(box: Box, who: int) -> str:
    """The patient's consent, as if the hub had been told of it; its resource id."""
    with box.store.transaction():
        box.store.execute("UPDATE deliveries SET state = 'delivered' WHERE kind = 'consent'")
    return governing.of_patient(box.store, who)[0].resource_id


def ended(box: Box, resource_id: str) -> Pulled:
    return Pulled(Since("", box.store.now()), frozenset({resource_id}), "2026-10-01T02:00:00.000Z")


def test_a_pull_gathers_every_page_and_the_newest_time(pki: LabPki) -> None:
    pages = [
        page(("a", "active", "2026-10-01T01:00:00.000Z"), ("b", "inactive", "3"), following=True),
        page(("c", "entered-in-error", "2026-10-01T03:00:00.000Z"), ("d", "rejected", "")),
    ]
    with ScriptedServer(pki, [answering(200, one) for one in pages]) as server:
        found = pull(hub_at(server, pki), Since("", "now"))
    assert found == Pulled(Since("", "now"), frozenset({"b", "c", "d"}), "3")


def test_a_pull_that_breaks_off_is_none(pki: LabPki) -> None:
    first = page(("b", "inactive", "1"), following=True)
    with ScriptedServer(pki, [answering(200, first), drop]) as server:
        found = pull(hub_at(server, pki), Since("", "now"))
    assert found == Unanswered(Reason.UNREACHABLE)


def test_nothing_new_keeps_the_time_already_seen(pki: LabPki) -> None:
    with ScriptedServer(pki, [answering(200, page())]) as server:
        found = pull(hub_at(server, pki), Since("2026-10-01", "now"))
    assert found == Pulled(Since("2026-10-01", "now"), frozenset(), "2026-10-01")


def test_a_pull_taken_in_is_the_snapshot(lonely: Box) -> None:
    lonely.clock.advance(600)
    take_in(lonely.store, ended(lonely, "nobodys"))
    assert access.snapshot_at(lonely.store) == lonely.clock.now()
    assert starting_point(lonely.store) == Since("2026-10-01T02:00:00.000Z", iso(lonely.clock.now()))


def test_a_consent_ended_elsewhere_ends_here(lonely: Box, chart: str) -> None:
    who = lonely.agreed(chart)
    resource_id = told(lonely, who)
    lonely.clock.advance(60)
    assert take_in(lonely.store, ended(lonely, resource_id)) == 1
    record = governing.by_resource(lonely.store, resource_id)
    assert record is not None
    assert record.state == "withdrawn"
    assert lonely.kinds("ready") == []


def test_a_consent_the_hub_was_not_told_of_yet_goes_on(lonely: Box, chart: str) -> None:
    who = lonely.agreed(chart)
    resource_id = governing.of_patient(lonely.store, who)[0].resource_id
    lonely.clock.advance(60)
    assert take_in(lonely.store, ended(lonely, resource_id)) == 0


def test_a_consent_that_changed_here_during_the_pull_goes_on(lonely: Box, chart: str) -> None:
    who = lonely.agreed(chart)
    assert take_in(lonely.store, ended(lonely, told(lonely, who))) == 0
