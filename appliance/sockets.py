"""Unix sockets between the services: framing, peer credentials, one request and one answer a connection.

A frame is a 4-byte big-endian length and that many bytes. This module carries bytes; what they mean is in
`records/messages.py`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import Audience, RenkeiError
from appliance.limits import MESSAGE_MAX_BYTES, SOCKET_BACKLOG, SOCKET_TIMEOUT_S

_LENGTH = struct.Struct(">I")
_CREDENTIALS = struct.Struct("3i")
_READ_BYTES = 1 << 18


class PeerError(RenkeiError):
    """Another service did not answer, or is not who may ask."""

    code = "SOCKET-0001"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class Peer:
    """Who stands at the other end, as the kernel says."""

    pid: int
    uid: int
    gid: int


class Listener:
    """A service's own socket. `serve_one` answers at most one request within `wait_s` and returns whether it did."""

    def __init__(self, path: Path, allowed_uids: Collection[int]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self.path = path
        self._allowed = frozenset(allowed_uids)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o660)
        self._socket.listen(SOCKET_BACKLOG)

    def fileno(self) -> int:
        return self._socket.fileno()

    def serve_one(self, answer: Callable[[bytes], bytes], wait_s: float) -> bool:
        """Accept one connection; a peer that is not allowed, too slow or too long is cut off without an answer."""
        self._socket.settimeout(wait_s)
        try:
            connection, _ = self._socket.accept()
        except TimeoutError:
            return False
        with connection:
            connection.settimeout(SOCKET_TIMEOUT_S)
            with contextlib.suppress(OSError, PeerError):
                if _peer(connection).uid in self._allowed:
                    send_frame(connection, answer(receive_frame(connection)))
        return True

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


def ask(path: Path, request: bytes, *, timeout_s: float = SOCKET_TIMEOUT_S) -> bytes:
    """Send one request to a service and wait for its answer. Raises PeerError when there is none."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(path))
            send_frame(connection, request)
            return receive_frame(connection)
    except OSError as error:
        raise PeerError(
            f"内部のサービス {path.stem} が応答しません。",
            f"The service {path.stem} does not answer.",
            hint_ja="少し待ってからもう一度お試しください。続くときは運用者に連絡してください。",
            hint_en="Try again in a moment. If it goes on, call the operator.",
        ) from error


class FrameBuffer:
    """Frames that come in over a connection as they come, without ever waiting for the rest of one."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def read(self, connection: socket.socket) -> Iterator[bytes]:
        """The frames that are whole after reading what is there now. Raises PeerError at its end, or for one too long."""
        fresh = connection.recv(_READ_BYTES)
        if not fresh:
            raise PeerError("内部の接続が切れました。", "The other end has gone.")
        self._bytes += fresh
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            _check_length(length)
            end = _LENGTH.size + length
            if len(self._bytes) < end:
                return
            frame = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield frame


def own_uids() -> frozenset[int]:
    """This process's own user: what `renkei run` and tests allow."""
    return frozenset({os.getuid()})


def _peer(connection: socket.socket) -> Peer:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return Peer(*_CREDENTIALS.unpack(raw))


def send_frame(connection: socket.socket, data: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive_frame(connection: socket.socket) -> bytes:
    """The next whole frame. Raises PeerError when the other end has gone or says too much."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    _check_length(length)
    return _exactly(connection, length)


def _check_length(length: int) -> None:
    if length > MESSAGE_MAX_BYTES:
        raise PeerError("内部の電文が長すぎます。", "A message between services is too long.")


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 16))
        if not part:
            raise PeerError("内部の電文が途中で切れました。", "A message between services was cut short.")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
