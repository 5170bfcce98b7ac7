"""How far each destination is: never backwards, never past what it has, and all over again when the chain is another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.limits import AUDIT_REFUSED_AGAIN_S
from appliance.store import audit, audit_positions
from appliance.store.audit import Entry, Event
from appliance.store.audit_positions import START, Destination, Owed
from appliance.store.db import Store
from tests.store.made import new_store
from tests.store.test_audit import tamper

HUB, SYSLOG = Destination.HUB, Destination.SYSLOG


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path, ManualClock()) as made:
        with made.transaction():
            for _ in range(6):
                audit.append(made, Event.SIGNED_IN)
        yield made


def row(store: Store, seq: int) -> Entry:
    found = audit.entry(store, seq)
    assert found is not None
    return found


def test_each_destination_has_a_position_of_its_own_that_never_goes_back(store: Store):
    assert audit_positions.position(store, HUB) == START
    audit_positions.confirm(store, HUB, row(store, 4))
    audit_positions.confirm(store, HUB, row(store, 2))
    assert audit_positions.position(store, HUB).seq == 4
    assert audit_positions.position(store, SYSLOG) == START
    assert [one.seq for one in audit.following(store, 4, 10)] == [5, 6]


def test_what_is_owed_is_counted_and_has_the_age_of_its_oldest(store: Store):
    assert isinstance(store.clock, ManualClock)
    store.clock.advance(90.0)
    assert audit_positions.owed(store, HUB) == Owed(6, 90.0, 0)
    audit_positions.confirm(store, HUB, row(store, 6))
    assert audit_positions.owed(store, HUB) == Owed(0, 0.0, 0)
    audit_positions.refuse(store, HUB, 3, "no")
    assert audit_positions.owed(store, HUB) == Owed(1, 90.0, 1)


def test_a_refused_row_is_asked_about_again_a_day_later_until_it_is_taken(store: Store):
    assert isinstance(store.clock, ManualClock)
    audit_positions.refuse(store, HUB, 3, "no")
    assert audit_positions.due_again(store, HUB, 10) == []
    store.clock.advance(AUDIT_REFUSED_AGAIN_S)
    assert [one.seq for one in audit_positions.due_again(store, HUB, 10)] == [3]
    audit_positions.refuse(store, HUB, 3, "no, again")
    assert audit_positions.due_again(store, HUB, 10) == []
    audit_positions.accepted(store, HUB, 3)
    assert audit_positions.refused_count(store, HUB) == 0


@pytest.mark.parametrize(
    "sql", ["DELETE FROM audit WHERE seq > 3", "UPDATE audit SET hash = x'00' WHERE seq = 5"]
)
def test_a_chain_that_is_no_longer_the_one_that_was_sent_is_owed_from_its_start(store: Store, sql: str):
    audit_positions.confirm(store, HUB, row(store, 5))
    audit_positions.confirm(store, SYSLOG, row(store, 2))
    audit_positions.refuse(store, HUB, 3, "no")
    assert audit_positions.check(store, HUB)
    tamper(store, sql)
    assert not audit_positions.check(store, HUB)
    assert audit_positions.position(store, HUB) == START
    assert audit_positions.refused_count(store, HUB) == 0
    assert audit_positions.check(store, SYSLOG)
    newest = list(audit.entries(store))[-1]
    assert (newest.event, newest.body["destination"], newest.body["seq"]) == ("audit-chain-changed", "hub", 5)
