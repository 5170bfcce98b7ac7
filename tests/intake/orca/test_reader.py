"""The loop of one source: when it looks, what it says of itself, and what it does while nothing can be taken."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.intake.orca.client import Client
from appliance.intake.orca.reader import Pace, Reading
from appliance.intake.orca.troubles import Trouble
from appliance.intake.probing import probe
from appliance.intake.room import Lack, Room
from appliance.limits import ORCA_BACKOFF_FIRST_S, ORCA_HINT_PAUSE_S
from appliance.practice.orca.answers import Chart
from tests.intake.orca.clinic import Clinic, clinic_of, truth_codes, visit_codes
from tests.simulators.orca import PASSWORD, Orca

POLL_S = 300


class Source:
    """A clinic whose source is driven step by step."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.reading = Reading(clinic.source, clinic.keeper, PASSWORD, clinic.box.clock)

    @property
    def lists_asked(self) -> int:
        return self.clinic.orca.asked.count("visitptlstv2")

    @property
    def troubles(self) -> set[str]:
        return set(+self.reading.troubles)

    def step(self, after_s: float = 0) -> None:
        self.clinic.box.clock.advance(after_s)
        self.reading.step()


@pytest.fixture
def source(tmp_path: Path, charts: list[Chart]) -> Iterator[Source]:
    with clinic_of(tmp_path, charts, poll_s=POLL_S) as clinic:
        made = Source(clinic)
        yield made
        made.reading.close()


def test_it_looks_at_once_and_then_every_few_minutes(source: Source) -> None:
    source.step()
    first = source.lists_asked
    assert first == 2
    source.step(POLL_S - 1)
    assert source.lists_asked == first
    source.step(1)
    assert source.lists_asked == 2 * first


def test_a_server_that_is_away_is_asked_less_and_less_often_and_named(source: Source) -> None:
    source.clinic.orca.faults.status["*"] = 401
    source.step()
    assert source.troubles == {Trouble.SIGN_IN}
    asked = len(source.clinic.orca.asked)
    source.step(ORCA_BACKOFF_FIRST_S / 2 - 0.1)
    assert len(source.clinic.orca.asked) == asked
    for _ in range(POLL_S):
        source.step(1)
    assert asked + 4 <= len(source.clinic.orca.asked) <= asked + 10
    source.clinic.orca.faults.status.clear()
    source.step(POLL_S)
    assert source.troubles == set()


def test_a_full_store_leaves_everything_where_it_is(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    source.clinic.orca.enter(source.clinic.orca.register())
    full = property(lambda _: Lack.SPACE, lambda *_: None)
    monkeypatch.setattr(Room, "lack", full, raising=False)
    source.step()
    assert source.troubles == {Trouble.STORE_FULL}
    asked = len(source.clinic.orca.asked)
    for _ in range(3):
        source.step(POLL_S)
    assert len(source.clinic.orca.asked) == asked
    assert source.clinic.envelopes() == []
    monkeypatch.undo()
    for _ in range(3):
        source.step(POLL_S)
    source.clinic.box.understanding.step(source.clinic.box.store)
    assert visit_codes(source.clinic.box.store) == truth_codes(source.clinic.orca) != {}


def test_without_push_nothing_is_said_of_it_and_with_it_its_absence_is(
    tmp_path: Path, charts: list[Chart]
) -> None:
    with clinic_of(tmp_path, charts, push="ws://127.0.0.1:9/ws") as clinic:
        source = Source(clinic)
        source.step()
        assert source.troubles == {Trouble.PUSH_AWAY}
        assert source.lists_asked == 2
        source.reading.close()


def test_the_pace_doubles_up_to_the_usual_time_and_begins_again() -> None:
    pace = Pace(300)
    pauses = []
    for _ in range(9):
        pace.failed(0, 1.0)
        pauses.append(pace.due_s)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    pace.went_well(0)
    assert (pace.due_s, pace.hinted_from_s) == (300, ORCA_HINT_PAUSE_S)
    assert pace.is_due(ORCA_HINT_PAUSE_S, hinted=True)
    assert not pace.is_due(ORCA_HINT_PAUSE_S, hinted=False)
    pace.failed(0, 0.5)
    assert pace.due_s == ORCA_BACKOFF_FIRST_S / 2


def test_signs_of_life_are_given_while_much_is_fetched(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, signs = source.clinic, []
    for _ in range(10):
        clinic.orca.enter(clinic.orca.register())
    ask, looked = Client.ask, clinic.keeper.looked

    def slowly(client: Client, question: object) -> bytes:
        clinic.box.clock.advance(6)
        return ask(client, question)

    def counted(*said: object) -> None:
        signs.append(clinic.box.clock.monotonic_s())
        looked(*said)

    monkeypatch.setattr(Client, "ask", slowly)
    monkeypatch.setattr(clinic.keeper, "looked", counted)
    source.step()
    gaps = [later - earlier for earlier, later in pairwise(signs)]
    assert len(signs) > 10
    assert max(gaps) <= 12


def test_a_probe_by_the_source_s_own_process_tells_the_installer_what_is_wrong(charts: list[Chart]) -> None:
    with Orca(charts) as orca:
        assert probe(orca.source(), PASSWORD) == ()
        assert probe(orca.source(), "wrong") == (Trouble.SIGN_IN,)
        orca.faults.status["*"] = 405
        assert probe(orca.source(), PASSWORD) == (Trouble.NOT_ALLOWED,)
        source = orca.source()
        orca.stop()
        assert probe(source, PASSWORD) == (Trouble.AWAY,)
