"""A damaged store: the box always starts, nothing readable is lost, a wrong key is no damage, and what is lost is told."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock, SystemClock
from appliance.limits import PIECE_FILE_MIN_BYTES
from appliance.store import (
    access,
    arrivals,
    audit,
    checking,
    damage,
    deliveries,
    numbering,
    store_map,
    swapping,
)
from appliance.store.arrivals import ArrivalState
from appliance.store.audit import Event
from appliance.store.cipher_pages import PAGE_BYTES, Pages
from appliance.store.damage import open_for_service, recovery
from appliance.store.db import DamagedStoreError, Store, WrongKeyError, create_store, open_store
from appliance.store.salvage import pages_of, salvage
from appliance.store.trees import Reader
from tests.store.backed_up import KEY, Kept, bring

SEEDS = 40
"""Places at which the file is damaged, each in a copy of its own."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with some hundred pages in its file and nothing in its log, opened once by a service."""
    folder = tmp_path_factory.mktemp("whole")
    kept = Kept.new(folder)
    with open_for_service(kept.path, KEY, kept.clock) as store:
        for number in range(60):
            bring(store, f"{number:03}" * 2_000, large=0)
    return folder


@pytest.fixture
def kept(whole: Path, tmp_path: Path) -> Kept:
    shutil.copytree(whole, tmp_path / "box")
    return Kept(tmp_path / "box")


Content = dict[str, set[tuple[object, ...]]]


