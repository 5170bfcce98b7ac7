"""Backups: whole at one moment, opened by the box and the operator and nobody else, never half, never the last one lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.store import arrivals, audit, backup, backup_keys, backup_manifest
from appliance.store.backup import BackupPlaceError
from appliance.store.backup_keys import BackupKeyError, by_box, by_operator
from appliance.store.backup_manifest import BackupDamagedError
from appliance.store.backup_pool import SNAPSHOT, new_name, superfluous
from appliance.store.db import open_copy, open_store
from tests.store.backed_up import KEY, OPERATOR, Kept, bring, recovery


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.new(tmp_path)


def test_a_backup_holds_every_row_file_and_audit_row(kept: Kept) -> None:
    made = kept.back_up()
    assert made.manifest.counts == kept.counts()
    assert (len(made.manifest.pieces), made.missing) == (2, 0)
    key = by_box(KEY)(made.generation.folder)
    with open_copy(made.generation.folder / SNAPSHOT, key, kept.clock) as copy:
        assert audit.verify(copy, made.manifest.anchor) is None
        assert arrivals.counts(copy) == {"received": 2}
        assert copy.integrity_findings() == []


def test_nothing_in_a_backup_can_be_read_without_its_key(kept: Kept) -> None:
    folder = kept.back_up().generation.folder
    everything = b"".join(one.read_bytes() for one in folder.parent.rglob("*") if one.is_file())
    for secret in ("練習", "レンシュウ", "FIRST", "SQLite format 3", "sensei"):
        assert secret.encode() not in everything
    assert KEY not in everything
    with pytest.raises(BackupKeyError):
        by_box(bytes(32))(folder)


def test_the_operator_opens_it_with_his_recovery_key_and_another_does_not(kept: Kept) -> None:
    folder = kept.back_up().generation.folder
    key = by_operator(OPERATOR.key, OPERATOR.certificate)(folder)
    assert key == by_box(KEY)(folder)
    assert backup_manifest.read(folder, key).device == "box-1"
    stranger = recovery("stranger")
    with pytest.raises(BackupKeyError):
        by_operator(stranger.key, stranger.certificate)(folder)
    with pytest.raises(BackupKeyError):
        by_operator(stranger.key, OPERATOR.certificate)(folder)


def test_each_backup_has_a_key_of_its_own(kept: Kept) -> None:
    first = kept.back_up()
    kept.clock.advance(86_400)
    second = kept.back_up()
    assert by_box(KEY)(first.generation.folder) != by_box(KEY)(second.generation.folder)


def test_piece_files_are_kept_once_and_go_with_the_last_generation_that_names_them(kept: Kept) -> None:
    kept.back_up(daily=1, weekly=0)
    files = {one.name: one.stat().st_mtime_ns for one in kept.pool.pieces.iterdir()}
    with kept.open() as store:
        bring(store, "SECOND", large=1)
    kept.clock.advance(60)
    made = kept.back_up(daily=1, weekly=0)
    now = {one.name: one.stat().st_mtime_ns for one in kept.pool.pieces.iterdir()}
    assert made.dropped == 1
    assert len(now) == 3
    assert files.items() <= now.items()
    with kept.open() as store, store.transaction():
        store.execute("DELETE FROM arrival_pieces WHERE file = ?", (min(files),))
    kept.clock.advance(60)
    kept.back_up(daily=1, weekly=0)
    assert len(list(kept.pool.pieces.iterdir())) == 2


@pytest.mark.parametrize(
    ("daily", "weekly", "kept_ages_d"),
    [(1, 0, [0]), (3, 0, [0, 1, 2]), (2, 3, [0, 1, 4, 11]), (7, 4, [0, 1, 2, 3, 4, 5, 6, 11, 18])],
)
def test_the_newest_of_each_day_and_week_are_kept(daily: int, weekly: int, kept_ages_d: list[int]) -> None:
    now = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)  # a Thursday
    names = {new_name(now - timedelta(days=age, hours=hour)): age for age in range(30) for hour in (0, 1)}
    left = set(names) - set(superfluous(names, daily, weekly))
    newest = {age: max(name for name, one in names.items() if one == age) for age in range(30)}
    assert left == {newest[age] for age in kept_ages_d}


def test_a_clock_gone_wrong_or_a_box_long_off_costs_no_generation() -> None:
    old = [new_name(datetime(2025, 3, day, 3, 0, tzinfo=UTC)) for day in range(1, 8)]
    future = new_name(datetime(2040, 1, 1, tzinfo=UTC))
    assert set(superfluous([*old, future], 7, 0)) == {old[0]}
    assert superfluous(["lost+found", "pieces", *old], 7, 4) == []


def test_what_the_store_has_lost_is_told_and_a_damaged_file_is_not_taken_for_good(kept: Kept) -> None:
    files = sorted((kept.folder / "store.db.d").iterdir())
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"?")
    made = kept.back_up()
    assert set(made.manifest.missing) == {one.name for one in files}
    assert made.manifest.pieces == ()


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(content)


@pytest.mark.parametrize("file", [SNAPSHOT, "manifest.json", "key.box"])
def test_a_changed_backup_is_never_taken_for_a_whole_one(kept: Kept, file: str) -> None:
    folder = kept.back_up().generation.folder
    flip(folder / file, (folder / file).stat().st_size // 2)
    with pytest.raises((BackupDamagedError, BackupKeyError)):
        backup.verify(folder, kept.pool, by_box(KEY), kept.clock)


def test_a_place_that_is_full_says_so_and_keeps_what_is_there(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept.back_up()
    monkeypatch.setattr(backup, "BACKUP_MARGIN_BYTES", 1 << 60)
    with pytest.raises(BackupPlaceError) as caught:
        kept.back_up()
    assert caught.value.hint_ja
    assert [one.name for one in kept.pool.generations()] == [first.generation.name]


_BACK_UP = """
import sys
from pathlib import Path
from tests.store.backed_up import Kept
Kept(Path(sys.argv[1])).back_up(daily=2, weekly=0)
"""


@pytest.mark.torture
def test_killed_at_any_point_the_earlier_generations_are_whole(kept: Kept) -> None:
    """Every kill at another time; between them the store changes, and every whole generation opens."""
    kept.back_up(daily=2, weekly=0)
    took_s = _timed(lambda: subprocess.run([sys.executable, "-c", _BACK_UP, str(kept.folder)], check=True))
    killed = 0
    for number in range(12):
        with kept.open() as store:
            bring(store, f"KILL{number}", large=3)
        process = subprocess.Popen([sys.executable, "-c", _BACK_UP, str(kept.folder)])
        time.sleep(took_s * (0.3 + 0.06 * number))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        whole = kept.pool.generations()
        assert whole
        for one in whole:
            backup.verify(one.folder, kept.pool, by_box(KEY), kept.clock)
    assert killed
    made = kept.back_up(daily=2, weekly=0)
    assert made.manifest.counts == kept.counts()
    assert not list(kept.pool.folder.rglob(".*"))


def _timed(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


@pytest.fixture
def busy(kept: Kept) -> Iterator[list[int]]:
    """Arrivals come in all the time, each audited in its own transaction; their numbers."""
    came: list[int] = []
    stop = threading.Event()

    def work() -> None:
        with open_store(kept.path, KEY, SystemClock()) as store:
            while not stop.is_set():
                came.append(bring(store, f"BUSY{len(came)}", large=1))

    thread = threading.Thread(target=work)
    thread.start()
    while len(came) < 3:
        time.sleep(0.01)
    yield came
    stop.set()
    thread.join()


def test_a_backup_taken_while_data_come_in_is_of_one_moment(kept: Kept, busy: list[int]) -> None:
    before = len(busy)
    made = kept.back_up()
    key = by_box(KEY)(made.generation.folder)
    with open_copy(made.generation.folder / SNAPSHOT, key, kept.clock) as copy:
        assert copy.rows("PRAGMA foreign_key_check") == []
        assert copy.integrity_findings() == []
        taken = [row[0] for row in copy.rows("SELECT id FROM arrivals WHERE name LIKE 'BUSY%' ORDER BY id")]
        named = {row[0] for row in copy.rows("SELECT file FROM arrival_pieces WHERE file IS NOT NULL")}
    assert taken == busy[: len(taken)]
    assert len(taken) >= before
    assert made.missing == 0
    assert {piece.name for piece in made.manifest.pieces} == named


def test_key_files_are_for_their_owner_only(kept: Kept) -> None:
    folder = kept.back_up().generation.folder
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / SNAPSHOT).stat().st_mode & 0o077 == 0
    assert (folder / backup_keys.FOR_OPERATOR).stat().st_size > 0
