"""A full disk, no inodes, a read-only disk, a wrong clock: nothing is lost, the reason is told, it goes on by itself.

The store lies on a small ext4 image of its own (a loop device: needs root), which the test fills, exhausts or remounts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import JST, ManualClock, SystemClock
from appliance.intake import room
from appliance.intake.room import Lack
from appliance.limits import FOLDER_POLL_S, FOLDER_STABLE_LOOKS, MIB
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.run import run
from appliance.service import read_figures
from appliance.store import arrivals
from appliance.store.db import StoreError
from tests.intake.kept import FOLDER, Running

IMAGE_BYTES = 64 * MIB
INODES = 256
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting an image of its own needs root")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("practice")
    make_patients(count=8, seed=3, out=folder, months=3)
    return [path.read_bytes() for path in sorted((folder / CLINIC_A.folder).rglob("RECEIPTC.UKE"))]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of the test's own, mounted."""
    image, mounted = tmp_path / "disk.img", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    mounted.mkdir()
    run(["mkfs.ext4", "-q", "-m", "0", "-N", str(INODES), image])
    run(["mount", "-o", "loop", image, mounted])
    yield mounted
    run(["umount", mounted])


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that fit the small disk."""
    monkeypatch.setattr(room, "STORE_ROOM_MIN_BYTES", 8 * MIB)
    monkeypatch.setattr(room, "STORE_ROOM_AGAIN_BYTES", 16 * MIB)
    monkeypatch.setattr(room, "STORE_ROOM_MIN_INODES", 8)
    monkeypatch.setattr(room, "STORE_ROOM_LOOK_S", 0.2)


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 4 * MIB)


def empty(disk: Path) -> None:
    (disk / "ballast").unlink()


def use_inodes(disk: Path) -> None:
    (disk / "many").mkdir()
    for number in range(os.statvfs(disk).f_favail - 4):
        (disk / "many" / str(number)).touch()


def free_inodes(disk: Path) -> None:
    run(["rm", "-r", disk / "many"])


def says(running: Running) -> str:
    return str(read_figures(running.site.run_folder, "intake").get("room", ""))


@needs_root
@pytest.mark.parametrize(("spoil", "mend"), [(fill, empty), (use_inodes, free_inodes)])
def test_nothing_is_taken_without_room_and_everything_afterwards(
    disk: Path,
    tmp_path: Path,
    files: list[bytes],
    spoil: Callable[[Path], None],
    mend: Callable[[Path], None],
) -> None:
    drop = tmp_path / "in"
    site = FOLDER.replace('"in"', f'"{drop}"')
    with Running(disk, site, run_folder=tmp_path / "run") as running:
        (drop / "1.UKE").write_bytes(files[0])
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1})
        running.wait_until(lambda _: not (drop / "1.UKE").exists())
        spoil(disk)
        running.wait_until(lambda _: says(running) == Lack.SPACE)
        (drop / "2.UKE").write_bytes(files[1])
        time.sleep(FOLDER_STABLE_LOOKS * FOLDER_POLL_S + 1)  # long enough to have been taken
        assert (drop / "2.UKE").read_bytes() == files[1]
        mend(disk)
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 2})
        running.wait_until(lambda _: not (drop / "2.UKE").exists())
        assert says(running) == Lack.NOTHING
        with running.open() as store:
            assert store.integrity_findings() == []
            assert [arrivals.content(store, number) for number in (1, 2)] == files[:2]


@needs_root
def test_a_read_only_disk_is_told_and_the_next_start_on_a_sound_one_goes_on(
    disk: Path, tmp_path: Path, files: list[bytes]
) -> None:
    drop = tmp_path / "in"
    site = FOLDER.replace('"in"', f'"{drop}"')
    with Running(disk, site, run_folder=tmp_path / "run") as running:
        (drop / "1.UKE").write_bytes(files[0])
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1})
    run(["mount", "-o", "remount,ro", disk])
    (drop / "2.UKE").write_bytes(files[1])
    with pytest.raises(StoreError) as caught, running.open():
        pass
    assert "書き込め" in caught.value.ja
    assert caught.value.hint_ja
    assert (drop / "2.UKE").exists()
    run(["mount", "-o", "remount,rw", disk])
    with Running(disk, site, run_folder=tmp_path / "run") as running:
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 2})


@dataclass(slots=True)
class ShiftedClock(SystemClock):
    """The real clock, off by some time, as a box without a battery has it before the network sets it."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(JST) + self.shift


@pytest.mark.parametrize(
    "shift",
    [
        datetime(1970, 1, 1, tzinfo=JST) - SystemClock().now(),
        timedelta(hours=-1),
        timedelta(hours=1),
    ],
    ids=["1970", "an hour slow", "an hour fast"],
)
def test_a_wrong_clock_loses_nothing_and_a_clock_set_right_changes_nothing(
    tmp_path: Path, files: list[bytes], shift: timedelta
) -> None:
    """In 1970 no rules are valid: what a box without any has taken waits until the clock is right."""
    taken = "received" if shift < timedelta(days=-1) else "understood"
    with Running(tmp_path, FOLDER, clock=ShiftedClock(shift=shift)) as running:
        (tmp_path / "in" / "1.UKE").write_bytes(files[0])
        running.wait_until(lambda store: arrivals.counts(store) == {taken: 1})
    with Running(tmp_path, FOLDER) as running:
        (tmp_path / "in" / "again.UKE").write_bytes(files[0])
        (tmp_path / "in" / "2.UKE").write_bytes(files[1])
        running.wait_until(lambda store: arrivals.counts(store).get("understood") == 2)
        running.wait_until(lambda store: arrivals.counts(store).get("duplicate", 0) > 0)
        with running.open() as store:
            assert store.value("SELECT count(*) FROM documents GROUP BY key HAVING count(*) > 1") is None


def test_each_row_knows_whether_the_clock_was_trusted(tmp_path: Path, files: list[bytes]) -> None:
    clock = ManualClock()
    clock.is_trusted = False
    with Running(tmp_path, FOLDER, clock=clock) as running, running.open() as store:
        taken = arrivals.take(store, source="receipt", facility=CLINIC_A.number, name="1", content=files[0])
        assert store.value("SELECT clock_trusted FROM arrivals WHERE id = ?", (taken.id,)) == 0
