"""The dispatcher: one lane for each of the network's channels, and the pull of consents that comes before any data.

The store is touched by one thread only; requests run in a few others, each for other patients.

What a kill at each point leaves, and how the next start goes on (`claiming.sweep`, then the cycle):

| killed | the store says | next start |
|---|---|---|
| before `claim` and `about_to_send` committed, together | ready | claims it |
| after them, before the first byte | claimed, digest | doubtful; the marker is not there → ready |
| while sending, or before the answer | claimed, digest | doubtful; the marker tells |
| after the answer, before it is written down | claimed, digest | doubtful; the marker tells |
| after `delivered`, `retry`, `doubt`, `refused` | that state | goes on from there |
| while asking about a doubtful one | doubtful | asks again |
| during a pull, or while it is taken in | the earlier snapshot | pulls before any data |

The digest of every member of a group is written down before the group goes out; each has a marker of its own. Sending
twice changes nothing at the hub: every entry is a PUT or DELETE by id.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from appliance.channels import ChannelKind
from appliance.consent.rules import Rules
from appliance.exchange.breaker import Breaker, Random
from appliance.exchange.channel import Channel
from appliance.exchange.fhir_channel import FhirChannel
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.lane import Lane
from appliance.exchange.prepare import FacilityName
from appliance.exchange.snapshot import Pulled, pull, starting_point, take_in
from appliance.limits import (
    CHANNEL_FILL_PATIENTS,
    DELIVERY_LEASE_LOOK_S,
    EXCHANGE_FIGURES_S,
    EXCHANGE_FIGURES_SHARE,
    SNAPSHOT_PULL_S,
)
from appliance.service import Figures
from appliance.store import channels, claiming, deliveries
from appliance.store.db import Store


def _always_up() -> bool:
    return False


@dataclass(slots=True)
class Worker:
    """One run of the dispatcher. `turn` is one cycle: it never waits for the other side.

    Consents go to the hub whatever else is configured; `others` are the channels beside FHIR. `line_is_down`: whether
    there is no use in trying at all.
    """

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    facility_name: FacilityName
    random: Random
    figures: Figures | None = None
    others: Sequence[Channel[Any]] = ()
    line_is_down: Callable[[], bool] = _always_up
    _lane: Lane[Any] = field(init=False)
    """The hub's."""
    _lanes: tuple[Lane[Any], ...] = field(init=False)
    _fresh: bool = False
    """Whether the network's consents were pulled since the hub was last reached anew."""
    _failures_seen: int = 0
    _pulling: bool = False
    _pull_at_s: float = 0.0
    _to_reconsider: list[int] = field(default_factory=list)
    """Patients for whom PROVIDE has yet to be asked again after a pull."""
    _figures_at_s: float = 0.0
    _leases_at_s: float = 0.0

    def __post_init__(self) -> None:
        own = [FhirChannel(self.hub, self.facility_name), *self.others]
        self._lanes = tuple(Lane(self.store, one, self.rules, self.random) for one in own)
        self._lane = self._lanes[0]

    def start(self) -> int:
        """Take up what an earlier run left; how many deliveries were under way when it died."""
        swept = claiming.sweep(self.store)
        channels.follow(self.store, self.rules())
        return swept

    def turn(self) -> bool:
        """Settle what has come back, then pull, ask and send what is due; whether anything happened."""
        happened = sum(lane.settle() for lane in self._lanes)
        self._end_leases()
        if not self.line_is_down():
            happened += self._start_due()
        happened += self._reconsider()
        self._show()
        return bool(happened)

    @property
    def breaker(self) -> Breaker:
        """The hub's."""
        return self._lane.breaker

    @property
    def busy(self) -> bool:
        """Whether requests are under way."""
        return any(lane.flying for lane in self._lanes)

    def wait(self, seconds: float) -> None:
        """Wait until a request comes back, at most this long."""
        concurrent.futures.wait(
            self._in_flight(), timeout=seconds, return_when=concurrent.futures.FIRST_COMPLETED
        )

    def stop(self, within_s: float) -> None:
        """Write down what comes back in time; what does not is asked about by the next run."""
        for lane in self._lanes:
            lane.stop_threads()
        concurrent.futures.wait(self._in_flight(), timeout=within_s)
        for lane in self._lanes:
            lane.settle()

    def _in_flight(self) -> list[concurrent.futures.Future[Any]]:
        return [future for lane in self._lanes for future in lane.flying]

    def _end_leases(self) -> None:
        if self._now_s() >= self._leases_at_s:
            self._leases_at_s = self._now_s() + DELIVERY_LEASE_LOOK_S
            claiming.expire(self.store)

    def _start_due(self) -> int:
        started = sum(lane.start_due() for lane in self._lanes if lane is not self._lane)
        if self._lane.failures > self._failures_seen:
            self._failures_seen = self._lane.failures
            self._fresh = (
                False  # nothing is sent until the hub has answered a pull: its consents may have changed
            )
        return started + (self._pull() if self._pull_is_due() else self._lane.start_due())

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()

    # --- pulling -------------------------------------------------------------------------------------

    def _pull_is_due(self) -> bool:
        """While this holds nothing else goes to the hub: a pull flies alone, and before any data."""
        return self._pulling or not self._fresh or self._now_s() >= self._pull_at_s

    def _pull(self) -> int:
        if self._pulling or self._lane.flying or not self.breaker.may_probe(self._now_s()):
            return 0
        self._pulling = True
        self._lane.fly(partial(pull, self.hub, starting_point(self.store)), self._pulled)
        return 1

    def _pulled(self, result: Pulled | Unanswered) -> None:
        self._pulling = False
        if isinstance(result, Unanswered):
            self._lane.failed()
            return
        take_in(self.store, self.rules(), result)
        claiming.grow_old(self.store)
        self._to_reconsider = claiming.held_patients(self.store)
        self._lane.answered()
        self._fresh = True
        self._pull_at_s = self._now_s() + SNAPSHOT_PULL_S

    def _reconsider(self) -> int:
        """A few patients a turn: after a long outage there are thousands, and the rest must go on meanwhile."""
        some, self._to_reconsider = (
            self._to_reconsider[:CHANNEL_FILL_PATIENTS],
            self._to_reconsider[CHANNEL_FILL_PATIENTS:],
        )
        if some:
            claiming.reconsider_patients(self.store, self.rules(), some)
        return len(some)

    # --- figures -------------------------------------------------------------------------------------

    def _show(self) -> None:
        now_s = self._now_s()
        if self.figures is None or now_s < self._figures_at_s:
            return
        counts = deliveries.counts(self.store)
        took_s = self._now_s() - now_s
        self._figures_at_s = now_s + max(EXCHANGE_FIGURES_S, took_s / EXCHANGE_FIGURES_SHARE)
        for state in deliveries.State:
            self.figures.set(f"deliveries.{state.value}", counts.get(state.value, 0))
        self.figures.set("oldest_waiting_s", round(deliveries.oldest_waiting_s(self.store)))
        for lane in self._lanes:
            self.figures.set(_figure(lane.channel.kind), self._standing(lane))
            self.figures.set(f"{_figure(lane.channel.kind)}_seen_at", lane.seen_at)

    def _standing(self, lane: Lane[Any]) -> str:
        if lane.breaker.is_open or self.line_is_down():
            return "away"
        return "ok" if lane.seen_at and (self._fresh or lane is not self._lane) else "unknown"


def _figure(kind: ChannelKind) -> str:
    return "hub" if kind is ChannelKind.FHIR else kind.value
