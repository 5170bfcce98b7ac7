"""From the store to what a storage may hold of one patient: PROVIDE is asked for every record, at this moment.

Nobody who does not agree has a chart: what the storage holds of them is then taken back, by messages that give a number
and no name.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from appliance.consent.decision import Reason
from appliance.exchange.fhir.content import Content, Person
from appliance.exchange.prepare import NothingToSendError
from appliance.exchange.ssmix2.chart import Chart, Entry
from appliance.exchange.ssmix2.naming import Flag, patient_number
from appliance.exchange.ssmix2.storage import entries_of
from appliance.limits import DOCUMENT_SENT_MAX_BYTES
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import DocumentReference
from appliance.records.data_class import DataClass
from appliance.records.document import DocumentKind
from appliance.records.identity import Identified
from appliance.store import arrivals, documents, patients, storage_files
from appliance.store.access import Gate, Wanted
from appliance.store.db import Store
from appliance.store.documents import StoredDocument
from appliance.store.patients import StoredPatient

_PAUSED = frozenset({Reason.STALE, Reason.NOT_YET, Reason.NOT_PARTICIPANT, Reason.SUSPENDED})
"""Reasons that pass by themselves: what a storage holds then stays as it is."""


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart and all that the storage has to hold of it as valid; nothing, where nothing may leave."""

    chart: Chart
    wanted: tuple[Entry, ...]


def charted(store: Store, gate: Gate, patient: int) -> Charted | Reason:
    """What may be held of a patient now, inside a transaction; why PROVIDE is paused, where nothing is to be touched."""
    known = patients.load(store, patient)
    number = storage_files.number_of(
        store, patient, known.facility, partial(patient_number, known.resource_id, known.patient.local_id)
    )
    who: Wanted = (DataClass.BASIC, store.clock.now().date().isoformat())
    insured: Wanted = (DataClass.INSURANCE, None)
    decisions = gate.decide(patient, known.facility, [who, insured])
    if decisions[who].reason in _PAUSED:
        return decisions[who].reason
    if not decisions[who].permits:
        return Charted(Chart(Person(known.resource_id, _nobody(known.facility)), number), ())
    person = Person(known.resource_id, known.patient, known.coverages if decisions[insured].permits else ())
    chart = _chart(store, gate, known, person, number)
    return Charted(chart, tuple(entries_of(chart)))


def _nobody(facility: str) -> Patient:
    return Patient(facility, PersonName(""), Sex.UNKNOWN, None)


def _chart(store: Store, gate: Gate, known: StoredPatient, person: Person, number: str) -> Chart:
    files: dict[str, Callable[[], bytes]] = {}
    there = {one.digest for one in storage_files.held(store, known.id) if one.flag == Flag.VALID}
    contents = []
    for document in storage_files.documents_of(store, known.id):
        stored = documents.load(store, document)
        content = _content(gate, stored, person)
        if content.records:
            contents.append(content)
        if _is_file(stored) and len(content.records) == len(stored.records):
            read = partial(_read, store, stored.arrival, stored.arrival_sha256)
            if stored.arrival_sha256 in there or _is_kept(read):
                files[stored.key] = read
    return Chart(person, number, tuple(contents), files)


def _content(gate: Gate, stored: StoredDocument, person: Person) -> Content:
    """A document as far as PROVIDE permits it, each record by its own class and date."""
    asked: list[Wanted] = [(one.data_class, one.data_date) for one in stored.records]
    decisions = gate.decide(stored.patient, stored.facility, asked)
    permitted = (one for one in stored.records if decisions[one.data_class, one.data_date].permits)
    return Content(
        key=stored.key,
        kind=DocumentKind(stored.kind),
        person=person,
        period=stored.period,
        records=tuple(Identified(one.resource_id, one.record) for one in permitted),
        arrival_sha256=stored.arrival_sha256,
        recorded=stored.stored_at,
    )


def _is_file(stored: StoredDocument) -> bool:
    """Whether the arrival is the document itself (a letter, a picture), and not too large to be sent."""
    return any(
        isinstance(one.record, DocumentReference)
        and one.record.sha256 == stored.arrival_sha256
        and one.record.size_bytes <= DOCUMENT_SENT_MAX_BYTES
        for one in stored.records
    )


def _is_kept(read: Callable[[], bytes]) -> bool:
    """Whether a letter's bytes are here; without them it is told of as resources, as at the hub."""
    try:
        read()
    except NothingToSendError:
        return False
    return True


def _read(store: Store, arrival: int, sha256: str) -> bytes:
    """Raises NothingToSendError where the bytes are no longer kept."""
    with contextlib.suppress(KeyError):
        data = arrivals.content(store, arrival)
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
    raise NothingToSendError(
        "送る文書の内容が保存庫に見つかりません。", "The content of a letter or picture is not in the store."
    )
