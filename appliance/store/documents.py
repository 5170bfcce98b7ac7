"""Documents and their records: versions, supersession, and what each change owes the hub.

Of one key at most one version is current. A newer one supersedes it; a claim file replaces its whole set (facility,
payer, 請求年月, volume), unless more than a fifth of it would vanish: then the removals wait for a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from appliance.consent.rules import Rules
from appliance.limits import SET_VANISH_MAX_SHARE
from appliance.records.administrative import Coverage, Organization, Patient
from appliance.records.classes import data_class_of, data_date_of
from appliance.records.codec import decode, decode_records, encode
from appliance.records.data_class import DataClass
from appliance.records.document import Document, Record
from appliance.records.identity import identify_records
from appliance.store import owing, patients
from appliance.store.access import Gate
from appliance.store.db import Store


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record of a stored document; `data_date` is an ISO date or None."""

    resource_id: str
    type: str
    shared: bool
    data_class: DataClass
    data_date: str | None
    record: Record


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the store holds it, with everything a delivery needs."""

    id: int
    key: str
    kind: str
    facility: str
    patient: int
    patient_resource_id: str
    patient_body: Patient
    coverages: tuple[Coverage, ...]
    period: str
    sequence: str
    organization: Organization | None
    records: tuple[StoredRecord, ...]
    arrival: int
    arrival_sha256: str
    stored_at: str


def put(store: Store, rules: Rules, arrival: int, documents: Sequence[Document]) -> int:
    """Store documents of one arrival, inside a transaction; how many were linked to a patient.

    Calling it again with documents already stored (after a crash half-way) changes nothing.
    """
    lines = [document.first_line for document in documents]
    known = {
        row[0]
        for row in store.rows(
            "SELECT first_line FROM documents WHERE arrival = ? AND first_line BETWEEN ? AND ?",
            (arrival, min(lines, default=0), max(lines, default=0)),
        )
    }
    gate = Gate(store, rules)
    return sum(
        _put_one(store, gate, arrival, document) for document in documents if document.first_line not in known
    )


def _put_one(store: Store, gate: Gate, arrival: int, document: Document) -> bool:
    before = _newest(store, document.key)
    outdated = before is not None and before.sequence > document.sequence
    if document.tombstone:
        return _bury(store, gate, arrival, document, before, outdated=outdated)
    link = patients.link(store, document)
    if link is None:
        _insert(store, arrival, document, None, "unlinked", ())
        return False
    groups = _grouped(document.records)
    if outdated:
        _insert(store, arrival, document, link.patient, "superseded", groups)
        return True
    _supersede(store, before)
    new = _insert(store, arrival, document, link.patient, "current", groups)
    if link.changed:
        owing.owe_identity(store, gate, document.facility, link.patient)
    if before is not None and before.current and before.content_hash == _content_hash(document, groups):
        owing.carry_over(store, before.id, new)
    else:
        wanted = [(group.data_class, day) for group in groups for day in group.dates]
        owing.owe_document(store, gate, document.facility, link.patient, new, document.key, wanted)
    return True


def _bury(
    store: Store, gate: Gate, arrival: int, document: Document, before: _Version | None, *, outdated: bool
) -> bool:
    """The source takes a document back. Whose it was is known from the version it takes back."""
    patient = before.patient if before else None
    _insert(store, arrival, document, patient, "superseded" if outdated else "removed", ())
    if not outdated and before is not None and patient is not None:
        _supersede(store, before)
        owing.owe_removal(store, gate, document.facility, patient, before.id, document.key)
    return patient is not None


@dataclass(frozen=True, slots=True)
class _Version:
    """The newest version of a document that is or was true."""

    id: int
    sequence: str
    content_hash: bytes
    current: bool
    patient: int | None


def _newest(store: Store, key: str) -> _Version | None:
    row = store.row(
        "SELECT id, sequence, content_hash, state = 'current', patient FROM documents"
        " WHERE key = ? AND state IN ('current', 'removed') ORDER BY sequence DESC, id DESC LIMIT 1",
        (key,),
    )
    return _Version(row[0], row[1], row[2], bool(row[3]), row[4]) if row else None


def _supersede(store: Store, before: _Version | None) -> None:
    if before is not None and before.current:
        store.execute("UPDATE documents SET state = 'superseded' WHERE id = ?", (before.id,))


def finish_sets(store: Store, rules: Rules, arrival: int) -> int:
    """Remove what an arrival's sets no longer hold, inside the arrival's last transaction; how many documents go.

    Where more than limits.SET_VANISH_MAX_SHARE of a set would vanish, the removals are held for a person instead.
    """
    gate = Gate(store, rules)
    sets = store.rows(
        "SELECT DISTINCT set_key FROM documents WHERE arrival = ? AND set_key <> ''", (arrival,)
    )
    return sum(_finish_set(store, gate, arrival, set_key) for (set_key,) in sets)


def _finish_set(store: Store, gate: Gate, arrival: int, set_key: str) -> int:
    missing = store.rows(
        "SELECT id, facility, patient, key FROM documents"
        " WHERE set_key = ? AND state = 'current' AND arrival < ? ORDER BY id",
        (set_key, arrival),
    )
    if not missing:
        return 0
    kept: int = store.value(
        "SELECT count(DISTINCT o.key) FROM documents o WHERE o.set_key = ?1 AND o.arrival < ?2 AND EXISTS"
        " (SELECT 1 FROM documents n WHERE n.key = o.key AND n.arrival = ?2)",
        (set_key, arrival),
    )
    wait = len(missing) > SET_VANISH_MAX_SHARE * (len(missing) + kept)
    for document, facility, patient, key in missing:
        if wait:
            owing.hold_removal(store, facility, patient, document, key)
        else:
            remove(store, gate, document, facility, patient, key)
    return 0 if wait else len(missing)


def remove(store: Store, gate: Gate, document: int, facility: str, patient: int, key: str) -> None:
    """A current document is no longer true: mark it removed and owe the hub its removal, inside a transaction."""
    store.execute("UPDATE documents SET state = 'removed' WHERE id = ? AND state = 'current'", (document,))
    owing.owe_removal(store, gate, facility, patient, document, key)


def count(store: Store, arrival: int) -> int:
    """How many documents of an arrival are stored."""
    return int(store.value("SELECT count(*) FROM documents WHERE arrival = ?", (arrival,)))


def unlinked_lines(store: Store, arrival: int) -> list[int]:
    """The first lines of an arrival's documents that could not be tied to one patient."""
    return [
        row[0]
        for row in store.rows(
            "SELECT first_line FROM documents WHERE arrival = ? AND state = 'unlinked' ORDER BY first_line",
            (arrival,),
        )
    ]


