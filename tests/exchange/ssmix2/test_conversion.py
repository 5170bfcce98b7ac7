"""`renkei convert --to ssmix2`: files to storages."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli import main
from appliance.clock import ManualClock
from appliance.codes.command import build_masters
from appliance.exchange.convert import ConvertError
from appliance.exchange.ssmix2.conversion import INDEX_FILE, StorageSummary, convert_to_storage
from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults
from tests.exchange.ssmix2.strict import read_strictly
from tests.exchange.test_convert import ASTM, claim_rows, uke


def convert(out: Path, *data: bytes, facility: str | None = None) -> StorageSummary:
    files = []
    for number, content in enumerate(data):
        file = out.parent / f"{number}.UKE"
        file.write_bytes(content)
        files.append(file)
    return convert_to_storage(files, out, facility, clock=ManualClock())


def written(root: Path) -> dict[str, bytes]:
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def test_claims_become_the_storages_of_their_patients(tmp_path: Path):
    out = tmp_path / "out"
    summary = convert(out, uke(claim_rows(1, "0001"), claim_rows(2, "0002")))
    assert (summary.documents, summary.patients, summary.messages, summary.papers) == (2, 2, 6, 2)
    assert faults(out) == []
    assert {path.name for path in (out / "standard/1319999012/000/000").iterdir()} == {
        "0000000001",
        "0000000002",
    }
    assert len((out / INDEX_FILE).read_text(encoding="utf-8").splitlines()) == 8
    assert "標準化ストレージ 6 件" in summary.text()


def test_two_files_of_one_patient_are_one_chart(tmp_path: Path):
    later = [row.replace("202608", "202609").replace("8833421", "8830052") for row in claim_rows(1, "0001")]
    out = tmp_path / "out"
    summary = convert(out, uke(claim_rows(1, "0001")), uke(later))
    assert (summary.documents, summary.patients) == (2, 1)
    assert len(made.every(made.message(out, "PPR-01"), "PRB")) == 2
    assert faults(out) == []


def test_of_two_versions_of_a_claim_the_last_one_counts(tmp_path: Path):
    corrected = [row.replace("8833421", "8830052") for row in claim_rows(1, "0001")]
    out = tmp_path / "out"
    convert(out, uke(claim_rows(1, "0001")), uke(corrected))
    (diagnosis,) = made.every(made.message(out, "PPR-01"), "PRB")
    assert "8830052" in diagnosis[3]


def test_the_same_files_give_the_same_bytes(tmp_path: Path):
    data = uke(claim_rows(1, "0001"))
    convert(tmp_path / "a", data)
    convert(tmp_path / "b", data)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_a_folder_that_holds_a_storage_is_left_alone(tmp_path: Path):
    out = tmp_path / "out"
    convert(out, uke(claim_rows(1, "0001")))
    before = written(out)
    with pytest.raises(ConvertError, match="storage in that folder"):
        convert(out, uke(claim_rows(2, "0002")))
    assert written(out) == before


def test_documents_without_a_patient_a_place_or_of_others_are_left_out_and_said_so(tmp_path: Path):
    data = (uke(claim_rows(1, "", "")), ASTM.encode())
    summary = convert(tmp_path / "out", *data)
    assert {one.code for one in summary.findings} >= {"CONVERT-0102", "CONVERT-0104"}
    assert summary.patients == 0
    foreign = convert(tmp_path / "other", uke(claim_rows(1, "0001")), facility="1399999999")
    assert [one.code for one in foreign.findings] == ["CONVERT-0101"]


def test_a_laboratory_report_is_of_the_facility_that_is_given(tmp_path: Path):
    out = tmp_path / "out"
    convert(out, ASTM.encode(), facility=made.FACILITY)
    (result,) = made.every(made.message(out, "OML-11"), "OBX")
    assert (result[2], result[5], result[8]) == ("NM", "3.5", "L")
    assert faults(out) == []


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(ConvertError, match="nowhere"):
        convert_to_storage([tmp_path / "nowhere.UKE"], tmp_path / "out", None)


def test_the_command_writes_a_storage(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "RECEIPTC.UKE"
    file.write_bytes(uke(claim_rows(1, "0001")))
    main(["convert", str(file), "--to", "ssmix2", "--out", str(tmp_path / "out")])
    assert "patients 1" in capsys.readouterr().out
    assert faults(tmp_path / "out") == []


def samples(shared: Path) -> list[Path]:
    folders = ("uke", "jahis", "nsips", "hl7", "astm", "orca")
    return sorted(
        path for name in folders for path in (shared / "samples" / name).rglob("*") if path.is_file()
    )


def sound(out: Path) -> int:
    """How many messages there are, every one of them judged."""
    assert faults(out) == []
    messages = [one for one in (out / "standard").rglob("*") if one.is_file()]
    for path in messages:
        read_strictly(path.read_bytes())
    return len(messages)


def test_what_the_sample_files_become_is_sound_by_both_judges(shared: Path, tmp_path: Path):
    judged = 0
    for number, file in enumerate(samples(shared)):
        convert_to_storage([file], tmp_path / str(number), None, clock=ManualClock())
        judged += sound(tmp_path / str(number))
    assert judged > 400


def test_with_the_published_masters_diagnoses_have_national_numbers_and_drugs_their_names(
    shared: Path, tmp_path: Path
):
    masters = build_masters(shared / "masters", tmp_path / "masters.db").out
    file = shared / "samples" / "uke" / "ssk_ika_202004_RECEIPTC.UKE"
    out = tmp_path / "out"
    summary = convert_to_storage([file], out, None, masters, clock=ManualClock())
    assert sound(out) == summary.messages
    told = [
        line.split("|")
        for path in (out / "standard").rglob("*_1")
        if path.is_file()
        for line in path.read_bytes().decode("iso2022_jp").split("\r")
    ]
    diseases = [line[3].split("^") for line in told if line[0] == "PRB"]
    assert {one[2] for one in diseases} == {"MDCDX2"}
    known = [one for one in diseases if one[0] != "20084317"]
    assert len(known) > len(diseases) * 0.9
    drugs = [line[2].split("^") for line in told if line[0] == "RXE"]
    assert {(one[2], one[5]) for one in drugs} == {("99RDG", "99PLD")}
    assert all(one[1] for one in drugs)
