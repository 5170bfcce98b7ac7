"""The audit chain: every way to tamper with it is found, and the first bad row is named."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store import audit
from appliance.store.audit import GENESIS, Anchor, AuditError, Event
from appliance.store.db import Store
from tests.store.made import new_store

ROWS = 7


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as made:
        with made.transaction():
            for number in range(1, ROWS + 1):
                audit.append(made, Event.PATIENT_SHOWN, staff=1, patient=number, count=number, role="doctor")
        yield made


def tamper(store: Store, sql: str, *values: object) -> None:
    """What somebody with the key could do: the triggers are dropped and put back."""
    triggers = store.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
    with store.transaction():
        for name, _ in triggers:
            store.execute(f"DROP TRIGGER {name}")
        store.execute(sql, values)
        for _, made in triggers:
            store.execute(made)


def test_rows_are_numbered_from_one_and_the_chain_holds(store: Store):
    assert [entry.seq for entry in audit.entries(store)] == list(range(1, ROWS + 1))
    assert audit.verify(store) is None


def test_an_empty_audit_is_whole_and_its_anchor_is_number_zero(tmp_path: Path):
    with new_store(tmp_path) as store:
        assert audit.anchor(store) == Anchor(0, GENESIS)
        assert audit.verify(store, audit.anchor(store)) is None


def test_what_was_written_is_read_back(store: Store):
    entry = next(audit.entries(store))
    assert (entry.event, entry.staff, entry.patient) == ("patient-shown", 1, 1)
    assert entry.body == {"count": 1, "role": "doctor"}
    assert entry.trusted


def test_an_export_goes_on_after_a_number(store: Store):
    assert [entry.seq for entry in audit.entries(store, after=5)] == [6, 7]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-10-01T00:00:00.000Z"),
        ("trusted", 0),
        ("event", "work-list-shown"),
        ("staff", 2),
        ("patient", 99),
        ("patient", None),
        ("body", '{"count":4,"role":"clerk"}'),
        ("hash", bytes(32)),
    ],
)
def test_a_changed_column_is_found_where_it_stands(store: Store, column: str, value: object):
    tamper(store, f"UPDATE audit SET {column} = ? WHERE seq = 4", value)
    broken = audit.verify(store)
    assert broken is not None
    assert broken.seq == 4


@pytest.mark.parametrize("byte", [0, 15, 31])
def test_one_flipped_bit_of_a_hash_is_found(store: Store, byte: int):
    whole = bytearray(store.value("SELECT hash FROM audit WHERE seq = 3"))
    whole[byte] ^= 1
    tamper(store, "UPDATE audit SET hash = ? WHERE seq = 3", bytes(whole))
    broken = audit.verify(store)
    assert broken is not None
    assert broken.seq == 3


@pytest.mark.parametrize("gone", [1, 4])
def test_a_deleted_row_is_named_as_missing(store: Store, gone: int):
    tamper(store, "DELETE FROM audit WHERE seq = ?", gone)
    broken = audit.verify(store)
    assert broken is not None
    assert (broken.seq, broken.en) == (gone, "This row is missing.")


def test_a_cut_tail_looks_whole_but_not_against_an_anchor(store: Store):
    kept = audit.anchor(store)
    tamper(store, "DELETE FROM audit WHERE seq > 5")
    assert audit.verify(store) is None
    broken = audit.verify(store, kept)
    assert broken is not None
    assert broken.seq == 6


def test_rows_inserted_to_hide_a_cut_tail_do_not_meet_the_anchor(store: Store):
    kept = audit.anchor(store)
    tamper(store, "DELETE FROM audit WHERE seq > 5")
    with store.transaction():
        for _ in range(4):
            audit.append(store, Event.WORK_LIST_SHOWN)
    assert audit.verify(store) is None
    broken = audit.verify(store, kept)
    assert broken is not None
    assert broken.seq == kept.seq


def test_a_chain_that_has_grown_still_meets_an_older_anchor(store: Store):
    kept = audit.anchor(store)
    with store.transaction():
        audit.append(store, Event.WORK_LIST_SHOWN)
    assert audit.verify(store, kept) is None


def test_a_renumbered_row_is_found(store: Store):
    tamper(store, "UPDATE audit SET seq = 100 WHERE seq = 2")
    broken = audit.verify(store)
    assert broken is not None
    assert broken.seq == 2


@pytest.mark.parametrize("sql", ["UPDATE audit SET body = '{}'", "DELETE FROM audit"])
def test_the_store_itself_refuses_to_change_or_delete_rows(store: Store, sql: str):
    with pytest.raises(Exception, match="audit rows are never"), store.transaction():
        store.execute(sql)
    assert audit.verify(store) is None


def test_a_row_of_a_transaction_that_failed_leaves_no_gap(store: Store):
    def fails() -> None:
        with store.transaction():
            audit.append(store, Event.SIGNED_IN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with store.transaction():
        assert audit.append(store, Event.SIGNED_IN) == ROWS + 1
    assert audit.verify(store) is None


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), b"x"])
def test_what_json_cannot_hold_is_refused(store: Store, value: object):
    with pytest.raises(AuditError), store.transaction():
        audit.append(store, Event.SIGNED_IN, value=value)


def test_the_chain_is_walked_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit, "AUDIT_PAGE_ROWS", 2)
    assert audit.verify(store) is None
    assert len(list(audit.entries(store))) == ROWS


def test_a_long_chain_needs_no_more_memory_than_a_short_one(store: Store):
    def peak_bytes() -> int:
        tracemalloc.start()
        assert audit.verify(store) is None
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    def grow(rows: int) -> None:
        with store.transaction():
            for _ in range(rows):
                audit.append(store, Event.PATIENT_SHOWN, staff=1, patient=1, role="doctor")

    grow(2_000)
    short = peak_bytes()
    grow(8_000)
    assert peak_bytes() < 1.5 * short


def test_a_patients_rows_come_newest_first_and_only_of_the_events_asked_for(store: Store):
    with store.transaction():
        audit.append(store, Event.WORK_LIST_SHOWN, patient=3)
        audit.append(store, Event.NETWORK_VIEWED, patient=3)
    found = audit.of_patient(store, 3, audit.VIEWS, 10)
    assert [entry.event for entry in found] == ["network-viewed", "patient-shown"]
    assert len(audit.of_patient(store, 3, audit.VIEWS, 1)) == 1


def test_text_in_japanese_is_hashed_as_it_is_read_back(store: Store):
    with store.transaction():
        audit.append(store, Event.SIGNED_IN, note="髙﨑・〜―∥", nested={"ア": [1, None, True]})
    assert audit.verify(store) is None
