"""How far the audit has left the box: one position in the chain for each destination, and the rows one would not take.

Nothing is copied: what is owed to a destination is the chain after its position, and the refused rows before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from appliance.clock import from_iso, iso
from appliance.config import SiteConfig
from appliance.limits import AUDIT_REFUSED_AGAIN_S
from appliance.store import audit
from appliance.store.audit import Anchor, Entry, Event
from appliance.store.db import Store


class Destination(StrEnum):
    """Where audit rows go."""

    HUB = "hub"
    SYSLOG = "syslog"


START: Final = Anchor(0, audit.GENESIS)
"""Where a destination stands that has not been told anything."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a destination has not got yet: how many rows, how old the oldest is, how many of them it would not take."""

    rows: int
    oldest_s: float
    refused: int


def wanted(site: SiteConfig) -> list[Destination]:
    """The destinations that the site file names."""
    named = {Destination.HUB: site.audit.fhir, Destination.SYSLOG: bool(site.audit.receiver)}
    return [one for one, is_named in named.items() if is_named]


def position(store: Store, destination: Destination) -> Anchor:
    """The last row up to which the destination has everything but what it refused."""
    row = store.row("SELECT seq, hash FROM audit_positions WHERE destination = ?", (destination.value,))
    return Anchor(int(row[0]), bytes(row[1])) if row else START


def confirm(store: Store, destination: Destination, upto: Entry) -> None:
    """The destination has every row up to this one; a transaction of its own. A position never goes back."""
    with store.transaction():
        store.execute(
            "INSERT INTO audit_positions (destination, seq, hash, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (destination) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at"
            " WHERE excluded.seq > seq",
            (destination.value, upto.seq, upto.hash, store.now()),
        )


def check(store: Store, destination: Destination) -> bool:
    """Whether the chain is still the one that was sent; if not, everything is owed again, and the audit says so.

    A store that was put back from a copy, or whose tail was cut, would otherwise hide as many rows as it lost.
    """
    stands = position(store, destination)
    if stands == START:
        return True
    found = audit.entry(store, stands.seq)
    if found is not None and found.hash == stands.hash:
        return True
    with store.transaction():
        for table in ("audit_positions", "audit_refused"):
            store.execute(f"DELETE FROM {table} WHERE destination = ?", (destination.value,))
        audit.append(
            store,
            Event.AUDIT_CHAIN_CHANGED,
            destination=destination.value,
            seq=stands.seq,
            hash=stands.hash.hex(),
        )
    return False


def refuse(store: Store, destination: Destination, seq: int, outcome: str) -> None:
    """The destination would not take this row, and said why; a transaction of its own."""
    with store.transaction():
        store.execute(
            "INSERT INTO audit_refused (destination, seq, outcome, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (destination, seq) DO UPDATE SET outcome = excluded.outcome, at = excluded.at",
            (destination.value, seq, outcome, store.now()),
        )


def accepted(store: Store, destination: Destination, seq: int) -> None:
    """A row that was refused before has been taken after all; a transaction of its own."""
    with store.transaction():
        store.execute("DELETE FROM audit_refused WHERE destination = ? AND seq = ?", (destination.value, seq))


def refused_count(store: Store, destination: Destination) -> int:
    return int(store.value("SELECT count(*) FROM audit_refused WHERE destination = ?", (destination.value,)))


def due_again(store: Store, destination: Destination, limit: int) -> list[Entry]:
    """Refused rows whose time to be asked about again has come, oldest first."""
    before = iso(store.clock.now() - timedelta(seconds=AUDIT_REFUSED_AGAIN_S))
    found = store.rows(
        "SELECT seq FROM audit_refused WHERE destination = ? AND at <= ? ORDER BY seq LIMIT ?",
        (destination.value, before, limit),
    )
    return [one for (seq,) in found if (one := audit.entry(store, seq)) is not None]


def owed(store: Store, destination: Destination) -> Owed:
    """What is not at the destination yet."""
    stands = position(store, destination)
    behind = int(store.value("SELECT coalesce(max(seq), 0) FROM audit")) - stands.seq
    refused = refused_count(store, destination)
    first = store.value("SELECT min(seq) FROM audit_refused WHERE destination = ?", (destination.value,)) or (
        stands.seq + 1
    )
    at = store.value("SELECT at FROM audit WHERE seq = ?", (first,))
    age_s = (store.clock.now() - from_iso(at)).total_seconds() if at else 0.0
    return Owed(max(behind, 0) + refused, max(age_s, 0.0), refused)
