"""From files in a folder to documents in the store: once each, with the file put away only after the commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import JST, ManualClock
from appliance.config import SiteConfig, parse_site
from appliance.consent.defaults import participants_document, policy_document
from appliance.intake import service, understand
from appliance.intake.service import Intake
from appliance.limits import FOLDER_QUIET_S, FOLDER_STABLE_LOOKS
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.service import Figures, read_figures
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from appliance.store.db import Store, create_store

SITE = """
device_id = "box-1"
run_folder = "run"
facilities = [{{number = "{number}", name = "練習用"}}]
sources = [{{name = "receipt", kind = "folder", facility = "{number}", folder = "in"}}]
[hub]
url = "https://127.0.0.1:9/fhir/R4"
ca = "ca.pem"
certificate = "box.pem"
key = "box.key"
[network]
name = "練習ネット"
policy = "policy.json"
participants = "participants.json"
[kiosk]
certificate = "kiosk.pem"
key = "kiosk.key"
"""


class Box:
    """An intake over one folder, driven by a made-up clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drop = folder / "in"
        self.drop.mkdir()
        since = ManualClock().now().replace(year=2025, tzinfo=JST)
        (folder / "policy.json").write_bytes(policy_document("1"))
        (folder / "participants.json").write_bytes(
            participants_document("1", [(CLINIC_A.number, CLINIC_A.name, "clinic")], since)
        )
        self.clock = ManualClock()
        self.site: SiteConfig = parse_site(SITE.format(number=CLINIC_A.number), folder)
        self.store: Store = create_store(folder / "store.db", bytes(32), self.clock)
        self.start()

    def start(self) -> None:
        """A new run of the service over the same store."""
        self.intake = Intake(self.site, self.store, self.clock, Figures(self.site.run_folder, "intake"))
        self.intake.resume()

    def settle(self) -> int:
        """Look until everything that is whole has been taken; how many files that were."""
        taken = 0
        for _ in range(FOLDER_STABLE_LOOKS + 1):
            taken += self.intake.look()
            self.clock.advance(1)
        return taken

    def count(self, table: str) -> int:
        return int(self.store.value(f"SELECT count(*) FROM {table}"))


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


def test_a_file_becomes_documents_and_goes_to_done(box: Box, files: list[bytes]) -> None:
    (box.drop / "RECEIPTC.UKE").write_bytes(files[0])
    assert box.settle() == 1
    (arrival,) = arrivals.in_state(box.store, ArrivalState.UNDERSTOOD)
    assert arrival.documents == box.count("documents") > 0
    assert arrivals.content(box.store, arrival.id) == files[0]
    assert [path.name for path in (box.drop / "done").iterdir()] == ["00000001-RECEIPTC.UKE"]
    assert not (box.drop / "RECEIPTC.UKE").exists()


def test_the_same_file_twice_is_recognised(box: Box, files: list[bytes]) -> None:
    (box.drop / "RECEIPTC.UKE").write_bytes(files[0])
    box.settle()
    before = box.count("documents")
    (box.drop / "COPY OF RECEIPTC.UKE").write_bytes(files[0])
    assert box.settle() == 1
    assert box.count("documents") == before
    assert arrivals.counts(box.store) == {"understood": 1, "duplicate": 1}


def test_next_month_under_the_same_name_is_new(box: Box, files: list[bytes]) -> None:
    for content in (files[0], files[-1]):
        (box.drop / "RECEIPTC.UKE").write_bytes(content)
        box.settle()
    assert arrivals.counts(box.store) == {"understood": 2}


def test_a_file_that_cannot_be_understood_is_kept_named_and_explained(box: Box) -> None:
    (box.drop / "memo.txt").write_bytes("これはレセプトではありません。\r\n\x1a".encode())
    box.settle()
    (arrival,) = arrivals.in_state(box.store, ArrivalState.QUARANTINED)
    shelf = {path.name for path in (box.drop / "quarantine").iterdir()}
    assert shelf == {"00000001-memo.txt", "00000001-memo.txt.txt"}
    note = (box.drop / "quarantine" / "00000001-memo.txt.txt").read_text(encoding="utf-8-sig")
    assert arrival.findings[0].code in note
    assert "→" in note


