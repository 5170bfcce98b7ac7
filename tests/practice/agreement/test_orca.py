"""ORCA's answers of the practice town, XML and JSON, item by item against the answer read as plain values."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.administrative import Coverage
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    Encounter,
    MedicationRequest,
    Procedure,
)
from appliance.records.document import Document, Format

Files = dict[Format, list[MadeFile]]
RELATIONS = {"1": "self", "2": "family"}
OUTCOMES = {"": None, "F": "cured", "D": "died", "C": "stopped", "P": "stopped"}


def plain(element: ET.Element) -> Any:
    """An XML answer as the JSON one has it: arrays are lists, records objects, the rest text."""
    kind = element.get("type")
    if kind == "array":
        return [plain(one) for one in element]
    return {one.tag: plain(one) for one in element} if kind == "record" else element.text or ""


def body_of(file: MadeFile) -> dict[str, Any]:
    if file.path.endswith(".json"):
        (body,) = json.loads(file.data).values()
    else:
        (root,) = ET.fromstring(file.data)
        body = plain(root)
    assert isinstance(body, dict)
    return body


def records(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def agree_on_patient(document: Document, page: dict[str, Any]) -> None:
    patient = document.patient
    assert patient.local_id == page["Patient_ID"]
    assert (patient.name.text, patient.name.kana) == (page["WholeName"], page["WholeName_inKana"])
    assert str(patient.birth_date) == page["BirthDate"]
    assert patient.sex.value == {"1": "male", "2": "female"}[page["Sex"]]


def agree_on_payers(document: Document, one: dict[str, Any]) -> None:
    told = [
        (c.payer_number, c.symbol, c.number, c.branch, c.insured_class.value if c.insured_class else None)
        for c in records(document, Coverage)
    ]
    meant = []
    if one.get("InsuranceProvider_Number"):
        meant.append(
            (
                one["InsuranceProvider_Number"],
                one.get("HealthInsuredPerson_Symbol", ""),
                one["HealthInsuredPerson_Number"],
                one.get("HealthInsuredPerson_Branch_Number", ""),
                RELATIONS[one["RelationToInsuredPerson"]],
            )
        )
    for public in one.get("PublicInsurance_Information", []):
        number = public.get("PublicInsuredPerson_Number", "")
        meant.append((public["PublicInsurer_Number"], "", number, "", None))
    assert told == meant


def test_every_answer_agrees_with_its_own_values(files_by_format: Files) -> None:
    seen: dict[str, set[str]] = {}
    for file in files_by_format[Format.ORCA]:
        api = str(dict(file.told)["api"])
        seen.setdefault(api, set()).add(file.path.rpartition(".")[2])
        body, documents = body_of(file), parse(file.data).documents
        match api:
            case "patientgetv2":
                agree_on_page(documents[0], body["Patient_Information"])
            case "medicalgetv2-01":
                agree_on_visits(documents, body)
            case "medicalgetv2-02":
                agree_on_acts(documents[0], body)
            case _:
                agree_on_diseases(documents[0], body)
    assert seen == {
        api: {"xml", "json"} for api in ("patientgetv2", "medicalgetv2-01", "medicalgetv2-02", "diseasegetv2")
    }


def agree_on_page(document: Document, page: dict[str, Any]) -> None:
    agree_on_patient(document, page)
    (insurance,) = page["HealthInsurance_Information"]
    agree_on_payers(document, insurance)
    told = [one.concept.text for one in records(document, AllergyIntolerance)]
    assert told == ([page["Allergy1"]] if page.get("Allergy1") else [])


def agree_on_visits(documents: tuple[Document, ...], body: dict[str, Any]) -> None:
    for document, visit in zip(documents, body["Medical_List_Information"], strict=True):
        agree_on_patient(document, body["Patient_Information"])
        agree_on_payers(document, visit["HealthInsurance_Information"])
        (encounter,) = records(document, Encounter)
        assert str(encounter.start) == str(encounter.end) == visit["Perform_Date"]
        assert [(one.code, one.display) for one in encounter.departments] == [
            (visit["Department_Code"], visit["Department_Name"])
        ]


def agree_on_acts(document: Document, body: dict[str, Any]) -> None:
    agree_on_patient(document, body["Patient_Information"])
    meant: dict[str, list[tuple[Any, ...]]] = {"1": [], "6": [], "7": []}
    (listed,) = body["Medical_List_Information"]
    for number, group in enumerate(listed["Medical_Information"], 1):
        category, times = group["Medical_Class"][:2], int(group["Medical_Class_Number"])
        for line in group["Medication_info"]:
            amount, unit = line.get("Medication_Number", ""), line.get("Unit_Code_Name", "")
            kind = line["Medication_Code"][0]
            if kind in meant:
                entry = (line["Medication_Code"], line["Medication_Name"], category, number, times, amount)
                meant[kind].append(entry if kind == "1" else (*entry, unit))
    assert [
        (one.concept.codings[0].code, one.concept.text, one.category, one.unit_no, one.times, one.quantity)
        for one in records(document, Procedure)
    ] == meant["1"]
    assert [
        (
            one.concept.codings[0].code,
            one.concept.text,
            one.category,
            one.rp_number,
            one.days_supplied or one.times,
            one.quantity,
            one.unit,
        )
        for one in records(document, MedicationRequest)
    ] == meant["6"]
    assert [
        (
            one.concept.codings[0].code,
            one.concept.text,
            one.category,
            one.unit_no,
            one.times,
            one.quantity,
            one.unit,
        )
        for one in records(document, DeviceUseStatement)
    ] == meant["7"]


def agree_on_diseases(document: Document, body: dict[str, Any]) -> None:
    agree_on_patient(document, body["Disease_Infores"])
    told = records(document, Condition)
    for one, disease in zip(told, body["Disease_Information"], strict=True):
        singles = [single["Disease_Single_Code"] for single in disease["Disease_Single"]]
        modifiers = [code.removeprefix("ZZZ") for code in singles if code.startswith("ZZZ")]
        (base,) = [code for code in singles if not code.startswith("ZZZ")]
        outcome = OUTCOMES[disease.get("Disease_OutCome", "")]
        assert (one.concept.codings[0].code, one.concept.text) == (base, disease["Disease_Name"])
        assert [modifier.code for modifier in one.modifiers] == modifiers
        assert one.suspected is ("8002" in modifiers)
        assert str(one.onset) == disease["Disease_StartDate"]
        assert (one.outcome.value if one.outcome else None) == outcome
        assert one.main is (disease.get("Disease_Category") == "PD")
        ended = [f"転帰日 {disease['Disease_EndDate']}"] if disease.get("Disease_EndDate") else []
        assert [note.text for note in one.notes] == ended
