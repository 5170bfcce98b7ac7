"""Durable enqueue: an arrival put into the store as intake puts it, against queues that other programs use.

Ours goes through the store's own doors (`arriving`): encrypted, hashed, looked up among what came before. The sides take
turns on the disk of this checkout, round after round; each round gives one ratio, and the one in the middle counts. How
often each waits for the disk is counted by strace: what never does is fast for that reason.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.clock import SystemClock
from appliance.limits import ARRIVAL_PIECE_BYTES, KIB, MIB
from appliance.store import arriving
from appliance.store.arriving import Begun
from appliance.store.db import create_store

FACILITY: Final = "1310000001"
ROUNDS: Final = 15
GROUP: Final = 20
COUNTED_PUTS: Final = 50
PLACE: Final = Path(__file__).resolve().parents[2] / ".build"
"""On a disk: /tmp may be memory."""
DURABLE: Final = ("persist-queue", "huey")
"""The queue libraries that wait for the disk at every put."""

Put = Callable[[Sequence[bytes]], None]
"""Puts some items together; they are durable when it returns, if the queue knows such a thing."""


def ours(folder: Path) -> Put:
    """As a source's process hands arrivals over, piece by piece; several of them are ended in one transaction."""
    store = create_store(folder / "store.db", bytes(32), SystemClock())

    def begun(item: bytes) -> Begun:
        new = Begun("bench", FACILITY, "R", keep_if_cut=False)
        for start in range(0, len(item), ARRIVAL_PIECE_BYTES):
            arriving.keep(store, new, item[start : start + ARRIVAL_PIECE_BYTES])
        arriving.finish(new)
        return new

    def put(items: Sequence[bytes]) -> None:
        arrived = list(map(begun, items))
        with store.transaction():
            for one in arrived:
                arriving.end(store, one)

    return put


def plain_sqlite(folder: Path) -> Put:
    """sqlite3, write-ahead log, synchronous=FULL."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, item BLOB)")

    def put(items: Sequence[bytes]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO queue (item) VALUES (?)", [(item,) for item in items])
        connection.execute("COMMIT")

    return put


def persist_queue(folder: Path) -> Put:
    """persist-queue, SQLiteAckQueue."""
    import persistqueue

    queue = persistqueue.SQLiteAckQueue(str(folder / "persist"), multithreading=True)
    return _each(queue.put)


def huey(folder: Path) -> Put:
    """huey, SqliteStorage with fsync."""
    from huey.storage import SqliteStorage

    return _each(SqliteStorage(filename=str(folder / "huey.db"), fsync=True).enqueue)


def append(folder: Path) -> Put:
    """Bytes at the end of a file, and fdatasync: nothing can be faster."""
    file = (folder / "bare").open("ab", buffering=0)

    def put(items: Sequence[bytes]) -> None:
        file.write(b"".join(items))
        os.fdatasync(file.fileno())

    return put


def _each(put: Callable[[Any], object]) -> Put:
    def put_each(items: Sequence[bytes]) -> None:
        for item in items:
            put(item)

    return put_each


def no_wait(folder: Path) -> Put:
    """persist-queue, Queue of files: it never waits for the disk."""
    import persistqueue

    return _each(persistqueue.Queue(str(folder / "files")).put)


SIDES: Final[dict[str, Callable[[Path], Put]]] = {
    "ours": ours,
    "sqlite3 FULL": plain_sqlite,
    "persist-queue": persist_queue,
    "huey": huey,
    "append": append,
}
COUNTED: Final = {**SIDES, "persist-queue files": no_wait}


@dataclass(frozen=True, slots=True)
class Case:
    """What is put, and how much faster than whom ours is to be."""

    size_bytes: int
    group: int
    items: int
    """In each round."""
    against: tuple[str, ...]
    """The fastest of them counts."""
    aim: float

    @property
    def name(self) -> str:
        size = f"{self.size_bytes // MIB} MB" if self.size_bytes >= MIB else f"{self.size_bytes // KIB} KB"
        return f"enqueue {size}, {f'{self.group} together' if self.group > 1 else 'singly'}"


CASES: Final = (
    Case(1 * KIB, 1, 100, ("sqlite3 FULL",), 0.6),
    Case(20 * KIB, 1, 60, ("sqlite3 FULL",), 0.4),
    Case(1 * KIB, GROUP, 10 * GROUP, DURABLE, 3.0),
    Case(20 * KIB, GROUP, 5 * GROUP, DURABLE, 3.0),
    Case(1 * MIB, 1, 10, ("sqlite3 FULL",), 1.5),
)


def measure() -> Iterator[str]:
    with undisturbed():
        for case in CASES:
            yield compare(case)
    yield waits()


def compare(case: Case) -> str:
    """All sides by turns; a new store for each case."""
    PLACE.mkdir(exist_ok=True)
    rounds: dict[str, list[float]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory(dir=PLACE) as name:
        puts = {side: SIDES[side](_folder(Path(name), side)) for side in SIDES}
        for _ in range(ROUNDS):
            for side, put in puts.items():
                rounds[side].append(_seconds(put, case))
    against = min(case.against, key=lambda side: statistics.median(rounds[side]))
    ratio = statistics.median(b / a for a, b in zip(rounds["ours"], rounds[against], strict=True))
    rates = ", ".join(f"{side} {case.items / statistics.median(rounds[side]):.0f}" for side in SIDES)
    return f"{case.name:<30} {ratio:>6.2f} × {against:<14} aim ≥ {case.aim}   items/s: {rates}"


def waits() -> str:
    """How often each side waits for the disk during the puts, by strace."""
    if shutil.which("strace") is None:
        return "enqueue: strace is not on this machine"
    told = ", ".join(f"{side} {_waits_of(side)}" for side in COUNTED)
    return f"waits for the disk in {COUNTED_PUTS} puts of 1 KB: {told}"


def _waits_of(side: str) -> int:
    counts = []
    for puts in (0, COUNTED_PUTS):
        with tempfile.TemporaryDirectory(dir=PLACE) as folder:
            traced = Path(folder) / "traced"
            command = [sys.executable, "-m", "tests.bench.enqueue", side, folder, str(puts)]
            calls = "trace=fsync,fdatasync,sync_file_range,msync"
            subprocess.run(["strace", "-f", "-e", calls, "-o", traced, *command], check=True)
            counts.append(len(re.findall(r"(?:sync|range)\(", traced.read_text(encoding="ascii"))))
    return counts[1] - counts[0]


def _seconds(put: Put, case: Case) -> float:
    items = [os.urandom(case.size_bytes) for _ in range(case.items)]
    gc.collect()
    began = time.perf_counter()
    for start in range(0, len(items), case.group):
        put(items[start : start + case.group])
    return time.perf_counter() - began


def _folder(parent: Path, side: str) -> Path:
    folder = parent / side.replace(" ", "-")
    folder.mkdir()
    return folder


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ahead of the machine's other work where this is allowed: waiting for the processor is nobody's fault."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    try:
        yield
    finally:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, *before)


def main() -> None:
    """For strace: `side folder count`; without arguments the measurement."""
    if len(sys.argv) == 1:
        for line in measure():
            print(line, flush=True)
        return
    side, folder, count = sys.argv[1:]
    put = COUNTED[side](Path(folder))
    for _ in range(int(count)):
        put([os.urandom(KIB)])
    os._exit(0)  # without the last checkpoint, which belongs to no put


if __name__ == "__main__":
    main()
