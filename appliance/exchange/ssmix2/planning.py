"""From the store to what a patient's deliveries mean for a storage: a change, a question to the server, or nothing now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.clock import from_iso
from appliance.consent.decision import Reason
from appliance.consent.rules import Rules
from appliance.exchange.ssmix2.charting import Charted, charted
from appliance.exchange.ssmix2.naming import FileName, Flag, Place, Root
from appliance.exchange.ssmix2.storage import Changes, Held, Operation, Write, changes
from appliance.store import owing, storage_files
from appliance.store.access import Gate
from appliance.store.db import Store
from appliance.store.storage_files import Begun, StorageFile


@dataclass(frozen=True, slots=True)
class Change:
    """One patient's change, ready to go out; without operations there is nothing to do."""

    patient: int
    digest: str
    operations: tuple[Operation, ...] = ()
    after: tuple[StorageFile, ...] = ()
    new: tuple[StorageFile, ...] = ()
    """Of `after`, what is written by this change."""
    brings: tuple[int, ...] = ()
    """Other deliveries of the patient that were ready when this was planned."""

    @property
    def holds(self) -> Change:
        return self

    def entries(self) -> dict[str, str]:
        """What is written, without the numbers of patients and orders."""
        return {f"{one.kind} {one.day} {_digits(one.order_no)}": one.digest for one in self.new}


@dataclass(frozen=True, slots=True)
class Question:
    """What the server has to be asked before anything else is planned for a patient."""

    patient: int
    digest: str
    """Of the change that was begun."""
    names: Mapping[str, StorageFile]
    """By the path that each would have."""
    parts: tuple[str, ...]

    @property
    def holds(self) -> None:
        return None

    def entries(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing can be planned now: another change of the patient is under way, or the network's consents are too old."""

    patient: int
    digest: str = "later"

    @property
    def holds(self) -> None:
        return None

    def entries(self) -> dict[str, str]:
        return {}


Ready = Change | Question | Later


@dataclass(frozen=True, slots=True)
class Told:
    """What the server said that it holds of a patient, and after which change (its digest) it was asked."""

    digest: str
    files: tuple[StorageFile, ...]


def plan(store: Store, rules: Rules, patient: int, told: Told | None) -> Ready:
    """Inside a transaction. A change is written down as begun before anybody sees it. Raises NothingToSendError."""
    begun = _begun(store, patient, told)
    found = charted(store, Gate(store, rules), patient)
    if isinstance(found, Reason):
        return Later(patient) if found is Reason.STALE else Change(patient, found)
    held = storage_files.held(store, patient)
    at = begun.at if begun else store.now()
    change = _change(patient, _changes(found, held, at), held, storage_files.waiting(store, patient))
    if begun is not None and begun.digest != change.digest:
        return _question(found, held, patient, begun)
    if change.operations:
        parts = tuple(one.part for one in change.operations if isinstance(one, Write))
        storage_files.begin(store, patient, Begun(at, change.digest, change.new, parts))
    return change


def took(store: Store, change: Change) -> None:
    """A change is carried out; late news of one that was begun anew meanwhile count for nothing.

    Where something that it brought was taken back while it was under way, the storage has to follow once more.
    """
    begun = storage_files.begun(store, change.patient)
    if change.operations and begun is not None and begun.digest == change.digest:
        storage_files.now_holds(store, change.patient, change.after)
    if not storage_files.brought(store, change.brings):
        owing.owe_storage(store, change.patient)


def _begun(store: Store, patient: int, told: Told | None) -> Begun | None:
    """The change that is begun, unless the server has been asked since what became of it."""
    begun = storage_files.begun(store, patient)
    if begun is None or told is None or told.digest != begun.digest:
        return begun
    storage_files.now_holds(store, patient, told.files)
    return None


# --- between the store's words and the planner's -------------------------------------------------------


def _changes(found: Charted, held: Sequence[StorageFile], at: str) -> Changes:
    names = [Held(_name(one, found.chart.pid), one.digest) for one in held]
    return changes(found.chart, found.wanted, names, from_iso(at))


def _name(one: StorageFile, pid: str) -> FileName:
    place = Place(Root(one.root), pid, one.day, one.kind, one.order_no)
    return FileName(place, one.at, one.department, Flag(one.flag))


def _files(held: Sequence[Held]) -> tuple[StorageFile, ...]:
    return tuple(
        StorageFile(
            *(one.name.place.root, one.name.place.day, one.name.place.kind, one.name.place.order_no),
            *(one.name.at, one.name.department, one.name.flag, one.digest),
        )
        for one in held
    )


def _change(patient: int, made: Changes, held: Sequence[StorageFile], brings: tuple[int, ...]) -> Change:
    known = {_key(one) for one in held}
    after = _files(made.held)
    new = tuple(one for one in after if _key(one) not in known)
    return Change(patient, made.digest(), made.operations, after, new, brings)


def _question(found: Charted, held: Sequence[StorageFile], patient: int, begun: Begun) -> Question:
    """Under which of its three names each file lies that is held, or may have been written."""
    names = {}
    for one in (*held, *begun.files):
        for flag in Flag:
            there = replace(one, flag=flag)
            names[_name(there, found.chart.pid).path(found.chart.facility)] = there
    return Question(patient, begun.digest, names, begun.parts)


def _key(one: StorageFile) -> tuple[str, ...]:
    return (one.root, one.day, one.kind, one.order_no, one.at)


def _digits(order_no: str) -> str:
    return hashlib.sha256(order_no.encode()).hexdigest()[:8]
