"""The delivery state machine: order per patient, PROVIDE at every turn, nothing sent twice after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.limits import CONSENT_SNAPSHOT_MAX_AGE_S, DELIVERY_NEW_FOR_S
from appliance.store import claiming, deliveries, documents, owing, review
from appliance.store.db import Store
from appliance.store.deliveries import Claimed, Kind, State
from tests.store.made import act, arrival, claim, consent_row, disease, new_store, patient, rules

RULES = rules()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as made:
        yield made


def put(store: Store, name: str, *charts: str, sequence: str = "2026-09", extra: bool = False) -> None:
    """One file with a claim for each chart number."""
    number = arrival(store, name.encode())
    more = (disease(), act(), disease("2500015")) if extra else ()
    claims = [claim(patient(chart), *more, sequence=sequence, line=n) for n, chart in enumerate(charts, 1)]
    with store.transaction():
        documents.put(store, RULES, number, claims)
        documents.finish_sets(store, RULES, number)


def agree(store: Store, who: int) -> int:
    with store.transaction():
        consent = consent_row(store, who)
        owing.owe_consent(store, consent)
        owing.release(store, RULES, who)
    return consent


def end_consent(store: Store, who: int) -> None:
    with store.transaction():
        store.execute(
            "UPDATE consents SET state = 'withdrawn' WHERE patient = ? AND state = 'active'", (who,)
        )
        owing.withdraw_patient(store, who, "withdrawn")
        consent = store.value("SELECT id FROM consents WHERE patient = ?", (who,))
        owing.owe_consent(store, consent)


def claim_next(store: Store, limit: int = 10) -> list[Claimed]:
    """What goes out side by side now, as long as nothing of it has come back."""
    taken: list[Claimed] = []
    while more := claiming.claim(store, RULES, limit=limit, lease_s=60):
        taken += more
    return taken


def finish(store: Store, *claimed: Claimed) -> None:
    for one in claimed:
        claiming.about_to_send(store, [(one.id, "digest")])
        claiming.delivered(store, one, partial(took, store, one))


def took(store: Store, one: Claimed) -> None:
    if one.document_key:
        put_there = one.kind in (Kind.PUT, Kind.REPLACE)
        documents.hub_now_holds(store, one.document_key, [("Condition", "c-1")] if put_there else [])


def kinds_in_order(store: Store) -> list[Kind]:
    """Everything that goes out, one after the other."""
    sent = []
    while claimed := claim_next(store):
        sent += [one.kind for one in claimed]
        finish(store, *claimed)
    return sent


def counts(store: Store) -> dict[str, int]:
    return deliveries.counts(store)


def test_without_consent_nothing_can_be_claimed(store: Store) -> None:
    put(store, "a", "0001")
    assert claim_next(store) == []
    assert counts(store) == {"held": 1}


def test_a_consent_goes_first_then_who_it_is_then_the_data(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT, Kind.IDENTITY, Kind.PUT]
    assert counts(store) == {"delivered": 3}


def test_what_may_go_is_told_with_the_claim(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    finish(store, *claim_next(store))
    (document,) = claim_next(store)
    assert {data_class.value for data_class, _ in document.allowed} == {
        "insurance",
        "visit",
        "diagnosis",
        "procedure",
    }


def test_patients_go_in_parallel_and_each_in_order(store: Store) -> None:
    put(store, "a", "0001", "0002")
    agree(store, 1)
    agree(store, 2)
    first = claim_next(store)
    assert sorted(one.patient or 0 for one in first) == [1, 2]
    assert claim_next(store) == []
    finish(store, first[0])
    assert [one.patient for one in claim_next(store)] == [first[0].patient]


def test_what_is_being_retried_is_not_overtaken(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    (consent,) = claim_next(store)
    later = store.clock.now() + timedelta(seconds=30)
    claiming.retry(store, consent, "hub-away", later)
    assert claim_next(store) == []
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(31)
    assert [one.id for one in claim_next(store)] == [consent.id]


def test_after_a_crash_what_may_have_been_sent_is_asked_and_the_rest_is_ready(store: Store) -> None:
    put(store, "a", "0001", "0002")
    agree(store, 1)
    agree(store, 2)
    sent, unsent = claim_next(store)
    claiming.about_to_send(store, [(sent.id, "digest")])
    assert claiming.sweep(store) == 2
    assert deliveries.get(store, sent.id).state is State.DOUBTFUL
    assert deliveries.get(store, unsent.id).state is State.READY
    assert [one.digest for one in claiming.doubtful(store, 10)] == ["digest"]


def test_a_lease_that_is_over_is_asked_about_and_late_news_of_another_attempt_changes_nothing(
    store: Store,
) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    (one,) = claim_next(store)
    claiming.about_to_send(store, [(one.id, "d")])
    assert claiming.expire(store) == 0
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(61)
    assert claiming.expire(store) == 1
    assert deliveries.get(store, one.id).state is State.DOUBTFUL
    claiming.not_found(store, one)
    (again,) = claim_next(store)
    claiming.refused(store, one, "{}")
    assert deliveries.get(store, one.id).state is State.CLAIMED
    claiming.delivered(store, again)
    claiming.doubt(store, again, "timeout")
    assert deliveries.get(store, one.id).state is State.DELIVERED


def test_what_waits_long_gives_way_to_what_is_new(store: Store) -> None:
    put(store, "a", "0001", "0002")
    agree(store, 1)
    agree(store, 2)
    for _ in range(2):
        finish(store, *claim_next(store))
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(DELIVERY_NEW_FOR_S + 1)
    put(store, "b", "0002", sequence="2026-10", extra=True)
    claiming.grow_old(store)
    assert [one.patient for one in claiming.claim(store, RULES, limit=1, lease_s=60)] == [2]


def test_a_doubtful_one_is_delivered_or_ready_as_the_hub_says(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    (one,) = claim_next(store)
    claiming.about_to_send(store, [(one.id, "d")])
    claiming.doubt(store, one, "timeout")
    assert claim_next(store) == []
    claiming.not_found(store, one)
    assert [again.id for again in claim_next(store)] == [one.id]


def test_withdrawal_empties_the_queue_at_once_and_goes_first(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    end_consent(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT]
    assert store.value("SELECT count(*) FROM deliveries WHERE state IN ('ready', 'claimed', 'doubtful')") == 0


def test_a_withdrawal_is_not_kept_waiting_by_a_doubtful_delivery(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    (identity,) = claim_next(store)
    claiming.doubt(store, identity, "timeout")
    end_consent(store, 1)
    assert [one.kind for one in claim_next(store)] == [Kind.CONSENT]


@pytest.mark.parametrize("step", ["retry", "not_found", "sweep"])
def test_what_was_claimed_before_a_withdrawal_is_never_sent_again(store: Store, step: str) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    (identity,) = claim_next(store)
    end_consent(store, 1)
    match step:
        case "retry":
            claiming.retry(store, identity, "hub-away", store.clock.now())
        case "not_found":
            claiming.doubt(store, identity, "timeout")
            claiming.not_found(store, identity)
        case _:
            claiming.sweep(store)
    assert deliveries.get(store, identity.id).state is State.WITHDRAWN


def test_consent_that_ended_between_release_and_claim_holds(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    with store.transaction():
        store.execute("UPDATE consents SET state = 'suspended'")
    assert claim_next(store) == []
    assert counts(store)["held"] >= 1


def test_a_new_consent_after_a_withdrawal_owes_everything_again(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    end_consent(store, 1)
    kinds_in_order(store)
    agree(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT, Kind.IDENTITY, Kind.PUT]


def test_a_stale_snapshot_pauses_and_a_fresh_one_goes_on(store: Store) -> None:
    from appliance.store import access

    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(CONSENT_SNAPSHOT_MAX_AGE_S + 1)
    assert claim_next(store) == []
    assert store.value("SELECT DISTINCT reason FROM deliveries WHERE state = 'held'") == "stale"
    with store.transaction():
        access.set_snapshot(store, clock.now())
    assert claiming.reconsider_patients(store, RULES, claiming.held_patients(store)) >= 1
    assert [one.kind for one in claim_next(store)] == [Kind.IDENTITY]


def test_a_consent_given_while_the_snapshot_is_stale_sends_everything_once_it_is_fresh(store: Store) -> None:
    from appliance.store import access

    put(store, "a", "0001")
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(CONSENT_SNAPSHOT_MAX_AGE_S + 1)
    agree(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT]
    with store.transaction():
        access.set_snapshot(store, clock.now())
    claiming.reconsider_patients(store, RULES, claiming.held_patients(store))
    assert kinds_in_order(store) == [Kind.IDENTITY, Kind.PUT]


def test_a_newer_version_after_delivery_is_a_replacement(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    kinds_in_order(store)
    put(store, "b", "0001", sequence="2026-10", extra=True)
    assert kinds_in_order(store) == [Kind.REPLACE]


def test_a_removed_document_is_removed_at_the_hub_only_if_it_may_be_there(store: Store) -> None:
    charts = [f"{n:04d}" for n in range(1, 11)]
    put(store, "a", *charts)
    agree(store, 9)
    kinds_in_order(store)
    put(store, "b", *charts[:8])
    assert kinds_in_order(store) == [Kind.REMOVE]
    assert documents.hub_holds(store, claim(patient("0009")).key) == frozenset()


def test_a_tombstone_removes_at_the_hub_what_was_delivered(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    kinds_in_order(store)
    number = arrival(store, b"deleted")
    with store.transaction():
        buried = replace(claim(patient("0001"), sequence="2026-10"), records=(), tombstone=True)
        documents.put(store, RULES, number, [buried])
    assert kinds_in_order(store) == [Kind.REMOVE]


def test_the_hub_holds_what_the_last_delivery_said(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    kinds_in_order(store)
    assert documents.hub_holds(store, claim(patient("0001")).key) == {("Condition", "c-1")}


def test_changed_demographics_of_a_consenting_patient_are_owed(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    kinds_in_order(store)
    renamed = replace(patient("0001"), name=replace(patient().name, text="練習　次郎"))
    number = arrival(store, b"renamed")
    with store.transaction():
        documents.put(store, RULES, number, [claim(renamed, month="2026-09", sequence="2026-10")])
    assert kinds_in_order(store) == [Kind.IDENTITY, Kind.PUT]


def test_a_refused_delivery_is_kept_and_can_be_replayed_or_discarded(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    finish(store, *claim_next(store))
    (document,) = claim_next(store)
    claiming.refused(store, document, '{"resourceType": "OperationOutcome"}')
    assert claim_next(store) == []
    assert review.replay(store, RULES, document.id) == "ready"
    (again,) = claim_next(store)
    claiming.refused(store, again, "{}")
    with pytest.raises(review.ReviewError):
        review.discard(store, document.id, "  ")
    review.discard(store, document.id, "双方で確認済み")
    assert deliveries.get(store, document.id).state is State.WITHDRAWN
    with pytest.raises(review.ReviewError):
        review.replay(store, RULES, document.id)


def test_a_refused_version_gives_way_to_a_newer_one_and_can_never_undo_it(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    finish(store, *claim_next(store))
    (refused,) = claim_next(store)
    claiming.refused(store, refused, "{}")
    put(store, "b", "0001", sequence="2026-10", extra=True)
    assert kinds_in_order(store) == [Kind.PUT]
    assert deliveries.get(store, refused.id).reason == deliveries.SUPERSEDED
    with pytest.raises(review.ReviewError):
        review.replay(store, RULES, refused.id)


@pytest.mark.parametrize("step", ["retry", "not_found", "put_back", "refused", "sweep"])
def test_what_comes_back_while_a_newer_version_waits_is_given_up(store: Store, step: str) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    finish(store, *claim_next(store))
    finish(store, *claim_next(store))
    (older,) = claim_next(store)
    put(store, "b", "0001", sequence="2026-10", extra=True)
    match step:
        case "retry":
            claiming.retry(store, older, "busy", store.clock.now())
        case "not_found":
            claiming.doubt(store, older, "timeout")
            claiming.not_found(store, older)
        case "put_back":
            claiming.put_back(store, [older])
        case "refused":
            claiming.refused(store, older, "{}")
        case _:
            claiming.sweep(store)
    given_up = deliveries.get(store, older.id)
    assert (given_up.state, given_up.reason) == (State.WITHDRAWN, deliveries.SUPERSEDED)
    assert [one.document for one in claim_next(store)] == [2]


def test_what_a_withdrawal_left_at_the_hub_untrue_is_removed_with_the_next_consent(store: Store) -> None:
    put(store, "a", "0001")
    agree(store, 1)
    kinds_in_order(store)
    number = arrival(store, b"deleted")
    with store.transaction():
        buried = replace(claim(patient("0001"), sequence="2026-10"), records=(), tombstone=True)
        documents.put(store, RULES, number, [buried])
    end_consent(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT]
    agree(store, 1)
    assert kinds_in_order(store) == [Kind.CONSENT, Kind.IDENTITY, Kind.REMOVE]


def test_a_removal_that_waited_for_a_person_goes_ahead_on_their_word(store: Store) -> None:
    put(store, "a", "0001", "0002")
    agree(store, 2)
    kinds_in_order(store)
    put(store, "b", "0001")
    waiting = store.value("SELECT id FROM deliveries WHERE reason = 'mass-removal'")
    assert claim_next(store) == []
    review.replay(store, RULES, waiting)
    assert kinds_in_order(store) == [Kind.REMOVE]
    assert (
        store.value("SELECT state FROM documents WHERE key = ? ORDER BY id", (claim(patient("0002")).key,))
        == "removed"
    )


def test_the_age_of_the_oldest_waiting_one_is_the_first_metric(store: Store) -> None:
    assert deliveries.oldest_waiting_s(store) == 0
    put(store, "a", "0001")
    agree(store, 1)
    clock = store.clock
    assert isinstance(clock, ManualClock)
    clock.advance(90)
    assert deliveries.oldest_waiting_s(store) == pytest.approx(90)
