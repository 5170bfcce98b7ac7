"""The questions that the kiosk may ask the exchange, each to whom it is for, and what goes on between them."""

from __future__ import annotations

from collections.abc import Callable

from appliance.consent.rules import Rules
from appliance.exchange.candidates import Candidates
from appliance.exchange.hub import Hub
from appliance.exchange.lookup import LookUps
from appliance.exchange.opening import Opening
from appliance.exchange.readiness import Readiness
from appliance.records.messages import FindInNetwork, LookUp, Message, ReadDocument
from appliance.store.db import Store

Question = LookUp | ReadDocument | FindInNetwork


class Questions:
    """`hub_is_away` and `delivering` are the worker's; `region` as in asking.Wanted."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        rules: Callable[[], Rules],
        hub_is_away: Callable[[], bool],
        delivering: Callable[[], bool],
        region: str = "",
    ) -> None:
        self._look_ups = LookUps(store, hub, rules, hub_is_away, region)
        self._opening = Opening(store, hub, rules, hub_is_away, region)
        self._candidates = Candidates(store, hub, rules, hub_is_away)
        self._readiness = Readiness(store, hub, lambda: not (hub_is_away() or delivering()), region)

    def answer(self, request: Question) -> Message:
        match request:
            case LookUp():
                return self._look_ups.answer(request)
            case ReadDocument():
                return self._opening.answer(request)
            case FindInNetwork():
                return self._candidates.answer(request)

    def turn(self) -> None:
        """With every cycle of the service; never waits."""
        self._readiness.turn()
        self._opening.forget()

    def stop(self) -> None:
        for one in (self._look_ups, self._opening, self._candidates, self._readiness):
            one.stop()
