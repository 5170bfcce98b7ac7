"""From bytes to documents in the store: once each, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.formats import findings
from appliance.formats.parse import OpenFile
from appliance.intake import understand
from appliance.intake.service import note_of
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.records.document import Document
from appliance.records.readable import Readable
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from tests.intake.kept import Box


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The claim files of one made-up clinic, oldest month first."""
    folder = tmp_path_factory.mktemp("practice")
    make_patients(count=25, seed=3, out=folder, months=2)
    return [path.read_bytes() for path in sorted((folder / CLINIC_A.folder).rglob("RECEIPTC.UKE"))]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("foreign")
    make_patients(count=25, seed=3, out=folder, months=1)
    return next((folder / CLINIC_B.folder).rglob("RECEIPTC.UKE")).read_bytes()


def test_a_file_becomes_documents(box: Box, files: list[bytes]) -> None:
    arrival = box.bring("RECEIPTC.UKE", files[0])
    assert arrival.state is ArrivalState.UNDERSTOOD
    assert arrival.documents == box.count("documents") > 0
    assert arrivals.content(box.store, arrival.id) == files[0]


def test_the_same_file_twice_is_recognised(box: Box, files: list[bytes]) -> None:
    first = box.bring("RECEIPTC.UKE", files[0])
    before = box.count("documents")
    again = box.bring("COPY OF RECEIPTC.UKE", files[0])
    assert (again.state, again.duplicate_of) == (ArrivalState.DUPLICATE, first.id)
    assert arrivals.content(box.store, again.id) == files[0]
    assert box.count("documents") == before
    assert box.store.value("SELECT count(coalesce(content, begun)) FROM arrivals") == 1


def test_next_month_under_the_same_name_is_new(box: Box, files: list[bytes]) -> None:
    for content in (files[0], files[-1]):
        box.bring("RECEIPTC.UKE", content)
    assert arrivals.counts(box.store) == {"understood": 2}


def test_a_file_that_cannot_be_understood_is_kept_and_explained(box: Box) -> None:
    content = "これはレセプトではありません。\r\n\x1a".encode()
    arrival = box.bring("memo.txt", content)
    assert arrival.state is ArrivalState.QUARANTINED
    note = note_of(arrival)
    assert arrival.findings[0].code in note
    assert "→" in note
    assert arrivals.content(box.store, arrival.id) == content


def test_claims_of_a_foreign_facility_are_quarantined(box: Box, foreign: bytes) -> None:
    arrival = box.bring("RECEIPTC.UKE", foreign)
    assert box.count("documents") == 0
    assert arrival.state is ArrivalState.QUARANTINED
    assert understand.FOREIGN_FACILITY in {finding.code for finding in arrival.findings}


def test_one_bad_claim_never_loses_its_file(box: Box, files: list[bytes]) -> None:
    rows = files[0].split(b"\r\n")
    first = next(number for number, row in enumerate(rows) if row.startswith(b"RE,"))
    rows[first] = b"RE,1,11"
    arrival = box.bring("RECEIPTC.UKE", b"\r\n".join(rows))
    assert arrival.state is ArrivalState.PARTLY
    assert arrival.documents == files[0].count(b"\r\nRE,") - 1


def without_last_claim(content: bytes) -> bytes:
    """A claim file cut before its last claim: a whole number of rows, but no trailer."""
    return content[: content.rindex(b"\r\nRE,")] + b"\r\n"


def test_a_file_without_its_trailer_removes_nothing(box: Box, files: list[bytes]) -> None:
    for content in (files[0], without_last_claim(files[0])):
        box.bring("RECEIPTC.UKE", content)
    assert arrivals.counts(box.store) == {"understood": 2}
    assert box.store.value("SELECT count(*) FROM documents WHERE state = 'removed'") == 0


def test_a_bad_file_never_stops_the_next(box: Box, files: list[bytes]) -> None:
    box.take("A.UKE", bytes(range(256)) * 8 + b"\x1a")
    box.bring("B.UKE", files[0])
    assert arrivals.counts(box.store) == {"quarantined": 1, "understood": 1}


