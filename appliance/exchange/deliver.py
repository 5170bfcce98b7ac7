"""The delivery worker: claims what is due, sends it, and writes down what became of it.

One dispatcher: the store is touched by one thread only; requests run in a few others, each for another patient.

What a kill at each point leaves, and how the next start goes on (`claiming.sweep`, then the cycle):

| killed | the store says | next start |
|---|---|---|
| before `claim` committed | ready | claims it |
| after `claim`, before `about_to_send` committed | claimed, no digest | ready: nothing can have gone out |
| after `about_to_send`, before the first byte | claimed, digest | doubtful; the marker is not there → ready |
| while sending, or before the answer | claimed, digest | doubtful; the marker tells |
| after the answer, before it is written down | claimed, digest | doubtful; the marker tells |
| after `delivered`, `retry`, `doubt`, `refused` | that state | goes on from there |
| while asking about a doubtful one | doubtful | asks again |
| during a pull, or while it is taken in | the earlier snapshot | pulls before any data |

Sending twice changes nothing at the hub: every entry is a PUT or DELETE by id.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.exchange.breaker import Breaker, Random, backoff_s
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.provenance import digest_of, held_by
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.outcomes import (
    OF_THE_HUB,
    Delivered,
    Doubtful,
    Outcome,
    Reason,
    Refused,
    Transient,
    without_words,
)
from appliance.exchange.prepare import FacilityName, Marker, Prepared, marker_of, prepare
from appliance.exchange.snapshot import Pulled, pull, starting_point, take_in
from appliance.exchange.threads import RequestThreads
from appliance.limits import (
    DELIVERIES_AT_ONCE,
    DELIVERY_LEASE_S,
    DOUBTFUL_AT_ONCE,
    EXCHANGE_FIGURES_S,
    HUB_ASK_AGAIN_S,
    HUB_CONFLICTS_MAX,
    SNAPSHOT_PULL_S,
)
from appliance.service import Figures
from appliance.store import claiming, deliveries
from appliance.store.db import Store
from appliance.store.deliveries import Claimed

Settle = Callable[[Any], None]


@dataclass(slots=True)
class Worker:
    """One run of the dispatcher. `turn` is one cycle: it never waits for the hub."""

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    facility_name: FacilityName
    random: Random
    figures: Figures | None = None
    breaker: Breaker = field(init=False)
    _threads: RequestThreads = field(init=False)
    _flying: dict[Future[Any], Settle] = field(default_factory=dict)
    _asked_at_s: dict[int, float] = field(default_factory=dict)
    """When a doubtful delivery was sent or last asked about; infinite while the question is under way."""
    _fresh: bool = False
    """Whether the network's consents were pulled since the hub was last reached anew."""
    _pulling: bool = False
    _pull_at_s: float = 0.0
    _figures_at_s: float = 0.0
    _hub_seen_at: str = ""

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.random)
        self._threads = RequestThreads(DELIVERIES_AT_ONCE, "hub")

    def start(self) -> int:
        """Take up what an earlier run left; how many deliveries were under way when it died."""
        return claiming.sweep(self.store)

    def turn(self) -> bool:
        """Settle what has come back, then pull, ask and send what is due; whether anything happened."""
        settled = self._settle()
        started = self._pull() if self._pull_is_due() else self._ask_doubtful() + self._send_due()
        self._show()
        return bool(settled + started)

    @property
    def busy(self) -> bool:
        """Whether requests are under way."""
        return bool(self._flying)

    def wait(self, seconds: float) -> None:
        """Wait until a request comes back, at most this long."""
        concurrent.futures.wait(self._flying, timeout=seconds, return_when=concurrent.futures.FIRST_COMPLETED)

    def stop(self, within_s: float) -> None:
        """Write down what comes back in time; what does not is asked about by the next run."""
        self._threads.stop()
        concurrent.futures.wait(self._flying, timeout=within_s)
        self._settle()

    # --- requests and their results -----------------------------------------------------------------

    def _fly(self, request: Callable[[], Any], settle: Settle) -> None:
        self._flying[self._threads.submit(request)] = settle

    def _settle(self) -> int:
        done = [one for one in self._flying if one.done()]
        for one in done:
            self._flying.pop(one)(one.result())
        return len(done)

    @property
    def _free(self) -> int:
        return DELIVERIES_AT_ONCE - len(self._flying)

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()

    # --- pulling -------------------------------------------------------------------------------------

    def _pull_is_due(self) -> bool:
        """While this holds nothing else is started: a pull flies alone, and before any data."""
        return self._pulling or not self._fresh or self._now_s() >= self._pull_at_s

    def _pull(self) -> int:
        if self._pulling or self._flying or not self.breaker.may_probe(self._now_s()):
            return 0
        self._pulling = True
        self._fly(partial(pull, self.hub, starting_point(self.store)), self._pulled)
        return 1

    def _pulled(self, result: Pulled | Unanswered) -> None:
        self._pulling = False
        if isinstance(result, Unanswered):
            self._hub_failed()
            return
        take_in(self.store, self.rules(), result)
        self._hub_answered()
        self._fresh = True
        self._pull_at_s = self._now_s() + SNAPSHOT_PULL_S

    def _hub_answered(self) -> None:
        self.breaker.answered()
        self._hub_seen_at = self.store.now()

    def _hub_failed(self, retry_after_s: float = 0.0) -> None:
        """Nothing is sent until the hub has answered a pull: its consents may have changed meanwhile."""
        self.breaker.failed(self._now_s(), retry_after_s)
        self._fresh = False

    # --- doubtful ones -------------------------------------------------------------------------------

    def _ask_doubtful(self) -> int:
        asked = 0
        for claimed in claiming.doubtful(self.store, DOUBTFUL_AT_ONCE):
            if self._free <= 0:
                break
            if self._now_s() >= self._asked_at_s.get(claimed.id, -HUB_ASK_AGAIN_S) + HUB_ASK_AGAIN_S:
                self._ask(claimed)
                asked += 1
        return asked

    def _ask(self, claimed: Claimed) -> None:
        marker = marker_of(self.store, claimed)
        self._asked_at_s[claimed.id] = math.inf
        self._fly(partial(self.hub.read, "Provenance", marker.id), partial(self._told, claimed, marker))

    def _told(self, claimed: Claimed, marker: Marker, found: Resource | Unanswered | None) -> None:
        if isinstance(found, Unanswered):
            self._asked_at_s[claimed.id] = self._now_s()
            self._hub_failed()
            return
        self._hub_answered()
        del self._asked_at_s[claimed.id]
        if not marker.leaves and found is None:
            claiming.delivered(self.store, claimed, ())
        elif marker.leaves and found is not None and digest_of(found) == claimed.digest != "":
            claiming.delivered(self.store, claimed, held_by(found) if claimed.document_key else ())
        else:
            claiming.not_found(self.store, claimed)

    # --- sending -------------------------------------------------------------------------------------

    def _send_due(self) -> int:
        if self._free <= 0:
            return 0
        taken = claiming.claim(self.store, self.rules(), limit=self._free, lease_s=DELIVERY_LEASE_S)
        for claimed in taken:
            self._send_one(claimed)
        return len(taken)

    def _send_one(self, claimed: Claimed) -> None:
        try:
            prepared = prepare(self.store, self.facility_name, claimed)
        except RenkeiError as error:
            claiming.refused(self.store, claimed, _as_outcome(error))
            return
        claiming.about_to_send(self.store, claimed.id, prepared.payload.digest)
        self._fly(partial(_send, self.hub, prepared), partial(self._write_down, claimed, prepared))

    def _write_down(self, claimed: Claimed, prepared: Prepared, outcome: Outcome) -> None:
        match outcome:
            case Delivered():
                self._hub_answered()
                claiming.delivered(self.store, claimed, prepared.payload.holds)
            case Refused():
                self._hub_answered()
                claiming.refused(self.store, claimed, outcome.outcome)
            case Doubtful():
                self._asked_at_s[claimed.id] = self._now_s()
                claiming.doubt(self.store, claimed, outcome.reason)
                self.breaker.doubted(self._now_s())
                self._fresh = self._fresh and not self.breaker.is_open
            case Transient(Reason.CONFLICT) if claimed.attempts + 1 >= HUB_CONFLICTS_MAX:
                claiming.refused(self.store, claimed, without_words("HTTP 409"))
            case Transient():
                pause_s = max(outcome.retry_after_s, backoff_s(claimed.attempts + 1, self.random))
                again = self.store.clock.now() + timedelta(seconds=pause_s)
                claiming.retry(self.store, claimed, outcome.reason, again)
                if outcome.reason in OF_THE_HUB:
                    self._hub_failed(outcome.retry_after_s)

    # --- figures -------------------------------------------------------------------------------------

    def _show(self) -> None:
        now_s = self._now_s()
        if self.figures is None or now_s < self._figures_at_s:
            return
        self._figures_at_s = now_s + EXCHANGE_FIGURES_S
        counts = deliveries.counts(self.store)
        for state in deliveries.State:
            self.figures.set(f"deliveries.{state.value}", counts.get(state.value, 0))
        self.figures.set("oldest_waiting_s", round(deliveries.oldest_waiting_s(self.store)))
        self.figures.set("hub", "away" if self.breaker.is_open else "ok" if self._fresh else "unknown")
        self.figures.set("hub_seen_at", self._hub_seen_at)


def _send(hub: Hub, prepared: Prepared) -> Outcome:
    """In a thread of the pool: send, having asked first where there may be nothing to take back."""
    if prepared.only_if_known:
        known = hub.read(*prepared.only_if_known)
        if known is None:
            return Delivered()
        if isinstance(known, Unanswered):
            return Transient(known.reason)
    return hub.send(prepared.payload.body, prepared.payload.entries)


def _as_outcome(error: RenkeiError) -> str:
    """Why a delivery cannot even be made, in the form in which the hub's refusals are kept."""
    return without_words(f"{error.code} {error.ja} / {error.en}")
