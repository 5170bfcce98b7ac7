"""A box that is killed again and again amidst its work: every life goes on where the one before was ended.

One process does the work of intake and delivery over the real store and is killed a random moment after a random word
of it; the outside (this process) remembers what it was told, says what it has when it is asked, and brings again what was
not acknowledged.
`make torture` lets RENKEI_LIVES end so; `make test` some.
"""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.torture.day import Day
from tests.torture.promises import broken_promises

LIVES = int(os.environ.get("RENKEI_LIVES", "60"))
SEED = int(os.environ.get("RENKEI_SEED", "20261130"))
WORDS = 10
"""What a life says at most before its last moment; some end while they still sweep."""
LAST_MOMENT_S = 0.01
KEPT_IN_MIND = 60
"""Promises asked for after each life, the newest; all of them at the end."""


@dataclass(slots=True)
class Outside:
    """What the world beside the box knows."""

    told: list[str] = field(default_factory=list)
    steps: int = 0
    sent: dict[int, str] = field(default_factory=dict)
    """What the hub has, by the delivery's number."""
    sent_otherwise: list[str] = field(default_factory=list)
    cut_amidst: int = 0
    """Lives that ended between two words of one step."""

    def hear(self, line: str) -> None:
        word, *rest = line.split(",")
        if word == "step":
            self.steps = int(rest[0]) + 1
            return
        self.told.append(line)
        if word == "sending":
            number, meaning = int(rest[0]), rest[1]
            if self.sent.setdefault(number, meaning) != meaning:
                self.sent_otherwise.append(line)


def live(folder: Path, outside: Outside, seed: int, out: int) -> None:
    """One life: never returns by itself."""

    def tell(*words: object) -> None:
        os.write(out, (",".join(map(str, words)) + "\n").encode())

    day = Day(folder, tell, seed, hub_has=outside.sent.__contains__)
    for number in day.go_on(outside.steps):
        tell("step", number)


def lives_and_dies(folder: Path, outside: Outside, seed: int, chance: random.Random) -> None:
    """A life in a process of its own, killed; what it said until then has been heard."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            live(folder, outside, seed, theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    with os.fdopen(ours, encoding="ascii") as heard:
        lines = [heard.readline() for _ in range(chance.randint(1, WORDS))]
        time.sleep(chance.uniform(0, LAST_MOMENT_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        lines = "".join([*lines, heard.read()]).splitlines()
    assert os.WIFSIGNALED(status), "the box ended by itself"
    for line in lines:
        outside.hear(line)
    outside.cut_amidst += bool(lines) and not lines[-1].startswith(("step", "store"))


@pytest.mark.torture
def test_killed_amidst_its_work_the_box_loses_nothing_and_says_nothing_otherwise(tmp_path: Path) -> None:
    outside, chance = Outside(), random.Random(SEED)
    for number in range(LIVES):
        lives_and_dies(tmp_path, outside, SEED, chance)
        assert broken_promises(tmp_path, outside.told[-KEPT_IN_MIND:]) == [], f"after life {number}"
    print(
        f"\n{LIVES} kills: {outside.steps} steps, {len(outside.told)} things acknowledged,"
        f" {outside.cut_amidst} cut amidst a step, {len(outside.sent)} deliveries,"
        f" {len(outside.sent_otherwise)} said otherwise"
    )
    assert broken_promises(tmp_path, outside.told) == []
    assert outside.sent_otherwise == []
    assert outside.steps > LIVES / 10
    assert outside.cut_amidst > LIVES / 20
