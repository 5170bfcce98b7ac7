"""Letters, summaries, prescriptions, checkups and attachments of the practice town against their own elements."""

from __future__ import annotations

import hashlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.administrative import Coverage, Practitioner
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DocumentReference,
    Encounter,
    MedicationRequest,
    Observation,
)
from appliance.records.document import Document, DocumentKind, Format
from tests.practice.reading import tree

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
CDA = "{urn:hl7-org:v3}"
CHART_ROOT = "1.2.392.100495.20.3.51.1"
PAYER, SYMBOL, NUMBER = (f"1.2.392.100495.20.3.{last}" for last in (61, 62, 63))
DISEASES, YJ, GENERIC = "2.16.840.1.113883.6.3", "1.2.392.100495.20.1.73", "1.2.392.100495.20.1.81"
SUMMARY, LETTER, PRESCRIPTION = "18842-5", "57133-1", "57833-6"
TITLES = {LETTER: "診療情報提供書", SUMMARY: "退院時サマリー", PRESCRIPTION: "処方箋"}


def at(element: ET.Element, *names: str) -> ET.Element:
    found = element.find("/".join(f"{CDA}{name}" for name in names))
    assert found is not None
    return found


def every(element: ET.Element, name: str) -> list[ET.Element]:
    return list(element.iter(f"{CDA}{name}"))


def words(element: ET.Element) -> str:
    return "".join(element.itertext())


def iso(element: ET.Element) -> str:
    value = element.get("value", "")
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}"


