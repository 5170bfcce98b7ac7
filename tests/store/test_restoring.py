"""Restoring: what was backed up comes back, the old store stays, and nothing that may have changed since is believed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.store import access, arrivals, audit, backup, checking, deliveries, swapping
from appliance.store.audit import Event
from appliance.store.backup_keys import by_box, by_operator
from appliance.store.backup_manifest import BackupDamagedError
from appliance.store.backup_pool import SNAPSHOT
from appliance.store.db import StoreWantedError, WrongKeyError, open_store
from appliance.store.in_use import StoreInUseError
from appliance.store.restoring import RestoreError, choose, drill, restore
from tests.store.backed_up import KEY, OPERATOR, Kept, bring
from tests.store.made import rules

NEW_KEY = bytes(range(1, 33))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.new(tmp_path)


def test_a_drill_finds_a_good_backup_good_and_leaves_nothing(kept: Kept, tmp_path: Path) -> None:
    made = kept.back_up()
    report = drill(kept.pool, choose(kept.pool), by_box(KEY), tmp_path / "scratch", kept.clock)
    assert report.findings == ()
    assert (report.rows, report.pieces) == (sum(made.manifest.counts.values()), 2)
    assert report.audit_rows == made.manifest.audit_seq > 300
    assert list((tmp_path / "scratch").iterdir()) == []
    assert kept.counts() == made.manifest.counts


def test_a_drill_names_a_piece_file_that_was_changed_at_the_place(kept: Kept, tmp_path: Path) -> None:
    kept.back_up()
    piece = next(kept.pool.pieces.iterdir())
    piece.write_bytes(piece.read_bytes()[:-1] + b"?")
    report = drill(kept.pool, choose(kept.pool), by_box(KEY), tmp_path / "scratch", kept.clock)
    assert [piece.name in finding for finding in report.findings] == [True]


def test_a_damaged_backup_is_not_restored_and_the_store_stays(kept: Kept) -> None:
    made = kept.back_up()
    snapshot = made.generation.folder / SNAPSHOT
    snapshot.write_bytes(snapshot.read_bytes()[:-4096])
    with pytest.raises(BackupDamagedError):
        restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, kept.clock)
    assert kept.counts() == made.manifest.counts


def test_on_a_new_box_the_operator_s_key_restores_everything_under_the_new_box_s_own(
    kept: Kept, tmp_path: Path
) -> None:
    made = kept.back_up()
    place = tmp_path / "new-box" / "store.db"
    opener = by_operator(OPERATOR.key, OPERATOR.certificate)
    report = restore(kept.pool, choose(kept.pool), opener, place, NEW_KEY, kept.clock)
    assert (report.findings, report.aside) == ((), "")
    with pytest.raises(WrongKeyError):
        open_store(place, KEY, kept.clock)
    with open_store(place, NEW_KEY, kept.clock) as store:
        assert checking.examine(store) == []
        assert store.value("PRAGMA journal_mode") == "wal"
        (one,) = [
            a for a in arrivals.in_state(store, arrivals.ArrivalState.RECEIVED) if a.name == "FIRST.UKE"
        ]
        assert b"FIRST" in arrivals.content(store, one.id)
        assert audit.verify(store, made.manifest.anchor) is None


def test_the_old_store_is_set_aside_whole_with_what_came_after_the_backup(kept: Kept) -> None:
    made = kept.back_up()
    with kept.open() as store:
        bring(store, "LATER")
    later = kept.counts()
    report = restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, kept.clock)
    (aside,) = swapping.set_aside(kept.path)
    assert aside.name == report.aside
    with open_store(aside, KEY, kept.clock) as store:
        assert backup.counts_of(store) == later
        assert checking.examine(store) == []
    with kept.open() as store:
        assert checking.examine(store) == []
        assert store.value("SELECT count(*) FROM arrivals WHERE name = 'LATER.UKE'") == 0


def test_nothing_leaves_a_restored_store_before_the_hub_was_asked(kept: Kept) -> None:
    with kept.open() as store, store.transaction():
        access.set_snapshot(store, kept.clock.now())
    made = kept.back_up()
    with kept.open() as store:
        before = deliveries.counts(store)
    assert before["ready"] > 0
    report = restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, kept.clock)
    with kept.open() as store:
        after = deliveries.counts(store)
        assert after.get("ready", 0) == 0
        assert after["doubtful"] == report.doubtful == before["ready"]
        assert access.snapshot_at(store) is None
        held = [row[0] for row in store.rows("SELECT id FROM patients")]
        for who in held:
            decided = access.provide_decisions(store, rules(), who, "1319999012", [("basic", "2026-10-01")])
            assert not any(one.permits for one in decided.values())
        last = list(audit.entries(store))[-1]
        assert (last.event, last.body["generation"]) == (Event.STORE_RESTORED, made.generation.name)
        assert last.body["taken_at"] == made.manifest.taken_at


def test_nobody_stays_signed_in(kept: Kept) -> None:
    made = kept.back_up()
    restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, kept.clock)
    with kept.open() as store:
        assert store.value("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 0


def test_without_a_backup_it_says_so(kept: Kept) -> None:
    with pytest.raises(RestoreError):
        choose(kept.pool)
    made = kept.back_up()
    with pytest.raises(RestoreError):
        choose(kept.pool, "20200101T000000Z-00000000")
    assert choose(kept.pool, made.generation.name) == made.generation


def test_a_service_that_has_the_store_open_gives_way_and_opens_the_new_one(kept: Kept) -> None:
    made = kept.back_up()
    gave_way = threading.Event()

    def service() -> None:
        clock = SystemClock()
        try:
            with open_store(kept.path, KEY, clock) as store:
                opened.set()
                while True:
                    store.value("SELECT count(*) FROM arrivals")
                    time.sleep(0.01)
        except StoreWantedError:
            gave_way.set()

    opened = threading.Event()
    thread = threading.Thread(target=service)
    thread.start()
    opened.wait(30)
    restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, SystemClock())
    thread.join(30)
    assert gave_way.is_set()


def test_a_service_that_does_not_let_go_keeps_its_store(kept: Kept) -> None:
    made = kept.back_up()
    with kept.open(), pytest.raises(StoreInUseError):
        restore(kept.pool, made.generation, by_box(KEY), kept.path, KEY, kept.clock)
    assert swapping.set_aside(kept.path) == []
    assert kept.counts() == made.manifest.counts


_CUT = """
import os, sys
from pathlib import Path
from appliance.store import swapping
from appliance.store.backup_keys import by_box
from appliance.store.restoring import choose, restore
from tests.store.backed_up import KEY, Kept
kept, cut_at = Kept(Path(sys.argv[1])), int(sys.argv[2])
steps = 0
def counted(real):
    def step(*args, **named):
        global steps
        steps += 1
        if steps == cut_at:
            os._exit(9)
        return real(*args, **named)
    return step
