"""Write amplification: bytes that reach the medium per byte of payload, by the block device's own counters.

The store lies on an ext4 of its own on a loop device; what is counted includes the journal, the write-ahead log, its copy
into the store, and what a clean unmount still writes. eMMC wears by exactly this.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from appliance.clock import SystemClock
from appliance.intake.understand import understand
from appliance.limits import ARRIVAL_PIECE_BYTES, KIB, MIB, PIECE_FILE_MIN_BYTES
from appliance.practice.bulk import claim_file
from appliance.practice.facilities import CLINIC_A
from appliance.store import arrivals, arriving, pieces
from appliance.store.arriving import Begun
from appliance.store.db import Store, create_store
from tests.bench.storing import rules

PLACE: Final = Path(__file__).resolve().parents[2] / ".build"
DISK_BYTES: Final = 600 * MIB
SECTOR_BYTES: Final = 512
SECTORS_WRITTEN: Final = 6
"""The seventh figure of /sys/block/*/stat (Documentation/block/stat.rst), whatever the sector's size."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that could be set otherwise than the product does."""

    name: str
    pragma: str = ""
    page_bytes: int = 4 * KIB
    file_min_bytes: int = PIECE_FILE_MIN_BYTES
    mount: str = "noatime"
    mkfs: tuple[str, ...] = ()


SETTINGS: Final = (
    Setting("as the box is set"),
    Setting("log copied every 1,000 pages", pragma="wal_autocheckpoint = 1000"),
    Setting("log copied every 16,000 pages", pragma="wal_autocheckpoint = 16000"),
    Setting("pages of 1 KB", page_bytes=1 * KIB),
    Setting("pages of 8 KB", page_bytes=8 * KIB),
    Setting("files from 16 KB on", file_min_bytes=16 * KIB),
    Setting("files from 256 KB on", file_min_bytes=256 * KIB),
    Setting("ext4 commit=60", mount="noatime,commit=60"),
    Setting("ext4 without a journal", mkfs=("-O", "^has_journal")),
)


def each(size_bytes: int, count: int) -> Callable[[Store], int]:
    """So many arrivals of a size, each durable by itself; the bytes of payload."""

    def put(store: Store) -> int:
        for _ in range(count):
            content = os.urandom(size_bytes)
            begun = Begun("bench", CLINIC_A.number, "R", keep_if_cut=False)
            for start in range(0, size_bytes, ARRIVAL_PIECE_BYTES):
                arriving.keep(store, begun, content[start : start + ARRIVAL_PIECE_BYTES])
            arriving.finish(begun)
            with store.transaction():
                arriving.end(store, begun)
        return size_bytes * count

    return put


def claims(store: Store) -> int:
    """A claim file with everything that becomes of it."""
    content = claim_file(1 * MIB, seed=3)
    begun = Begun("bench", CLINIC_A.number, "R", keep_if_cut=False)
    arriving.keep(store, begun, content)
    arriving.finish(begun)
    with store.transaction():
        number = arriving.end(store, begun)
    understand(store, rules(), arrivals.get(store, number), {CLINIC_A.number})
    return len(content)


PAYLOADS: Final[dict[str, Callable[[Store], int]]] = {
    "1 KB": each(1 * KIB, 1_000),
    "20 KB": each(20 * KIB, 400),
    "100 KB": each(100 * KIB, 100),
    "1 MB": each(1 * MIB, 20),
    "claims": claims,
}


def measure(settings: tuple[Setting, ...] = SETTINGS[:1]) -> Iterator[str]:
    """One line a setting; all settings with `python -m tests.bench.amplification`."""
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        yield "write amplification: mounting an image needs root and loop devices"
        return
    PLACE.mkdir(exist_ok=True)
    for setting in settings:
        told = ", ".join(f"{name} {written_per_byte(setting, put):.2f}" for name, put in PAYLOADS.items())
        yield f"bytes written per byte of payload, {setting.name:<30} {told}"


def written_per_byte(setting: Setting, put: Callable[[Store], int]) -> float:
    """Of one payload on a new file system."""
    with tempfile.TemporaryDirectory(dir=PLACE) as name:
        folder = Path(name)
        device = _disk(folder, setting)
        try:
            before = _sectors(device)
            _say("mount", "-o", setting.mount, device, _made(folder / "mounted"))
            try:
                payload_bytes = _put(folder / "mounted" / "store.db", setting, put)
            finally:
                _say("umount", folder / "mounted")
            return (_sectors(device) - before) * SECTOR_BYTES / payload_bytes
        finally:
            _say("losetup", "-d", device)


def _put(path: Path, setting: Setting, put: Callable[[Store], int]) -> int:
    _default_page(setting.page_bytes)
    pieces.PIECE_FILE_MIN_BYTES = setting.file_min_bytes  # type: ignore[misc]
    try:
        with create_store(path, bytes(32), SystemClock()) as store:
            if setting.pragma:
                store.rows(f"PRAGMA {setting.pragma}")
            return put(store)
    finally:
        pieces.PIECE_FILE_MIN_BYTES = PIECE_FILE_MIN_BYTES  # type: ignore[misc]
        _default_page(4 * KIB)


def _default_page(page_bytes: int) -> None:
    """Of every store that this process makes from now on."""
    connection = sqlcipher.connect(":memory:")
    connection.execute(f"PRAGMA cipher_default_page_size = {page_bytes}")
    connection.close()


def _disk(folder: Path, setting: Setting) -> str:
    image = folder / "disk"
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    _say("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", *setting.mkfs, image)
    return _say("losetup", "-f", "--show", image)


def _sectors(device: str) -> int:
    stat = Path("/sys/block") / Path(device).name / "stat"
    return int(stat.read_text(encoding="ascii").split()[SECTORS_WRITTEN])


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _say(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    for line in measure(SETTINGS):
        print(line, flush=True)
