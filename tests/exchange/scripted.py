"""A TLS server that does to each connection exactly what a test says, for answers no sound hub would give.

    with ScriptedServer(pki, [drop, answering(503)]) as server: …

Each connection takes the next step of the script; the last one stays.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from provisioning.lab.pki import KeyPair, LabPki

Step = Callable[[ssl.SSLSocket], None]


def request_of(connection: ssl.SSLSocket) -> bytes:
    """The whole request: head, and as much body as it announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _piece(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += _piece(connection)
    return head + b"\r\n\r\n" + body


def _piece(connection: ssl.SSLSocket) -> bytes:
    piece = connection.recv(65_536)
    if not piece:
        raise ConnectionError("the client went away")
    return piece


def answering(status: int, body: bytes = b"", *headers: str) -> Step:
    def step(connection: ssl.SSLSocket) -> None:
        request_of(connection)
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    return step


def raw(answer: bytes) -> Step:
    """These bytes for an answer, then the end."""

    def step(connection: ssl.SSLSocket) -> None:
        request_of(connection)
        connection.sendall(answer)

    return step


def drop(connection: ssl.SSLSocket) -> None:
    """The request is taken whole, and nothing comes back."""
    request_of(connection)


def hang_up(connection: ssl.SSLSocket) -> None:
    """Gone after the first bytes of the request."""
    connection.recv(100)


def silence(connection: ssl.SSLSocket) -> None:
    """The request is taken whole, and the connection kept open until the client gives up."""
    request_of(connection)
    connection.settimeout(30.0)
    connection.recv(1)


def deaf(connection: ssl.SSLSocket) -> None:
    """The first bytes are taken, and then nothing more, though the connection stays."""
    connection.recv(100)
    threading.Event().wait(3.0)


class ScriptedServer:
    """Listens on loopback; `requests` counts the connections that passed the handshake."""

    def __init__(
        self, pki: LabPki, script: Sequence[Step], *, pair: KeyPair | None = None, newest: str = "TLSv1_3"
    ) -> None:
        server = pair or pki.server
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = ssl.TLSVersion[newest]
        self._context.load_cert_chain(server.cert, server.key)
        self._context.load_verify_locations(pki.ca_path)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._script = list(script)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(30.0)
        self._open: list[socket.socket] = []
        self.requests = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}/fhir/R4"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            self._one(plain)

    def _one(self, plain: socket.socket) -> None:
        plain.settimeout(10.0)
        try:
            with self._context.wrap_socket(plain, server_side=True) as connection:
                self.requests += 1
                step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                step(connection)
        except OSError:
            plain.close()
