"""A receipt computer that writes into a share as the real ones do: by SMB, with all the ways seen in the field.

    computer = ReceiptComputer("127.0.0.1", port, "account", "password", "drop")
    computer.write("社保/RECEIPTC.UKE", content)                 # at once, and closed
    computer.write_slowly("RECEIPTC.UKE", content, 5, 0.2)       # five parts, the file open all the while
    computer.append_slowly("RECEIPTC.UKE", content, 5, 0.2)      # five parts, closed after each: no lock tells of it
    computer.write_renamed("RECEIPTC.UKE", content)              # as RECEIPTC.UKE.tmp, then renamed
    computer.write_backdated("RECEIPTC.UKE", content)            # as Explorer copies: with the old time of writing
    computer.write_pair("SIPS3", "A….txt", content)              # NSIPS: DATA, then INDEX
    with computer.locked("RECEIPTC.UKE"): ...                    # held open, nobody else may open it
    computer.vanish("RECEIPTC.UKE", content, 1000)               # dies after 1,000 bytes: half a file stays

A POSIX program that wrote beside the server would not do: the server's share modes, by which the box tells that a file
is being written, exist for clients only.

Each of them goes on until the whole file is written and closed: when the server is away or somebody holds the file, it
begins anew. `sent` has the SHA-256 of every content whose last byte was sent, `complete` of what is known to be whole.
Overwriting and emitting again are just writing again.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import smbclient
from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBException

RETRY_PAUSE_S = 0.1
ANSWER_WITHIN_S = 10.0
_AWAY = (OSError, SMBException, ValueError)


class _BoundedConnection(Connection):
    """The library alone would wait for ever for a server that was killed in just the wrong moment."""

    def receive(
        self,
        request: Any,
        wait: bool = True,
        timeout: float | None = None,
        resolve_symlinks: bool = True,
    ) -> Any:
        return super().receive(request, wait, timeout or ANSWER_WITHIN_S, resolve_symlinks)


class ReceiptComputer:
    """One client of a share, with a connection of its own; not for several threads."""

    def __init__(self, server: str, port: int, account: str, password: str, share: str) -> None:
        self._root = rf"\\{server}\{share}"
        self._server = server
        self._sign_in = {"username": account, "password": password}
        self._how: dict[str, Any] = {"port": port, "connection_cache": {}}
        self.sent: set[str] = set()
        self.complete: list[tuple[str, str]] = []
        """Name and SHA-256 of each whole file, in the order in which they were finished."""
        self.tries = 0
        self.switched_off = False
        """Ends the trying, from any thread: for a test that has failed elsewhere."""

    def write(self, name: str, content: bytes) -> None:
        self._until_done(name, content, lambda: self._write(name, content, 1, 0))

    def write_slowly(self, name: str, content: bytes, parts: int, pause_s: float) -> None:
        self._until_done(name, content, lambda: self._write(name, content, parts, pause_s))

    def append_slowly(self, name: str, content: bytes, parts: int, pause_s: float) -> None:
        def once() -> None:
            for number, part in enumerate(_parts(content, parts)):
                with self._open(name, "ab" if number else "wb") as file:
                    file.write(part)
                time.sleep(pause_s)

        self._until_done(name, content, once)

    def write_renamed(self, name: str, content: bytes) -> None:
        def once() -> None:
            self._write(f"{name}.tmp", content, 2, 0)
            smbclient.replace(self._path(f"{name}.tmp"), self._path(name), **self._how)

        self._until_done(name, content, once)

    def write_backdated(self, name: str, content: bytes) -> None:
        def once() -> None:
            self._write(name, content, 1, 0)
            smbclient.utime(self._path(name), (1_600_000_000, 1_600_000_000), **self._how)

        self._until_done(name, content, once)

    def write_pair(self, sips: str, name: str, content: bytes) -> None:
        def once() -> None:
            self._make_folder(f"{sips}/INDEX")
            self._write(f"{sips}/DATA/{name}", content, 2, 0)
            self._write(f"{sips}/INDEX/{name}", b"", 1, 0)

        self._until_done(f"{sips}/DATA/{name}", content, once)

    def vanish(self, name: str, content: bytes, at: int) -> None:
        """Die in the middle: the server closes what was written."""
        with contextlib.suppress(*_AWAY), self._open(name, "wb") as file:
            file.write(content[:at])
            self._forget()

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with self._open(name, "r+b", share_access=None):
            yield

    def names(self) -> set[str]:
        """What lies in the share, by path."""
        found: set[str] = set()
        for folder, _, files in smbclient.walk(self._root, **self._how):
            inner = folder.removeprefix(self._root).strip("\\").replace("\\", "/")
            found |= {f"{inner}/{name}".lstrip("/") for name in files}
        return found

    def close(self) -> None:
        self._forget()

    def _until_done(self, name: str, content: bytes, once: Callable[[], None]) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self.sent.add(digest)
        while not self.switched_off:
            self.tries += 1
            try:
                self._connect()
                self._make_folder(name.rpartition("/")[0])
                once()
            except _AWAY:
                time.sleep(RETRY_PAUSE_S)
                if not self._alive():
                    self._forget()
            else:
                self.complete.append((name, digest))
                return

    def _write(self, name: str, content: bytes, parts: int, pause_s: float) -> None:
        with self._open(name, "wb") as file:
            for part in _parts(content, parts):
                file.write(part)
                time.sleep(pause_s)

    @contextlib.contextmanager
    def _open(self, name: str, mode: str, share_access: str | None = "r") -> Iterator[Any]:
        file = smbclient.open_file(
            self._path(name), mode=mode, buffering=0, share_access=share_access, **self._how
        )
        try:
            yield file
        finally:
            try:
                file.close()
            except _AWAY:
                file.fd._connected = False  # its handle ended with the connection
                raise

    def _make_folder(self, folder: str) -> None:
        if folder:
            smbclient.makedirs(self._path(folder), exist_ok=True, **self._how)

    def _path(self, name: str) -> str:
        return self._root + "\\" + name.replace("/", "\\")

    def _connect(self) -> None:
        cache, port = self._how["connection_cache"], self._how["port"]
        name = f"{self._server}:{port}"
        if name not in cache or not cache[name].transport.connected:
            connection = _BoundedConnection(uuid.uuid4(), self._server, port)
            connection.connect(timeout=ANSWER_WITHIN_S)
            cache[name] = connection
        smbclient.register_session(self._server, **self._sign_in, **self._how)

    def _alive(self) -> bool:
        try:
            smbclient.stat(self._root, **self._how)
        except _AWAY:
            return False
        return True

    def _forget(self) -> None:
        cache: dict[str, Any] = self._how["connection_cache"]
        for connection in cache.values():
            with contextlib.suppress(*_AWAY):
                connection.disconnect(close=False)
        cache.clear()


def _parts(content: bytes, parts: int) -> Iterator[bytes]:
    size = max(1, -(-len(content) // parts))
    return (content[start : start + size] for start in range(0, len(content), size))
