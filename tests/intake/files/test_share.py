"""Somebody else's share, with a real smbd, a receipt computer that writes by SMB, and a cable that can be pulled."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock, SystemClock
from appliance.intake.files import smb
from appliance.intake.files.reader import FilesReader, pause_s, read
from appliance.intake.files.share import ShareTree
from appliance.intake.files.tree import Entry, walk
from appliance.intake.files.troubles import Trouble, UnsafeError
from appliance.limits import (
    FILE_SIGN_OF_LIFE_S,
    FOLDER_STABLE_LOOKS,
    SHARE_REFUSED_RETRY_S,
    SHARE_RETRY_MAX_S,
)
from appliance.sources import Acknowledge, Completion, ShareSource
from appliance.store import arrivals
from tests.intake.kept import Box, in_process_keeper
from tests.intake.smbd import ACCOUNT, PASSWORD, Server, free_port, needs_smbd, receipt_computer_conf
from tests.simulators.cable import Cable
from tests.simulators.receipt_computer import ReceiptComputer

pytestmark = needs_smbd
WHOLE = b"IR,1,13,1,9999991,,\r\nGO,1,100,99\r\n"


def seen(tree: ShareTree) -> dict[str, Entry]:
    return {entry.path: entry for entry in walk(tree)}


def test_a_session_is_smb_3_encrypted(tree: ShareTree) -> None:
    assert tree.session().encrypted
    assert list(tree.warnings()) == []


def test_a_file_is_seen_read_in_parts_and_deleted(tree: ShareTree, computer: ReceiptComputer) -> None:
    content = bytes(range(256)) * 12_000
    computer.write("社保/ﾚｾﾌﾟﾄ①.UKE", content)
    (entry,) = walk(tree)
    assert (entry.path, entry.mark.size_bytes) == ("社保/ﾚｾﾌﾟﾄ①.UKE", len(content))
    with tree.hold(entry.path, entry.mark, to_remove=True) as held:
        assert held.read(0, len(content) + 5) == content
        assert held.read(len(content) - 3, 100) == content[-3:]
        assert held.unchanged()
        assert held.delete()
    assert computer.names() == set()


def test_many_files_are_listed_in_several_answers(tree: ShareTree, tmp_path: Path) -> None:
    names = {f"{number:05d}-処方せん.UKE" for number in range(1_500)}
    for name in names:
        (tmp_path / "drop" / name).touch()
    assert set(seen(tree)) == names


def test_a_moved_file_lies_on_its_shelf_with_its_note(tree: ShareTree, computer: ReceiptComputer) -> None:
    computer.write("国保/RECEIPTC.UKE", WHOLE)
    (entry,) = walk(tree)
    with tree.hold(entry.path, entry.mark, to_remove=True) as held:
        assert held.move("quarantine", "00000001-RECEIPTC.UKE")
    tree.write("quarantine", "00000001-RECEIPTC.UKE.txt", "読めません".encode())
    assert computer.names() == {"quarantine/00000001-RECEIPTC.UKE", "quarantine/00000001-RECEIPTC.UKE.txt"}
    assert seen(tree) == {}


def test_a_file_that_somebody_writes_to_is_not_held(tree: ShareTree, computer: ReceiptComputer) -> None:
    computer.write("RECEIPTC.UKE", WHOLE)
    (entry,) = walk(tree)
    with (
        computer._open("RECEIPTC.UKE", "r+b", share_access="rwd"),
        pytest.raises(BlockingIOError),
        tree.hold(entry.path, entry.mark, to_remove=True),
    ):
        pass
    with tree.hold(entry.path, entry.mark, to_remove=True) as held:
        assert held.read(0, 100) == WHOLE


def test_a_locked_file_is_not_held_and_not_lost(tree: ShareTree, computer: ReceiptComputer) -> None:
    computer.write("RECEIPTC.UKE", WHOLE)
    (entry,) = walk(tree)
    with (
        computer.locked("RECEIPTC.UKE"),
        pytest.raises(BlockingIOError),
        tree.hold(entry.path, entry.mark, to_remove=True),
    ):
        pass
    assert seen(tree) == {"RECEIPTC.UKE": entry}


def test_a_writer_is_kept_out_while_a_file_is_held_and_loses_nothing(
    tree: ShareTree, computer: ReceiptComputer
) -> None:
    computer.write("RECEIPTC.UKE", WHOLE)
    (entry,) = walk(tree)
    writer = threading.Thread(target=computer.write, args=("RECEIPTC.UKE", WHOLE * 2))
    with tree.hold(entry.path, entry.mark, to_remove=True) as held:
        writer.start()
        while computer.tries < 3:
            pass
        assert held.unchanged()
        held.delete()
    writer.join()
    (entry,) = walk(tree)
    assert entry.mark.size_bytes == 2 * len(WHOLE)


def test_a_folder_of_the_share_is_a_root_of_its_own(source: ShareSource, computer: ReceiptComputer) -> None:
    computer.write("RECEPTYN/SIPS3/DATA/A.txt", b"a\r\n")
    computer.write("B.txt", b"b\r\n")
    tree = ShareTree(replace(source, share="//127.0.0.1/drop/RECEPTYN/SIPS3"), PASSWORD, SystemClock())
    assert set(seen(tree)) == {"DATA/A.txt"}
    tree.remove("DATA/A.txt")
    assert computer.names() == {"B.txt"}
    tree.close()


@pytest.mark.parametrize(
    ("changed", "secret", "error"),
    [
        ({}, "wrong", PermissionError),
        ({"user": "nobody"}, PASSWORD, PermissionError),
        ({"share": "//127.0.0.1/none"}, PASSWORD, FileNotFoundError),
        ({"share": "//127.0.0.1/drop/none"}, PASSWORD, FileNotFoundError),
        ({"port": 9}, PASSWORD, ConnectionError),
    ],
)
def test_what_cannot_be_reached_says_why(
    source: ShareSource, changed: dict[str, object], secret: str, error: type[OSError]
) -> None:
    tree = ShareTree(replace(source, **changed), secret, SystemClock())  # type: ignore[arg-type]
    with pytest.raises(error):
        list(walk(tree))
    tree.close()


def test_a_share_that_may_only_be_read_is_read_and_its_files_are_not_removed(
    source: ShareSource, computer: ReceiptComputer
) -> None:
    computer.write("RECEIPTC.UKE", WHOLE)
    tree = ShareTree(replace(source, share="//127.0.0.1/readable"), PASSWORD, SystemClock())
    (entry,) = walk(tree)
    with tree.hold(entry.path, entry.mark, to_remove=False) as held:
        assert held.read(0, 100) == WHOLE
    with pytest.raises(PermissionError), tree.hold(entry.path, entry.mark, to_remove=True) as held:
        held.delete()  # some servers say so sooner
    assert set(seen(tree)) == {"RECEIPTC.UKE"}
    tree.close()


def test_a_server_that_was_killed_is_an_error_at_once_and_can_be_reached_anew(
    tree: ShareTree, server: Server, computer: ReceiptComputer
) -> None:
    computer.write("RECEIPTC.UKE", WHOLE)
    assert set(seen(tree)) == {"RECEIPTC.UKE"}
    server.kill()
    with pytest.raises(ConnectionError):
        list(walk(tree))
    tree.close()
    server.start()
    assert set(seen(tree)) == {"RECEIPTC.UKE"}


class Enough(Exception):  # noqa: N818 - it ends a loop that has no end
    """The test has seen enough."""


@dataclass(slots=True)
class Impatient(ManualClock):
    """A clock that does not wait, and ends the loop that sleeps too often."""

    slept_s: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        super(Impatient, self).sleep(seconds)
        if len(self.slept_s) > 40:
            raise Enough


def test_a_share_that_is_away_is_asked_for_ever_with_growing_pauses_and_signs_of_life(
    tmp_path: Path, source: ShareSource
) -> None:
    box, clock = Box(tmp_path), Impatient()
    with in_process_keeper(box, box.source) as keeper, pytest.raises(Enough):
        read(replace(source, port=9), keeper, PASSWORD, clock)
    assert max(clock.slept_s) <= FILE_SIGN_OF_LIFE_S
    assert SHARE_RETRY_MAX_S <= clock.elapsed_s <= 40 * FILE_SIGN_OF_LIFE_S
    assert [pause_s(failures) for failures in (1, 2, 3, 7, 5_000)] == [
        1,
        2,
        4,
        SHARE_RETRY_MAX_S,
        SHARE_RETRY_MAX_S,
    ]


def test_after_a_refused_password_the_process_waits_and_ends_to_be_given_the_new_one(
    tmp_path: Path, source: ShareSource
) -> None:
    box, clock = Box(tmp_path), Impatient()
    with in_process_keeper(box, box.source) as keeper:
        read(source, keeper, "wrong", clock)
    assert clock.elapsed_s == pytest.approx(SHARE_REFUSED_RETRY_S)


def test_a_pulled_cable_ends_in_a_bounded_time_and_nothing_hangs(
    server: Server, source: ShareSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smb, "SHARE_CALL_S", 2.0)
    with Cable(server.port) as cable:
        tree = ShareTree(replace(source, port=cable.port), PASSWORD, SystemClock())
        assert seen(tree) == {}
        cable.pull()
        with pytest.raises(ConnectionError):
            list(walk(tree))
        tree.close()
        with pytest.raises(ConnectionError):
            list(walk(tree))
        tree.close()
        cable.plug()
        assert seen(tree) == {}
        tree.close()


@pytest.mark.parametrize(("smb2", "reached"), [(False, False), (True, True)])
def test_smb_2_is_spoken_only_where_the_site_allows_it_and_warned_of(
    tmp_path: Path, smb2: bool, reached: bool
) -> None:
    configuration = receipt_computer_conf(tmp_path, port := free_port(), oldest="SMB2_02", newest="SMB2_10")
    server = Server(configuration, port)
    server.add_account(ACCOUNT)
    source = ShareSource(
        name="old", facility="1310000001", share="//127.0.0.1/drop", user=ACCOUNT, port=port, smb2=smb2
    )
    tree = ShareTree(source, PASSWORD, SystemClock())
    with server:
        if reached:
            assert seen(tree) == {}
            assert list(tree.warnings()) == [Trouble.UNENCRYPTED]
        else:
            with pytest.raises(UnsafeError):
                list(walk(tree))
        tree.close()


def test_no_name_of_a_file_is_ever_written_to_a_log(
    tree: ShareTree,
    server: Server,
    computer: ReceiptComputer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    computer.write("0012_山田.pdf", WHOLE)
    (entry,) = walk(tree)
    with contextlib.suppress(OSError), tree.hold(entry.path, entry.mark, to_remove=True) as held:
        server.kill()
        held.delete()
    with pytest.raises(ConnectionError) as lost:
        list(walk(tree))
    told = capfd.readouterr()
    for text in (caplog.text, told.out, told.err, str(lost.value)):
        assert "山田" not in text
        assert ACCOUNT not in text


def test_a_pair_of_nsips_is_taken_from_the_number_that_is_ours(
    tmp_path: Path, source: ShareSource, computer: ReceiptComputer
) -> None:
    name, content = "A22110400002600100000.txt", b"VER010603,20260401101500,made up\r\n1,1\r\n"
    box = Box(tmp_path)
    ours = replace(source, completion=Completion.INDEX, acknowledge=Acknowledge.DELETE, sips=3)
    with in_process_keeper(box, box.source) as keeper:
        clock = SystemClock()
        tree = ShareTree(ours, PASSWORD, clock)
        reader = FilesReader(ours, tree, keeper, clock)
        computer.write("SIPS3/Data/B1.txt", content * 2)
        for sips in ("SIPS1", "SIPS3"):
            computer.write_pair(sips, name, content)
        for _ in range(FOLDER_STABLE_LOOKS + 1):
            reader.look()
        tree.close()
    (arrival,) = arrivals.in_state(box.store, *arrivals.ArrivalState)
    assert (arrival.name, arrivals.content(box.store, arrival.id)) == (name, content)
    left = {"SIPS3/Data/B1.txt", f"SIPS1/DATA/{name}", f"SIPS1/INDEX/{name}"}
    assert computer.names() == left


@pytest.mark.parametrize(
    "how", ["write_slowly", "append_slowly", "write_renamed", "write_backdated", "write"]
)
def test_whatever_way_a_file_is_written_it_is_taken_whole_and_once(
    tmp_path: Path, source: ShareSource, computer: ReceiptComputer, how: str
) -> None:
    writing: dict[str, Callable[[], None]] = {
        "write_slowly": lambda: computer.write_slowly("R.UKE", WHOLE, 10, 0.3),
        "append_slowly": lambda: computer.append_slowly("R.UKE", WHOLE, 6, 0.5),
        "write_renamed": lambda: computer.write_renamed("R.UKE", WHOLE),
        "write_backdated": lambda: computer.write_backdated("R.UKE", WHOLE),
        "write": lambda: computer.write("R.UKE", WHOLE),
    }
    box = Box(tmp_path)
    writer = threading.Thread(target=writing[how])
    with in_process_keeper(box, box.source) as keeper:
        clock = SystemClock()
        tree = ShareTree(source, PASSWORD, clock)
        reader = FilesReader(replace(source, acknowledge=Acknowledge.DELETE), tree, keeper, clock)
        writer.start()
        for _ in range(200):
            reader.look()
            clock.sleep(0.1)
            if reader.figures["taken"]:
                break
        tree.close()
    writer.join()
    (arrival,) = arrivals.in_state(box.store, *arrivals.ArrivalState)
    assert arrivals.content(box.store, arrival.id) == WHOLE
    assert computer.names() == set()


def test_a_file_whose_writer_died_stays_and_is_never_taken(
    tmp_path: Path, source: ShareSource, computer: ReceiptComputer
) -> None:
    computer.write("other.UKE", WHOLE)
    computer.vanish("R.UKE", WHOLE, 20)
    box = Box(tmp_path)
    with in_process_keeper(box, box.source) as keeper:
        clock = SystemClock()
        tree = ShareTree(source, PASSWORD, clock)
        reader = FilesReader(replace(source, acknowledge=Acknowledge.DELETE), tree, keeper, clock)
        for _ in range(8):
            reader.look()
        tree.close()
    assert [one.name for one in arrivals.in_state(box.store, *arrivals.ArrivalState)] == ["other.UKE"]
    assert set((tmp_path / "drop").iterdir()) == {tmp_path / "drop/R.UKE"}
