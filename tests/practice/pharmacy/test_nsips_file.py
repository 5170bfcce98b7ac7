"""NSIPS files: rows as receipt computers write them, updates in their order, the contents as dispensed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import MedicationDispense
from appliance.records.document import Document, Format
from tests.practice.reading import comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
WIDTHS = {"VER010603": 12, "1": 49, "2": 42, "3": 22, "4": 41, "5": 21, "6": 28, "7": 6}


def test_rows_are_as_wide_as_those_of_version_1_06(files_by_format: Files) -> None:
    for file in files_by_format[Format.NSIPS]:
        for row in comma_rows(file.data):
            assert len(row) == WIDTHS[row[0]]


def test_names_tell_update_number_and_revision(files_by_format: Files) -> None:
    for file in files_by_format[Format.NSIPS]:
        folder, name = file.path.rsplit("/", 1)
        order = of(comma_rows(file.data), "2")[0]
        assert folder == "pharmacy/SIPS1/DATA"
        assert file.companion == f"pharmacy/SIPS1/INDEX/{name}"
        assert (name[0], name[1:16]) == (order[3], order[1])
        assert name[16:] in {"00000.txt", "00001.txt"}


def test_updates_follow_their_first_file_and_name_it(files_by_format: Files) -> None:
    files = files_by_format[Format.NSIPS]
    kinds = Counter(dict(file.told)["update"] for file in files)
    assert kinds["A"] > 20 * kinds["D"]
    assert min(kinds["U"], kinds["D"]) > 0
    sent: dict[str, str] = {}
    for file in files:
        head, number = comma_rows(file.data)[0], str(dict(file.told)["prescription_no"])
        if dict(file.told)["update"] == "A":
            sent[number] = head[1]
        else:
            assert head[1] > sent[number]
            assert head[11] == f"A{number}00000"


def test_what_stands_in_the_end_is_what_was_dispensed(files_by_format: Files, entries: Entries) -> None:
    standing: dict[str, MadeFile] = {}
    for file in files_by_format[Format.NSIPS]:
        number = str(dict(file.told)["prescription_no"])
        standing[number] = file
    left = {number: file for number, file in standing.items() if of(comma_rows(file.data), "2")[0][3] != "D"}
    assert sorted(left) == sorted(entries["dispensings"])
    for number, file in left.items():
        rows, truth = comma_rows(file.data), entries["dispensings"][number]
        assert of(rows, "1")[0][1] == truth["chart"]
        assert of(rows, "2")[0][7] == truth["dispensed"].replace("-", "")
        groups = truth["groups"]
        assert [(row[1], row[3], row[10], row[13]) for row in of(rows, "3")] == [
            (str(one["rp"]), one["usage"], str(one["count"]), str(len(one["drugs"]))) for one in groups
        ]
        drugs = [drug for one in groups for drug in one["drugs"]]
        assert [(row[5], row[8], row[16], row[18]) for row in of(rows, "4")] == [
            (drug["code"], drug["name"], drug["amount"], drug["unit"]) for drug in drugs
        ]


def test_money_adds_up(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.NSIPS]:
        if not file.holds or dict(file.told)["update"] == "D":
            continue
        rows = comma_rows(file.data)
        total = sum(int(row[7]) for row in of(rows, "6")) + sum(int(row[5]) for row in of(rows, "7"))
        assert int(of(rows, "5")[0][12]) == total == entries["dispensings"][file.holds[0]]["points"]


def test_the_parser_agrees(files_by_format: Files, entries: Entries) -> None:
    newest: dict[str, Document] = {}
    for file in files_by_format[Format.NSIPS]:
        parsed = parse(file.data)
        (document,) = parsed.documents
        assert {one.code for one in parsed.all_findings} <= {"NSIPS-D011"}
        known = newest.get(document.key)
        if known is None or document.sequence > known.sequence:
            newest[document.key] = document
    standing = [document for document in newest.values() if not document.tombstone]
    assert len(standing) == len(entries["dispensings"])
    counted = sum(
        isinstance(record, MedicationDispense) for document in standing for record in document.records
    )
    assert counted == sum(
        len(group["drugs"]) for one in entries["dispensings"].values() for group in one["groups"]
    )
