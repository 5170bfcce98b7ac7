"""The dispatcher's side of deliveries: taking them in groups that go out together, and writing down how each ended.

Every function here is a transaction, or part of the one its caller has open. What comes back late, of a lease that is
over, changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from appliance.channels import ChannelKind
from appliance.clock import iso
from appliance.consent.decision import Decision, Reason
from appliance.consent.rules import Rules
from appliance.limits import DELIVERY_NEW_FOR_S
from appliance.store.access import Gate, Wanted
from appliance.store.db import Row, Store
from appliance.store.deliveries import MASS_REMOVAL, SUPERSEDED, Claimed, Kind, Priority, State, move
from appliance.store.owing import ask_provide, placed, wanted_by

_CLAIM_COLUMNS = "id, kind, channel, facility, patient, document, document_key, consent, attempts, digest"

_NEXT = """
SELECT d.id, d.kind, d.channel, d.facility, d.patient, d.document, d.document_key, d.consent, d.attempts, d.digest,
       d.priority
FROM deliveries d
WHERE d.state = 'ready' AND d.channel = :channel AND d.not_before <= :now
  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.patient = d.patient AND e.channel = d.channel
                  AND e.state IN ('claimed', 'doubtful') AND (d.kind <> 'consent' OR e.kind = 'consent'))
  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.patient = d.patient AND e.channel = d.channel
                  AND e.state = 'ready' AND (e.priority, e.id) < (d.priority, d.id) AND e.not_before > :now)
