"""The FHIR channel: transaction bundles to the hub, several deliveries in one; their markers tell what became of them.

A group that the hub refuses is halved until the ones that are at fault stand alone: a bad document never blocks others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from appliance.channels import ChannelKind
from appliance.exchange.channel import Ahead, Arrived, Missing, Told
from appliance.exchange.fhir.bundle import Entry, bundle_of
from appliance.exchange.fhir.provenance import SHARED_TYPES, Held, digest_of, held_by
from appliance.exchange.fhir.reading import words
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.outcomes import Delivered, Outcome, Reason, Refused, Transient
from appliance.exchange.prepare import AS_RECORDS, FacilityName, Manner, Marker, Prepared, marker_of, prepare
from appliance.limits import GROUP_MAX_BYTES, GROUP_MAX_DELIVERIES, GROUP_MAX_ENTRIES, GROUP_MAX_S
from appliance.store import documents
from appliance.store.db import Store
from appliance.store.deliveries import Claimed
from appliance.store.restoring import is_newer, owed_since


@dataclass(frozen=True, slots=True)
class Question:
    """The marker to look for, the digest it must carry, and from when on (ISO 8601) it would be newer than ours."""

    marker: Marker
    digest: str
    owed_since: str


class FhirChannel:
    """Deliveries to one hub."""

    kind = ChannelKind.FHIR
    group_max = GROUP_MAX_DELIVERIES

    def __init__(self, hub: Hub, facility_name: FacilityName, manner: Manner = AS_RECORDS) -> None:
        self.hub = hub
        self._facility_name = facility_name
        self._manner = manner

    def prepare(self, store: Store, claimed: Claimed) -> Prepared:
        return prepare(store, self._facility_name, claimed, self._manner)

    def group(self) -> Callable[[Prepared], bool]:
        return _Group().take

    def send(self, group: Sequence[Prepared]) -> list[Outcome]:
        deadline_s = self.hub.monotonic_s() + GROUP_MAX_S
        return self._send(group, deadline_s)

    def took(self, store: Store, claimed: Claimed, holds: Collection[Held]) -> None:
        if claimed.document_key:
            documents.hub_now_holds(store, claimed.document_key, holds)

    def question(self, store: Store, claimed: Claimed) -> Question:
        return Question(marker_of(store, claimed), claimed.digest, owed_since(store, claimed))

    def ask(self, question: Question) -> Told:
        marker = question.marker
        found = self.hub.read("Provenance", marker.id)
        if isinstance(found, Unanswered):
            return found
        if found is not None and is_newer(words(found, "recorded"), question.owed_since):
            return Ahead()
        if not marker.leaves:
            return Arrived(frozenset()) if found is None else Missing()
        if found is not None and digest_of(found) == question.digest != "":
            return Arrived(held_by(found))
        return Missing()

    def _send(self, group: Sequence[Prepared], deadline_s: float) -> list[Outcome]:
        outcome = self._send_as_one(group)
        if len(group) == 1 or not _may_be_of_one(outcome):
            return [outcome] * len(group)
        half = len(group) // 2
        outcomes = self._send(group[:half], deadline_s)
        goes_on = isinstance(outcomes[-1], Delivered) or _may_be_of_one(outcomes[-1])
        if goes_on and self.hub.monotonic_s() <= deadline_s:
            return [*outcomes, *self._send(group[half:], deadline_s)]
        untried = Transient(Reason.NOT_TRIED)
        return [*outcomes, *[untried] * (len(group) - half)]

    def _send_as_one(self, group: Sequence[Prepared]) -> Outcome:
        first = group[0]
        if first.only_if_known:
            known = self.hub.read(*first.only_if_known)
            if known is None:
                return Delivered()
            if isinstance(known, Unanswered):
                return Transient(known.reason)
        parts = together(group)
        return self.hub.send(bundle_of(parts), len(parts))


def together(group: Sequence[Prepared]) -> list[Entry]:
    """The entries of one bundle: each resource once; of what documents share, the last one told."""
    by_address = {part.held: part for one in group for part in one.payload.parts}
    return list(by_address.values())


class _Group:
    """What goes into one bundle: within its bounds, and no resource twice unless documents share it."""

    def __init__(self) -> None:
        self._count = self._bytes = 0
        self._addresses: set[Held] = set()

    def take(self, one: Prepared) -> bool:
        parts = one.payload.parts
        size_bytes = sum(len(part.encoded) for part in parts)
        addresses = {part.held for part in parts}
        if self._count:
            twice = {held for held in self._addresses & addresses if held[0] not in SHARED_TYPES}
            entries = len(self._addresses | addresses)
            if twice or entries > GROUP_MAX_ENTRIES or self._bytes + size_bytes > GROUP_MAX_BYTES:
                return False
        self._count += 1
        self._bytes += size_bytes
        self._addresses |= addresses
        return True


def _may_be_of_one(outcome: Outcome) -> bool:
    """Whether one member alone may be at fault for what became of the whole."""
    return isinstance(outcome, Refused) or outcome == Transient(Reason.CONFLICT)
