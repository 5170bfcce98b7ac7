"""The audit: who did what with whose data, one row each, in a chain of hashes.

Row n's hash is SHA-256 over row n-1's hash, n, and the row's content as canonical JSON; so a changed or missing row
breaks the chain where it stands. A tail cut off, or a chain written anew from some row on, is found against anchors:
signed ones inside the chain (`audit_anchor`), and those kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
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
    DELIVERY_SENT = "delivery-sent"
    DELIVERY_REFUSED = "delivery-refused"
    ARRIVAL_RETRIED = "arrival-retried"
    STORE_RESTORED = "store-restored"
    STORE_RECOVERED = "store-recovered"
    DATA_DISPOSED = "data-disposed"
    # keys
    STORE_REKEYED = "store-rekeyed"
    STORE_KEY_RECOVERED = "store-key-recovered"
    BOX_RETIRED = "box-retired"
    SERVICE_STARTED = "service-started"
    SERVICE_STOPPED = "service-stopped"
    CONFIGURATION_CHANGED = "configuration-changed"
    AUDIT_ANCHORED = "audit-anchored"
    AUDIT_EXPORTED = "audit-exported"
    AUDIT_CHAIN_CHANGED = "audit-chain-changed"


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
    """One audit row; `body` is what the event says beside who and whose, `hash` the chain's at this row."""

    seq: int
    at: str
    trusted: bool
    event: str
    staff: int | None
    patient: int | None
    body: dict[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some time, kept where nobody at the box can change it."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first row that is not what was written: its number, and what is wrong with it.

    `since` is the first row that may be bad as well: a chain written anew is found where it meets an anchor, and may
    have been changed anywhere after the anchor before.
    """

    seq: int
    ja: str
    en: str
    since: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", self.since or self.seq)


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk along the chain found: how many rows hold, up to which row an anchor vouches for them, and since when."""

    rows: int
    anchored: int
    anchored_at: str
    last_at: str
    broken: Break | None


def append(
    store: Store, event: Event, *, staff: int | None = None, patient: int | None = None, **body: Any
) -> int:
    """Write one row inside the caller's transaction; its number. `body` is anything JSON can hold."""
    last = store.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, before = (int(last[0]) + 1, bytes(last[1])) if last else (1, GENESIS)
    at, trusted, text = store.now(), int(store.clock.trusted()), canonical(body)
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


Vouch = Callable[[Entry, Anchor], Break | None]
"""What is wrong with an anchor row, given the end of the chain before it."""


def verify(store: Store, kept: Anchor | None = None) -> Break | None:
    """Walk the whole chain; the first bad row, or None. With `kept`, a chain that ends before it is found as well."""
    return walk(store, [kept] if kept is not None else []).broken


def walk(
    store: Store,
    kept: Collection[Anchor] = (),
    *,
    vouch: Vouch | None = None,
    passed: Callable[[int], None] = lambda _row: None,
) -> Walk:
    """Walk the whole chain, a page at a time, up to the first bad row.

    `kept` are anchors from elsewhere, `vouch` judges those inside the chain, `passed` is told each page's last row.
    """
    elsewhere = {anchor.seq: anchor.hash for anchor in kept}
    so_far, before = Walk(0, 0, "", "", None), GENESIS
    for row in _pages(store, f"{_CONTENT}, hash", after=0):
        broken = _fault(row, so_far, before, elsewhere, vouch)
        if broken is not None:
            return replace(so_far, broken=broken)
        seq, at, found = row[0], row[1], bytes(row[-1])
        so_far = replace(so_far, rows=seq, last_at=at)
        if row[3] == Event.AUDIT_ANCHORED and vouch is not None:
            so_far = replace(so_far, anchored=seq - 1, anchored_at=at)
        if seq in elsewhere:
            so_far = replace(so_far, anchored=seq, anchored_at=at)
        before = found
        if seq % AUDIT_PAGE_ROWS == 0:
            passed(seq)
    beyond = [seq for seq in elsewhere if seq > so_far.rows]
    if beyond:
        gone = so_far.rows + 1
        broken = Break(gone, "この行から後が失われています。", "This row and those after it are gone.")
        return replace(so_far, broken=broken)
    return so_far


def _fault(
    row: Row, so_far: Walk, before: bytes, elsewhere: dict[int, bytes], vouch: Vouch | None
) -> Break | None:
    expected = so_far.rows + 1
    if row[0] != expected:
        return Break(expected, "この行がありません。", "This row is missing.")
    if _hash(before, row[:-1]) != bytes(row[-1]):
        return Break(expected, "この行か、その前の行の後に手が加わっています。", "This row has been changed.")
    if elsewhere.get(expected, bytes(row[-1])) != bytes(row[-1]):
        return Break(
            expected,
            "控えと合いません。記録が書き直されています。",
            "The chain was rewritten up to here.",
            since=so_far.anchored + 1,
        )
    if row[3] == Event.AUDIT_ANCHORED and vouch is not None:
        wrong = vouch(_entry(row), Anchor(so_far.rows, before))
        return replace(wrong, since=so_far.anchored + 1) if wrong is not None else None
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


def following(store: Store, after: int, limit: int) -> list[Entry]:
    """The next rows after number `after`, at most so many."""
    rows = store.rows(f"SELECT {_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_entry(row) for row in rows]


def entry(store: Store, seq: int) -> Entry | None:
    """One row by its number."""
    row = store.row(f"SELECT {_COLUMNS} FROM audit WHERE seq = ?", (seq,))
    return _entry(row) if row else None


def last_anchored(store: Store) -> Entry | None:
    """The newest anchor row."""
    row = store.row(f"SELECT {_COLUMNS} FROM audit WHERE event = 'audit-anchored' ORDER BY seq DESC LIMIT 1")
    return _entry(row) if row else None


def _pages(store: Store, columns: str, after: int) -> Iterator[Row]:
    """The rows after a number, a page at a time: the audit is never held in memory as a whole."""
    while page := store.rows(
        f"SELECT {columns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, AUDIT_PAGE_ROWS)
    ):
        yield from page
        after = page[-1][0]


_CONTENT = "seq, at, trusted, event, staff, patient, body"
"""What the hash of a row is over, in its order."""
_COLUMNS = f"{_CONTENT}, hash"


def _entry(row: Row) -> Entry:
    return Entry(row[0], row[1], bool(row[2]), row[3], row[4], row[5], json.loads(row[6]), bytes(row[7]))


def canonical(value: object) -> str:
    """JSON in the one form that is hashed and signed: sorted keys, no spaces. Raises AuditError."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AuditError(
            "監査記録に書けない値です。", "This value cannot be written into the audit."
        ) from error


def _hash(before: bytes, row: Row) -> bytes:
    return hashlib.sha256(before + str(row[0]).encode() + b"\n" + canonical(row[1:]).encode()).digest()
