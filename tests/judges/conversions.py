"""Files of every format to the bundles that the judges read: the samples, files made by hand, a generated month of the practice town.

`python -m tests.judges.conversions` writes the table of decision 0005 anew: what each format lacks of each eCS profile.
A document whose patient cannot be told (a medication notebook has no chart number) is not sent; here it gets a chart
number, so that its records are judged too.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from appliance.codes.command import build_masters
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.exchange.convert import bundles_of
from appliance.exchange.fhir.profiles import profile_of
from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.facility import placed
from appliance.formats.jahis_join import join_fragments
from appliance.formats.parse import parse
from appliance.practice.command import make_patients
from appliance.practice.writers import PLACES
from appliance.records.document import Document, Format, Parsed
from tests.docs import made_up as items
from tests.formats import test_cda as letters
from tests.formats import test_kenshin as checkups
from tests.judges import town_masters

FACILITY: Final = "1319999012"
RECORDED: Final = "2026-10-01T01:00:00.000Z"
DECISION: Final = Path(__file__).parents[2] / "appliance" / "docs" / "decisions" / "0005-ecs-profiles.md"
ECS_TYPES: Final = (
    "Patient",
    "Encounter",
    "Condition",
    "MedicationRequest",
    "Observation",
    "AllergyIntolerance",
)
PEOPLE, SEED, MONTH = 20, 14, date(2026, 6, 1)
"""A small town with a letter, a summary, a check-up, a dentist's patient and an allergy in one month."""

