"""Channels lent to threads: one connection for all, made anew after a cut or when it was idle, left without waiting."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.exchange.sftp_channels import SftpChannels
from appliance.exchange.sftp_errors import SftpConflictError, SftpCutError
from appliance.exchange.ssmix2.storage import Rename, Write
from appliance.limits import SFTP_CHANNELS, SFTP_IDLE_S
from tests.exchange.storage_server import Line, StorageServer, storage_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "server") as found:
        yield found


def put(channels: SftpChannels, name: str) -> None:
    with channels.channel() as sftp:
        sftp.carry_out([Write(f"{name}.part", name, name.encode()), Rename(f"{name}.part", name)])


def put_many(channels: SftpChannels, count: int) -> None:
    for number in range(count):
        put(channels, f"a/{number}")


def test_threads_share_one_connection_each_with_a_channel(server: StorageServer):
    clock = ManualClock()
    with Line(server.port) as line:
        channels = SftpChannels(server.address(line.port), clock.monotonic_s)
        together = threading.Barrier(SFTP_CHANNELS)

        def one(number: int) -> None:
            together.wait(10.0)
            put(channels, f"a/{number}")

        with ThreadPoolExecutor(SFTP_CHANNELS) as pool:
            list(pool.map(one, range(SFTP_CHANNELS)))
        for number in range(10):
            put(channels, f"b/{number}")
        assert len(line.carried) == 1
        clock.advance(SFTP_IDLE_S + 1)
        put(channels, "c")
        assert len(line.carried) == 2
        channels.close()
    assert len(server.files()) == SFTP_CHANNELS + 11


def test_after_a_cut_the_next_one_connects_anew(server: StorageServer):
    with Line(server.port, cuts=[5_000]) as line:
        channels = SftpChannels(server.address(line.port), ManualClock().monotonic_s)
        with pytest.raises(SftpCutError):
            put_many(channels, 100)
        put(channels, "b")
        assert len(line.carried) == 2
        channels.close()
    assert "b" in server.files()


def test_a_refusal_costs_a_channel_and_not_the_connection(server: StorageServer):
    (server.root / "theirs").write_bytes(b"somebody else's")
    with Line(server.port) as line:
        channels = SftpChannels(server.address(line.port), ManualClock().monotonic_s)
        for number in range(12):
            with pytest.raises(SftpConflictError):
                put(channels, "theirs")
            put(channels, f"{number}")
        assert len(line.carried) == 1
        channels.close()


def test_closing_does_not_wait_for_who_is_connecting(server: StorageServer):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        channels = SftpChannels(server.address(port), time.monotonic)
        failed: list[BaseException] = []

        def connect() -> None:
            try:
                put(channels, "a")
            except SftpCutError as error:
                failed.append(error)

        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        client, _ = silent.accept()
        channels.close()
        assert thread.is_alive()
        client.close()
        thread.join(30.0)
    assert len(failed) == 1
