"""A folder on the box: seen without following links, held with writers kept out, removed only while unchanged."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from appliance.intake.files.local import ASIDE, LocalTree
from appliance.intake.files.tree import Entry, Mark, is_plain, walk
from appliance.intake.files.troubles import Trouble
from appliance.limits import FOLDER_DEPTH, SOURCE_FILE_MAX_BYTES

CONTENT = b"IR,1\r\nGO,1,100,99\r\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def path(root: Path) -> Path:
    file = root / "RECEIPTC.UKE"
    file.write_bytes(CONTENT)
    return file


def seen(root: Path) -> dict[str, Entry]:
    return {entry.path: entry for entry in walk(LocalTree(root))}


def mark_of(path: Path) -> Mark:
    return seen(path.parent)[path.name].mark


def test_files_in_folders_are_seen_down_to_a_depth(root: Path) -> None:
    deep = "/".join("12345678"[:FOLDER_DEPTH])
    for folder in ("", "国保", deep, f"{deep}/9", "done", "Quarantine", ".hidden", "国保/done"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "a.txt").touch()
    (root / ".a.txt").touch()
    assert set(seen(root)) == {"a.txt", "国保/a.txt", f"{deep}/a.txt", "国保/done/a.txt"}


def test_links_pipes_sockets_and_large_files_are_named_and_not_offered(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.UKE").write_bytes(CONTENT)
    (root / "link.UKE").symlink_to(tmp_path / "outside.UKE")
    (root / "folder").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.UKE")
    with (root / "large.UKE").open("wb") as large:
        large.truncate(SOURCE_FILE_MAX_BYTES + 1)
    (root / "a:b.UKE").touch()
    (root / os.fsdecode(b"\x83\x8c.UKE")).touch()
    assert {name: entry.trouble for name, entry in seen(root).items()} == {
        "link.UKE": Trouble.NOT_A_FILE,
        "folder": Trouble.NOT_A_FILE,
        "pipe.UKE": Trouble.NOT_A_FILE,
        "large.UKE": Trouble.TOO_LARGE,
        "a:b.UKE": Trouble.BAD_NAME,
        os.fsdecode(b"\x83\x8c.UKE"): None,
    }


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\0", "a\nb", "x" * 256, "あ" * 90, "f:$DATA"]
)
def test_names_that_are_paths_or_worse_are_not_plain(name: str) -> None:
    assert not is_plain(name)


def test_a_held_file_is_read_in_parts_and_deleted(root: Path, path: Path) -> None:
    with LocalTree(root).hold(path.name, mark_of(path), to_remove=True) as held:
        assert (held.read(0, 5), held.read(5, 100), held.read(100, 5)) == (CONTENT[:5], CONTENT[5:], b"")
        assert held.unchanged()
        assert held.delete()
    assert list(root.iterdir()) == []


def test_a_file_that_somebody_writes_to_is_not_held(root: Path, path: Path) -> None:
    with (
        path.open("ab"),
        pytest.raises(BlockingIOError),
        LocalTree(root).hold(path.name, mark_of(path), to_remove=True),
    ):
        pass


def test_a_file_that_changed_since_it_was_seen_is_not_held(root: Path, path: Path) -> None:
    before = mark_of(path)
    path.write_bytes(CONTENT[::-1])
    with pytest.raises(BlockingIOError), LocalTree(root).hold(path.name, before, to_remove=True):
        pass


def test_a_link_that_took_the_place_of_a_file_or_its_folder_is_not_followed(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(CONTENT)
    (root / "folder").mkdir()
    (root / "folder/secret").write_bytes(CONTENT)
    mark = seen(root)["folder/secret"].mark
    (root / "folder/secret").unlink()
    (root / "folder").rmdir()
    (root / "folder").symlink_to(tmp_path)
    (root / "secret").symlink_to(tmp_path / "secret")
    for path in ("folder/secret", "secret"):
        with (
            pytest.raises(OSError, match=r"Not a directory|symbolic"),
            LocalTree(root).hold(path, mark, to_remove=True),
        ):
            pass


def test_a_writer_that_comes_while_it_is_held_waits_and_finds_its_file_again(root: Path, path: Path) -> None:
    wrote = threading.Event()

    def overwrite() -> None:
        path.write_bytes(b"the next month\r\n")
        wrote.set()

    with LocalTree(root).hold(path.name, mark_of(path), to_remove=True) as held:
        writer = threading.Thread(target=overwrite)
        writer.start()
        while held.unchanged():
            pass
        assert not wrote.is_set()
        assert not held.delete()
    writer.join()
    assert path.read_bytes() == b"the next month\r\n"


def test_a_moved_file_lies_on_its_shelf(root: Path, path: Path) -> None:
    with LocalTree(root).hold(path.name, mark_of(path), to_remove=True) as held:
        assert held.move("done", "00000012-RECEIPTC.UKE")
    assert (root / "done/00000012-RECEIPTC.UKE").read_bytes() == CONTENT
    assert seen(root) == {}


def test_a_replaced_file_is_left_alone(root: Path, path: Path) -> None:
    with LocalTree(root).hold(path.name, mark_of(path), to_remove=True) as held:
        (root / "new").write_bytes(b"another\r\n")
        (root / "new").rename(path)
        assert not held.delete()
    assert path.read_bytes() == b"another\r\n"


def test_what_an_interrupted_deletion_set_aside_is_given_back(root: Path) -> None:
    (root / "国保").mkdir()
    (root / f"国保/{ASIDE}A.UKE").write_bytes(CONTENT)
    (root / f"{ASIDE}B.UKE").write_bytes(CONTENT)
    (root / "B.UKE").write_bytes(b"a newer one")
    assert set(seen(root)) == {"国保/A.UKE", "B.UKE", "B~1.UKE"}
    assert (root / "B.UKE").read_bytes() == b"a newer one"


def test_a_folder_closed_to_its_group_opens_again(root: Path) -> None:
    (root / "DATA").mkdir()
    for folder in (root, root / "DATA"):
        folder.chmod(0o2770)
    for writable, mode in ((False, 0o2750), (False, 0o2750), (True, 0o2770)):
        LocalTree(root).set_open(writable)
        assert [folder.stat().st_mode & 0o7777 for folder in (root, root / "DATA")] == [mode, mode]


def test_a_folder_that_is_away_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(walk(LocalTree(tmp_path / "gone")))