def test_claims_of_a_foreign_facility_are_quarantined(box: Box, foreign: bytes) -> None:
    (box.drop / "RECEIPTC.UKE").write_bytes(foreign)
    box.settle()
    assert box.count("documents") == 0
    (arrival,) = arrivals.in_state(box.store, ArrivalState.QUARANTINED)
    assert understand.FOREIGN_FACILITY in {finding.code for finding in arrival.findings}


def test_one_bad_claim_never_loses_its_file(box: Box, files: list[bytes]) -> None:
    rows = files[0].split(b"\r\n")
    first = next(number for number, row in enumerate(rows) if row.startswith(b"RE,"))
    rows[first] = b"RE,1,11"
    (box.drop / "RECEIPTC.UKE").write_bytes(b"\r\n".join(rows))
    box.settle()
    (arrival,) = arrivals.in_state(box.store, ArrivalState.PARTLY)
    assert arrival.documents == files[0].count(b"\r\nRE,") - 1
    assert (box.drop / "quarantine" / "00000001-RECEIPTC.UKE").exists()


def without_last_claim(content: bytes) -> bytes:
    """A claim file cut before its last claim: a whole number of rows, but no trailer."""
    return content[: content.rindex(b"\r\nRE,")] + b"\r\n"


def test_a_file_without_its_trailer_removes_nothing(box: Box, files: list[bytes]) -> None:
    for content in (files[0], without_last_claim(files[0])):
        (box.drop / "RECEIPTC.UKE").write_bytes(content)
        for _ in range(int(FOLDER_QUIET_S) + FOLDER_STABLE_LOOKS):
            box.settle()
    assert arrivals.counts(box.store) == {"understood": 2}
    assert box.store.value("SELECT count(*) FROM documents WHERE state = 'removed'") == 0


def test_a_bad_file_never_stops_the_next(box: Box, files: list[bytes]) -> None:
    (box.drop / "A.UKE").write_bytes(bytes(range(256)) * 8 + b"\x1a")
    (box.drop / "B.UKE").write_bytes(files[0])
    assert box.settle() == 2
    assert arrivals.counts(box.store) == {"quarantined": 1, "understood": 1}


def test_a_crash_between_taking_and_understanding_is_made_good_at_the_next_start(
    box: Box, files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (box.drop / "RECEIPTC.UKE").write_bytes(files[0])

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(service, "understand", power_cut)
        with pytest.raises(KeyboardInterrupt):
            box.settle()
    assert arrivals.counts(box.store) == {"received": 1}
    assert (box.drop / "RECEIPTC.UKE").exists()
    box.start()
    assert arrivals.counts(box.store) == {"understood": 1}
    whole = box.count("documents")
    box.settle()
    assert box.count("documents") == whole
    assert not (box.drop / "RECEIPTC.UKE").exists()


def test_a_crash_between_two_groups_of_documents_doubles_nothing(
    box: Box, files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understand, "COMMIT_GROUP_DOCUMENTS", 3)
    largest = max(files, key=len)
    arrival = arrivals.take(box.store, source="receipt", facility=CLINIC_A.number, name="R", content=largest)
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


def test_a_source_that_is_away_is_told_and_comes_back(box: Box, files: list[bytes]) -> None:
    box.drop.rename(box.folder / "unplugged")
    assert box.settle() == 0
    box.intake._figures.write()
    assert str(read_figures(box.site.run_folder, "intake")["receipt.trouble"]).startswith("away")
    (box.folder / "unplugged").rename(box.drop)
    (box.drop / "RECEIPTC.UKE").write_bytes(files[0])
    assert box.settle() == 1


def test_notes_and_figures_hold_no_personal_data(box: Box, files: list[bytes]) -> None:
    rows = files[0].split(b"\r\n")
    broken = [row.replace(b"RE,", b"RE,x", 1) if row.startswith(b"RE,") else row for row in rows]
    (box.drop / "RECEIPTC.UKE").write_bytes(b"\r\n".join(broken))
    box.settle()
    box.intake._figures.write()
    fields = [
        field for row in rows if row[:3] in (b"RE,", b"HO,") for field in row.decode("cp932").split(",")
    ]
    private = {field for field in fields if len(field) >= 5}
    written = "".join(path.read_text(encoding="utf-8-sig") for path in box.drop.rglob("*.txt"))
    written += (box.site.run_folder / "intake.json").read_text(encoding="utf-8")
    assert private
    assert not {word for word in private if word in written}
