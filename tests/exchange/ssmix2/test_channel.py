"""From a store with consents to a real sshd: what stands there, how it follows every change, and what a cut leaves."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.config import HubConfig
from appliance.consent.consents import Consent
from appliance.exchange.outcomes import Delivered, Reason
from appliance.exchange.ssmix2.naming import stamp
from appliance.limits import MIB
from appliance.records.clinical import DocumentReference
from appliance.records.codec import decode, encode
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.data_class import DataClass
from appliance.records.document import Document, DocumentKind
from appliance.run import run
from appliance.store import claiming, consents, deliveries, documents, owing, review, storage_files
from tests.exchange.box import Box, born
from tests.exchange.ssmix2.storage_box import StorageBox, sound, standing
from tests.exchange.storage_server import Line, StorageServer, make_key, storage_server
from tests.store.made import FACILITY, act, arrival, claim, disease, patient

CUTS = 8
CUT_RUNS = 6
"""Runs of a whole history over a line that breaks by chance."""

pytestmark = pytest.mark.hub


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "server") as found:
        yield found


@pytest.fixture
def box(tmp_path: Path, hub_config: HubConfig, server: StorageServer) -> Iterator[StorageBox]:
    made = StorageBox.at(tmp_path, hub_config, server.address())
    yield made
    made.close()


def test_what_a_patient_agreed_to_stands_in_the_storage(box: StorageBox, server: StorageServer, chart: str):
    who = box.agreed(chart)
    box.settle()
    assert box.owed() == []
    sound(server)
    assert standing(server) == {
        "ADT-00 -": "1",
        "ADT-12 20260803": "1",
        "PPR-01 -": "1",
        "RECEIPT^レセプトの記録^99RKG -": "1",
    }
    assert len(storage_files.held(box.store, who)) == 4


def test_nothing_leaves_before_consent_and_everything_after(
    box: StorageBox, server: StorageServer, chart: str
):
    who = box.arrived(chart)
    box.arrived(chart, disease("8830417"), month="2026-07")
    box.settle()
    assert server.files() == {}
    box.agree(who)
    box.settle()
    sound(server)
    assert len([one for one in standing(server) if one.startswith("RECEIPT")]) == 1
    assert len(server.files()) == 5


def test_what_is_ready_of_a_patient_is_one_change(box: StorageBox, server: StorageServer, chart: str):
    who = box.arrived(chart)
    for month in ("2026-05", "2026-06", "2026-07"):
        box.arrived(chart, disease("8830417"), month=month)
    box.agree(who)
    box.settle()
    rows = box.store.rows("SELECT state, attempts FROM deliveries WHERE channel = 'ssmix2'")
    assert sorted(rows) == [("delivered", 0)] * 4 + [("delivered", 1)]
    sound(server)
    assert sum("_1/main_document" in path for path in server.files()) == 4


def test_a_storage_that_comes_later_is_filled(
    tmp_path: Path, hub_config: HubConfig, server: StorageServer, chart: str
):
    (tmp_path / "old").mkdir()
    old = Box.new(tmp_path / "old", hub_config)
    old.agreed(chart)
    old.settle()
    old.hub.close()
    box = StorageBox.working(old.store, old.clock, hub_config, server.address(), old.doctor)
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "1"
    box.close()


def test_what_is_taken_back_while_it_is_under_way_is_taken_back(
    box: StorageBox, server: StorageServer, chart: str
):
    """The change under way brings a second document, whose own delivery has not been claimed yet."""
    who = box.agreed(chart)
    second = claim(patient(chart, born(chart)), disease("8830417"), month="2026-07", volume="x")
    box.take(second)
    (claimed, *_) = claiming.claim(box.store, box.rules, limit=1, lease_s=60.0, channel=ChannelKind.SSMIX2)
    fits = box.storage.group()
    ready = box.storage.prepare(box.store, claimed)
    assert fits(ready)
    box.take(replace(second, tombstone=True, sequence="2026-11"), name="back")
    assert box.storage.send([ready]) == [Delivered()]
    claiming.delivered(box.store, claimed, lambda: box.storage.took(box.store, claimed, ready.holds))
    assert sum("_1/main_document" in path for path in server.files()) == 2
    box.later()
    box.settle()
    sound(server)
    assert sum("_1/main_document" in path for path in server.files()) == 1
    assert len(storage_files.documents_of(box.store, who)) == 1


def test_a_withdrawal_waits_for_the_change_under_way_and_then_takes_it_back(
    box: StorageBox, server: StorageServer, chart: str
):
    """A consent may be claimed while data of the same patient are out; two changes of one patient never are."""
    who = box.agreed(chart)
    (claimed, *_) = claiming.claim(box.store, box.rules, limit=1, lease_s=60.0, channel=ChannelKind.SSMIX2)
    fits = box.storage.group()
    ready = box.storage.prepare(box.store, claimed)
    assert fits(ready)
    box.withdraw(who)
    box.later()
    for _ in range(3):
        box.worker.turn()
        box.worker.wait(10.0)
    assert server.files() == {}
    assert {state for kind, state, _ in box.owed() if kind == "consent"} <= {"ready", "claimed"}
    assert len(box.owed()) == 2
    assert box.storage.send([ready]) == [Delivered()]
    claiming.delivered(box.store, claimed, lambda: box.storage.took(box.store, claimed, ready.holds))
    assert set("".join(standing(server).values())) == {"1"}
    box.later(600.0)
    box.through()
    sound(server)
    assert set("".join(standing(server).values())) == {"0"}


# --- corrections, removals, consent ---------------------------------------------------------------------


def test_a_correction_leaves_history_and_a_removal_takes_back(
    box: StorageBox, server: StorageServer, chart: str
):
    box.agreed(chart, disease("8833421"))
    box.settle()
    box.later()
    box.arrived(chart, disease("8830417"), sequence="2026-10")
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "21"
    assert standing(server)["ADT-00 -"] == "1"
    box.later()
    box.take(replace(claim(patient(chart, born(chart)), volume=chart), tombstone=True, sequence="2026-11"))
    box.settle()
    sound(server)
    assert standing(server) == {
        "ADT-00 -": "1",
        "ADT-12 20260803": "00",
        "PPR-01 -": "000",
        "RECEIPT^レセプトの記録^99RKG -": "00",
    }


def test_a_withdrawal_takes_everything_back_and_names_nobody(
    box: StorageBox, server: StorageServer, chart: str
):
    who = box.agreed(chart)
    box.settle()
    before = set(server.files())
    box.later()
    box.withdraw(who)
    box.settle()
    sound(server)
    assert {flag for flags in standing(server).values() for flag in flags} == {"0"}
    assert box.owed() == []
    new = {path: data for path, data in server.files().items() if data.startswith(b"MSH")}
    said = [
        data.decode("iso2022_jp") for path, data in new.items() if path.rsplit("_", 1)[0] + "_1" not in before
    ]
    assert len(said) == 3
    assert not any("練習" in one or "レンシュウ" in one for one in said)


def test_who_agrees_again_stands_there_again(box: StorageBox, server: StorageServer, chart: str):
    who = box.agreed(chart)
    box.settle()
    box.later()
    box.withdraw(who)
    box.settle()
    box.later()
    box.agree(who, "r2")
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "001"
    assert standing(server)["ADT-00 -"] == "001"


def test_a_consent_that_ended_elsewhere_is_followed(box: StorageBox, server: StorageServer, chart: str):
    who = box.agreed(chart)
    box.settle()
    consent = box.store.value("SELECT id FROM consents WHERE patient = ?", (who,))
    with box.store.transaction():
        consents.withdrawn_elsewhere(box.store, consent, "told by the network")
    box.later()
    box.settle()
    assert {flag for flags in standing(server).values() for flag in flags} == {"0"}


def test_a_suspended_consent_leaves_what_stands_and_holds_what_is_new(
    box: StorageBox, server: StorageServer, chart: str
):
    who = box.agreed(chart)
    box.settle()
    before = server.files()
    consent = box.store.value("SELECT id FROM consents WHERE patient = ?", (who,))
    with box.store.transaction():
        consents.suspend(box.store, box.rules, consent, "doubt", box.doctor)
    box.arrived(chart, disease("8830417"), sequence="2026-10")
    box.later()
    box.settle()
    assert server.files() == before
    with box.store.transaction():
        consents.resume(box.store, box.rules, consent, box.doctor)
    box.later()
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "21"


def test_what_a_patient_hides_is_not_in_the_storage(box: StorageBox, server: StorageServer, chart: str):
    """Hidden from a running consent: taken back at once, at signature (consent.md, Concurrency)."""
    who = box.agreed(chart)
    box.settle()
    box.later()
    hide(box, who, DataClass.DIAGNOSIS, DataClass.INSURANCE)
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "00"
    assert standing(server)["ADT-00 -"] == "21"
    valid = [data for path, data in server.files().items() if "_1" in path.rsplit("/", 1)[-1][-2:]]
    assert not any(b"\rIN1|" in data for data in valid)
    papers = [data for path, data in server.files().items() if path.endswith("json") and "_1/" in path]
    assert papers
    assert not any(b'"Condition"' in data or b"8833421" in data for data in papers)


def hide(box: StorageBox, who: int, *classes: DataClass) -> None:
    """The active record's terms, narrowed, as a later version of the kiosk will have them signed."""
    row = box.store.row("SELECT id, body FROM consents WHERE patient = ? AND state = 'active'", (who,))
    assert row is not None
    terms = replace(decode(row[1], Consent), hidden_classes=frozenset(classes))
    with box.store.transaction():
        box.store.execute("UPDATE consents SET body = ? WHERE id = ?", (encode(terms), row[0]))
        owing.reconsider(box.store, box.rules, who)


