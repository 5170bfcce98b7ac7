"""The participants: the operator's signed list of facilities, each with its memberships and its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from appliance.consent.periods import covers


@dataclass(frozen=True, slots=True)
class Membership:
    """One stay of a facility in the network, `[since, until)`; a return is a membership of its own."""

    facility: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Participants:
    """The memberships by facility, and each facility's kind (`clinic`, `emergency-hospital`, …)."""

    memberships: Mapping[str, tuple[Membership, ...]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, memberships: Iterable[Membership], kinds: Mapping[str, str] | None = None) -> Participants:
        by_facility: dict[str, tuple[Membership, ...]] = {}
        for membership in memberships:
            by_facility[membership.facility] = (*by_facility.get(membership.facility, ()), membership)
        return cls(by_facility, kinds or {})

    def joined(self, facility: str, now: datetime) -> datetime | None:
        """When the membership that covers `now` began; None: no participant now.

        Of memberships that overlap, the earliest counts: the facility has been there since without a break.
        """
        stays = self.memberships.get(facility, ())
        return min([stay.since for stay in stays if covers(stay.since, stay.until, now)], default=None)

    def kind(self, facility: str) -> str | None:
        return self.kinds.get(facility)
