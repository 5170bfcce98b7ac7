"""The operator's signed policy, as far as a decision reads it (consent.md, sections 2 and 3).

The defaults are the default policy of section 3. A word of the policy that this version does not know is None, and
wherever it would have to be asked, the answer is no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from appliance.consent.periods import covers_bounded
from appliance.limits import CONSENT_SNAPSHOT_MAX_AGE_S
from appliance.records.data_class import DataClass


class Growth(StrEnum):
    """What a blanket consent means for a facility that joins after it was signed."""

    FROZEN = "frozen"
    NOTIFY = "notify"
    PUBLISH = "publish"


class Topology(StrEnum):
    """Whether any two facilities may share (mesh) or only with the one that took the consent (star)."""

    MESH = "mesh"
    STAR = "star"


class EmergencyRule(StrEnum):
    """Whether data may be seen in an emergency: never, with a live record, or for anybody."""

    NEVER = "never"
    CONSENTED = "consented"
    ANY = "any"


EMERGENCY_CLASSES = frozenset(
    {DataClass.BASIC, DataClass.ALLERGY, DataClass.MEDICATION, DataClass.DIAGNOSIS},
)
"""What an emergency or disaster opens, at most (row 12)."""


@dataclass(frozen=True, slots=True)
class Disaster:
    """One activation of the disaster mode: which facilities, from when, and until which stated minute."""

    facilities: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, facility: str, now: datetime) -> bool:
        return facility in self.facilities and covers_bounded(self.since, self.until, now)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one network. `notices` holds the objection deadline of each facility that joined."""

    growth: Growth | None = Growth.NOTIFY
    notices: Mapping[str, datetime] = field(default_factory=dict)
    topology: Topology | None = Topology.MESH
    emergency: EmergencyRule | None = EmergencyRule.CONSENTED
    emergency_kinds: frozenset[str] = frozenset()
    own_roles: frozenset[str] = frozenset()
    role_classes: Mapping[str, frozenset[DataClass]] = field(default_factory=dict)
    disasters: tuple[Disaster, ...] = ()
    max_snapshot_age_s: float = CONSENT_SNAPSHOT_MAX_AGE_S

    def may_see(self, role: str, data_class: DataClass | None) -> bool:
        """The role × class table (row 5); an unknown role or class is in no line of it."""
        return data_class is not None and data_class in self.role_classes.get(role, frozenset())

    def disaster_covers(self, facility: str, now: datetime) -> bool:
        return any(disaster.covers(facility, now) for disaster in self.disasters)
