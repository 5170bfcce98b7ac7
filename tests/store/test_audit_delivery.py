"""What leaves the box is audited in the transaction that knows it: whose, which classes, by which consent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.records.codec import encode
from appliance.records.data_class import DataClass
from appliance.store import audit, deliveries, governing
from appliance.store.audit import Entry
from appliance.store.db import Store
from appliance.store.deliveries import State
from tests.store import consented
from tests.store.made import new_store, rules

RULES = rules()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path, ManualClock()) as made:
        yield made


def deliver_all(store: Store) -> list[Entry]:
    """Every delivery that is ready arrives, one after the other; the rows that this wrote."""
    before = audit.anchor(store).seq
    for number, _ in ready(store):
        with store.transaction():
            deliveries.move(store, number, State.DELIVERED, "")
    return audit.following(store, before, 100)


def ready(store: Store) -> list[tuple[int, str]]:
    """Number and kind of each delivery that is ready, in their order."""
    rows = store.rows("SELECT id, kind FROM deliveries WHERE state = 'ready' ORDER BY priority, id")
    return [(number, kind) for number, kind in rows]


def test_consent_identity_and_document_are_each_told_with_their_classes(store: Store):
    who = consented.own_patient(store, RULES)
    record = consented.agree(store, RULES, consented.doctor(store), who)
    rows = deliver_all(store)
    told = [
        (row.event, row.patient, row.body["kind"], row.body["classes"], row.body["consent"]) for row in rows
    ]
    assert told == [
        ("delivery-sent", who, "consent", [], record.id),
        ("delivery-sent", who, "identity", ["basic", "insurance"], record.id),
        ("delivery-sent", who, "put", ["diagnosis", "insurance", "procedure", "visit"], record.id),
    ]


def test_a_class_the_patient_hides_is_not_said_to_have_left(store: Store):
    who = consented.own_patient(store, RULES)
    record = consented.agree(store, RULES, consented.doctor(store), who)
    hiding = replace(
        governing.load(store, record.id).consent, hidden_classes=frozenset({DataClass.DIAGNOSIS})
    )
    with store.transaction():
        store.execute("UPDATE consents SET body = ? WHERE id = ?", (encode(hiding), record.id))
    put = next(row for row in deliver_all(store) if row.body["kind"] == "put")
    assert put.body["classes"] == ["insurance", "procedure", "visit"]


def test_a_refusal_is_told_a_retry_and_a_doubt_are_not(store: Store):
    who = consented.own_patient(store, RULES)
    consented.agree(store, RULES, consented.doctor(store), who)
    before = audit.anchor(store).seq
    number, _ = ready(store)[0]
    with store.transaction():
        deliveries.move(store, number, State.READY, "busy", store.clock.now())
        deliveries.move(store, number, State.DOUBTFUL, "dropped")
    assert audit.following(store, before, 10) == []
    with store.transaction():
        deliveries.move(store, number, State.REFUSED, "refused")
    [row] = audit.following(store, before, 10)
    assert (row.event, row.patient, row.body["delivery"]) == ("delivery-refused", who, number)
