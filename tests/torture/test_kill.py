"""`kill -9` on any service at any moment: the hub ends with what an undisturbed run gives, no arrival lost, none twice."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provisioning.lab import demo
from provisioning.lab.network import PracticeNetwork

KILLS = int(os.environ.get("RENKEI_KILLS", "100"))
SEED = int(os.environ.get("RENKEI_SEED", "20261120"))
BETWEEN_KILLS_S = 0.25


@dataclass(slots=True)
class DisturbedNetwork(PracticeNetwork):
    """A practice network in which now and then a service is killed, chosen at random."""

    kills: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    last_kill_s: float = 0.0
    killed: dict[str, int] = field(default_factory=dict)

    def step(self) -> None:
        super(DisturbedNetwork, self).step()
        now = time.monotonic()
        if self.kills < KILLS and now - self.last_kill_s > self.chance.uniform(0, 2 * BETWEEN_KILLS_S):
            self.kill_one()
            self.last_kill_s = now

    def kill_one(self) -> None:
        running = [(name, pid) for box in self.boxes.values() for name, pid in box.supervisor.pids().items()]
        if running:
            name, pid = self.chance.choice(running)
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
            self.killed[name] = self.killed.get(name, 0) + 1


@pytest.mark.hub
@pytest.mark.torture
def test_a_hundred_kills_change_nothing_of_what_arrives(tmp_path: Path) -> None:
    with DisturbedNetwork(tmp_path, patients=demo.PATIENTS, months=demo.MONTHS) as network:
        network.wait_until_desks_answer()
        outcome = demo.run(network)
        network.wait_until(lambda: network.kills >= KILLS, 300, "all kills are done")
        network.wait_until(
            lambda: all(map(demo.is_idle, network.boxes.values())), 300, "the queues are empty"
        )
        outcome = demo.count(network, outcome.who)
        written = sum(len(network.claim_files(box.facility)) for box in network.boxes.values())
        print(f"\n{network.kills} kills {network.killed}: {outcome}")
        assert set(network.killed) == {"desk", "intake", "exchange", "kiosk"}
        assert outcome.files == written
        assert (outcome.missing, outcome.unexpected, outcome.different) == (0, 0, 0)
        for box in network.boxes.values():
            with box.store() as store:
                assert store.integrity_findings() == []
                assert (
                    store.value("SELECT count(*) FROM documents d GROUP BY key, arrival HAVING count(*) > 1")
                    is None
                )