# --- letters --------------------------------------------------------------------------------------------


def with_a_letter(box: StorageBox, chart: str, data: bytes) -> int:
    """A consenting patient with a claim and a referral that is a file of its own."""
    who = box.agreed(chart)
    kind = Concept((Coding(CodeSystem.LOINC, "57133-1", "紹介状"),), "診療情報提供書")
    sha256 = hashlib.sha256(data).hexdigest()
    referral = DocumentReference(kind, date(2026, 8, 3), "", "application/pdf", sha256, len(data))
    number = arrival(box.store, data)
    made = Document(
        DocumentKind.LETTER,
        f"letter:{FACILITY}:{chart}",
        FACILITY,
        patient(chart, born(chart)),
        (referral,),
        "2026-08-03",
    )
    with box.store.transaction():
        documents.put(box.store, box.rules, number, [made])
    return who


def letters(server: StorageServer) -> dict[str, bytes]:
    """By flag."""
    return {path.split("/")[-2][-1]: data for path, data in server.files().items() if path.endswith(".pdf")}


def test_a_letter_lies_there_as_it_came_and_is_read_no_more_once_it_does(
    box: StorageBox, server: StorageServer, chart: str
):
    data = b"%PDF-1.4 " + random.Random(chart).randbytes(100_000)
    who = with_a_letter(box, chart, data)
    box.settle()
    sound(server)
    assert letters(server) == {"1": data}
    lose_bytes(box)
    box.arrived(chart, disease("8830417"), sequence="2026-10")
    box.later()
    box.settle()
    sound(server)
    assert standing(server)["PPR-01 -"] == "21"
    assert letters(server) == {"1": data}
    box.later()
    hide(box, who, DataClass.LETTER)
    box.settle()
    sound(server)
    assert letters(server) == {"0": data}


