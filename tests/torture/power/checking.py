"""What each acknowledgement promises, asked of the store that a cut has left, after the box's own start-up sweeps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from appliance.clock import SystemClock
from appliance.errors import RenkeiError
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.store import arrivals, audit, claiming, source_memory
from appliance.store.audit import Anchor
from appliance.store.db import DatabaseError, Store, open_store
from tests.torture.power.writing import KEY


def broken_promises(folder: Path, acknowledged: Sequence[str]) -> list[str]:
    """What was acknowledged and is not so, and what else is wrong with the store; empty when all is well."""
    path = folder / "store.db"
    if not path.exists():
        return ["the store is gone"] if acknowledged else []
    try:
        with open_store(path, KEY, SystemClock()) as store:
            return _broken(store, acknowledged)
    except (RenkeiError, DatabaseError) as error:
        return [f"the store does not open: {type(error).__name__}"]


def _broken(store: Store, acknowledged: Sequence[str]) -> list[str]:
    Keeping(store, Room(store), lambda _: "", received=lambda: None).sweep()
    claiming.sweep(store)
    found = store.integrity_findings()
    if store.value("PRAGMA journal_mode") != "wal":
        found.append("the store has no write-ahead log")
    for promise in acknowledged:
        word, *rest = promise.split(",")
        if not _KEPT[word](store, *rest):
            found.append(f"lost: {promise}")
    if gap := audit.verify(store):
        found.append(f"audit row {gap.seq}: {gap.en}")
    return found


def _store(store: Store) -> bool:
    return store.schema_version() > 0


def _file(store: Store, name: str, digest: str) -> bool:
    remembered = name.startswith("L") or source_memory.recall(store, "receipt", [name]) == {name: b"taken"}
    content = _content(store, name)
    return remembered and content is not None and hashlib.sha256(content).hexdigest() == digest


def _piece(store: Store, name: str, size: str, digest: str) -> bool:
    content = _content(store, name)
    return content is not None and hashlib.sha256(content[: int(size)]).hexdigest() == digest


def _content(store: Store, name: str) -> bytes | None:
    number = store.value("SELECT id FROM arrivals WHERE name = ?", (name,))
    try:
        return None if number is None else arrivals.content(store, number)
    except (RenkeiError, KeyError):
        return None


def _consent(store: Store, number: str) -> bool:
    return bool(store.value("SELECT state FROM consents WHERE id = ?", (number,)) == "active")


def _sending(store: Store, number: str) -> bool:
    """What may be at the hub is never sent again unasked: after the sweep it is in doubt."""
    row = store.row("SELECT state, digest FROM deliveries WHERE id = ?", (number,))
    return row is not None and row[0] in {"doubtful", "delivered"} and row[1] == f"digest-{number}"


def _delivered(store: Store, number: str) -> bool:
    return bool(store.value("SELECT state FROM deliveries WHERE id = ?", (number,)) == "delivered")


def _audit(store: Store, seq: str, digest: str) -> bool:
    return audit.verify(store, Anchor(int(seq), bytes.fromhex(digest))) is None


_KEPT = {
    "store": _store,
    "file": _file,
    "piece": _piece,
    "consent": _consent,
    "sending": _sending,
    "delivered": _delivered,
    "audit": _audit,
}
