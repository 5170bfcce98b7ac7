"""The watched folder: half-written files are left alone, hostile ones never opened, whole ones taken once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.intake.folder import DONE, QUARANTINE, Folder, Ready, Trouble, has_end, put_away
from appliance.limits import FOLDER_QUIET_S, FOLDER_STABLE_LOOKS, FOLDER_STUCK_AFTER_S

WHOLE = b"IR,1\r\nGO,1,100,99\r\n\x1a"


class Looker:
    """Looks at a folder once a (made-up) second."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root)
        self.now_s = 0.0

    def look(self, times: int = 1, step_s: float = 1.0) -> list[Ready]:
        found: list[Ready] = []
        for _ in range(times):
            found = list(self.folder.look(self.now_s))
            self.now_s += step_s
            if found:
                break
        return found


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    return Looker(tmp_path)


def test_a_whole_file_is_taken_after_it_has_come_to_rest(looker: Looker) -> None:
    (looker.folder.root / "RECEIPTC.UKE").write_bytes(WHOLE)
    assert looker.look(FOLDER_STABLE_LOOKS - 1) == []
    (ready,) = looker.look()
    assert ready.content == WHOLE


def test_a_growing_file_is_never_taken(looker: Looker) -> None:
    path = looker.folder.root / "RECEIPTC.UKE"
    for size in range(1, 30):
        path.write_bytes(WHOLE * size)
        assert looker.look() == []


def test_a_half_written_file_waits_for_its_end(looker: Looker) -> None:
    path = looker.folder.root / "RECEIPTC.UKE"
    path.write_bytes(b"IR,1\r\nRE,1,11")
    assert looker.look(int(FOLDER_QUIET_S) - 1) == []
    path.write_bytes(WHOLE)
    (ready,) = looker.look(FOLDER_STABLE_LOOKS + 1)
    assert ready.content == WHOLE


def test_a_file_without_an_end_row_is_taken_after_a_long_quiet(looker: Looker) -> None:
    (looker.folder.root / "old.UKE").write_bytes(b"IR,1\r\nRE,1\r\n")
    (ready,) = looker.look(int(FOLDER_QUIET_S) + FOLDER_STABLE_LOOKS + 1)
    assert ready.content == b"IR,1\r\nRE,1\r\n"


def test_an_empty_file_is_left_alone_and_later_reported(looker: Looker) -> None:
    path = looker.folder.root / "empty.UKE"
    path.touch()
    assert looker.look(4, step_s=FOLDER_STUCK_AFTER_S) == []
    assert looker.folder.troubles == {path: Trouble.STUCK}


def test_an_old_modification_time_proves_nothing(looker: Looker) -> None:
    path = looker.folder.root / "copied.UKE"
    path.write_bytes(WHOLE)
    os.utime(path, (1, 1))
    assert looker.look(FOLDER_STABLE_LOOKS - 1) == []


def test_files_there_at_start_and_in_subfolders_are_taken(looker: Looker) -> None:
    nested = looker.folder.root / "2026-09" / "社保"
    nested.mkdir(parents=True)
    (nested / "RECEIPTC.UKE").write_bytes(WHOLE)
    assert [ready.path.parent.name for ready in looker.look(FOLDER_STABLE_LOOKS)] == ["社保"]


def test_links_pipes_and_devices_are_refused_unopened(looker: Looker, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside.UKE"
    outside.write_bytes(WHOLE)
    (looker.folder.root / "link.UKE").symlink_to(outside)
    (looker.folder.root / "linked-folder").symlink_to(tmp_path.parent, target_is_directory=True)
    os.mkfifo(looker.folder.root / "pipe.UKE")
    assert looker.look(FOLDER_STABLE_LOOKS + 2) == []
    assert set(looker.folder.troubles.values()) == {Trouble.NOT_A_FILE}
    outside.unlink()


def test_what_has_been_put_away_is_not_looked_at_again(looker: Looker) -> None:
    (looker.folder.root / "RECEIPTC.UKE").write_bytes(WHOLE)
    (ready,) = looker.look(FOLDER_STABLE_LOOKS)
    target = put_away(looker.folder.root, ready, DONE, 12)
    assert target == looker.folder.root / DONE / "00000012-RECEIPTC.UKE"
    assert looker.look(FOLDER_STABLE_LOOKS + 2) == []


def test_a_quarantined_file_gets_a_note_beside_it(looker: Looker) -> None:
    (looker.folder.root / "RECEIPTC.UKE").write_bytes(WHOLE)
    (ready,) = looker.look(FOLDER_STABLE_LOOKS)
    target = put_away(looker.folder.root, ready, QUARANTINE, 3, "読み取れませんでした。\n")
    assert target is not None
    note = target.with_name(target.name + ".txt").read_bytes()
    assert note.decode("utf-8-sig") == "読み取れませんでした。\r\n"


def test_a_file_overwritten_while_it_was_taken_stays_and_is_taken_anew(looker: Looker) -> None:
    path = looker.folder.root / "RECEIPTC.UKE"
    path.write_bytes(WHOLE)
    (ready,) = looker.look(FOLDER_STABLE_LOOKS)
    path.write_bytes(WHOLE * 2)
    assert put_away(looker.folder.root, ready, DONE, 1) is None
    looker.folder.forget(ready.path)
    (again,) = looker.look(FOLDER_STABLE_LOOKS + 1)
    assert again.content == WHOLE * 2


def test_a_file_that_vanished_meanwhile_is_no_trouble(looker: Looker) -> None:
    path = looker.folder.root / "RECEIPTC.UKE"
    path.write_bytes(WHOLE)
    (ready,) = looker.look(FOLDER_STABLE_LOOKS)
    path.unlink()
    assert put_away(looker.folder.root, ready, DONE, 1) is None


def test_a_folder_that_is_away_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        list(Folder(tmp_path / "gone").look(0.0))


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        (b"GO,1,1,99\r\n", True),
        (b"GO,1,1,99\r\n\x1a", True),
        (b"GO,1,1,99", False),
        (b"GO,1,1,99\n", True),
        (b"HG,1,416,99\r\n", True),
        (b"IR,1\r\n", False),
        (b"CO,,1,810000001,GO\r\n", False),
        (b"", False),
    ],
)
def test_an_end_is_an_end_row_with_its_line_end_or_the_end_byte(content: bytes, ends: bool) -> None:
    assert has_end(content) is ends
