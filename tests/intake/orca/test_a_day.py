"""A clinic's day of 200 visits, read by the real process of the source into a real store, while PUSH loses notifications."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.practice.orca.answers import Chart
from appliance.store import arrivals, source_memory
from appliance.store.db import Store
from tests.intake.kept import Running
from tests.intake.orca.clinic import SOURCE, truth_codes, visit_codes
from tests.simulators.orca import PASSWORD, Orca, charts_of

VISITS = 200
POLL_S = 3
"""In place of the usual five minutes."""


@pytest.fixture(scope="module")
def many() -> list[Chart]:
    return charts_of(VISITS)


@pytest.fixture
def day(many: list[Chart]) -> Iterator[Orca]:
    with Orca(many, drop_every=3) as orca:
        yield orca


def running(folder: Path, orca: Orca) -> Running:
    """A box whose only source is this server; its password lies in the store."""
    made = Running(folder, SOURCE)
    source = orca.source(push=orca.push.address, poll_s=POLL_S)
    made.site = replace(made.site, sources=(source,))
    with made.open() as store, store.transaction():
        source_memory.set_password(store, source.name, PASSWORD)
    return made


class Complete:
    """Whether everything that stands at the server is held as it stands there, and nothing waits."""

    def __init__(self, orca: Orca) -> None:
        self._truth = truth_codes(orca)
        self._judged: dict[str, int] = {}

    def __call__(self, store: Store) -> bool:
        """The records are compared only when something has come since the last time."""
        counts = arrivals.counts(store)
        if set(counts) != {"understood"} or counts == self._judged:
            return False
        self._judged = counts
        return visit_codes(store) == self._truth


def test_a_day_arrives_complete_although_push_drops_every_third_event(day: Orca, tmp_path: Path) -> None:
    chance = random.Random(5)
    with running(tmp_path, day) as box:
        visits = []
        for _ in range(VISITS):
            visits.append(day.enter(day.register(test=chance.random() < 0.02)))
            if chance.random() < 0.15:
                day.correct(chance.choice([one for one in visits if one in day.entries]))
            if chance.random() < 0.08:
                gone = chance.choice([one for one in visits if one in day.entries])
                day.delete(gone)
                if chance.random() < 0.5:
                    day.enter_again(gone)
        box.wait_until(Complete(day), 120)
        for visit in chance.sample([one for one in visits if one in day.entries], 10):
            day.correct(visit)
        for visit in chance.sample([one for one in visits if one in day.entries], 5):
            day.delete(visit)
        day.agree(next(iter(day.truth())).patient, agreed=False)
        box.wait_until(Complete(day), 60)
    assert day.push.dropped >= VISITS // 3
    assert len(day.truth()) > VISITS * 0.85
    assert any(person.test for person in day.people.values())
    assert day.most_at_once == 1


def test_the_process_may_end_at_any_time_and_the_server_too(day: Orca, tmp_path: Path) -> None:
    with running(tmp_path, day) as box:
        for number in range(40):
            day.enter(day.register())
            if number == 15:
                box.wait_until(lambda store: bool(visit_codes(store)))
                assert box.intake is not None
                (child,) = box.intake._children.all
                assert child.process is not None
                child.process.kill()
            if number == 30:
                day.faults.cut = 3
        box.wait_until(Complete(day), 60)
    with running(tmp_path, day) as again:
        day.correct(next(iter(day.truth())))
        again.wait_until(Complete(day), 60)
