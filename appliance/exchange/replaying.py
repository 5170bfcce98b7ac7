"""What would be different if a refused delivery were sent again now: made anew from the store, compared, not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.channels import ChannelKind
from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.exchange.prepare import FacilityName, manner_of, prepare
from appliance.store import claiming, deliveries
from appliance.store.db import Store
from appliance.store.deliveries import State


@dataclass(frozen=True, slots=True)
class Preview:
    """`state` and `reason`: where a replay puts the delivery. The entries by address; `known`: they can be compared.

    `trouble` says why it cannot even be made as things are.
    """

    delivery: int
    state: State
    reason: str = ""
    known: bool = False
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0
    trouble: str = ""

    @property
    def is_the_same(self) -> bool:
        return self.known and not (self.changed or self.added or self.gone)


def preview(store: Store, rules: Rules, facility_name: FacilityName, delivery: int) -> Preview:
    """Nothing is changed by it. Raises KeyError when there is no such delivery."""
    claimed, state, reason = claiming.as_if_claimed(store, rules, delivery)
    before = deliveries.sent_entries(store, delivery)
    if claimed.channel is not ChannelKind.FHIR or state is not State.READY:
        return Preview(delivery, state, reason)
    try:
        now = prepare(store, facility_name, claimed, manner_of(rules.channels)).entries()
    except RenkeiError as error:
        return Preview(delivery, state, trouble=f"{error.code} {error.ja} / {error.en}")
    return compared(delivery, before, now) if before else Preview(delivery, state)


def compared(delivery: int, before: Mapping[str, str], now: Mapping[str, str]) -> Preview:
    both = before.keys() & now.keys()
    return Preview(
        delivery,
        State.READY,
        known=True,
        changed=tuple(sorted(one for one in both if before[one] != now[one])),
        added=tuple(sorted(now.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - now.keys())),
        same=sum(before[one] == now[one] for one in both),
    )
