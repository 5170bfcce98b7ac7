"""What makes a delivery due, and what consent makes of it; always inside the transaction of what caused it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from appliance.channels import ChannelKind
from appliance.consent.decision import Decision, Reason
from appliance.consent.rules import Rules
from appliance.records.codec import decode
from appliance.records.data_class import DataClass
from appliance.store import storage_files
from appliance.store.access import Gate, Wanted
from appliance.store.db import Store
from appliance.store.deliveries import MASS_REMOVAL, SUPERSEDED, Kind, Priority, State, add, move


def owe_document(
    store: Store,
    gate: Gate,
    facility: str,
    patient: int,
    document: int,
    key: str,
    wanted: Collection[Wanted] = (),
) -> None:
    """A new version of a document is due by every channel; what waited of older ones is withdrawn, being superseded.

    `wanted` are the document's classes and dates where the caller has them at hand.
    """
    asked = wanted or wanted_by(store, Kind.PUT, document)
    state, reason = placed(gate.decide(patient, facility, asked))
    for channel in gate.channels:
        _owe_by(store, channel, facility, patient, document, key, state, reason, Priority.NEW)


def _owe_by(
    store: Store,
    channel: ChannelKind,
    facility: str,
    patient: int,
    document: int,
    key: str,
    state: State,
    reason: str,
    priority: Priority,
) -> None:
    earlier = store.value(
        "SELECT 1 FROM deliveries WHERE document_key = ? AND channel = ? AND state NOT IN ('refused', 'withdrawn')"
        " LIMIT 1",
        (key, channel),
    )
    _withdraw_waiting(store, key, channel)
    if channel is ChannelKind.SSMIX2:
        _owe_former_storage(store, key, patient)
    kind = Kind.REPLACE if earlier else Kind.PUT
    add(
        store,
        kind,
        facility,
        patient,
        state,
        reason,
        channel=channel,
        document=document,
        key=key,
        priority=priority,
    )


def owe_removal(store: Store, gate: Gate, facility: str, patient: int, document: int, key: str) -> None:
    """A document is gone: what waited of it is withdrawn; by each channel that may have brought it, its removal is due."""
    _withdraw_held_removal(store, key)
    for channel in gate.channels:
        _withdraw_waiting(store, key, channel)
        brought = store.value(
            "SELECT 1 FROM deliveries WHERE document_key = ? AND channel = ?"
            " AND state IN ('claimed', 'doubtful', 'delivered') LIMIT 1",
            (key, channel),
        )
        if brought:
            _owe_removal_by(store, gate, channel, facility, patient, document, key, Priority.NEW)


def _owe_removal_by(
    store: Store,
    gate: Gate,
    channel: ChannelKind,
    facility: str,
    patient: int,
    document: int,
    key: str,
    priority: Priority,
) -> None:
    state, reason = placed(gate.decide(patient, facility, wanted_by(store, Kind.REMOVE, document)))
    add(
        store,
        Kind.REMOVE,
        facility,
        patient,
        state,
        reason,
        channel=channel,
        document=document,
        key=key,
        priority=priority,
    )


def hold_removal(store: Store, facility: str, patient: int, document: int, key: str) -> None:
    """A removal that waits for a person: too much of a set would vanish at once."""
    known = store.value(
        "SELECT 1 FROM deliveries WHERE document = ? AND kind = 'remove' AND state = 'held'", (document,)
    )
    if not known:
        add(store, Kind.REMOVE, facility, patient, State.HELD, MASS_REMOVAL, document=document, key=key)


_PAUSED = frozenset({Reason.STALE, Reason.NOT_YET, Reason.NOT_PARTICIPANT, Reason.SUSPENDED})
"""Reasons that pass by themselves: what they stop is held, not dropped."""


def owe_identity(
    store: Store, gate: Gate, facility: str, patient: int, channels: Collection[ChannelKind] | None = None
) -> None:
    """The network has to learn who a patient is: with an active consent, or as soon as one is no longer paused.

    Without a consent nothing is owed.
    """
    state, reason = placed(gate.decide(patient, facility, wanted_by(store, Kind.IDENTITY, None)))
    if state is not State.READY and reason not in _PAUSED:
        return
    for channel in gate.channels if channels is None else channels:
        waiting = store.value(
            "SELECT 1 FROM deliveries WHERE patient = ? AND channel = ? AND state IN ('held', 'ready')"
            " AND kind = 'identity'",
            (patient, channel),
        )
        if not waiting:
            add(store, Kind.IDENTITY, facility, patient, state, reason, channel=channel)


def owe_consent(store: Store, consent: int) -> int:
    """The network has to learn of a consent, or of its end; it goes to the hub, ahead of everything else."""
    row = store.row("SELECT facility, patient FROM consents WHERE id = ?", (consent,))
    if row is None:
        raise KeyError(consent)
    owe_storage(store, row[1])
    return add(
        store, Kind.CONSENT, row[0], row[1], State.READY, "", consent=consent, priority=Priority.CONSENT
    )


def owe_storage(store: Store, patient: int) -> None:
    """What an SS-MIX2 storage holds of a patient has to follow their consent, whatever PROVIDE says now.

    It is a delivery of the consent's kind: ahead of data, and never held. Nothing is owed where nothing is held.
    """
    if not storage_files.holds_anything(store, patient):
        return
    waiting = store.value(
        "SELECT 1 FROM deliveries WHERE patient = ? AND channel = ? AND kind = 'consent' AND state = 'ready'",
        (patient, ChannelKind.SSMIX2),
    )
    if not waiting:
        facility = str(store.value("SELECT facility FROM patients WHERE id = ?", (patient,)))
        add(
            store,
            Kind.CONSENT,
            facility,
            patient,
            State.READY,
            "",
            channel=ChannelKind.SSMIX2,
            priority=Priority.CONSENT,
        )


def _owe_former_storage(store: Store, key: str, patient: int) -> None:
    """A storage is kept by patient: whoever a document was about before has to be kept as well."""
    former = store.rows(
        "SELECT DISTINCT patient FROM deliveries WHERE document_key = ? AND channel = ? AND patient <> ?",
        (key, ChannelKind.SSMIX2, patient),
    )
    for (one,) in former:
        owe_storage(store, one)


def carry_over(store: Store, old_document: int, new_document: int) -> None:
    """A newer version says the same: what waited for the old one now carries the new one."""
    store.execute(
        "UPDATE deliveries SET document = ? WHERE document = ? AND state IN ('held', 'ready')",
        (new_document, old_document),
    )


# --- consent's effects ------------------------------------------------------------------------------


def release(store: Store, rules: Rules, patient: int) -> int:
    """A consent became active: the patient's identity and current documents are due; how many are ready now."""
    fill(store, Gate(store, rules), patient, rules.channels)
    reconsider(store, rules, patient)
    return int(
        store.value("SELECT count(*) FROM deliveries WHERE patient = ? AND state = 'ready'", (patient,))
    )


