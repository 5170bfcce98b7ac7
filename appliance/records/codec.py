"""Records to bytes and back: the one form in which they are stored and sent over sockets (JSON by msgspec)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from appliance.records.administrative import Coverage, Organization, Patient, Practitioner
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    Procedure,
    Specimen,
)
from appliance.records.document import Record

T = TypeVar("T")

_encoder = msgspec.json.Encoder()

RECORD_TYPES: dict[str, type[Record]] = {
    cls.__name__: cls
    for cls in (
        Coverage,
        Organization,
        Practitioner,
        Encounter,
        Condition,
        Procedure,
        MedicationRequest,
        MedicationDispense,
        DeviceUseStatement,
        Observation,
        Specimen,
        AllergyIntolerance,
        Immunization,
        DocumentReference,
    )
}
"""Record types by name, as the store keeps the name beside the body."""

_list_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(list[cls])  # type: ignore[valid-type]
    for name, cls in RECORD_TYPES.items()
}


def encode(value: object) -> bytes:
    """JSON bytes of a record, patient, finding or message (dates as ISO 8601, enums by value)."""
    return _encoder.encode(value)


def decode(data: bytes | str, kind: type[T]) -> T:
    """The value that `encode` wrote; raises msgspec.ValidationError when it is not one."""
    return msgspec.json.decode(data, type=kind)


def decode_records(type_name: str, data: bytes) -> list[Record]:
    """Records of one type, by its stored name."""
    records: list[Record] = _list_decoders[type_name].decode(data)
    return records


def decode_patient(data: bytes) -> Patient:
    return msgspec.json.decode(data, type=Patient)


def decode_coverages(data: bytes) -> tuple[Coverage, ...]:
    return msgspec.json.decode(data, type=tuple[Coverage, ...])