def content(store: Store) -> Content:
    """Every row of every table by its values, but for the state of an arrival, which may become quarantined."""
    tables = [
        r[0]
        for r in store.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    found = {table: {tuple(row) for row in store.rows(f'SELECT * FROM "{table}"')} for table in tables}
    found["arrivals"] = {
        tuple(row) for row in store.rows("SELECT id, source, name, sha256, begun FROM arrivals")
    }
    return found


def flip(path: Path, *places: int) -> None:
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= 0x10
    path.write_bytes(data)


def reopened(kept: Kept) -> Content:
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert store.integrity_findings() == []
        return content(store)


CHANGED_BY_DISTRUST = ("deliveries", "sessions", "meta")
"""Tables of which a recovered store does not believe every value."""


def lost_rows(before: Content, after: Content) -> int:
    return sum(len(before[t] - after[t]) for t in before if t not in CHANGED_BY_DISTRUST)


def rows_on(path: Path, pages: set[int]) -> int:
    """How many rows of the undamaged store have any byte on these pages: what may be lost at most."""
    sound = Pages(path, KEY, path.read_bytes()[:16])
    tables = store_map.found_in(sound)

    class Without(Pages):
        def __getitem__(self, number: int) -> bytes | None:
            return None if number in pages else super().__getitem__(number)

    lacking = Without(path, KEY, path.read_bytes()[:16])
    total = 0
    for table in tables.values():
        all_rows = {values for _, values in Reader(sound).rows(table.tree)}
        left = {values for _, values in Reader(lacking).rows(table.tree)}
        total += len(all_rows - left)
    return total


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(SEEDS))
def test_flipped_anywhere_the_service_starts_and_loses_no_readable_row(kept: Kept, seed: int) -> None:
    """One to three places of the file; what is lost had bytes on one of those pages."""
    chance = random.Random(seed)
    with kept.open() as store:
        before = content(store)
        store.pragma("wal_checkpoint(TRUNCATE)")
    size = kept.path.stat().st_size
    places = [chance.randrange(size) for _ in range(chance.choice((1, 1, 3)))]
    hit = {place // PAGE_BYTES + 1 for place in places}
    may_go = rows_on(kept.path, hit)
    flip(kept.path, *places)
    swapping.beside(kept.path, ".suspect").touch()
    after = reopened(kept)
    assert lost_rows(before, after) <= may_go
    assert swapping.set_aside(kept.path)


def test_damage_that_a_running_service_meets_is_examined_at_the_next_start(kept: Kept) -> None:
    """Nobody has to say that the store is damaged: the error that a query meets does."""
    with kept.open() as store:
        (root,) = [
            r[0] for r in store.rows("SELECT rootpage FROM sqlite_master WHERE name = 'arrival_pieces'")
        ]
        pieces = len(store.rows("SELECT * FROM arrival_pieces"))
    flip(kept.path, (root - 1) * PAGE_BYTES + 100)
    with open_for_service(kept.path, KEY, kept.clock) as store, pytest.raises(Exception, match="malformed"):
        store.rows("SELECT * FROM arrival_pieces")
    assert swapping.beside(kept.path, ".suspect").exists()
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert store.value("SELECT count(*) FROM arrivals") == 62
        assert len(store.rows("SELECT * FROM arrival_pieces")) == pieces > 60
        assert recovery(store) is not None
    assert not swapping.beside(kept.path, ".suspect").exists()


@pytest.mark.parametrize(
    "damage_it", [lambda p: flip(p, 0), lambda p: flip(p, 20), lambda p: flip(p, 3, 2_000)]
)
def test_with_a_damaged_first_page_everything_is_found_by_the_map(
    kept: Kept, damage_it: Callable[[Path], None]
) -> None:
    """The salt, the header, the schema."""
    with kept.open() as store:
        before = content(store)
        store.pragma("wal_checkpoint(TRUNCATE)")
    damage_it(kept.path)
    after = reopened(kept)
    assert lost_rows(before, after) == 0
    (aside,) = swapping.set_aside(kept.path)
    assert aside.stat().st_size > 100 * PAGE_BYTES


def test_cut_short_what_is_left_is_read(kept: Kept) -> None:
    with kept.open() as store:
        store.pragma("wal_checkpoint(TRUNCATE)")
    data = kept.path.read_bytes()
    kept.path.write_bytes(data[: len(data) // 2 // PAGE_BYTES * PAGE_BYTES])
    swapping.beside(kept.path, ".suspect").touch()
    after = reopened(kept)
    assert sum(len(rows) for rows in after.values()) > 100


def test_emptied_or_overwritten_whole_the_box_goes_on_with_an_empty_store(kept: Kept) -> None:
    kept.path.write_bytes(random.Random(1).randbytes(50 * PAGE_BYTES))
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert store.value("SELECT count(*) FROM arrivals") == 0
        told = recovery(store)
        assert told is not None
        assert told.unreadable_pages >= 50


def test_the_damaged_store_and_its_files_stay_as_they_were(kept: Kept) -> None:
    with kept.open() as store:
        bring(store, "LARGE", large=2)
        store.pragma("wal_checkpoint(TRUNCATE)")
    flip(kept.path, 30 * PAGE_BYTES + 7)
    swapping.beside(kept.path, ".suspect").touch()
    damaged, files = kept.path.read_bytes(), sorted(swapping.beside(kept.path, ".d").iterdir())
    reopened(kept)
    (aside,) = swapping.set_aside(kept.path)
    assert aside.read_bytes() == damaged
    assert sorted(f.name for f in swapping.beside(aside, ".d").iterdir()) == [f.name for f in files]
    with kept.open() as store:
        (number,) = [r[0] for r in store.rows("SELECT id FROM arrivals WHERE name = 'LARGE.UKE'")]
        assert len(arrivals.content(store, number)) == 2 * PIECE_FILE_MIN_BYTES + 15


# --- the write-ahead log -----------------------------------------------------------------------------


@pytest.fixture
def unfinished(kept: Kept) -> Kept:
    """A box that lost its power: what was committed last lies in the log only."""
    store = kept.open()
    store.pragma("wal_autocheckpoint = 0")
    for number in range(12):
        with store.transaction():
            audit.append(store, Event.PATIENT_SHOWN, number=number)
    copied = kept.folder.with_name("copied")
    shutil.copytree(kept.folder, copied)
    store.close()
    return Kept(copied, kept.clock)


def frames(kept: Kept) -> int:
    return (swapping.beside(kept.path, "-wal").stat().st_size - 32) // (PAGE_BYTES + 24)


@pytest.mark.parametrize("place", ["header", "salt", "frame", "commit", "page"])
def test_commits_behind_a_damaged_place_in_the_log_are_not_lost(unfinished: Kept, place: str) -> None:
    """SQLite itself would take the log's beginning only, and say nothing."""
    log = swapping.beside(unfinished.path, "-wal")
    second = 32 + PAGE_BYTES + 24
    flip(
        log, {"header": 9, "salt": 18, "frame": second + 1, "commit": second + 6, "page": second + 500}[place]
    )
    with open_for_service(unfinished.path, KEY, unfinished.clock) as store:
        written = [e.body["number"] for e in audit.entries(store) if e.event == Event.PATIENT_SHOWN][-11:]
        assert written == list(range(1, 12))
        assert recovery(store) is not None


def test_a_log_whose_last_commit_is_torn_is_no_damage(unfinished: Kept) -> None:
    log = swapping.beside(unfinished.path, "-wal")
    log.write_bytes(log.read_bytes()[:-1_000])
    with open_for_service(unfinished.path, KEY, unfinished.clock) as store:
        assert recovery(store) is None
        last = list(audit.entries(store))[-1]
        assert last.body["number"] == 10


@pytest.fixture
def torn(unfinished: Kept) -> Kept:
    """The power went amidst a copy of the log into the file: the pages that were half written there are whole in the log."""
    size = unfinished.path.stat().st_size
    logged = {frame.page for frame in pages_of(unfinished.path, KEY).log.committed()}
    places = [page * PAGE_BYTES - 1 for page in logged if page * PAGE_BYTES <= size]
    assert places
    flip(unfinished.path, *places)
    return unfinished


def test_pages_torn_while_the_log_was_copied_are_no_damage(torn: Kept) -> None:
    with torn.open() as store:
        assert checking.examine(store) == []
    assert not swapping.beside(torn.path, ".suspect").exists()


def test_a_suspect_store_is_kept_when_only_a_copy_of_its_log_was_torn(torn: Kept) -> None:
    swapping.beside(torn.path, ".suspect").touch()
    with open_for_service(torn.path, KEY, torn.clock) as store:
        assert recovery(store) is None
        shown = [e.body["number"] for e in audit.entries(store) if e.event == Event.PATIENT_SHOWN]
        assert shown[-12:] == list(range(12))


def test_a_page_that_the_log_does_not_hold_is_damaged_whatever_the_log_holds(torn: Kept) -> None:
    logged = {frame.page for frame in pages_of(torn.path, KEY).log.committed()}
    lost = max(set(range(1, torn.path.stat().st_size // PAGE_BYTES + 1)) - logged)
    flip(torn.path, lost * PAGE_BYTES - 1)
    with torn.open() as store:
        assert {one.code for one in checking.examine(store)} == {"page"}


def test_a_sound_log_is_taken_as_it_is(unfinished: Kept) -> None:
    assert frames(unfinished) > 12
    with open_for_service(unfinished.path, KEY, unfinished.clock) as store:
        assert recovery(store) is None
        assert list(audit.entries(store))[-1].body["number"] == 11


# --- cut, and all at once -----------------------------------------------------------------------------

_CUT = """
import os, sys
from pathlib import Path
from appliance.clock import ManualClock, SystemClock
from appliance.store.damage import open_for_service
from tests.store.backed_up import KEY
path, cut_at, steps = Path(sys.argv[1]), int(sys.argv[2]), 0
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
open_for_service(path, KEY, ManualClock()).close()
"""


@pytest.mark.torture
def test_cut_amidst_its_recovery_a_store_is_recovered_by_the_next_start(whole: Path, tmp_path: Path) -> None:
    """At every third call that changes a name or waits for the disk."""
    with open_store(whole / "store.db", KEY, ManualClock()) as store:
        before = content(store)
        pages = store.value("PRAGMA page_count")
    cut_at, ended = 0, 9
    while ended == 9:
        cut_at += 3
        box = Kept(tmp_path / str(cut_at))
        shutil.copytree(whole, box.folder)
        flip(box.path, (pages // 2) * PAGE_BYTES + 5)
        swapping.beside(box.path, ".suspect").touch()
        ended = subprocess.run(
            [sys.executable, "-c", _CUT, str(box.path), str(cut_at)], check=False, stderr=subprocess.DEVNULL
        ).returncode
        with open_for_service(box.path, KEY, box.clock) as store:
            assert store.integrity_findings() == []
            assert lost_rows(before, content(store)) <= 2
            assert recovery(store) is not None
        assert len(swapping.set_aside(box.path)) == 1
        shutil.rmtree(box.folder)
    assert ended == 0
    assert cut_at > 12


def test_services_that_start_together_recover_it_once(kept: Kept) -> None:
    damaged_at(kept, "unmapped_codings")
    found: list[int] = []

    def service() -> None:
        with open_for_service(kept.path, KEY, SystemClock()) as store:
            found.append(store.value("SELECT count(*) FROM audit WHERE event = 'store-recovered'"))

    threads = [threading.Thread(target=service) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1, 1]
    assert len(swapping.set_aside(kept.path)) == 1


# --- a disk that does not give back what it has -------------------------------------------------------


@pytest.fixture
def dying(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, whose disk is `disk.img`: what is cut off it cannot be read any more."""
    image, mounted = tmp_path / "disk.img", tmp_path / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(96 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-b", "4096", str(image)], check=True)
    made = subprocess.run(
        ["losetup", "--find", "--show", str(image)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip("no loop device here (needs root)")
    device = made.stdout.strip()
    try:
        if subprocess.run(["mount", device, str(mounted)], check=False, capture_output=True).returncode:
            pytest.skip("nothing can be mounted here")
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=False, capture_output=True)


def lose_blocks(mounted: Path, file: Path, share: float) -> None:
    """The disk gives no block of the file's last `share` any more: an I/O error, not other bytes."""
    told = subprocess.run(["filefrag", "-v", str(file)], capture_output=True, text=True, check=True).stdout
    extents = re.findall(r"^ *\d+: +(\d+)\.\. +(\d+): +(\d+)\.\.", told, re.MULTILINE)
    wanted = int(file.stat().st_size / 4096 * (1 - share))
    first = next(int(p) + wanted - int(a) for a, b, p in extents if int(a) <= wanted <= int(b))
    subprocess.run(["umount", str(mounted)], check=True)
    image = mounted.with_name("disk.img")
    (device,) = [
        line.split(":")[0]
        for line in subprocess.run(
            ["losetup", "-j", str(image)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    ]
    with image.open("r+b") as disk:
        disk.truncate(first * 4096)
    subprocess.run(["mount", device, str(mounted)], check=True)


def test_where_the_disk_gives_errors_the_rest_is_read_onto_another(
    whole: Path, dying: Path, tmp_path: Path
) -> None:
    """A real read error (EIO) of the kernel in the midst of the file: everything before it is read."""
    path = dying / "store.db"
    for ending in ("", ".key-mark", ".map"):
        shutil.copy(swapping.beside(whole / "store.db", ending), swapping.beside(path, ending))
    os.sync()
    with open_store(path, KEY, ManualClock()) as store:
        total = store.value("SELECT count(*) FROM audit")
    lose_blocks(dying, path, 0.4)
    with pytest.raises(OSError, match="Input/output"):
        path.read_bytes()
    done = salvage(path, tmp_path / "fresh.db", KEY, ManualClock(), "aside")
    assert done.unreadable_pages >= 100
    assert done.rows["audit"] > total / 2
    with open_store(tmp_path / "fresh.db", KEY, ManualClock()) as store:
        assert store.integrity_findings() == []
        assert store.value("SELECT count(*) FROM audit") == done.rows["audit"] + 1


# --- what is no damage -------------------------------------------------------------------------------


def test_a_wrong_key_is_never_taken_for_damage(kept: Kept) -> None:
    before = kept.path.read_bytes()
    with pytest.raises(WrongKeyError):
        open_for_service(kept.path, bytes(32), kept.clock)
    swapping.beside(kept.path, ".key-mark").unlink()
    swapping.beside(kept.path, ".map").unlink()
    with pytest.raises(DamagedStoreError):
        open_for_service(kept.path, bytes(32), kept.clock)
    swapping.beside(kept.path, ".suspect").touch()
    with pytest.raises(DamagedStoreError):
        open_for_service(kept.path, bytes(32), kept.clock)
    assert kept.path.read_bytes() == before
    assert swapping.set_aside(kept.path) == []
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert recovery(store) is None


def test_a_suspicion_that_proves_wrong_changes_nothing(kept: Kept) -> None:
    with kept.open() as store:
        before = content(store)
    swapping.beside(kept.path, ".suspect").touch()
    assert reopened(kept) == before
    assert swapping.set_aside(kept.path) == []
    assert not swapping.beside(kept.path, ".suspect").exists()


# --- what a recovered store believes -----------------------------------------------------------------


def damaged_at(kept: Kept, table: str) -> None:
    """The page on which a table begins is lost, and found out."""
    with kept.open() as store:
        (root,) = [r[0] for r in store.rows("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))]
        store.pragma("wal_checkpoint(TRUNCATE)")
    flip(kept.path, (root - 1) * PAGE_BYTES + 200)
    swapping.beside(kept.path, ".suspect").touch()


def test_nothing_is_believed_and_what_was_lost_is_audited(kept: Kept) -> None:
    with kept.open() as store, store.transaction():
        access.set_snapshot(store, kept.clock.now())
    damaged_at(kept, "unmapped_codings")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert access.snapshot_at(store) is None
        assert deliveries.counts(store).get("ready", 0) == 0
        last = list(audit.entries(store))[-1]
        assert last.event == Event.STORE_RECOVERED
        assert last.body["rows"] > 300
        assert audit.verify(store) is None


def test_a_document_whose_delivery_is_lost_is_owed_again(kept: Kept) -> None:
    damaged_at(kept, "deliveries")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert store.rows("SELECT kind, state, reason FROM deliveries") == [("put", "held", "recovered")]


def test_an_arrival_with_a_lost_piece_is_not_taken_for_whole(kept: Kept) -> None:
    with kept.open() as store, store.transaction():
        store.execute("DELETE FROM arrival_pieces WHERE begun = (SELECT max(begun) FROM arrival_pieces)")
    damaged_at(kept, "unmapped_codings")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert arrivals.counts(store)[ArrivalState.QUARANTINED] == 1


def test_the_number_of_a_lost_patient_is_never_another_s(kept: Kept) -> None:
    damaged_at(kept, "patients")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        lost = {row[0] for row in store.rows("SELECT patient FROM audit WHERE patient IS NOT NULL")}
        assert lost
        with store.transaction():
            new = store.insert(
                "INSERT INTO patients (facility, resource_id, local_id, name, kana, kana_key, sex, body, coverages,"
                " as_of, created_at, changed_at) VALUES ('1', 'r', '1', 'n', 'k', 'k', 'male', x'', x'', '', '', '')"
            )
        assert new not in lost


@pytest.mark.parametrize("named", numbering.NAMED, ids=lambda one: one.table)
def test_every_number_that_is_named_is_kept(named: numbering.Named, tmp_path: Path) -> None:
    with create_store(tmp_path / "s.db", KEY, ManualClock()) as store:
        store.pragma("foreign_keys = OFF")
        with store.transaction():
            numbering._keep_number(store, named, 1_000)
            assert numbering.reserve(store) == 0
        assert store.value(f"SELECT max(id) FROM {named.table}") == 1_000


def test_pieces_that_come_after_never_fall_among_older_ones(kept: Kept) -> None:
    damaged_at(kept, "begun_arrivals")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        highest = store.value("SELECT max(begun) FROM arrival_pieces")
        number = bring(store, "AFTER", large=0)
        assert store.value("SELECT begun FROM arrivals WHERE id = ?", (number,)) > highest


def test_the_warning_lasts_as_long_as_the_damaged_store_lies_there(kept: Kept) -> None:
    damaged_at(kept, "unmapped_codings")
    with open_for_service(kept.path, KEY, kept.clock) as store:
        told = recovery(store)
        assert told is not None
        swapping.remove(store.path.with_name(told.aside))
        assert recovery(store) is None


def test_the_check_names_each_kind_of_finding(kept: Kept) -> None:
    with kept.open() as store:
        bring(store, "LARGE", large=2)
        assert checking.examine(store) == []
        files = sorted(swapping.beside(kept.path, ".d").iterdir())
        files[0].unlink()
        files[1].write_bytes(b"?")
        (files[0].parent / "stray").write_bytes(b"x")
        kept.clock.advance(10 * 365 * 86_400)
        with store.transaction():
            store.execute("DROP TRIGGER audit_is_never_changed")
            store.execute("UPDATE audit SET event = 'nothing' WHERE seq = 5")
        store.pragma("foreign_keys = OFF")
        with store.transaction():
            store.execute("DELETE FROM staff")
        found = checking.examine(store)
    assert {one.code for one in found} == {"reference", "piece", "orphan", "audit"}
    assert len([one for one in found if one.code == "piece"]) == 2
    assert all(one.hint_ja and one.hint_en for one in found)
    assert "5" in next(one.en for one in found if one.code == "audit")


def test_the_check_finds_damaged_pages_and_has_the_next_start_act_on_it(kept: Kept) -> None:
    with kept.open() as store:
        store.pragma("wal_checkpoint(TRUNCATE)")
    flip(kept.path, 40 * PAGE_BYTES + 9)
    with kept.open() as store:
        found = checking.examine(store)
    assert "page" in {one.code for one in found}
    with open_for_service(kept.path, KEY, kept.clock) as store:
        assert recovery(store) is not None
        assert damage.recovery(store) == recovery(store)


def test_the_pages_are_read_as_sqlite_reads_them(kept: Kept) -> None:
    """The reader and SQLite agree on every row of every table."""
    with kept.open() as store:
        tables = store_map.found_in(pages_of(kept.path, KEY))
        assert len(tables) > 15
        for name, table in tables.items():
            columns = ", ".join(f'"{one}"' for one in table.columns)
            expected = {tuple(row) for row in store.rows(f'SELECT {columns} FROM "{name}"')}
            read = set()
            for rowid, values in Reader(pages_of(kept.path, KEY)).rows(table.tree):
                filled = (*values, *[None] * (len(table.columns) - len(values)))
                read.add(
                    tuple(
                        rowid if c == table.rowid else v for c, v in zip(table.columns, filled, strict=True)
                    )
                )
            assert read == expected


def test_a_store_of_an_older_schema_is_recovered_into_that_and_brought_up_to_date(tmp_path: Path) -> None:
    path, clock = tmp_path / "store.db", ManualClock()
    with create_store(path, KEY, clock, version=6) as store:
        with store.transaction():
            store.execute(
                "INSERT INTO arrival_pieces (begun, number, data) VALUES (7, 0, ?)", (b"\x07" * 9_000,)
            )
        store_map.keep(store)
        store.pragma("wal_checkpoint(TRUNCATE)")
    flip(path, 50)
    with open_for_service(path, KEY, clock) as store:
        assert store.rows("SELECT begun, length(data), file FROM arrival_pieces") == [(7, 9_000, None)]
    with open_store(path, KEY, clock) as store:
        assert store.integrity_findings() == []
