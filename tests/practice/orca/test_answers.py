"""ORCA answers: the same members in XML and JSON, about the patient's last month."""

from __future__ import annotations

import json
from typing import Any

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.practice.orca.tree import Tree, json_answer, xml_answer
from appliance.practice.population import Population
from appliance.records.clinical import Condition, Encounter, Procedure
from appliance.records.document import Format, Parsed
from tests.practice.reading import tree

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]


def about(files: Files, api: str) -> list[tuple[MadeFile, Parsed]]:
    return [(file, parse(file.data)) for file in files[Format.ORCA] if dict(file.told)["api"] == api]


def test_a_tree_is_written_alike_in_both_forms() -> None:
    body: Tree = {
        "Api_Result": "00",
        "One": {"Name": "＜A&B＞", "Empty": ""},
        "Many": [{"A": "1"}, {"A": "2"}],
    }
    written = json.loads(json_answer("someres", body))
    assert written == {
        "someres": {"Api_Result": "00", "One": {"Name": "＜A&B＞"}, "Many": [{"A": "1"}, {"A": "2"}]}
    }
    (answer,) = tree(xml_answer("someres", body))
    assert answer.findtext("One/Name") == "＜A&B＞"
    assert answer.find("One/Empty") is None
    assert [one.findtext("A") for one in answer.findall("Many/Many_child")] == ["1", "2"]


def test_each_patient_has_four_answers_without_findings(files_by_format: Files, entries: Entries) -> None:
    files = files_by_format[Format.ORCA]
    assert len(files) == 4 * len(entries["orca_patients"])
    assert {file.path.rsplit(".")[-1] for file in files} == {"xml", "json"}
    for file in files:
        parsed = parse(file.data)
        assert parsed.format is Format.ORCA
        assert not parsed.all_findings
        charts = {document.patient.local_id for document in parsed.documents}
        assert charts == {entries["orca_patients"][file.holds[0]]["chart"]}


def test_diagnoses_and_visits_are_those_of_the_last_claim(files_by_format: Files, entries: Entries) -> None:
    for file, parsed in about(files_by_format, "diseasegetv2"):
        conditions = [one for one in parsed.documents[0].records if isinstance(one, Condition)]
        truth = entries["orca_patients"][file.holds[0]]
        assert [one.concept.codings[0].code for one in conditions] == truth["conditions"]
        assert conditions[0].main
    for file, parsed in about(files_by_format, "medicalgetv2-01"):
        visits = [
            one for document in parsed.documents for one in document.records if isinstance(one, Encounter)
        ]
        assert [str(one.start) for one in visits] == entries["orca_patients"][file.holds[0]]["days"]


def test_acts_are_those_claimed_for_the_last_day(
    files_by_format: Files, entries: Entries, population: Population
) -> None:
    for file, parsed in about(files_by_format, "medicalgetv2-02"):
        truth = entries["orca_patients"][file.holds[0]]
        (claim,) = [
            claim
            for claim in population.claims
            if claim.patient.chart_number == truth["chart"]
            and claim.patient.clinic.number == truth["facility"]
            and [claim.care_month.replace(day=day).isoformat() for day in claim.days] == truth["days"]
        ]
        last = claim.days[-1]
        meant = [
            line.code
            for charged in claim.units
            if last in dict(charged.days)
            for line in charged.unit.lines
            if line.kind.value == "SI"
        ]
        acts = [one for one in parsed.documents[0].records if isinstance(one, Procedure)]
        assert [one.concept.codings[0].code for one in acts] == meant
        assert parsed.documents[0].period == truth["acts_on"]
