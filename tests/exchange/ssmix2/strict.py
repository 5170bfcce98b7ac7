"""A second judge: hl7apy reads each message in strict v2.5, with profiles where SS-MIX2 departs from the standard.

- PPR^ZD1 is no message of HL7's: PRB with its Z segments, and PRB-10 with the version of the code system (CWE).
- RDE^O11: the standard has TQ1 before and after RXE and hl7apy takes the first place it finds; here only the second is.
- hl7apy knows no null (`""`) for numbers and times: those read as 0 and as a date, every other null as it is.
"""

from __future__ import annotations

import re
from typing import Any

from hl7apy import load_reference
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message

VERSION = "2.5"
NULL = '""'
_NULLS = {"RXE": {3: "0", 10: "0"}, "PID": {7: "19000101"}}
ONE, MAYBE, SOME, ANY = (1, 1), (0, 1), (1, -1), (0, -1)


def _segment(name: str, times: tuple[int, int]) -> list[Any]:
    return [name, load_reference(name, "Segment", VERSION), times, "SEG"]


def _field(name: str, datatype: str, times: tuple[int, int]) -> tuple[Any, ...]:
    """A field of a Z segment."""
    parts = load_reference(datatype, "Datatypes_Structs", VERSION)
    return (name, ("sequence", parts, datatype, name, None, -1), times, "FIE")


def _with_version(prb: Any) -> Any:
    """PRB with PRB-10 as CWE."""
    fields = tuple(_field("PRB_10", "CWE", ANY) if field[0] == "PRB_10" else field for field in prb[1])
    return (prb[0], fields, *prb[2:])


def _diagnoses() -> tuple[Any, ...]:
    prb = ["PRB", _with_version(load_reference("PRB", "Segment", VERSION)), ONE, "SEG"]
    codes = {1: ANY, 2: ONE, 3: ANY, 4: ANY, 5: MAYBE, 6: ANY}
    fields = [_field(f"ZPR_{number}", "CWE", times) for number, times in codes.items()]
    remark = ("ZPR_7", ("leaf", None, "ST", "COMMENT", None, -1), MAYBE, "FIE")
    zpr = ["ZPR", ("sequence", (*fields, remark)), MAYBE, "SEG"]
    group = ["PPR_ZD1_PROBLEM", ("sequence", (prb, zpr)), SOME, "GRP"]
    return ("sequence", (_segment("MSH", ONE), _segment("PID", ONE), group))


def _prescription() -> tuple[Any, ...]:
    order = (_segment("ORC", ONE), _segment("RXE", ONE), _segment("TQ1", SOME), _segment("RXR", SOME))
    group = ["RDE_O11_ORDER", ("sequence", order), SOME, "GRP"]
    head = (_segment("MSH", ONE), _segment("PID", ONE), _segment("PV1", MAYBE))
    return ("sequence", (*head, group))


PROFILES = {"PPR_ZD1": _diagnoses(), "RDE_O11": _prescription()}


def read_strictly(data: bytes) -> Message:
    """The message, validated; raises what hl7apy raises, and ValueError where it leaves a segment out (it does so in silence)."""
    text = "\r".join(map(_without_nulls, data.decode("iso2022_jp").rstrip("\r").split("\r")))
    structure = text.split("|", 9)[8].split("^")[2]
    profile = PROFILES if structure in PROFILES else None
    message = parse_message(
        text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True, message_profile=profile
    )
    if names_of(message) != [line[:3] for line in text.split("\r")]:
        raise ValueError(f"only {names_of(message)} were read")
    return message


def _without_nulls(segment: str) -> str:
    fields = segment.split("|")
    for number, instead in _NULLS.get(fields[0], {}).items():
        if len(fields) > number and fields[number] == NULL:
            fields[number] = instead
    return "|".join(fields)


def names_of(message: Message) -> list[str]:
    """The segments of a message in the order in which hl7apy read them, groups looked through."""
    return re.findall(r"(?m)^([A-Z0-9]{3})\|", message.to_er7().replace("\r", "\n"))
