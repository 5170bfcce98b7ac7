"""What a storage is known to hold, the numbers it knows patients by, and what was begun there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.store import audit, deliveries, owing, review, storage_files
from appliance.store.access import Gate
from appliance.store.db import Store
from appliance.store.storage_files import Begun, StorageFile
from tests.store.consented import own_patient
from tests.store.made import FACILITY, new_store, rules

FILE = StorageFile("standard", "-", "ADT-00", "9" * 15, "20261001103000123", "-", "1", "d1")
BEGUN = Begun("2026-10-01T01:30:00.123Z", "c1", (FILE,), ("standard/x/.a.part",))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as made:
        yield made


@pytest.fixture
def who(store: Store) -> int:
    return own_patient(store, rules())


def test_a_number_is_given_once_and_never_to_two(store: Store, who: int):
    other = own_patient(store, rules(), "0002")
    asked: list[bool] = []

    def make(is_taken: object) -> str:
        assert callable(is_taken)
        asked.append(is_taken("0000000001"))
        return "0000000002" if is_taken("0000000001") else "0000000001"

    with store.transaction():
        assert storage_files.number_of(store, who, FACILITY, make) == "0000000001"
        assert storage_files.number_of(store, who, FACILITY, make) == "0000000001"
        assert storage_files.number_of(store, other, FACILITY, make) == "0000000002"
    assert asked == [False, True]


def test_what_is_held_follows_what_is_told(store: Store, who: int):
    renamed, new = replace(FILE, flag="2"), replace(FILE, at="20261002103000123", digest="d2")
    for files in ([FILE], [renamed, new], [], [new]):
        with store.transaction():
            storage_files.now_holds(store, who, files)
        assert sorted(storage_files.held(store, who)) == sorted(files)


def test_a_change_stands_as_begun_until_its_end_is_known(store: Store, who: int):
    assert storage_files.begun(store, who) is None
    with store.transaction():
        storage_files.begin(store, who, replace(BEGUN, digest="c0"))
        storage_files.begin(store, who, BEGUN)
    assert storage_files.begun(store, who) == BEGUN
    assert storage_files.holds_anything(store, who)
    with store.transaction():
        storage_files.now_holds(store, who, [replace(FILE, flag="0")])
    assert storage_files.begun(store, who) is None
    assert not storage_files.holds_anything(store, who)


def waiting(store: Store) -> list[tuple[str, str, int]]:
    sql = "SELECT kind, state, priority FROM deliveries WHERE channel = ?"
    return [(row[0], row[1], row[2]) for row in store.rows(sql, (ChannelKind.SSMIX2,))]


@pytest.mark.parametrize("known", ["held", "begun"])
def test_a_storage_follows_consent_whatever_provide_says_and_once(store: Store, who: int, known: str):
    with store.transaction():
        owing.withdraw_patient(store, who, "withdrawn")
    assert waiting(store) == []
    with store.transaction():
        if known == "held":
            storage_files.now_holds(store, who, [FILE])
        else:
            storage_files.begin(store, who, BEGUN)
        owing.withdraw_patient(store, who, "withdrawn")
        owing.reconsider(store, rules(), who)
    assert waiting(store) == [("consent", "ready", 0)]
    with store.transaction():
        owing.ask_provide(store, rules(), who)
    assert waiting(store) == [("consent", "ready", 0)]


def test_who_a_document_was_about_before_is_kept_as_well(store: Store, who: int):
    other = own_patient(store, rules(), "0002")
    known = replace(rules(), channels=(ChannelKind.SSMIX2,))
    with store.transaction():
        storage_files.now_holds(store, who, [FILE])
        owing.owe_document(store, Gate(store, known), FACILITY, who, 1, "letter:1")
        owing.owe_document(store, Gate(store, known), FACILITY, who, 1, "letter:1")
    assert ("consent", "ready", 0) not in waiting(store)
    with store.transaction():
        owing.owe_document(store, Gate(store, known), FACILITY, other, 2, "letter:1")
    assert waiting(store).count(("consent", "ready", 0)) == 1


def test_what_a_change_brought_is_delivered_unless_it_was_taken_back(store: Store, who: int):
    with store.transaction():
        ids = [
            deliveries.add(store, deliveries.Kind.PUT, FACILITY, who, state, "", channel=channel)
            for state, channel in (
                (deliveries.State.READY, ChannelKind.SSMIX2),
                (deliveries.State.HELD, ChannelKind.SSMIX2),
                (deliveries.State.READY, ChannelKind.FHIR),
            )
        ]
        assert storage_files.waiting(store, who) == (ids[0],)
        before = audit.anchor(store).seq
        assert storage_files.brought(store, ids[:1])
        (row,) = audit.following(store, before, 10)
        assert row.body["delivery"] == ids[0]
        assert not storage_files.brought(store, ids[:2])
    assert deliveries.get(store, ids[0]).state is deliveries.State.DELIVERED
    assert deliveries.get(store, ids[1]).state is deliveries.State.HELD


def test_what_a_storage_has_yet_to_follow_is_not_what_the_hub_has_yet_to_learn(store: Store, who: int):
    with store.transaction():
        storage_files.now_holds(store, who, [FILE])
        owing.owe_storage(store, who)
    assert waiting(store) == [("consent", "ready", 0)]
    assert not deliveries.consent_untold(store, who)


def test_a_refused_taking_back_can_be_replayed(store: Store, who: int):
    with store.transaction():
        storage_files.now_holds(store, who, [FILE])
        owing.owe_storage(store, who)
        (number,) = storage_files.waiting(store, who)
        deliveries.move(store, number, deliveries.State.REFUSED, "refused")
    review.replay(store, rules(), number)
    assert deliveries.get(store, number).state is deliveries.State.READY
