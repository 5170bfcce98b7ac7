"""What a source may bring: NSIPS only where agreed, other institutions' papers only where named, parts read together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.intake.parts import JOINED
from appliance.intake.understand import FOREIGN_FACILITY, NSIPS_NOT_AGREED
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.records.document import Format
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from tests.intake.kept import Box

SOURCE = f'name = "counter", kind = "folder", facility = "{CLINIC_A.number}", folder = "in"'
PARTS = (
    (
        "JAHISTC08,1\r\n1,架空　花子,2,19500101,,,,,,\r\n5,20260310,1\r\n11,架空薬局,13,4,9999999,,,\r\n"
        "201,1,架空錠１ｍｇ,3,錠,2,620000001,1,,,\r\n301,1,【分３　毎食後】,7,日分,1,1,,1\r\n911,77777777777777,2,1\r\n"
    ),
    "JAHISTC08,1\r\n201,2,架空軟膏,10,g,2,620000002,1,,,\r\n301,2,【１日２回塗布】,1,調剤,5,1,,1\r\n911,77777777777777,2,2\r\n",
)


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[list[Box]]:
    made: list[Box] = []
    yield made
    for box in made:
        box.store.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of practice files of every format."""
    folder = tmp_path_factory.mktemp("practice")
    make_patients(25, 3, folder, months=1, formats=tuple(Format))
    return folder


def box_with(boxes: list[Box], folder: Path, settings: str = "") -> Box:
    boxes.append(Box(folder, SOURCE + settings))
    return boxes[-1]


def one_file(made: Path, format_name: str) -> bytes:
    truth = json.loads((made / "population.json").read_text(encoding="utf-8"))
    listed = (
        one
        for one in truth["other_files"]
        if one["format"] == format_name and not {"part", "fragment"} & one.keys()
    )
    return (made / next(listed)["path"]).read_bytes()


def test_nsips_is_refused_where_it_was_not_agreed(boxes: list[Box], tmp_path: Path, made: Path) -> None:
    box = box_with(boxes, tmp_path)
    arrival = box.bring("A.txt", one_file(made, "nsips"))
    assert arrival.state is ArrivalState.QUARANTINED
    assert NSIPS_NOT_AGREED in {finding.code for finding in arrival.findings}
    assert box.count("documents") == 0


def test_what_a_patient_brought_is_taken_only_from_a_source_that_names_its_issuers(
    boxes: list[Box], tmp_path: Path, made: Path
) -> None:
    slip = one_file(made, "jahis-tc")
    (tmp_path / "a").mkdir()
    refused = box_with(boxes, tmp_path / "a").bring("qr", slip)
    assert FOREIGN_FACILITY in {finding.code for finding in refused.findings}
    (tmp_path / "b").mkdir()
    box = box_with(boxes, tmp_path / "b", ', issuers = ["*"], nsips = true')
    taken = box.bring("qr", slip)
    assert FOREIGN_FACILITY not in {finding.code for finding in taken.findings}
    keys = [
        row[0] for row in box.store.rows("SELECT key FROM documents WHERE facility = ?", (CLINIC_A.number,))
    ]
    assert keys
    assert all(f":{CLINIC_A.number}:brought:" in key for key in keys)
    foreign = box.bring("A.txt", one_file(made, "nsips"))
    assert NSIPS_NOT_AGREED not in {finding.code for finding in foreign.findings}


def test_claims_of_others_are_never_adopted(boxes: list[Box], tmp_path: Path, made: Path) -> None:
    claims = next(path for path in made.rglob("RECEIPTC.UKE") if CLINIC_A.folder not in path.parts)
    box = box_with(boxes, tmp_path, ', issuers = ["*"]')
    assert box.bring("RECEIPTC.UKE", claims.read_bytes()).state is ArrivalState.QUARANTINED


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parts_of_one_notebook_are_read_together_when_the_last_has_come(
    boxes: list[Box], tmp_path: Path, order: tuple[int, int]
) -> None:
    box = box_with(boxes, tmp_path, ', issuers = ["*"]')
    first, last = (PARTS[number].encode("cp932") for number in order)
    waiting = box.bring("1", first)
    assert waiting.state is ArrivalState.QUARANTINED
    whole = box.bring("2", last)
    assert whole.state is ArrivalState.UNDERSTOOD
    assert whole.documents == 1
    settled = arrivals.get(box.store, waiting.id)
    assert settled.state is ArrivalState.UNDERSTOOD
    assert [finding.code for finding in settled.findings] == [JOINED]
    rows = "".join(PARTS).count("\r\n") - 3  # one header and both 911 rows are the join's own
    assert box.store.rows("SELECT state, last_line FROM documents") == [("unlinked", rows)]


def test_parts_of_different_notebooks_are_never_mixed(boxes: list[Box], tmp_path: Path) -> None:
    box = box_with(boxes, tmp_path, ', issuers = ["*"]')
    box.bring("1", PARTS[0].encode("cp932"))
    other = box.bring("2", PARTS[1].replace("77777777777777", "88888888888888").encode("cp932"))
    assert other.state is ArrivalState.QUARANTINED
    assert arrivals.counts(box.store) == {"quarantined": 2}


def test_a_pdf_is_tied_to_its_patient_by_the_source_s_rule(
    boxes: list[Box], tmp_path: Path, made: Path
) -> None:
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    box = box_with(boxes, tmp_path, ', attachments = "{patient}_{date}_{kind}.pdf"')
    claims = next((made / CLINIC_A.folder).rglob("RECEIPTC.UKE")).read_bytes()
    box.bring("RECEIPTC.UKE", claims)
    chart = box.store.value("SELECT local_id FROM patients WHERE local_id <> '' ORDER BY id")
    box.bring(f"{chart}_20260305_紹介状.pdf", pdf)
    row = box.store.row(
        "SELECT p.local_id FROM documents d JOIN patients p ON p.id = d.patient WHERE d.kind = 'attachment'"
    )
    assert row == (chart,)
    unnamed = box.bring("scan0001.pdf", pdf + b"\n")
    assert "ATTACH-001" in {finding.code for finding in unnamed.findings}
    assert box.store.value("SELECT count(*) FROM documents WHERE state = 'unlinked'") == 1
