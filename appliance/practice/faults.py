"""Files as they should not be, made from good ones on request: cut, foreign, garbled, sent twice, corrected, cancelled.

A correction and a cancellation are no errors: they are what a receipt computer does when the office changed something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from appliance.practice.charges import acts_unit
from appliance.practice.claims import ChargedUnit, Claim
from appliance.practice.errors import PracticeError
from appliance.practice.facilities import Facility, FacilityKind
from appliance.practice.uke_rows import ENCODING, ROW_END
from appliance.practice.uke_writer import ClaimFile, write_file


class Fault(StrEnum):
    """What is done to a file, in the words of `--fault`."""

    HALF = "half"
    WRONG_FACILITY = "wrong-facility"
    GAIJI = "gaiji"
    MOJIBAKE = "mojibake"
    DUPLICATE = "duplicate"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"


class Expected(StrEnum):
    """What the box must make of a file.

    `review`: it may not replace what stood before without a person looking at it.
    """

    UNDERSTOOD = "understood"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    REVIEW = "review"


EXPECTED: Final[Mapping[Fault, Expected]] = {
    Fault.HALF: Expected.REVIEW,
    Fault.WRONG_FACILITY: Expected.QUARANTINED,
    Fault.GAIJI: Expected.UNDERSTOOD,
    Fault.MOJIBAKE: Expected.UNDERSTOOD,
    Fault.DUPLICATE: Expected.DUPLICATE,
    Fault.CORRECTION: Expected.UNDERSTOOD,
    Fault.CANCELLATION: Expected.UNDERSTOOD,
}

STRANGER: Final = Facility(
    folder="stranger",
    kind=FacilityKind.CLINIC,
    number="1319999046",
    name="練習用よその医院",
    name_en="Another clinic (for practice)",
    phone="00-0000-0004",
)
"""A clinic outside the practice network, whose claims a box of the network must not take."""

USER_DEFINED: Final = "\ue000"
"""外字: a character (0xF040) that means something on the machine that wrote it only."""

CORRECTED_CLAIMS: Final = 3


@dataclass(frozen=True, slots=True)
class FaultyFile:
    """A file with its fault; `claims` of the file are those it still holds whole."""

    fault: Fault
    file: ClaimFile


def make_fault(fault: Fault, file: ClaimFile) -> FaultyFile:
    """The file with that fault; the same file gives the same bytes. PracticeError when it holds no claim to spoil."""
    if not file.claims:
        raise PracticeError(
            "異常例を作るにはレセプトが足りません。人数を増やしてください。",
            "There are too few claims to make a file with that fault: ask for more people.",
        )
    return FaultyFile(fault, _MAKERS[fault](file))


def _half(file: ClaimFile) -> ClaimFile:
    """Cut in the middle of a row, as a file is that is still being written."""
    row_start = file.data.rindex(ROW_END, 0, len(file.data) // 2) + len(ROW_END)
    data = file.data[: row_start + 9]
    whole = max(0, data.count(ROW_END + b"RE,") - 1)
    return replace(file, claims=file.claims[:whole], data=data)


def _wrong_facility(file: ClaimFile) -> ClaimFile:
    foreign = write_file(STRANGER, file.payer_org, file.claim_month, file.claims)
    return replace(foreign, facility=file.facility)


def _gaiji(file: ClaimFile) -> ClaimFile:
    first, *others = file.claims
    name = first.patient.person.name
    written = replace(name, text=USER_DEFINED + name.text[1:])
    person = replace(first.patient.person, name=written)
    return _rewritten(file, [replace(first, patient=replace(first.patient, person=person)), *others])


def _mojibake(file: ClaimFile) -> ClaimFile:
    """One name in UTF-8 in the midst of a cp932 file: another program wrote it."""
    name = file.claims[0].patient.person.name.text
    before = f",{name},".encode(ENCODING, errors="replace")
    return replace(file, data=file.data.replace(before, f",{name},".encode(), 1))


def _duplicate(file: ClaimFile) -> ClaimFile:
    return file


def _correction(file: ClaimFile) -> ClaimFile:
    """The first claims again, each without its last drug or test and with a 尿一般 instead."""
    corrected = [corrected_claim(claim) for claim in file.claims[:CORRECTED_CLAIMS]]
    return _rewritten(file, [*corrected, *file.claims[CORRECTED_CLAIMS:]])


def corrected_claim(claim: Claim) -> Claim:
    """The claim as the office sends it again after a correction."""
    removable = [charged for charged in claim.units if charged.unit.category in {"21", "23", "60"}]
    units = [charged for charged in claim.units if charged not in removable[-1:]]
    day = claim.days[0]
    added = ChargedUnit(acts_unit("60", "urinalysis"), ((day, 1),), claim.units[0].burden)
    ordered = sorted([*units, added], key=lambda charged: charged.unit.category)
    return replace(claim, units=tuple(ordered))


def _cancellation(file: ClaimFile) -> ClaimFile:
    """The same month without its last claim: the office took it back."""
    return _rewritten(file, list(file.claims[:-1]))


def _rewritten(file: ClaimFile, claims: list[Claim]) -> ClaimFile:
    return write_file(file.facility, file.payer_org, file.claim_month, claims)


_MAKERS: Final[Mapping[Fault, Callable[[ClaimFile], ClaimFile]]] = {
    Fault.HALF: _half,
    Fault.WRONG_FACILITY: _wrong_facility,
    Fault.GAIJI: _gaiji,
    Fault.MOJIBAKE: _mojibake,
    Fault.DUPLICATE: _duplicate,
    Fault.CORRECTION: _correction,
    Fault.CANCELLATION: _cancellation,
}
