"""The work on one concept: what its codings become on a day, and from when to when the same would be the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from appliance.codes.counts import Kind, Miss, Reason
from appliance.codes.entries import Entry, Picked, Standing, pick
from appliance.records.coding import LOCAL_SYSTEMS, Coding, Concept

E = TypeVar("E", bound=Entry)

NAMED_BY_THEIR_OWN = frozenset({Kind.MODIFIER, Kind.ACT, Kind.MATERIAL, Kind.COMMENT})
"""Kinds whose receipt code is itself the national one: known to the masters, they are mapped."""

_WEIGHT = (Reason.ABOLISHED, Reason.AMBIGUOUS, Reason.NO_STANDARD, Reason.NO_MASTER, Reason.UNKNOWN)
"""Where several reasons hold, the first of these is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """What a concept's codings became (`concept`, without words). `reached` are the systems of its national codes; `reason` None: mapped.

    `unit` is the unit that the drug master counts the drug in. Holds on every day from `since` to `until`.
    """

    kind: Kind
    concept: Concept
    reached: tuple[str, ...]
    reason: Reason | None
    partly: tuple[Miss, ...]
    later: bool
    unit: str
    since: date
    until: date

    @property
    def source(self) -> tuple[str, str]:
        """System and code of the source's own coding."""
        first = self.concept.codings[0]
        return str(first.system), first.code


class Work:
    """A concept being resolved: its codings as they grow, and what is found out on the way."""

    def __init__(self, kind: Kind, codings: Sequence[Coding], on: date) -> None:
        self.kind, self.on = kind, on
        self.codings = list(codings)
        self.unit = ""
        self.known = False
        self._since, self._until = date.min, date.max
        self._later = False
        self._reasons: set[Reason] = set()
        self._missed: dict[str, Reason] = {}

    def code_of(self, system: str) -> str:
        """The code that stands there already, or nothing."""
        return next((coding.code for coding in self.codings if coding.system == system), "")

    def systems(self) -> frozenset[str]:
        return frozenset(coding.system for coding in self.codings)

    def add(self, system: str, code: str, display: str = "") -> None:
        """Add a coding, unless its code is empty or its system is there already: the source's word stands."""
        if code and not self.code_of(system):
            self.codings.append(Coding(system, code, display))

    def add_second(self, system: str, code: str, display: str = "") -> None:
        """Add one more coding of a system (the second ICD-10 code)."""
        if code and not any(coding.system == system and coding.code == code for coding in self.codings):
            self.codings.append(Coding(system, code, display))

    def add_only(self, system: str, candidates: Iterable[str], display: str = "") -> None:
        """Add the code if the masters agree on one; several are noted, never chosen from."""
        codes = {code for code in candidates if code}
        if self.code_of(system):
            return
        if len(codes) == 1:
            self.add(system, codes.pop(), display)
        elif codes:
            self.miss(Reason.AMBIGUOUS, system)

    def name(self, system: str, display: str) -> None:
        """Give the coding of a system its display, where the source gave none."""
        for place, coding in enumerate(self.codings):
            if coding.system == system and not coding.display and display:
                self.codings[place] = Coding(coding.system, coding.code, display)

    def miss(self, reason: Reason, wanted: str = "") -> None:
        """Note why a code, or the one of a wanted system, could not be had."""
        self._reasons.add(reason)
        if wanted:
            self._missed[wanted] = reason

    def pick(self, versions: Sequence[E]) -> E | None:
        """The entry of one code that speaks for the day; None (noted) when there is none or it had ended."""
        if not versions:
            return None
        picked: Picked[E] = pick(versions, self.on)
        self._since, self._until = max(self._since, picked.since), min(self._until, picked.until)
        if picked.standing is Standing.ABOLISHED:
            self.miss(Reason.ABOLISHED)
            return None
        self._later = self._later or picked.standing is Standing.LATER
        self.known = True
        return picked.entry

    def pick_each(self, entries: Iterable[E]) -> list[E]:
        """Of entries of several codes, the one of each that speaks for the day. Later ones only if nothing else does."""
        by_code: dict[str, list[E]] = defaultdict(list)
        for entry in entries:
            by_code[entry.code].append(entry)
        later_before = self._later
        picked = (self.pick(versions) for versions in by_code.values())
        chosen = [entry for entry in picked if entry]
        valid = [entry for entry in chosen if entry.standing(self.on) is Standing.VALID]
        if valid:
            self._later = later_before
        return valid or chosen

    def resolved(self) -> Resolved:
        """What came of it."""
        systems = dict.fromkeys(coding.system for coding in self.codings)
        reached = [system for system in systems if system not in LOCAL_SYSTEMS]
        if self.known and self.kind in NAMED_BY_THEIR_OWN:
            reached.insert(0, self.codings[0].system)
        reason = None
        if not reached:
            reason = next((one for one in _WEIGHT if one in self._reasons), Reason.UNKNOWN)
        system, code = str(self.codings[0].system), self.codings[0].code
        partly = tuple(
            Miss(system, code, why, str(wanted)) for wanted, why in self._missed.items() if reached
        )
        return Resolved(
            self.kind,
            Concept(tuple(self.codings)),
            tuple(str(system) for system in reached),
            reason,
            partly,
            self._later,
            self.unit,
            self._since,
            self._until,
        )
