"""A network's storage server as it really is: OpenSSH's sshd with SFTP only, on loopback, with keys of its own.

    with storage_server(tmp_path) as server:
        with sftp_at(server.address()) as sftp:
            sftp.carry_out(operations)
        assert server.files() == …

`Line` is a line to it that breaks where a test wants: after so many bytes of the client's, at the byte.
"""

from __future__ import annotations

import getpass
import os
import selectors
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from appliance.config import SftpConfig

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp {options}
ForceCommand internal-sftp {options}
LogLevel ERROR
"""


@dataclass
class StorageServer:
    folder: Path
    port: int

    @property
    def root(self) -> Path:
        """The folder that holds the storages."""
        return self.folder / "root"

    @property
    def host_key(self) -> str:
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    def address(self, port: int = 0, **instead: object) -> SftpConfig:
        known = {
            "host": "127.0.0.1",
            "port": port or self.port,
            "user": getpass.getuser(),
            "host_key": self.host_key,
            "key": self.folder / "box_key",
            "root": str(self.root),
        }
        return SftpConfig(**(known | instead))  # type: ignore[arg-type]

    def files(self) -> dict[str, bytes]:
        return tree(self.root)


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def make_key(path: Path, kind: str = "ed25519") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], check=True)


@contextmanager
def storage_server(folder: Path, options: str = "") -> Iterator[StorageServer]:
    """A running sshd; `options` are those of its internal-sftp."""
    assert Path(SSHD).exists(), "sshd is missing: run make setup-test"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root").mkdir()
    make_key(folder / "host_key")
    make_key(folder / "box_key")
    (folder / "authorized_keys").write_text((folder / "box_key.pub").read_text())
    server = StorageServer(folder, _free_port())
    (folder / "sshd_config").write_text(_CONFIG.format(port=server.port, folder=folder, options=options))
    log = folder / "sshd.log"
    process = subprocess.Popen([SSHD, "-D", "-E", str(log), "-f", str(folder / "sshd_config")])
    try:
        _wait_until_it_listens(server.port, process, log)
        yield server
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            raise RuntimeError(f"sshd ended: {log.read_text()}")
        time.sleep(0.05)
    raise RuntimeError("sshd does not listen")


@dataclass
class Line:
    """A line to a port of this machine. `cuts`: after how many of the client's bytes each connection breaks, in turn.

    Connections beyond the last cut hold. `carried` counts the client's bytes of each connection.
    """

    to: int
    cuts: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._threads:
            one.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number = len(self.carried)
            self.carried.append(0)
            limit = self.cuts[number] if number < len(self.cuts) else None
            thread = threading.Thread(target=self._carry, args=(client, number, limit), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket, number: int, limit: int | None) -> None:
        with client, socket.create_connection(("127.0.0.1", self.to)) as server, suppress(OSError):
            ends = selectors.DefaultSelector()
            ends.register(client, selectors.EVENT_READ, server)
            ends.register(server, selectors.EVENT_READ, client)
            with ends:
                while True:
                    for key, _ in ends.select():
                        data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                        if not data:
                            return
                        if key.fileobj is client and limit is not None:
                            data = data[: limit - self.carried[number]]
                        key.data.sendall(data)
                        if key.fileobj is client:
                            self.carried[number] += len(data)
                            if self.carried[number] == limit:
                                return