LAB_REPORT: Final = (
    "MSH|^~\\&|LIS|LAB|EMR|CLINIC|20260803120000||OUL^R22^OUL_R22|1|P|2.5|||||JPN|UNICODE UTF-8",
    "PID|1||0012||RENSHU^TARO||19500101|M",
    "SPM|1|S-1||023^血清^JC10|||||||||||||20260803093000",
    "OBR|1||1|1^K^99LAB|||20260803093000",
    "OBX|1|NM|3H015000002326101^カリウム^JC10||3.5|mEq/L|3.6-5.0|L|||F|||20260803",
    "OBX|2|ST|0999^院内検査^99LAB||(-)||||||F|||20260803",
)
PDF: Final = b"%PDF-1.4\n%%EOF\n"
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\xaeB`\x82"
_ROW: Final = re.compile(r"^\| `([a-z0-9-]+)` \| (\w+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Read:
    """One file as it was read, and the facility it comes from where it does not say so itself."""

    parsed: Parsed
    facility: str = FACILITY
    data: bytes = b""


@dataclass(slots=True)
class Converted:
    """The bundles of each format, in a folder."""

    folder: Path
    made: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def add(self, read: Read, lookup: Lookup) -> None:
        own = self.made[read.parsed.format.value]
        for document in read.parsed.documents:
            mapped, _ = map_document(with_a_patient(placed(document, read.facility)), lookup)
            for _, body in bundles_of(mapped, read.data, RECORDED):
                place = self.folder / f"{read.parsed.format.value}-{len(own)}.json"
                place.write_bytes(body)
                own.append(place)

    @property
    def paths(self) -> list[Path]:
        return [path for paths in self.made.values() for path in paths]

    def resources(self, name: str) -> Iterator[dict[str, Any]]:
        for path in self.made[name]:
            for entry in json.loads(path.read_bytes())["entry"]:
                if "resource" in entry:
                    yield entry["resource"]


def converted(files: Iterable[Read], lookup: Lookup, folder: Path) -> Converted:
    """The bundles of the files, mapped with the masters."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Converted(folder)
    for one in files:
        found.add(one, lookup)
    return found


def with_a_patient(document: Document) -> Document:
    if bundles_of(document) or document.tombstone:
        return document
    return replace(document, patient=replace(document.patient, local_id="0012"))


def of_samples(shared: Path) -> Iterator[Read]:
    """Every sample file."""
    for path in sorted((shared / "samples").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield Read(parse(data), data=data)


def of_no_sample() -> Iterator[Read]:
    """Laboratory reports with their specimen, letters of every kind, check-ups, PDF, pictures: no sample is at hand."""
    sections = (
        letters.section("11450-4", letters.diagnosis()),
        letters.section("10160-0", letters.DRUG),
        letters.section("48765-2", letters.ALLERGY),
        letters.section("30954-2", letters.RESULT),
    )
    summary = f'<code code="18842-5" codeSystem="{letters.LOINC}"/>'
    prescription = f'<code code="57833-6" codeSystem="{letters.LOINC}"/>'
    told = (checkups.HEIGHT, checkups.PRESSURE, checkups.JUDGED, checkups.WORDS)
    for data in (
        letters.letter(*sections),
        letters.letter(*sections, type=summary),
        letters.letter(*sections, type=prescription),
        "\r".join(LAB_REPORT).encode(),
        checkups.checkup(*(checkups.item(*one) for one in told)),
    ):
        yield Read(parse(data), data=data)
    rule = NamingRule("{patient}_{date}_{kind}.{any}", {"letter": "紹介状"})
    for data, known, ending in ((PDF, Format.PDF, "pdf"), (PNG, Format.IMAGE, "png")):
        name = f"0012_20260803_letter.{ending}"
        yield Read(read_attachment(data, known, name, rule, FACILITY), data=data)


def of_record_items() -> Iterator[Read]:
    """Statements that neither a sample nor the town's month makes: a narcotic, acts with their terms, a stay."""
    yield Read(Parsed(Format.UKE_CHOZAI, "cp932", 0, (items.narcotic(),)))
    yield Read(Parsed(Format.UKE_IKA, "cp932", 0, (items.acts(),)))
    yield Read(Parsed(Format.UKE_DPC, "cp932", 0, (items.stay(),)))


def of_the_town(folder: Path) -> Iterator[Read]:
    """A generated month in every format that the practice writes; what is split is joined first."""
    summary = make_patients(PEOPLE, SEED, folder, months=1, first_month=MONTH, formats=tuple(PLACES))
    truth = json.loads(summary.manifest.read_text("utf-8"))
    parts: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for file in (*truth["files"], *truth["other_files"]):
        data = (folder / file["path"]).read_bytes()
        if {"part", "fragment"} & file.keys():
            parts[file["format"], file["holds"][0]].append(data)
        else:
            yield Read(parse(data), file["facility"], data)
    for split in parts.values():
        joined = join_fragments(split).data
        assert joined is not None
        yield Read(parse(joined), FACILITY, joined)


def published_and_hot(shared: Path, folder: Path) -> Path:
    """The published masters and the made-up HOT master, compiled."""
    place = folder / "masters"
    place.mkdir(parents=True)
    for master in (shared / "masters").iterdir():
        (place / master.name).symlink_to(master.resolve())
    for name, data in town_masters.hot_master().items():
        (place / name).write_bytes(data)
    return build_masters(place, folder / "masters.db").out


def made_up(folder: Path) -> Path:
    """The made-up masters, compiled."""
    place = folder / "masters"
    place.mkdir(parents=True)
    for name, data in town_masters.masters().items():
        (place / name).write_bytes(data)
    return build_masters(place, folder / "masters.db").out


@dataclass(slots=True)
class Standing:
    """How the resources of one type and format stand to the eCS profile of their type."""

    claims: int = 0
    all: int = 0
    lacks: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        shown = ", ".join(f"`{one}`" for one in sorted(self.lacks))
        return f"{self.claims} of {self.all} | {shown}"


def standings(found: Converted) -> dict[tuple[str, str], Standing]:
    """By format and type, those that lack anything."""
    table: dict[tuple[str, str], Standing] = defaultdict(Standing)
    for name in found.made:
        for one in found.resources(name):
            if one["resourceType"] in ECS_TYPES:
                claimed, lacks = profile_of(one)
                own = table[name, one["resourceType"]]
                own.all += 1
                own.claims += claimed.endswith("_eCS")
                own.lacks |= set(lacks)
    return {place: own for place, own in sorted(table.items()) if own.lacks}


def claims_by_type(found: Converted) -> Counter[tuple[str, str]]:
    """How often each profile is claimed in each format, by its name."""
    return Counter(
        (name, claimed.rpartition("/")[2])
        for name in found.made
        for one in found.resources(name)
        for claimed in one["meta"].get("profile", [""])
    )


def table_text(table: Mapping[tuple[str, str], Standing]) -> str:
    """The rows of the decision's table."""
    return "".join(f"| `{name}` | {kind} | {own} |\n" for (name, kind), own in table.items())


def recorded_table() -> str:
    """The rows of the table as the decision has them."""
    return "".join(f"{match[0]}\n" for match in _ROW.finditer(DECISION.read_text("utf-8")))


def _write(shared: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with Lookup(published_and_hot(shared, folder)) as lookup:
            files = (*of_samples(shared), *of_no_sample(), *of_record_items(), *of_the_town(folder / "town"))
            rows = table_text(standings(converted(files, lookup, folder / "bundles")))
    before = DECISION.read_text("utf-8")
    DECISION.write_text(before.replace(recorded_table(), rows), "utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
