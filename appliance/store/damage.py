"""Opening the store for a service, whatever has become of it: a damaged one is set aside, and the box goes on with what can be read.

A wrong key is no damage: only a store whose key is proven, by its mark or by one sound page, is ever set aside.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock
from appliance.store import db, key_mark, keys, store_map, swapping
from appliance.store.db import (
    SUSPECT,
    DamagedStoreError,
    DatabaseError,
    Store,
    open_held,
    open_store,
)
from appliance.store.restoring import stamp
from appliance.store.salvage import Salvaged, pages_of, salvage

_RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Recovery:
    """That the store was recovered from a damaged one: when, how much came over, where the damaged one lies."""

    at: str
    rows: int
    unreadable_pages: int
    unreadable_rows: int
    quarantined: int
    aside: str


def open_for_service(path: Path, key: bytes, clock: Clock) -> Store:
    """`open_store`; what somebody met damage in is examined first, and replaced if it is damaged.

    Raises what `open_store` raises; DamagedStoreError only where the key is not proven.
    """
    swapping.finish(path, clock)
    if not path.is_file() or not os.access(path.parent, os.W_OK):
        return open_store(path, key, clock)  # which says what is wrong
    with swapping.one_at_a_time(path, "examining", clock):
        _look_at_log(path, key)
        if swapping.beside(path, SUSPECT).exists():
            _examine(path, key, clock)
        try:
            store = open_store(path, key, clock)
        except DamagedStoreError:
            _examine(path, key, clock)
            store = open_store(path, key, clock)
    store_map.keep(store)
    return store


def recovery(store: Store) -> Recovery | None:
    """What became of a damaged store, as long as it lies beside this one; None when there was none, or it is gone."""
    told = store.meta(_RECOVERED)
    if told is None:
        return None
    found = Recovery(**json.loads(told))
    return found if store.path.with_name(found.aside).exists() else None


def _look_at_log(path: Path, key: bytes) -> None:
    """The first who opens the store looks whether SQLite would lose committed transactions behind a damaged frame."""
    with swapping.alone_if_free(path) as free:
        log = swapping.beside(path, "-wal")
        there = free and log.is_file() and log.stat().st_size and _is_marked(path, key)
        if there and pages_of(path, key).log.is_damaged:
            swapping.beside(path, SUSPECT).touch(0o600)


def _examine(path: Path, key: bytes, clock: Clock) -> None:
    with swapping.alone(path, clock):
        _replace_unless_whole(path, key, clock)


def _replace_unless_whole(path: Path, key: bytes, clock: Clock) -> None:
    pages = pages_of(path, key)
    if not pages.log.is_damaged and _is_whole(path, key, clock):
        swapping.beside(path, SUSPECT).unlink(missing_ok=True)
        return
    if not _is_marked(path, key) and not pages.any_sound():
        raise db.damaged()
    fresh = swapping.fresh_path(path)
    at = stamp(clock)
    aside = f"{path.name}.{swapping.ASIDE}-{at}"
    done = salvage(path, fresh, key, clock, aside)
    with open_store(fresh, key, clock) as store, store.transaction():
        store.set_meta(_RECOVERED, json.dumps(_told(store, done, aside)))
    swapping.settle(fresh)
    swapping.swap_in(path, at)
    print(
        f"store: damaged, set aside as {aside}; {done.total} rows recovered, {done.unreadable_pages} pages unreadable",
        file=sys.stderr,
    )


def _is_marked(path: Path, key: bytes) -> bool:
    """Whether the key is known to be this store's: then what cannot be read is damaged."""
    return keys.fingerprint(key) in key_mark.read(path)


def _told(store: Store, done: Salvaged, aside: str) -> dict[str, object]:
    return {
        "at": store.now(),
        "rows": done.total,
        "unreadable_pages": done.unreadable_pages,
        "unreadable_rows": done.unreadable_rows,
        "quarantined": done.quarantined,
        "aside": aside,
    }


def _is_whole(path: Path, key: bytes, clock: Clock) -> bool:
    try:
        with open_held(path, key, clock) as store:
            return not store.integrity_findings()
    except (DamagedStoreError, DatabaseError) as error:
        if isinstance(error, DamagedStoreError) or db.tells_of_damage(error):
            return False
        raise
