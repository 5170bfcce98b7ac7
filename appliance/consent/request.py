"""What is asked of `decide`: the request, the box's snapshot of the network's rules, and both together as a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from appliance.consent.consents import Consent
from appliance.consent.participants import Participants
from appliance.consent.periods import covers_bounded
from appliance.consent.policy import Policy
from appliance.records.data_class import DataClass


class Purpose(StrEnum):
    """What the data are wanted for: one request has one purpose. PROVIDE asks whether they may leave the box."""

    TREAT = "treat"
    EMERGENCY = "emergency"
    DISASTER = "disaster"
    PROVIDE = "provide"


@dataclass(frozen=True, slots=True)
class Grant:
    """One break-glass permission, `[since, until)`; the box never makes one longer than four hours."""

    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None

    def is_live(self, now: datetime) -> bool:
        return covers_bounded(self.since, self.until, now)

    def has_reason(self) -> bool:
        return bool(self.reason and self.reason.strip())


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants what, of whose data, and why. None stands for a purpose or data class that is not known here.

    `viewer` is the person, `viewer_facility` where they are, `source_facility` the provider. `authenticated` includes
    that the person's own dates as a member are in force.
    """

    authenticated: bool
    viewer: str
    viewer_facility: str
    source_facility: str
    role: str
    purpose: Purpose | None
    data_class: DataClass | None
    data_date: date | None
    two_factor: bool = False
    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The network's rules and consents as the box last pulled them whole; `taken_at` is the end of that pull."""

    taken_at: datetime
    participants: Participants
    policy: Policy


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one decision rests on. `can_express`: the patient can express a will now."""

    now: datetime
    snapshot: Snapshot
    can_express: bool
    consent: Consent | None
    request: Request
    clock_trusted: bool = True

    def is_stale(self) -> bool:
        """Whether the snapshot is older than the policy allows, or its age cannot be known (row 16)."""
        age_s = (self.now - self.snapshot.taken_at).total_seconds()
        return not (self.clock_trusted and age_s <= self.snapshot.policy.max_snapshot_age_s)