def fill(store: Store, gate: Gate, patient: int, channels: Collection[ChannelKind]) -> None:
    """Back-fill: who somebody is, and every current document that a channel neither has nor waits for."""
    facility = str(store.value("SELECT facility FROM patients WHERE id = ?", (patient,)))
    owe_identity(store, gate, facility, patient, channels)
    for channel in channels:
        without = store.rows(
            "SELECT d.id, d.key FROM documents d WHERE d.patient = ? AND d.state = 'current' AND NOT EXISTS"
            " (SELECT 1 FROM deliveries o WHERE o.document = d.id AND o.channel = ? AND o.state <> 'withdrawn')"
            " ORDER BY d.period, d.id",
            (patient, channel),
        )
        for document, key in without:
            asked = wanted_by(store, Kind.PUT, document)
            state, reason = placed(gate.decide(patient, facility, asked))
            _owe_by(store, channel, facility, patient, document, key, state, reason, Priority.BACKFILL)
        for document, key in _held_there_in_vain(store, patient, channel):
            _owe_removal_by(store, gate, channel, facility, patient, document, key, Priority.BACKFILL)


def _held_there_in_vain(store: Store, patient: int, channel: ChannelKind) -> list[tuple[int, str]]:
    """Documents of a patient that a channel has brought and that are true no longer (their removal was withdrawn)."""
    return store.rows(
        "SELECT o.document, o.document_key FROM deliveries o WHERE o.patient = ?1 AND o.channel = ?2"
        " AND o.state IN ('claimed', 'doubtful', 'delivered') AND o.kind IN ('put', 'replace')"
        " AND NOT EXISTS (SELECT 1 FROM deliveries l WHERE l.document_key = o.document_key AND l.channel = ?2"
        "   AND l.id > o.id AND l.state <> 'withdrawn')"
        " AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.key = o.document_key AND d.state = 'current')",
        (patient, channel),
    )


