"""What each acknowledgement promises, asked of the store that a cut has left, after the box's own start-up sweeps."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.clock import SystemClock
from appliance.errors import RenkeiError
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.store import arrivals, audit, checking, claiming, source_memory
from appliance.store.audit import Anchor
from appliance.store.damage import open_for_service, recovery
from appliance.store.db import DatabaseError, Store
from tests.torture.day import KEY


def broken_promises(folder: Path, acknowledged: Sequence[str]) -> list[str]:
    """What was acknowledged and is not so, and what else is wrong with the store; empty when all is well."""
    path = folder / "store.db"
    if not path.exists():
        return ["the store is gone"] if acknowledged else []
    try:
        with open_for_service(path, KEY, SystemClock()) as store:
            return _broken(store, acknowledged)
    except (RenkeiError, DatabaseError) as error:
        return [f"the store does not open: {type(error).__name__}"]


def _broken(store: Store, acknowledged: Sequence[str]) -> list[str]:
    Keeping(store, Room(store), lambda _: "", received=lambda: None).sweep()
    claiming.sweep(store)
    found = [f"{one.code}: {one.en}" for one in checking.examine(store)]
    if recovery(store):
        found.append("the store was taken for damaged")
    if store.value("PRAGMA journal_mode") != "wal":
        found.append("the store has no write-ahead log")
    for promise in acknowledged:
        word, *rest = promise.split(",")
        if not _KEPT[word](store, *rest):
            found.append(f"lost: {promise}")
    return found


def _store(store: Store) -> bool:
    return store.schema_version() > 0


def _file(store: Store, name: str, digest: str) -> bool:
    remembered = name.startswith("L") or source_memory.recall(store, "receipt", [name]) == {name: b"taken"}
    return remembered and digest in map(_digest, _contents(store, name))


def _piece(store: Store, name: str, size: str, digest: str) -> bool:
    return digest in (_digest(content[: int(size)]) for content in _contents(store, name))


def _contents(store: Store, name: str) -> Iterator[bytes]:
    """What came under this name: more than once where the line was cut and the message began anew."""
    for (number,) in store.rows("SELECT id FROM arrivals WHERE name = ? ORDER BY id", (name,)):
        with contextlib.suppress(RenkeiError, KeyError):
            yield arrivals.content(store, number)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _claims(store: Store, name: str, count: str) -> bool:
    """Each claim of a file is one document, once."""
    found = "SELECT count(*), count(DISTINCT key) FROM documents WHERE arrival = (SELECT min(id) FROM arrivals WHERE name = ?)"
    return store.row(found, (name,)) == (int(count), int(count))


def _consent(store: Store, number: str) -> bool:
    return bool(store.value("SELECT state FROM consents WHERE id = ?", (number,)) == "active")


def _sending(store: Store, number: str, meaning: str) -> bool:
    """What may be at the hub is never sent again unasked: after the sweep it is in doubt."""
    row = store.row("SELECT state, digest FROM deliveries WHERE id = ?", (number,))
    return row is not None and row[0] in {"doubtful", "delivered"} and row[1] == meaning


def _delivered(store: Store, number: str) -> bool:
    return bool(store.value("SELECT state FROM deliveries WHERE id = ?", (number,)) == "delivered")


def _audit(store: Store, seq: str, digest: str) -> bool:
    return audit.verify(store, Anchor(int(seq), bytes.fromhex(digest))) is None


_KEPT = {
    "store": _store,
    "file": _file,
    "piece": _piece,
    "claims": _claims,
    "consent": _consent,
    "sending": _sending,
    "delivered": _delivered,
    "audit": _audit,
}
