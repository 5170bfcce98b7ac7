"""The judges can fail: each broken resource is found, by the judge that should find it, and right ones pass."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.judges import Verdict, judge

RP_NUMBER = {"system": "urn:oid:1.2.392.100495.20.3.81", "value": "1"}
ORDER_IN_RP = {"system": "urn:oid:1.2.392.100495.20.3.82", "value": "1"}
DAYS = {"value": 7, "unit": "日", "system": "http://unitsofmeasure.org", "code": "d"}
EXTENSION = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/"


def patient(**changes: Any) -> dict[str, Any]:
    identifier = {"system": "urn:oid:1.2.392.100495.20.3.51.11319999913", "value": "00012"}
    name = {"use": "official", "text": "山田 花子", "family": "山田", "given": ["花子"]}
    whole = {"resourceType": "Patient", "identifier": [identifier], "name": [name], "birthDate": "1950-01-01"}
    return {key: value for key, value in (whole | changes).items() if value is not None}


def prescription(**changes: Any) -> dict[str, Any]:
    whole = {
        "resourceType": "MedicationRequest",
        "identifier": [RP_NUMBER, ORDER_IN_RP],
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": {"text": "アムロジピン錠５ｍｇ"},
        "subject": {"reference": "Patient?identifier=http://example.jp/number|1"},
        "authoredOn": "2026-09-01",
        "dispenseRequest": {"expectedSupplyDuration": DAYS},
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


def procedure(*systems: str) -> dict[str, Any]:
    codings = [{"system": system, "code": "112007410"} for system in systems]
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": {"coding": codings},
        "subject": {"reference": "Patient/1"},
    }


def insurer(extension_system: str) -> dict[str, Any]:
    extension = {
        "url": f"{EXTENSION}JP_Organization_InsuranceOrganizationNo",
        "valueIdentifier": {"system": extension_system, "value": "9999991"},
    }
    return {"resourceType": "Organization", "name": "医院", "extension": [extension]}


MEDICAL = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/masterS-medicalProcedure"

SOUND = {
    "patient": patient(),
    "prescription": prescription(),
    "prescription with both forms of the RP number": prescription(
        identifier=[
            RP_NUMBER,
            ORDER_IN_RP,
            {"system": "http://jpfhir.jp/fhir/core/mhlw/IdSystem/Medication-RPGroupNumber", "value": "1"},
        ]
    ),
    "procedure": procedure(MEDICAL, "http://example.jp/local"),
    "organization": insurer("urn:oid:1.2.392.100495.20.3.23"),
}

SUBSTITUTION_REFUSED = prescription(substitution={"allowedBoolean": False})

BROKEN_BASE = {
    "status missing": (prescription(status=None), "npm-fhir", "Missing property"),
    "code outside a required value set": (patient(gender="man"), "npm-fhir", "not found in value set"),
    "property that does not exist": (patient(colour="red"), "npm-fhir", "Unexpected property"),
    "date that does not exist": (patient(birthDate="1950-02-30"), "medplum", "Invalid date value"),
    "single value for a list": (patient(name={"text": "山田"}), "npm-fhir", "not an array"),
    "empty text": (patient(name=[{"text": " "}]), "medplum", "non-whitespace"),
    "reference to the wrong type": (
        prescription(subject={"reference": "Condition/1"}),
        "npm-fhir",
        "Invalid type for reference",
    ),
    "conditional reference to the wrong type": (
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "request": {"method": "POST", "url": "MedicationRequest"},
                    "resource": prescription(subject={"reference": "Condition?identifier=http://a|1"}),
                }
            ],
        },
        "npm-fhir",
        "Invalid type for reference",
    ),
}

BROKEN_PROFILE = {
    "identifier missing": (patient(identifier=None), "medplum JP_Patient", "Missing required property"),
    "slice missing": (
        prescription(identifier=[RP_NUMBER]),
        "medplum JP_MedicationRequest",
        "slice 'orderInRp'",
    ),
    "slice present twice": (procedure(MEDICAL, MEDICAL), "medplum JP_Procedure", "slice 'medical'"),
    "value missing inside a slice": (
        prescription(identifier=[RP_NUMBER, {"system": ORDER_IN_RP["system"]}]),
        "walker JP_MedicationRequest",
        "value: 1..1",
    ),
    "fixed unit differs": (
        prescription(dispenseRequest={"expectedSupplyDuration": DAYS | {"unit": "日分"}}),
        "medplum JP_MedicationRequest",
        "expected pattern",
    ),
    "quantity of a datatype profile without code": (
        prescription(dispenseRequest={"quantity": {"value": 7, "unit": "錠"}}),
        "medplum JP_MedicationSimpleQuantity",
        "Missing required property",
    ),
    "choice that the profile does not allow": (
        SUBSTITUTION_REFUSED,
        "walker JP_MedicationRequest",
        "not-allowed Boolean",
    ),
    "wrong system inside an extension": (insurer("urn:oid:1.2.3"), "walker JP_Organization", "must be"),
    "extension of JP Core that does not exist": (
        patient(extension=[{"url": f"{EXTENSION}JP_Patient_Colour", "valueString": "x"}]),
        "walker JP_Patient",
        "no package holds",
    ),
    "profile that does not exist": (
        patient(meta={"profile": ["http://jpfhir.jp/fhir/core/StructureDefinition/JP_Nobody"]}),
        "profiles",
        "no package holds",
    ),
}


def verdicts_on(
    cases: dict[str, dict[str, Any]], folder: Path, profiles: tuple[Path, ...] = ()
) -> dict[str, Verdict]:
    paths = {}
    for number, (name, resource) in enumerate(cases.items()):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(prepared(resource)), encoding="utf-8")
        paths[path] = name
    return {paths[verdict.file]: verdict for verdict in judge(paths, profiles) if verdict.type != "Bundle"}


def prepared(resource: dict[str, Any]) -> dict[str, Any]:
    """References by identifier exist in transactions only, so each resource is judged in one."""
    if resource["resourceType"] == "Bundle":
        return resource
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


@pytest.fixture(scope="module")
def jp_core(shared: Path) -> Path:
    return shared / "profiles" / "jp-core-1.1.2.tgz"


@pytest.fixture(scope="module")
def base_verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    cases = SOUND | {name: resource for name, (resource, _, _) in BROKEN_BASE.items()}
    return verdicts_on(cases, tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def profile_verdicts(tmp_path_factory: pytest.TempPathFactory, jp_core: Path) -> dict[str, Verdict]:
    cases = SOUND | {name: resource for name, (resource, _, _) in BROKEN_PROFILE.items()}
    return verdicts_on(cases, tmp_path_factory.mktemp("profile"), (jp_core,))


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_resource_passes_the_base_judges(name: str, base_verdicts: dict[str, Verdict]) -> None:
    assert base_verdicts[name].errors == ()


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_resource_passes_its_profile(name: str, profile_verdicts: dict[str, Verdict]) -> None:
    assert profile_verdicts[name].errors == ()
    assert profile_verdicts[name].profiles


@pytest.mark.parametrize("name", BROKEN_BASE)
def test_a_broken_resource_is_found_by_the_base_judges(name: str, base_verdicts: dict[str, Verdict]) -> None:
    _, by, text = BROKEN_BASE[name]
    assert any(note.judge == by and text in note.text for note in base_verdicts[name].errors), base_verdicts[
        name
    ]


@pytest.mark.parametrize("name", BROKEN_PROFILE)
def test_a_resource_against_its_profile_is_found(name: str, profile_verdicts: dict[str, Verdict]) -> None:
    _, by, text = BROKEN_PROFILE[name]
    assert any(note.judge == by and text in note.text for note in profile_verdicts[name].errors), (
        profile_verdicts[name]
    )


def test_an_excused_alarm_is_named(tmp_path: Path) -> None:
    verdict = verdicts_on({"case": SUBSTITUTION_REFUSED}, tmp_path)["case"]
    assert verdict.errors == ()
    assert [note.alarm for note in verdict.excused] == ["falsy-choice"]


def test_a_missing_choice_is_not_excused(tmp_path: Path) -> None:
    case = verdicts_on({"case": prescription(substitution={"reason": {"text": "x"}})}, tmp_path)["case"]
    assert any(note.text == "Missing property" for note in case.errors)


def test_references_inside_a_bundle_are_followed(tmp_path: Path) -> None:
    here, nowhere = (
        "urn:uuid:6f1f5a5e-6a55-4c3c-9a58-000000000001",
        "urn:uuid:6f1f5a5e-6a55-4c3c-9a58-000000000002",
    )
    entries = [
        {"fullUrl": here, "resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {
            "resource": prescription(subject={"reference": here}),
            "request": {"method": "POST", "url": "MedicationRequest"},
        },
        {
            "resource": prescription(subject={"reference": nowhere}),
            "request": {"method": "POST", "url": "MedicationRequest"},
        },
        {
            "resource": prescription(encounter={"reference": here}),
            "request": {"method": "POST", "url": "MedicationRequest"},
        },
    ]
    path = tmp_path / "bundle.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}), encoding="utf-8"
    )
    frame, first, second, third, fourth = judge([path])
    assert (frame.errors, first.errors, second.errors) == ((), (), ())
    assert any(note.judge == "references" for note in third.errors)
    assert any("Invalid type for reference" in note.text for note in fourth.errors)


def test_a_faulty_bundle_frame_is_found(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(
        json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": patient()}]}),
        encoding="utf-8",
    )
    frame, _ = judge([path])
    assert any("bdl-3" in note.text or "request" in note.text for note in frame.errors), frame


def test_the_edition_s_own_examples_pass(jp_core: Path, tmp_path: Path) -> None:
    """JP Core's examples are the best proof that the judges raise no alarm of their own."""
    wanted = (
        "Patient-",
        "Coverage-",
        "Encounter-",
        "Condition-",
        "Procedure-",
        "MedicationRequest-",
        "MedicationDispense-",
        "Organization-",
        "Practitioner-",
        "Observation-",
        "DiagnosticReport-",
        "AllergyIntolerance-",
        "Specimen-",
    )
    paths = []
    with tarfile.open(jp_core) as package:
        for member in package:
            name = Path(member.name).name
            body = package.extractfile(member)
            if body and "-example" in name and name.startswith(wanted):
                paths.append(tmp_path / name)
                paths[-1].write_bytes(body.read())
    verdicts = judge(paths, [jp_core])
    assert len(verdicts) > 25
    assert [str(verdict) for verdict in verdicts if verdict.errors] == []
