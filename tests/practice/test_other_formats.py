"""The command writes every format that is asked for, lists it in the manifest, and spoils it on request."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from appliance.cli import main
from appliance.errors import ExitStatus
from appliance.formats.parse import parse
from appliance.practice.command import Summary, make_patients
from appliance.practice.faults import Fault
from appliance.practice.writers import PLACES, places_text
from appliance.records.document import Format
from appliance.records.finding import Severity
from tests.practice.masters import read_master

FAULTS = (Fault.HALF, Fault.WRONG_FACILITY, Fault.GAIJI, Fault.MOJIBAKE, Fault.DUPLICATE)
CLAIMS = {"uke-chozai", "uke-shika", "uke-dpc"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    out = tmp_path_factory.mktemp("town")
    return out, make_patients(120, 9, out, faults=FAULTS, formats=tuple(PLACES))


@pytest.fixture(scope="module")
def truth(written: tuple[Path, Summary]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(written[1].manifest.read_text(encoding="utf-8"))
    return parsed


def test_every_format_has_its_files_and_its_place(truth: dict[str, Any]) -> None:
    made = {file["format"] for file in truth["other_files"]}
    assert made == {known.value for known in PLACES} - {"uke-ika"}
    assert truth["places"].keys() == made
    assert all(known.value in places_text() for known in PLACES)


def test_every_file_is_listed_with_its_hash(written: tuple[Path, Summary], truth: dict[str, Any]) -> None:
    out, summary = written
    listed = {file["path"]: file["sha256"] for file in (*truth["files"], *truth["other_files"])}
    for path, digest in listed.items():
        assert hashlib.sha256((out / path).read_bytes()).hexdigest() == digest
    lying = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    unlisted = lying - listed.keys() - {"population.json"}
    assert unlisted
    assert all("/SIPS1/INDEX/" in path for path in unlisted)
    assert summary.other_files + summary.other_faulty_files == len(truth["other_files"])


def test_no_other_file_lies_among_the_clinics_claims(truth: dict[str, Any]) -> None:
    claims = {str(Path(file["path"]).parent) for file in truth["files"]}
    assert not claims & {str(Path(file["path"]).parent) for file in truth["other_files"]}
    names = {Path(file["path"]).name for file in truth["other_files"]}
    assert "RECEIPTC.UKE" not in names


def test_whatever_a_file_holds_is_in_the_manifest(truth: dict[str, Any]) -> None:
    known = {
        entry["id"]
        for value in truth.values()
        if isinstance(value, list)
        for entry in value
        if isinstance(entry, dict) and "id" in entry
    }
    for file in truth["other_files"]:
        assert set(file["holds"]) <= known
    people = {person["person_id"] for person in truth["people"]}
    assert {one["person_id"] for one in truth["dispensings"]} <= people


def test_the_claims_are_the_same_bytes_whatever_else_is_made(
    written: tuple[Path, Summary], tmp_path: Path
) -> None:
    alone = make_patients(120, 9, tmp_path, faults=FAULTS)
    assert alone.other_files == 0
    for path in tmp_path.rglob("RECEIPTC.UKE"):
        assert path.read_bytes() == (written[0] / path.relative_to(tmp_path)).read_bytes()


def test_making_it_again_writes_the_same(written: tuple[Path, Summary], tmp_path: Path) -> None:
    again = make_patients(120, 9, tmp_path, faults=FAULTS, formats=tuple(PLACES))
    assert again.manifest.read_bytes() == written[1].manifest.read_bytes()


def test_wherever_a_format_has_room_for_it_the_address_is_the_persons(
    written: tuple[Path, Summary], truth: dict[str, Any]
) -> None:
    homes = {(one["address"], one["postal_code"], one["phone"]) for one in truth["people"]}
    told = set()
    for file in truth["other_files"]:
        if file["fault"] or {"part", "fragment"} & file.keys():
            continue
        for document in parse((written[0] / file["path"]).read_bytes()).documents:
            who = document.patient
            if who.address:
                told.add(file["format"])
                plain = who.postal_code.replace("-", "")
                assert (who.address, f"{plain[:3]}-{plain[3:]}", who.phone) in homes, file["path"]
    assert told == {"nsips", "jahis-tc", "hl7-lab", "cda", "kenshin", "orca"}


def test_the_population_may_be_made_without_claims(tmp_path: Path) -> None:
    made = make_patients(40, 2, tmp_path, months=1, formats=(Format.NSIPS,))
    assert (made.files, made.claims) == (0, 0)
    assert made.other_files
    assert not list(tmp_path.rglob("*.UKE"))


def test_good_files_bring_no_warnings(written: tuple[Path, Summary], truth: dict[str, Any]) -> None:
    """A part of something is judged when it is joined."""
    for file in truth["other_files"]:
        if file["fault"] or {"part", "fragment"} & file.keys():
            continue
        parsed = parse((written[0] / file["path"]).read_bytes())
        assert parsed.format.value == file["format"]
        assert {one.severity for one in parsed.all_findings} <= {Severity.INFO}, file["path"]


def test_faults_are_what_they_claim_to_be(written: tuple[Path, Summary], truth: dict[str, Any]) -> None:
    spoiled = [file for file in truth["other_files"] if file["fault"]]
    seen = set()
    for file in spoiled:
        data, good = ((written[0] / file[name]).read_bytes() for name in ("path", "of"))
        parsed, before = parse(data), parse(good)
        seen.add((file["fault"], file["format"] in CLAIMS))
        match file["expected"]:
            case "duplicate":
                assert data == good
            case "review":
                assert not parsed.complete
                assert len(parsed.documents) < len(before.documents) or len(before.documents) == 1
            case "understood":
                assert len(parsed.documents) == len(before.documents)
                assert "\ue000" in parsed.documents[0].patient.name.text
            case _ if file["fault"] == "wrong-facility":
                assert {one.facility for one in parsed.documents} == {f"13{good_table(file)}9999046"}
            case _:
                assert not parsed.complete
                assert not parsed.documents
    assert {fault for fault, _ in seen} == {fault.value for fault in FAULTS}


def good_table(file: dict[str, Any]) -> str:
    return str(file["facility"])[2]


def test_the_command_line_takes_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "practice",
        "patients",
        "--count",
        "30",
        "--seed",
        "4",
        "--months",
        "1",
        "--out",
        str(tmp_path),
    ]
    assert main([*arguments, "--formats", "nsips", "hl7-lab"]) == ExitStatus.DONE
    assert {path.name for path in tmp_path.iterdir()} == {"pharmacy", "laboratory", "population.json"}
    assert "30 made-up people" in capsys.readouterr().out
    assert main([*arguments, "--formats", "fax"]) == ExitStatus.USAGE


def test_the_command_line_lists_the_places(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["practice", "patients", "--list-formats"])
    assert ended.value.code in (0, None)
    assert capsys.readouterr().out.strip() == places_text().strip()


def test_drug_codes_are_those_of_the_master(shared: Path) -> None:
    from appliance.practice.drug_codes import DRUG_CODES
    from appliance.practice.drugs import DRUGS

    master = read_master(shared / "masters" / "y_ALL20240321.zip", 2)
    for name, codes in DRUG_CODES.items():
        row = master[DRUGS[name].code]
        assert (row[31], row[36], row[37]) == (codes.price_list, codes.generic, codes.generic_name)
        assert (row[21] != "8") == codes.branded
