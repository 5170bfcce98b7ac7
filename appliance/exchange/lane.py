"""One channel's part of the dispatcher: claims groups, sends them, and writes down what became of each delivery.

Only the dispatcher's thread calls it; requests run in a few threads of the lane's own, each for other patients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Generic

from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.exchange.breaker import Breaker, Random, backoff_s
from appliance.exchange.channel import Ahead, Arrived, Channel, S, Told
from appliance.exchange.hub import Unanswered
from appliance.exchange.outcomes import (
    OF_THE_HUB,
    Delivered,
    Doubtful,
    Outcome,
    Reason,
    Refused,
    Transient,
    as_kept,
    without_words,
)
from appliance.exchange.threads import RequestThreads
from appliance.limits import (
    DELIVERIES_AT_ONCE,
    DELIVERY_BACKOFF_MAX_S,
    DELIVERY_FAILS_MAX,
    DELIVERY_LEASE_S,
    DOUBTFUL_AT_ONCE,
    GROUP_SHRINKS,
    HUB_ASK_AGAIN_S,
)
from appliance.store import claiming, deliveries
from appliance.store.db import Store
from appliance.store.deliveries import Claimed
from appliance.store.restoring import overtaken

Settle = Callable[[Any], None]


@dataclass(slots=True)
class Lane(Generic[S]):
    """The deliveries of one channel. `failures` counts the times the other side as a whole did not answer."""

    store: Store
    channel: Channel[S]
    rules: Callable[[], Rules]
    random: Random
    breaker: Breaker = field(init=False)
    failures: int = 0
    seen_at: str = ""
    """When the other side last answered; empty: not since the start."""
    flying: dict[Future[Any], Settle] = field(default_factory=dict)
    _threads: RequestThreads = field(init=False)
    _asked_at_s: dict[int, float] = field(default_factory=dict)
    """When a doubtful delivery was sent or last asked about; infinite while the question is under way."""
    _delivered_at_s: float = -math.inf

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.random)
        self._threads = RequestThreads(DELIVERIES_AT_ONCE, self.channel.kind.value)

    def fly(self, request: Callable[[], Any], settle: Settle) -> None:
        self.flying[self._threads.submit(request)] = settle

    def settle(self) -> int:
        """Write down what has come back; how many requests that were."""
        done = [one for one in self.flying if one.done()]
        for one in done:
            self.flying.pop(one)(one.result())
        return len(done)

    def start_due(self) -> int:
        """Ask about what is doubtful, and send what is due; how many requests were started."""
        if not self.breaker.is_open:
            return self._ask_doubtful() + self._send_due(self.free, self.channel.group_max)
        if self.flying or not self.breaker.may_probe(self._now_s()):
            return 0
        return self._ask_doubtful(1) or self._send_due(1, 1)

    def stop_threads(self) -> None:
        self._threads.stop()

    @property
    def free(self) -> int:
        return DELIVERIES_AT_ONCE - len(self.flying)

    def answered(self) -> None:
        self.breaker.answered()
        self.seen_at = self.store.now()

    def failed(self, retry_after_s: float = 0.0) -> None:
        self.breaker.failed(self._now_s(), retry_after_s)
        self.failures += 1

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()

    # --- doubtful ones -------------------------------------------------------------------------------

    def _ask_doubtful(self, at_most: int = DELIVERIES_AT_ONCE) -> int:
        asked = 0
        for claimed in claiming.doubtful(self.store, DOUBTFUL_AT_ONCE, self.channel.kind):
            if self.free <= 0 or asked >= at_most:
                break
            if self._now_s() >= self._asked_at_s.get(claimed.id, -HUB_ASK_AGAIN_S) + HUB_ASK_AGAIN_S:
                self._asked_at_s[claimed.id] = math.inf
                question = self.channel.question(self.store, claimed)
                self.fly(partial(self.channel.ask, question), partial(self._told, claimed))
                asked += 1
        return asked

    def _told(self, claimed: Claimed, told: Told) -> None:
        if isinstance(told, Unanswered):
            self._asked_at_s[claimed.id] = self._now_s()
            self.failed()
            return
        self.answered()
        del self._asked_at_s[claimed.id]
        if isinstance(told, Arrived):
            self._delivered(claimed, told.holds)
        elif isinstance(told, Ahead):
            overtaken(self.store, claimed)
        else:
            self._not_found(claimed)

    def _not_found(self, claimed: Claimed) -> None:
        """What the other side fails on again and again, while it takes others, is at fault itself."""
        doubted_for = deliveries.get(self.store, claimed.id).reason
        if doubted_for == Reason.SERVER_ERROR and self._fails_alone(claimed):
            claiming.refused(self.store, claimed, without_words("HTTP 5xx", "exception"))
            return
        pause_s = backoff_s(claimed.attempts - 1, self.random) if claimed.attempts > 1 else 0.0
        again = self.store.clock.now() + timedelta(seconds=pause_s)
        claiming.not_found(self.store, claimed, again)

    def _fails_alone(self, claimed: Claimed) -> bool:
        lately = self._now_s() - self._delivered_at_s <= DELIVERY_BACKOFF_MAX_S
        return claimed.attempts >= DELIVERY_FAILS_MAX and lately

    # --- sending -------------------------------------------------------------------------------------

    def _company(self, claimed: Claimed) -> int:
        """How many may go in one group with this delivery: fewer after each failure, so that a bad one ends up alone."""
        smaller: int = GROUP_SHRINKS ** (claimed.attempts - 1)
        return max(1, self.channel.group_max // smaller)

    def _send_due(self, groups: int, at_most: int) -> int:
        started = 0
        while started < groups:
            rules = self.rules()
            with self.store.transaction():
                taken = claiming.claim(
                    self.store,
                    rules,
                    channel=self.channel.kind,
                    limit=at_most,
                    lease_s=DELIVERY_LEASE_S,
                )
                group = self._made_ready(taken)
            if not taken:
                break
            if group:
                ready = [one for _, one in group]
                self.fly(partial(self.channel.send, ready), partial(self._write_down, group))
                started += 1
        return started

    def _made_ready(self, taken: Sequence[Claimed]) -> list[tuple[Claimed, S]]:
        """One group of what was claimed, written down as about to go out; what does not fit in is put back."""
        fits = self.channel.group()
        group: list[tuple[Claimed, S]] = []
        room = self.channel.group_max
        for number, claimed in enumerate(taken):
            room = min(room, self._company(claimed))
            if len(group) >= room:
                claiming.put_back(self.store, taken[number:])
                break
            try:
                ready = self.channel.prepare(self.store, claimed)
            except RenkeiError as error:
                claiming.refused(self.store, claimed, as_kept(error))
                continue
            if not fits(ready):
                claiming.put_back(self.store, taken[number:])
                break
            group.append((claimed, ready))
        claiming.about_to_send(self.store, [(claimed.id, ready.digest) for claimed, ready in group])
        return group

    def _write_down(self, group: Sequence[tuple[Claimed, S]], outcomes: Sequence[Outcome]) -> None:
        """All of a group in one transaction; what they say of the other side as a whole counts once."""
        with self.store.transaction():
            for (claimed, ready), outcome in zip(group, outcomes, strict=True):
                self._write_one(claimed, ready, outcome)
        if any(isinstance(one, Delivered | Refused) for one in outcomes):
            self.answered()
        if any(isinstance(one, Doubtful) for one in outcomes):
            self.breaker.doubted(self._now_s())
            self.failures += self.breaker.is_open
        away = [one for one in outcomes if isinstance(one, Transient) and one.reason in OF_THE_HUB]
        if away:
            self.failed(max(one.retry_after_s for one in away))

    def _write_one(self, claimed: Claimed, ready: S, outcome: Outcome) -> None:
        match outcome:
            case Delivered():
                self._delivered(claimed, ready.holds)
            case Refused():
                claiming.refused(self.store, claimed, outcome.outcome, ready.entries())
            case Doubtful():
                self._asked_at_s[claimed.id] = self._now_s()
                claiming.doubt(self.store, claimed, outcome.reason)
            case Transient(Reason.CONFLICT) if claimed.attempts >= DELIVERY_FAILS_MAX:
                claiming.refused(self.store, claimed, without_words("HTTP 409", "conflict"), ready.entries())
            case Transient():
                pause_s = max(outcome.retry_after_s, backoff_s(claimed.attempts, self.random))
                again = self.store.clock.now() + timedelta(seconds=pause_s)
                claiming.retry(self.store, claimed, outcome.reason, again)

    def _delivered(self, claimed: Claimed, holds: Any) -> None:
        claiming.delivered(self.store, claimed, lambda: self.channel.took(self.store, claimed, holds))
        self._delivered_at_s = self._now_s()
