"""Deliveries: what is owed to the hub, and the state machine each one goes through (architecture.md).

    held ⇄ ready → claimed → delivered | refused | doubtful | ready (retry);   doubtful → delivered | ready
    held | ready → withdrawn;   claimed | doubtful of a withdrawn patient are asked at the hub and never sent again

No payload is stored: it is made from the records when a delivery is claimed, in the same transaction that asks PROVIDE.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from appliance.clock import from_iso, iso
from appliance.consent.decision import Decision, Reason
from appliance.consent.rules import Rules
from appliance.records.data_class import DataClass
from appliance.store import access
from appliance.store.db import Row, Store

Wanted = tuple[DataClass, str | None]
"""A data class and the ISO date of the data (None: without a date): what PROVIDE is asked for."""


class Kind(StrEnum):
    """What is owed."""

    CONSENT = "consent"
    AUDIT = "audit"
    IDENTITY = "identity"
    PUT = "put"
    REPLACE = "replace"
    REMOVE = "remove"


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"
    READY = "ready"
    CLAIMED = "claimed"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Priority(IntEnum):
    """What goes first: consent and withdrawal, then audit, then who it is about, then new data, then back-fill."""

    CONSENT = 0
    AUDIT = 1
    IDENTITY = 2
    NEW = 3
    BACKFILL = 4


QUEUE = (State.READY, State.CLAIMED, State.DOUBTFUL)
"""The states that make up the queue: none of a patient's is in them when PROVIDE says no."""

SUPERSEDED = "superseded"
MASS_REMOVAL = "mass-removal"
"""Reasons of this module's own; every other reason of a held or withdrawn delivery is a word of consent.md."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery as the worker has it. `allowed`: what PROVIDE permitted when it was claimed."""

    id: int
    kind: Kind
    facility: str
    patient: int | None
    document: int | None
    document_key: str
    consent: int | None
    attempts: int
    digest: str
    allowed: frozenset[Wanted]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as lists and the command line show it; no personal data."""

    id: int
    kind: Kind
    state: State
    reason: str
    attempts: int
    created_at: str
    changed_at: str
    not_before: str
    outcome: str


# --- what is owed (inside the caller's transaction) -------------------------------------------------


def owe_document(store: Store, rules: Rules, facility: str, patient: int, document: int, key: str) -> int:
    """A new version of a document is due; what waited of older ones is withdrawn, being superseded."""
    earlier = store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE document_key = ? AND state IN ('held', 'ready')",
        (SUPERSEDED, store.now(), key),
    )
    at_hub = store.value(
        "SELECT 1 FROM deliveries WHERE document_key = ? AND state IN ('claimed', 'doubtful', 'delivered') LIMIT 1",
        (key,),
    )
    kind = Kind.REPLACE if at_hub or earlier else Kind.PUT
    return _owe(store, rules, kind, facility, patient, document, key)


def owe_removal(
    store: Store, rules: Rules, facility: str, patient: int, document: int, key: str
) -> int | None:
    """A document is gone: what waited of it is withdrawn; if the hub may hold it, its removal is due."""
    store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE document_key = ? AND state IN ('held', 'ready')",
        (SUPERSEDED, store.now(), key),
    )
    at_hub = store.value(
        "SELECT 1 FROM deliveries WHERE document_key = ? AND state IN ('claimed', 'doubtful', 'delivered') LIMIT 1",
        (key,),
    )
    return _owe(store, rules, Kind.REMOVE, facility, patient, document, key) if at_hub else None


def hold_removal(store: Store, facility: str, patient: int, document: int, key: str) -> None:
    """A removal that waits for a person: too much of a set would vanish at once."""
    known = store.value(
        "SELECT 1 FROM deliveries WHERE document = ? AND kind = 'remove' AND state = 'held'", (document,)
    )
    if not known:
        _insert(store, Kind.REMOVE, facility, patient, document, key, State.HELD, MASS_REMOVAL)


def owe_identity(store: Store, rules: Rules, facility: str, patient: int) -> int | None:
    """The network has to learn who a patient is; only with an active consent, else nothing is owed."""
    if not _decide(store, rules, facility, patient, [_identity_wanted(store)])[
        _identity_wanted(store)
    ].permits:
        return None
    waiting = store.value(
        "SELECT id FROM deliveries WHERE patient = ? AND kind = 'identity' AND state = 'ready'", (patient,)
    )
    return int(waiting) if waiting else _owe(store, rules, Kind.IDENTITY, facility, patient, None, "")


def owe_consent(store: Store, consent: int) -> int:
    """The network has to learn of a consent, or of its end; it goes ahead of everything else."""
    row = store.row("SELECT facility, patient FROM consents WHERE id = ?", (consent,))
    if row is None:
        raise KeyError(consent)
    now = store.now()
    return store.insert(
        "INSERT INTO deliveries (kind, facility, patient, consent, state, priority, not_before, created_at, changed_at)"
        " VALUES ('consent', ?, ?, ?, 'ready', ?, ?, ?, ?)",
        (row[0], row[1], consent, Priority.CONSENT, now, now, now),
    )


def carry_over(store: Store, old_document: int, new_document: int) -> None:
    """A newer version says the same: what waited for the old one now carries the new one."""
    store.execute(
        "UPDATE deliveries SET document = ? WHERE document = ? AND state IN ('held', 'ready')",
        (new_document, old_document),
    )


# --- consent's effects (inside the caller's transaction) --------------------------------------------


def release(store: Store, rules: Rules, patient: int) -> int:
    """A consent became active: the patient's identity and current documents are due; how many are ready now."""
    facility = str(store.value("SELECT facility FROM patients WHERE id = ?", (patient,)))
    owe_identity(store, rules, facility, patient)
    without = store.rows(
        "SELECT d.id, d.key FROM documents d WHERE d.patient = ? AND d.state = 'current' AND NOT EXISTS"
        " (SELECT 1 FROM deliveries o WHERE o.document = d.id AND o.state <> 'withdrawn') ORDER BY d.period, d.id",
        (patient,),
    )
    for document, key in without:
        owe_document(store, rules, facility, patient, document, key)
    reconsider(store, rules, patient)
    return int(
        store.value("SELECT count(*) FROM deliveries WHERE patient = ? AND state = 'ready'", (patient,)) or 0
    )


