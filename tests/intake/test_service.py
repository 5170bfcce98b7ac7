"""The whole service with its sources' processes: data go through, a source that fails stops no other."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.service import read_figures
from appliance.store import arrivals
from tests.intake.kept import FOLDER, Running

OTHER = f'name = "other", kind = "folder", facility = "{CLINIC_A.number}", folder = "other"'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("practice")
    make_patients(count=8, seed=3, out=folder, months=2)
    return [path.read_bytes() for path in sorted((folder / CLINIC_A.folder).rglob("RECEIPTC.UKE"))]


def test_files_go_through_and_are_put_away(tmp_path: Path, files: list[bytes]) -> None:
    with Running(tmp_path, FOLDER) as running:
        (tmp_path / "in" / "RECEIPTC.UKE").write_bytes(files[0])
        (tmp_path / "in" / "memo.txt").write_bytes(b"JAHIS9,1\r\nno prescription\r\n\x1a")
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1, "quarantined": 1})
        running.wait_until(lambda _: len(list((tmp_path / "in").glob("*/*"))) == 3)
    shelves = {path.parent.name for path in (tmp_path / "in").glob("*/*RECEIPTC.UKE")}
    assert shelves == {"done"}
    (note,) = (tmp_path / "in" / "quarantine").glob("*.txt.txt")
    assert "→" in note.read_text(encoding="utf-8-sig")
    assert str(read_figures(tmp_path / "run", "intake")["receipt.trouble"]) == ""


def test_a_source_whose_process_is_stopped_stops_no_other_and_comes_back(
    tmp_path: Path, files: list[bytes]
) -> None:
    with Running(tmp_path, FOLDER, OTHER) as running:
        running.wait_until(lambda _: "other.last_look" in read_figures(tmp_path / "run", "intake"))
        assert running.intake is not None
        first = running.intake._children.all[0].process
        assert first is not None
        os.kill(first.pid, signal.SIGSTOP)  # as good as a share that hangs
        (tmp_path / "other" / "A.UKE").write_bytes(files[0])
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1})
        os.kill(first.pid, signal.SIGKILL)
        (tmp_path / "in" / "B.UKE").write_bytes(files[1])
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 2})


def test_a_source_that_is_away_is_told_and_comes_back(tmp_path: Path, files: list[bytes]) -> None:
    with Running(tmp_path, FOLDER) as running:
        (tmp_path / "in").rename(tmp_path / "unplugged")
        running.wait_until(
            lambda _: read_figures(tmp_path / "run", "intake").get("receipt.trouble") == "away-missing"
        )
        (tmp_path / "unplugged").rename(tmp_path / "in")
        (tmp_path / "in" / "RECEIPTC.UKE").write_bytes(files[0])
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1})


def test_a_killed_service_has_acknowledged_nothing_that_is_lost(tmp_path: Path, files: list[bytes]) -> None:
    with Running(tmp_path, FOLDER) as running:
        (tmp_path / "in" / "RECEIPTC.UKE").write_bytes(files[0])
        running.wait_until(lambda store: bool(arrivals.counts(store)))
    with Running(tmp_path, FOLDER) as running:
        running.wait_until(lambda store: arrivals.counts(store).get("understood") == 1)
        running.wait_until(lambda _: not (tmp_path / "in" / "RECEIPTC.UKE").exists())
        with running.open() as store:
            keys = store.rows("SELECT key FROM documents")
            assert len(keys) == len(set(keys)) > 0
