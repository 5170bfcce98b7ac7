"""The pull of what the network says of consents: every few minutes and after each reconnect, before any data.

The participants and the policy are the operator's signed files (store/rules.py); from the hub come the Consents. A pull
under expired rules leaves the snapshot as old as it was: normal use pauses when it has become stale. A consent of ours
that the hub holds inactive although we told it active was ended elsewhere: it ends here too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from appliance.consent.rules import Rules
from appliance.consent.states import State
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.reading import inside, words
from appliance.exchange.hub import Hub, Unanswered
from appliance.store import access, consents, deliveries, governing
from appliance.store.db import Store
from appliance.store.restoring import DISTRUSTED

_SEEN = "hub_consents_seen"
_PAGE = "200"
ENDED_ELSEWHERE = "ended-elsewhere"


@dataclass(frozen=True, slots=True)
class Since:
    """From where a pull starts: the hub's time of the newest Consent seen (empty: none yet), and our time now."""

    seen: str
    asked_at: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """One complete pull: the ids of consents that are not active at the hub, and the hub's newest time stamp."""

    since: Since
    ended: frozenset[str]
    seen: str


def starting_point(store: Store) -> Since:
    return Since(store.meta(_SEEN) or "", store.now())


def pull(hub: Hub, since: Since) -> Pulled | Unanswered:
    """Ask the hub for the Consents changed since (its own time; those of that very instant come again)."""
    terms = [("_count", _PAGE)]
    if since.seen:
        terms.append(("_lastUpdated", f"ge{since.seen}"))
    ended: set[str] = set()
    seen = since.seen
    for page in hub.pages("Consent", terms):
        if isinstance(page, Unanswered):
            return page
        ended |= {words(one, "id") for one in page if one.get("status") != "active"}
        seen = max([seen, *map(_last_updated, page)])
    return Pulled(since, frozenset(ended), seen)


def take_in(store: Store, rules: Rules, pulled: Pulled) -> int:
    """Bring the store up to the pull; how many consents were ended. PROVIDE may then be asked again for what was held.

    Nothing of ours may have been on its way to the hub during the pull: what it shows is then what it was told.
    """
    with store.transaction():
        ended = _end_here(store, pulled.ended, pulled.since.asked_at)
        store.set_meta(_SEEN, pulled.seen)
        store.execute("DELETE FROM meta WHERE name = ?", (DISTRUSTED,))
        if rules.are_fresh(store.clock.now()):
            access.set_snapshot(store, store.clock.now())
    return ended


def _end_here(store: Store, ended: Collection[str], asked_at: str) -> int:
    """Of a restored store nobody knows what the hub was told since: there the hub's word goes first."""
    distrusted = store.meta(DISTRUSTED) is not None
    count = 0
    for resource_id in sorted(ended):
        record = governing.by_resource(store, resource_id)
        if record is None or record.state is not State.ACTIVE:
            continue
        late = record.changed_at >= asked_at
        if late or (not distrusted and deliveries.consent_untold(store, record.patient)):
            continue  # the hub merely has not heard yet; what it is told next comes back with the next pull
        consents.withdrawn_elsewhere(store, record.id, ENDED_ELSEWHERE)
        count += 1
    return count


def _last_updated(one: Resource) -> str:
    return words(inside(one, "meta"), "lastUpdated")
