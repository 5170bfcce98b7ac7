"""The practice hub, started once, and boxes that talk to it. Each test takes chart numbers of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import HubConfig
from provisioning.lab.hub import Participant, PracticeHub, write_participants
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.exchange.box import FACILITY, OTHER, Box

_charts = itertools.count(1)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    return make_lab_pki(tmp_path_factory.mktemp("pki"), [FACILITY, OTHER])


@pytest.fixture(scope="session")
def running_hub(pki: LabPki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeHub]:
    folder = tmp_path_factory.mktemp("hub")
    listed = [Participant(FACILITY, "練習用内科"), Participant(OTHER, "練習用外科")]
    participants = write_participants(folder / "participants.json", listed)
    with PracticeHub(pki, folder / "data", participants, with_faults=True) as hub:
        yield hub


@pytest.fixture
def practice_hub(running_hub: PracticeHub) -> Iterator[PracticeHub]:
    """The hub without faults; whatever a test left behind of them is taken away."""
    running_hub.clear_faults()
    yield running_hub
    running_hub.clear_faults()


@pytest.fixture
def hub_config(practice_hub: PracticeHub, pki: LabPki) -> HubConfig:
    return config_of(practice_hub, pki, FACILITY)


def config_of(hub: PracticeHub, pki: LabPki, facility: str) -> HubConfig:
    pair = pki.client(facility)
    return HubConfig(url=hub.url, ca=pki.ca_path, certificate=pair.cert, key=pair.key)


@pytest.fixture
def chart() -> str:
    """A chart number that no other test uses."""
    return f"{next(_charts):05}"


@pytest.fixture
def box(tmp_path: Path, hub_config: HubConfig) -> Iterator[Box]:
    made = Box.new(tmp_path, hub_config)
    yield made
    made.close()
