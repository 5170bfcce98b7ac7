"""HL7 and ASTM files of the laboratory, read by hand and by the parsers: both hold what the manifest says."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import Observation
from appliance.records.document import Document, Format

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
ISO_2022, UTF_8 = "~ISO IR87", "UNICODE UTF-8"


def messages_of(data: bytes) -> list[list[list[str]]]:
    """The segments of each HL7 message, split at bars."""
    encoding = "utf-8" if UTF_8.encode() in data else "iso2022_jp"
    found: list[list[list[str]]] = []
    for row in data.split(b"\r"):
        if row.startswith(b"MSH"):
            found.append([])
        if row:
            found[-1].append(row.decode(encoding).split("|"))
    return found


def results_of(truth: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((one["code"], one["value"], one["unit"]) for one in truth["results"])


def test_hl7_messages_hold_the_standing_results(files_by_format: Files, entries: Entries) -> None:
    newest: dict[str, list[list[str]]] = {}
    for file in files_by_format[Format.HL7_LAB]:
        for message in messages_of(file.data):
            header = message[0]
            assert (header[8], header[11]) == ("ORU^R01^ORU_R01", "2.5")
            newest[header[9].partition(".")[0]] = message
    assert sorted(newest) == sorted(entries["laboratory_reports"])
    for number, message in newest.items():
        truth = entries["laboratory_reports"][number]
        assert message[1][3] == f"{truth['chart']}^^^^PI"
        rows = [row for row in message if row[0] == "OBX"]
        found = sorted((row[3].split("^")[0], row[5], row[6]) for row in rows)
        assert found == results_of(truth)
        assert {row[2].lstrip("^") for row in message if row[0] == "SPM"} == set(truth["specimens"])


def test_hl7_files_name_the_characters_they_are_in(files_by_format: Files) -> None:
    named = set()
    for file in files_by_format[Format.HL7_LAB]:
        for message in messages_of(file.data):
            named.add(message[0][17])
        assert file.data.isascii() == (ISO_2022.encode() in file.data)
    assert named == {ISO_2022, UTF_8}


def test_astm_records_hold_the_standing_results(files_by_format: Files, entries: Entries) -> None:
    newest: dict[str, list[tuple[str, str, str]]] = {}
    for file in files_by_format[Format.ASTM]:
        for message in file.data.decode("cp932").split("L|1|N\r")[:-1]:
            rows = [row.split("|") for row in message.split("\r")[:-1]]
            assert rows[0][:2] == ["H", "\\^&"]
            orders = [row for row in rows if row[0] == "O"]
            number = orders[0][2][:-1]
            newest[number] = sorted((row[2].split("^")[0], row[3], row[4]) for row in rows if row[0] == "R")
    assert sorted(newest) == sorted(entries["laboratory_reports"])
    assert all(found == results_of(entries["laboratory_reports"][number]) for number, found in newest.items())


@pytest.mark.parametrize("known", [Format.HL7_LAB, Format.ASTM])
def test_the_parsers_agree(known: Format, files_by_format: Files, entries: Entries) -> None:
    newest: dict[str, Document] = {}
    for file in files_by_format[known]:
        parsed = parse(file.data)
        assert parsed.format is known
        assert not parsed.all_findings
        for document in parsed.documents:
            newest[document.key] = document
    charts = {one["chart"] for one in entries["laboratory_reports"].values()}
    assert {document.patient.local_id for document in newest.values()} == charts
    observed = [
        (one.concept.codings[0].code, one.value, one.unit)
        for document in newest.values()
        for one in document.records
        if isinstance(one, Observation)
    ]
    meant = [result for one in entries["laboratory_reports"].values() for result in results_of(one)]
    assert sorted(observed) == sorted(meant)
