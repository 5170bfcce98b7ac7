"""Messages that take a file back: they say whose and which, and nothing of what it said.

The table of the guideline names a message for ADT-00, ADT-22 and ADT-52. For the other kinds the message is of the
kind's own type, ordered off, with null where the standard wants a value.
"""

from __future__ import annotations

from appliance.exchange.ssmix2.message import Message, MessageType, patient_segment
from appliance.exchange.ssmix2.naming import FileName, Kind, Place
from appliance.exchange.ssmix2.segments import Segment, segment
from appliance.exchange.ssmix2.values import coded
from appliance.records.administrative import Patient

_FIRST = "0001"
_CANCELLED = "CA"
_NO_RESULT = "D"
"""OBX-11: the result is deleted."""


def deletion_message(name: FileName, patient: Patient) -> Message:
    """The message of a delete file (flag 0) of 標準化ストレージ, by the name that it will have."""
    kind, rest = _DELETIONS[Kind(name.place.kind)](name)
    return Message(kind, (patient_segment(patient, name.place.pid), *rest))


def _visit(place: Place, patient_class: str) -> Segment:
    days = {44: place.day if place.kind != Kind.DISCHARGE else "", 45: ""}
    if place.kind == Kind.DISCHARGE:
        days[45] = place.day
    return segment("PV1", {1: _FIRST, 2: patient_class, **days})


def _of_patient(_name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.PATIENT_DELETED, (segment("PV1", {1: _FIRST, 2: "O"}),)


def _of_visit(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.VISIT, (_visit(name.place, "O"),)


def _of_admission(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.ADMISSION_CANCELLED, (_visit(name.place, "I"),)


def _of_discharge(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.DISCHARGE_CANCELLED, (_visit(name.place, "I"),)


def _of_allergies(_name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.ALLERGIES, ()


def _of_diagnoses(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    return MessageType.DIAGNOSES, (segment("PRB", {1: "DE", 2: name.at[:14]}), segment("ZPR", {}))


def _of_prescription(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    place = name.place
    order = segment("ORC", {1: _CANCELLED, 2: place.order_no, 4: f"{place.order_no}_01_001", 9: place.day})
    drug = (segment("RXE", {}), segment("TQ1", {1: "1"}), segment("RXR", {}))
    return MessageType.PRESCRIPTION, (order, *drug)


def _of_results(name: FileName) -> tuple[MessageType, tuple[Segment, ...]]:
    place = name.place
    group = (
        segment("SPM", {1: "1", 17: place.day}),
        segment("OBR", {1: "1", 2: place.order_no, 4: coded("", "検体検査"), 7: place.day}),
        segment("ORC", {1: _CANCELLED, 2: place.order_no, 5: _CANCELLED}),
        segment("OBX", {1: "1", 11: _NO_RESULT}),
    )
    return MessageType.RESULTS, group


_DELETIONS = {
    Kind.PATIENT: _of_patient,
    Kind.VISIT: _of_visit,
    Kind.ADMISSION: _of_admission,
    Kind.DISCHARGE: _of_discharge,
    Kind.ALLERGIES: _of_allergies,
    Kind.DIAGNOSES: _of_diagnoses,
    Kind.PRESCRIPTION: _of_prescription,
    Kind.RESULTS: _of_results,
}
