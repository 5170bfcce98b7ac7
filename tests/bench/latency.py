"""From the last byte written to documents in the store, for each kind of source, against a bare read and fsync.

One whole intake serves all sources at once: a folder on the box, a share of a real smbd, two serial lines and an ORCA
server. Each gets small documents of its own at uneven times, so that a wait for the next look is met at every length.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from appliance.limits import (
    FOLDER_POLL_S,
    FOLDER_POLL_SETTLING_S,
    FOLDER_STABLE_LOOKS,
    KIB,
    ORCA_HINT_PAUSE_S,
    ORCA_PAUSE_MIN_MS,
    ORCA_TICK_S,
)
from appliance.practice.bulk import claim_file
from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.writing import write_laboratory
from appliance.practice.pharmacy.writing import write_pharmacy
from appliance.practice.population import Population, care_months, populate
from appliance.records.document import Format
from appliance.store import arrivals, source_memory
from appliance.store.db import Store
from tests.intake.kept import Running
from tests.intake.serial.line import Pair
from tests.intake.smbd import ACCOUNT, PASSWORD, SMBD, Server, free_port, receipt_computer_conf
from tests.simulators.analyser import Analyser, message_of, records_of
from tests.simulators.orca import PASSWORD as ORCA_PASSWORD
from tests.simulators.orca import USER, Orca, charts_of
from tests.simulators.qr_reader import QrReader
from tests.simulators.receipt_computer import ReceiptComputer

FILES, MESSAGES, VISITS = 40, 40, 20
LOOK_EVERY_S = 0.002
"""How often the store is asked for what has settled: the error of one latency."""
IDLE_S = 4.0
GIVE_UP_S = 240.0
_REST_LOOKS = FOLDER_STABLE_LOOKS - 1


@dataclass(slots=True)
class Lane:
    """One source's documents: how each is sent, the pause between two, and what of the wait is by design."""

    name: str
    contents: Sequence[bytes]
    send: Callable[[int], str]
    """Send the document of that number; the name by which it will be known in the store. Returns after its last byte."""
    pause_s: float
    waits: str
    sent_s: dict[str, float] = field(default_factory=dict)
    settled_s: dict[str, float] = field(default_factory=dict)

    def run(self, chance: random.Random) -> None:
        for number in range(len(self.contents)):
            time.sleep(self.pause_s * chance.uniform(0.5, 1.5))
            name = self.send(number)
            self.sent_s[name] = time.monotonic()

    def done(self) -> bool:
        return len(self.sent_s) == len(self.contents) and self.sent_s.keys() <= self.settled_s.keys()

    def latencies_s(self) -> list[float]:
        return [max(0.0, self.settled_s[name] - sent_s) for name, sent_s in self.sent_s.items()]

    def line(self, bare_s: float) -> str:
        found_s = self.latencies_s()
        median_s, p99_s = statistics.median(found_s), percentile(found_s, 99)
        return (
            f"latency of {self.name:<32} median {median_s * 1000:>6.0f} ms   p99 {p99_s * 1000:>6.0f} ms   of {len(found_s)}   "
            f"bare read + fsync {bare_s * 1000:.1f} ms: {median_s / bare_s:,.0f} ×   by design {self.waits}"
        )


def percentile(values: Sequence[float], share: int) -> float:
    """The nearest rank."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]


def bare_s(folder: Path, contents: Sequence[bytes]) -> float:
    """The median of reading the same bytes from a file and having them on the disk in another."""
    times = []
    for number, content in enumerate(contents):
        there, here = folder / f"{number}.there", folder / f"{number}.here"
        there.write_bytes(content)
        started = time.perf_counter()
        with here.open("wb") as file:
            file.write(there.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def known(content: bytes) -> str:
    """The name in the store of an arrival that is kept as it was sent."""
    return hashlib.sha256(content).hexdigest()


def claim_files(count: int) -> list[bytes]:
    """One small claim file again and again, each with a month of its own."""
    text = claim_file(KIB, seed=5).decode("cp932")
    months = (f"{1996 + number // 12}{number % 12 + 1:02d}" for number in range(count))
    return [
        text.replace(",202609,", f",{month},").replace(",202608,", f",{month},").encode("cp932")
        for month in months
    ]


def messages(population: Population) -> list[bytes]:
    """The laboratory's reports, each as one ASTM message."""
    found: list[list[bytes]] = []
    for record in records_of(
        b"".join(file.data for file in write_laboratory(population, {Format.ASTM}).files)
    ):
        if record.startswith(b"H"):
            found.append([])
        found[-1].append(record)
    return [message_of(records) for records in found[:MESSAGES]]


