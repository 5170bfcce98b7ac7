"""A hospital's month of claims over SMB: our source until the arrival is `received`, against `smbclient get` of the file.

Both read the same file from the same smbd, encrypted as our source demands it, in pairs of which each begins with the
other one, and without the time of signing in. smbclient leaves a plain file and syncs nothing; ours is encrypted and hashed, and on the disk to its last byte.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from appliance.clock import SystemClock
from appliance.intake import wire
from appliance.intake.children import Children
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.limits import INTAKE_CYCLE_S, MIB
from appliance.practice.facilities import CLINIC_A
from appliance.sources import Acknowledge, ShareSource
from appliance.store.db import create_store
from tests.bench.measure import Ratio
from tests.bench.streaming import LARGE_BYTES, write_large
from tests.intake.kept import KEY
from tests.intake.smbd import ACCOUNT, PASSWORD, SMBD, Server, free_port, receipt_computer_conf

NAME = "RECEIPTC.UKE"
RUNS = 7
AIM = "≥ 0.70"
_SPEED = re.compile(r"\(([0-9.]+) KiloBytes/sec\)")


def get_s(port: int, out: Path, size_bytes: int) -> float:
    """Seconds that smbclient says it took for the file, by the speed that it prints."""
    told = subprocess.run(
        [
            "smbclient",
            "//127.0.0.1/drop",
            "--port",
            str(port),
            "--user",
            f"{ACCOUNT}%{PASSWORD}",
            "--client-protection=encrypt",
            "--command",
            f"get {NAME} {out}",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    if out.stat().st_size != size_bytes:
        raise RuntimeError("smbclient did not get the whole file")
    out.unlink()
    (speed,) = _SPEED.findall(told.stdout + told.stderr)
    return size_bytes / 1024 / float(speed)


def take_s(source: ShareSource, folder: Path, size_bytes: int) -> float:
    """Seconds from the first request for the file, of a source's own process, to its arrival committed in a new store."""
    clock = SystemClock()
    with create_store(folder / "store.db", KEY, clock) as store:
        keeping = Keeping(store, Room(store), lambda _: "", received=lambda: None)
        children = Children((source,), lambda _: PASSWORD, gone=lambda child: keeping.gone(child.source))
        try:
            return _until_received(children, keeping)
        finally:
            children.close()
            if store.value("SELECT sum(size_bytes) FROM arrivals") != size_bytes:
                raise RuntimeError("the arrival is not the file")


def _until_received(children: Children, keeping: Keeping) -> float:
    began_s = 0.0
    while True:
        children.step(time.monotonic())
        for child, request in children.requests(INTAKE_CYCLE_S, time.monotonic):
            if isinstance(request, wire.Begin):
                began_s = time.perf_counter()
            answer = keeping.answer(child.source, request)
            if isinstance(answer, wire.Arrived):
                return time.perf_counter() - began_s
            child.say(answer)


def measure() -> Iterator[str]:
    if SMBD is None:
        yield "transfer: Samba is not on this machine"
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(receipt_computer_conf(folder, port := free_port()), port)
        server.add_account(ACCOUNT)
        write_large(folder / "drop" / NAME, LARGE_BYTES)
        source = ShareSource(
            name="share",
            facility=CLINIC_A.number,
            share="//127.0.0.1/drop",
            user=ACCOUNT,
            port=port,
            acknowledge=Acknowledge.REMEMBER,
        )
        with server:
            yield compare(folder, source).line()


def compare(folder: Path, source: ShareSource) -> Ratio:
    """The pair of runs in the middle, by their ratio: a busy machine hurts both of a pair."""
    size_bytes = (folder / "drop" / NAME).stat().st_size
    pairs = []
    for number in range(RUNS):
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            turns = [
                partial(take_s, source, Path(fresh), size_bytes),
                partial(get_s, source.port, Path(fresh) / "got", size_bytes),
            ]
            if number % 2:
                ours_s, theirs_s = (turn() for turn in turns)
            else:
                theirs_s, ours_s = (turn() for turn in reversed(turns))
            pairs.append((ours_s, theirs_s))
    pairs.sort(key=lambda pair: pair[1] / pair[0])
    ours_s, theirs_s = pairs[RUNS // 2]
    mb = size_bytes / MIB
    detail = (
        f"{mb / ours_s:.0f} MB/s, smbclient {mb / theirs_s:.0f} MB/s, both encrypted; "
        f"{RUNS} pairs from {pairs[0][1] / pairs[0][0]:.2f} to {pairs[-1][1] / pairs[-1][0]:.2f}"
    )
    return Ratio(f"{mb:.0f} MB from a share / smbclient get", ours_s, theirs_s, AIM, detail)