def records(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def agree_on_header(document: Document, root: ET.Element) -> None:
    role = at(root, "recordTarget", "patientRole")
    ids = {one.get("root", ""): one.get("extension", "") for one in role.findall(f"{CDA}id")}
    (chart,) = [root for root in ids if root.startswith(CHART_ROOT)]
    facility = chart.removeprefix(CHART_ROOT)
    patient = document.patient
    assert (document.facility, patient.facility, patient.local_id) == (facility, facility, ids[chart])
    person = at(role, "patient")
    kanji, kana = person.findall(f"{CDA}name")
    assert patient.name.text == "　".join(words(part) for part in kanji)
    assert patient.name.kana == "　".join(words(part) for part in kana)
    assert str(patient.birth_date) == iso(at(person, "birthTime"))
    sex = at(person, "administrativeGenderCode").get("code")
    assert patient.sex.value == {"M": "male", "F": "female"}[str(sex)]
    told = [(one.payer_number, one.symbol, one.number) for one in records(document, Coverage)]
    assert told == ([(ids[PAYER], ids.get(SYMBOL, ""), ids[NUMBER])] if PAYER in ids else [])
    place = at(root, "custodian", "assignedCustodian", "representedCustodianOrganization")
    assert document.organization is not None
    assert document.organization.name == words(at(place, "name"))
    assert f"tel:{document.organization.phone}" == at(place, "telecom").get("value")


def agree_on_whole(document: Document, root: ET.Element, data: bytes, code: str) -> None:
    (whole,) = records(document, DocumentReference)
    author = "　".join(words(part) for part in at(root, "author", "assignedAuthor", "assignedPerson", "name"))
    assert (whole.kind.text, whole.kind.codings[0].code) == (TITLES[code], code)
    assert (whole.title, whole.author) == (words(at(root, "title")), author)
    assert str(whole.created) == iso(at(root, "effectiveTime")) == document.period
    assert (whole.sha256, whole.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert [one.name for one in records(document, Practitioner)] == [author]


def agree_on_entries(document: Document, root: ET.Element) -> None:
    diagnoses = [
        (value.get("code"), value.get("displayName"), iso(at(one, "effectiveTime", "low")))
        for one in every(root, "observation")
        for value in one.findall(f"{CDA}value")
        if value.get("codeSystem") == DISEASES
    ]
    assert [
        (one.concept.codings[0].code, one.concept.text, str(one.onset))
        for one in records(document, Condition)
    ] == diagnoses
    drugs = []
    for one in every(root, "substanceAdministration"):
        (label,) = every(one, "manufacturedLabeledDrug")
        code, dose = at(label, "code"), at(one, "doseQuantity")
        assert code.get("codeSystem") in (YJ, GENERIC)
        drugs.append(
            (
                code.get("code"),
                code.get("displayName"),
                dose.get("value"),
                dose.get("unit"),
                words(at(one, "text")),
            )
        )
    assert [
        (one.concept.codings[0].code, one.concept.text, one.quantity, one.unit, one.dosage.text)
        for one in records(document, MedicationRequest)
    ] == drugs
    agents = [words(at(one, "code")) for one in every(root, "playingEntity")]
    assert [one.concept.text for one in records(document, AllergyIntolerance)] == agents


def agree_on_stay(document: Document, root: ET.Element) -> None:
    stays = [
        (iso(at(one, "effectiveTime", "low")), iso(at(one, "effectiveTime", "high")))
        for one in every(root, "encompassingEncounter")
    ]
    told = records(document, Encounter)
    assert [(str(one.admission), str(one.end)) for one in told] == stays


def test_letters_and_summaries_agree_with_their_elements(files_by_format: Files, entries: Entries) -> None:
    seen = set()
    for file in files_by_format[Format.CDA]:
        root = tree(file.data)
        code = str(at(root, "code").get("code"))
        seen.add(code)
        (document,) = parse(file.data).documents
        assert document.kind is DocumentKind.LETTER
        agree_on_header(document, root)
        agree_on_whole(document, root, file.data, code)
        agree_on_entries(document, root)
        agree_on_stay(document, root)
        if code == SUMMARY:
            truth = entries["stays"][file.holds[0]]
            (stay,) = records(document, Encounter)
            assert (str(stay.start), str(stay.end)) == (truth["admitted"], truth["discharged"])
    assert seen == {LETTER, SUMMARY}


def test_a_prescription_as_a_document_agrees_with_its_elements(files_by_format: Files) -> None:
    """The letters again under the type of a prescription: the type decides what a document is, not what is in it."""
    for file in files_by_format[Format.CDA]:
        data = file.data.replace(f'code="{LETTER}"'.encode(), f'code="{PRESCRIPTION}"'.encode())
        if data == file.data:
            continue
        (document,) = parse(data).documents
        assert document.kind is DocumentKind.PRESCRIPTION
        root = tree(data)
        agree_on_header(document, root)
        agree_on_whole(document, root, data, PRESCRIPTION)
        agree_on_entries(document, root)


def test_checkups_agree_with_their_elements(files_by_format: Files) -> None:
    assert files_by_format[Format.KENSHIN]
    for file in files_by_format[Format.KENSHIN]:
        root = tree(file.data)
        (document,) = parse(file.data).documents
        assert (document.kind, document.period) == (DocumentKind.CHECKUP, iso(at(root, "effectiveTime")))
        agree_on_header(document, root)
        meant = []
        for one in every(root, "observation"):
            code, value = at(one, "code"), at(one, "value")
            shown = value.get("displayName") or value.get("value") or words(value)
            meant.append((code.get("code"), code.get("displayName"), shown, value.get("unit", "")))
        told = [
            (one.concept.codings[0].code, one.concept.text, one.value, one.unit)
            for one in records(document, Observation)
        ]
        assert told == meant
        assert {str(one.effective) for one in records(document, Observation)} == {document.period}


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("{patient}_{date}_{kind}.pdf", "{chart}_{day}_SHOKAI.pdf"),
        ("{kind}-{patient}-{date}.{any}", "SHOKAI-{chart}-{day}.PDF"),
        ("{date}{kind}{patient:6}.pdf", "{day}SHOKAI{chart:0>6}.pdf"),
    ],
)
def test_a_scan_is_tied_to_the_chart_that_its_name_says(rule: str, name: str, entries: Entries) -> None:
    """The letters of the town as scans, named by the source's rule; the manifest says whose they are."""
    naming = NamingRule(rule, {"SHOKAI": "診療情報提供書"})
    assert entries["letters"]
    for truth in entries["letters"].values():
        data = b"%PDF-1.4\n" + truth["id"].encode() + b"\n%%EOF\n"
        called = name.format(chart=truth["chart"], day=truth["day"].replace("-", ""))
        found = read_attachment(data, Format.PDF, called, naming, truth["facility"])
        assert found.findings == ()
        (document,) = found.documents
        (whole,) = records(document, DocumentReference)
        chart = f"{truth['chart']:0>6}" if "{patient:6}" in rule else truth["chart"]
        assert (document.facility, document.patient.local_id, document.period) == (
            truth["facility"],
            chart,
            truth["day"],
        )
        assert (whole.title, whole.content_type, str(whole.created)) == (
            "診療情報提供書",
            "application/pdf",
            truth["day"],
        )
        assert (whole.sha256, whole.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
