"""No statement of taking an arrival looks at a whole table: a box of ten years takes as fast as a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.intake import wire
from appliance.limits import PIECE_FILE_MIN_BYTES
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.store.deliveries import MASS_REMOVAL
from tests.intake.kept import Box

GROWING = (
    "arrivals",
    "arrival_pieces",
    "documents",
    "records",
    "deliveries",
    "patients",
    "patient_identities",
)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("practice")
    make_patients(count=25, seed=3, out=folder, months=1)
    return max(
        (folder / CLINIC_A.folder).rglob("RECEIPTC.UKE"), key=lambda path: path.stat().st_size
    ).read_bytes()


def most_taken_out(claims: bytes) -> bytes:
    """The same set with its first claim only."""
    head, first, *_ = claims.split(b"\r\nRE,")
    return head + b"\r\nRE," + first + b"\r\n" + claims[claims.rindex(b"GO,") :]


def test_no_statement_of_taking_an_arrival_scans_a_table_that_grows(box: Box, claims: bytes) -> None:
    said: list[str] = []
    box.store._connection.set_trace_callback(said.append)
    box.bring("RECEIPTC.UKE", claims)
    box.bring("RECEIPTC.UKE", claims)
    box.bring("RECEIPTC.UKE", most_taken_out(claims))
    box.bring("memo", b"x" * PIECE_FILE_MIN_BYTES)
    box.ask(wire.Begin("cut", keep_if_cut=True))
    box.ask(wire.Piece(b"1"))
    box.ask(wire.End(cut_short=True))
    box.store._connection.set_trace_callback(None)
    held = box.store.value("SELECT count(*) FROM deliveries WHERE reason = ?", (MASS_REMOVAL,))
    assert held > 1
    assert [line for line in whole_looks(box, said) if line.split()[1] in GROWING] == []


def whole_looks(box: Box, statements: list[str]) -> Iterator[str]:
    """The plans of these statements that look at all of a table, or at all deliveries of a state, with their statements."""
    for statement in sorted(set(statements)):
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            for *_, plan in box.store.rows(f"EXPLAIN QUERY PLAN {statement}"):
                if plan.startswith("SCAN") or "deliveries_by_state" in plan:
                    yield f"{plan} | {statement}"