def slips(population: Population) -> list[bytes]:
    """院外処方箋 that fit into one code."""
    parts: dict[str, list[bytes]] = {}
    for file in write_pharmacy(population, {Format.JAHIS_RX}).files:
        parts.setdefault(file.holds[0], []).append(file.data)
    return [codes[0] for codes in parts.values() if len(codes) == 1][:MESSAGES]


def folder_lane(folder: Path, contents: list[bytes]) -> Lane:
    def send(number: int) -> str:
        (folder / f"R{number:03d}.UKE").write_bytes(contents[number])
        return known(contents[number])

    seen = f"≤ {FOLDER_POLL_S:.0f} s until seen + {_REST_LOOKS} looks"
    return Lane(
        "a folder on the box", contents, send, 0.6, f"{seen} at {FOLDER_POLL_SETTLING_S * 1000:.0f} ms"
    )


def share_lane(computer: ReceiptComputer, contents: list[bytes]) -> Lane:
    def send(number: int) -> str:
        computer.write(f"S{number:03d}.UKE", contents[number])
        return known(contents[number])

    seen = f"≤ {FOLDER_POLL_S:.0f} s until seen + {_REST_LOOKS} looks"
    return Lane("a share", contents, send, 0.6, f"{seen} at {FOLDER_POLL_S * 1000:.0f} ms")


def astm_lane(descriptor: int, contents: list[bytes]) -> Lane:
    analyser = Analyser(descriptor, patience_s=15.0)

    def send(number: int) -> str:
        if not analyser.send(records_of(contents[number])):
            raise RuntimeError("a message was not acknowledged")
        return known(contents[number])

    return Lane("a serial line, ASTM", contents, send, 0.4, "nothing")


def scan_lane(descriptor: int, contents: list[bytes]) -> Lane:
    reader = QrReader(descriptor)

    def send(number: int) -> str:
        reader.scan(contents[number])
        return known(contents[number])

    return Lane("a serial line, a scanned code", contents, send, 0.4, "nothing")


def visit_lane(orca: Orca) -> Lane:
    numbers = [orca.register() for _ in range(VISITS)]

    def send(number: int) -> str:
        key = orca.enter(numbers[number]).key
        return key.rpartition(":orca-visit:")[2]

    waits = (
        f"≤ {ORCA_TICK_S:.0f} s until PUSH is heard, ≤ {ORCA_HINT_PAUSE_S:.0f} s since the last look, "
        f"{ORCA_PAUSE_MIN_MS} ms between requests (without PUSH: poll_s)"
    )
    return Lane("ORCA, from a visit's appearance", [b""] * VISITS, send, 4.5, waits)


def watch(store: Store, lanes: Sequence[Lane], failed: Callable[[], bool]) -> None:
    """Write down when each document is seen in the store, until all are."""
    last, began_s = 0, time.monotonic()
    while not all(lane.done() for lane in lanes):
        if failed() or time.monotonic() - began_s > GIVE_UP_S:
            raise RuntimeError(f"not all came: {[(lane.name, len(lane.settled_s)) for lane in lanes]}")
        rows = store.rows(
            "SELECT id, lower(hex(sha256)), state, documents, (SELECT group_concat(key, ' ') FROM documents"
            " WHERE arrival = arrivals.id AND key LIKE '%:orca-visit:%') FROM arrivals"
            " WHERE id > ? AND state <> 'received' ORDER BY id",
            (last,),
        )
        now_s = time.monotonic()
        for last, digest, state, documents, visits in rows:  # noqa: B007 - the last of them
            names = [key.rpartition(":orca-visit:")[2] for key in visits.split()] if visits else [digest]
            for lane in lanes:
                lane.settled_s.update({name: now_s for name in names if name not in lane.settled_s})
            if state != "understood" or not documents:
                raise RuntimeError(f"an arrival was {state} with {documents} documents")
        time.sleep(LOOK_EVERY_S)


