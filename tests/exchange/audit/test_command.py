"""`renkei audit verify` and `export`, as an operator runs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from appliance.cli import main
from appliance.clock import ManualClock
from appliance.store import audit, audit_anchor, keys
from appliance.store.audit import Event
from appliance.store.audit_anchor import DeviceKey
from appliance.store.db import Store, create_store, open_store
from provisioning.lab.pki import LabPki
from tests.exchange.audit.told import AGREED, NAMES, SECRET, SILENT, everything
from tests.store.made import FACILITY
from tests.store.test_audit import tamper

REASON = "開示請求への回答"


@dataclass
class Desk:
    """A box's folder, and the commands run on it."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str]:
        status = main(["audit", *words, "--site", str(self.folder / "site.toml")])
        said = self.capture.readouterr()
        return status, said.out + said.err

    def store(self) -> Store:
        return open_store(self.folder / "store.db", keys.load_key(self.folder / "store.key"), ManualClock())

    def lines(self, *words: str) -> list[dict[str, object]]:
        out = self.folder / f"out-{len(list(self.folder.iterdir()))}"
        assert self.run("export", "--out", str(out), *words)[0] == 0
        assert out.stat().st_mode & 0o777 == 0o600
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    def rows(self) -> int:
        with self.store() as store:
            return audit.anchor(store).seq


@pytest.fixture
def desk(tmp_path: Path, pki: LabPki, capsys: pytest.CaptureFixture[str]) -> Desk:
    pair = pki.client(FACILITY)
    (tmp_path / "site.toml").write_text(
        f"""
device_id = "box-1"
sources = []
facilities = [{{number = "{FACILITY}", name = "練習用内科"}}]
[store]
path = "store.db"
key_file = "store.key"
[hub]
url = "https://hub.example/fhir"
ca = "{pki.ca_path}"
certificate = "{pair.cert}"
key = "{pair.key}"
[network]
name = "練習ネットワーク"
policy = "policy.json"
participants = "participants.json"
signer = "signer.pem"
[kiosk]
certificate = "unused.pem"
key = "unused.key"
""",
        encoding="utf-8",
    )
    with create_store(tmp_path / "store.db", keys.create_key(tmp_path / "store.key"), ManualClock()) as store:
        # Rows of every kind, but no made-up anchor among them.
        with store.transaction():
            audit.append(store, Event.SERVICE_STARTED, service="exchange")
        audit_anchor.anchor_now(store, DeviceKey(pair.cert, pair.key), "box-1")
    return Desk(tmp_path, capsys)


def filled(desk: Desk, pki: LabPki) -> None:
    pair = pki.client(FACILITY)
    with desk.store() as store:
        everything(store, pair.cert, pair.key)


def test_a_whole_chain_is_said_to_be_and_up_to_where_it_is_anchored(desk: Desk):
    status, said = desk.run("verify")
    assert status == 0
    assert "2行" in said
    assert "anchored up to row 1" in said
    status, said = desk.run("verify", "--json")
    found = json.loads(said)
    assert (status, found["rows"], found["anchored"], found["first_bad"]) == (0, 2, 1, None)


def test_the_first_bad_row_is_named(desk: Desk):
    with desk.store() as store:
        tamper(store, "UPDATE audit SET body = '{}' WHERE seq = 1")
    status, said = desk.run("verify")
    assert (status, "first bad row: 1" in said) == (1, True)
    status, said = desk.run("verify", "--json")
    assert (status, json.loads(said)["first_bad"]["seq"]) == (1, 1)


def test_an_anchor_the_operator_kept_finds_what_was_cut_with_its_copy(desk: Desk):
    with desk.store() as store:
        kept = audit_anchor.kept_copy(store)
        audit_anchor.copy_path(store).unlink()
        tamper(store, "DELETE FROM audit")
        with store.transaction():
            audit.append(store, Event.SERVICE_STARTED, service="forged")
    assert desk.run("verify")[0] == 0
    (desk.folder / "kept").write_text(kept[0].text() + "\n")
    status, said = desk.run("verify", "--anchor", str(desk.folder / "kept"))
    assert (status, "first bad row: 1" in said) == (1, True)


