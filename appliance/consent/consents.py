"""A patient's consent as it was signed: mode, scope, exclusions, dates, and the answer for emergencies.

A consent is never edited; `narrows` tells whether a new one only takes away from the one it supersedes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from appliance.consent.states import State
from appliance.records.data_class import DataClass


class Mode(StrEnum):
    """How the scope is named: 一括, リスト指定, 施設ごと, 個人単位."""

    BLANKET = "blanket"
    LIST = "list"
    FACILITY = "facility"
    PERSON = "person"


class Edge(NamedTuple):
    """Data of `provider` may be seen at `viewer`; not the other way round."""

    provider: str
    viewer: str


class NamedPerson(NamedTuple):
    """One professional at one facility; a person who moves loses the permission."""

    person: str
    facility: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent record, in effect during `[effective, expires)`.

    `viewers` serves `list`, `edges` serves `facility`, `persons` serves `person`; `objections` serves `blanket`.
    `emergency` is the patient's own answer to the question about emergencies: False only where they said no.
    """

    state: State
    mode: Mode
    effective: datetime
    captured_at: str
    expires: datetime | None = None
    viewers: frozenset[str] = frozenset()
    edges: frozenset[Edge] = frozenset()
    persons: frozenset[NamedPerson] = frozenset()
    excluded_viewers: frozenset[str] = frozenset()
    excluded_sources: frozenset[str] = frozenset()
    objections: frozenset[str] = frozenset()
    hidden_classes: frozenset[DataClass] = frozenset()
    data_from: date | None = None
    emergency: bool = True


def narrows(new: Consent, old: Consent) -> bool:
    """Whether `new` permits nothing that `old` does not, both taken as active: such a change binds at signature.

    False where in doubt: then the change binds at approval (consent.md, section 3, Concurrency).
    """
    return (
        new.mode is old.mode
        and new.captured_at == old.captured_at
        and _binds_no_longer(new, old)
        and _names_no_more(new, old)
        and _withholds_no_less(new, old)
    )


def _binds_no_longer(new: Consent, old: Consent) -> bool:
    if new.mode is Mode.BLANKET and new.effective != old.effective:
        return False  # a later date of signing takes in whoever joined between the two
    ends_in_time = old.expires is None or (new.expires is not None and new.expires <= old.expires)
    return new.effective >= old.effective and ends_in_time


def _names_no_more(new: Consent, old: Consent) -> bool:
    return new.viewers <= old.viewers and new.edges <= old.edges and new.persons <= old.persons


def _withholds_no_less(new: Consent, old: Consent) -> bool:
    starts_in_time = old.data_from is None or (new.data_from is not None and new.data_from >= old.data_from)
    return (
        new.excluded_viewers >= old.excluded_viewers
        and new.excluded_sources >= old.excluded_sources
        and new.objections >= old.objections
        and new.hidden_classes >= old.hidden_classes
        and starts_in_time
        and (old.emergency or not new.emergency)
    )