def withdraw_patient(store: Store, patient: int, reason: str) -> int:
    """Take everything of a patient out of the queue at once; how many deliveries that were."""
    return store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE patient = ? AND kind <> 'consent' AND state IN ('held', 'ready')",
        (reason, store.now(), patient),
    )


def reconsider(store: Store, rules: Rules, patient: int) -> int:
    """Ask PROVIDE again for a patient's held and ready deliveries, and move them to where the answer puts them."""
    rows = store.rows(
        "SELECT id, kind, facility, document, state, reason FROM deliveries"
        " WHERE patient = ? AND kind <> 'consent' AND state IN ('held', 'ready') AND reason <> ? ORDER BY id",
        (patient, MASS_REMOVAL),
    )
    changed = 0
    for delivery, kind, facility, document, state, reason in rows:
        wanted = _wanted(store, Kind(kind), document)
        new_state, new_reason = _placed(_decide(store, rules, facility, patient, wanted))
        if (new_state, new_reason) != (state, reason):
            _move(store, delivery, new_state, new_reason)
            changed += 1
    return changed


def reconsider_held(store: Store, rules: Rules) -> int:
    """Ask again for every patient with a governing consent and something held (fresh snapshot, a date reached)."""
    patients = store.rows(
        "SELECT DISTINCT d.patient FROM deliveries d JOIN consents c ON c.patient = d.patient AND c.state = 'active'"
        " WHERE d.state = 'held' AND d.reason <> ?",
        (MASS_REMOVAL,),
    )
    changed = 0
    for (patient,) in patients:
        with store.transaction():
            changed += reconsider(store, rules, patient)
    return changed


# --- the worker's side (each in a transaction of its own) -------------------------------------------

_NEXT = """
SELECT d.id, d.kind, d.facility, d.patient, d.document, d.document_key, d.consent, d.attempts, d.digest
FROM deliveries d
WHERE d.state = 'ready' AND d.not_before <= :now
  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.patient = d.patient AND e.state IN ('claimed', 'doubtful')
                  AND (d.kind <> 'consent' OR e.kind = 'consent'))
  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.patient = d.patient AND e.state = 'ready'
                  AND (e.priority, e.id) < (d.priority, d.id))
ORDER BY d.priority, d.id LIMIT :limit
"""


def claim(store: Store, rules: Rules, *, limit: int, lease_s: float) -> list[Claimed]:
    """Take up to `limit` deliveries, at most one of a patient, each with PROVIDE asked anew.

    What PROVIDE now refuses is put back to held. Order is kept per patient: nothing overtakes what is being retried.
    """
    taken: list[Claimed] = []
    with store.transaction():
        now = store.clock.now()
        lease = iso(now + timedelta(seconds=lease_s))
        for row in store.rows(_NEXT, {"now": iso(now), "limit": limit}):
            allowed = _allowed_or_held(store, rules, row)
            if allowed is None:
                continue
            store.execute(
                "UPDATE deliveries SET state = 'claimed', reason = '', lease_until = ?, attempts = attempts + 1,"
                " digest = '', changed_at = ? WHERE id = ?",
                (lease, store.now(), row[0]),
            )
            taken.append(_claimed(row, allowed))
    return taken


