"""Sockets between the services: one request, one answer; strangers, floods and half messages are cut off."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.limits import MESSAGE_MAX_BYTES
from appliance.sockets import Listener, PeerError, ask, own_uids


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sock"


@pytest.fixture
def listener(path: Path) -> Iterator[Listener]:
    made = Listener(path, own_uids())
    yield made
    made.close()


def served(listener: Listener, times: int = 1) -> threading.Thread:
    def serve() -> None:
        for _ in range(times):
            listener.serve_one(lambda request: request[::-1], 5.0)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_request_gets_its_answer(listener: Listener, path: Path) -> None:
    thread = served(listener)
    assert ask(path, "あいう".encode() * 50_000) == ("あいう".encode() * 50_000)[::-1]
    thread.join()


def test_a_peer_that_is_not_allowed_gets_nothing(path: Path) -> None:
    listener = Listener(path, frozenset({54321}))
    thread = served(listener)
    with pytest.raises(PeerError):
        ask(path, b"hello")
    thread.join()
    listener.close()


def test_nobody_there_is_a_peer_error_with_what_to_do(path: Path) -> None:
    with pytest.raises(PeerError) as caught:
        ask(path, b"hello", timeout_s=0.5)
    assert "desk" in caught.value.ja
    assert caught.value.hint_ja


def test_a_message_that_claims_too_much_is_cut_off_and_the_next_is_served(
    listener: Listener, path: Path
) -> None:
    thread = served(listener, times=2)
    with socket.socket(socket.AF_UNIX) as flood:
        flood.connect(str(path))
        flood.sendall(struct.pack(">I", MESSAGE_MAX_BYTES + 1))
        assert flood.recv(1) == b""
    assert ask(path, b"ab") == b"ba"
    thread.join()


def test_a_half_message_is_cut_off_and_the_next_is_served(listener: Listener, path: Path) -> None:
    thread = served(listener, times=2)
    with socket.socket(socket.AF_UNIX) as half:
        half.connect(str(path))
        half.sendall(struct.pack(">I", 100) + b"only this")
    assert ask(path, b"ab") == b"ba"
    thread.join()


def test_waiting_ends_without_a_caller(listener: Listener) -> None:
    assert listener.serve_one(lambda request: request, 0.01) is False


def test_the_socket_is_for_owner_and_group_only_and_goes_away(listener: Listener, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o660
    listener.close()
    assert not path.exists()


def test_a_left_over_socket_of_a_killed_service_is_replaced(path: Path) -> None:
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(path))
    left_over.close()
    listener = Listener(path, own_uids())
    thread = served(listener)
    assert ask(path, b"ab") == b"ba"
    thread.join()
    listener.close()
