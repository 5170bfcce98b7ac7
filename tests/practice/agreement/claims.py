"""What a claim's rows say, told by the reference's item names alone, in the form in which records are compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.practice.made import MadeFile
from appliance.records.administrative import Coverage
from appliance.records.document import Document
from tests.formats.uke.independent import Named, claims_of, named_rows

SEXES = {"1": "male", "2": "female"}
PAYER_ORGS = {"1": "社会保険診療報酬支払基金", "2": "国民健康保険団体連合会"}
RELATIONS = {"2": "self", "4": "preschool", "6": "family", "8": "elderly", "0": "elderly-active"}
"""Last digit of an outpatient's レセプト種別."""


def claims_in(file: MadeFile, table: str, shared: Path) -> tuple[Named, list[list[Named]]]:
    """The file's first row, and each claim's rows from its RE on."""
    rows = list(named_rows(file.data, table, shared))
    return rows[0], claims_of([row for row in rows if row["id"] not in {"IR", "UK", "YK", "GO"}])


def of(rows: list[Named], *row_ids: str) -> list[Named]:
    return [row for row in rows if row["id"] in row_ids]


def records(document: Document, kind: type) -> list[Any]:
    return [record for record in document.records if isinstance(record, kind)]


def days_in(row: Named) -> Iterator[tuple[int, int]]:
    """Each day column that holds a count."""
    return ((day, int(row[f"day_{day}"])) for day in range(1, 32) if row[f"day_{day}"])


def iso(written: str) -> str:
    return f"{written[:4]}-{written[4:6]}-{written[6:8]}" if written else ""


def whole(written: str) -> int | None:
    return int(written) if written else None


def agree_on_head(document: Document, head: Named, rows: list[Named], counted: str) -> None:
    """Patient, facility, period, points and every coverage."""
    first = rows[0]
    code = head.get("facility_code") or head["pharmacy_code"]
    assert document.facility == f"{head['prefecture']}{head['fee_table']}{code}"
    assert document.period == f"{first['care_month'][:4]}-{first['care_month'][4:]}"
    assert document.sequence == f"{head['claim_month'][:4]}-{head['claim_month'][4:]}"
    patient = document.patient
    assert (patient.name.text, patient.name.kana) == (first["patient_name"], first["patient_kana"])
    assert (patient.sex.value, str(patient.birth_date)) == (SEXES[first["sex"]], iso(first["birth_date"]))
    assert patient.local_id == first.get("chart_no", "")
    payers = of(rows, "HO", "KO")
    coverages = records(document, Coverage)
    branches = {int(row["payer_type"]) - 1: row["branch_no"] for row in of(rows, "SN")}
    for place, (coverage, row) in enumerate(zip(coverages, payers, strict=True)):
        insured = row["id"] == "HO"
        assert coverage.payer_number == (row["insurer_no"] if insured else row["public_payer_no"]).strip()
        assert coverage.symbol == row.get("insured_symbol", "")
        assert coverage.number == (row["insured_number"] if insured else row["recipient_no"])
        assert (coverage.points, coverage.actual_days) == (whole(row["total_points"]), whole(row[counted]))
        assert coverage.branch == branches.get(coverage.order, "")
        assert coverage.payer_org.display == PAYER_ORGS[head["payer_org"]]
        assert coverage.benefit_percent == (whole(first["benefit_ratio"]) if place == 0 else None)
        notes = first["special_notes"] if place == 0 else ""
        assert "".join(note.code for note in coverage.special_notes) == notes
    assert document.points == whole(payers[0]["total_points"])
    if payers[0]["id"] == "HO" and first["receipt_type"][-1] in RELATIONS:
        assert coverages[0].insured_class.value == RELATIONS[first["receipt_type"][-1]]
