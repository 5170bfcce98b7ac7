"""What is disposed of when its time is over, and what never is (decision 0015; architecture.md, durability rule 2).

Never anything undelivered: an arrival goes only when each of its documents was delivered, or is replaced and done with,
and nothing of them is held, waiting, doubtful, refused or taken back by a withdrawal, since a consent may come again.
Of an arrival the bytes go and the row stays, so that the same bytes are known again. The audit is never disposed of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from appliance.clock import iso
from appliance.config import RetentionConfig
from appliance.limits import RETENTION_GROUP_ROWS, RETENTION_VACUUM_PAGES
from appliance.store import access, audit, pieces
from appliance.store.audit import Event
from appliance.store.db import Store, StoreError


class ClockUntrustedError(StoreError):
    """Ages cannot be known: nothing is disposed of."""

    code = "STORE-0301"


@dataclass(frozen=True, slots=True)
class Disposal:
    """How much goes, or went: arrivals whose bytes, and how many; versions of documents; deliveries done with them."""

    arrivals: int = 0
    bytes: int = 0
    documents: int = 0
    deliveries: int = 0


# A delivery that is over for good: delivered, or never to be sent by somebody's decision or a newer version's coming.
_OVER: Final = "(o.state = 'delivered' OR (o.state = 'withdrawn' AND o.reason IN ('superseded', 'discarded', 'channel-closed')))"

_ARRIVALS: Final = f"""
SELECT a.id, a.begun, a.size_bytes FROM arrivals a
WHERE a.disposed_at IS NULL AND (a.content IS NOT NULL OR a.begun IS NOT NULL)
  AND a.state = 'understood' AND a.handled_at < :before
  AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.arrival = a.id AND (
        d.state = 'unlinked'
        OR EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id AND (NOT {_OVER} OR o.changed_at >= :before))
        OR (d.state = 'current' AND NOT EXISTS (
              SELECT 1 FROM deliveries o WHERE o.document_key = d.key AND o.state = 'delivered'))))
ORDER BY a.id
"""

# A version that another one has replaced. While the hub may hold what this one brought there, its delivery tells so.
_VERSIONS: Final = f"""
SELECT d.id FROM documents d
WHERE d.state IN ('superseded', 'removed') AND d.stored_at < :before
  AND EXISTS (SELECT 1 FROM documents n WHERE n.key = d.key AND n.id <> d.id
              AND (n.id > d.id OR n.state = 'current') AND n.stored_at < :before)
  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id AND (NOT {_OVER} OR o.changed_at >= :before))
  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id AND o.state = 'delivered' AND NOT EXISTS (
        SELECT 1 FROM deliveries l WHERE l.document_key = d.key AND l.document <> d.id AND l.channel = o.channel
        AND l.state = 'delivered' AND l.id > o.id))