def load(store: Store, document: int) -> StoredDocument:
    """A stored document with its records. Raises KeyError when it is not there or belongs to no patient."""
    row = store.row(
        "SELECT d.id, d.key, d.kind, d.facility, d.patient, d.period, d.sequence, d.organization, hex(a.sha256),"
        " d.stored_at, d.arrival FROM documents d JOIN arrivals a ON a.id = d.arrival WHERE d.id = ? AND d.patient IS NOT NULL",
        (document,),
    )
    if row is None:
        raise KeyError(document)
    person = patients.load(store, row[4])
    return StoredDocument(
        id=row[0],
        key=row[1],
        kind=row[2],
        facility=row[3],
        patient=row[4],
        patient_resource_id=person.resource_id,
        patient_body=person.patient,
        coverages=person.coverages,
        period=row[5],
        sequence=row[6],
        organization=decode(row[7], Organization | None),  # type: ignore[arg-type]
        records=records(store, document, person.resource_id),
        arrival_sha256=str(row[8]).lower(),
        stored_at=row[9],
        arrival=row[10],
    )


def records(store: Store, document: int, patient_resource_id: str) -> tuple[StoredRecord, ...]:
    """The records of a document, those of one type together, in the order of its rows."""
    about = store.row("SELECT facility, key FROM documents WHERE id = ?", (document,))
    if about is None:
        raise KeyError(document)
    rows = store.rows("SELECT type, body FROM records WHERE document = ?", (document,))
    found = [record for type_name, body in rows for record in decode_records(type_name, body)]
    return tuple(
        StoredRecord(
            one.resource_id,
            type(one.record).__name__,
            one.shared,
            data_class_of(one.record),
            _iso(data_date_of(one.record)),
            one.record,
        )
        for one in identify_records(about[0], about[1], found, patient_resource_id)
    )


