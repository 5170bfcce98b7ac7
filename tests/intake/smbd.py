"""A real `smbd` for tests: on a free port of the loopback, with all of its own folders under one of the test's.

`Server` starts one from a configuration and ends it by its own process id; `kill()` is `kill -9` of it and its
children, `start()` starts it again. Accounts are system users that every Debian has, with passwords of the test's.

`OwnShare` serves what `samba.smb_conf` makes from a site; `receipt_computer_conf` is the share of somebody else's
computer, which offers more than ours.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

PASSWORD = "made-up-Pass-20"
ME = pwd.getpwuid(os.getuid()).pw_name
ACCOUNT = "news" if os.getuid() == 0 else ME
OTHER_ACCOUNT = "mail"
WRITER = "games" if os.getuid() == 0 else ACCOUNT
SMBD = shutil.which("smbd", path=f"{os.environ['PATH']}:/usr/sbin")

needs_smbd = pytest.mark.skipif(
    SMBD is None, reason="Samba is not on this machine (.ci/setup test installs it)"
)
needs_root = pytest.mark.skipif(
    os.getuid() != 0, reason="file ownership between users can only be shown as root"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One smbd over one configuration file."""

    def __init__(self, configuration: Path, port: int) -> None:
        self.configuration = configuration
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def add_account(self, account: str, password: str = PASSWORD) -> None:
        done = subprocess.run(
            ["pdbedit", "-s", str(self.configuration), "-a", "-t", "-u", account],
            input=f"{password}\n{password}\n".encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        assert SMBD is not None
        with (self.configuration.parent / "smbd.out").open("ab") as out:
            self._process = subprocess.Popen(
                [SMBD, "--foreground", "--no-process-group", "-s", str(self.configuration)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self.configuration.parent / "smbd.out").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise AssertionError("smbd does not listen")

    def kill(self) -> None:
        """`kill -9` of the server and every process it has made for a client."""
        assert self._process is not None
        children = _children(self._process.pid)
        for pid in (self._process.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *_children(child)]
    return found


def receipt_computer_conf(
    folder: Path, port: int, *, oldest: str = "SMB3_00", newest: str = "SMB3_11"
) -> Path:
    """The share `drop` of another computer: readable and writable, encryption offered and not demanded."""
    own = folder / "smbd"
    for name in ("private", "lock", "state", "cache", "run"):
        (own / name).mkdir(parents=True, exist_ok=True)
    own.chmod(0o755)
    (folder / "drop").mkdir(exist_ok=True)
    (folder / "drop").chmod(0o777)
    configuration = own / "smb.conf"
    configuration.write_text(
        f"""[global]
 server role = standalone server
 smb ports = {port}
 interfaces = 127.0.0.1
 bind interfaces only = yes
 disable netbios = yes
 private dir = {own}/private
 lock directory = {own}/lock
 state directory = {own}/state
 cache directory = {own}/cache
 pid directory = {own}/run
 ncalrpc dir = {own}/run/ncalrpc
 log file = {own}/smbd.log
 logging = file
 log level = 0
 map to guest = never
 load printers = no
 disable spoolss = yes
 rpc start on demand helpers = no
 server min protocol = {oldest}
 server max protocol = {newest}
 unix charset = UTF-8
[drop]
 path = {folder}/drop
 force user = {ME}
 valid users = {ACCOUNT} {OTHER_ACCOUNT}
 read only = no
 create mask = 0666
 directory mask = 0777
[readable]
 path = {folder}/drop
 force user = {ME}
 valid users = {ACCOUNT}
 read only = yes
"""
    )
    return configuration
