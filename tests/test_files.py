"""A file on disk read part by part."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from appliance.files import FileChangedError, open_file

DATA = bytes(range(256)) * 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "RECEIPTC.UKE").write_bytes(DATA)
    return tmp_path / "RECEIPTC.UKE"


@pytest.mark.parametrize(
    "part",
    [slice(None), slice(0, 5), slice(700, 9000), slice(-20, None), slice(9, 3), slice(10_200, 99_999)],
)
def test_every_part_is_that_of_the_bytes(path: Path, part: slice) -> None:
    with open_file(path) as content:
        assert len(content) == len(DATA)
        assert content[part] == DATA[part]


def test_a_file_that_becomes_shorter_is_told_and_ends_nothing(path: Path) -> None:
    with open_file(path) as content:
        os.truncate(path, 1000)
        assert content[:1000] == DATA[:1000]
        with pytest.raises(FileChangedError) as told:
            _ = content[900:1100]
    assert told.value.hint_ja
    assert path.name not in str(told.value)


def test_a_file_that_grows_is_read_as_far_as_it_went_when_it_was_opened(path: Path) -> None:
    with open_file(path) as content:
        with path.open("ab") as file:
            file.write(b"more")
        assert content[:] == DATA


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(DATA))
    writer.start()
    with open_file(tmp_path / "pipe") as content:
        assert content[:] == DATA
    writer.join()


def test_what_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_file(tmp_path / "nothing"):
        pass
