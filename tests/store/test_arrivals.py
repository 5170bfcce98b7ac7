"""Arrivals: kept whole, recognised when they come again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.clock import ManualClock
from appliance.store import arrivals, arriving
from appliance.store.arrivals import ArrivalState
from appliance.store.arriving import Begun
from appliance.store.db import Store, create_store
from appliance.store.pieces import StoredBytes

FACILITY = "1310000001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create_store(tmp_path / "store.db", bytes(32), ManualClock()) as made:
        yield made


def take(store: Store, content: bytes, facility: str = FACILITY) -> arrivals.Arrival:
    return arrivals.take(store, source="folder", facility=facility, name="RECEIPTC.UKE", content=content)


def test_an_arrival_keeps_its_bytes_whatever_they_are(store: Store) -> None:
    content = bytes(range(256)) * 40
    arrival = take(store, content)
    assert arrival.state is ArrivalState.RECEIVED
    assert arrivals.content(store, arrival.id) == content


def test_the_same_bytes_again_are_a_duplicate_whatever_their_name(store: Store) -> None:
    first = take(store, b"IR,1")
    again = take(store, b"IR,1")
    assert again.state is ArrivalState.DUPLICATE
    assert again.duplicate_of == first.id
    assert arrivals.content(store, again.id) == b"IR,1"
    assert store.value("SELECT count(*) FROM arrivals WHERE content IS NOT NULL") == 1


def test_the_same_name_with_other_bytes_is_new(store: Store) -> None:
    assert take(store, b"IR,1").state is take(store, b"IR,2").state is ArrivalState.RECEIVED


def test_two_facilities_of_one_box_may_get_the_same_bytes(store: Store) -> None:
    take(store, b"IR,1")
    assert take(store, b"IR,1", "1310000002").state is ArrivalState.RECEIVED


def test_what_was_taken_is_there_after_reopening(store: Store) -> None:
    take(store, b"IR,1")
    with create_store(store.path.with_name("other.db"), bytes(32), ManualClock()) as other:
        assert arrivals.counts(other) == {}
    assert arrivals.counts(store) == {"received": 1}


def test_a_quarantined_arrival_can_be_opened_again_and_others_not(store: Store) -> None:
    arrival = take(store, b"IR,1")
    with store.transaction():
        assert not arrivals.reopen(store, arrival.id)
        arrivals.settle(
            store, arrival.id, ArrivalState.QUARANTINED, format_name="unknown", documents=0, findings=()
        )
    with store.transaction():
        assert arrivals.reopen(store, arrival.id)
    assert arrivals.get(store, arrival.id).state is ArrivalState.RECEIVED


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=9), max_size=6), st.integers(-50, 50), st.integers(-50, 50))
def test_any_part_of_stored_pieces_is_that_of_the_bytes(
    store: Store, sent: list[bytes], start: int, stop: int
) -> None:
    begun = Begun("s", FACILITY, "R", keep_if_cut=True)
    for data in sent:
        arriving.keep(store, begun, data)
    whole, stored = b"".join(sent), StoredBytes(store, begun.id or 0)
    assert len(stored) == len(whole)
    assert stored[start:stop] == whole[start:stop]
    assert stored[:] == whole


def test_pieces_that_have_gone_are_never_made_up(store: Store) -> None:
    begun = Begun("s", FACILITY, "R", keep_if_cut=True)
    arriving.keep(store, begun, b"IR,1")
    stored = StoredBytes(store, begun.id or 0)
    with store.transaction():
        arriving.drop(store, begun)
    with pytest.raises(LookupError):
        _ = stored[:]


def test_an_unknown_arrival_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError):
        arrivals.get(store, 99)
    with pytest.raises(KeyError):
        arrivals.content(store, 99)
