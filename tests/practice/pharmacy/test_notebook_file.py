"""お薬手帳 files: JAHISTC08 as the specification has it, split ones joined by their 911 rows, contents as dispensed."""

from __future__ import annotations

from typing import Any

from appliance.formats.jahis_join import JoinKind, join_fragments
from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import MedicationDispense
from appliance.records.document import Format
from tests.practice.reading import Rows, comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
HEADER = ["JAHISTC08", "1"]


def parts_of(files: Files) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for file in files[Format.JAHIS_TC]:
        found.setdefault(file.holds[0], []).append(file.data)
    return found


def joined_by_hand(parts: list[bytes]) -> Rows:
    """The parts in the order of their 911 rows, headers and 911 rows left out."""
    read = [comma_rows(part) for part in parts]
    assert all(rows[0] == HEADER for rows in read)
    if len(parts) == 1:
        assert not of(read[0], "911")
        return read[0][1:]
    ends = [rows[-1] for rows in read]
    assert {(end[0], end[1], end[2]) for end in ends} == {("911", ends[0][1], str(len(parts)))}
    read.sort(key=lambda rows: int(rows[-1][3]))
    return [row for rows in read for row in rows[1:-1]]


def test_every_dispensing_has_its_notebook(files_by_format: Files, entries: Entries) -> None:
    parts = parts_of(files_by_format)
    assert sorted(parts) == sorted(entries["dispensings"])
    assert 0.1 < sum(len(one) > 1 for one in parts.values()) / len(parts) < 0.6


def test_contents_are_those_dispensed(files_by_format: Files, entries: Entries) -> None:
    for number, parts in parts_of(files_by_format).items():
        rows, truth = joined_by_hand(parts), entries["dispensings"][number]
        assert of(rows, "5")[0][1] == truth["dispensed"].replace("-", "")
        assert "".join(of(rows, "11")[0][2:5]) == truth["pharmacy"]
        assert "".join(of(rows, "51")[0][2:5]) == truth["prescribed_at"]
        assert of(rows, "55")[0][1] == truth["prescriber"]
        drugs = [(group["rp"], drug) for group in truth["groups"] for drug in group["drugs"]]
        assert [row[1:7] for row in of(rows, "201")] == [
            [str(rp), drug["name"], drug["amount"], drug["unit"], "2", drug["code"]] for rp, drug in drugs
        ]
        assert [row[1:5] for row in of(rows, "301")] == [
            [str(group["rp"]), group["usage"], str(group["count"]), group["unit"]]
            for group in truth["groups"]
        ]


def test_the_parser_agrees_on_the_joined_whole(files_by_format: Files, entries: Entries) -> None:
    for number, parts in parts_of(files_by_format).items():
        joined = join_fragments(list(reversed(parts)))
        assert joined.kind is (JoinKind.RECORDS if len(parts) > 1 else JoinKind.WHOLE)
        assert joined.data is not None
        parsed = parse(joined.data)
        assert not parsed.all_findings
        (document,) = parsed.documents
        given = [one for one in document.records if isinstance(one, MedicationDispense)]
        meant = [
            drug["code"] for group in entries["dispensings"][number]["groups"] for drug in group["drugs"]
        ]
        assert [one.concept.codings[0].code for one in given] == meant


def test_allergies_stand_in_some_notebooks(files_by_format: Files) -> None:
    told = [of(joined_by_hand(parts), "2") for parts in parts_of(files_by_format).values()]
    share = sum(bool(rows) for rows in told) / len(told)
    assert 0.02 < share < 0.25
    assert all(row[1] in {"1", "2"} and row[3] == "1" for rows in told for row in rows)