ORDER BY d.priority, d.id LIMIT :limit
"""

_DATA = (Priority.NEW, Priority.BACKFILL)
_COMPANY: dict[Priority, tuple[Priority, ...]] = {
    Priority.IDENTITY: (Priority.IDENTITY,),
    Priority.NEW: _DATA,
    Priority.BACKFILL: _DATA,
}
"""What may go out together: people with people, data with data. Anything else goes alone."""


_HELD_GROUPS_MAX = 4
"""Groups of which PROVIDE refuses everything that are put to held in one claim; the store is not kept for longer."""


def claim(
    store: Store, rules: Rules, *, limit: int, lease_s: float, channel: ChannelKind = ChannelKind.FHIR
) -> list[Claimed]:
    """Take the next deliveries that may go out together, up to `limit`, each with PROVIDE asked anew.

    What PROVIDE now refuses is put back to held. Order is kept per patient: a patient's deliveries are taken in theirs,
    none while an earlier claim of the patient is out, and nothing overtakes what is being retried.
    """
    with _whole(store):
        gate = Gate(store, rules)
        now = store.clock.now()
        lease = iso(now + timedelta(seconds=lease_s))
        for _ in range(_HELD_GROUPS_MAX):
            rows = _alike(store.rows(_NEXT, {"now": iso(now), "limit": limit, "channel": channel}))
            taken: list[Claimed] = []
            for row in rows:
                allowed = _allowed_or_held(store, gate, row)
                if allowed is None:
                    continue
                taken.append(_claimed(row, allowed, attempts_more=1))
            store.change_many(
                "UPDATE deliveries SET state = 'claimed', reason = '', lease_until = ?, attempts = attempts + 1,"
                " digest = '', changed_at = ? WHERE id = ?",
                [(lease, iso(now), one.id) for one in taken],
            )
            if taken or not rows:
                return taken
    return []


def _whole(store: Store) -> AbstractContextManager[object]:
    return nullcontext() if store.in_transaction else store.transaction()


def _alike(rows: list[Row]) -> list[Row]:
    """The first, and those after it that may go with it."""
    if not rows:
        return rows
    together = _COMPANY.get(Priority(rows[0][-1]), ())
    return [row for row in rows if row[-1] in together] or rows[:1]


def as_if_claimed(store: Store, rules: Rules, delivery: int) -> tuple[Claimed, State, str]:
    """What a claim would take now, and where PROVIDE would put the delivery. Raises KeyError: there is none such."""
    rows = store.rows(f"SELECT {_CLAIM_COLUMNS} FROM deliveries WHERE id = ?", (delivery,))
    if not rows:
        raise KeyError(delivery)
    one = _claimed(rows[0], frozenset())
    if one.kind in (Kind.CONSENT, Kind.AUDIT) or one.patient is None:
        return one, State.READY, ""
    wanted = wanted_by(store, one.kind, one.document)
    decisions = Gate(store, rules).decide(one.patient, one.facility, wanted)
    return replace(one, allowed=_permitted(decisions)), *placed(decisions)


def put_back(store: Store, unsent: Iterable[Claimed]) -> None:
    """What was claimed and found no room in its group: ready again, as if never taken."""
    with _whole(store):
        for one in unsent:
            store.execute("UPDATE deliveries SET attempts = attempts - 1 WHERE id = ?", (one.id,))
            if not _not_owed(store, one):
                move(store, one.id, State.READY, "")


def grow_old(store: Store) -> int:
    """What has waited long is back-fill: it gives way to what is new. How many deliveries that were."""
    with _whole(store):
        old = store.clock.now() - timedelta(seconds=DELIVERY_NEW_FOR_S)
        return store.execute(
            "UPDATE deliveries SET priority = ? WHERE state IN ('ready', 'held') AND priority = ? AND created_at < ?",
            (Priority.BACKFILL, Priority.NEW, iso(old)),
        )


def held_patients(store: Store) -> list[int]:
    """Every patient who has consented and has something held."""
    rows = store.rows(
        "SELECT DISTINCT d.patient FROM deliveries d JOIN consents c ON c.patient = d.patient AND c.state = 'active'"
        " WHERE d.state = 'held' AND d.reason <> ? ORDER BY d.patient",
        (MASS_REMOVAL,),
    )
    return [row[0] for row in rows]


def reconsider_patients(store: Store, rules: Rules, patients: Iterable[int]) -> int:
    """Ask PROVIDE again for what is held of these patients; how many deliveries moved."""
    with _whole(store):
        return sum(ask_provide(store, rules, patient) for patient in patients)


def _allowed_or_held(store: Store, gate: Gate, row: Row) -> frozenset[Wanted] | None:
    delivery, kind, _, facility, patient, document = row[:6]
    if kind in (Kind.CONSENT, Kind.AUDIT):
        return frozenset()
    decisions = gate.decide(patient, facility, wanted_by(store, Kind(kind), document))
    state, reason = placed(decisions)
    if state is not State.READY:
        move(store, delivery, state, reason)
        return None
    return _permitted(decisions)


def _permitted(decisions: Mapping[Wanted, Decision]) -> frozenset[Wanted]:
    return frozenset(wanted for wanted, decision in decisions.items() if decision.permits)


def about_to_send(store: Store, digests: Iterable[tuple[int, str]]) -> None:
    """Write down what is about to go out, as (delivery, digest): if interrupted it is doubtful, not merely unsent."""
    with _whole(store):
        store.change_many(
            "UPDATE deliveries SET digest = ? WHERE id = ? AND state = 'claimed'",
            [(digest, delivery) for delivery, digest in digests],
        )


def delivered(store: Store, done: Claimed, took: Callable[[], None] = lambda: None) -> None:
    """The other side has it; `took` writes down what it now holds, in the same transaction."""
    with _whole(store):
        if _still(store, done):
            move(store, done.id, State.DELIVERED, "")
            took()


def retry(store: Store, failed: Claimed, reason: str, not_before: datetime) -> None:
    """Surely nothing happened at the other side: again later, unless it is owed no longer."""
    with _whole(store):
        if _still(store, failed) and not _not_owed(store, failed):
            move(store, failed.id, State.READY, reason, not_before)


def doubt(store: Store, failed: Claimed, reason: str) -> None:
    """Nobody knows whether the other side has it: it is asked before anything else is done with this delivery."""
    with _whole(store):
        if _still(store, failed):
            move(store, failed.id, State.DOUBTFUL, reason)


def refused(store: Store, failed: Claimed, outcome: str, entries: Mapping[str, str] | None = None) -> None:
    """The other side said no, and why (an OperationOutcome as JSON) and to what (`entries`): kept, shown, replayable."""
    with _whole(store):
        if _still(store, failed):
            store.execute(
                "UPDATE deliveries SET outcome = ?, sent_entries = ? WHERE id = ?",
                (outcome, json.dumps(entries) if entries else "", failed.id),
            )
            if _overtaken(store, failed):
                move(store, failed.id, State.WITHDRAWN, SUPERSEDED)
            else:
                move(store, failed.id, State.REFUSED, "refused")


def not_found(store: Store, asked: Claimed, not_before: datetime | None = None) -> None:
    """A doubtful delivery never arrived: ready again, unless it is owed no longer."""
    with _whole(store):
        if _still(store, asked) and not _not_owed(store, asked):
            move(store, asked.id, State.READY, "", not_before)


def _still(store: Store, one: Claimed) -> bool:
    """Whether this is still the attempt under way: nobody has ended its lease or taken it anew."""
    found = store.row("SELECT attempts, state FROM deliveries WHERE id = ?", (one.id,))
    return found is not None and found[0] == one.attempts and found[1] in (State.CLAIMED, State.DOUBTFUL)


def expire(store: Store) -> int:
    """End the leases that are over: what may have been sent is doubtful. How many there were."""
    over = "lease_until < :now"
    if not store.rows(
        f"SELECT 1 FROM deliveries WHERE state = 'claimed' AND {over} LIMIT 1", {"now": store.now()}
    ):
        return 0
    with _whole(store):
        return _end_claims(store, over)


def sweep(store: Store) -> int:
    """At start: what a dead run had claimed is doubtful if it may have been sent, else ready. How many there were."""
    with _whole(store):
        return _end_claims(store, "1")


def _end_claims(store: Store, which: str) -> int:
    now = {"now": store.now()}
    rows = store.rows(f"SELECT {_CLAIM_COLUMNS} FROM deliveries WHERE state = 'claimed' AND {which}", now)
    for row in rows:
        one = _claimed(row, frozenset())
        if one.digest:
            move(store, one.id, State.DOUBTFUL, "interrupted")
        elif not _not_owed(store, one):
            move(store, one.id, State.READY, "")
    return len(rows)


def doubtful(store: Store, limit: int, channel: ChannelKind = ChannelKind.FHIR) -> list[Claimed]:
    """Deliveries of a channel to ask about, oldest first."""
    rows = store.rows(
        f"SELECT {_CLAIM_COLUMNS} FROM deliveries WHERE state = 'doubtful' AND channel = ?"
        " ORDER BY priority, id LIMIT ?",
        (channel, limit),
    )
    return [_claimed(row, frozenset()) for row in rows]


def _not_owed(store: Store, one: Claimed) -> bool:
    """Whether what was claimed is owed no longer: its consent has ended, or something newer waits; then it is withdrawn."""
    if one.kind in (Kind.CONSENT, Kind.AUDIT):
        return False
    if _overtaken(store, one):
        move(store, one.id, State.WITHDRAWN, SUPERSEDED)
        return True
    if store.value(
        "SELECT 1 FROM consents WHERE patient = ? AND state IN ('active', 'suspended')", (one.patient,)
    ):
        return False
    move(store, one.id, State.WITHDRAWN, Reason.NO_CONSENT)
    return True


def _overtaken(store: Store, one: Claimed) -> bool:
    """Whether a newer delivery of the same document waits: whatever goes out after it would undo it."""
    return bool(
        one.document_key
        and store.value(
            "SELECT 1 FROM deliveries WHERE document_key = ? AND channel = ? AND id > ? AND state IN ('held', 'ready')"
            " LIMIT 1",
            (one.document_key, one.channel, one.id),
        )
    )


def _claimed(row: Row, allowed: frozenset[Wanted], attempts_more: int = 0) -> Claimed:
    number, kind, channel, facility, patient, document, key, consent, attempts, digest = row[:10]
    return Claimed(
        number,
        Kind(kind),
        ChannelKind(channel),
        facility,
        patient,
        document,
        key,
        consent,
        attempts + attempts_more,
        digest,
        allowed,
    )
