"""When to try again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.breaker import Breaker, backoff_s
from appliance.limits import (
    DELIVERY_BACKOFF_FIRST_S,
    DELIVERY_BACKOFF_MAX_S,
    HUB_DOUBTS_MAX,
    HUB_PROBE_FIRST_S,
    HUB_PROBE_MAX_S,
)


@given(st.integers(min_value=0, max_value=10_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_back_off_is_anything_up_to_a_bound_that_doubles(attempts: int, chance: float) -> None:
    wait = backoff_s(attempts, lambda: chance)
    assert 0 <= wait <= DELIVERY_BACKOFF_MAX_S
    assert wait <= DELIVERY_BACKOFF_FIRST_S * 2 ** min(max(attempts - 1, 0), 30)


def test_the_first_failure_of_the_hub_opens_and_an_answer_closes() -> None:
    breaker = Breaker(lambda: 0.0)
    breaker.failed(100.0)
    assert breaker.is_open
    assert not breaker.may_probe(100.0)
    assert breaker.may_probe(100.0 + HUB_PROBE_FIRST_S)
    breaker.answered()
    assert not breaker.is_open
    assert breaker.may_probe(100.0)


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_hub_that_is_away_is_probed_ever_more_rarely_but_never_given_up(
    failures: int, chance: float
) -> None:
    breaker = Breaker(lambda: chance, failures=failures)
    breaker.failed(0.0)
    assert 0 < breaker.probe_at_s <= HUB_PROBE_MAX_S


def test_the_hubs_own_wish_for_a_pause_is_kept() -> None:
    breaker = Breaker(lambda: 0.0)
    breaker.failed(0.0, retry_after_s=120.0)
    breaker.failed(1.0)
    assert not breaker.may_probe(119.0)
    assert breaker.may_probe(120.0)


def test_doubts_in_a_row_open_it_and_an_answer_between_does_not() -> None:
    breaker = Breaker(lambda: 0.0)
    for _ in range(HUB_DOUBTS_MAX - 1):
        breaker.doubted(0.0)
    breaker.answered()
    for _ in range(HUB_DOUBTS_MAX - 1):
        breaker.doubted(0.0)
    assert not breaker.is_open
    breaker.doubted(0.0)
    assert breaker.is_open
