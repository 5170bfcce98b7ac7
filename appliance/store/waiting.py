"""What waits for a person: consents, copies, files, documents and deliveries, as rows for the work list and status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.store.db import Store
from appliance.store.deliveries import MASS_REMOVAL


class Waiting(StrEnum):
    """The kinds of things that wait for staff: the one list."""

    CONSENT_PENDING = "consent-pending"
    COPY_OWED = "copy-owed"
    FILE_QUARANTINED = "file-quarantined"
    DOCUMENT_UNLINKED = "document-unlinked"
    DELIVERY_REFUSED = "delivery-refused"
    REMOVAL_HELD = "removal-held"


@dataclass(frozen=True, slots=True)
class WaitingThing:
    """One of them: its row's id, since when, whom it is about where that is known, and a word about it."""

    kind: Waiting
    ref: int
    since: str
    patient: int | None
    about: str


_QUERIES: Final = {
    Waiting.CONSENT_PENDING: (
        "SELECT id, signed_at, patient, '' FROM consents WHERE facility = ?1 AND state = 'pending'"
    ),
    Waiting.COPY_OWED: (
        "SELECT id, changed_at, patient, state FROM consents WHERE facility = ?1 AND copy_state = 'owed'"
        " AND state IN ('active', 'suspended', 'withdrawn', 'rejected', 'refused')"
    ),
    Waiting.FILE_QUARANTINED: (
        "SELECT id, taken_at, NULL, state FROM arrivals"
        " WHERE facility = ?1 AND state IN ('quarantined', 'partly')"
    ),
    Waiting.DOCUMENT_UNLINKED: (
        "SELECT id, stored_at, NULL, period FROM documents WHERE facility = ?1 AND state = 'unlinked'"
    ),
    Waiting.DELIVERY_REFUSED: (
        "SELECT id, changed_at, patient, kind FROM deliveries WHERE facility = ?1 AND state = 'refused'"
    ),
    Waiting.REMOVAL_HELD: (
        "SELECT id, created_at, patient, '' FROM deliveries"
        f" WHERE facility = ?1 AND state = 'held' AND reason = '{MASS_REMOVAL}'"
    ),
}


def listed(store: Store, kind: Waiting, facility: str, limit: int) -> list[WaitingThing]:
    """The things of one kind at a facility, those that have waited longest first."""
    rows = store.rows(f"SELECT * FROM ({_QUERIES[kind]}) ORDER BY 2, 1 LIMIT ?2", (facility, limit))
    return [WaitingThing(kind, row[0], row[1], row[2], row[3]) for row in rows]


def count(store: Store, kind: Waiting, facility: str) -> int:
    return int(store.value(f"SELECT count(*) FROM ({_QUERIES[kind]})", (facility,)))
