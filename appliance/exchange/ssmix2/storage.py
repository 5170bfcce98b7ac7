"""What a storage has to hold of a patient against what it holds: the operations that make the one the other.

Pure: the caller keeps what is held (`Held`, one row a file, as the index has them) and carries the operations out, in
their order, as often as it takes, before the next change is planned. The guideline's rule (トランザクションストレージ, 想定される挙動):

| the content of a place | what is there | the new file |
|---|---|---|
| new, or told anew after a deletion | stays | `_1` |
| changed | `_1` → `_2` | `_1` |
| no longer true | `_1`, `_2` → `_0` | `_0`, the delete message (標準化ストレージ only) |

A new file is written whole under another name before anything older is renamed, so that a reader finds a valid file
at (nearly) every instant, and a cut leaves nothing half-written under a name that counts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.exchange.ssmix2.adt import allergy_entries, patient_entry, visit_entries
from appliance.exchange.ssmix2.chart import Chart, Entry, Paper
from appliance.exchange.ssmix2.deletion import deletion_message
from appliance.exchange.ssmix2.extended import extended_entries
from appliance.exchange.ssmix2.message import Message, message_bytes
from appliance.exchange.ssmix2.naming import FileName, Flag, Place, Root, instant, stamp
from appliance.exchange.ssmix2.oml import result_entries
from appliance.exchange.ssmix2.omp import prescription_entries
from appliance.exchange.ssmix2.ppr import diagnosis_entries

_DELETED_CONTENT = "deleted"
"""Stands for the digest of a delete message: it says nothing that could be told again."""


@dataclass(frozen=True, slots=True)
class Write:
    """Write bytes under a name that nobody reads, and make them durable. Done when `path` or `part` has them whole."""

    part: str
    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a file or folder its new name, at once. Done when only `target` is there."""

    source: str
    target: str


Operation = Write | Rename


@dataclass(frozen=True, slots=True)
class Held:
    """One file (or content folder) that the storage holds, with the digest of what it says."""

    name: FileName
    digest: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of the index (SSMIXIDX) that is new or replaces the one of the same place and 発生日時."""

    facility: str
    name: FileName
    processing: str
    """INS, or DEL for a delete message."""

    def fields(self, updated: str) -> tuple[str, ...]:
        """In the order of the table: VolumeLabel, FacilityID, PatientID, OrderDate, DataKind, OrderNo, …"""
        place = self.name.place
        folder = self.name.path(self.facility).rpartition("/")[0].split("/", 2)[2]
        return (
            *("", self.facility, place.pid, place.day, place.kind, place.order_no, self.processing),
            *(self.name.department, self.name.at, folder, self.name.text(), updated),
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do, in this order; what is held once it is done; the rows of the index that this changes."""

    operations: tuple[Operation, ...]
    held: tuple[Held, ...]
    index: tuple[IndexRow, ...]

    def digest(self) -> str:
        """The same for the same operations with the same bytes."""
        whole = hashlib.sha256()
        for one in self.operations:
            match one:
                case Write():
                    said = ("write", one.part, one.path, hashlib.sha256(one.data).hexdigest())
                case Rename():
                    said = ("rename", one.source, one.target, "")
            whole.update("\0".join((*said, "")).encode())
        return whole.hexdigest()


def entries_of(chart: Chart) -> list[Entry]:
    """All that both storages have to hold of a patient, in the order in which it is written."""
    return [
        patient_entry(chart),
        *visit_entries(chart),
        *allergy_entries(chart),
        *diagnosis_entries(chart),
        *prescription_entries(chart),
        *result_entries(chart),
        *extended_entries(chart),
    ]


def changes(chart: Chart, wanted: Iterable[Entry], held: Iterable[Held], at: datetime) -> Changes:
    """From what is held of this patient to what has to be; `at` is the instant of the change, the same at every try."""
    plan = _Plan(chart, at)
    before: dict[Place, list[Held]] = defaultdict(list)
    for one in held:
        before[one.name.place].append(one)
    for entry in wanted:
        plan.keep(entry, before.pop(entry.place, []))
    for place, files in sorted(before.items()):
        plan.take_back(place, files)
    return Changes(tuple(plan.operations), tuple(plan.held), tuple(plan.index))


class _Plan:
    """The operations so far, and what they lead to."""

    def __init__(self, chart: Chart, at: datetime) -> None:
        self._chart = chart
        self._at = at
        self.operations: list[Operation] = []
        self.held: list[Held] = []
        self.index: list[IndexRow] = []

    def keep(self, entry: Entry, files: list[Held]) -> None:
        digest = _digest(entry.what)
        valid = [one for one in files if one.name.flag is Flag.VALID]
        if any(one.digest == digest for one in valid):
            self.held += files
            return
        name = FileName(entry.place, self._moment(files), entry.department, Flag.VALID)
        publish = self._write(name, entry.what)
        self._rename_all(files, {Flag.VALID: Flag.HISTORY})
        self._publish(publish, Held(name, digest), "INS")

    def take_back(self, place: Place, files: list[Held]) -> None:
        standing = [one for one in files if one.name.flag is not Flag.DELETED]
        if not standing:
            self.held += files
            return
        gone = {Flag.VALID: Flag.DELETED, Flag.HISTORY: Flag.DELETED}
        if place.root is Root.EXTENDED:
            self._rename_all(files, gone)
            return
        name = FileName(place, self._moment(files), standing[-1].name.department, Flag.DELETED)
        publish = self._write(name, deletion_message(name, self._chart.person.patient))
        self._rename_all(files, gone)
        self._publish(publish, Held(name, _DELETED_CONTENT), "DEL")

    def _moment(self, files: list[Held]) -> str:
        """発生日時, later than that of every file of the place: names stay apart however fast changes follow."""
        now = stamp(self._at)
        latest = max((one.name.at for one in files), default="")
        return now if now > latest else stamp(instant(latest) + timedelta(milliseconds=1))

    def _write(self, name: FileName, what: Message | Paper) -> Rename:
        """Write beside where it will lie; the renaming that makes it count is for later."""
        path = name.path(self._chart.facility)
        folder, _, last = path.rpartition("/")
        if isinstance(what, Paper):
            data = what.read()
            part = f"{folder}/.{last}.{_short(data)}.part"
            self.operations.append(Write(f"{part}/{what.name}", f"{path}/{what.name}", data))
        else:
            data = message_bytes(what, self._chart.facility, name.at, name.text())
            part = f"{folder}/.{last}.{_short(data)}.part"
            self.operations.append(Write(part, path, data))
        return Rename(part, path)

    def _rename_all(self, files: list[Held], flags: Mapping[Flag, Flag]) -> None:
        for one in files:
            if one.name.flag not in flags:
                self.held.append(one)
                continue
            renamed = replace(one.name, flag=flags[one.name.flag])
            facility = self._chart.facility
            self.operations.append(Rename(one.name.path(facility), renamed.path(facility)))
            self.held.append(replace(one, name=renamed))
            self.index.append(IndexRow(facility, renamed, "INS"))

    def _publish(self, publish: Rename, held: Held, processing: str) -> None:
        self.operations.append(publish)
        self.held.append(held)
        self.index.append(IndexRow(self._chart.facility, held.name, processing))


def _short(data: bytes) -> str:
    """Tells contents apart, so that a part is only ever taken up by what it is a part of."""
    return hashlib.sha256(data).hexdigest()[:16]


def _digest(what: Message | Paper) -> str:
    return what.sha256 if isinstance(what, Paper) else what.digest()
