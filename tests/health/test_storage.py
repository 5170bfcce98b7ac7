"""`renkei doctor` on a network's storage, against a real sshd: the key, the sign-in, the folder, the room."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import SftpConfig, SiteConfig, parse_site
from appliance.exchange.sftp_errors import SftpCutError, SftpError, SftpHostKeyError, SftpSignInError
from appliance.health.checks.storage import check
from tests.exchange.storage_server import StorageServer, make_key, storage_server
from tests.test_config import GOOD, SFTP


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "server") as found:
        yield found


def site(sftp: SftpConfig | None) -> SiteConfig:
    text = GOOD.replace("[network]\n", '[network]\nchannels = ["fhir", "ssmix2"]\n')
    return dataclasses.replace(parse_site(text + SFTP, Path("/base")), sftp=sftp)


def test_a_storage_that_can_be_written_is_well_and_nothing_stays_there(server: StorageServer):
    for _ in range(2):
        (result,) = check(site(server.address()), ManualClock())
        assert result.level == "ok"
        assert "MB" in result.ja
        assert list(server.root.iterdir()) == []


def test_a_server_that_does_not_tell_its_room_is_well_too(tmp_path: Path):
    with storage_server(tmp_path / "server", "-P statvfs,fsync,posix-rename") as plain:
        (result,) = check(site(plain.address()), ManualClock())
    assert result.level == "ok"
    assert "MB" not in result.ja


def test_a_box_without_a_storage_has_nothing_to_say(server: StorageServer):
    assert list(check(parse_site(GOOD, Path("/base")), ManualClock())) == []
    assert list(check(site(None), ManualClock())) == []
    unused = dataclasses.replace(parse_site(GOOD + SFTP, Path("/base")), sftp=server.address(port=1))
    assert list(check(unused, ManualClock())) == []


def test_what_is_wrong_is_told_for_what_it_is(server: StorageServer, tmp_path: Path):
    make_key(tmp_path / "other")
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    for address, error in {
        server.address(host_key=other): SftpHostKeyError,
        server.address(key=tmp_path / "other"): SftpSignInError,
        server.address(port=1): SftpCutError,
        server.address(root=str(server.root / "nowhere")): SftpError,
    }.items():
        with pytest.raises(error) as caught:
            check(site(address), ManualClock())
        assert caught.value.hint_ja
        assert caught.value.hint_en
    shutil.rmtree(server.root)
