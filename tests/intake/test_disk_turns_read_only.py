"""A disk that turns read-only under the running service, as ext4 does after an error: nothing lost, told, and it goes on after.

The real service, over an ext4 image of its own (a loop device: needs root) whose journal is aborted under it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.intake.room import Lack
from appliance.limits import MIB, STORE_ROOM_AGAIN_BYTES
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.run import run, start
from appliance.service import read_figures
from appliance.store import arrivals
from appliance.store.db import create_store, open_store
from appliance.warnings import ANY_SOURCE
from tests.intake.kept import FOLDER, KEY, site_in, site_text

PATIENCE_S = 120.0
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting an image of its own needs root")


class Disk:
    """A small file system of the test's own. `break_down` makes it read-only for whoever has files open on it."""

    def __init__(self, folder: Path) -> None:
        self._image, self.path = folder / "disk.img", folder / "disk"
        with self._image.open("wb") as file:
            file.truncate(STORE_ROOM_AGAIN_BYTES + 256 * MIB)
        self.path.mkdir()
        run(["mkfs.ext4", "-q", "-m", "0", self._image])
        self.mount()

    def mount(self) -> None:
        run(["mount", "-o", "loop", self._image, self.path])

    def unmount(self) -> None:
        run(["umount", self.path], check=False)

    def break_down(self) -> None:
        run(["mount", "-o", "remount,abort", self.path], check=False)
        with pytest.raises(OSError, match="Read-only"):
            (self.path / "probe").touch()

    def mend(self) -> None:
        """What the next start of a box does: the file system is checked, and mounted again."""
        self.unmount()
        assert run(["e2fsck", "-fy", self._image], check=False).status in (0, 1)
        self.mount()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path)
    yield made
    made.unmount()


class Service:
    """`renkei intake` of one site."""

    def __init__(self, site_file: Path, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._process = start([sys.executable, "-m", "appliance", "intake", "--site", str(site_file)])

    def wait_for(self, figure: str, value: object) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while read_figures(self._run_folder, "intake").get(figure) != value:
            assert self.is_running(), "the service has ended"
            assert time.monotonic() < deadline, read_figures(self._run_folder, "intake")
            time.sleep(0.1)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        self._process.terminate()
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


def test_a_disk_that_turns_read_only_under_the_service_loses_nothing(disk: Disk, tmp_path: Path) -> None:
    make_patients(count=8, seed=3, out=tmp_path / "practice", months=3)
    clinic = tmp_path / "practice" / CLINIC_A.folder
    files = [path.read_bytes() for path in sorted(clinic.rglob("RECEIPTC.UKE"))]
    drop, run_folder = tmp_path / "in", tmp_path / "run"
    drop.mkdir()
    source = FOLDER.replace('"in"', f'"{drop}", acknowledge = "delete"')
    site = site_in(disk.path, source, run_folder=run_folder)
    site_file = disk.path / "site.toml"
    site_file.write_text(site_text(source, run_folder=str(run_folder)), encoding="utf-8")
    create_store(site.store.path, KEY, SystemClock()).close()
    run(
        ["sync", "-f", disk.path]
    )  # what a test writes is not synced; what the service writes is its own affair

    service = Service(site_file, run_folder)
    try:
        (drop / "1.UKE").write_bytes(files[0])
        service.wait_for("arrivals.understood", 1)
        disk.break_down()
        (drop / "2.UKE").write_bytes(files[1])
        service.wait_for("room", Lack.WRITE.value)
        cycle = read_figures(run_folder, "intake")["cycle_at"]
        while read_figures(run_folder, "intake")["cycle_at"] == cycle:
            assert service.is_running()
            time.sleep(0.1)
        assert (drop / "2.UKE").read_bytes() == files[1]
        assert ANY_SOURCE[Lack.WRITE].hint_ja
    finally:
        assert service.end() == 0

    disk.mend()
    service = Service(site_file, run_folder)
    try:
        service.wait_for("arrivals.understood", 2)
    finally:
        service.end()
    assert not (drop / "2.UKE").exists()
    with open_store(site.store.path, KEY, SystemClock()) as store:
        assert store.integrity_findings() == []
        assert [arrivals.content(store, number) for number in (1, 2)] == files[:2]