def test_a_letter_whose_bytes_are_gone_is_told_of_and_keeps_nothing_else_back(
    box: StorageBox, server: StorageServer, chart: str
):
    with_a_letter(box, chart, b"%PDF-1.4 gone")
    lose_bytes(box)
    box.settle()
    sound(server)
    assert letters(server) == {}
    assert standing(server)["^紹介状^^57133-1^紹介状^LN 20260803"] == "1"
    assert standing(server)["PPR-01 -"] == "1"


def lose_bytes(box: StorageBox) -> None:
    """As disposal leaves arrivals: their rows without their bytes."""
    with box.store.transaction():
        box.store.execute("UPDATE arrivals SET content = NULL")
        box.store.execute("DELETE FROM arrival_pieces")


# --- numbers --------------------------------------------------------------------------------------------


def test_numbers_are_padded_or_given_and_stay(box: StorageBox, server: StorageServer):
    charts = {"7000012": "0007000012", "07000012": None, "12345678901": None, "Ａ－１": None}
    for chart in charts:
        box.agreed(chart)
        box.settle()
    box = box.again(server.address())
    box.later()
    for chart, number in charts.items():
        box.arrived(chart, disease("8830417"), sequence="2026-10")
        box.settle()
        given = box.store.value(
            "SELECT number FROM storage_numbers s JOIN patients p ON p.id = s.patient WHERE local_id = ?",
            (chart,),
        )
        assert given == number or re.fullmatch(r"L\d{9}", given)
        assert sum(f"/{given}/" in path and "PPR-01" in path for path in server.files()) == 2
    sound(server)
    box.close()


