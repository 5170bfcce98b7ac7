"""The emergency sets of consenting patients are fetched while there is time, and are there when the line is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from appliance.exchange import readiness as readiness_room
from appliance.exchange.hub import Hub
from appliance.exchange.lookup import LookUps
from appliance.exchange.readiness import Readiness
from appliance.limits import EMERGENCY_AGAIN_S, EMERGENCY_LOOK_S, EMERGENCY_PAUSE_S, EMERGENCY_REFRESH_S
from appliance.records.messages import HubView, LookUp
from appliance.store import network
from appliance.store.network import Part
from provisioning.lab.hub import Fault, PracticeHub
from tests.exchange.box import Box
from tests.exchange.test_lookup import elsewhere, token, treated_elsewhere

pytestmark = pytest.mark.hub

__all__ = ["elsewhere"]


@pytest.fixture
def may_ask() -> list[bool]:
    return [True]


@pytest.fixture
def readiness(box: Box, may_ask: list[bool]) -> Iterator[Readiness]:
    found = Readiness(box.store, box.hub, lambda: may_ask[0], "urn:renkei:lab:mpi")
    yield found
    found.stop()


def settle(box: Box, readiness: Readiness, until: Callable[[], bool]) -> None:
    """Turn, a pause apart, until it is true."""
    for _ in range(400):
        readiness.turn()
        if until():
            return
        if readiness._flying is not None:
            box.worker.wait(0.0)
            readiness._flying[1].exception(timeout=20)
        box.clock.advance(EMERGENCY_PAUSE_S)
    raise AssertionError("it never came to be")


def kept(box: Box, who: int) -> bool:
    return network.kept(box.store, who, Part.EMERGENCY) is not None


def test_a_patient_nobody_has_looked_up_is_ready_when_the_line_goes(
    box: Box, chart: str, readiness: Readiness, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    settle(box, readiness, lambda: kept(box, who))
    assert network.regional(box.store, who) is not None
    look_ups = LookUps(box.store, box.hub, box.worker.rules, lambda: True)
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    look_ups.stop()
    assert isinstance(view, HubView)
    assert (view.reachable, view.emergency) == (False, True)
    assert {one.data_class for one in view.timeline} == {"diagnosis", "medication", "visit"}


def test_who_has_not_consented_is_not_asked_about(
    box: Box, chart: str, readiness: Readiness, practice_hub: PracticeHub
) -> None:
    box.arrived(chart)
    practice_hub.add_faults(Fault("slow", count=1000, delay_ms=0))
    for _ in range(5):
        assert not readiness.turn()
        box.clock.advance(EMERGENCY_PAUSE_S)
    assert practice_hub.pending_faults()[0]["count"] == 1000


def test_while_the_hub_is_away_or_busy_nothing_is_asked(
    box: Box, chart: str, readiness: Readiness, may_ask: list[bool]
) -> None:
    who = box.agreed(chart)
    box.settle()
    may_ask[0] = False
    for _ in range(3):
        assert not readiness.turn()
        box.clock.advance(EMERGENCY_PAUSE_S)
    may_ask[0] = True
    settle(box, readiness, lambda: kept(box, who))


def test_a_withdrawal_while_the_answer_is_under_way_leaves_nothing(
    box: Box, chart: str, readiness: Readiness
) -> None:
    who = box.agreed(chart)
    box.settle()
    assert readiness.turn()
    assert readiness._flying is not None
    box.withdraw(who)
    readiness._flying[1].exception(timeout=20)
    assert readiness.turn()
    assert not kept(box, who)
    assert network.regional(box.store, who) is None


def test_one_that_fails_is_left_alone_for_a_while_and_others_go_on(
    box: Box, chart: str, readiness: Readiness, practice_hub: PracticeHub
) -> None:
    first, second = box.agreed(chart), box.agreed(f"y{chart}")
    box.settle()
    practice_hub.add_faults(Fault("status", status=500, type="Condition"))
    settle(box, readiness, lambda: kept(box, first) or kept(box, second))
    assert kept(box, first) != kept(box, second)
    failed = second if kept(box, first) else first
    for _ in range(3):
        assert not readiness.turn()
        box.clock.advance(EMERGENCY_LOOK_S)
    box.clock.advance(EMERGENCY_AGAIN_S)
    settle(box, readiness, lambda: kept(box, failed))


def test_whatever_goes_wrong_in_the_asking_the_service_goes_on(
    box: Box,
    chart: str,
    readiness: Readiness,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    who = box.agreed(chart)
    box.settle()

    def broken(*_: object) -> None:
        raise LookupError("somebody's name")

    monkeypatch.setattr(readiness_room, "ask_all", broken)
    assert readiness.turn()
    assert readiness._flying is not None
    readiness._flying[1].exception(timeout=20)
    assert readiness.turn()
    assert not kept(box, who)
    said = capsys.readouterr().err
    assert "LookupError" in said
    assert "somebody" not in said


def test_an_old_set_is_fetched_anew(box: Box, chart: str, readiness: Readiness, elsewhere: Hub) -> None:
    who = box.agreed(chart)
    box.settle()
    settle(box, readiness, lambda: kept(box, who))
    treated_elsewhere(elsewhere, chart)
    box.clock.advance(EMERGENCY_REFRESH_S + 1)

    def has_more() -> bool:
        found = network.kept(box.store, who, Part.EMERGENCY)
        return found is not None and bool(found.resources)

    settle(box, readiness, has_more)
