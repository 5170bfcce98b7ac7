"""Claims a second from a file to the durable store, against plain sqlite3 with one commit a claim.

The baseline writes the same payload bytes (document and records, as stored) into plain sqlite3, WAL and
synchronous=FULL, one row and one commit a claim; it neither parses nor encrypts nor hashes.
"""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from datetime import datetime
from pathlib import Path

from appliance.clock import JST, SystemClock
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import Rules, parse_rules
from appliance.intake.understand import understand
from appliance.limits import MIB
from appliance.practice.bulk import claim_file
from appliance.practice.facilities import CLINIC_A
from appliance.store import arrivals
from appliance.store.db import create_store
from tests.bench.measure import Ratio, by_turns

SIZE_BYTES = 3 * MIB


def rules() -> Rules:
    since = datetime(2025, 4, 1, tzinfo=JST)
    return parse_rules(
        policy_document("1"), participants_document("1", [(CLINIC_A.number, CLINIC_A.name, "clinic")], since)
    )


def from_file_to_store(path: Path, data: bytes) -> int:
    """Take and understand one claim file in a new store; how many claims it held."""
    with create_store(path, bytes(32), SystemClock()) as store:
        arrival = arrivals.take(
            store, source="bench", facility=CLINIC_A.number, name="RECEIPTC.UKE", content=data
        )
        return understand(store, rules(), arrival, {CLINIC_A.number}).documents


def payloads(path: Path) -> list[bytes]:
    """What the store holds of each claim, as one value."""
    from appliance.store.db import open_store

    with open_store(path, bytes(32), SystemClock()) as store:
        rows = store.rows("SELECT document, body FROM records ORDER BY document")
    return [b"".join(row[1] for row in group) for _, group in itertools.groupby(rows, key=lambda row: row[0])]


def one_commit_each(path: Path, bodies: list[bytes]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE claims (id INTEGER PRIMARY KEY, body BLOB)")
    for body in bodies:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO claims (body) VALUES (?)", (body,))
        connection.execute("COMMIT")
    connection.close()


def measure() -> Ratio:
    data = claim_file(SIZE_BYTES, seed=2)
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count()
        fresh = lambda: Path(folder) / f"{next(numbers)}.db"  # noqa: E731 - a name for each run's own file
        first = fresh()
        claims = from_file_to_store(first, data)
        bodies = payloads(first)
        ours_s, baseline_s = by_turns(
            lambda: from_file_to_store(fresh(), data), lambda: one_commit_each(fresh(), bodies), runs=3
        )
    detail = f"{claims / ours_s:.0f} claims/s, {sum(map(len, bodies)) // len(bodies)} bytes each"
    return Ratio("file to durable store / sqlite3 commit each", ours_s, baseline_s, "≥ 1.0", detail)