def _allowed_or_held(store: Store, rules: Rules, row: Row) -> frozenset[Wanted] | None:
    delivery, kind, facility, patient, document = row[:5]
    if kind in (Kind.CONSENT, Kind.AUDIT):
        return frozenset()
    decisions = _decide(store, rules, facility, patient, _wanted(store, Kind(kind), document))
    state, reason = _placed(decisions)
    if state is not State.READY:
        _move(store, delivery, state, reason)
        return None
    return frozenset(wanted for wanted, decision in decisions.items() if decision.permits)


def about_to_send(store: Store, delivery: int, digest: str) -> None:
    """Write down what is about to go out: from here on an interrupted delivery is doubtful, not merely unsent."""
    with store.transaction():
        store.execute(
            "UPDATE deliveries SET digest = ? WHERE id = ? AND state = 'claimed'", (digest, delivery)
        )


def delivered(store: Store, done: Claimed, hub_resources: Collection[tuple[str, str]]) -> None:
    """The hub has it. `hub_resources` are the (type, id) pairs it now holds of the document."""
    with store.transaction():
        _move(store, done.id, State.DELIVERED, "")
        if done.document_key:
            store.execute("DELETE FROM hub_resources WHERE document_key = ?", (done.document_key,))
            store.insert_many(
                "INSERT INTO hub_resources (document_key, type, resource_id) VALUES (?, ?, ?)",
                [(done.document_key, kind, resource) for kind, resource in sorted(hub_resources)],
            )


def retry(store: Store, failed: Claimed, reason: str, not_before: datetime) -> None:
    """Surely nothing happened at the hub: again later, unless the patient's consent has gone meanwhile."""
    with store.transaction():
        if not _consent_gone(store, failed):
            _move(store, failed.id, State.READY, reason, not_before)


def doubt(store: Store, failed: Claimed, reason: str) -> None:
    """Nobody knows whether the hub has it: it is asked before anything else is done with this delivery."""
    with store.transaction():
        _move(store, failed.id, State.DOUBTFUL, reason)


def refused(store: Store, failed: Claimed, outcome: str) -> None:
    """The hub said no, and why (its OperationOutcome as JSON): kept, shown, replayable."""
    with store.transaction():
        store.execute("UPDATE deliveries SET outcome = ? WHERE id = ?", (outcome, failed.id))
        _move(store, failed.id, State.REFUSED, "refused")


def not_found(store: Store, asked: Claimed) -> None:
    """A doubtful delivery never arrived: ready again, unless the patient's consent has gone meanwhile."""
    with store.transaction():
        if not _consent_gone(store, asked):
            _move(store, asked.id, State.READY, "")


def sweep(store: Store) -> int:
    """At start: what a dead run had claimed is doubtful if it may have been sent, else ready. How many there were."""
    with store.transaction():
        now = store.now()
        sent = store.execute(
            "UPDATE deliveries SET state = 'doubtful', reason = 'interrupted', lease_until = NULL, changed_at = ?"
            " WHERE state = 'claimed' AND digest <> ''",
            (now,),
        )
        rest = store.rows(f"SELECT {_CLAIM_COLUMNS} FROM deliveries WHERE state = 'claimed'")
        for row in rest:
            unsent = _claimed(row, frozenset())
            if not _consent_gone(store, unsent):
                _move(store, unsent.id, State.READY, "")
    return sent + len(rest)


def doubtful(store: Store, limit: int) -> list[Claimed]:
    """Deliveries to ask the hub about, oldest first."""
    rows = store.rows(
        f"SELECT {_CLAIM_COLUMNS} FROM deliveries WHERE state = 'doubtful' ORDER BY priority, id LIMIT ?",
        (limit,),
    )
    return [_claimed(row, frozenset()) for row in rows]


_CLAIM_COLUMNS = "id, kind, facility, patient, document, document_key, consent, attempts, digest"


def _consent_gone(store: Store, one: Claimed) -> bool:
    """Whether the consent under which this was claimed has ended; if so the delivery is withdrawn."""
    if one.kind in (Kind.CONSENT, Kind.AUDIT):
        return False
    if store.value(
        "SELECT 1 FROM consents WHERE patient = ? AND state IN ('active', 'suspended')", (one.patient,)
    ):
        return False
    _move(store, one.id, State.WITHDRAWN, Reason.NO_CONSENT)
    return True


# --- lists, counts, and a person's decisions --------------------------------------------------------


def counts(store: Store) -> dict[str, int]:
    """How many deliveries there are in each state (states without any are left out)."""
    return dict(store.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))


