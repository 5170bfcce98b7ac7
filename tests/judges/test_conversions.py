"""What files of every format become passes every judge: the samples, and made-up files of the formats without one.

A document whose patient cannot be told (a medication notebook has no chart number) is not sent; here it gets a chart
number, so that its records are judged too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.codes.command import build_masters
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.exchange.convert import bundles_of
from appliance.exchange.fhir.profiles import profile_of
from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.facility import placed
from appliance.formats.parse import parse
from appliance.records.document import Document, Format, Parsed
from tests.docs import made_up as items
from tests.formats import test_cda as letters
from tests.formats import test_kenshin as checkups
from tests.judges import judge
from tests.judges.judge import Verdict

FACILITY = "1319999012"
RECORDED = "2026-10-01T01:00:00.000Z"
DECISION = Path(__file__).parents[2] / "appliance" / "docs" / "decisions" / "0005-ecs-profiles.md"
ECS_TYPES = ("Patient", "Encounter", "Condition", "MedicationRequest", "Observation", "AllergyIntolerance")

LAB_REPORT = (
    "MSH|^~\\&|LIS|LAB|EMR|CLINIC|20260803120000||OUL^R22^OUL_R22|1|P|2.5|||||JPN|UNICODE UTF-8",
    "PID|1||0012||RENSHU^TARO||19500101|M",
    "SPM|1|S-1||023^血清^JC10|||||||||||||20260803093000",
    "OBR|1||1|1^K^99LAB|||20260803093000",
    "OBX|1|NM|3H015000002326101^カリウム^JC10||3.5|mEq/L|3.6-5.0|L|||F|||20260803",
    "OBX|2|ST|0999^院内検査^99LAB||(-)||||||F|||20260803",
)

Converted = Mapping[str, list[Path]]


def of_no_sample() -> Iterator[Parsed]:
    """Laboratory reports with their specimen, letters, check-ups, images, and what no sample of a claim has."""
    sections = (
        letters.section("11450-4", letters.diagnosis()),
        letters.section("10160-0", letters.DRUG),
        letters.section("48765-2", letters.ALLERGY),
        letters.section("30954-2", letters.RESULT),
    )
    yield parse(letters.letter(*sections))
    yield parse("\r".join(LAB_REPORT).encode())
    told = (checkups.HEIGHT, checkups.PRESSURE, checkups.JUDGED, checkups.WORDS)
    yield parse(checkups.checkup(*(checkups.item(*one) for one in told)))
    rule = NamingRule("{patient}_{date}_{kind}.pdf", {})
    yield read_attachment(b"%PDF-1.4\n%%EOF\n", Format.PDF, "0012_20260803_letter.pdf", rule, FACILITY)
    yield Parsed(Format.UKE_CHOZAI, "cp932", 0, (items.narcotic(),))
    yield Parsed(Format.UKE_IKA, "cp932", 0, (items.acts(),))
    yield Parsed(Format.UKE_DPC, "cp932", 0, (items.stay(),))


def with_a_patient(document: Document) -> Document:
    if bundles_of(document):
        return document
    return replace(document, patient=replace(document.patient, local_id="0012"))


@pytest.fixture(scope="module")
def converted(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """The bundles of each format, mapped with the published masters."""
    folder = tmp_path_factory.mktemp("converted")
    samples = sorted(path for path in (shared / "samples").rglob("*") if path.is_file())
    parsed = [*map(parse, (path.read_bytes() for path in samples)), *of_no_sample()]
    made: dict[str, list[Path]] = defaultdict(list)
    with Lookup(build_masters(shared / "masters", folder / "masters.db").out) as lookup:
        for one in parsed:
            for document in one.documents:
                mapped, _ = map_document(with_a_patient(placed(document, FACILITY)), lookup)
                digest = hashlib.sha256(document.key.encode()).hexdigest()
                for _, body in bundles_of(mapped, digest, RECORDED):
                    place = folder / f"{one.format.value}-{len(made[one.format.value])}.json"
                    place.write_bytes(body)
                    made[one.format.value].append(place)
    return made


@pytest.fixture(scope="module")
def verdicts(converted: Converted, shared: Path) -> list[Verdict]:
    packages = [shared / "profiles" / name for name in ("jp-core-1.1.2.tgz", "jp-clins-1.5.2.tgz")]
    return judge([path for paths in converted.values() for path in paths], packages)


def resources(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for entry in json.loads(path.read_bytes())["entry"]:
            if "resource" in entry:
                yield entry["resource"]


def test_every_format_that_is_read_becomes_bundles(converted: Converted) -> None:
    assert set(converted) >= {
        "uke-ika",
        "uke-dpc",
        "uke-shika",
        "uke-chozai",
        "nsips",
        "jahis-tc",
        "jahis-rx",
        "orca",
        "hl7-lab",
        "astm",
        "cda",
        "kenshin",
        "pdf",
    }


def test_every_bundle_passes_base_r4_and_every_profile_that_it_claims(verdicts: list[Verdict]) -> None:
    assert [str(one) for one in verdicts if one.faults][:20] == []
    assert len(verdicts) > 1_000


def test_what_claims_nothing_fails_only_where_its_source_lacks_something(verdicts: list[Verdict]) -> None:
    """Every resource is sound by JP Core too, but the few that say themselves that they are not."""
    failing = {(one.type, one.claims) for one in verdicts if one.errors}
    assert failing <= {("MedicationRequest", False), ("MedicationDispense", False)}


def test_resources_of_every_kind_are_judged_by_a_profile(verdicts: list[Verdict]) -> None:
    judged = {name for one in verdicts if one.claims for name in one.profiles}
    assert judged >= {
        "JP_Patient",
        "JP_Coverage",
        "JP_Encounter_eCS",
        "JP_Condition",
        "JP_Condition_eCS",
        "JP_Procedure",
        "JP_MedicationRequest",
        "JP_MedicationDispense",
        "JP_Observation_Common",
        "JP_Observation_LabResult_eCS",
        "JP_AllergyIntolerance",
        "JP_Organization",
        "JP_Practitioner",
        "JP_Specimen",
    }


def lacking(converted: Converted) -> dict[tuple[str, str], set[str]]:
    """By format and type, what some resource of it lacks of the strictest profile."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, paths in converted.items():
        for one in resources(paths):
            if one["resourceType"] in ECS_TYPES:
                found[name, one["resourceType"]] |= set(profile_of(one)[1])
    return found


def recorded_table() -> dict[tuple[str, str], set[str]]:
    """The table of decision 0005: format, type, elements between backquotes."""
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| (\w+) \| [^|]+\| ([^|]*) \|$", DECISION.read_text("utf-8"), re.MULTILINE
    )
    return {(name, kind): set(re.findall(r"`([^`]+)`", lacks)) for name, kind, lacks in rows}


def test_the_decision_names_each_element_that_each_format_lacks(converted: Converted) -> None:
    assert recorded_table() == {place: lacks for place, lacks in lacking(converted).items() if lacks}
