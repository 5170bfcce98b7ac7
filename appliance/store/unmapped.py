"""Codings that travel as they are, because no master maps them: counted per code, for status and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.codes.counts import Miss
from appliance.store.db import Store


@dataclass(frozen=True, slots=True)
class Unmapped:
    """One code that could not be mapped, why, and how often it came."""

    system: str
    code: str
    reason: str
    count: int
    last_seen: str


def add(store: Store, misses: Mapping[Miss, int]) -> None:
    """Count what one arrival brought, inside its last transaction."""
    now = store.now()
    totals: dict[tuple[str, str, str], int] = {}
    for miss, count in misses.items():
        key = (miss.system, miss.code, miss.reason.value)
        totals[key] = totals.get(key, 0) + count
    store.insert_many(
        "INSERT INTO unmapped_codings (system, code, reason, count, last_seen) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (system, code, reason) DO UPDATE SET count = count + excluded.count, last_seen = excluded.last_seen",
        [(*key, count, now) for key, count in totals.items()],
    )


def listed(store: Store, limit: int) -> list[Unmapped]:
    """The codes that came most often, first."""
    rows = store.rows(
        "SELECT system, code, reason, count, last_seen FROM unmapped_codings ORDER BY count DESC, system, code LIMIT ?",
        (limit,),
    )
    return [Unmapped(*row) for row in rows]


def total(store: Store) -> int:
    """How many codings came unmapped in all."""
    return int(store.value("SELECT coalesce(sum(count), 0) FROM unmapped_codings"))
