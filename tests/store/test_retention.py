"""What is disposed of, and everything that must not be: whatever is not delivered stays, however old."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import RetentionConfig
from appliance.records.finding import Finding
from appliance.store import (
    access,
    arrivals,
    audit,
    claiming,
    deliveries,
    documents,
    owing,
    retention,
    swapping,
)
from appliance.store.arrivals import ArrivalState
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.retention import ClockUntrustedError, Disposal
from tests.store.backed_up import bring
from tests.store.made import arrival, claim, consent_row, disease, new_store, patient, rules

RULES = rules()
POLICY = RetentionConfig(bytes_d=100, versions_d=100)
DAY_S = 86_400.0
NO_FINDINGS: tuple[Finding, ...] = ()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with new_store(tmp_path, clock) as made:
        yield made


def take(
    store: Store, chart: str, sequence: str = "2026-09", *, number: int | None = None, code: str = "8833421"
) -> int:
    """An arrival with one claim of the patient, understood; its number."""
    number = number or arrival(store, f"{chart}{sequence}".encode())
    document = claim(patient(chart), disease(code), sequence=sequence, volume=chart)
    with store.transaction():
        documents.put(store, RULES, number, [document])
        documents.finish_sets(store, RULES, number)
        arrivals.settle(
            store, number, ArrivalState.UNDERSTOOD, format_name="uke-ika", documents=1, findings=NO_FINDINGS
        )
    return number


def agree(store: Store, chart: str) -> int:
    who = int(store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))
    with store.transaction():
        owing.owe_consent(store, consent_row(store, who))
        owing.release(store, RULES, who)
    return who


def deliver_all(store: Store) -> None:
    while claimed := claiming.claim(store, RULES, limit=10, lease_s=60):
        for one in claimed:
            claiming.delivered(store, one, partial(_took, store, one.document_key))


def _took(store: Store, key: str) -> None:
    if key:
        documents.hub_now_holds(store, key, {("Condition", "c1")})


def delivered(store: Store, chart: str) -> int:
    number = take(store, chart)
    agree(store, chart)
    deliver_all(store)
    return number


def is_kept(store: Store, number: int) -> bool:
    return (
        store.row("SELECT 1 FROM arrivals WHERE id = ? AND content IS NULL AND begun IS NULL", (number,))
        is None
    )


def wait(clock: ManualClock, days: float) -> None:
    clock.advance(days * DAY_S)


def test_the_bytes_of_what_was_delivered_go_after_their_time_and_not_before(
    store: Store, clock: ManualClock
) -> None:
    number = delivered(store, "0001")
    wait(clock, 99)
    assert retention.dispose(store, POLICY) == Disposal()
    assert is_kept(store, number)
    wait(clock, 2)
    assert retention.dispose(store, POLICY) == Disposal(arrivals=1, bytes=11)
    assert not is_kept(store, number)
    with pytest.raises(KeyError):
        arrivals.content(store, number)


def test_of_an_arrival_the_row_stays_so_that_the_same_bytes_are_known(
    store: Store, clock: ManualClock
) -> None:
    number = delivered(store, "0001")
    wait(clock, 101)
    retention.dispose(store, POLICY)
    again = arrivals.get(store, arrival(store, b"00012026-09"))
    assert (again.state, again.duplicate_of) == (ArrivalState.DUPLICATE, number)
    assert arrivals.get(store, number).name == ""


def test_piece_files_go_with_their_rows(store: Store, clock: ManualClock) -> None:
    number = bring(store, "LARGE")
    take(store, "0001", number=number)
    agree(store, "0001")
    deliver_all(store)
    folder = swapping.beside(store.path, ".d")
    assert len(list(folder.iterdir())) == 2
    wait(clock, 101)
    assert retention.dispose(store, POLICY).arrivals == 1
    assert list(folder.iterdir()) == []
    assert store.value("SELECT count(*) FROM arrival_pieces") == 0


def no_consent(store: Store) -> None:
    take(store, "0001")


def withdrawn(store: Store) -> None:
    take(store, "0001")
    who = agree(store, "0001")
    with store.transaction():
        store.execute("UPDATE consents SET state = 'withdrawn' WHERE patient = ?", (who,))
        owing.withdraw_patient(store, who, "withdrawn")


def in_state(state: str) -> object:
    def prepare(store: Store) -> None:
        take(store, "0001")
        agree(store, "0001")
        with store.transaction():
            store.execute("UPDATE deliveries SET state = ?, digest = 'd' WHERE kind = 'put'", (state,))

    return prepare


def quarantined(store: Store) -> None:
    number = delivered(store, "0001")
    with store.transaction():
        store.execute("UPDATE arrivals SET state = 'quarantined' WHERE id = ?", (number,))


def partly(store: Store) -> None:
    number = delivered(store, "0001")
    with store.transaction():
        store.execute("UPDATE arrivals SET state = 'partly' WHERE id = ?", (number,))


def unlinked(store: Store) -> None:
    number = delivered(store, "0001")
    with store.transaction():
        store.execute("UPDATE documents SET state = 'unlinked' WHERE arrival = ?", (number,))


def not_understood_yet(store: Store) -> None:
    arrival(store, b"just come")


@pytest.mark.parametrize(
    "prepare",
    [
        no_consent,
        withdrawn,
        *(in_state(state) for state in ("held", "ready", "claimed", "doubtful", "refused")),
        quarantined,
        partly,
        unlinked,
        not_understood_yet,
    ],
)
def test_what_is_not_delivered_stays_for_ever(store: Store, clock: ManualClock, prepare: object) -> None:
    """A consent may come, or come again; a person may repair what was not understood (consent.md)."""
    assert callable(prepare)
    prepare(store)
    kept = [row[0] for row in store.rows("SELECT id FROM arrivals")]
    wait(clock, 20 * 365)
    assert retention.due(store, POLICY) == Disposal()
    assert retention.dispose(store, POLICY) == Disposal()
    assert all(is_kept(store, number) for number in kept)
    assert store.value("SELECT count(*) FROM records") > 0 or prepare is not_understood_yet


def test_one_patient_without_consent_keeps_the_whole_file(store: Store, clock: ManualClock) -> None:
    number = arrival(store, b"two patients")
    claims = [
        claim(patient("0001"), line=2, volume="x"),
        claim(patient("0002"), line=20, volume="x"),
    ]
    with store.transaction():
        documents.put(store, RULES, number, claims)
        arrivals.settle(
            store, number, ArrivalState.UNDERSTOOD, format_name="u", documents=2, findings=NO_FINDINGS
        )
    agree(store, "0001")
    deliver_all(store)
    wait(clock, 200)
    assert retention.dispose(store, POLICY) == Disposal()
    with store.transaction():
        access.set_snapshot(store, store.clock.now())
    agree(store, "0002")
    deliver_all(store)
    wait(clock, 101)
    assert retention.dispose(store, POLICY).arrivals == 1


def test_replaced_versions_go_and_the_hub_s_copy_can_still_be_removed(
    store: Store, clock: ManualClock
) -> None:
    delivered(store, "0001")
    take(store, "0001", "2026-10", code="2500015")
    deliver_all(store)
    wait(clock, 101)
    gone = retention.dispose(store, POLICY)
    assert (gone.documents, gone.deliveries) == (1, 1)
    assert store.rows("SELECT state FROM documents") == [("current",)]
    key = store.value("SELECT key FROM documents")
    assert documents.hub_holds(store, key)
    with store.transaction():
        gate = owing.Gate(store, RULES)
        (row,) = store.rows("SELECT id, facility, patient FROM documents")
        owing.owe_removal(store, gate, row[1], row[2], row[0], key)
    assert store.value("SELECT count(*) FROM deliveries WHERE kind = 'remove'") == 1


def test_an_older_version_whose_delivery_alone_tells_what_the_hub_holds_stays(
    store: Store, clock: ManualClock
) -> None:
    """The newer version was never delivered: the hub still has what the older one brought."""
    delivered(store, "0001")
    take(store, "0001", "2026-10", code="2500015")
    with store.transaction():
        store.execute("UPDATE deliveries SET state = 'refused' WHERE kind = 'replace'")
    wait(clock, 1000)
    assert retention.dispose(store, POLICY).documents == 0
    assert store.value("SELECT count(*) FROM documents") == 2


def test_a_document_that_is_gone_loses_its_records_and_cannot_come_back_by_an_old_file(
    store: Store, clock: ManualClock
) -> None:
    delivered(store, "0001")
    with store.transaction():
        store.execute("UPDATE documents SET state = 'removed'")
    wait(clock, 101)
    assert retention.dispose(store, POLICY).documents == 1
    assert store.value("SELECT count(*) FROM records") == 0
    assert store.rows("SELECT state FROM documents") == [("removed",)]


def test_each_disposal_is_audited_with_counts_and_the_chain_holds(store: Store, clock: ManualClock) -> None:
    delivered(store, "0001")
    wait(clock, 101)
    retention.dispose(store, POLICY)
    last = list(audit.entries(store))[-1]
    assert last.event == Event.DATA_DISPOSED
    assert (last.body["arrivals"], last.body["bytes"]) == (1, 11)
    assert audit.verify(store) is None
    assert retention.dispose(store, POLICY) == Disposal()
    assert list(audit.entries(store))[-1].seq == last.seq


def test_a_dry_run_shows_what_would_go_and_changes_nothing(store: Store, clock: ManualClock) -> None:
    delivered(store, "0001")
    take(store, "0001", "2026-10", code="2500015")
    deliver_all(store)
    wait(clock, 101)
    before = store.rows("SELECT * FROM arrivals")
    would = retention.due(store, POLICY)
    assert store.rows("SELECT * FROM arrivals") == before
    assert retention.dispose(store, POLICY) == would == Disposal(2, 22, 1, 1)


def test_without_a_trusted_clock_nothing_is_disposed_of(store: Store, clock: ManualClock) -> None:
    delivered(store, "0001")
    wait(clock, 101)
    clock.is_trusted = False
    with pytest.raises(ClockUntrustedError):
        retention.dispose(store, POLICY)


def test_what_is_disposed_of_gives_its_room_back(store: Store, clock: ManualClock) -> None:
    number = arrival(store, bytes(range(256)) * 4_000)
    take(store, "0001", number=number)
    agree(store, "0001")
    deliver_all(store)
    pages = store.value("PRAGMA page_count")
    wait(clock, 101)
    retention.dispose(store, POLICY)
    assert store.value("PRAGMA page_count") < pages - 200
    assert store.value("PRAGMA freelist_count") == 0
    assert store.integrity_findings() == []


def test_deliveries_of_people_are_untouched(store: Store, clock: ManualClock) -> None:
    delivered(store, "0001")
    kinds = deliveries.counts(store)
    wait(clock, 500)
    retention.dispose(store, POLICY)
    assert deliveries.counts(store) == kinds
