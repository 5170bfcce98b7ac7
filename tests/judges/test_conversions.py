"""What files of every format become passes every judge: the samples, made-up files, a generated month of the practice town.

The town's month is judged wherever the tests run, by base R4 and with made-up masters; with the published masters and
against the JP profiles where those are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.codes.lookup import Lookup
from appliance.exchange.timeline import TYPES, seen
from appliance.records.coding import CodeSystem
from tests.judges import judge
from tests.judges.conversions import (
    Converted,
    claims_by_type,
    converted,
    made_up,
    of_no_sample,
    of_record_items,
    of_samples,
    of_the_town,
    published_and_hot,
    recorded_table,
    standings,
    table_text,
)
from tests.judges.judge import Verdict

FORMATS = {
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
    "image",
}


@pytest.fixture(scope="module")
def everything(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """The bundles of each format, mapped with the published masters and the made-up HOT master."""
    folder = tmp_path_factory.mktemp("everything")
    with Lookup(published_and_hot(shared, folder)) as lookup:
        files = (*of_samples(shared), *of_no_sample(), *of_record_items(), *of_the_town(folder / "town"))
        return converted(files, lookup, folder / "bundles")


@pytest.fixture(scope="module")
def verdicts(everything: Converted, shared: Path) -> list[Verdict]:
    packages = [shared / "profiles" / name for name in ("jp-core-1.1.2.tgz", "jp-clins-1.5.2.tgz")]
    return judge(everything.paths, packages)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """The town's month and the formats it does not write, mapped with made-up masters: needs nothing from outside."""
    folder = tmp_path_factory.mktemp("town")
    with Lookup(made_up(folder)) as lookup:
        files = (*of_no_sample(), *of_the_town(folder / "town"))
        yield converted(files, lookup, folder / "bundles")


def test_every_format_that_is_read_becomes_bundles(town: Converted) -> None:
    assert town.made.keys() == FORMATS


def test_the_towns_month_passes_base_r4(town: Converted) -> None:
    found = judge(town.paths)
    assert [str(one) for one in found if one.errors][:20] == []
    assert len(found) > 1_500


def test_every_bundle_passes_base_r4_and_every_profile_that_it_claims(verdicts: list[Verdict]) -> None:
    assert [str(one) for one in verdicts if one.faults][:20] == []
    assert len(verdicts) > 4_000


def test_what_claims_nothing_fails_only_where_its_source_lacks_something(verdicts: list[Verdict]) -> None:
    """Every resource is sound by JP Core too, but the few that say themselves that they are not."""
    failing = {(one.type, one.claims) for one in verdicts if one.errors}
    assert failing <= {("MedicationRequest", False), ("MedicationDispense", False)}


def test_resources_of_every_kind_are_judged_by_a_profile(verdicts: list[Verdict]) -> None:
    judged = {name for one in verdicts if one.claims for name in one.profiles}
    assert judged >= {
        "JP_Patient",
        "JP_Patient_eCS",
        "JP_Coverage",
        "JP_Encounter_eCS",
        "JP_Condition",
        "JP_Condition_eCS",
        "JP_Procedure",
        "JP_MedicationRequest",
        "JP_MedicationRequest_eCS",
        "JP_MedicationDispense",
        "JP_Observation_Common",
        "JP_Observation_LabResult_eCS",
        "JP_AllergyIntolerance",
        "JP_Organization",
        "JP_Practitioner",
        "JP_Specimen",
    }


@pytest.mark.parametrize(
    ("known", "profile"),
    [
        ("nsips", "JP_MedicationDispense"),
        ("jahis-tc", "JP_MedicationDispense"),
        ("uke-chozai", "JP_MedicationDispense"),
        ("jahis-tc", "JP_AllergyIntolerance"),
        ("jahis-rx", "JP_MedicationRequest_eCS"),
        ("orca", "JP_Patient_eCS"),
        ("orca", "JP_Condition_eCS"),
        ("cda", "JP_Patient_eCS"),
        ("kenshin", "JP_Patient_eCS"),
        ("uke-ika", "JP_Condition_eCS"),
        ("uke-ika", "JP_Encounter_eCS"),
        ("uke-shika", "JP_Condition_eCS"),
        ("uke-dpc", "JP_Condition_eCS"),
        ("hl7-lab", "JP_Observation_LabResult_eCS"),
        ("astm", "JP_Observation_LabResult_eCS"),
    ],
)
def test_what_a_source_holds_is_claimed_even_with_made_up_masters(
    known: str, profile: str, town: Converted
) -> None:
    assert claims_by_type(town)[known, profile]


@pytest.mark.parametrize("known", ["jahis-rx", "jahis-tc", "nsips", "uke-chozai", "uke-ika", "orca"])
def test_with_a_hot_master_every_product_has_its_yj_code(known: str, town: Converted) -> None:
    """But a 一般名 code, which names no product; injections are not in the made-up HOT master."""
    found = [
        {coding["system"] for coding in one["medicationCodeableConcept"]["coding"]}
        for one in town.resources(known)
        if one["resourceType"] in ("MedicationRequest", "MedicationDispense")
    ]
    with_yj = [systems for systems in found if CodeSystem.YJ in systems]
    assert with_yj
    for systems in found:
        generic = CodeSystem.GENERIC_NAME in systems
        injection = CodeSystem.PRICE_LIST_DRUG not in systems
        assert systems in with_yj or generic or injection


def test_every_prescription_of_the_town_claims_the_ecs_profile(town: Converted) -> None:
    claims = claims_by_type(town)
    assert claims["jahis-rx", "JP_MedicationRequest_eCS"] > 30
    assert not claims["jahis-rx", "JP_MedicationRequest"]


def test_no_dispensed_amount_is_without_a_unit_where_the_masters_have_one(town: Converted) -> None:
    for known in ("nsips", "jahis-tc", "uke-chozai"):
        units = [one["quantity"].get("unit") for one in town.resources(known) if "quantity" in one]
        assert units
        assert all(units), known


def test_whatever_is_sent_makes_a_line_of_the_timeline(town: Converted) -> None:
    """Of every type that a look-up asks for, in every format: provider, class and words."""
    told = set()
    for known in town.made:
        sent = [one for one in town.resources(known) if one["resourceType"] in TYPES]
        lines = [line for one in sent for line in seen([one], "", str)]
        assert len(lines) == len(sent), known
        assert all(line.entry.title and line.provider for line in lines), known
        told |= {one["resourceType"] for one in sent}
    assert told == {*TYPES} - {"Immunization"}


def test_every_letter_and_picture_is_a_document_of_its_own(town: Converted) -> None:
    for known, least in (("cda", 6), ("pdf", 1), ("image", 1)):
        found = [one for one in town.resources(known) if one["resourceType"] == "DocumentReference"]
        assert len(found) >= least, known


def test_the_decision_names_each_element_that_each_format_lacks(everything: Converted) -> None:
    """`python -m tests.judges.conversions FOLDER` writes the table anew; read the difference."""
    assert recorded_table() == table_text(standings(everything))
