"""Faults of the files beside 医科, made from their bytes: cut, foreign, garbled, sent twice.

Corrections and cancellations need no asking: the pharmacy sends U and D by itself, the laboratory corrects by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from appliance.practice.faults import STRANGER, USER_DEFINED, Expected, Fault
from appliance.practice.made import MadeFile
from appliance.records.document import Format

CP932: Final = "cp932"
_GAPS: Final = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_CLAIMS: Final = frozenset({Format.UKE_CHOZAI, Format.UKE_SHIKA, Format.UKE_DPC})
_SINGLE: Final = frozenset(
    {Format.NSIPS, Format.JAHIS_TC, Format.JAHIS_RX, Format.CDA, Format.KENSHIN, Format.ORCA}
)
"""Formats with one document a file: half of one is none."""
_TAGGED: Final = frozenset({Format.NSIPS, Format.JAHIS_TC, Format.JAHIS_RX})
_NAME_ITEM: Final = {
    Format.UKE_CHOZAI: (b"\nRE,", 4),
    Format.UKE_SHIKA: (b"\nRE,", 4),
    Format.UKE_DPC: (b"\nRE,", 4),
    Format.NSIPS: (b"\n1,", 3),
    Format.JAHIS_TC: (b"\n1,", 1),
}
"""Where the patient's name stands: what its row begins with, and the item."""


@dataclass(frozen=True, slots=True)
class SpoiledFile:
    """A file with a fault, the path of the good one, and what the box must make of it."""

    fault: Fault
    file: MadeFile
    of: str
    expected: Expected


def spoiled_files(files: Sequence[MadeFile], faults: Sequence[Fault]) -> tuple[SpoiledFile, ...]:
    """For each fault, one file of every format that can have it: the largest of those that are no part of something."""
    largest: dict[Format, MadeFile] = {}
    for file in files:
        known = largest.get(file.format)
        if _whole(file) and (known is None or len(file.data) > len(known.data)):
            largest[file.format] = file
    return tuple(one for number, fault in enumerate(faults, 1) for one in _spoil_each(number, fault, largest))


def _whole(file: MadeFile) -> bool:
    told = dict(file.told)
    return not {"part", "fragment"}.intersection(told) and told.get("update", "A") == "A"


def _spoil_each(number: int, fault: Fault, largest: Mapping[Format, MadeFile]) -> Iterator[SpoiledFile]:
    for file in largest.values():
        spoil = _SPOILERS.get(fault)
        data, expected = spoil(file) if spoil else (b"", None)
        if expected is None:
            continue
        path = f"faults/{number:02d}-{fault.value}/{file.path}"
        companion = f"faults/{number:02d}-{fault.value}/{file.companion}" if file.companion else ""
        held = file.holds if expected in (Expected.UNDERSTOOD, Expected.DUPLICATE) else ()
        spoiled = replace(file, path=path, data=data, companion=companion, holds=held)
        yield SpoiledFile(fault, spoiled, file.path, expected)


Spoiled = tuple[bytes, Expected | None]
"""The bytes, and what the box must make of them; None where the format cannot have the fault."""


def _half(file: MadeFile) -> Spoiled:
    expected = Expected.REVIEW if file.format in _CLAIMS else None
    if file.format in _SINGLE:
        expected = Expected.QUARANTINED
    return file.data[: len(file.data) // 2], expected


def _wrong_facility(file: MadeFile) -> Spoiled:
    """The files that name their own facility; a notebook or prescription may come from anywhere."""
    if file.format not in _CLAIMS | {Format.NSIPS}:
        return b"", None
    return file.data.replace(file.facility.code.encode(), STRANGER.code.encode()), Expected.QUARANTINED


def _gaiji(file: MadeFile) -> Spoiled:
    if file.format not in _NAME_ITEM:
        return b"", None
    beginning, item = _NAME_ITEM[file.format]
    start = file.data.index(beginning) + 1
    end = file.data.index(b"\r\n", start)
    values = file.data[start:end].decode(CP932).split(",")
    values[item] = USER_DEFINED + values[item][1:]
    return file.data[:start] + ",".join(values).encode(CP932) + file.data[end:], Expected.UNDERSTOOD


def _mojibake(file: MadeFile) -> Spoiled:
    """The whole file read as Windows-1252 and saved as UTF-8, as editors do."""
    expected = Expected.QUARANTINED if file.format in _TAGGED else None
    return "".join(_western(code) for code in file.data).encode(), expected


def _western(code: int) -> str:
    """A byte as a character of Windows-1252; its five gaps as the controls of the same number."""
    return bytes([code]).decode("cp1252") if code not in _GAPS else chr(code)


def _duplicate(file: MadeFile) -> Spoiled:
    return file.data, Expected.DUPLICATE


_SPOILERS: Final[Mapping[Fault, Callable[[MadeFile], Spoiled]]] = {
    Fault.HALF: _half,
    Fault.WRONG_FACILITY: _wrong_facility,
    Fault.GAIJI: _gaiji,
    Fault.MOJIBAKE: _mojibake,
    Fault.DUPLICATE: _duplicate,
}
