"""Deliveries: what is owed to the hub, the states each goes through, and the lists people see (architecture.md).

    held ⇄ ready → claimed → delivered | refused | doubtful | ready (retry);   doubtful → delivered | ready
    held | ready → withdrawn;   claimed | doubtful of a withdrawn patient are asked at the hub and never sent again

What makes a delivery due is in `owing.py`, the worker's side in `claiming.py`. No payload is stored: it is made from
the records when a delivery is claimed, in the same transaction that asks PROVIDE.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from appliance.channels import ChannelKind
from appliance.clock import JST, from_iso, iso
from appliance.store import audit_delivery
from appliance.store.access import Wanted
from appliance.store.audit import Event
from appliance.store.db import Row, Store


class Kind(StrEnum):
    """What is owed."""

    CONSENT = "consent"
    AUDIT = "audit"
    IDENTITY = "identity"
    PUT = "put"
    REPLACE = "replace"
    REMOVE = "remove"


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"
    READY = "ready"
    CLAIMED = "claimed"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Priority(IntEnum):
    """What goes first: consent and withdrawal, then audit, then who it is about, then new data, then back-fill."""

    CONSENT = 0
    AUDIT = 1
    IDENTITY = 2
    NEW = 3
    BACKFILL = 4


QUEUE = (State.READY, State.CLAIMED, State.DOUBTFUL)
"""The states that make up the queue: none of a patient's is in them when PROVIDE says no."""

SUPERSEDED = "superseded"
MASS_REMOVAL = "mass-removal"
"""Reasons of this module's own; every other reason of a held or withdrawn delivery is a word of consent.md."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery as the worker has it. `allowed`: what PROVIDE permitted when it was claimed."""

    id: int
    kind: Kind
    channel: ChannelKind
    facility: str
    patient: int | None
    document: int | None
    document_key: str
    consent: int | None
    attempts: int
    digest: str
    allowed: frozenset[Wanted]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as lists and the command line show it; no personal data."""

    id: int
    kind: Kind
    channel: ChannelKind
    state: State
    reason: str
    attempts: int
    created_at: str
    changed_at: str
    not_before: str
    outcome: str


# --- lists and counts --------------------------------------------------------------------------------


def counts(store: Store) -> dict[str, int]:
    """How many deliveries there are in each state (states without any are left out)."""
    return dict(store.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))


def counts_by_channel(store: Store) -> dict[tuple[str, str], int]:
    """How many deliveries there are by channel and state."""
    rows = store.rows("SELECT channel, state, count(*) FROM deliveries GROUP BY channel, state")
    return {(channel, state): number for channel, state, number in rows}


def oldest_by_channel_s(store: Store) -> dict[str, float]:
    """The age in seconds of each channel's oldest delivery in the queue."""
    rows = store.rows(
        "SELECT channel, min(created_at) FROM deliveries WHERE state IN ('ready', 'claimed', 'doubtful')"
        " GROUP BY channel"
    )
    now = store.clock.now()
    return {channel: max(0.0, (now - from_iso(oldest)).total_seconds()) for channel, oldest in rows}


def oldest_waiting_s(store: Store) -> float:
    """The age in seconds of the oldest delivery in the queue: the first health metric; 0 when the queue is empty."""
    oldest = store.value(
        "SELECT min(created_at) FROM deliveries WHERE state IN ('ready', 'claimed', 'doubtful')"
    )
    return max(0.0, (store.clock.now() - from_iso(oldest)).total_seconds()) if oldest else 0.0


