"""The audit: who did what with whose data, one row each, in a chain of hashes.

Row n's hash is SHA-256 over row n-1's hash, n, and the row's content as canonical JSON; so a changed or missing row
breaks the chain where it stands. A tail cut off is found against an `Anchor` kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.errors import Audience, RenkeiError
from appliance.limits import AUDIT_PAGE_ROWS
from appliance.store.db import Row, Store


class Event(StrEnum):
    """Every event that is audited: the one list."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    STAFF_LOCKED = "staff-locked"
    SIGNED_OUT = "signed-out"
    SESSION_ENDED = "session-ended"
    STAFF_ADDED = "staff-added"
    STAFF_REMOVED = "staff-removed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an event
    PATIENTS_SEARCHED = "patients-searched"
    PATIENT_SHOWN = "patient-shown"
    NETWORK_VIEWED = "network-viewed"
    DOCUMENT_OPENED = "document-opened"
    NETWORK_SEARCHED = "network-searched"
    ACCESS_HISTORY_SHOWN = "access-history-shown"
    WORK_LIST_SHOWN = "work-list-shown"
    CONSENT_SIGNED = "consent-signed"
    CONSENT_APPROVED = "consent-approved"
    CONSENT_REJECTED = "consent-rejected"
    CONSENT_DECLINED = "consent-declined"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONSENT_SUSPENDED = "consent-suspended"
    CONSENT_RESUMED = "consent-resumed"
    CONSENT_SUPERSEDED = "consent-superseded"
    CONSENT_EXPIRED = "consent-expired"
    CONSENT_PAPER_SHOWN = "consent-paper-shown"
    COPY_HANDED = "copy-handed"
    COPY_DECLINED = "copy-declined"
    DELIVERY_REPLAYED = "delivery-replayed"
    DELIVERY_DISCARDED = "delivery-discarded"
    ARRIVAL_RETRIED = "arrival-retried"
    # keys
    STORE_REKEYED = "store-rekeyed"
    STORE_KEY_RECOVERED = "store-key-recovered"
    BOX_RETIRED = "box-retired"


VIEWS: Final = frozenset({Event.PATIENT_SHOWN, Event.NETWORK_VIEWED, Event.DOCUMENT_OPENED})
"""The events that a patient's access history lists: somebody saw clinical data."""

GENESIS: Final = hashlib.sha256(b"renkei audit chain").digest()
"""What stands for the hash before row 1."""


class AuditError(RenkeiError):
    """The audit was given something that it cannot write down."""

    code = "AUDIT-0001"
    audience = Audience.MAINTAINER


@dataclass(frozen=True, slots=True)
class Entry:
    """One audit row; `body` is what the event says beside who and whose."""

    seq: int
    at: str
    trusted: bool
    event: str
    staff: int | None
    patient: int | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some time, kept where nobody at the box can change it."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first row that is not what was written: its number, and what is wrong with it."""

    seq: int
    ja: str
    en: str


def append(
    store: Store, event: Event, *, staff: int | None = None, patient: int | None = None, **body: Any
) -> int:
    """Write one row inside the caller's transaction; its number. `body` is anything JSON can hold."""
    last = store.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, before = (int(last[0]) + 1, bytes(last[1])) if last else (1, GENESIS)
    at, trusted, text = store.now(), int(store.clock.trusted()), _canonical(body)
    row = (seq, at, trusted, event.value, staff, patient, text)
    store.execute(
        "INSERT INTO audit (seq, at, trusted, event, staff, patient, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, _hash(before, row)),
    )
    return seq


def anchor(store: Store) -> Anchor:
    """The end of the chain now; before the first row it is number 0."""
    last = store.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Anchor(int(last[0]), bytes(last[1])) if last else Anchor(0, GENESIS)


def verify(store: Store, kept: Anchor | None = None) -> Break | None:
    """Walk the whole chain; the first bad row, or None. With `kept`, a chain that ends before it is found as well."""
    expected, before = 1, GENESIS
    for *row, found in _pages(store, f"{_COLUMNS}, hash", after=0):
        if row[0] != expected:
            return Break(expected, "この行がありません。", "This row is missing.")
        if _hash(before, tuple(row)) != bytes(found):
            return Break(
                expected, "この行か、その前の行の後に手が加わっています。", "This row has been changed."
            )
        if kept is not None and kept.seq == expected and kept.hash != bytes(found):
            return Break(
                expected,
                "控えと合いません。記録が書き直されています。",
                "The chain was rewritten up to here.",
            )
        expected, before = expected + 1, bytes(found)
    if kept is not None and kept.seq >= expected:
        return Break(expected, "この行から後が失われています。", "This row and those after it are gone.")
    return None


def of_patient(store: Store, patient: int, events: frozenset[Event], limit: int) -> list[Entry]:
    """A patient's rows of these events, newest first."""
    marks = ", ".join("?" * len(events))
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE patient = ? AND event IN ({marks}) ORDER BY seq DESC LIMIT ?",
        (patient, *sorted(events), limit),
    )
    return [_entry(row) for row in rows]


def entries(store: Store, *, after: int = 0) -> Iterator[Entry]:
    """Every row after number `after`, in order, for an export."""
    for row in _pages(store, _COLUMNS, after):
        yield _entry(row)


def _pages(store: Store, columns: str, after: int) -> Iterator[Row]:
    """The rows after a number, a page at a time: the audit is never held in memory as a whole."""
    while page := store.rows(
        f"SELECT {columns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, AUDIT_PAGE_ROWS)
    ):
        yield from page
        after = page[-1][0]


_COLUMNS = "seq, at, trusted, event, staff, patient, body"


def _entry(row: Row) -> Entry:
    return Entry(row[0], row[1], bool(row[2]), row[3], row[4], row[5], json.loads(row[6]))


def _canonical(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AuditError(
            "監査記録に書けない値です。", "This value cannot be written into the audit."
        ) from error


def _hash(before: bytes, row: Row) -> bytes:
    return hashlib.sha256(before + str(row[0]).encode() + b"\n" + _canonical(row[1:]).encode()).digest()
