"""`kill -9` on any service at any moment: the hub ends with what an undisturbed run gives, no arrival lost, none twice.

Every month's files bring their share of RENKEI_KILLS, so that there is always something to take in and to deliver.
"""

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
MONTHS = demo.MONTHS if KILLS <= 100 else 6
BETWEEN_KILLS_S = 0.25
WITHIN_S = 300.0


@dataclass(slots=True)
class DisturbedNetwork(PracticeNetwork):
    """A practice network in which now and then a service is killed, chosen at random."""

    kills: int = 0
    allowed: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    last_kill_s: float = 0.0
    killed: dict[str, int] = field(default_factory=dict)

    def step(self) -> None:
        super(DisturbedNetwork, self).step()
        now = time.monotonic()
        if self.kills < self.allowed and now - self.last_kill_s > self.chance.uniform(0, 2 * BETWEEN_KILLS_S):
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
def test_kills_change_nothing_of_what_arrives(tmp_path: Path) -> None:
    with DisturbedNetwork(tmp_path, patients=demo.PATIENTS, months=MONTHS) as network:
        network.wait_until_desks_answer()
        who: dict[str, set[str]] = {}
        for month in range(MONTHS):
            network.allowed = KILLS * (month + 1) // MONTHS
            demo.drop(network, lambda months, wanted=month: months[wanted : wanted + 1])
            for folder, box in network.boxes.items():
                who[folder] = who.get(folder) or demo.agree_two_in_three(network, box)
            network.wait_until(
                lambda: network.kills >= network.allowed and all(map(demo.is_idle, network.boxes.values())),
                WITHIN_S,
                "the month's kills are done and the queues are empty",
            )
        outcome = demo.count(network, who)
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