def oldest_waiting_s(store: Store) -> float:
    """The age in seconds of the oldest delivery in the queue: the first health metric; 0 when the queue is empty."""
    oldest = store.value(
        "SELECT min(created_at) FROM deliveries WHERE state IN ('ready', 'claimed', 'doubtful')"
    )
    return max(0.0, (store.clock.now() - from_iso(oldest)).total_seconds()) if oldest else 0.0


def listed(store: Store, states: Collection[State], limit: int) -> list[Delivery]:
    """Deliveries in these states, oldest first."""
    marks = ", ".join("?" * len(states))
    rows = store.rows(
        f"SELECT {_LIST_COLUMNS} FROM deliveries WHERE state IN ({marks}) ORDER BY id LIMIT ?",
        (*states, limit),
    )
    return [_delivery(row) for row in rows]


def get(store: Store, delivery: int) -> Delivery:
    """Raises KeyError when there is no such delivery."""
    row = store.row(f"SELECT {_LIST_COLUMNS} FROM deliveries WHERE id = ?", (delivery,))
    if row is None:
        raise KeyError(delivery)
    return _delivery(row)


def ask_again(store: Store, rules: Rules, delivery: int, patient: int) -> None:
    """A refused delivery is owed again: PROVIDE says whether it is ready or held; inside a transaction."""
    store.execute("UPDATE deliveries SET outcome = '' WHERE id = ?", (delivery,))
    _move(store, delivery, State.HELD, "replay")
    reconsider(store, rules, patient)


def discard(store: Store, delivery: int) -> bool:
    """A person decides that a refused or held delivery is not owed after all; inside a transaction."""
    return bool(
        store.execute(
            "UPDATE deliveries SET state = 'withdrawn', reason = 'discarded', changed_at = ?"
            " WHERE id = ? AND state IN ('refused', 'held')",
            (store.now(), delivery),
        )
    )


_LIST_COLUMNS = "id, kind, state, reason, attempts, created_at, changed_at, not_before, outcome"


# --- the parts -------------------------------------------------------------------------------------


def _wanted(store: Store, kind: Kind, document: int | None) -> list[Wanted]:
    """What a delivery carries: the classes and dates PROVIDE is asked for."""
    if kind is Kind.IDENTITY or document is None:
        return [_identity_wanted(store)]
    rows = store.rows("SELECT DISTINCT data_class, data_date FROM records WHERE document = ?", (document,))
    return [(DataClass(row[0]), row[1]) for row in rows]


def _identity_wanted(store: Store) -> Wanted:
    """Who somebody is, is said of today."""
    return DataClass.BASIC, store.clock.now().date().isoformat()


def _decide(
    store: Store, rules: Rules, facility: str, patient: int, wanted: Collection[Wanted]
) -> dict[Wanted, Decision]:
    return access.provide_decisions(store, rules, patient, facility, wanted)


def _placed(decisions: dict[Wanted, Decision]) -> tuple[State, str]:
    """Ready when anything may go (each record is then judged by its own class and date), else held with the reason."""
    if any(decision.permits for decision in decisions.values()):
        return State.READY, ""
    first = next(iter(decisions.values()), None)
    return State.HELD, first.reason.value if first else Reason.NO_CONSENT.value


def _owe(
    store: Store, rules: Rules, kind: Kind, facility: str, patient: int, document: int | None, key: str
) -> int:
    state, reason = _placed(_decide(store, rules, facility, patient, _wanted(store, kind, document)))
    return _insert(store, kind, facility, patient, document, key, state, reason)


def _insert(
    store: Store,
    kind: Kind,
    facility: str,
    patient: int,
    document: int | None,
    key: str,
    state: State,
    reason: str,
) -> int:
    now = store.now()
    priority = Priority.IDENTITY if kind is Kind.IDENTITY else Priority.NEW
    return store.insert(
        "INSERT INTO deliveries (kind, facility, patient, document, document_key, state, reason, priority, not_before,"
        " created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, facility, patient, document, key, state, reason, priority, now, now, now),
    )


def _move(store: Store, delivery: int, state: State, reason: str, not_before: datetime | None = None) -> None:
    store.execute(
        "UPDATE deliveries SET state = ?, reason = ?, lease_until = NULL, changed_at = ?,"
        " not_before = coalesce(?, not_before) WHERE id = ?",
        (state, reason, store.now(), iso(not_before) if not_before else None, delivery),
    )


def _claimed(row: Row, allowed: frozenset[Wanted]) -> Claimed:
    return Claimed(row[0], Kind(row[1]), row[2], row[3], row[4], row[5], row[6], row[7], row[8], allowed)


def _delivery(row: Row) -> Delivery:
    return Delivery(row[0], Kind(row[1]), State(row[2]), *row[3:])
