"""The memory that one large claim file takes on its way: through the parser, and through intake into the store.

Each measurement is a process of its own, so that the peak the kernel tells (VmHWM) is of nothing else.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from appliance.clock import JST, SystemClock
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import Rules, parse_rules
from appliance.files import open_file
from appliance.formats.parse import open_documents
from appliance.formats.uke.layout import layouts
from appliance.intake.understand import understand
from appliance.limits import MIB
from appliance.practice.bulk import claim_file
from appliance.practice.facilities import CLINIC_A
from appliance.records.readable import pieces
from appliance.store import arrivals, arriving
from appliance.store.arriving import Begun
from appliance.store.db import create_store

SMALL_BYTES, LARGE_BYTES = 20 * MIB, 200 * MIB
AIM_MB = 8
"""By how much the peak with the large file may be above that with the small one."""
_SEED_BYTES = 2 * MIB
_CHART = layouts("ika")["RE"]["chart_no"]
_CHART_CELL = re.compile(rb"(?m)^(RE(?:,[^,\r\n]*){%d}),([^,\r\n]*)" % (_CHART - 1))
_TRAILER = re.compile(rb"GO,(\d+),(\d+),")


def write_large(path: Path, min_bytes: int, seed: int = 4) -> int:
    """A whole claim file of at least that size; how many claims it holds.

    It repeats the claims of a smaller one for ever new patients: their chart numbers differ, everything else is theirs.
    """
    rows = claim_file(_SEED_BYTES, seed)
    begin, end = rows.index(b"\nRE,") + 1, rows.rindex(b"\nGO,") + 1
    head, claims, trailer = rows[:begin], rows[begin:end], rows[end:]
    copies = -(-min_bytes // len(claims))
    with path.open("wb") as file:
        file.write(head)
        for copy in range(copies):
            file.write(_CHART_CELL.sub(rb"\g<1>,%d-\g<2>" % copy, claims))
        file.write(_TRAILER.sub(lambda told: _times(told, copies), trailer))
    return copies * len(_CHART_CELL.findall(claims))


def _times(told: re.Match[bytes], copies: int) -> bytes:
    return b"GO,%d,%d," % (int(told[1]) * copies, int(told[2]) * copies)


def rules() -> Rules:
    since = datetime(2025, 4, 1, tzinfo=JST)
    return parse_rules(
        policy_document("1"), participants_document("1", [(CLINIC_A.number, CLINIC_A.name, "clinic")], since)
    )


def through_parser(file: Path) -> int:
    """How many documents came out."""
    with open_file(file) as data:
        return sum(1 for _ in open_documents(data))


def through_intake(file: Path) -> int:
    """Piece by piece as a source's process hands it over; how many documents the store holds afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        create_store(Path(folder) / "store.db", bytes(32), SystemClock()) as store,
        open_file(file) as data,
    ):
        begun = Begun("bench", CLINIC_A.number, "R", keep_if_cut=False)
        for piece in pieces(data):
            arriving.keep(store, begun, piece)
        arriving.finish(begun)
        with store.transaction():
            arrival = arrivals.get(store, arriving.end(store, begun))
        return understand(store, rules(), arrival, {CLINIC_A.number}).documents


WAYS = {"parser": through_parser, "intake and store": through_intake}


def peak_mb() -> float:
    """The most memory this process has held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def peak_of(way: str, file: Path) -> tuple[int, float]:
    """Documents, and the peak in MB, of a process that sends a file that way."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.streaming", way, str(file)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return int(told[0]), float(told[1])


def measure() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.uke", Path(folder) / "large.uke"
        counts = [write_large(small, SMALL_BYTES), write_large(large, LARGE_BYTES)]
        for way in WAYS:
            (few, small_mb), (many, large_mb) = peak_of(way, small), peak_of(way, large)
            if [few, many] != counts:
                raise RuntimeError(f"{way}: {few} and {many} documents of {counts}")
            yield (
                f"memory of a claim file through {way:<17} {small_mb:>6.1f} MB peak at {SMALL_BYTES // MIB} MB, "
                f"{large_mb:.1f} MB at {LARGE_BYTES // MIB} MB   aim ≤ {AIM_MB} MB apart   {many} claims"
            )


if __name__ == "__main__":
    print(WAYS[sys.argv[1]](Path(sys.argv[2])), peak_mb())
