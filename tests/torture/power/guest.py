"""Inside the virtual machine: a day on a disk whose writes are logged, then one cut after the other. Prints JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from tests.torture.day import Day
from tests.torture.power.cuts import SECTOR_BYTES, Span, Write, choose, put, spans
from tests.torture.promises import broken_promises

PLACE: Final = Path("/run")
KEPT: Final = PLACE / "kept"
"""Outside the machine: the log of a day after which something was wrong, and the disk before it (`again` replays them)."""
MOUNTED: Final = Path("/mnt/data")
DISK_BYTES: Final = 420 << 20
"""The box takes nothing new where less than limits.STORE_ROOM_MIN_BYTES are free."""
LOG_BYTES: Final = 400 << 20


def say(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def loop(name: str, size_bytes: int) -> str:
    with (PLACE / name).open("ab") as file:
        file.truncate(size_bytes)
    return say("losetup", "-f", "--show", PLACE / name)


def acknowledge(*words: object) -> None:
    """Into the log, after everything that was durable until now."""
    say("dmsetup", "message", "logged", "0", "mark", ",".join(map(str, words)))


@contextmanager
def logged_disk() -> Iterator[Path]:
    """A new file system whose writes go into `log`; how it was before the first lies in `disk`."""
    for name in ("disk", "log", "under"):
        (PLACE / name).unlink(missing_ok=True)
    with (PLACE / "disk").open("ab") as file:
        file.truncate(DISK_BYTES)
    say("mkfs.ext4", "-q", "-F", PLACE / "disk")
    say("cp", PLACE / "disk", PLACE / "under")
    under, log = loop("under", DISK_BYTES), loop("log", LOG_BYTES)
    table = f"0 {DISK_BYTES // SECTOR_BYTES} log-writes {under} {log}"
    say("dmsetup", "create", "logged", "--noudevsync", "--noudevrules", "--table", table)
    say("dmsetup", "mknodes", "logged")
    say("mount", "/dev/mapper/logged", MOUNTED)
    try:
        yield MOUNTED
    finally:
        say("umount", MOUNTED)
        say("dmsetup", "remove", "--noudevsync", "logged")
        say("losetup", "-d", under, log)


def spend(day: Day, steps: int, careless: str) -> None:
    """The day; or the same day as it would be without the waiting for the disk that the product insists on."""
    if careless == "rows":
        day.store.rows("PRAGMA synchronous = OFF")
    if careless == "files":
        os.fsync = lambda _: None
    for _ in islice(day.go_on(0), steps):
        pass


def mounts(device: str) -> bool:
    return subprocess.run(["mount", device, MOUNTED], check=False, capture_output=True).returncode == 0


def repaired(device: str) -> bool:
    """As the box does at its start (fsck.repair=yes): ext4's superblock has one checksum over two sectors, and may be torn."""
    status = subprocess.run(["e2fsck", "-fy", device], check=False, capture_output=True).returncode
    print(json.dumps({"repaired": status}), flush=True)
    return status in {0, 1}


def after(disk: Path, left: list[Write], acknowledged: list[str]) -> list[str]:
    """What is wrong after a cut that left these writes, and those already in `disk`."""
    cut = PLACE / "cut"
    say("cp", disk, cut)
    put(cut, left)
    device = loop("cut", DISK_BYTES)
    try:
        if not (mounts(device) or (repaired(device) and mounts(device))):
            return ["the file system does not mount"]
        try:
            return broken_promises(MOUNTED, acknowledged)
        finally:
            say("umount", MOUNTED)
    finally:
        say("losetup", "-d", device)
        cut.unlink()


def replay(found: list[Span], count: int, seed: int) -> Iterator[dict[str, object]]:
    """Cut after cut, each with what is wrong after it."""
    acknowledged: list[str] = []
    done = 0
    for cut in choose(found, count, random.Random(seed)):
        for span in found[done : cut.span]:
            put(PLACE / "disk", span.pending + span.closing)
            acknowledged += span.marks
        done = cut.span
        span = found[cut.span]
        promised = acknowledged + span.marks
        wrong = after(PLACE / "disk", cut.leaves(span, cut.chance(seed)), promised)
        yield {"kind": cut.kind.value, "span": cut.span, "acknowledged": len(promised), "wrong": wrong}


def campaign(careless: str, steps: int, cuts: int, seed: int) -> None:
    """One day and its cuts."""
    syncing = os.fsync
    with logged_disk() as folder:
        day = Day(folder, acknowledge, seed, hub_has=lambda _: True)
        spend(day, steps, careless)
        day.store.close()
    os.fsync = syncing
    with (PLACE / "log").open("rb") as log:
        found = spans(log)
    print(
        json.dumps({"careless": careless, "acknowledged": sum(len(span.marks) for span in found)}), flush=True
    )
    say("cp", "--sparse=always", PLACE / "disk", PLACE / "first")
    spoiled = False
    for outcome in replay(found, cuts, seed):
        print(json.dumps(outcome), flush=True)
        spoiled |= bool(outcome["wrong"])
    if spoiled and careless == "nothing":
        say("cp", "--sparse=always", PLACE / "log", KEPT / "log")
        say("cp", "--sparse=always", PLACE / "first", KEPT / "disk")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("now_s", type=float, help="what time it is")
    parser.add_argument(
        "campaigns", nargs="+", help="careless:steps:cuts, where careless is nothing, rows or files"
    )
    args = parser.parse_args()
    time.clock_settime(time.CLOCK_REALTIME, args.now_s)
    MOUNTED.mkdir(parents=True, exist_ok=True)
    for wanted in args.campaigns:
        careless, steps, cuts = wanted.split(":")
        campaign(careless, int(steps), int(cuts), args.seed)


if __name__ == "__main__":
    main()
