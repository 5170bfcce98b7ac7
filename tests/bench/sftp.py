"""Storage by SFTP: our pipelined channels against sequential paramiko, and one large file against the `sftp` program.

All three write to the same sshd. The line of 20 ms is `slow_line`.
Ours makes every file durable before it gets its name, which paramiko's loop and the program's `put` do not.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko

from appliance.config import SftpConfig
from appliance.exchange.sftp_channels import SftpChannels, sftp_at
from appliance.exchange.sftp_connection import own_key, pinned_key
from appliance.exchange.ssmix2.storage import Operation, Rename, Write
from appliance.limits import KIB, MIB, SFTP_CHANNELS
from tests.bench.delivering import ROUND_TRIP_MS, running
from tests.bench.measure import Ratio, by_turns
from tests.exchange.storage_server import StorageServer, storage_server

FILE = os.urandom(20 * KIB)
FILES_OF_A_CHANGE = 10
OURS_FILES = 1_200
THEIRS_FILES = 60
LARGE_BYTES = 128 * MIB
RUNS = 3


def changes(root: str, files: int) -> list[list[Operation]]:
    """Files in folders as a storage has them: so many changes of a patient each."""
    made = []
    for patient in range(files // FILES_OF_A_CHANGE):
        folder = f"{root}/{patient:010}/-/ADT-00"
        operations: list[Operation] = []
        for number in range(FILES_OF_A_CHANGE):
            part, path = f"{folder}/.{number}.part", f"{folder}/{number}_1"
            operations += [Write(part, path, FILE), Rename(part, path)]
        made.append(operations)
    return made


def pipelined_s(address: SftpConfig, root: str) -> float:
    """Seconds a thousand files: as many threads as channels, each with another patient's change."""
    work = changes(root, OURS_FILES)
    channels = SftpChannels(address, time.monotonic)

    def deliver(operations: Sequence[Operation]) -> None:
        with channels.channel() as sftp:
            sftp.carry_out(operations)

    with ThreadPoolExecutor(SFTP_CHANNELS) as pool:
        started = time.perf_counter()
        list(pool.map(deliver, work))
        taken_s = time.perf_counter() - started
    channels.close()
    return taken_s / OURS_FILES * 1000


def sequential_s(address: SftpConfig, root: str) -> float:
    """Seconds a thousand files that paramiko writes and renames one after the other, in one folder that is there."""
    transport = paramiko.Transport((address.host, address.port))
    transport.connect(pinned_key(address.host_key), address.user, pkey=own_key(address.key))
    with transport, paramiko.SFTPClient.from_transport(transport) as client:  # type: ignore[union-attr]
        client.mkdir(folder := f"{address.root}/{root}")
        started = time.perf_counter()
        for number in range(THEIRS_FILES):
            with client.open(f"{folder}/.{number}.part", "wb") as file:
                file.write(FILE)
            client.posix_rename(f"{folder}/.{number}.part", f"{folder}/{number}_1")
        return (time.perf_counter() - started) / THEIRS_FILES * 1000


def small_files(server: StorageServer, port: int, aim: str, name: str) -> Ratio:
    """The best of each side, taking turns."""
    address = server.address(port)
    ours, theirs = [], []
    for run in range(RUNS):
        ours.append(pipelined_s(address, f"{name}-ours-{run}"))
        theirs.append(sequential_s(address, f"{name}-theirs-{run}"))
    detail = f"{1000 / min(ours):.0f} files/s, paramiko {1000 / min(theirs):.0f}; {SFTP_CHANNELS} channels"
    return Ratio(f"1,000 × 20 KB, {name} / sequential paramiko", min(ours), min(theirs), aim, detail)


def large_file(server: StorageServer, folder: Path) -> Ratio:
    address = server.address()
    large = os.urandom(LARGE_BYTES)
    (folder / "large").write_bytes(large)
    number = itertools.count()

    def ours() -> None:
        path = f"large-{next(number)}"
        with sftp_at(address) as sftp:
            sftp.carry_out([Write(f"{path}.part", path, large), Rename(f"{path}.part", path)])

    def program() -> None:
        path = f"{address.root}/large-{next(number)}"
        options = [
            *("-q", "-b", "-", "-P", str(address.port), "-i", str(address.key)),
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
        ]
        subprocess.run(
            ["sftp", *options, f"{address.user}@{address.host}"],
            input=f"put {folder / 'large'} {path}.part\nrename {path}.part {path}\n".encode(),
            check=True,
            capture_output=True,
        )

    ours_s, program_s = by_turns(ours, program, RUNS)
    size_mb = LARGE_BYTES / MIB
    detail = f"{size_mb / ours_s:.0f} MB/s, sftp {size_mb / program_s:.0f} MB/s, both with their sign-in"
    return Ratio(f"{size_mb:.0f} MB in one file / the sftp program", ours_s, program_s, "≥ 0.40", detail)


def measure() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name, storage_server(Path(name) / "server") as server:
        with running("tests.bench.slow_line", str(server.port), str(ROUND_TRIP_MS / 2)) as far:
            yield small_files(server, far, "≥ 8", f"{ROUND_TRIP_MS} ms").line()
        yield small_files(server, server.port, "—", "loopback").line()
        yield large_file(server, Path(name)).line()
