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

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

from appliance.channels import ChannelKind
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
from appliance.exchange.ssmix2.planning import Change, Later, Question, Ready, Told, plan, took
from appliance.limits import GROUP_MAX_S, STORAGE_GROUP_DELIVERIES
from appliance.store.db import Store
from appliance.store.deliveries import Claimed


class SsmixChannel:
    """Deliveries to one storage. `trouble` is what is wrong with the server as a whole, as far as it was tried."""

    kind = ChannelKind.SSMIX2
    group_max = STORAGE_GROUP_DELIVERIES

    def __init__(self, channels: SftpChannels, rules: Callable[[], Rules]) -> None:
        self._channels = channels
        self._rules = rules
        self._planned: dict[int, Ready] = {}
        """What was planned for the group that is being put together, by patient."""
        self._under_way: set[int] = set()
        self._told: dict[int, Told] = {}
        self._lock = threading.Lock()
        self.trouble: Reason | None = None

    # --- in the dispatcher's thread -------------------------------------------------------------------

    def prepare(self, store: Store, claimed: Claimed) -> Ready:
        """Raises RenkeiError: a letter's bytes are gone."""
        patient = claimed.patient
        if patient is None:
            raise KeyError(claimed.id)
        if patient not in self._planned:
            with self._lock:
                busy = patient in self._under_way
                told = self._told.pop(patient, None) if not busy else None
            self._planned[patient] = Later(patient) if busy else self._plan(store, patient, told)
        return self._planned[patient]

    def group(self) -> Callable[[Ready], bool]:
        self._planned = {}

        def take(ready: Ready) -> bool:
            if not isinstance(ready, Later):
                with self._lock:
                    self._under_way.add(ready.patient)
            return True

        return take

    def took(self, store: Store, _: Claimed, holds: Change | None) -> None:
        if holds is not None:
            took(store, holds)

    def question(self, store: Store, claimed: Claimed) -> None:
        """Nothing is asked of a single delivery: what is begun is told apart by the patient's change."""

    def ask(self, _: None) -> Missing:
        return Missing()

    def _plan(self, store: Store, patient: int, told: Told | None) -> Ready:
        with nullcontext() if store.in_transaction else store.transaction():
            return plan(store, self._rules(), patient, told)

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
                self._under_way -= {one.patient for one in group if not isinstance(one, Later)}
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
            self._told[question.patient] = Told(question.digest, tuple(there))

    def _outcome(self, error: SftpError) -> Outcome:
        for kind, reason in _OF_THE_SERVER.items():
            if isinstance(error, kind):
                self.trouble = reason
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
