"""Letters, summaries and checkups as CDA, read by the standard library and by the parsers."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import AllergyIntolerance, Condition, MedicationRequest, Observation
from appliance.records.document import DocumentKind, Format
from tests.practice.reading import tree

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
CDA = "{urn:hl7-org:v3}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def chart_of(document: ET.Element) -> str:
    found = document.find(f"{CDA}recordTarget/{CDA}patientRole/{CDA}id")
    assert found is not None
    return str(found.get("extension"))


def kind_of(document: ET.Element) -> str:
    code = document.find(f"{CDA}code")
    assert code is not None
    return str(code.get("code"))


def coded(document: ET.Element, system: str) -> list[str]:
    return [str(one.get("code")) for one in document.iter() if one.get("codeSystem") == system]


def test_letters_and_summaries_are_those_of_the_manifest(files_by_format: Files, entries: Entries) -> None:
    held = {"letters": [], "stays": []}  # type: dict[str, list[str]]
    for file in files_by_format[Format.CDA]:
        document = tree(file.data)
        summary = kind_of(document) == "18842-5"
        listed = "stays" if summary else "letters"
        truth = entries[listed][file.holds[0]]
        held[listed].append(file.holds[0])
        assert chart_of(document) == truth["chart"]
        diagnoses = coded(document, "2.16.840.1.113883.6.3")
        if summary:
            assert diagnoses[0] == truth["icd10"]
        else:
            assert diagnoses == truth["conditions"]
            drugs = coded(document, "1.2.392.100495.20.1.73") + coded(document, "1.2.392.100495.20.1.81")
            assert sorted(drugs) == sorted(truth["drugs"])
    assert sorted(held["letters"]) == sorted(entries["letters"])
    assert sorted(held["stays"]) == sorted(entries["stays"])


def test_the_parser_agrees_on_letters(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.CDA]:
        parsed = parse(file.data)
        assert parsed.format is Format.CDA
        assert not parsed.all_findings
        (document,) = parsed.documents
        assert (document.kind, document.facility) == (DocumentKind.LETTER, file.facility.number)
        truth = entries["letters"].get(file.holds[0])
        if truth is None:
            continue
        records = document.records
        found = [one.concept.codings[0].code for one in records if isinstance(one, Condition)]
        assert found == truth["conditions"]
        asked = [one.concept.codings[0].code for one in records if isinstance(one, MedicationRequest)]
        assert asked == truth["drugs"]
        told = [one.concept.text for one in records if isinstance(one, AllergyIntolerance)]
        assert told == truth["allergies"]


def test_referrals_that_led_to_a_stay_name_the_same_person(entries: Entries) -> None:
    led = [stay for stay in entries["stays"].values() if stay["referral"]]
    assert led
    for stay in led:
        letter = entries["letters"][stay["referral"]]
        assert letter["person_id"] == stay["person_id"]
        assert letter["day"] < stay["admitted"]


def test_checkups_hold_the_items_of_the_manifest(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.KENSHIN]:
        truth = entries["checkups"][file.holds[0]]
        document = tree(file.data)
        assert (kind_of(document), chart_of(document)) == ("10", truth["chart"])
        found = []
        for one in document.iter(f"{CDA}observation"):
            code, value = one.find(f"{CDA}code"), one.find(f"{CDA}value")
            assert code is not None
            assert value is not None
            shown = value.get("displayName") or value.get("value") or value.text
            found.append((code.get("code"), shown, value.get("unit", "")))
        assert found == [(one["code"], one["value"], one["unit"]) for one in truth["items"]]
    assert {file.holds[0] for file in files_by_format[Format.KENSHIN]} == set(entries["checkups"])


def test_the_parser_agrees_on_checkups(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.KENSHIN]:
        parsed = parse(file.data)
        assert parsed.format is Format.KENSHIN
        assert not parsed.all_findings
        (document,) = parsed.documents
        truth = entries["checkups"][file.holds[0]]
        items = [one for one in document.records if isinstance(one, Observation)]
        assert [(one.concept.codings[0].code, one.value) for one in items] == [
            (one["code"], one["value"]) for one in truth["items"]
        ]
