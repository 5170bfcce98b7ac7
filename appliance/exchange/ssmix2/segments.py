"""The segments that are written, as data: how many fields, which of them the standard asks for (仕様書 1.2g, R).

A required field that no source fills stands as HL7's null, `""`: the receiver sees that nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NULL: Final = '""'


@dataclass(frozen=True, slots=True)
class Layout:
    """`last` is the highest field that is written, `required` those that are never left out."""

    last: int
    required: tuple[int, ...]


LAYOUTS: Final[Mapping[str, Layout]] = {
    "MSH": Layout(21, (1, 2, 7, 9, 10, 11, 12, 18)),
    "EVN": Layout(7, (2,)),
    "PID": Layout(33, (3, 5, 7, 8)),
    "PV1": Layout(45, (2,)),
    "IN1": Layout(17, (1, 2, 3)),
    "IAM": Layout(13, (1, 3, 6)),
    "PRB": Layout(18, (1, 2, 3, 4)),
    "ZPR": Layout(7, (2,)),
    "ORC": Layout(29, (1, 2)),
    "RXE": Layout(31, (2, 3, 5, 10, 11)),
    "TQ1": Layout(14, ()),
    "RXR": Layout(1, (1,)),
    "SPM": Layout(17, (4,)),
    "OBR": Layout(7, (2, 4)),
    "OBX": Layout(17, (3, 11)),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `fields` from its first on, each as it is sent, without empty ones at the end."""

    name: str
    fields: tuple[str, ...]

    def text(self) -> str:
        """MSH-1 is the delimiter itself, which joining writes."""
        written = self.fields[1:] if self.name == "MSH" else self.fields
        return "|".join((self.name, *written))


def segment(name: str, fields: Mapping[int, str]) -> Segment:
    """A segment of these fields, by their numbers, values in the form in which they are sent."""
    layout = LAYOUTS[name]
    beyond = [number for number in fields if not 0 < number <= layout.last]
    if beyond:
        raise ValueError(f"{name} has no field {beyond[0]} in its layout")
    filled = {number: value for number, value in fields.items() if value}
    whole = dict.fromkeys(layout.required, NULL) | filled
    return Segment(name, tuple(whole.get(number, "") for number in range(1, max(whole, default=0) + 1)))
