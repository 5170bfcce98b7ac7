"""The practice network of these tests: certificates once, a hub for each file, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.lab.hub import Participant, PracticeHub, write_participants
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.provisioning.network import CLINIC, OTHER, PHARMACY, Box, Caller


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    return make_lab_pki(tmp_path_factory.mktemp("pki"), [CLINIC, OTHER, PHARMACY])


@pytest.fixture(scope="module")
def participants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        Participant(CLINIC, "練習医院"),
        Participant(OTHER, "隣町クリニック"),
        Participant(PHARMACY, "駅前薬局", kind="pharmacy"),
    ]
    return write_participants(tmp_path_factory.mktemp("network") / "participants.json", rows)


@pytest.fixture(scope="module")
def hub(pki: LabPki, participants: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeHub]:
    """Shared by one file's tests, which keep apart by the ids they use."""
    with PracticeHub(pki, tmp_path_factory.mktemp("hub"), participants, with_faults=True) as running:
        yield running


@pytest.fixture
def clean_hub(pki: LabPki, participants: Path, tmp_path: Path) -> Iterator[PracticeHub]:
    """An empty one for one test."""
    with PracticeHub(pki, tmp_path / "hub", participants, with_faults=True) as running:
        yield running


@pytest.fixture(scope="module")
def clinic(hub: PracticeHub) -> Iterator[Box]:
    box = Box(hub, CLINIC)
    yield box
    box.http.close()


@pytest.fixture(scope="module")
def other(hub: PracticeHub) -> Iterator[Box]:
    box = Box(hub, OTHER)
    yield box
    box.http.close()


@pytest.fixture(scope="module")
def operator(hub: PracticeHub) -> Iterator[Caller]:
    caller = Caller(hub, hub.pki.operator)
    yield caller
    caller.http.close()
