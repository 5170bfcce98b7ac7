"""Arrivals: the bytes of one whole file or message, kept as they were, and what became of them.

`take` commits the bytes before anything else is done with them; only then may the source be acknowledged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from appliance.records.codec import decode, encode
from appliance.records.finding import Finding
from appliance.records.readable import Readable
from appliance.store import pieces
from appliance.store.db import Row, Store


class ArrivalState(StrEnum):
    """received → understood | partly | quarantined | duplicate (architecture.md)."""

    RECEIVED = "received"
    UNDERSTOOD = "understood"
    PARTLY = "partly"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival without its bytes. `name` is the file's name in its source; `sha256` hexadecimal."""

    id: int
    source: str
    name: str
    facility: str
    sha256: str
    size_bytes: int
    state: ArrivalState
    duplicate_of: int | None
    format: str
    documents: int
    findings: tuple[Finding, ...]
    taken_at: str
    cut_short: bool
    """The source ended before the arrival did: what was acknowledged is here, the rest never came."""


DAMAGED = "INTAKE-0107"
"""The finding of an arrival whose bytes are lost in part: whole ones that come again take their place."""
_COLUMNS = "id, source, name, facility, hex(sha256), size_bytes, state, duplicate_of, format, documents, findings, taken_at, cut_short"


def take(store: Store, *, source: str, facility: str, name: str, content: bytes) -> Arrival:
    """Keep the bytes: committed when this returns. Bytes seen before are a `duplicate` and are not kept twice."""
    sha256 = hashlib.sha256(content).digest()
    with store.transaction():
        arrival_id = put(
            store,
            source=source,
            facility=facility,
            name=name,
            sha256=sha256,
            size_bytes=len(content),
            content=content,
        )
    return get(store, arrival_id)


def put(
    store: Store,
    *,
    source: str,
    facility: str,
    name: str,
    sha256: bytes,
    size_bytes: int,
    content: bytes | None = None,
    begun: int | None = None,
    cut_short: bool = False,
) -> int:
    """Write an arrival whose bytes are `content`, or the pieces of `begun`: `received`, or `duplicate` without bytes.

    Inside a transaction; its id.
    """
    values = (source, name, facility, sha256, size_bytes, cut_short, store.now(), store.clock.trusted())
    if inserted := store.rows(_INSERT_FIRST, (*values, content, begun)):
        return int(inserted[0][0])
    return store.insert(_INSERT_DUPLICATE, (*values, facility, sha256))


_INSERT_FIRST = (
    "INSERT INTO arrivals (source, name, facility, sha256, size_bytes, cut_short, taken_at, clock_trusted, state,"
    " content, begun) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'received', ?, ?)"
    " ON CONFLICT (facility, sha256) WHERE state <> 'duplicate' DO NOTHING RETURNING id"
)
_INSERT_DUPLICATE = (
    "INSERT INTO arrivals (source, name, facility, sha256, size_bytes, cut_short, taken_at, clock_trusted, state,"
    " duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'duplicate',"
    " (SELECT id FROM arrivals WHERE facility = ? AND sha256 = ? AND state <> 'duplicate'))"
)


def get(store: Store, arrival_id: int) -> Arrival:
    """Raises KeyError when there is no such arrival."""
    row = store.row(f"SELECT {_COLUMNS} FROM arrivals WHERE id = ?", (arrival_id,))
    if row is None:
        raise KeyError(arrival_id)
    return _arrival(row)


def readable(store: Store, arrival_id: int) -> Readable:
    """The bytes of an arrival, or of the one it repeats, to be read part by part. Raises KeyError without any."""
    row = store.row(
        "SELECT coalesce(b.content, a.content), coalesce(b.begun, a.begun)"
        " FROM arrivals a LEFT JOIN arrivals b ON b.id = a.duplicate_of WHERE a.id = ?",
        (arrival_id,),
    )
    if row is None or row == (None, None):
        raise KeyError(arrival_id)
    kept, begun = row
    return pieces.StoredBytes(store, begun) if kept is None else bytes(kept)


def content(store: Store, arrival_id: int) -> bytes:
    """All bytes of an arrival at once, where it is known to be small."""
    return readable(store, arrival_id)[:]


def in_state(store: Store, *states: ArrivalState) -> list[Arrival]:
    """Arrivals in any of these states, oldest first."""
    marks = ", ".join("?" * len(states))
    return [
        _arrival(row)
        for row in store.rows(f"SELECT {_COLUMNS} FROM arrivals WHERE state IN ({marks}) ORDER BY id", states)
    ]


def settle(
    store: Store,
    arrival_id: int,
    state: ArrivalState,
    *,
    format_name: str,
    documents: int,
    findings: Iterable[Finding],
) -> None:
    """Write down what an arrival was, inside the transaction that stores its last documents."""
    store.execute(
        "UPDATE arrivals SET state = ?, format = ?, documents = ?, findings = ?, handled_at = ? WHERE id = ?",
        (state, format_name, documents, encode(tuple(findings)).decode(), store.now(), arrival_id),
    )


def reopen(store: Store, arrival_id: int) -> bool:
    """Ask for an arrival to be understood anew, inside a transaction; False when it is not one that was not."""
    return bool(
        store.execute(
            "UPDATE arrivals SET state = 'received' WHERE id = ? AND state IN ('partly', 'quarantined')",
            (arrival_id,),
        )
    )


def heal(store: Store, arrival_id: int, begun: int) -> bool:
    """The bytes of an arrival have come again, as the pieces of `begun`: if its own are damaged, it has these now.

    Inside a transaction. It is `received` again then: what was understood of it stays, the rest is read.
    """
    arrival = get(store, arrival_id)
    if DAMAGED not in {finding.code for finding in arrival.findings}:
        return False
    damaged = store.value("SELECT begun FROM arrivals WHERE id = ?", (arrival_id,))
    if damaged is not None:
        pieces.drop(store, damaged)
    store.execute(
        "UPDATE arrivals SET begun = ?, content = NULL, state = 'received', findings = '[]' WHERE id = ?",
        (begun, arrival_id),
    )
    return True


def counts(store: Store) -> dict[str, int]:
    """How many arrivals there are in each state (states without any are left out)."""
    return dict(store.rows("SELECT state, count(*) FROM arrivals GROUP BY state"))


def _arrival(row: Row) -> Arrival:
    return Arrival(
        id=row[0],
        source=row[1],
        name=row[2],
        facility=row[3],
        sha256=str(row[4]).lower(),
        size_bytes=row[5],
        state=ArrivalState(row[6]),
        duplicate_of=row[7],
        format=row[8],
        documents=row[9],
        findings=decode(row[10], tuple[Finding, ...]),
        taken_at=row[11],
        cut_short=bool(row[12]),
    )