for name in ("rename", "replace", "unlink"):
    setattr(Path, name, counted(getattr(Path, name)))
os.link = counted(os.link)
os.fsync = counted(os.fsync)
restore(kept.pool, choose(kept.pool), by_box(KEY), kept.path, KEY, kept.clock)
"""


@pytest.mark.torture
def test_cut_at_every_step_there_is_one_whole_store_the_old_or_the_new(kept: Kept) -> None:
    """Every call that changes a name or waits for the disk is the last one, once each."""
    made = kept.back_up()
    with kept.open() as store:
        bring(store, "LATER")
    old, cut_at, seen = kept.counts(), 0, set()
    while True:
        cut_at += 1
        kept.clock.advance(60)
        done = subprocess.run([sys.executable, "-c", _CUT, str(kept.folder), str(cut_at)], check=False)
        with kept.open() as store:
            assert checking.examine(store) == []
            now = backup.counts_of(store)
        restored = now["arrivals"] == made.manifest.counts["arrivals"]
        seen.add(restored)
        assert restored or now == old
        if restored:
            (aside,) = swapping.set_aside(kept.path)
            with open_store(aside, KEY, kept.clock) as store:
                assert backup.counts_of(store) == old
            if done.returncode == 0:
                break
            _put_back(kept, aside)
        assert done.returncode == 9
    assert seen == {True, False}
    assert cut_at > 10


def _put_back(kept: Kept, aside: Path) -> None:
    """The old store in its place again, for the next cut."""
    swapping.remove(kept.path)
    for ending in ("", ".d", ".key-mark"):
        swapping.beside(aside, ending).rename(swapping.beside(kept.path, ending))
    swapping.remove(aside)
