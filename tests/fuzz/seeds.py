"""Files that a fuzz run starts from: made by the project's own practice writers, the smallest of each kind; and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from appliance.formats import jahis_rx, jahis_tc, nsips, tagged
from appliance.formats.orca.answers import Content
from appliance.formats.orca.envelope import Envelope, Statement, pack
from appliance.formats.orca.heard import Heard, hear, history_in
from appliance.formats.uke import layout as uke
from appliance.formats.uke.claim_types import CLAIM_TYPES
from appliance.limits import KIB
from appliance.practice.population import Population, care_months, files_of, populate
from appliance.practice.uke_rows import uke_bytes
from appliance.practice.writers import PLACES, write_formats
from appliance.records.document import Format
from tests.fuzz.targets import PART_MARK, Target

SEEDS_PER_FORMAT: Final = 12
SEED_MAX_BYTES: Final = 8 * KIB
_FEW, _MANY = (3, 4, 5, 6, 7, 8), (60, 61, 62)
"""Seeds of populations: small ones whose claim files hold a claim or two, larger ones where something rare happens."""
_MONTH = care_months(date(2026, 6, 1), 1)
_WORD = re.compile(rb"[A-Za-z_][\w.-]{2,40}")
_WORDS_MAX: Final = 400
_PACKAGES = {Format.NSIPS: nsips, Format.JAHIS_TC: jahis_tc, Format.JAHIS_RX: jahis_rx}

_RETURNED = uke_bytes(
    (
        "HI,1,13,1,1234567,,202506,00",
        "RE,1,1112,202504,架空　花子,2,19600315,,,,,,,00043",
        "HO,06132013,１２,３４５,1,288",
        "HR,202505,1,12345678,A001,資格喪失後の受診,補足,1",
        "MD,1,2,3",
        "MK,1,2,3",
        "1,2,0,SY,8833421,20250401,1",
        "HG,1,288,99",
    )
)
_WORKERS = uke_bytes(
    ("IR,1,13,1,1234567,,架空クリニック,202507,00", "RR,1,1,202506", "RE,1,1112,202506", "GO,1,75,99")
)
_ATTACHMENTS = (
    b"00042_20260601_result.pdf\n%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n",
    b"00042_2026-06-01_x.pdf\n%PDF-1.7\n",
    b"scan.jpg\n\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9",
    b"scan.png\n\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDRIEND\xaeB`\x82",
    b"C:\\scan\\a.tif\nII*\x00\x08\x00\x00\x00",
)


@dataclass(frozen=True, slots=True)
class _Made:
    """One made-up file, and whether it is only a part of something."""

    format: Format
    data: bytes
    part: bool = False


@lru_cache(maxsize=1)
def _made() -> tuple[_Made, ...]:
    towns = [populate(2, seed, _MONTH) for seed in _FEW] + [populate(60, seed, _MONTH) for seed in _MANY]
    return tuple(made for town in towns for made in _files(town))


def _files(town: Population) -> Iterator[_Made]:
    for claim_file in files_of(town.claims):
        yield _Made(Format.UKE_IKA, claim_file.data)
    for file in write_formats(town, tuple(PLACES)).files:
        yield _Made(file.format, file.data, bool({"part", "fragment"} & dict(file.told).keys()))


def _smallest(files: Iterable[bytes]) -> list[bytes]:
    """The smallest of some files, and one of middling size among those that are not too large."""
    fitting = sorted(
        {data for data in files if len(data) <= SEED_MAX_BYTES}, key=lambda data: (len(data), data)
    )
    step = max(1, len(fitting) // SEEDS_PER_FORMAT)
    return fitting[::step][:SEEDS_PER_FORMAT]


def _of_format(known: Format) -> list[bytes]:
    return _smallest(made.data for made in _made() if made.format is known)


def seeds_of(target: Target) -> list[bytes]:
    """The files that a target starts from; always the same ones."""
    match target.name:
        case "uke-survey":
            return [_RETURNED, _WORKERS]
        case "uke-volumes":
            claims = _of_format(Format.UKE_IKA)
            return [
                *claims,
                *(PART_MARK.join(claims[place : place + 2]) for place in range(0, len(claims), 2)),
            ]
        case "jahis-join":
            parts = [made.data for made in _made() if made.part and made.format in target.formats]
            whole = [data for known in target.formats for data in _of_format(known)]
            return [
                *whole,
                *map(_cut, whole),
                *(PART_MARK.join(parts[at : at + 3]) for at in range(0, 30, 3)),
            ]
        case "attachment":
            return list(_ATTACHMENTS)
        case "parse":
            return [
                *(data for known in PLACES for data in _of_format(known)[:3]),
                _RETURNED,
                _WORKERS,
                *(data.partition(b"\n")[2] for data in _ATTACHMENTS),
            ]
        case "orca-envelope":
            return [pack(envelope) for envelope in islice(_envelopes(), SEEDS_PER_FORMAT)]
        case "orca-json" | "orca-xml":
            beginning = b"{" if target.name == "orca-json" else b"<"
            answers = (made.data for made in _made() if made.format is Format.ORCA)
            return _smallest(data for data in answers if data.lstrip()[:1] == beginning)
        case _:
            return [data for known in target.formats for data in _of_format(known)]


def _envelopes() -> Iterator[Envelope]:
    """What the box would keep of some patients: a statement of each kind in turn, with one answer of each content."""
    of_patient: dict[str, dict[Content, Heard]] = {}
    for heard in (hear(made.data) for made in _made() if made.format is Format.ORCA):
        if heard is not None:
            info = next(heard.body.everywhere("Patient_Information", "Disease_Infores"))
            of_patient.setdefault(info.value("Patient_ID"), {}).setdefault(heard.answer.content, heard)
    statements = cycle(Statement)
    for number, (patient, own) in enumerate(of_patient.items(), 1):
        history = own.pop(Content.HISTORY, None)
        visits = tuple(history_in(history)) if history else ()
        answers = tuple(heard.data for heard in own.values())
        if sum(map(len, answers)) <= SEED_MAX_BYTES:
            yield Envelope(
                next(statements), patient, "2026-07-01T18:30:00", visits, "架空 医師", answers, number
            )


def _cut(data: bytes) -> bytes:
    """A file in three symbols of a structured append: index, total, parity, bytes."""
    third = len(data) // 3 + 1
    parity = 0
    for code in data:
        parity ^= code
    pieces = [data[at : at + third] for at in range(0, len(data), third)]
    return PART_MARK.join(bytes((at, len(pieces), parity)) + piece for at, piece in enumerate(pieces))


def samples_of(target: Target, shared: Path) -> list[Path]:
    """The shared samples of a target, where they lie."""
    found = {path for pattern in target.samples for path in (shared / "samples").glob(pattern)}
    return sorted(path for path in found if path.is_file() and path.suffix != ".md")


def words_of(target: Target) -> list[bytes]:
    """What a target's dictionary holds: the row identifiers of its layouts, and the words of its seeds."""
    rows = {f"{row_id},".encode() for known in target.formats for row_id in _row_ids(known)}
    words = {word for seed in seeds_of(target) for word in _WORD.findall(seed)}
    return sorted(rows) + sorted(words)[:_WORDS_MAX]


def _row_ids(known: Format) -> Iterable[str]:
    if known in CLAIM_TYPES:
        return [*CLAIM_TYPES[known].layouts, *uke.layouts("envelope")]
    if known in _PACKAGES:
        return tagged.layouts(_PACKAGES[known].__name__)
    return ()
