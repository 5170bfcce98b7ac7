"""A file of many pieces over a share, with a real smbd: what happens amidst it, and servers that grant little."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.intake.files import smb
from appliance.intake.files.share import ShareTree
from appliance.intake.files.taking import take
from appliance.intake.files.tree import Held, walk
from appliance.intake.keeper import Keeper
from appliance.limits import ARRIVAL_PIECE_BYTES, SHARE_READS_AHEAD
from appliance.sources import ShareSource
from appliance.store import arrivals
from tests.intake.kept import Box, in_process_keeper
from tests.intake.smbd import ACCOUNT, PASSWORD, Server, free_port, needs_smbd, receipt_computer_conf
from tests.simulators.cable import Cable

pytestmark = needs_smbd
CONTENT = b"".join(number.to_bytes(4) for number in range(10 * ARRIVAL_PIECE_BYTES // 4)) + b"the end"
NAME = "RECEIPTC.UKE"


@dataclass
class Meddled:
    """A held file, and what somebody does to it after its third piece."""

    held: Held
    meddle: Callable[[], object]

    def __post_init__(self) -> None:
        self.size_bytes, self.seal = self.held.size_bytes, self.held.seal
        self.read, self.unchanged = self.held.read, self.held.unchanged
        self.delete, self.move = self.held.delete, self.held.move

    def pieces(self, length: int) -> Iterator[bytes]:
        for number, piece in enumerate(self.held.pieces(length), 1):
            yield piece
            if number == 3:
                self.meddle()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def file(tmp_path: Path, server: Server) -> Path:
    file = tmp_path / "drop" / NAME
    file.write_bytes(CONTENT)
    return file


def took(tree: ShareTree, keeper: Keeper, meddle: Callable[[], object] = lambda: None) -> bool:
    """Whether it was kept; a file that is in use or was shortened is a BlockingIOError, as for the reader."""
    (entry,) = walk(tree)
    with (
        contextlib.suppress(BlockingIOError),
        tree.hold(entry.path, entry.mark, to_remove=True) as held,
    ):
        return take(Meddled(held, meddle), NAME, keeper, expected=b"", remember={}) is not None
    return False


def nothing_is_kept(box: Box) -> bool:
    folder = box.store.path.with_name("store.db.d")
    rows = [box.count(table) for table in ("arrivals", "begun_arrivals", "arrival_pieces")]
    return rows == [0, 0, 0] and not list(folder.iterdir())


def test_several_reads_are_under_way_and_the_content_is_whole(
    box: Box, tree: ShareTree, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most: list[int] = []
    send = smb.SmbSession.send

    def counted(session: smb.SmbSession, message: object) -> object:
        sent = send(session, message)
        most.append(len(session._connection.outstanding_requests))
        return sent

    monkeypatch.setattr(smb.SmbSession, "send", counted)
    with in_process_keeper(box, box.source) as keeper:
        assert took(tree, keeper)
    (arrival,) = arrivals.in_state(box.store, arrivals.ArrivalState.RECEIVED)
    assert arrivals.content(box.store, arrival.id) == CONTENT
    assert 2 <= max(most) <= SHARE_READS_AHEAD + 1
    assert file.exists()


@pytest.mark.parametrize("how", ["shorter", "longer", "overwritten", "grown back"])
def test_a_file_that_changes_on_the_server_amidst_the_reading_is_not_kept(
    box: Box, tree: ShareTree, file: Path, how: str
) -> None:
    def meddle() -> None:
        if how in ("shorter", "grown back"):
            os.truncate(file, len(CONTENT) // 2)
        if how in ("longer", "grown back"):
            with file.open("ab") as out:
                out.write(bytes(len(CONTENT) - file.stat().st_size) or b"more")
        if how == "overwritten":
            with file.open("r+b") as out:
                out.seek(len(CONTENT) - 10)
                out.write(b"X")

    with in_process_keeper(box, box.source) as keeper:
        assert not took(tree, keeper, meddle)
        assert nothing_is_kept(box)
        file.write_bytes(CONTENT)
        assert took(tree, keeper)
    (arrival,) = arrivals.in_state(box.store, arrivals.ArrivalState.RECEIVED)
    assert arrivals.content(box.store, arrival.id) == CONTENT


@pytest.mark.parametrize("how", ["pulled", "killed"])
def test_a_share_cut_amidst_a_file_leaves_nothing_and_the_file_is_taken_whole_later(
    box: Box, server: Server, source: ShareSource, file: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smb, "SHARE_CALL_S", 1.0)
    with Cable(server.port) as cable, in_process_keeper(box, box.source) as keeper:
        tree = ShareTree(replace(source, port=cable.port), PASSWORD, SystemClock())
        with pytest.raises((ConnectionError, TimeoutError)):
            took(tree, keeper, cable.pull if how == "pulled" else server.kill)
        tree.close()
        assert nothing_is_kept(box)
        cable.plug()
        if how == "killed":
            server.start()
        assert took(tree, keeper)
        tree.close()
    (arrival,) = arrivals.in_state(box.store, arrivals.ArrivalState.RECEIVED)
    assert arrivals.content(box.store, arrival.id) == CONTENT


@pytest.mark.parametrize("granted", [1, 5, 16, 17])
def test_a_server_that_grants_few_credits_is_asked_for_as_much_as_it_grants(
    tmp_path: Path, granted: int
) -> None:
    configuration = receipt_computer_conf(tmp_path, port := free_port())
    told = configuration.read_text().replace("[drop]", f" smb2 max credits = {granted}\n[drop]")
    configuration.write_text(told)
    server = Server(configuration, port)
    server.add_account(ACCOUNT)
    (tmp_path / "drop" / NAME).write_bytes(CONTENT)
    source = ShareSource(
        name="share", facility="1310000001", share="//127.0.0.1/drop", user=ACCOUNT, port=port
    )
    with server:
        tree = ShareTree(source, PASSWORD, SystemClock())
        (entry,) = walk(tree)
        with tree.hold(entry.path, entry.mark, to_remove=False) as held:
            assert b"".join(held.pieces(ARRIVAL_PIECE_BYTES)) == CONTENT
            assert held.read(1, len(CONTENT)) == CONTENT[1:]
            assert held.unchanged()
        tree.close()
