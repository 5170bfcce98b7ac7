"""The SS-MIX2 channel: a network's storage at an SFTP server is kept as each patient's chart has it now.

Every delivery of a patient means the same here: bring their part of the storage in line with what PROVIDE permits. So the
deliveries of a group that concern one patient are one change, planned from what the storage holds (`storage_files`):

| what is known of the patient | what goes out |
|---|---|
| nothing under way | the change, once it is written down that it begins |
| a change begun, and planned anew it is the same | the same bytes under the same names again: the rest of it |
| a change begun, and it would be another now | nothing yet: the server is asked what it holds, and parts are removed |

A cut therefore leaves no doubt: the operations may be carried out as often as it takes.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from appliance.channels import ChannelKind
from appliance.clock import from_iso
from appliance.consent.decision import Reason as ProvideReason
from appliance.consent.rules import Rules
from appliance.exchange.channel import Missing
from appliance.exchange.outcomes import Delivered, Outcome, Reason, Refused, Transient, as_kept
from appliance.exchange.sftp import Sftp
from appliance.exchange.sftp_channels import SftpChannels
from appliance.exchange.sftp_errors import (
    SftpCutError,
    SftpError,
    SftpHostKeyError,
    SftpIncompatibleError,
    SftpNoRoomError,
    SftpSignInError,
)
from appliance.exchange.ssmix2.charting import Charted, charted
from appliance.exchange.ssmix2.naming import FileName, Flag, Place, Root
from appliance.exchange.ssmix2.storage import Changes, Held, Operation, Write, changes
from appliance.limits import GROUP_MAX_S, STORAGE_GROUP_DELIVERIES
from appliance.store import storage_files
from appliance.store.access import Gate
from appliance.store.db import Store
from appliance.store.deliveries import Claimed
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


class SsmixChannel:
    """Deliveries to one storage. `trouble` is the last error that concerned the server as a whole."""

    kind = ChannelKind.SSMIX2
    group_max = STORAGE_GROUP_DELIVERIES

    def __init__(self, channels: SftpChannels, rules: Callable[[], Rules]) -> None:
        self._channels = channels
        self._rules = rules
        self._planned: dict[int, Ready] = {}
        """What was planned for the group that is being put together, by patient."""
        self._under_way: set[int] = set()
        self._told: dict[int, tuple[str, list[StorageFile]]] = {}
        """What the server said that it holds of a patient, and after which change it was asked."""
        self._lock = threading.Lock()
        self.trouble: SftpError | None = None

    # --- in the dispatcher's thread -------------------------------------------------------------------

    def prepare(self, store: Store, claimed: Claimed) -> Ready:
        """Raises RenkeiError: a letter's bytes are gone."""
        patient = claimed.patient
        if patient is None:
            raise KeyError(claimed.id)
        if patient not in self._planned:
            with self._lock:
                busy = patient in self._under_way
            self._planned[patient] = Later(patient) if busy else self._plan(store, patient)
        return self._planned[patient]

    def group(self) -> Callable[[Ready], bool]:
        self._planned = {}

        def take(ready: Ready) -> bool:
            with self._lock:
                self._under_way.add(ready.patient)
            return True

        return take

    def took(self, store: Store, _: Claimed, holds: Change | None) -> None:
        """Late news of a change that was begun anew meanwhile count for nothing."""
        if holds is None or not holds.operations:
            return
        begun = storage_files.begun(store, holds.patient)
        if begun is not None and begun.digest == holds.digest:
            storage_files.now_holds(store, holds.patient, holds.after)

    def question(self, store: Store, claimed: Claimed) -> None:
        """Nothing is asked of a single delivery: what is begun is told apart by the patient's change."""

    def ask(self, _: None) -> Missing:
        return Missing()

    def _plan(self, store: Store, patient: int) -> Ready:
        with nullcontext() if store.in_transaction else store.transaction():
            begun = self._written_down(store, patient)
            found = charted(store, Gate(store, self._rules()), patient)
            if isinstance(found, ProvideReason):
                return Later(patient) if found is ProvideReason.STALE else Change(patient, found)
            held = storage_files.held(store, patient)
            at = begun.at if begun else store.now()
            made = _changes(found, held, at)
            change = _change(patient, made, held)
            if begun is not None and begun.digest != change.digest:
                return _question(found, held, patient, begun)
            if change.operations:
                storage_files.begin(store, patient, _begun(change, at))
            return change

    def _written_down(self, store: Store, patient: int) -> Begun | None:
        """The change that is begun, unless the server has been asked since what became of it."""
        begun = storage_files.begun(store, patient)
        with self._lock:
            told = self._told.pop(patient, None)
        if begun is None or told is None or told[0] != begun.digest:
            return begun
        storage_files.now_holds(store, patient, told[1])
        return None

    # --- in a request thread --------------------------------------------------------------------------

    def send(self, group: Sequence[Ready]) -> list[Outcome]:
        """Each patient's change once; what concerns the server as a whole ends the group."""
        began_s = self._channels.now_s()
        known: dict[int, Outcome] = {}
        ends: Outcome | None = None
        try:
            for one in group:
                if one.patient not in known:
                    late = self._channels.now_s() - began_s > GROUP_MAX_S
                    known[one.patient] = ends or (_NOT_TRIED if late else self._send(one))
                    ends = _end_of_all(known[one.patient])
        finally:
            with self._lock:
                self._under_way -= {one.patient for one in group}
        return [known[one.patient] for one in group]

    def _send(self, one: Ready) -> Outcome:
        if isinstance(one, Later):
            return _NOT_TRIED
        if isinstance(one, Change) and not one.operations:
            return Delivered()
        try:
            with self._channels.channel() as sftp:
                if isinstance(one, Question):
                    self._ask(sftp, one)
                else:
                    sftp.carry_out(one.operations)
        except SftpError as error:
            return self._outcome(error)
        self.trouble = None
        return _NOT_TRIED if isinstance(one, Question) else Delivered()

    def _ask(self, sftp: Sftp, question: Question) -> None:
        """Parts first: without its part nothing late can get a name any more."""
        folders = {part.rpartition("/")[0] for part in question.parts}
        sftp.remove(question.parts, [folder for folder in folders if folder.endswith(".part")])
        found = sftp.sizes_bytes(list(question.names))
        there = [one for path, one in question.names.items() if found[path] is not None]
        with self._lock:
            self._told[question.patient] = (question.digest, there)

    def _outcome(self, error: SftpError) -> Outcome:
        for kind, reason in _OF_THE_SERVER.items():
            if isinstance(error, kind):
                self.trouble = error
                return Transient(reason)
        return Refused(as_kept(error))


_NOT_TRIED = Transient(Reason.NOT_TRIED)
_OF_THE_SERVER: Mapping[type[SftpError], Reason] = {
    SftpCutError: Reason.UNREACHABLE,
    SftpHostKeyError: Reason.HOST_KEY,
    SftpIncompatibleError: Reason.TLS,
    SftpSignInError: Reason.UNAUTHORISED,
    SftpNoRoomError: Reason.NO_ROOM,
}
"""Errors that concern every delivery alike: the rest is at fault itself."""


def _end_of_all(outcome: Outcome) -> Transient | None:
    """What became of one, where it will become of every other."""
    if isinstance(outcome, Transient) and outcome.reason is not Reason.NOT_TRIED:
        return outcome
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


def _change(patient: int, made: Changes, held: Sequence[StorageFile]) -> Change:
    known = {_key(one) for one in held}
    after = _files(made.held)
    new = tuple(one for one in after if _key(one) not in known)
    return Change(patient, made.digest(), made.operations, after, new)


def _begun(change: Change, at: str) -> Begun:
    parts = tuple(one.part for one in change.operations if isinstance(one, Write))
    return Begun(at, change.digest, change.new, parts)


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