def organization(store: Store, facility: str) -> Organization | None:
    """A facility as its newest document describes it; None before the first."""
    found = store.value(
        "SELECT organization FROM documents WHERE facility = ? ORDER BY id DESC LIMIT 1", (facility,)
    )
    return decode(found, Organization | None) if found else None  # type: ignore[arg-type]


def hub_holds(store: Store, document_key: str) -> frozenset[tuple[str, str]]:
    """The (type, id) pairs that the hub holds of a document, as far as it has answered."""
    rows = store.rows("SELECT type, resource_id FROM hub_resources WHERE document_key = ?", (document_key,))
    return frozenset((row[0], row[1]) for row in rows)


def hub_now_holds(store: Store, document_key: str, held: Collection[tuple[str, str]]) -> None:
    """Write down what the hub holds of a document, inside a transaction."""
    store.execute("DELETE FROM hub_resources WHERE document_key = ?", (document_key,))
    store.insert_many(
        "INSERT INTO hub_resources (document_key, type, resource_id) VALUES (?, ?, ?)",
        [(document_key, kind, resource) for kind, resource in sorted(held)],
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """The records of one type and data class, ready to be written."""

    type: str
    data_class: DataClass
    dates: tuple[str | None, ...]
    body: bytes


def _grouped(records_: Sequence[Record]) -> list[_Group]:
    groups: dict[tuple[type[Record], DataClass], list[Record]] = {}
    for record in records_:
        groups.setdefault((type(record), data_class_of(record)), []).append(record)
    return [
        _Group(
            kind.__name__,
            data_class,
            tuple(map(_iso, dict.fromkeys(map(data_date_of, members)))),
            encode(members),
        )
        for (kind, data_class), members in groups.items()
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@lru_cache(maxsize=64)
def _encoded(organization: Organization | None) -> bytes:
    """The documents of one file name one institution, or a few."""
    return encode(organization)


def _content_hash(document: Document, groups: Sequence[_Group]) -> bytes:
    """Over everything the hub would get, but for the order of rows of different types."""
    whole = hashlib.sha256(f"{document.period}|{_encoded(document.organization)!r}".encode())
    for body in sorted(group.body for group in groups):
        whole.update(body)
    return whole.digest()


def _insert(
    store: Store, arrival: int, document: Document, patient: int | None, state: str, groups: Sequence[_Group]
) -> int:
    new = store.insert(
        "INSERT INTO documents (arrival, kind, key, set_key, sequence, facility, patient, state, period, points,"
        " content_hash, organization, findings, first_line, last_line, stored_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            arrival,
            document.kind.value,
            document.key,
            document.set_key,
            document.sequence,
            document.facility,
            patient,
            state,
            document.period,
            document.points,
            _content_hash(document, groups),
            _encoded(document.organization),
            encode(document.findings).decode(),
            document.first_line,
            document.last_line,
            store.now(),
        ),
    )
    store.insert_many(
        "INSERT INTO records (document, type, data_class, dates, body) VALUES (?, ?, ?, ?, ?)",
        [
            (new, group.type, group.data_class.value, encode(group.dates).decode(), group.body)
            for group in groups
        ],
    )
    return new
