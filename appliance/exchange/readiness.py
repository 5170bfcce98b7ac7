"""Keeping the emergency set of every consenting patient ready, so that it survives the line.

One patient at a time and only while the hub can be asked; deliveries and look-ups never wait for it. The requests run in
threads of their own, the store is touched by the caller's alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from appliance.exchange.asking import Found, ask_all
from appliance.exchange.hub import Hub, Patience
from appliance.exchange.lookup import keep_found, wanted
from appliance.exchange.threads import RequestThreads
from appliance.exchange.timeline import TYPES
from appliance.limits import EMERGENCY_AGAIN_S, EMERGENCY_LOOK_S, EMERGENCY_PAUSE_S, EMERGENCY_TRIED_MAX
from appliance.store import network, patients
from appliance.store.db import Store


@dataclass(slots=True)
class Readiness:
    """`turn` is called with every cycle of the service and never waits. `may_ask`: whether the hub is there and free."""

    store: Store
    hub: Hub
    may_ask: Callable[[], bool]
    region: str = ""
    _threads: RequestThreads = field(init=False)
    _asking: RequestThreads = field(init=False)
    _flying: tuple[int, Future[Found | None]] | None = None
    _next_s: float = 0.0
    _tried_s: dict[int, float] = field(default_factory=dict)
    """Until when a patient whose set could not be fetched is left alone."""

    def __post_init__(self) -> None:
        self._threads = RequestThreads(len(TYPES), "emergency")
        self._asking = RequestThreads(1, "emergency-set")

    def turn(self) -> bool:
        """Take in what has come back, then ask for the next patient if it is time; whether anything happened."""
        if self._flying is not None:
            return self._settle(*self._flying)
        if self._now_s() < self._next_s or not self.may_ask():
            return False
        started = self._start()
        self._next_s = self._now_s() + (EMERGENCY_PAUSE_S if started else EMERGENCY_LOOK_S)
        return started

    def stop(self) -> None:
        self._threads.stop()
        self._asking.stop()

    def _start(self) -> bool:
        waiting = self._left_alone()
        due = network.emergency_due(self.store, len(waiting) + 1)
        patient = next((one for one in due if one not in waiting), None)
        if patient is None:
            return False
        asked = wanted(self.store, patients.load(self.store, patient), self.region)
        request = partial(ask_all, self.hub, self._threads, asked, Patience())
        self._flying = patient, self._asking.submit(request)
        return True

    def _settle(self, patient: int, answer: Future[Found | None]) -> bool:
        if not answer.done():
            return False
        self._flying = None
        if not self._keeps(patient, answer):
            self._leave_alone(patient)
        return True

    def _keeps(self, patient: int, answer: Future[Found | None]) -> bool:
        try:
            found = answer.result()
            if found is None:
                return False
            with self.store.transaction():
                return keep_found(self.store, patient, found, self.store.now())
        except Exception as error:  # noqa: BLE001 - the task's edge: deliveries go on whatever a hub answered
            print(f"exchange: an emergency set could not be kept ({type(error).__name__})", file=sys.stderr)
            return False

    def _left_alone(self) -> set[int]:
        now_s = self._now_s()
        self._tried_s = {one: until_s for one, until_s in self._tried_s.items() if until_s > now_s}
        return set(self._tried_s)

    def _leave_alone(self, patient: int) -> None:
        if len(self._tried_s) < EMERGENCY_TRIED_MAX:
            self._tried_s[patient] = self._now_s() + EMERGENCY_AGAIN_S

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()
