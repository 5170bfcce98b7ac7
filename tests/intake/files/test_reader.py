"""The loop over looks: a real folder, a real keeper over a real store, and a clock that moves when told."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.intake import wire
from appliance.intake.files.local import LocalTree
from appliance.intake.files.reader import FilesReader
from appliance.intake.files.troubles import Trouble
from appliance.intake.keeper import Keeper
from appliance.intake.keeping import Keeping
from appliance.limits import (
    FOLDER_OPEN_END_QUIET_S,
    FOLDER_POLL_S,
    FOLDER_POLL_SETTLING_S,
    FOLDER_QUIET_S,
    FOLDER_STABLE_LOOKS,
    FOLDER_STUCK_AFTER_S,
    MIB,
)
from appliance.sources import Acknowledge, Completion, FolderSource
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from tests.intake.kept import Box, in_process_keeper

WHOLE = b"IR,1,13,1,9999991,,\r\nGO,1,100,99\r\n"
NSIPS = b"VER010603,20260401101500,made up\r\n1,1\r\n"
NAME = "A22110400002600100000.txt"


class Looker:
    """Looks at a folder once a made-up second; `again` is the same source in a new process."""

    def __init__(self, box: Box, keeper: Keeper, source: FolderSource) -> None:
        self.box, self.keeper, self.source = box, keeper, source
        self.root = source.folder
        self.clock = ManualClock()
        self.again()

    def again(self, **settings: object) -> None:
        self.source = replace(self.source, **settings)  # type: ignore[arg-type]
        self.reader = FilesReader(self.source, LocalTree(self.root), self.keeper, self.clock)

    def look(self, times: int = FOLDER_STABLE_LOOKS, step_s: float = 1.0) -> dict[str, int]:
        """So many looks; the troubles of the last."""
        for _ in range(times):
            self.reader.look()
            self.clock.sleep(step_s)
        return dict(self.reader.troubles)

    def taken(self) -> list[tuple[str, bytes]]:
        """Name and content of what is in the store, duplicates apart."""
        store = self.box.store
        states = [state for state in ArrivalState if state is not ArrivalState.DUPLICATE]
        found = arrivals.in_state(store, *states)
        return [(one.name, arrivals.content(store, one.id)) for one in found]

    def duplicates(self) -> int:
        return len(arrivals.in_state(self.box.store, ArrivalState.DUPLICATE))

    def left(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

    def put(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@pytest.fixture
def looker(tmp_path: Path) -> Iterator[Looker]:
    box = Box(tmp_path)
    source = box.source
    assert isinstance(source, FolderSource)
    source.folder.mkdir()
    with in_process_keeper(box, source) as keeper:
        yield Looker(box, keeper, source)


def test_a_whole_file_is_taken_and_deleted(looker: Looker) -> None:
    looker.again(acknowledge=Acknowledge.DELETE)
    looker.put("社保/RECEIPTC.UKE", WHOLE)
    assert looker.look(FOLDER_STABLE_LOOKS - 1) == {}
    assert looker.taken() == []
    assert looker.look(1) == {}
    assert looker.taken() == [("RECEIPTC.UKE", WHOLE)]
    assert looker.left() == set()


def test_looks_are_quicker_while_a_file_that_came_is_settling(looker: Looker) -> None:
    looker.look(1)
    assert looker.reader.pause_s() == FOLDER_POLL_S
    looker.put("RECEIPTC.UKE", WHOLE)
    pauses = []
    for _ in range(FOLDER_STABLE_LOOKS):
        looker.look(1, FOLDER_POLL_SETTLING_S)
        pauses.append(looker.reader.pause_s())
    assert pauses == [FOLDER_POLL_SETTLING_S] * (FOLDER_STABLE_LOOKS - 1) + [FOLDER_POLL_S]
    assert len(looker.taken()) == 1


def test_two_files_of_one_name_are_two_arrivals(looker: Looker) -> None:
    looker.put("社保/RECEIPTC.UKE", WHOLE)
    looker.put("国保/RECEIPTC.UKE", WHOLE.replace(b",100,", b",200,"))
    looker.look()
    assert [name for name, _ in looker.taken()] == ["RECEIPTC.UKE", "RECEIPTC.UKE"]


def test_a_taken_file_is_moved_once_it_was_understood_with_a_note_if_it_was_not(looker: Looker) -> None:
    looker.put("note.dat", b"nothing that anybody knows\r\n")
    looker.look(int(FOLDER_QUIET_S) + FOLDER_STABLE_LOOKS)
    (name,) = (name for name in looker.left() if not name.endswith(".txt"))
    assert name == "quarantine/00000001-note.dat"
    note = (looker.root / f"{name}.txt").read_bytes().decode("utf-8-sig")
    assert note.startswith("note.dat（受付番号 1）\r\n")


def test_a_remembered_file_stays_and_is_taken_again_only_when_it_changed(looker: Looker) -> None:
    looker.again(acknowledge=Acknowledge.REMEMBER)
    path = looker.put("RECEIPTC.UKE", WHOLE)
    looker.look(2 * FOLDER_STABLE_LOOKS)
    looker.again()
    looker.look(2 * FOLDER_STABLE_LOOKS)
    path.chmod(0o600)
    looker.look(2 * FOLDER_STABLE_LOOKS)
    assert (len(looker.taken()), looker.duplicates()) == (1, 0)
    draft_replaced = WHOLE.replace(b",100,", b",150,")
    path.write_bytes(draft_replaced)
    looker.look(2 * FOLDER_STABLE_LOOKS)
    assert [content for _, content in looker.taken()] == [WHOLE, draft_replaced]
    assert looker.left() == {"RECEIPTC.UKE"}


def test_a_growing_file_and_a_half_one_are_left_alone(looker: Looker) -> None:
    for size in range(40):
        looker.put("RECEIPTC.UKE", WHOLE * (size + 1))
        looker.look(1)
    looker.put("RECEIPTC.UKE", WHOLE[:30])
    assert looker.look(int(FOLDER_QUIET_S) * 3) == {}
    assert looker.look(1, FOLDER_STUCK_AFTER_S) == {}
    assert looker.look(1) == {Trouble.NO_END: 1}
    assert looker.taken() == []
    looker.put("RECEIPTC.UKE", WHOLE)
    looker.look()
    assert [content for _, content in looker.taken()] == [WHOLE]


def test_a_file_held_open_by_its_writer_is_left_alone_though_it_looks_whole(looker: Looker) -> None:
    with looker.put("RECEIPTC.UKE", WHOLE).open("ab"):
        looker.look(3 * FOLDER_STABLE_LOOKS)
        assert looker.taken() == []
    looker.look(2 * FOLDER_STABLE_LOOKS)
    assert len(looker.taken()) == 1


def test_without_an_end_mark_a_file_must_be_quiet_and_hold_the_same_twice(looker: Looker) -> None:
    path = looker.put("letter.dat", b"first half\r\n")
    looker.look(int(FOLDER_QUIET_S) - 1)
    os.truncate(path, 0)
    before = path.stat()
    path.write_bytes(b"other half\r\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    looker.look(int(FOLDER_QUIET_S) - 1)
    assert looker.taken() == []
    looker.look(4)
    assert looker.taken() == [("letter.dat", b"other half\r\n")]


@pytest.mark.parametrize("open_end", [False, True])
def test_rows_whose_last_has_no_end_are_taken_only_where_the_installer_has_said_that_they_come_so(
    looker: Looker, open_end: bool
) -> None:
    looker.again(open_end=open_end, acknowledge=Acknowledge.DELETE)
    written, following = b"JAHISTC08,1\r\n1,\x83e\x83X\x83g,1", b",1,19500101\r\n2,1\r\n3,A"
    path = looker.put("notebook.txt", written)
    looker.look(int(FOLDER_OPEN_END_QUIET_S) - 10)
    with path.open("ab") as still_writing:
        still_writing.write(following)
        still_writing.flush()
        looker.look(int(FOLDER_OPEN_END_QUIET_S) + 60)
        assert looker.taken() == []
    looker.look(int(FOLDER_OPEN_END_QUIET_S) - 10)
    assert looker.taken() == []
    looker.look(120)
    assert looker.taken() == ([("notebook.txt", written + following)] if open_end else [])
    assert looker.left() == (set() if open_end else {"notebook.txt"})


def test_files_of_unfinished_names_wait_for_their_rename_and_are_reported(looker: Looker) -> None:
    path = looker.put("RECEIPTC.UKE.tmp", WHOLE)
    assert looker.look(10) == {}
    looker.look(1, FOLDER_STUCK_AFTER_S)
    assert looker.look(1) == {Trouble.STUCK: 1}
    assert looker.taken() == []
    path.rename(looker.root / "RECEIPTC.UKE")
    assert looker.look() == {}
    assert len(looker.taken()) == 1


def test_hostile_entries_are_counted_and_never_opened(looker: Looker) -> None:
    os.mkfifo(looker.root / "pipe.UKE")
    (looker.root / "link.UKE").symlink_to("/etc/hostname")
    with (looker.root / "large.UKE").open("wb") as large:
        large.truncate(300 * MIB)
    (looker.root / "empty.UKE").touch()
    looker.look(FOLDER_STABLE_LOOKS, FOLDER_STUCK_AFTER_S)
    assert looker.look(1) == {Trouble.NOT_A_FILE: 2, Trouble.TOO_LARGE: 1, Trouble.STUCK: 1}
    assert looker.taken() == []


def test_a_zip_bomb_and_one_that_climbs_are_kept_whole_and_explained(looker: Looker) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("../../etc/cron.d/x", b"x")
        bomb.writestr("RECEIPTC.UKE", bytes(64 * MIB))
    looker.put("claims.zip", packed.getvalue())
    looker.look(int(FOLDER_QUIET_S) + FOLDER_STABLE_LOOKS)
    assert looker.taken() == [("claims.zip", packed.getvalue())]
    assert looker.left() == {"quarantine/00000001-claims.zip", "quarantine/00000001-claims.zip.txt"}


def test_a_pair_of_nsips_is_taken_by_its_index_and_both_are_deleted(looker: Looker) -> None:
    looker.again(completion=Completion.INDEX, acknowledge=Acknowledge.DELETE)
    looker.put(f"SIPS3/Data/{NAME}", NSIPS)
    assert looker.look(10) == {}
    assert looker.taken() == []
    looker.put(f"SIPS3/Index/{NAME.lower()}", b"")
    assert looker.look(1) == {}
    looker.look()
    assert looker.taken() == [(NAME, NSIPS)]
    assert looker.left() == set()


def test_a_pair_is_not_taken_while_its_last_row_is_cut(looker: Looker) -> None:
    looker.again(completion=Completion.INDEX, acknowledge=Acknowledge.DELETE)
    looker.put(f"INDEX/{NAME}", b"")
    looker.put(f"DATA/{NAME}", NSIPS[:-3])
    looker.look(20)
    assert looker.taken() == []


def test_halves_and_foreign_numbers_are_reported_and_left(looker: Looker) -> None:
    looker.again(completion=Completion.INDEX, acknowledge=Acknowledge.DELETE)
    for name in (f"SIPS1/DATA/{NAME}", f"SIPS2/INDEX/{NAME}", f"SIPS2/DATA/B{NAME}"):
        looker.put(name, NSIPS)
    assert looker.look(5) == {Trouble.SEVERAL_SIPS: 1}
    looker.again(sips=2)
    looker.look(1, FOLDER_STUCK_AFTER_S + 1)
    assert looker.look(1) == {Trouble.NO_DATA: 1, Trouble.NO_INDEX: 1}
    assert (looker.taken(), len(looker.left())) == ([], 3)


def test_data_left_by_an_interrupted_acknowledgement_are_deleted_and_no_other(looker: Looker) -> None:
    looker.again(completion=Completion.INDEX, acknowledge=Acknowledge.REMEMBER)
    data, index = looker.put(f"DATA/{NAME}", NSIPS), looker.put(f"INDEX/{NAME}", b"")
    looker.put(f"DATA/X{NAME}", NSIPS)
    looker.look(5)
    index.unlink()
    looker.again(acknowledge=Acknowledge.DELETE)
    looker.look(1)
    assert not data.exists()
    assert looker.left() == {f"DATA/X{NAME}"}


def test_what_was_taken_and_could_not_be_deleted_is_owed_and_not_taken_twice(
    looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker.again(acknowledge=Acknowledge.DELETE)
    looker.put("RECEIPTC.UKE", WHOLE)
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", _denied)
        assert looker.look(10) == {Trouble.NOT_ALLOWED: 1}
        assert (len(looker.taken()), looker.duplicates()) == (1, 0)
    assert looker.look(1) == {}
    assert (looker.left(), len(looker.taken()), looker.duplicates()) == (set(), 1, 0)


def _denied(*_: object, **__: object) -> None:
    raise PermissionError(13, "denied")


def test_a_full_share_is_closed_to_writers_and_opens_again(looker: Looker) -> None:
    looker.again(acknowledge=Acknowledge.DELETE, account="rececom", quota_mb=1)
    looker.root.chmod(0o2770)
    large = looker.put("RECEIPTC.UKE.part", bytes(MIB + 1))
    assert looker.look(1) == {Trouble.QUOTA: 1}
    assert looker.root.stat().st_mode & 0o7777 == 0o2750
    os.truncate(large, MIB - 1)
    assert looker.look(1) == {Trouble.QUOTA: 1}
    large.unlink()
    assert looker.look(1) == {}
    assert looker.root.stat().st_mode & 0o7777 == 0o2770


def test_nothing_is_taken_while_the_store_is_full_and_nothing_is_lost(
    looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker.again(acknowledge=Acknowledge.DELETE)
    looker.put("RECEIPTC.UKE", WHOLE)
    with monkeypatch.context() as patched:
        patched.setattr(Keeping, "_going", lambda _: wire.Going(paused=True))
        assert looker.look(10) == {}
        assert (looker.taken(), looker.left()) == ([], {"RECEIPTC.UKE"})
    looker.look(1)
    assert (len(looker.taken()), looker.left()) == (1, set())
