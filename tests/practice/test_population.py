"""What the practice network promises: repeatable bytes, files without fault, and totals that add up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from appliance.formats.parse import parse
from appliance.practice.facilities import CLINIC_A, FACILITIES
from appliance.practice.population import Population, care_months, files_of, populate
from appliance.practice.uke_writer import ClaimFile
from appliance.records.document import Format
from appliance.records.finding import Severity
from appliance.records.identifiers import check_digit, facility_number
from tests.practice.conftest import COUNT, SEED

MONTHS = care_months(date(2026, 6, 1), 2)

PROGRAM = """
import hashlib
from datetime import date
from appliance.practice.population import care_months, files_of, populate
files = files_of(populate(60, 5, care_months(date(2026, 6, 1), 2)).claims)
print(hashlib.sha256(b"".join(file.data for file in files)).hexdigest())
"""


def _digest(count: int, seed: int) -> str:
    files = files_of(populate(count, seed, MONTHS).claims)
    return hashlib.sha256(b"".join(file.data for file in files)).hexdigest()


def test_the_same_seed_makes_the_same_bytes() -> None:
    assert _digest(60, 5) == _digest(60, 5)


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_the_order_of_hashing_changes_nothing(hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == _digest(60, 5)


def test_another_seed_makes_other_bytes() -> None:
    assert _digest(60, 5) != _digest(60, 6)


def test_more_people_leave_the_care_of_the_first_ones_as_it_is() -> None:
    few, many = populate(20, 5, MONTHS), populate(60, 5, MONTHS)
    assert list(few.claims) == list(many.claims)[: len(list(few.claims))]


def test_every_facility_has_a_number_that_is_one_and_says_it_is_for_practice() -> None:
    for facility in FACILITIES:
        number = facility_number(facility.number)
        assert number is not None
        assert number.code.startswith("9999")
        assert number.code[-1] == check_digit(number.code[:-1])
        assert "練習用" in facility.name


def test_both_clinics_have_both_payers_every_month(files: tuple[ClaimFile, ...]) -> None:
    kinds = {(file.facility.folder, file.payer_org, file.claim_month) for file in files}
    assert len(kinds) == len(files) == 2 * 2 * 3


def test_the_parser_finds_nothing_to_say(files: tuple[ClaimFile, ...]) -> None:
    for file in files:
        parsed = parse(file.data)
        assert parsed.format is Format.UKE_IKA
        told = [finding for finding in parsed.all_findings if finding.severity is not Severity.INFO]
        assert told == []


def test_points_declared_computed_and_meant_agree(files: tuple[ClaimFile, ...]) -> None:
    for file in files:
        documents = parse(file.data).documents
        assert len(documents) == len(file.claims)
        for document, claim in zip(documents, file.claims, strict=True):
            assert document.points == document.points_computed == claim.points > 0


def test_what_is_parsed_is_what_was_meant(files: tuple[ClaimFile, ...]) -> None:
    for file in files:
        for document, claim in zip(parse(file.data).documents, file.claims, strict=True):
            counts = document.record_counts()
            lines = [(line, charged) for charged in claim.units for line in charged.unit.lines]
            days = Counter[str]()
            for line, charged in lines:
                days[line.kind.name] += len(charged.days)
            assert document.patient.local_id == claim.patient.chart_number
            assert document.patient.birth_date == claim.patient.person.birth
            assert counts["Condition"] == len(claim.diagnoses)
            assert counts["Coverage"] == (claim.insurance is not None) + len(claim.public)
            assert counts["Encounter"] == len(claim.days)
            assert counts.get("Procedure", 0) == days["ACT"]
            assert counts.get("MedicationRequest", 0) == days["DRUG"]
            assert counts.get("DeviceUseStatement", 0) == days["MATERIAL"]


def test_totals_add_up_by_the_rows_alone(files: tuple[ClaimFile, ...]) -> None:
    # By column numbers of the specification, without parser or layout table.
    for file in files:
        rows = [row.split(",") for row in file.data.rstrip(b"\x1a").decode("cp932").split("\r\n")[:-1]]
        main: list[int] = []
        payers = borne = 0
        for row in rows:
            if row[0] == "RE":
                main.append(-1)
            elif row[0] in {"HO", "KO"}:
                payers += 1
                main[-1] = int(row[5]) if main[-1] < 0 else main[-1]
            elif row[0] in {"SI", "IY", "TO"}:
                first_day = 17 if row[0] == "TO" else 13
                assert sum(int(day) for day in row[first_day:] if day) == int(row[6])
                borne += int(row[5] or 0) * int(row[6])
        assert rows[-1] == ["GO", str(payers), str(sum(main)), "99"]
        assert borne == sum(main)


def test_many_patients_are_known_at_both_clinics_under_different_numbers(population: Population) -> None:
    charts: dict[int, set[tuple[str, str]]] = {}
    for course in population.courses:
        patient = course.patient
        charts.setdefault(patient.person.number, set()).add((patient.clinic.folder, patient.chart_number))
    both = [numbers for numbers in charts.values() if len(numbers) == 2]
    assert len(both) > COUNT * 0.15
    assert all(len({number for _, number in numbers}) == 2 for numbers in both)
    assert any(number.startswith("0") for numbers in both for _, number in numbers)


def test_the_mix_holds_what_the_network_has_to_cope_with(population: Population) -> None:
    claims = list(population.claims)
    types = {claim.receipt_type for claim in claims}
    assert {"1112", "1116", "1118", "1124", "1126", "1318", "1212"} <= types
    assert any(claim.late_months for claim in claims)
    assert any(diagnosis.text for claim in claims for diagnosis in claim.diagnoses)
    assert any("8002" in diagnosis.modifiers for claim in claims for diagnosis in claim.diagnoses)


def test_everybody_comes_at_least_once(population: Population) -> None:
    assert all(course.claims for course in population.courses)


def test_clinics_are_closed_on_their_days_and_on_holidays(population: Population) -> None:
    for claim in population.claims:
        for day in claim.days:
            on = claim.care_month.replace(day=day)
            assert on.weekday() not in claim.patient.clinic.closed_weekdays
            assert on not in {date(2026, 7, 20), date(2026, 8, 11)}


def test_prescriptions_come_from_those_who_do_not_dispense(population: Population) -> None:
    for course in population.courses:
        assert not (course.prescriptions and course.patient.in_house)
        if course.patient.in_house:
            assert course.patient.clinic is CLINIC_A


def test_chart_numbers_are_unique_at_each_facility(population: Population) -> None:
    numbers = Counter(
        (course.patient.clinic.folder, course.patient.chart_number) for course in population.courses
    )
    assert set(numbers.values()) == {1}


def test_the_seed_of_the_fixtures_is_the_one_named(population: Population) -> None:
    assert population.seed == SEED