# --- a line that breaks ---------------------------------------------------------------------------------


def run_through(box: StorageBox, chart: str) -> Iterator[str]:
    """Everything that may happen to a patient; yields after each step."""
    who = box.agreed(chart, disease("8833421"), act())
    yield "first"
    box.arrived(chart, disease("8830417"), sequence="2026-10")
    yield "corrected"
    box.arrived(chart, disease("8830417"), month="2026-07")
    yield "another"
    box.withdraw(who)
    yield "withdrawn"


@pytest.mark.parametrize("seed", range(CUT_RUNS))
def test_a_cut_at_any_byte_resumes(tmp_path: Path, hub_config: HubConfig, server: StorageServer, seed: int):
    """The line breaks after so many bytes of each connection, drawn by chance; in the end the same storage stands there."""
    dice = random.Random(seed)
    chart = f"8{seed:04}"
    with Line(server.port, cuts=[dice.randint(2_500, 20_000) for _ in range(CUTS)]) as line:
        box = StorageBox.at(tmp_path, hub_config, server.address(line.port))
        for _ in run_through(box, chart):
            box.through()
            box.later()
        box.close()
        cuts = sum(1 for carried, limit in zip(line.carried, line.cuts, strict=False) if carried == limit)
    assert cuts >= 2
    sound(server)
    with storage_server(tmp_path / "calm") as calm:
        (tmp_path / "other").mkdir()
        other = StorageBox.at(tmp_path / "other", hub_config, calm.address())
        for _ in run_through(other, chart):
            other.through()
            other.later()
        other.close()
        assert standing(server) == standing(calm)
    assert not any(".part" in path for path in server.files())


def cut_in(box: StorageBox, server: StorageServer, tmp_path: Path, bytes_let_through: int) -> StorageBox:
    """The box with a line that breaks once, after so many bytes, and then holds."""
    with Line(server.port, cuts=[bytes_let_through]) as line:
        cut = box.again(server.address(line.port))
        cut.worker.turn()
        while cut.worker.busy:
            cut.worker.wait(10.0)
            cut.worker.turn()
        cut.line.close()
    return cut


