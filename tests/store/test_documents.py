"""Versions, supersession and sets: what a new file makes of what was there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.document import Document
from appliance.store import documents, patients
from appliance.store.db import Store
from tests.store.made import FACILITY, act, arrival, claim, coverage, disease, new_store, patient, rules

RULES = rules()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as made:
        yield made


def file(store: Store, name: str, *claims: Document) -> int:
    """One arrival with these claims, its sets finished; how many documents went."""
    number = arrival(store, name.encode())
    with store.transaction():
        documents.put(
            store, RULES, number, [replace(one, first_line=10 * n) for n, one in enumerate(claims, 1)]
        )
        return documents.finish_sets(store, RULES, number)


def states(store: Store) -> dict[str, int]:
    return dict(store.rows("SELECT state, count(*) FROM documents GROUP BY state"))


def held(store: Store) -> list[tuple[str, str, str]]:
    return [(r[0], r[1], r[2]) for r in store.rows("SELECT kind, state, reason FROM deliveries ORDER BY id")]


def test_a_new_document_is_current_and_held_without_consent(store: Store) -> None:
    file(store, "first", claim())
    assert states(store) == {"current": 1}
    assert held(store) == [("put", "held", "no-consent")]


def test_what_is_loaded_is_what_was_put(store: Store) -> None:
    one = claim(None, disease("8833421"), disease("2500015"), act(), act())
    file(store, "first", one)
    loaded = documents.load(store, 1)
    assert Counter(stored.record for stored in loaded.records) == Counter(one.records)
    assert loaded.patient_body == one.patient
    assert loaded.key == one.key
    assert len({stored.resource_id for stored in loaded.records}) == len(one.records)


def test_the_same_rows_in_another_order_have_the_same_ids(store: Store) -> None:
    file(store, "first", claim(None, disease("8833421"), disease("2500015"), act(day=date(2026, 8, 3))))
    file(
        store,
        "second",
        claim(None, act(day=date(2026, 8, 3)), disease("2500015"), disease("8833421"), sequence="2026-10"),
    )
    first, second = ({(r.type, r.resource_id) for r in documents.load(store, n).records} for n in (1, 2))
    assert first == second


def test_storing_again_after_a_crash_changes_nothing(store: Store) -> None:
    number = arrival(store, b"file")
    claims = [replace(claim(patient(f"{n:04d}")), first_line=n) for n in range(1, 8)]
    with store.transaction():
        documents.put(store, RULES, number, claims[:3])
    with store.transaction():
        documents.put(store, RULES, number, claims)
    assert states(store) == {"current": 7}
    assert len(held(store)) == 7


def test_a_newer_version_supersedes_and_what_waited_of_the_older_is_withdrawn(store: Store) -> None:
    file(store, "first", claim(None, disease()))
    file(store, "second", claim(None, disease(), act(), sequence="2026-10"))
    assert states(store) == {"current": 1, "superseded": 1}
    assert held(store) == [("put", "withdrawn", "superseded"), ("replace", "held", "no-consent")]


def test_a_newer_version_that_says_the_same_takes_over_what_waits(store: Store) -> None:
    file(store, "first", claim())
    file(store, "second", claim())
    assert held(store) == [("put", "held", "no-consent")]
    assert store.value("SELECT document FROM deliveries") == 2


def test_an_older_version_that_comes_late_changes_nothing(store: Store) -> None:
    file(store, "late month first", claim(None, disease(), sequence="2026-10"))
    file(store, "then the older", claim(None, act(), sequence="2026-09"))
    assert store.rows("SELECT state FROM documents ORDER BY id") == [("current",), ("superseded",)]
    assert len(held(store)) == 1


def test_a_tombstone_removes_and_a_late_older_version_does_not_come_back(store: Store) -> None:
    file(store, "new", claim(None, disease(), sequence="1"))
    file(store, "deleted", replace(claim(None, sequence="3"), records=(), tombstone=True))
    assert states(store) == {"superseded": 1, "removed": 1}
    file(store, "late", claim(None, act(), sequence="2"))
    assert states(store) == {"superseded": 2, "removed": 1}
    assert held(store) == [("put", "withdrawn", "superseded")]


def test_a_tombstone_needs_no_more_than_the_key(store: Store) -> None:
    file(store, "new", claim(None, disease(), sequence="1"))
    bare = replace(claim(None, sequence="2"), records=(), tombstone=True, patient=patient("", birth=None))
    file(store, "deleted", bare)
    assert states(store) == {"superseded": 1, "removed": 1}
    assert store.value("SELECT name FROM patients") == patient().name.text
    file(store, "of something never seen", replace(bare, key="claim:unknown"))
    assert states(store)["removed"] == 2


def test_what_was_removed_may_come_again_as_a_newer_version(store: Store) -> None:
    file(store, "new", claim(None, disease(), sequence="1"))
    file(store, "deleted", replace(claim(None, sequence="2"), records=(), tombstone=True))
    file(store, "again", claim(None, disease(), sequence="3"))
    assert store.rows("SELECT state FROM documents ORDER BY id") == [
        ("superseded",),
        ("removed",),
        ("current",),
    ]
    assert held(store)[-1] == ("put", "held", "no-consent")


def test_a_file_replaces_its_set_and_leaves_others_alone(store: Store) -> None:
    everybody = [claim(patient(f"{n:04d}")) for n in range(1, 11)]
    file(store, "first", *everybody)
    file(store, "other month", claim(patient("0001"), month="2026-09", sequence="2026-10"))
    assert file(store, "second without one", *everybody[:-1]) == 1
    assert states(store) == {"current": 10, "removed": 1, "superseded": 9}


def test_a_second_volume_does_not_remove_the_first(store: Store) -> None:
    file(store, "volume 1", claim(patient("0001"), volume="00"))
    assert file(store, "volume 2", claim(patient("0002"), volume="01")) == 0
    assert states(store) == {"current": 2}


def test_when_too_much_would_vanish_a_person_is_asked(store: Store) -> None:
    everybody = [claim(patient(f"{n:04d}")) for n in range(1, 11)]
    file(store, "first", *everybody)
    assert file(store, "almost empty", *everybody[:5]) == 0
    assert store.value("SELECT count(*) FROM documents WHERE state = 'current'") == 10
    waiting = store.rows("SELECT kind, state FROM deliveries WHERE reason = 'mass-removal'")
    assert waiting == [("remove", "held")] * 5


def test_exactly_a_fifth_may_vanish(store: Store) -> None:
    everybody = [claim(patient(f"{n:04d}")) for n in range(1, 11)]
    file(store, "first", *everybody)
    assert file(store, "two gone", *everybody[:8]) == 2


def test_chart_numbers_keep_their_zeros_and_names_never_identify(store: Store) -> None:
    file(store, "first", claim(patient("0001")), claim(patient("001")))
    assert store.value("SELECT count(*) FROM patients") == 2


def test_without_a_chart_number_the_insured_person_identifies(store: Store) -> None:
    file(store, "with chart", claim(patient("0001")))
    file(store, "without", claim(patient(""), month="2026-09", sequence="2026-10"))
    assert store.rows("SELECT DISTINCT patient FROM documents") == [(1,)]
    file(
        store,
        "another branch",
        claim(patient(""), month="2026-09", sequence="2026-10", insured=coverage(branch="02")),
    )
    assert store.value("SELECT count(*) FROM patients") == 2


@pytest.mark.parametrize(
    "odd",
    [
        patient("0001", birth=date(1951, 1, 1)),
        patient("0001", sex=Sex.FEMALE),
    ],
    ids=["another birth date", "another sex"],
)
def test_a_document_that_contradicts_its_patient_is_unlinked_and_never_owed(
    store: Store, odd: object
) -> None:
    file(store, "first", claim(patient("0001")))
    number = arrival(store, b"second")
    with store.transaction():
        documents.put(store, RULES, number, [claim(odd, month="2026-09", sequence="2026-10")])  # type: ignore[arg-type]
    assert states(store) == {"current": 1, "unlinked": 1}
    assert len(held(store)) == 1
    assert documents.unlinked_lines(store, number) == [2]


def test_a_document_without_any_identity_is_unlinked(store: Store) -> None:
    file(store, "first", claim(patient("", birth=None)))
    assert states(store) == {"unlinked": 1}


def test_an_insured_person_who_is_two_patients_is_unlinked(store: Store) -> None:
    file(store, "first", claim(patient("0001")), claim(patient("0002")))
    file(store, "no chart", claim(patient(""), month="2026-09", sequence="2026-10"))
    assert states(store) == {"current": 2, "unlinked": 1}


def test_a_document_that_says_little_of_its_patient_blanks_nothing(store: Store) -> None:
    file(store, "claim", claim(patient("0001")))
    bare = Patient(FACILITY, PersonName(""), Sex.UNKNOWN, None, "0001")
    report = replace(claim(bare, month="2026-09", sequence="2026-10"), records=(disease(),))
    file(store, "laboratory report", report)
    known = patients.load(store, 1)
    assert known.patient == patient("0001")
    assert known.coverages
    assert store.value("SELECT count(*) FROM patients") == 1


def test_a_new_address_never_keeps_the_old_postal_code(store: Store) -> None:
    moved = replace(patient("0001"), address="練習市１－２", postal_code="000-0001", phone="00-0000-0001")
    file(store, "first", claim(moved))
    file(store, "claim", claim(patient("0001"), month="2026-09", sequence="2026-10"))
    assert patients.load(store, 1).patient == moved
    again = replace(patient("0001"), address="練習市３－４")
    file(store, "notebook", claim(again, month="2026-10", sequence="2026-11"))
    assert patients.load(store, 1).patient == replace(again, phone="00-0000-0001")


def test_newer_demographics_are_kept_and_older_ones_do_not_come_back(store: Store) -> None:
    renamed = replace(patient("0001"), name=replace(patient().name, text="練習　花子"))
    file(store, "new", claim(renamed, month="2026-09", sequence="2026-10"))
    file(store, "old", claim(patient("0001"), month="2026-08", sequence="2026-09"))
    assert store.value("SELECT name FROM patients") == "練習　花子"
