"""From a damaged store into a new one: every row whose bytes are all there, and an account of what is lost.

The new store believes nothing that may be older than it seems (restoring.distrust); what hangs on a lost row is kept and
stays without effect: a delivery of a lost document is refused when its turn comes, an arrival with a lost piece is quarantined.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from appliance.channels import ChannelKind
from appliance.clock import Clock
from appliance.limits import SALVAGE_ROWS
from appliance.store import deliveries, numbering, store_map, swapping
from appliance.store.audit import Event
from appliance.store.channels import OPEN
from appliance.store.cipher_pages import Pages, salt_of
from appliance.store.db import Store, create_store, migrations, open_store
from appliance.store.deliveries import Kind, State
from appliance.store.restoring import distrust
from appliance.store.store_map import Table
from appliance.store.trees import Reader

RECOVERED = "recovered"
"""The reason of deliveries that were made anew because nothing told whether their documents had gone out."""


@dataclass(slots=True)
class Salvaged:
    """How many rows of each table were carried over; of how many pages and rows nothing could be read."""

    rows: dict[str, int] = field(default_factory=dict)
    unreadable_pages: int = 0
    unreadable_rows: int = 0
    dangling: int = 0
    """Rows that name a row which is lost."""
    quarantined: int = 0
    """Arrivals of which a piece is lost."""

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def pages_of(path: Path, key: bytes) -> Pages:
    """The pages of the store at `path`; the salt by its map, where that is there, since damage may have hit it."""
    known = store_map.kept(path)
    by_map = Pages(path, key, bytes.fromhex(known.salt)) if known else None
    if by_map is not None and by_map.any_sound():
        return by_map
    return Pages(path, key, salt_of(path))


def salvage(path: Path, fresh: Path, key: bytes, clock: Clock, aside: str) -> Salvaged:
    """Make a store at `fresh` of what can be read of the one at `path`, which is left as it is. `aside`: what that will be called."""
    pages = pages_of(path, key)
    known = store_map.kept(path)
    tables = store_map.found_in(pages) or (known.tables if known else {})
    newest = migrations()[-1].number
    create_store(fresh, key, clock, version=min(known.schema, newest) if known else newest).close()
    done = Salvaged()
    with open_store(fresh, key, clock, upgrade=False) as store:
        store.pragma("foreign_keys = OFF")
        reader = Reader(pages)
        for name, table in tables.items():
            done.rows[name] = _carry_over(store, name, table, reader)
        done.unreadable_rows = reader.lost_rows
        done.unreadable_pages = sum(pages[number] is None for number in range(1, pages.count + 1))
    with open_store(fresh, key, clock) as store:
        _bring_pieces(store, path, fresh)
        store.pragma("foreign_keys = OFF")
        done.dangling = len(store.rows("PRAGMA foreign_key_check"))
        _mend(store, done)
        distrust(
            store,
            Event.STORE_RECOVERED,
            aside=aside,
            rows=done.total,
            unreadable_pages=done.unreadable_pages,
            unreadable_rows=done.unreadable_rows,
            dangling=done.dangling,
            quarantined=done.quarantined,
        )
    return done


def _carry_over(store: Store, name: str, table: Table, reader: Reader) -> int:
    """A row that came already, or that no store would take, is left out."""
    columns = {str(row[1]) for row in store.rows(f'PRAGMA table_info("{name}")')}
    rows = _named(table, reader, columns)
    before = int(store.value(f'SELECT count(*) FROM "{name}"')) if columns else 0
    while columns and (group := list(islice(rows, SALVAGE_ROWS))):
        with store.transaction():
            for row in group:
                names = ", ".join(f'"{column}"' for column in row)
                marks = ", ".join("?" * len(row))
                verb = "REPLACE" if name == "meta" else "IGNORE"
                store.execute(
                    f'INSERT OR {verb} INTO "{name}" ({names}) VALUES ({marks})', list(row.values())
                )
    return int(store.value(f'SELECT count(*) FROM "{name}"')) - before if columns else 0


def _named(table: Table, reader: Reader, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each row by the names of its columns; those that were added after it was written are left to their defaults."""
    for rowid, values in reader.rows(table.tree):
        row = dict(zip(table.columns, values, strict=False))
        if table.rowid:
            row[table.rowid] = rowid
        yield {column: value for column, value in row.items() if column in columns}


def _bring_pieces(store: Store, path: Path, fresh: Path) -> None:
    """The piece files that rows name are in both places; all others stay with the damaged store."""
    source, target = swapping.beside(path, ".d"), swapping.beside(fresh, ".d")
    target.mkdir(mode=0o700, exist_ok=True)
    for (name,) in store.rows("SELECT file FROM arrival_pieces WHERE file IS NOT NULL"):
        with suppress(OSError):  # missing: told by whoever reads that piece
            os.link(source / name, target / name)


def _mend(store: Store, done: Salvaged) -> None:
    """What would be taken for whole is marked as what it is, and what nothing is known of is owed again."""
    with store.transaction():
        numbering.reserve(store)
        done.quarantined = store.execute(
            "UPDATE arrivals SET state = 'quarantined', handled_at = ? WHERE state = 'received' AND begun IS NOT NULL"
            " AND size_bytes <> (SELECT coalesce(sum(coalesce(size_bytes, length(data))), 0) FROM arrival_pieces p"
            " WHERE p.begun = arrivals.begun)",
            (store.now(),),
        )
        forgotten = store.rows(
            "SELECT d.facility, d.patient, d.id, d.key FROM documents d JOIN patients p ON p.id = d.patient"
            " WHERE d.state = 'current' AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.document = d.id)"
        )
        for facility, patient, document, key in forgotten:
            for channel in (store.meta(OPEN) or ChannelKind.FHIR).split():
                deliveries.add(
                    store,
                    Kind.PUT,
                    facility,
                    patient,
                    State.HELD,
                    RECOVERED,
                    channel=ChannelKind(channel),
                    document=document,
                    key=key,
                )
