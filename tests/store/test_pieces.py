"""Pieces in rows and in files: what was kept is read back, nothing is readable beside the store, no crash or damage hides."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.limits import ARRIVAL_PIECE_BYTES, PIECE_FILE_MIN_BYTES, PIECE_FILES_UNDER_WAY_MAX
from appliance.store import arrivals, arriving, pieces
from appliance.store.arriving import Begun
from appliance.store.db import Store, create_store
from appliance.store.piece_files import DamagedPieceError

LARGE = [bytes([number]) * PIECE_FILE_MIN_BYTES for number in range(2 * PIECE_FILES_UNDER_WAY_MAX)]
MIXED = [b"RE,1,", LARGE[1], b"", LARGE[2], b"GO"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create_store(tmp_path / "store.db", bytes(32), ManualClock()) as made:
        yield made


def sent(store: Store, parts: list[bytes], *, keep_if_cut: bool = False) -> Begun:
    begun = Begun("s", "1310000001", "R", keep_if_cut)
    for part in parts:
        arriving.keep(store, begun, part)
    return begun


def keep_all(store: Store, begun: Begun) -> None:
    for part in LARGE:
        arriving.keep(store, begun, part)


def ended(store: Store, begun: Begun) -> int:
    arriving.finish(begun)
    with store.transaction():
        return arriving.end(store, begun)


def files(store: Store) -> list[Path]:
    return sorted(store.path.with_name(f"{store.path.name}.d").glob("*"))


@pytest.mark.parametrize("keep_if_cut", [False, True])
@pytest.mark.parametrize(
    "parts", [MIXED, LARGE, [b"x" * (PIECE_FILE_MIN_BYTES - 1)], [b"y" * ARRIVAL_PIECE_BYTES]]
)
def test_what_was_kept_is_read_back_whole_and_in_part(
    store: Store, parts: list[bytes], keep_if_cut: bool
) -> None:
    whole = b"".join(parts)
    kept = arrivals.readable(store, ended(store, sent(store, parts, keep_if_cut=keep_if_cut)))
    assert kept[:] == whole
    assert kept[3 : len(whole) - 3] == whole[3:-3]
    assert len(files(store)) == sum(len(part) >= PIECE_FILE_MIN_BYTES for part in parts)


def test_what_counts_only_as_a_whole_is_one_commit_at_its_end(store: Store) -> None:
    log = store.path.with_name("store.db-wal")
    before = log.read_bytes()
    begun = sent(store, [b"ab", b"", b"c"] * 1_000)
    assert log.read_bytes() == before
    assert arrivals.content(store, ended(store, begun)) == b"abc" * 1_000


def test_small_pieces_of_a_whole_are_joined_into_large_ones(store: Store) -> None:
    part = b"x" * (PIECE_FILE_MIN_BYTES // 3)
    kept = ended(store, sent(store, [part] * 10))
    assert arrivals.content(store, kept) == part * 10
    assert len(files(store)) == 3
    assert store.value("SELECT count(*) FROM arrival_pieces") == 4


def test_nothing_on_the_disk_can_be_read_without_the_store(store: Store) -> None:
    secret = "架空　太郎".encode("cp932")
    ended(store, sent(store, [secret * 10_000, secret]))
    for path in store.path.parent.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes()
    (file,) = files(store)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_same_piece_twice_is_two_files_that_have_nothing_in_common(store: Store) -> None:
    ended(store, sent(store, [LARGE[1], LARGE[1]]))
    first, second = (file.read_bytes() for file in files(store))
    assert first[:32] != second[:32]


@pytest.mark.parametrize("keep_if_cut", [False, True])
def test_files_go_with_what_was_begun_and_stay_when_that_was_not_committed(
    store: Store, keep_if_cut: bool
) -> None:
    ended(store, sent(store, [LARGE[0]]))
    begun = sent(store, LARGE[1:], keep_if_cut=keep_if_cut)
    with store.transaction():
        arriving.drop(store, begun)
    assert len(files(store)) == 1
    kept = sent(store, LARGE[2:4], keep_if_cut=True)
    with contextlib.suppress(ZeroDivisionError), store.transaction():
        arriving.drop(store, kept)
        _ = 1 / 0
    assert arrivals.content(store, ended(store, kept)) == LARGE[2] + LARGE[3]


def test_of_a_duplicate_no_file_is_kept(store: Store) -> None:
    first = ended(store, sent(store, LARGE))
    again = ended(store, sent(store, LARGE))
    assert arrivals.get(store, again).duplicate_of == first
    assert len(files(store)) == len(LARGE)
    assert arrivals.content(store, again) == b"".join(LARGE)


_KILLED = """
import os, signal, sys
from pathlib import Path
from appliance.clock import ManualClock
from appliance.store import arriving
from appliance.store.arriving import Begun
from appliance.store.db import open_store
store = open_store(Path(sys.argv[1]), bytes(32), ManualClock())
begun = Begun("s", "1310000001", "R", sys.argv[2] == "True")
for number in range(3):
    arriving.keep(store, begun, bytes([number]) * 100_000)
arriving.finish(begun)
with store.transaction():
    arriving.end(store, begun)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("keep_if_cut", [False, True])
def test_a_kill_before_the_commit_leaves_only_what_the_sweep_removes(store: Store, keep_if_cut: bool) -> None:
    kept = ended(store, sent(store, [LARGE[0]]))
    died = subprocess.run(
        [sys.executable, "-c", _KILLED, str(store.path), str(keep_if_cut)], check=False, timeout=60
    )
    assert died.returncode == -signal.SIGKILL
    assert len(files(store)) == 4
    left = arriving.left_open(store)
    assert [begun.count for begun in left] == ([3] if keep_if_cut else [])
    for begun in left:
        with store.transaction():
            arriving.drop(store, begun)
    assert pieces.sweep(store) == (0 if keep_if_cut else 3)
    assert pieces.sweep(store) == 0
    assert arrivals.content(store, kept) == LARGE[0]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, 100)


@pytest.mark.parametrize("damage", [spoil, cut, Path.unlink])
def test_a_damaged_file_is_told_and_the_others_are_read(store: Store, damage: object) -> None:
    other, hurt = (ended(store, sent(store, [part])) for part in LARGE[:2])
    name = store.value("SELECT file FROM arrival_pieces ORDER BY begun DESC")
    damage(store.path.with_name("store.db.d") / name)  # type: ignore[operator]
    with pytest.raises(DamagedPieceError) as caught:
        arrivals.content(store, hurt)
    assert caught.value.hint_ja
    assert arrivals.content(store, other) == LARGE[0]


def test_a_damaged_piece_of_what_was_cut_ends_the_count_and_stops_no_start(store: Store) -> None:
    sent(store, LARGE[:3], keep_if_cut=True)
    name = store.value("SELECT file FROM arrival_pieces WHERE number = 1")
    spoil(store.path.with_name("store.db.d") / name)
    (begun,) = arriving.left_open(store)
    assert (begun.count, begun.size_bytes) == (1, PIECE_FILE_MIN_BYTES)


def test_a_file_that_cannot_be_written_never_becomes_part_of_an_arrival(store: Store) -> None:
    begun = sent(store, LARGE[:1])
    folder = store.path.with_name("store.db.d")
    folder.rename(folder.with_name("away"))
    with pytest.raises(FileNotFoundError):
        keep_all(store, begun)
    folder.with_name("away").rename(folder)
    with pytest.raises(FileNotFoundError):
        ended(store, begun)
    with store.transaction():
        arriving.drop(store, begun)
    assert files(store) == []
    assert arrivals.counts(store) == {}