ORDER BY d.id
"""

# A document that is gone: its row stays, so that an older version that comes late does not bring it back.
_GONE: Final = f"""
SELECT d.id FROM documents d
WHERE d.state = 'removed' AND d.stored_at < :before AND EXISTS (SELECT 1 FROM records r WHERE r.document = d.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id AND (NOT {_OVER} OR o.changed_at >= :before))
ORDER BY d.id
"""


def due(store: Store, policy: RetentionConfig) -> Disposal:
    """What `dispose` would dispose of now. Raises ClockUntrustedError."""
    _require_clock(store)
    arrivals = store.rows(_ARRIVALS, {"before": _before(store, policy.bytes_d)})
    before = {"before": _before(store, policy.versions_d)}
    versions = {row[0] for row in store.rows(_VERSIONS, before)}
    gone = {row[0] for row in store.rows(_GONE, before)}
    return Disposal(
        len(arrivals),
        sum(row[2] for row in arrivals),
        len(versions | gone),
        _deliveries_of(store, sorted(versions)),
    )


def dispose(store: Store, policy: RetentionConfig) -> Disposal:
    """Dispose of what is due, in transactions of limits.RETENTION_GROUP_ROWS, each with its own audit row.

    What was freed is overwritten in the file (secure_delete) and given back. Raises ClockUntrustedError.
    """
    _require_clock(store)
    store.pragma("secure_delete = ON")
    total = Disposal()
    for group in (_some_arrivals, _some_versions, _some_gone):
        while (gone := group(store, policy)) != Disposal():
            total = _sum(total, gone)
    if total != Disposal():
        _give_back(store)
    return total


def _some_arrivals(store: Store, policy: RetentionConfig) -> Disposal:
    before = _before(store, policy.bytes_d)
    with store.transaction():
        rows = store.rows(f"{_ARRIVALS} LIMIT {RETENTION_GROUP_ROWS}", {"before": before})
        for arrival, begun, _ in rows:
            if begun is not None:
                pieces.drop(store, begun)
            store.execute(
                "UPDATE arrivals SET content = NULL, begun = NULL, name = '', disposed_at = ? WHERE id = ?",
                (store.now(), arrival),
            )
        gone = Disposal(arrivals=len(rows), bytes=sum(row[2] for row in rows))
        _write_down(store, gone, before)
    return gone


def _some_versions(store: Store, policy: RetentionConfig) -> Disposal:
    before = _before(store, policy.versions_d)
    with store.transaction():
        rows = store.rows(f"{_VERSIONS} LIMIT {RETENTION_GROUP_ROWS}", {"before": before})
        deliveries = 0
        for (document,) in rows:
            store.execute("DELETE FROM records WHERE document = ?", (document,))
            deliveries += store.execute("DELETE FROM deliveries WHERE document = ?", (document,))
            store.execute("DELETE FROM documents WHERE id = ?", (document,))
        gone = Disposal(documents=len(rows), deliveries=deliveries)
        _write_down(store, gone, before)
    return gone


def _some_gone(store: Store, policy: RetentionConfig) -> Disposal:
    before = _before(store, policy.versions_d)
    with store.transaction():
        rows = store.rows(f"{_GONE} LIMIT {RETENTION_GROUP_ROWS}", {"before": before})
        for (document,) in rows:
            store.execute("DELETE FROM records WHERE document = ?", (document,))
        gone = Disposal(documents=len(rows))
        _write_down(store, gone, before)
    return gone


def _write_down(store: Store, gone: Disposal, before: str) -> None:
    if gone != Disposal():
        audit.append(
            store,
            Event.DATA_DISPOSED,
            arrivals=gone.arrivals,
            bytes=gone.bytes,
            documents=gone.documents,
            deliveries=gone.deliveries,
            before=before,
        )


def _give_back(store: Store) -> None:
    """Freed pages go back to the file system, a few at a time; a store made without incremental vacuum reuses them."""
    left = int(store.value("PRAGMA freelist_count"))
    while left:
        store.pragma(f"incremental_vacuum({RETENTION_VACUUM_PAGES})")
        now = int(store.value("PRAGMA freelist_count"))
        if now >= left:
            break
        left = now
    store.pragma("wal_checkpoint(PASSIVE)")


def _deliveries_of(store: Store, documents: list[int]) -> int:
    return sum(
        int(store.value("SELECT count(*) FROM deliveries WHERE document = ?", (document,)))
        for document in documents
    )


def _before(store: Store, days: int) -> str:
    return iso(store.clock.now() - timedelta(days=days))


def _require_clock(store: Store) -> None:
    if not access.clock_is_trusted(store):
        raise ClockUntrustedError(
            "時計が合っていないため、整理できません。",
            "The clock cannot be trusted: nothing is disposed of.",
            hint_ja="回線をつなぎ、時刻が合ってからもう一度実行してください。",
            hint_en="Connect the line, wait for the time, and try again.",
        )


def _sum(one: Disposal, other: Disposal) -> Disposal:
    return Disposal(
        one.arrivals + other.arrivals,
        one.bytes + other.bytes,
        one.documents + other.documents,
        one.deliveries + other.deliveries,
    )
