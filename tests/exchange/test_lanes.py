"""Several channels in one dispatcher, each with its own trouble; and a line that is known to be down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.channels import ChannelKind
from appliance.clock import ManualClock
from appliance.exchange.channel import Arrived, Missing, Told
from appliance.exchange.hub import Unanswered
from appliance.exchange.line import Line
from appliance.exchange.outcomes import Delivered, Doubtful, Outcome, Reason, Transient
from appliance.limits import DELIVERY_LEASE_S, HUB_ASK_AGAIN_S, HUB_PROBE_MAX_S, LINE_LOOK_S
from appliance.service import Figures, read_figures
from appliance.store import channels
from appliance.store.db import Store
from appliance.store.deliveries import Claimed
from provisioning.lab.hub import PracticeHub
from tests.exchange.box import Box

pytestmark = pytest.mark.hub


@dataclass(frozen=True, slots=True)
class Paper:
    """A delivery as it is put into the folder."""

    name: str
    digest: str = "d"
    holds: None = None

    def entries(self) -> dict[str, str]:
        return {self.name: self.digest}


@dataclass
class FolderChannel:
    """A channel into a folder: a file a delivery. `outcomes` are what its next sendings come to, then all is well."""

    folder: Path
    kind: ChannelKind = ChannelKind.SSMIX2
    group_max: int = 10
    outcomes: list[Outcome] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    wait: Callable[[], object] = lambda: None

    def prepare(self, _store: Store, claimed: Claimed) -> Paper:
        return Paper(f"{claimed.id:06}-{claimed.kind}")

    def group(self) -> Callable[[Paper], bool]:
        return lambda _: True

    def send(self, group: Sequence[Paper]) -> list[Outcome]:
        outcome = self.outcomes.pop(0) if self.outcomes else Delivered()
        if isinstance(outcome, Delivered):
            for paper in group:
                (self.folder / paper.name).touch(exist_ok=False)
        self.wait()
        return [outcome] * len(group)

    def took(self, store: Store, claimed: Claimed, _holds: Any) -> None:
        store.set_meta("last taken", str(claimed.id))

    def question(self, _store: Store, claimed: Claimed) -> str:
        return f"{claimed.id:06}-{claimed.kind}"

    def ask(self, question: str) -> Told:
        if self.told:
            return self.told.pop(0)
        return Arrived(None) if (self.folder / question).exists() else Missing()


@pytest.fixture
def channel(tmp_path: Path) -> FolderChannel:
    folder = tmp_path / "storage"
    folder.mkdir()
    return FolderChannel(folder)


@pytest.fixture
def both(box: Box, channel: FolderChannel) -> Box:
    """The box with the folder beside the hub."""
    box.worker.stop(1.0)
    rules = replace(box.rules, channels=tuple(ChannelKind))
    worker = replace(box.worker, rules=lambda: rules, others=(channel,))
    channels.follow(box.store, rules)
    box.rules, box.worker = rules, worker
    return box


def states(box: Box, channel: ChannelKind) -> dict[str, int]:
    return dict(
        box.store.rows("SELECT state, count(*) FROM deliveries WHERE channel = ? GROUP BY state", (channel,))
    )


def test_each_channel_gets_everything_once(both: Box, channel: FolderChannel, chart: str) -> None:
    for number in range(3):
        both.agreed(f"{chart}-{number}")
    both.settle()
    assert states(both, ChannelKind.FHIR) == {"delivered": 9}
    assert states(both, ChannelKind.SSMIX2) == {"delivered": 6}
    assert len(list(channel.folder.iterdir())) == 6
    assert both.store.meta("last taken")


def test_a_hub_that_is_away_stops_no_other_channel(
    both: Box, channel: FolderChannel, chart: str, practice_hub: PracticeHub
) -> None:
    practice_hub.kill()
    both.agreed(chart)
    both.settle()
    assert states(both, ChannelKind.SSMIX2) == {"delivered": 2}
    assert states(both, ChannelKind.FHIR) == {"ready": 3}
    practice_hub.start()


def test_a_storage_that_is_away_is_probed_with_one_delivery_and_stops_nobody(
    both: Box, channel: FolderChannel, chart: str
) -> None:
    channel.outcomes = [Transient(Reason.UNREACHABLE)] * 2
    for number in range(4):
        both.agreed(f"{chart}-{number}")
    both.settle()
    assert states(both, ChannelKind.FHIR) == {"delivered": 12}
    assert states(both, ChannelKind.SSMIX2) == {"ready": 8}
    tried = both.store.value("SELECT sum(attempts) FROM deliveries WHERE channel = 'ssmix2'")
    both.settle(advance_s=HUB_PROBE_MAX_S)
    again = both.store.value("SELECT sum(attempts) FROM deliveries WHERE channel = 'ssmix2'")
    assert again == tried + 1
    both.settle(advance_s=HUB_PROBE_MAX_S)
    assert states(both, ChannelKind.SSMIX2) == {"delivered": 8}


def test_a_doubt_of_a_channel_is_settled_by_its_own_question(
    both: Box, channel: FolderChannel, chart: str
) -> None:
    channel.outcomes = [Doubtful(Reason.DROPPED)]
    channel.told = [Unanswered(Reason.UNREACHABLE), Arrived(None)]
    both.agreed(chart)
    both.settle()
    assert states(both, ChannelKind.SSMIX2) == {"doubtful": 1, "ready": 1}
    for _ in range(3):
        both.settle(advance_s=HUB_PROBE_MAX_S + HUB_ASK_AGAIN_S)
    assert states(both, ChannelKind.SSMIX2) == {"delivered": 2}
    assert len(list(channel.folder.iterdir())) == 1  # the first is there by its own word


def test_a_request_that_never_ends_is_asked_about_when_its_lease_is_over(
    both: Box, channel: FolderChannel, chart: str
) -> None:
    hung = threading.Event()
    channel.wait = lambda: hung.wait(30.0)
    both.agreed(chart)
    both.worker.turn()
    assert states(both, ChannelKind.SSMIX2)["claimed"] == 1
    channel.wait = lambda: None
    both.clock.advance(DELIVERY_LEASE_S + 1)
    for _ in range(50):
        both.worker.turn()
        both.worker.wait(0.05)
        if states(both, ChannelKind.SSMIX2) == {"delivered": 2}:
            break
    assert states(both, ChannelKind.SSMIX2) == {"delivered": 2}
    assert len(list(channel.folder.iterdir())) == 2
    hung.set()


# --- the line ---------------------------------------------------------------------------------------------


def tell(folder: Path, state: str) -> None:
    (folder / "tunnel.json").write_text(json.dumps({"state": state}), encoding="utf-8")


def test_the_tunnels_own_word_is_looked_at_now_and_then(tmp_path: Path) -> None:
    clock = ManualClock()
    line = Line(tmp_path, clock)
    assert not line.is_down()  # a box without a tunnel
    tell(tmp_path, "down")
    assert not line.is_down()
    clock.advance(LINE_LOOK_S)
    assert line.is_down()
    tell(tmp_path, "up")
    clock.advance(LINE_LOOK_S)
    assert not line.is_down()


def test_while_the_line_is_down_nothing_is_tried_and_no_failure_counted(
    box: Box, tmp_path: Path, chart: str
) -> None:
    run = tmp_path / "run"
    figures = Figures(run, "exchange")
    tell(run, "down")
    box.worker = replace(box.worker, figures=figures, line_is_down=Line(run, box.clock).is_down)
    box.agreed(chart)
    for _ in range(5):
        box.settle(advance_s=HUB_PROBE_MAX_S)
    figures.write()
    assert read_figures(run, "exchange")["hub"] == "away"
    assert not box.worker.breaker.is_open
    assert box.counts() == {"ready": 3}
    assert box.store.value("SELECT sum(attempts) FROM deliveries") == 0
    tell(run, "up")
    box.clock.advance(LINE_LOOK_S)
    box.settle()
    assert box.counts() == {"delivered": 3}
