"""What the hub has answered survives kill -9 at any moment; what it has not answered is there whole or not at all."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import requests

from provisioning.lab.hub import Fault, HubError, PracticeHub
from provisioning.lab.pki import LabPki
from tests.provisioning.network import CLINIC, OTHER, Box, Caller

pytestmark = pytest.mark.hub

PER_BUNDLE = 5


def document(box: Box, name: str) -> list[dict[str, object]]:
    return [box.stranger(name), *(box.condition(f"{name}-{n}", name) for n in range(PER_BUNDLE))]


class Sender(threading.Thread):
    """Sends numbered bundles until the hub goes away; remembers what was answered."""

    def __init__(self, hub: PracticeHub, facility: str, tag: str) -> None:
        super().__init__()
        self.box = Box(hub, facility)
        self.tag = tag
        self.tried = 0
        self.answered: list[str] = []

    def run(self) -> None:
        with self.box.http:
            while self.tried < 400:
                name = f"{self.tag}-{self.tried}"
                self.tried += 1
                try:
                    answer = self.box.send(*document(self.box, name))
                except requests.RequestException:
                    return
                assert answer.status_code == 200
                self.answered.append(name)


def names_held(hub: PracticeHub) -> dict[str, int]:
    """How many conditions each patient has at the hub; a patient without any counts 0."""
    operator = Caller(hub, hub.pki.operator)
    with operator.http:
        held = dict.fromkeys(operator.found("Patient?_count=1000"), 0)
        for condition in operator.found("Condition?_count=1000"):
            held[condition.rpartition("-")[0]] += 1
    return held


@pytest.mark.parametrize("journal_max_bytes", [None, 20_000], ids=["journal", "compacting"])
def test_kill_9_loses_nothing_answered_and_halves_nothing(
    pki: LabPki, participants: Path, tmp_path: Path, journal_max_bytes: int | None
) -> None:
    chance = random.Random(20261001)
    hub = PracticeHub(pki, tmp_path / "hub", participants, journal_max_bytes=journal_max_bytes)
    answered: set[str] = set()
    with hub:
        for life in range(4):
            senders = [Sender(hub, facility, f"d{life}-{facility[-2:]}") for facility in (CLINIC, OTHER)]
            for sender in senders:
                sender.start()
            time.sleep(chance.uniform(0.05, 0.4))
            hub.kill()
            for sender in senders:
                sender.join()
                answered |= set(sender.answered)
            hub.start()
            held = names_held(hub)
            assert answered <= held.keys()
            assert set(held.values()) <= {PER_BUNDLE}
    assert answered


def test_a_hub_that_dies_between_commit_and_answer_has_committed(clean_hub: PracticeHub) -> None:
    box = Box(clean_hub, CLINIC)
    clean_hub.add_faults(Fault("die-after", method="POST", type="Bundle"))
    with box.http:
        with pytest.raises(requests.ConnectionError):
            box.send(*document(box, "dies"))
        clean_hub.wait()
        clean_hub.start()
        again = box.send(*document(box, "dies"))
    assert {entry["response"]["status"] for entry in again.json()["entry"]} == {"200"}


def test_versions_and_deletions_survive_restart_and_compaction(
    pki: LabPki, participants: Path, tmp_path: Path
) -> None:
    hub = PracticeHub(pki, tmp_path / "hub", participants, journal_max_bytes=1)
    with hub:
        box = Box(hub, CLINIC)
        with box.http:
            box.put(box.patient("p"))
            box.put(box.patient("p", active=True))
            box.send(box.patient("q"), box.condition("c", "q"))
            box.request("DELETE", "Condition/c")
            before = box.read("Patient/p/_history")
            hub.restart()
            assert box.read("Patient/p/_history") == before
            assert box.get("Condition/c").status_code == 410
            assert box.put(box.condition("c", "q")).headers["etag"] == 'W/"3"'
    assert (tmp_path / "hub" / "journal.jsonl").stat().st_size < 2_000


def test_time_goes_on_after_a_restart(clean_hub: PracticeHub) -> None:
    box = Box(clean_hub, CLINIC)
    with box.http:
        before = box.put(box.patient("p")).json()["meta"]["lastUpdated"]
        clean_hub.restart()
        assert box.put(box.patient("q")).json()["meta"]["lastUpdated"] > before


def test_a_damaged_journal_stops_the_start(clean_hub: PracticeHub) -> None:
    box = Box(clean_hub, CLINIC)
    with box.http:
        for name in ("p", "q", "r"):
            box.put(box.patient(name))
    clean_hub.stop()
    journal = clean_hub.data / "journal.jsonl"
    content = bytearray(journal.read_bytes())
    content[40] ^= 1
    journal.write_bytes(content)
    with pytest.raises(HubError):
        clean_hub.start()
    assert journal.read_bytes() == bytes(content)


def test_the_hub_ends_when_asked_and_leaves_its_port(clean_hub: PracticeHub) -> None:
    url = clean_hub.url
    clean_hub.stop()
    assert clean_hub.start().url == url