@pytest.mark.parametrize("let_through", [4_500, 6_000, 7_500, 9_000])
@pytest.mark.parametrize("then", ["withdrawn", "corrected", "the same"])
def test_what_was_cut_and_is_no_longer_wanted_is_asked_for_and_leaves_nothing(
    box: StorageBox, server: StorageServer, tmp_path: Path, chart: str, let_through: int, then: str
):
    """A dead process besides: nothing is known but what the store has."""
    who = box.agreed(chart)
    cut_in(box, server, tmp_path, let_through)
    assert box.owed()
    if then == "withdrawn":
        box.withdraw(who)
    elif then == "corrected":
        box.arrived(chart, disease("8830417"), sequence="2026-10")
    after = box.again(server.address())
    after.later()
    after.through()
    sound(server)
    assert not any(".part" in path for path in server.files())
    flags = {flag for flags in standing(server).values() for flag in flags}
    assert flags <= ({"0"} if then == "withdrawn" else {"1", "2"})
    assert storage_files.begun(box.store, who) is None
    held = {(one.kind, one.day, one.at, one.flag) for one in storage_files.held(box.store, who)}
    assert held == set(at_the_server(server))
    after.line.close()


def test_a_later_try_writes_the_same_bytes_under_the_same_names(
    box: StorageBox, server: StorageServer, tmp_path: Path, chart: str
):
    """What is begun keeps its instant: nothing that a cut left is written anew."""
    box.agreed(chart)
    first = stamp(box.clock.now())
    cut_in(box, server, tmp_path, 7_500)
    after = box.again(server.address())
    after.later(3_600.0)
    after.through()
    sound(server)
    assert {at for _, _, at, _ in at_the_server(server)} == {first}
    after.line.close()


def at_the_server(server: StorageServer) -> Iterator[tuple[str, str, str, str]]:
    for path in server.root.rglob("*"):
        parts = path.name.split("_")
        if len(parts) == 7 and parts[0] == path.parent.parent.parent.name:
            yield parts[2], parts[1], parts[4], parts[6]


# --- what the server says -------------------------------------------------------------------------------


def test_a_changed_host_key_is_told_and_nothing_is_sent(
    box: StorageBox, server: StorageServer, tmp_path: Path, chart: str
):
    make_key(tmp_path / "other")
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    box.agreed(chart)
    wrong = box.again(server.address(host_key=other))
    wrong.settle()
    assert server.files() == {}
    assert {state for _, state, _ in wrong.owed()} == {"ready"}
    assert "host-key" in {reason for _, _, reason in wrong.owed()}
    assert wrong.storage.trouble is Reason.HOST_KEY
    right = wrong.again(server.address())
    right.later()
    right.through()
    sound(server)
    assert right.storage.trouble is None
    right.line.close()


def test_a_folder_that_may_not_be_written_is_refused_in_plain_words_and_can_be_replayed(
    box: StorageBox, server: StorageServer, chart: str
):
    (server.root / "standard").write_bytes(b"a file where a folder has to be")
    box.agreed(chart)
    box.settle()
    refused = [
        one for one in deliveries.listed(box.store, [deliveries.State.REFUSED], 10) if one.channel == "ssmix2"
    ]
    assert len(refused) == 2
    assert "この装置が書いたものではない" in refused[0].outcome
    (server.root / "standard").unlink()
    for one in refused:
        review.replay(box.store, box.rules, one.id)
    box.later()
    box.through()
    sound(server)
    assert standing(server)["ADT-00 -"] == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting an image of its own needs root")
def test_a_full_disk_at_the_server_is_told_and_tried_again(
    box: StorageBox, server: StorageServer, tmp_path: Path, chart: str
):
    with small_disk(tmp_path, server.root):
        ballast = server.root / "ballast"
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
                file.flush()
        box.agreed(chart)
        box.settle()
        assert box.storage.trouble is Reason.NO_ROOM
        assert {(state, reason) for _, state, reason in box.owed()} >= {("ready", "no-room")}
        ballast.unlink()
        box.later(600.0)
        box.through()
        sound(server)
        assert standing(server)["ADT-00 -"] == "1"
        box.line.close()


@contextlib.contextmanager
def small_disk(folder: Path, mounted: Path) -> Iterator[None]:
    """A small file system of the test's own, where the server's storages lie."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(8 * MIB)
    run(["mkfs.ext4", "-q", "-m", "0", image])
    run(["mount", "-o", "loop", image, mounted])
    try:
        yield
    finally:
        run(["umount", "-l", mounted])