@contextlib.contextmanager
def share_of(folder: Path) -> Iterator[tuple[int, ReceiptComputer]]:
    server = Server(receipt_computer_conf(folder, port := free_port()), port)
    server.add_account(ACCOUNT)
    with server:
        computer = ReceiptComputer("127.0.0.1", port, ACCOUNT, PASSWORD, "drop")
        yield port, computer
        computer.close()


def sources(port: int, astm: Pair, scanner: Pair, orca: Orca) -> list[str]:
    facility = f'facility = "{CLINIC_A.number}"'
    server, away = orca.source(), f'user = "{ACCOUNT}", acknowledge = "delete"'
    return [
        f'name = "folder", kind = "folder", {facility}, folder = "in", acknowledge = "delete"',
        f'name = "share", kind = "share", {facility}, share = "//127.0.0.1/drop", port = {port}, {away}',
        f'name = "astm", kind = "serial", {facility}, device = "{astm.device}", profile = "astm", issuers = ["*"]',
        f'name = "scanner", kind = "serial", {facility}, device = "{scanner.device}", profile = "qr", issuers = ["*"]',
        f'name = "orca", kind = "orca", {facility}, url = "{server.url}", user = "{USER}", push = "{orca.push.address}"',
    ]


def measure() -> Iterator[str]:
    if SMBD is None:
        yield "latency: Samba is not on this machine"
        return
    population = populate(180, 20260601, care_months(date(2026, 6, 1), 1))
    claims = claim_files(2 * FILES)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("astm", "scanner", "bare"):
            (folder / name).mkdir()
        port, computer = stack.enter_context(share_of(folder))
        astm, scanner = (stack.enter_context(Pair(folder / name)) for name in ("astm", "scanner"))
        orca = stack.enter_context(Orca(charts_of(VISITS + 5)))
        running = Running(folder, *sources(port, astm, scanner, orca))
        lanes = [
            folder_lane(folder / "in", claims[:FILES]),
            share_lane(computer, claims[FILES:]),
            astm_lane(astm.descriptor, messages(population)),
            scan_lane(scanner.descriptor, slips(population)),
            visit_lane(orca),
        ]
        with running.open() as store, store.transaction():
            source_memory.set_password(store, "share", PASSWORD)
            source_memory.set_password(store, "orca", ORCA_PASSWORD)
        with running:
            wait_until_idle(orca)
            go_through(running, lanes)
        with running.open() as store:
            lanes[-1].contents = envelopes(store)
        for lane in lanes:
            yield lane.line(bare_s(folder / "bare", lane.contents))


def wait_until_idle(orca: Orca) -> None:
    """Until the first look, at everybody registered today, is over; the other sources have long been there then."""
    while not orca.asked_at_s or time.monotonic() - orca.asked_at_s[-1] < IDLE_S:
        time.sleep(0.1)


def envelopes(store: Store) -> list[bytes]:
    """What came from the ORCA server of its visits."""
    rows = store.rows("SELECT DISTINCT arrival FROM documents WHERE key LIKE '%:orca-visit:%'")
    return [arrivals.content(store, arrival) for (arrival,) in rows]


def go_through(running: Running, lanes: Sequence[Lane]) -> None:
    """Send everything, each lane in a thread of its own, and see it arrive."""
    threads = [
        threading.Thread(target=lane.run, args=(random.Random(number),)) for number, lane in enumerate(lanes)
    ]
    for thread in threads:
        thread.start()
    with running.open() as store:
        watch(store, lanes, lambda: running.error is not None)
    for thread in threads:
        thread.join()
