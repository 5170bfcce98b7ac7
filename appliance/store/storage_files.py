"""What a network's SS-MIX2 storage holds of each patient, by which number it knows them, and what was begun there.

The rows follow the storage: they change when a change is known to be carried out, or when the server was asked. A change
that was begun stands beside them until then, so that nothing is planned on what is merely believed. No file's content is
kept here. Everything happens inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import astuple, dataclass

from appliance.channels import ChannelKind
from appliance.records.codec import decode, encode
from appliance.store import deliveries
from appliance.store.db import Store
from appliance.store.deliveries import State


@dataclass(frozen=True, slots=True, order=True)
class StorageFile:
    """One file or content folder; the fields are the parts of its name (SS-MIX2 仕様書, ファイル名)."""

    root: str
    day: str
    kind: str
    order_no: str
    at: str
    department: str
    flag: str
    digest: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A change under way, or cut: `at` is its 発生日時 in ISO 8601, `parts` the paths below the root that it wrote first."""

    at: str
    digest: str
    files: tuple[StorageFile, ...]
    parts: tuple[str, ...]


# --- numbers -------------------------------------------------------------------------------------------


def number_of(store: Store, patient: int, facility: str, make: Callable[[Callable[[str], bool]], str]) -> str:
    """患者ID of a patient: the one that was given, else what `make` finds, being told which are taken."""
    known = store.value("SELECT number FROM storage_numbers WHERE patient = ?", (patient,))
    if known is not None:
        return str(known)

    def is_taken(number: str) -> bool:
        sql = "SELECT 1 FROM storage_numbers WHERE facility = ? AND number = ?"
        return store.value(sql, (facility, number)) is not None

    number = make(is_taken)
    store.insert(
        "INSERT INTO storage_numbers (patient, facility, number) VALUES (?, ?, ?)",
        (patient, facility, number),
    )
    return number


# --- files ---------------------------------------------------------------------------------------------


def held(store: Store, patient: int) -> list[StorageFile]:
    """What the storage holds of a patient, as far as it is known."""
    rows = store.rows(
        "SELECT root, day, kind, order_no, at, department, flag, digest FROM storage_files WHERE patient = ?",
        (patient,),
    )
    return [StorageFile(*row) for row in rows]


def holds_anything(store: Store, patient: int) -> bool:
    """Whether anything of a patient stands in the storage as valid, or may."""
    return bool(
        store.value(
            "SELECT EXISTS (SELECT 1 FROM storage_files WHERE patient = ?1 AND flag <> '0')"
            " OR EXISTS (SELECT 1 FROM storage_changes WHERE patient = ?1)",
            (patient,),
        )
    )


def now_holds(store: Store, patient: int, files: Iterable[StorageFile]) -> None:
    """A change was carried out, or the server was asked: this is what it holds now, and nothing is under way."""
    before, after = set(held(store, patient)), set(files)
    for one in before - after:
        store.execute(
            "DELETE FROM storage_files"
            " WHERE patient = ? AND root = ? AND day = ? AND kind = ? AND order_no = ? AND at = ?",
            (patient, one.root, one.day, one.kind, one.order_no, one.at),
        )
    store.insert_many(
        "INSERT INTO storage_files (patient, root, day, kind, order_no, at, department, flag, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(patient, *astuple(one)) for one in sorted(after - before)],
    )
    store.execute("DELETE FROM storage_changes WHERE patient = ?", (patient,))


# --- changes under way ---------------------------------------------------------------------------------


def begin(store: Store, patient: int, begun: Begun) -> None:
    """Before anything of a change goes out."""
    store.execute(
        "INSERT OR REPLACE INTO storage_changes (patient, at, digest, files, parts) VALUES (?, ?, ?, ?, ?)",
        (patient, begun.at, begun.digest, encode(begun.files), encode(begun.parts)),
    )


def begun(store: Store, patient: int) -> Begun | None:
    """The change of a patient that is not known to be whole."""
    row = store.row("SELECT at, digest, files, parts FROM storage_changes WHERE patient = ?", (patient,))
    if row is None:
        return None
    return Begun(row[0], row[1], decode(row[2], tuple[StorageFile, ...]), decode(row[3], tuple[str, ...]))


# --- deliveries ----------------------------------------------------------------------------------------


def waiting(store: Store, patient: int) -> tuple[int, ...]:
    """The patient's deliveries that a change planned now brings with it: all that are ready for the storage."""
    rows = store.rows(
        "SELECT id FROM deliveries WHERE patient = ? AND channel = ? AND state = 'ready'",
        (patient, ChannelKind.SSMIX2),
    )
    return tuple(row[0] for row in rows)


def brought(store: Store, waited: Collection[int]) -> bool:
    """A change is carried out, and with it what was ready when it was planned; whether all of that still was wanted."""
    still = [one for one in waited if deliveries.get(store, one).state is State.READY]
    for one in still:
        deliveries.move(store, one, State.DELIVERED, "")
    return len(still) == len(waited)


# --- what a storage is about ---------------------------------------------------------------------------


def documents_of(store: Store, patient: int) -> list[int]:
    """Every document of a patient that holds now, the oldest first."""
    rows = store.rows(
        "SELECT id FROM documents WHERE patient = ? AND state = 'current' ORDER BY period, id", (patient,)
    )
    return [row[0] for row in rows]
