"""What is kept of the network's answers: only with a consent, within bounds, and gone with the consent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.consent.states import State
from appliance.limits import (
    EMERGENCY_KEPT_MAX_S,
    EMERGENCY_REFRESH_S,
    NETWORK_KEPT_MAX_BYTES,
    NETWORK_KEPT_MAX_S,
    REGIONAL_ID_MAX_S,
)
from appliance.store import consents, network
from appliance.store.db import Store, create_store
from appliance.store.network import Part, Regional
from tests.exchange.box import two_clinics
from tests.store import consented

RULES = two_clinics()
CONDITION = {"resourceType": "Condition", "id": "1", "code": {"text": "糖尿病"}}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with create_store(tmp_path / "store.db", bytes(32), clock) as made:
        consented.doctor(made)
        yield made


def agreed(store: Store, chart: str = "0001") -> int:
    who = consented.own_patient(store, RULES, chart)
    by = consented.doctor(store, f"by-{chart}")
    consented.agree(store, RULES, by, who, f"agree-{chart}")
    return who


def keep(store: Store, who: int, part: Part = Part.LOOK_UP, resources: object = (CONDITION,)) -> bool:
    with store.transaction():
        return network.keep(store, who, part, list(resources), store.now())  # type: ignore[call-overload]


def rows(store: Store, table: str) -> int:
    return int(store.value(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("part", Part)
def test_what_was_kept_comes_back_with_its_time(store: Store, clock: ManualClock, part: Part) -> None:
    who = agreed(store)
    assert keep(store, who, part)
    then = store.now()
    clock.advance(3_600)
    found = network.kept(store, who, part)
    assert found is not None
    assert (found.fetched_at, found.resources) == (then, [CONDITION])


def test_without_an_active_consent_nothing_is_kept(store: Store) -> None:
    who = consented.own_patient(store, RULES)
    assert not keep(store, who)
    with store.transaction():
        network.set_regional(store, who, Regional("urn:region", "7"))
    assert (rows(store, "network_kept"), rows(store, "network_identities")) == (0, 0)


def withdrawn(store: Store, who: int) -> None:
    consented.withdraw(store, consented.doctor(store, "w"), who)


def suspended(store: Store, who: int) -> None:
    number = int(store.value("SELECT id FROM consents WHERE patient = ?", (who,)))
    by = consented.doctor(store, "s")
    with store.transaction():
        consents.suspend(store, RULES, number, "identity", by)


def ended_elsewhere(store: Store, who: int) -> None:
    number = int(store.value("SELECT id FROM consents WHERE patient = ?", (who,)))
    with store.transaction():
        consents.withdrawn_elsewhere(store, number, "ended-elsewhere")


@pytest.mark.parametrize("end", [withdrawn, suspended, ended_elsewhere])
def test_all_of_it_goes_in_the_transaction_that_ends_the_consent(store: Store, end: object) -> None:
    who, other = agreed(store), agreed(store, "0002")
    for one in (who, other):
        keep(store, one, Part.LOOK_UP)
        keep(store, one, Part.EMERGENCY)
        with store.transaction():
            network.set_regional(store, one, Regional("urn:region", str(one)))
    end(store, who)  # type: ignore[operator]
    assert [network.kept(store, who, part) for part in Part] == [None, None]
    assert network.regional(store, who) is None
    assert [network.kept(store, other, part) is None for part in Part] == [False, False]
    assert network.regional(store, other) == Regional("urn:region", str(other))


def ends_and_fails(store: Store, who: int) -> None:
    with store.transaction():
        store.execute("UPDATE consents SET state = ? WHERE patient = ?", (State.EXPIRED, who))
        assert network.kept(store, who, Part.LOOK_UP) is None
        raise RuntimeError


def test_an_end_that_is_rolled_back_takes_nothing(store: Store) -> None:
    who = agreed(store)
    keep(store, who)
    with pytest.raises(RuntimeError):
        ends_and_fails(store, who)
    assert network.kept(store, who, Part.LOOK_UP) is not None


def test_more_than_the_bound_is_not_kept_and_the_old_is_not_left_behind(store: Store) -> None:
    who = agreed(store)
    keep(store, who)
    noise = random.Random(7).randbytes(2 * NETWORK_KEPT_MAX_BYTES).hex()
    assert not keep(store, who, Part.LOOK_UP, ({"text": noise},))
    assert network.kept(store, who, Part.LOOK_UP) is None


def test_the_oldest_go_first(store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = network._BOUNDS[Part.LOOK_UP]
    few = network._Bound(bound.size_bytes, 2, bound.age_s)
    monkeypatch.setitem(network._BOUNDS, Part.LOOK_UP, few)
    people = [agreed(store, f"000{n}") for n in range(3)]
    for who in people:
        keep(store, who)
        clock.advance(1)
    assert [network.kept(store, who, Part.LOOK_UP) is not None for who in people] == [False, True, True]


@pytest.mark.parametrize(
    ("part", "lasts_s"), [(Part.LOOK_UP, NETWORK_KEPT_MAX_S), (Part.EMERGENCY, EMERGENCY_KEPT_MAX_S)]
)
def test_what_is_too_old_is_not_shown(store: Store, clock: ManualClock, part: Part, lasts_s: float) -> None:
    who = agreed(store)
    keep(store, who, part)
    clock.advance(lasts_s)
    assert network.kept(store, who, part) is not None
    clock.advance(1)
    assert network.kept(store, who, part) is None


def test_sets_are_due_for_consenting_patients_the_missing_ones_first(
    store: Store, clock: ManualClock
) -> None:
    consented.own_patient(store, RULES, "0009")
    first, second, third = (agreed(store, f"000{n}") for n in range(3))
    keep(store, first, Part.EMERGENCY)
    clock.advance(10)
    keep(store, second, Part.EMERGENCY)
    assert network.emergency_due(store, 10) == [third]
    clock.advance(EMERGENCY_REFRESH_S)
    assert network.emergency_due(store, 10) == [third, first]
    clock.advance(1)
    assert network.emergency_due(store, 10) == [third, first, second]
    assert network.emergency_due(store, 1) == [third]


def test_where_there_is_no_room_for_more_sets_those_there_are_are_renewed(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each new one would push out another, for ever."""
    bound = network._BOUNDS[Part.EMERGENCY]
    monkeypatch.setitem(network._BOUNDS, Part.EMERGENCY, network._Bound(bound.size_bytes, 1, bound.age_s))
    first = agreed(store)
    agreed(store, "0002")
    keep(store, first, Part.EMERGENCY)
    assert network.emergency_due(store, 10) == []
    clock.advance(EMERGENCY_REFRESH_S + 1)
    assert network.emergency_due(store, 10) == [first]


def test_the_regions_number_is_asked_for_again_after_a_time(store: Store, clock: ManualClock) -> None:
    who = agreed(store)
    with store.transaction():
        network.set_regional(store, who, Regional("urn:region", ""))
    assert network.regional(store, who) == Regional("urn:region", "")
    clock.advance(REGIONAL_ID_MAX_S + 1)
    assert network.regional(store, who) is None
