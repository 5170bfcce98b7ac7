"""Documents a second to the hub, made from the store and written down as delivered, on loopback and at 20 ms round trip.

Against one request a document, and against a bare loop of `requests` that posts the very same bundles, made beforehand:
the loop neither reads a store, nor makes, hashes or writes down anything. The hub takes everything at once (`quick_hub`).
RENKEI_BENCH_DOCUMENTS says how many (10,000); what takes one request a document is measured by a sample of them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import requests

from appliance.clock import SystemClock
from appliance.config import HubConfig
from appliance.exchange.deliver import Worker
from appliance.exchange.fhir.bundle import bundle_of
from appliance.exchange.fhir_channel import FhirChannel, together
from appliance.exchange.hub import Hub
from appliance.exchange.prepare import Prepared
from appliance.records.clinical import DocumentReference
from appliance.records.coding import Concept
from appliance.records.document import Document, DocumentKind
from appliance.store import access, claiming, documents, owing
from appliance.store.db import Store, create_store
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.bench.measure import Ratio
from tests.exchange.box import calm, two_clinics
from tests.store.made import FACILITY, act, arrival, claim, consent_row, disease, patient

DOCUMENTS = int(os.environ.get("RENKEI_BENCH_DOCUMENTS", "10000"))
SAMPLE = 200
ROUND_TRIP_MS = 20
RULES = two_clinics()
RECORDS = (
    *(disease(f"88{n:05}") for n in range(4)),
    *(act(f"1120{n:05}", date(2026, 8, 3)) for n in range(10)),
)
"""Of a claim whose bundle has 20 KB."""
_FILE = 100
LETTER_BYTES = 15_000


def fill(store: Store, count: int) -> None:
    """Claims of as many consenting patients whom the hub knows, each with one document that waits."""
    with store.transaction():
        access.set_snapshot(store, store.clock.now())
    for first in range(0, count, _FILE):
        number = arrival(store, str(first).encode())
        with store.transaction():
            made = [
                claim(patient(f"{first + n:06}"), *RECORDS, line=10 * n + 1)
                for n in range(min(_FILE, count - first))
            ]
            documents.put(store, RULES, number, made)
    with store.transaction():
        for who in range(1, count + 1):
            consent_row(store, who)
            owing.release(store, RULES, who)
        store.execute("UPDATE deliveries SET state = 'delivered' WHERE kind <> 'put'")


def fill_with_letters(store: Store, count: int) -> None:
    """Letters of 15 KB (20 KB in base64), one for each of as many patients."""
    fill(store, count)
    with store.transaction():
        store.execute("UPDATE deliveries SET state = 'delivered'")
    for number in range(count):
        content = f"{number:06}".encode() * (LETTER_BYTES // 6)
        sha256 = hashlib.sha256(content).hexdigest()
        whole = DocumentReference(
            Concept(text="紹介状"), date(2026, 8, 3), "紹介状", "application/pdf", sha256, len(content)
        )
        letter = Document(
            DocumentKind.LETTER, f"l:{number}", FACILITY, patient(f"{number:06}"), (whole,), "2026-08-03"
        )
        taken = arrival(store, content)
        with store.transaction():
            documents.put(store, RULES, taken, [letter])
    with store.transaction():
        store.execute("UPDATE deliveries SET state = 'ready' WHERE document_key LIKE 'l:%'")


def again(store: Store) -> None:
    """Nothing of it has been delivered."""
    with store.transaction():
        store.execute(
            "UPDATE deliveries SET state = 'ready', attempts = 0, digest = '' WHERE digest <> '' OR state = 'claimed'"
        )
        store.execute("DELETE FROM hub_resources")


def bundles(store: Store, hub: Hub, count: int, group_max: int) -> list[bytes]:
    """The bundles that the box would send."""
    channel = FhirChannel(hub, str)
    made: list[bytes] = []
    left = count
    while left > 0 and (taken := claiming.claim(store, RULES, limit=min(group_max, left), lease_s=600)):
        group: list[Prepared] = []
        fits = channel.group()
        for one in taken:
            ready = channel.prepare(store, one)
            if not fits(ready):
                break
            group.append(ready)
        claiming.put_back(store, taken[len(group) :])
        made.append(bundle_of(together(group)))
        left -= len(group)
    return made


def deliver_s(store: Store, hub: Hub) -> float:
    """Seconds until the worker has delivered everything."""
    worker = Worker(store, hub, lambda: RULES, str, calm)
    worker.start()
    started = time.perf_counter()
    while store.value("SELECT 1 FROM deliveries WHERE state IN ('ready', 'claimed', 'doubtful') LIMIT 1"):
        worker.turn()
        worker.wait(0.05)
    took_s = time.perf_counter() - started
    worker.stop(1.0)
    return took_s


def post_s(config: HubConfig, bodies: Sequence[bytes]) -> float:
    """Seconds that the bare loop needs for these bundles, its connection open already."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(config.ca)
        session.cert = (str(config.certificate), str(config.key))
        headers = {"Content-Type": "application/fhir+json"}
        session.post(config.url, data=b"{}", headers=headers, timeout=30).raise_for_status()
        started = time.perf_counter()
        for body in bodies:
            session.post(config.url, data=body, headers=headers, timeout=30).raise_for_status()
        return time.perf_counter() - started


@contextmanager
def running(*command: str) -> Iterator[int]:
    """A helper process that prints its port, and ends when nobody wants it any more."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


def config_at(pki: LabPki, port: int) -> HubConfig:
    pair = pki.client(FACILITY)
    return HubConfig(f"https://127.0.0.1:{port}/fhir/R4", pki.ca_path, pair.cert, pair.key)


def measure() -> Iterator[str]:
    for what, filled in (("claims", fill), ("letters", fill_with_letters)):
        yield from _measure(what, filled)


def _measure(what: str, filled: Callable[[Store, int], None]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        pki = make_lab_pki(Path(name) / "pki", [FACILITY])
        server = (str(pki.server.cert), str(pki.server.key), str(pki.ca_path))
        with (
            create_store(Path(name) / "store.db", bytes(32), SystemClock()) as store,
            running("tests.bench.quick_hub", *server) as near,
            running("tests.bench.slow_line", str(near), str(ROUND_TRIP_MS / 2)) as far,
        ):
            filled(store, DOCUMENTS)
            yield from compare(what, store, config_at(pki, near), config_at(pki, far))


def compare(what: str, store: Store, near: HubConfig, far: HubConfig) -> Iterator[str]:
    clock = SystemClock()
    hub = Hub(near, clock.monotonic_s)
    whole = bundles(store, hub, DOCUMENTS, FhirChannel.group_max)
    again(store)
    single = bundles(store, hub, SAMPLE, 1)
    size = sum(map(len, single)) // len(single)
    for place, config in (("loopback", near), (f"{ROUND_TRIP_MS} ms", far)):
        again(store)
        began_s = time.process_time()
        ours_s = deliver_s(store, Hub(config, clock.monotonic_s))
        computing_ms = (time.process_time() - began_s) / DOCUMENTS * 1_000
        one_each_s = post_s(config, single) * DOCUMENTS / len(single)
        same_s = post_s(config, whole)
        detail = (
            f"{DOCUMENTS / ours_s:.0f} documents/s of {size} bytes, {computing_ms:.2f} ms of processor each"
        )
        aim = "≥ 20" if config is far else ""
        yield Ratio(f"{what} / a request each, {place}", ours_s, one_each_s, aim, detail).line()
        yield Ratio(f"{what} / bare loop, same bundles, {place}", ours_s, same_s, "≥ 0.8", detail).line()
