"""Several channels, equal in rank: one delivery for each, every channel in its own order, consents to the hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.consent.rules import Rules
from appliance.records.document import Record
from appliance.store import channels, claiming, documents, owing
from appliance.store.db import Store
from appliance.store.deliveries import Claimed, Kind
from tests.store.made import arrival, claim, consent_row, disease, new_store, patient, rules

FHIR, STORAGE = ChannelKind.FHIR, ChannelKind.SSMIX2
ONE = rules()
BOTH = replace(ONE, channels=(FHIR, STORAGE))
ONLY_STORAGE = replace(ONE, channels=(STORAGE,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as made:
        yield made


def put(
    store: Store, by: Rules, name: str, *charts: str, sequence: str = "2026-09", more: tuple[Record, ...] = ()
) -> None:
    number = arrival(store, name.encode())
    claims = [
        claim(patient(chart), disease(), *more, sequence=sequence, line=n, volume=chart)
        for n, chart in enumerate(charts, 1)
    ]
    with store.transaction():
        documents.put(store, by, number, claims)


def agree(store: Store, by: Rules, who: int) -> None:
    with store.transaction():
        owing.owe_consent(store, consent_row(store, who))
        owing.release(store, by, who)


def agreed(store: Store, by: Rules, *charts: str) -> None:
    put(store, by, "first", *charts)
    for who in range(1, len(charts) + 1):
        agree(store, by, who)


def owed(store: Store, state: str = "ready") -> list[tuple[str, str]]:
    return store.rows("SELECT channel, kind FROM deliveries WHERE state = ? ORDER BY channel, id", (state,))


def take(store: Store, by: Rules, channel: ChannelKind) -> list[Claimed]:
    return claiming.claim(store, by, channel=channel, limit=50, lease_s=60)


def deliver(store: Store, by: Rules, channel: ChannelKind) -> list[str]:
    kinds = []
    while taken := take(store, by, channel):
        for one in taken:
            kinds.append(one.kind.value)
            claiming.delivered(store, one)
    return kinds


def test_what_is_owed_is_owed_by_each_channel_and_a_consent_by_fhir_alone(store: Store) -> None:
    agreed(store, BOTH, "0001")
    assert owed(store) == [
        ("fhir", "put"),
        ("fhir", "consent"),
        ("fhir", "identity"),
        ("ssmix2", "put"),
        ("ssmix2", "identity"),
    ]


def test_channels_do_not_wait_for_each_other(store: Store) -> None:
    agreed(store, BOTH, "0001")
    (consent,) = take(store, BOTH, FHIR)
    claiming.doubt(store, consent, "timeout")
    assert take(store, BOTH, FHIR) == []
    assert deliver(store, BOTH, STORAGE) == ["identity", "put"]


def test_replace_and_removal_follow_what_each_channel_has_brought(store: Store) -> None:
    agreed(store, BOTH, "0001")
    deliver(store, BOTH, STORAGE)
    number = arrival(store, b"newer")
    newer = claim(patient("0001"), disease("2500015"), sequence="2026-10", volume="0001")
    with store.transaction():
        documents.put(store, BOTH, number, [newer])
    assert [row for row in owed(store) if row[1] in ("put", "replace")] == [
        ("fhir", "replace"),
        ("ssmix2", "replace"),
    ]
    number = arrival(store, b"gone")
    with store.transaction():
        buried = replace(newer, sequence="2026-11", records=(), tombstone=True)
        documents.put(store, BOTH, number, [buried])
    assert [row for row in owed(store) if row[1] == "remove"] == [("ssmix2", "remove")]


def test_a_withdrawal_empties_every_channels_queue(store: Store) -> None:
    agreed(store, BOTH, "0001")
    with store.transaction():
        owing.withdraw_patient(store, 1, "withdrawn")
    assert owed(store) == [("fhir", "consent")]


def test_a_channel_that_comes_later_is_filled_behind_what_is_new(store: Store) -> None:
    charts = [f"{n:04}" for n in range(1, 31)]
    agreed(store, ONE, *charts)
    deliver(store, ONE, FHIR)
    put(store, ONE, "without consent", "9999")
    channels.follow(store, BOTH)
    channels.follow(store, BOTH)
    assert sorted(owed(store)) == sorted([("ssmix2", "identity"), ("ssmix2", "put")] * len(charts))
    put(store, BOTH, "new", charts[-1], sequence="2026-10", more=(disease("2500015"),))
    while (taken := take(store, BOTH, STORAGE))[0].kind is Kind.IDENTITY:
        for one in taken:
            claiming.delivered(store, one)
    assert store.value("SELECT local_id FROM patients WHERE id = ?", (taken[0].patient,)) == charts[-1]


def test_a_channel_that_goes_is_owed_nothing_more_and_everything_when_it_comes_back(store: Store) -> None:
    agreed(store, BOTH, "0001", "0002")
    deliver(store, BOTH, FHIR)
    channels.follow(store, BOTH)
    (first, *_) = take(store, BOTH, STORAGE)
    claiming.doubt(store, first, "timeout")
    channels.follow(store, ONE)
    claiming.sweep(store)
    channels.follow(store, ONE)
    assert owed(store) == owed(store, "doubtful") == []
    channels.follow(store, BOTH)
    assert sorted(deliver(store, BOTH, STORAGE)) == ["identity", "identity", "put", "put"]


def test_where_only_a_storage_is_named_consents_still_go_to_the_hub(store: Store) -> None:
    channels.follow(store, ONLY_STORAGE)
    agreed(store, ONLY_STORAGE, "0001")
    channels.follow(store, ONLY_STORAGE)
    assert deliver(store, ONLY_STORAGE, FHIR) == ["consent"]
    assert deliver(store, ONLY_STORAGE, STORAGE) == ["identity", "put"]
