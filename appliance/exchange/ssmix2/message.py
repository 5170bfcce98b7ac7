"""A message of 標準化ストレージ: its type, its segments, and its bytes with the header of the moment of writing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Final

from appliance.exchange.ssmix2.characters import encoded, escaped
from appliance.exchange.ssmix2.segments import Segment, segment
from appliance.exchange.ssmix2.values import address, day, names, telephone
from appliance.records.administrative import Patient, Sex

APPLICATION: Final = "RENKEI"
_PROFILE: Final = "SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"
_CONTROL_ID_CHARS: Final = 20
_END: Final = "\r"
_SEX = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "O", Sex.UNKNOWN: "U"}
_FIRST: Final = "0001"
"""Set id of the one PID and PV1 of a message."""


class MessageType(Enum):
    """MSH-9 of the messages that are written."""

    PATIENT = "ADT^A08^ADT_A01"
    PATIENT_DELETED = "ADT^A23^ADT_A21"
    VISIT = "ADT^A04^ADT_A01"
    ADMISSION = "ADT^A01^ADT_A01"
    ADMISSION_CANCELLED = "ADT^A11^ADT_A09"
    DISCHARGE = "ADT^A03^ADT_A03"
    DISCHARGE_CANCELLED = "ADT^A13^ADT_A01"
    ALLERGIES = "ADT^A60^ADT_A60"
    DIAGNOSES = "PPR^ZD1^PPR_ZD1"
    PRESCRIPTION = "RDE^O11^RDE_O11"
    RESULTS = "OUL^R22^OUL_R22"

    @property
    def is_event(self) -> bool:
        """Whether an EVN segment follows the header."""
        return self.value.startswith("ADT")


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says, without the header: the same content is the same value whenever it is written."""

    type: MessageType
    segments: tuple[Segment, ...]

    def digest(self) -> str:
        said = _END.join((self.type.value, *(one.text() for one in self.segments)))
        return hashlib.sha256(said.encode()).hexdigest()


def message_bytes(message: Message, facility: str, at: str, name: str) -> bytes:
    """The file's bytes; `at` is 発生日時 in 17 digits, and the control id follows from the file's name."""
    head = [_header(message.type, facility, at, _control_id(name))]
    if message.type.is_event:
        head.append(segment("EVN", {2: at[:14], 7: facility}))
    return encoded("".join(one.text() + _END for one in (*head, *message.segments)))


def _header(kind: MessageType, facility: str, at: str, control_id: str) -> Segment:
    return segment(
        "MSH",
        {
            1: "|",
            2: "^~\\&",
            3: APPLICATION,
            4: facility,
            5: "GW",
            6: "RCV",
            7: f"{at[:14]}.{at[14:]}",
            9: kind.value,
            10: control_id,
            11: "P",
            12: "2.5",
            18: "~ISO IR87",
            20: "ISO 2022-1994",
            21: _PROFILE,
        },
    )


def _control_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:_CONTROL_ID_CHARS].upper()


def patient_segment(patient: Patient, pid: str, *, whole: bool = False) -> Segment:
    """PID; `whole`: with address and telephone, as only ADT-00 has it."""
    fields = {
        1: _FIRST,
        3: f"{escaped(pid)}^^^^PI",
        5: names(patient),
        7: day(patient.birth_date),
        8: _SEX[patient.sex],
    }
    if whole:
        fields |= {11: address(patient), 13: telephone(patient.phone)}
    return segment("PID", fields)
