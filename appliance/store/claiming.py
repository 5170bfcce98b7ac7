"""The worker's side of deliveries: taking them one per patient, and writing down how each ended.

Every function here is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from appliance.clock import iso
from appliance.consent.decision import Reason
from appliance.consent.rules import Rules
from appliance.store.access import Gate, Wanted
from appliance.store.db import Row, Store
from appliance.store.deliveries import MASS_REMOVAL, Claimed, Kind, State, move
from appliance.store.owing import placed, reconsider, wanted_by

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
        gate = Gate(store, rules)
        now = store.clock.now()
        lease = iso(now + timedelta(seconds=lease_s))
        for row in store.rows(_NEXT, {"now": iso(now), "limit": limit}):
            allowed = _allowed_or_held(store, gate, row)
            if allowed is None:
                continue
            store.execute(
                "UPDATE deliveries SET state = 'claimed', reason = '', lease_until = ?, attempts = attempts + 1,"
                " digest = '', changed_at = ? WHERE id = ?",
                (lease, store.now(), row[0]),
            )
            taken.append(_claimed(row, allowed))
    return taken


def reconsider_held(store: Store, rules: Rules) -> int:
    """Ask PROVIDE again for every patient who has consented and has something held (a fresh snapshot, a date reached)."""
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


def _allowed_or_held(store: Store, gate: Gate, row: Row) -> frozenset[Wanted] | None:
    delivery, kind, facility, patient, document = row[:5]
    if kind in (Kind.CONSENT, Kind.AUDIT):
        return frozenset()
    decisions = gate.decide(patient, facility, wanted_by(store, Kind(kind), document))
    state, reason = placed(decisions)
    if state is not State.READY:
        move(store, delivery, state, reason)
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
        move(store, done.id, State.DELIVERED, "")
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
            move(store, failed.id, State.READY, reason, not_before)


def doubt(store: Store, failed: Claimed, reason: str) -> None:
    """Nobody knows whether the hub has it: it is asked before anything else is done with this delivery."""
    with store.transaction():
        move(store, failed.id, State.DOUBTFUL, reason)


def refused(store: Store, failed: Claimed, outcome: str) -> None:
    """The hub said no, and why (its OperationOutcome as JSON): kept, shown, replayable."""
    with store.transaction():
        store.execute("UPDATE deliveries SET outcome = ? WHERE id = ?", (outcome, failed.id))
        move(store, failed.id, State.REFUSED, "refused")


def not_found(store: Store, asked: Claimed) -> None:
    """A doubtful delivery never arrived: ready again, unless the patient's consent has gone meanwhile."""
    with store.transaction():
        if not _consent_gone(store, asked):
            move(store, asked.id, State.READY, "")


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
                move(store, unsent.id, State.READY, "")
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
    move(store, one.id, State.WITHDRAWN, Reason.NO_CONSENT)
    return True


def _claimed(row: Row, allowed: frozenset[Wanted]) -> Claimed:
    return Claimed(row[0], Kind(row[1]), row[2], row[3], row[4], row[5], row[6], row[7], row[8], allowed)