def test_an_anchor_that_is_not_this_boxs_is_refused_in_words(desk: Desk, pki: LabPki):
    other = pki.client(FACILITY, "box-2")
    made = DeviceKey(other.cert, other.key).signed(
        "box-2", audit.Anchor(1, bytes(32)), "2026-10-01T00:00:00.000Z"
    )
    (desk.folder / "kept").write_text(made.text())
    status, said = desk.run("verify", "--anchor", str(desk.folder / "kept"))
    assert (status, "AUDIT-0002" in said) == (3, True)


def test_a_store_that_moved_is_verified_under_its_former_name_too(desk: Desk):
    site = desk.folder / "site.toml"
    site.write_text(site.read_text().replace('"box-1"', '"box-7"'))
    assert desk.run("verify")[0] == 3
    assert desk.run("verify", "--device", "box-1")[0] == 0


def test_a_chain_long_without_an_anchor_is_told(desk: Desk):
    clock = ManualClock()
    clock.advance(3 * 86_400)
    with (
        open_store(desk.folder / "store.db", keys.load_key(desk.folder / "store.key"), clock) as store,
        store.transaction(),
    ):
        audit.append(store, Event.SIGNED_IN)
    status, said = desk.run("verify")
    assert (status, "No anchor for more than two days" in said) == (1, True)


def test_an_export_hides_patients_and_is_itself_in_the_chain(desk: Desk, pki: LabPki):
    filled(desk, pki)
    before = desk.rows()
    lines = desk.lines()
    assert [line["seq"] for line in lines] == list(range(1, before + 1))
    text = json.dumps(lines, ensure_ascii=False)
    for secret in (*NAMES, SECRET, SILENT, AGREED):
        assert secret not in text.replace("sensei", "")
    with desk.store() as store:
        last = audit.entry(store, before + 1)
    assert last is not None
    assert (last.event, last.body["with_patients"], last.body["last"]) == ("audit-exported", False, before)


def test_patients_are_named_only_for_a_reason_that_is_written_down(desk: Desk, pki: LabPki):
    filled(desk, pki)
    before = desk.rows()
    status, said = desk.run("export", "--out", str(desk.folder / "no"), "--with-patients")
    assert (status, "AUDIT-0004" in said) == (2, True)
    assert desk.rows() == before
    assert not (desk.folder / "no").exists()
    lines = desk.lines("--with-patients", "--reason", REASON)
    assert {"facility": FACILITY, "local_id": SILENT, "name": "練習　太郎"} in [
        one
        for line in lines
        for one in line["named"]  # type: ignore[attr-defined]
    ]
    with desk.store() as store:
        last = audit.entry(store, before + 1)
    assert last is not None
    assert last.body["reason"] == REASON


def test_a_named_export_lets_a_reader_follow_the_chain(desk: Desk, pki: LabPki):
    filled(desk, pki)
    before = audit.GENESIS
    for line in desk.lines("--with-patients", "--reason", REASON):
        row: dict[str, object] = line["row"]  # type: ignore[assignment]
        content = [
            line["seq"],
            line["at"],
            row["trusted"],
            row["event"],
            row["staff"],
            row["patient"],
            audit.canonical(row["body"]),
        ]
        before = audit._hash(before, tuple(content))
        assert before.hex() == line["hash"]


def test_a_range_is_by_number_and_by_day(desk: Desk, pki: LabPki):
    filled(desk, pki)
    assert [line["seq"] for line in desk.lines("--first", "3", "--last", "5")] == [3, 4, 5]
    assert desk.lines("--since", "2026-10-02", "--until", "2026-10-02") == []
    assert len(desk.lines("--since", "2026-10-01", "--until", "2026-10-01", "--last", "4")) == 4
    assert desk.lines("--until", "2026-09-30") == []
    status, said = desk.run("export", "--out", "-", "--since", "yesterday")
    assert (status, "no date" in said) == (2, True)


def test_dicom_lines_are_one_message_each(desk: Desk, pki: LabPki):
    filled(desk, pki)
    out = desk.folder / "messages"
    assert (
        main(
            [
                "audit",
                "export",
                "--format",
                "dicom",
                "--out",
                str(out),
                "--site",
                str(desk.folder / "site.toml"),
            ]
        )
        == 0
    )
    lines = out.read_bytes().splitlines()
    assert {ET.fromstring(line).tag for line in lines} == {"AuditMessage"}
    assert AGREED.encode() not in out.read_bytes()


def test_nothing_is_overwritten(desk: Desk):
    (desk.folder / "there").write_text("x")
    assert desk.run("export", "--out", str(desk.folder / "there"))[0] == 2
    assert (desk.folder / "there").read_text() == "x"
