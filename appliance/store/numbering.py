"""Numbers of lost rows are never given again: what still names them would then be about somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from appliance.store.db import Store


@dataclass(frozen=True, slots=True)
class Named:
    """A table whose rows others name: where, and what a row that only keeps a number has to say of itself."""

    table: str
    by: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]


_LOST: Final = "lost-{id}"

NAMED: Final = (
    Named(
        "patients",
        (
            ("documents", "patient"),
            ("deliveries", "patient"),
            ("consents", "patient"),
            ("patient_identities", "patient"),
            ("audit", "patient"),
            ("patients", "merged_into"),
        ),
        (("resource_id", _LOST),),
    ),
    Named(
        "arrivals",
        (("documents", "arrival"), ("arrivals", "duplicate_of")),
        (("state", "quarantined"), ("sha256", _LOST)),
    ),
    Named(
        "documents",
        (("records", "document"), ("deliveries", "document")),
        (("state", "removed"), ("key", _LOST)),
    ),
    Named(
        "consents",
        (("deliveries", "consent"), ("consent_events", "consent"), ("consents", "supersedes")),
        (
            ("resource_id", _LOST),
            ("request_id", _LOST),
            ("state", "entered-in-error"),
            ("copy_state", "declined"),
        ),
    ),
    Named(
        "staff",
        (
            ("consents", "explainer"),
            ("consent_events", "actor"),
            ("sessions", "staff"),
            ("audit", "staff"),
        ),
        (("login", _LOST), ("valid_to", "1970-01-01T00:00:00.000Z")),
    ),
)
_EMPTY: Final[dict[str, Any]] = {"INTEGER": 0, "BLOB": b"", "TEXT": ""}


def reserve(store: Store) -> int:
    """Keep every number that some row still names from being given again; how many rows that took.

    Inside a transaction, with foreign keys off. The rows that keep a number are of no facility: no list shows them.
    """
    kept = 0
    for named in NAMED:
        top = max(_highest(store, table, column) for table, column in named.by)
        if top > _highest(store, named.table, "id"):
            _keep_number(store, named, top)
            kept += 1
    begun = max(_highest(store, "arrival_pieces", "begun"), _highest(store, "arrivals", "begun"))
    store.execute("DELETE FROM sqlite_sequence WHERE name = 'begun_arrivals' AND seq < ?", (begun,))
    if not store.value("SELECT 1 FROM sqlite_sequence WHERE name = 'begun_arrivals'"):
        store.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('begun_arrivals', ?)", (begun,))
    return kept


def _highest(store: Store, table: str, column: str) -> int:
    return int(store.value(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"'))


def _keep_number(store: Store, named: Named, number: int) -> None:
    row: dict[str, Any] = {
        name: _EMPTY[kind]
        for _, name, kind, mandatory, default, _ in store.rows(f'PRAGMA table_info("{named.table}")')
        if mandatory and default is None
    }
    row |= {name: text.format(id=number) for name, text in named.values}
    row["id"] = number
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    store.execute(f'INSERT INTO "{named.table}" ({names}) VALUES ({marks})', list(row.values()))