def withdraw_patient(store: Store, patient: int, reason: str) -> int:
    """Take everything of a patient out of the queue at once; how many deliveries that were."""
    owe_storage(store, patient)
    return store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE patient = ? AND kind <> 'consent' AND state IN ('held', 'ready')",
        (reason, store.now(), patient),
    )


def reconsider(store: Store, rules: Rules, patient: int) -> int:
    """A patient's consent changed: what a storage holds follows it, and PROVIDE is asked again for what waits."""
    owe_storage(store, patient)
    return ask_provide(store, rules, patient)


def ask_provide(store: Store, rules: Rules, patient: int) -> int:
    """Ask PROVIDE again for a patient's held and ready deliveries, and move them to where the answer puts them."""
    gate = Gate(store, rules)
    rows = store.rows(
        "SELECT id, kind, facility, document, state, reason FROM deliveries"
        " WHERE patient = ? AND kind <> 'consent' AND state IN ('held', 'ready') AND reason <> ? ORDER BY id",
        (patient, MASS_REMOVAL),
    )
    changed = 0
    for delivery, kind, facility, document, state, reason in rows:
        new_state, new_reason = placed(gate.decide(patient, facility, wanted_by(store, Kind(kind), document)))
        if new_state != state or (new_state is State.HELD and new_reason != reason):
            move(store, delivery, new_state, new_reason)
            changed += 1
    return changed


def ask_again(store: Store, rules: Rules, delivery: int, patient: int) -> None:
    """A refused delivery is owed again: PROVIDE says whether it is ready or held; of a consent it is not asked."""
    store.execute("UPDATE deliveries SET outcome = '', attempts = 0 WHERE id = ?", (delivery,))
    if store.value("SELECT kind FROM deliveries WHERE id = ?", (delivery,)) in (Kind.CONSENT, Kind.AUDIT):
        move(store, delivery, State.READY, "")
        return
    move(store, delivery, State.HELD, "replay")
    reconsider(store, rules, patient)


# --- asking PROVIDE ---------------------------------------------------------------------------------


def wanted_by(store: Store, kind: Kind, document: int | None) -> list[Wanted]:
    """What a delivery carries: the classes and dates PROVIDE is asked for. Who somebody is, is said of today."""
    if kind is Kind.IDENTITY or document is None:
        return [(DataClass.BASIC, store.clock.now().date().isoformat())]
    rows = store.rows("SELECT data_class, dates FROM records WHERE document = ?", (document,))
    return [(DataClass(row[0]), day) for row in rows for day in decode(row[1], list[str | None])]


def placed(decisions: Mapping[Wanted, Decision]) -> tuple[State, str]:
    """Ready when anything may go (each record is then judged by its own class and date), else held with the reason."""
    if any(decision.permits for decision in decisions.values()):
        return State.READY, ""
    first = next(iter(decisions.values()), None)
    return State.HELD, first.reason.value if first else Reason.NO_CONSENT.value


def _withdraw_waiting(store: Store, key: str, channel: ChannelKind) -> None:
    """A refused one as well: sent again later it would undo what is newer."""
    store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE document_key = ? AND channel = ? AND state IN ('held', 'ready', 'refused')",
        (SUPERSEDED, store.now(), key, channel),
    )


def _withdraw_held_removal(store: Store, key: str) -> None:
    """A removal that waited for a person stands for all channels."""
    store.execute(
        "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
        " WHERE document_key = ? AND state = 'held' AND reason = ?",
        (SUPERSEDED, store.now(), key, MASS_REMOVAL),
    )