def test_a_fault_of_ours_quarantines_one_arrival_and_stops_no_other(
    box: Box, files: list[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_documents, calls = understand.open_documents, iter(range(2))

    def fails_once(data: Readable) -> OpenFile:
        if next(calls) == 0:
            raise ZeroDivisionError
        return open_documents(data)

    with monkeypatch.context() as patched:
        patched.setattr(understand, "open_documents", fails_once)
        box.take("A.UKE", files[0])
        box.bring("B.UKE", files[-1])
    assert arrivals.counts(box.store) == {"quarantined": 1, "understood": 1}
    (broken,) = arrivals.in_state(box.store, ArrivalState.QUARANTINED)
    assert [finding.code for finding in broken.findings] == [understand.UNEXPLAINED]
    with box.store.transaction():
        arrivals.reopen(box.store, broken.id)
    box.start()
    assert arrivals.counts(box.store) == {"understood": 2}
    assert "A.UKE" not in caplog.text


def test_a_fault_of_ours_amidst_an_arrival_keeps_what_was_stored_before_it(
    box: Box, files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    placed, calls = understand.placed, iter(range(4))

    def fails_at_the_fifth(document: Document, facility: str) -> Document:
        if next(calls, None) is None:
            raise ZeroDivisionError
        return placed(document, facility)

    with monkeypatch.context() as patched:
        patched.setattr(understand, "COMMIT_GROUP_DOCUMENTS", 2)
        patched.setattr(understand, "placed", fails_at_the_fifth)
        arrival = box.bring("RECEIPTC.UKE", max(files, key=len))
    assert (arrival.state, arrival.documents) == (ArrivalState.PARTLY, 4)
    assert box.count("documents") == 4
    with box.store.transaction():
        arrivals.reopen(box.store, arrival.id)
    box.start()
    assert arrivals.get(box.store, arrival.id).state is ArrivalState.UNDERSTOOD
    assert box.count("documents") == arrivals.get(box.store, arrival.id).documents > 4


def test_an_arrival_keeps_a_few_findings_of_a_code_and_counts_the_rest(
    box: Box, foreign: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "FINDINGS_PER_CODE", 2)
    claims = foreign.count(b"\r\nRE,")
    arrival = box.bring("RECEIPTC.UKE", foreign)
    told = [finding for finding in arrival.findings if finding.code == understand.FOREIGN_FACILITY]
    assert len(told) == 2 < claims
    assert str(claims) in told[-1].text


def test_a_crash_between_taking_and_understanding_is_made_good_at_the_next_start(
    box: Box, files: list[bytes]
) -> None:
    box.take("RECEIPTC.UKE", files[0])
    assert arrivals.counts(box.store) == {"received": 1}
    box.start()
    assert arrivals.counts(box.store) == {"understood": 1}
    whole = box.count("documents")
    box.start()
    assert box.count("documents") == whole > 0


def test_a_crash_between_two_groups_of_documents_doubles_nothing(
    box: Box, files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understand, "COMMIT_GROUP_DOCUMENTS", 3)
    arrival = box.take("R", max(files, key=len))
    groups = iter(range(2))
    put = understand.documents.put

    def put_two_groups(*args: object) -> int:
        if next(groups, None) is None:
            raise KeyboardInterrupt
        return put(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(understand.documents, "put", put_two_groups)
        with pytest.raises(KeyboardInterrupt):
            box.start()
    assert box.count("documents") == 6
    box.start()
    assert box.count("documents") == arrivals.get(box.store, arrival.id).documents
    assert box.store.value("SELECT count(DISTINCT first_line) FROM documents") == box.count("documents")


def test_notes_hold_no_personal_data(box: Box, files: list[bytes]) -> None:
    rows = files[0].split(b"\r\n")
    broken = [b",".join(row.split(b",")[:2]) if row.startswith(b"RE,") else row for row in rows]
    note = note_of(box.bring("RECEIPTC.UKE", b"\r\n".join(broken)))
    fields = [
        field for row in rows if row[:3] in (b"RE,", b"HO,") for field in row.decode("cp932").split(",")
    ]
    private = {field for field in fields if len(field) >= 5}
    assert private
    assert note
    assert not {word for word in private if word in note}
