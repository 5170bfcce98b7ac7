"""The fields of the records of ASTM E1394 that are read, numbered from 1 with the type letter as field 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """One type of record: its title, its fields by name."""

    title: str
    fields: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        """The number of a field by its name."""
        return self.fields[name]


HEADER: Final = RecordLayout("Message header", {"sender": 5, "processing": 12, "version": 13, "sent": 14})
PATIENT: Final = RecordLayout(
    "Patient information",
    {"practice_id": 3, "laboratory_id": 4, "third_id": 5, "name": 6, "birth": 8, "sex": 9},
)
ORDER: Final = RecordLayout(
    "Test order",
    {
        "specimen_id": 3,
        "instrument_id": 4,
        "test": 5,
        "requested": 7,
        "collected": 8,
        "material": 16,
        "reported": 23,
        "report_type": 26,
    },
)
RESULT: Final = RecordLayout(
    "Result",
    {
        "test": 3,
        "value": 4,
        "unit": 5,
        "range": 6,
        "flag": 7,
        "status": 9,
        "started": 12,
        "completed": 13,
        "instrument": 14,
    },
)
COMMENT: Final = RecordLayout("Comment", {"text": 4})

READ: Final[Mapping[str, RecordLayout]] = {
    "H": HEADER,
    "P": PATIENT,
    "O": ORDER,
    "R": RESULT,
    "C": COMMENT,
}
"""Record types that are read; M (manufacturer), Q (query), S (scientific) and L (terminator) are kept and counted."""
KNOWN: Final = frozenset({*READ, "M", "Q", "S", "L"})