def consent_untold(store: Store, patient: int) -> bool:
    """Whether the hub has yet to learn something of this patient's consent: what it shows meanwhile is merely old."""
    return bool(
        store.value(
            "SELECT 1 FROM deliveries WHERE patient = ? AND kind = 'consent'"
            " AND channel = 'fhir' AND state IN ('ready', 'claimed', 'doubtful', 'refused') LIMIT 1",
            (patient,),
        )
    )


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries a person means: of one kind, one channel, and a day (in Japan) on which they came to their state."""

    kind: Kind | None = None
    channel: ChannelKind | None = None
    day: date | None = None


ALL = Which()


def listed(store: Store, states: Collection[State], limit: int, which: Which = ALL) -> list[Delivery]:
    """Deliveries in these states, oldest first."""
    marks = ", ".join("?" * len(states))
    wanted: list[tuple[str, str]] = []
    if which.kind is not None:
        wanted.append(("kind = ?", which.kind))
    if which.channel is not None:
        wanted.append(("channel = ?", which.channel))
    if which.day is not None:
        begins = datetime.combine(which.day, time(), JST)
        wanted.append(("changed_at >= ?", iso(begins)))
        wanted.append(("changed_at < ?", iso(begins + timedelta(days=1))))
    more = "".join(f" AND {condition}" for condition, _ in wanted)
    rows = store.rows(
        f"SELECT {_LIST_COLUMNS} FROM deliveries WHERE state IN ({marks}){more} ORDER BY id LIMIT ?",
        (*states, *(value for _, value in wanted), limit),
    )
    return [_delivery(row) for row in rows]


def sent_entries(store: Store, delivery: int) -> dict[str, str]:
    """What a refused delivery consisted of, entry by entry in order; empty when that was not kept."""
    kept = store.value("SELECT sent_entries FROM deliveries WHERE id = ?", (delivery,))
    entries: dict[str, str] = json.loads(kept) if kept else {}
    return entries


def get(store: Store, delivery: int) -> Delivery:
    """Raises KeyError when there is no such delivery."""
    row = store.row(f"SELECT {_LIST_COLUMNS} FROM deliveries WHERE id = ?", (delivery,))
    if row is None:
        raise KeyError(delivery)
    return _delivery(row)


def discard(store: Store, delivery: int) -> bool:
    """A person decides that a refused or held delivery is not owed after all; inside a transaction."""
    return bool(
        store.execute(
            "UPDATE deliveries SET state = 'withdrawn', reason = 'discarded', changed_at = ?"
            " WHERE id = ? AND state IN ('refused', 'held')",
            (store.now(), delivery),
        )
    )


_LIST_COLUMNS = "id, kind, channel, state, reason, attempts, created_at, changed_at, not_before, outcome"


# --- rows (inside the caller's transaction) -----------------------------------------------------------


def add(
    store: Store,
    kind: Kind,
    facility: str,
    patient: int,
    state: State,
    reason: str,
    *,
    channel: ChannelKind = ChannelKind.FHIR,
    document: int | None = None,
    key: str = "",
    consent: int | None = None,
    priority: Priority | None = None,
) -> int:
    """A new delivery; its number."""
    now = store.now()
    if priority is None:
        priority = Priority.IDENTITY if kind is Kind.IDENTITY else Priority.NEW
    return store.insert(
        "INSERT INTO deliveries (kind, channel, facility, patient, document, document_key, consent, state, reason,"
        " priority, not_before, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, channel, facility, patient, document, key, consent, state, reason, priority, now, now, now),
    )


_AUDITED: Final = {State.DELIVERED: Event.DELIVERY_SENT, State.REFUSED: Event.DELIVERY_REFUSED}


def move(store: Store, delivery: int, state: State, reason: str, not_before: datetime | None = None) -> None:
    """Put a delivery into another state; a lease it had is over."""
    store.execute(
        "UPDATE deliveries SET state = ?, reason = ?, lease_until = NULL, changed_at = ?,"
        " not_before = coalesce(?, not_before) WHERE id = ?",
        (state, reason, store.now(), iso(not_before) if not_before else None, delivery),
    )
    if state in _AUDITED:
        audit_delivery.note(store, delivery, _AUDITED[state])


def _delivery(row: Row) -> Delivery:
    return Delivery(row[0], Kind(row[1]), ChannelKind(row[2]), State(row[3]), *row[4:])
