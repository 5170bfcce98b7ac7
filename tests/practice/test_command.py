"""`renkei practice patients` writes the files and tells the truth about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import ExitStatus
from appliance.formats.parse import parse
from appliance.practice.command import Summary, make_patients
from appliance.practice.errors import PracticeError, PracticeWriteError
from appliance.practice.faults import Fault
from appliance.records.clinical import Condition, MedicationRequest, Procedure
from appliance.records.document import Document

FAULTS = (Fault.CORRECTION, Fault.CANCELLATION, Fault.DUPLICATE, Fault.WRONG_FACILITY, Fault.HALF)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    out = tmp_path_factory.mktemp("practice")
    return out, make_patients(120, 9, out, faults=FAULTS)


@pytest.fixture(scope="module")
def truth(made: tuple[Path, Summary]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(made[1].manifest.read_text(encoding="utf-8"))
    return parsed


def test_files_lie_by_clinic_claim_month_and_payer(made: tuple[Path, Summary]) -> None:
    out, summary = made
    assert (out / "clinic-a" / "2026-09" / "国保" / "RECEIPTC.UKE").is_file()
    assert (out / "clinic-b" / "2026-07" / "社保" / "RECEIPTC.UKE").is_file()
    good = [path for path in out.rglob("RECEIPTC.UKE") if "faults" not in path.parts]
    assert len(good) == summary.files
    assert len(list((out / "faults").rglob("RECEIPTC.UKE"))) == summary.faulty_files == len(FAULTS)


def test_the_manifest_says_that_everybody_is_made_up(truth: dict[str, Any]) -> None:
    assert next(iter(truth)) == "note"
    assert "架空" in truth["note"]
    assert len(truth["people"]) == 120


def test_every_file_is_listed_with_its_hash_in_the_order_it_would_come(
    made: tuple[Path, Summary], truth: dict[str, Any]
) -> None:
    out, _ = made
    for number, file in enumerate(truth["files"], 1):
        data = (out / file["path"]).read_bytes()
        assert (file["order"], file["sha256"]) == (number, hashlib.sha256(data).hexdigest())
    months = [file["claim_month"] for file in truth["files"]]
    assert months == sorted(months)
    assert [file["fault"] for file in truth["files"] if file["fault"]] == [fault.value for fault in FAULTS]


def test_what_the_parser_reads_is_what_the_manifest_says(
    made: tuple[Path, Summary], truth: dict[str, Any]
) -> None:
    for document, claim in _pairs(made[0], truth):
        assert document.patient.local_id == claim["chart"]
        assert document.period == claim["care_month"]
        assert document.points == claim["points"]
        conditions = [record for record in document.records if isinstance(record, Condition)]
        assert [(one.concept.codings[0].code, one.main) for one in conditions] == [
            (one["code"], one["main"]) for one in claim["conditions"]
        ]
        drugs = [record for record in document.records if isinstance(record, MedicationRequest)]
        assert [(one.concept.codings[0].code, one.authored) for one in drugs] == _dated(claim, "drugs")
        acts = [record for record in document.records if isinstance(record, Procedure)]
        assert [(one.concept.codings[0].code, one.performed) for one in acts] == _dated(claim, "procedures")


def test_drugs_carry_the_days_supplied(made: tuple[Path, Summary], truth: dict[str, Any]) -> None:
    for document, claim in _pairs(made[0], truth):
        supplied = [
            record.days_supplied
            for record in document.records
            if isinstance(record, MedicationRequest) and record.category == "21"
        ]
        meant = [
            count for drug in claim["drugs"] if drug["category"] == "21" for count in drug["days"].values()
        ]
        assert supplied == meant


def test_standing_claims_are_those_of_the_last_understood_file_of_each_set(truth: dict[str, Any]) -> None:
    standing = {(one["file"], one["receipt_no"]) for one in truth["standing"]}
    files = {file["order"]: file for file in truth["files"]}
    cancelled = next(file for file in truth["files"] if file["fault"] == "cancellation")
    original = next(file for file in truth["files"] if file["path"] == cancelled["of"])
    numbers = {number for number, _ in standing}
    assert cancelled["order"] in numbers
    assert original["order"] not in numbers
    assert not any(files[number]["fault"] in {"half", "wrong-facility", "duplicate"} for number in numbers)
    usual = sum(len(file["claims"]) for file in truth["files"] if not file["fault"])
    assert len(standing) == usual - 1


def test_a_cancellation_after_a_correction_keeps_the_correction(truth: dict[str, Any]) -> None:
    points = {file["fault"]: [claim["points"] for claim in file["claims"]] for file in truth["files"]}
    assert points["cancellation"] == points["correction"][:-1]


def test_prescriptions_name_person_clinic_pharmacy_and_drugs(truth: dict[str, Any]) -> None:
    people = {person["person_id"]: person for person in truth["people"]}
    pharmacy = next(one["number"] for one in truth["facilities"] if one["kind"] == "pharmacy")
    assert truth["prescriptions"]
    for slip in truth["prescriptions"]:
        assert "pharmacy" in people[slip["person_id"]]["charts"]
        assert slip["pharmacy"] == pharmacy
        assert slip["drugs"]
        assert all(drug["code"].startswith("6") for drug in slip["drugs"])


def test_the_summary_counts_what_was_written(made: tuple[Path, Summary], truth: dict[str, Any]) -> None:
    good = [file for file in truth["files"] if not file["fault"]]
    _, summary = made
    assert summary.claims == sum(len(file["claims"]) for file in good)
    assert summary.points == sum(file["points"] for file in good)
    assert summary.text().startswith("架空の患者 120 人")


def test_making_it_again_writes_the_same(made: tuple[Path, Summary], tmp_path: Path) -> None:
    again = make_patients(120, 9, tmp_path, faults=FAULTS)
    assert again.manifest.read_bytes() == made[1].manifest.read_bytes()


@pytest.mark.parametrize(("count", "months"), [(0, 3), (-1, 3), (10_000_000, 3), (10, 0), (10, 1000)])
def test_impossible_numbers_are_refused(tmp_path: Path, count: int, months: int) -> None:
    with pytest.raises(PracticeError) as caught:
        make_patients(count, 1, tmp_path, months=months)
    assert caught.value.exit_status == ExitStatus.USAGE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", [date(2026, 3, 1), date(2026, 6, 2), date(2027, 11, 1)])
def test_months_outside_the_known_calendar_are_refused(tmp_path: Path, first: date) -> None:
    with pytest.raises(PracticeError):
        make_patients(10, 1, tmp_path, first_month=first)


@pytest.mark.parametrize("seed", range(4))
def test_even_one_person_makes_files(tmp_path: Path, seed: int) -> None:
    summary = make_patients(1, seed, tmp_path, months=1, faults=(Fault.CORRECTION, Fault.GAIJI, Fault.HALF))
    assert summary.claims >= 1
    assert summary.faulty_files == 3


def test_a_fault_without_a_claim_left_to_spoil_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PracticeError):
        make_patients(1, 1, tmp_path, months=1, faults=(Fault.CANCELLATION, Fault.CANCELLATION, Fault.GAIJI))


def test_a_folder_that_takes_no_files_is_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    with pytest.raises(PracticeWriteError) as caught:
        make_patients(5, 1, in_the_way)
    assert caught.value.hint_ja


def _pairs(out: Path, truth: dict[str, Any]) -> Iterator[tuple[Document, dict[str, Any]]]:
    """Every claim of the good files, as parsed and as meant."""
    for file in truth["files"]:
        if file["fault"] in {"", "correction", "cancellation"}:
            documents = parse((out / file["path"]).read_bytes()).documents
            yield from zip(documents, file["claims"], strict=True)


def _dated(claim: dict[str, Any], kind: str) -> list[tuple[str, date]]:
    """Code and day of each statement: one record a day, as the parser makes them."""
    month = date.fromisoformat(claim["care_month"] + "-01")
    return [(one["code"], month.replace(day=int(day))) for one in claim[kind] for day in one["days"]]
