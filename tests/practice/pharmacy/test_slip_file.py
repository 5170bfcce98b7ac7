"""院外処方箋 codes: JAHIS11, by general names, whole or in bare fragments that only together make sense."""

from __future__ import annotations

import itertools
from typing import Any

from appliance.formats.jahis_join import JoinKind, join_fragments
from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import MedicationRequest
from appliance.records.document import Format
from tests.practice.reading import comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]


def fragments_of(files: Files) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for file in files[Format.JAHIS_RX]:
        found.setdefault(file.holds[0], []).append(file.data)
    return found


def test_every_prescription_has_its_code_at_the_clinic_that_wrote_it(
    files_by_format: Files, entries: Entries
) -> None:
    for file in files_by_format[Format.JAHIS_RX]:
        truth = entries["dispensings"][file.holds[0]]
        assert file.facility.number == truth["prescribed_at"]
        assert file.path.startswith(f"{file.facility.folder}/jahis-rx/{truth['prescribed'][:7]}/")
    assert sorted(fragments_of(files_by_format)) == sorted(entries["dispensings"])


def test_rows_are_those_prescribed(files_by_format: Files, entries: Entries) -> None:
    for number, parts in fragments_of(files_by_format).items():
        rows, truth = comma_rows(b"".join(parts)), entries["dispensings"][number]
        assert rows[0] == ["JAHIS11"]
        assert of(rows, "51")[0][1] == truth["prescribed"].replace("-", "")
        assert [(row[1], row[4]) for row in of(rows, "101")] == [
            (str(group["rp"]), str(group["count"])) for group in truth["groups"]
        ]
        drugs = [(str(group["rp"]), drug) for group in truth["groups"] for drug in group["drugs"]]
        assert [(row[1], row[5], row[7], row[9]) for row in of(rows, "201")] == [
            (rp, drug["prescribed_code"], drug["amount"], drug["unit"]) for rp, drug in drugs
        ]


def test_some_are_cut_inside_a_character(files_by_format: Files) -> None:
    split = [parts for parts in fragments_of(files_by_format).values() if len(parts) > 1]
    assert len(split) > 20
    broken = 0
    for part in itertools.chain.from_iterable(split):
        try:
            part.decode("cp932")
        except UnicodeDecodeError:
            broken += 1
    assert broken


def test_the_parser_agrees_on_the_joined_whole(files_by_format: Files, entries: Entries) -> None:
    for number, parts in fragments_of(files_by_format).items():
        joined = join_fragments(parts)
        assert joined.kind is (JoinKind.FRAGMENTS if len(parts) > 1 else JoinKind.WHOLE)
        assert joined.data is not None
        parsed = parse(joined.data)
        assert {one.field for one in parsed.all_findings} <= {"保険者番号"}, "only 生活保護 has no insurer"
        (document,) = parsed.documents
        truth = entries["dispensings"][number]
        asked = [one for one in document.records if isinstance(one, MedicationRequest)]
        assert [one.concept.codings[0].code for one in asked] == [
            drug["prescribed_code"] for group in truth["groups"] for drug in group["drugs"]
        ]
        assert document.facility == truth["prescribed_at"]
