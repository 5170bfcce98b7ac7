"""RECEIPTS.UKE: an IR above every claim, teeth with the disease, points that add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.formats.parse import parse
from appliance.practice.dental.treatments import DISEASES
from appliance.practice.made import MadeFile
from appliance.records.clinical import Condition, Procedure
from appliance.records.document import Format
from tests.practice.masters import read_master
from tests.practice.reading import claims_of, comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]


def test_every_claim_has_its_own_facility_row(files_by_format: Files) -> None:
    for file in files_by_format[Format.UKE_SHIKA]:
        ids = [row[0] for row in comma_rows(file.data)]
        assert (ids[0], ids[-1], ids.count("UK"), ids.count("GO")) == ("UK", "GO", 1, 1)
        assert all(ids[place - 1] == "IR" for place, row_id in enumerate(ids) if row_id == "RE")


def test_points_are_the_sum_of_the_acts(files_by_format: Files, entries: Entries) -> None:
    held = []
    for file in files_by_format[Format.UKE_SHIKA]:
        for claim, number in zip(claims_of(comma_rows(file.data)), file.holds, strict=True):
            truth = entries["dental_courses"][number]
            held.append(number)
            main = (of(claim, "HO") or of(claim, "KO"))[0]
            assert (
                int(main[5]) == sum(int(row[76]) * int(row[77]) for row in of(claim, "SS")) == truth["points"]
            )
            assert of(claim, "HS")[0][3:5] == ["".join(truth["teeth"]), truth["condition"]]
            done = sorted((row[3], 1 + row[78:109].index("1")) for row in of(claim, "SS"))
            assert done == sorted((act["code"], int(act["day"][-2:])) for act in truth["acts"])
    assert sorted(held) == sorted(entries["dental_courses"])
    assert len(held) > 5


def test_the_parser_agrees(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.UKE_SHIKA]:
        parsed = parse(file.data)
        assert parsed.format is Format.UKE_SHIKA
        assert not parsed.all_findings
        for document, number in zip(parsed.documents, file.holds, strict=True):
            truth = entries["dental_courses"][number]
            assert document.points == document.points_computed == truth["points"]
            (condition,) = [one for one in document.records if isinstance(one, Condition)]
            assert [tooth.code for tooth in condition.body_sites] == truth["teeth"]
            acts = [one for one in document.records if isinstance(one, Procedure)]
            assert sorted((one.concept.codings[0].code, str(one.performed)) for one in acts) == sorted(
                (act["code"], act["day"]) for act in truth["acts"]
            )


def test_diseases_are_those_of_the_master(shared: Path) -> None:
    master = read_master(shared / "masters" / "b_20240601.zip", 2)
    for disease in DISEASES:
        row = master[disease.code]
        assert (row[5], row[15], row[23]) == (disease.name, disease.icd10, "99999999")
