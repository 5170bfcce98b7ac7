"""A share in a bad day: slow writers, overwritten and repeated files, a cable that is cut, a server that is killed.

Every complete file is taken exactly once, no half-written one ever: RENKEI_SHARE_FILES=10000 is the full run.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINIC_A
from appliance.store import source_memory
from appliance.store.arrivals import ArrivalState
from appliance.store.db import Store
from tests.intake.kept import Running
from tests.intake.smbd import ACCOUNT, PASSWORD, Server, free_port, needs_smbd, receipt_computer_conf
from tests.simulators.cable import Cable
from tests.simulators.receipt_computer import ReceiptComputer

FILES = int(os.environ.get("RENKEI_SHARE_FILES", "300"))
SEED = int(os.environ.get("RENKEI_SEED", "20261201"))
CUTS, KILLS = (20, 5) if FILES >= 1_000 else (3, 1)
WRITERS = 4
SLOW_PART_S = 0.15
PULLED_S = (0.5, 3.0, 12.0) if FILES >= 1_000 else (0.5,)
"""How long the plug is out at a cut: longer than one answer may take, in the full run."""
FULL_WIDTH = {ord(digit): chr(ord("０") + int(digit)) for digit in "0123456789"}
WAYS = ("at-once", "slowly", "appending", "renamed", "backdated", "overwritten", "repeated")
WEIGHTS = (55, 10, 10, 10, 5, 5, 5)


@dataclass(frozen=True, slots=True)
class Writing:
    """One file to be written."""

    name: str
    way: str
    content: bytes


def claim_files(template: bytes) -> Iterator[bytes]:
    """Made-up claim files without end: one clinic's, each of a month and of people of its own."""
    rows = [row.split(",") for row in template.decode("cp932").splitlines()]
    for number in itertools.count():
        month = f"{1990 + number // 12 % 30}{number % 12 + 1:02d}"
        fresh = [_of_somebody_else(row, place, number, month) for place, row in enumerate(rows)]
        yield "\r\n".join(map(",".join, fresh)).encode("cp932")


def _of_somebody_else(row: list[str], place: int, number: int, month: str) -> list[str]:
    """請求年月; 診療年月, birth date and chart number; the number of the insured."""
    match row[0]:
        case "IR":
            return [*row[:7], month, *row[8:]]
        case "RE":
            born = f"{1930 + number % 60}{number // 60 % 12 + 1:02d}{place % 28 + 1:02d}"
            return [*row[:3], month, *row[4:6], born, *row[7:13], f"{number:06d}{place:02d}", *row[14:]]
        case "HO":
            return [*row[:3], f"{number:06d}{place:02d}".translate(FULL_WIDTH), *row[4:]]
    return row


def plans(template: bytes, chance: random.Random) -> tuple[list[list[Writing]], list[list[Writing]]]:
    """What each writer writes, in order, and what it writes when all of that has been taken.

    A file is written a second time at once, or then.
    """
    contents = claim_files(template)
    first: list[list[Writing]] = [[] for _ in range(WRITERS)]
    then: list[list[Writing]] = [[] for _ in range(WRITERS)]
    for number in range(FILES):
        (way,) = chance.choices(WAYS, WEIGHTS)
        name, content = f"{number % 7}/RECEIPT{number:06d}.UKE", next(contents)
        first[number % WRITERS].append(Writing(name, way, content))
        if way in ("overwritten", "repeated"):
            second = Writing(name, "at-once", next(contents) if way == "overwritten" else content)
            chance.choice((first, then))[number % WRITERS].append(second)
    return first, then


@dataclass(slots=True)
class Writer:
    """One receipt computer's program at work, in a thread."""

    computer: ReceiptComputer
    plan: list[Writing]
    then: list[Writing]
    done: int = 0

    def run(self) -> None:
        for writing in self.plan:
            self.write(writing.name, writing.way, writing.content)
            self.done += 1

    def run_then(self) -> None:
        for writing in self.then:
            self.write(writing.name, writing.way, writing.content)
        self.computer.close()

    def write(self, name: str, way: str, content: bytes) -> None:
        match way:
            case "slowly":
                self.computer.write_slowly(name, content, 4, SLOW_PART_S)
            case "appending":
                self.computer.append_slowly(name, content, 4, SLOW_PART_S)
            case "renamed":
                self.computer.write_renamed(name, content)
            case "backdated":
                self.computer.write_backdated(name, content)
            case _:
                self.computer.write(name, content)


def disturb(writers: list[Writer], cable: Cable, server: Server, chance: random.Random) -> Counter[str]:
    """Cut the cable and kill the server, spread over the whole run; how often."""
    events = ["cut"] * CUTS + ["kill"] * KILLS
    chance.shuffle(events)
    done: Counter[str] = Counter()
    writings = sum(len(writer.plan) for writer in writers)
    for number, event in enumerate(events, 1):
        while sum(writer.done for writer in writers) < writings * number / (len(events) + 1):
            time.sleep(0.02)
        if event == "kill":
            server.kill()
            time.sleep(0.3)
            server.start()
        else:
            cable.pull()
            time.sleep(chance.choice(PULLED_S))
            cable.cut()
            cable.plug()
        done[event] += 1
    return done


def _is_empty(folder: Path) -> bool:
    return not any(path.is_file() for path in folder.rglob("*"))


def taken(store: Store) -> list[str]:
    """SHA-256 of every arrival that is no duplicate."""
    rows = store.rows("SELECT lower(hex(sha256)) FROM arrivals WHERE state <> ?", (ArrivalState.DUPLICATE,))
    return [row[0] for row in rows]


@needs_smbd
@pytest.mark.torture
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # handles of a killed server
def test_every_complete_file_is_taken_once_and_no_half_one_ever(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    make_patients(count=6, seed=3, out=tmp_path / "practice", months=1)
    template = min(
        sorted((tmp_path / "practice" / CLINIC_A.folder).rglob("*.UKE")), key=lambda f: f.stat().st_size
    )
    server = Server(receipt_computer_conf(tmp_path, port := free_port()), port)
    server.add_account(ACCOUNT)
    writers = [
        Writer(ReceiptComputer("127.0.0.1", port, ACCOUNT, PASSWORD, "drop"), *plan)
        for plan in zip(*plans(template.read_bytes(), chance), strict=True)
    ]
    with server, Cable(port) as cable:
        running = Running(
            tmp_path,
            f'name = "share", kind = "share", facility = "{CLINIC_A.number}", share = "//127.0.0.1/drop",'
            f' user = "{ACCOUNT}", port = {cable.port}, acknowledge = "delete"',
        )
        with running.open() as store, store.transaction():
            source_memory.set_password(store, "share", PASSWORD)
        began = time.monotonic()
        with running:
            threads = [threading.Thread(target=writer.run) for writer in writers]
            for thread in threads:
                thread.start()
            try:
                disturbed = disturb(writers, cable, server, chance)
            except BaseException:
                for writer in writers:
                    writer.computer.switched_off = True
                raise
            finally:
                for thread in threads:
                    thread.join()
            written_s = time.monotonic() - began
            running.wait_until(lambda _: _is_empty(tmp_path / "drop"), FILES + 60)
            for writer in writers:
                writer.run_then()
            running.wait_until(lambda _: _is_empty(tmp_path / "drop"), FILES + 60)
            running.wait_until(
                lambda store: not store.value("SELECT count(*) FROM arrivals WHERE state = 'received'"),
                FILES + 60,
            )
            with running.open() as store:
                digests = taken(store)
                states = dict(store.rows("SELECT state, count(*) FROM arrivals GROUP BY state"))
        took_s = time.monotonic() - began
    complete = [one for writer in writers for one in writer.computer.complete]
    last = dict(complete)
    sent = set().union(*(writer.computer.sent for writer in writers))
    replaced = {digest for name, digest in complete if last[name] != digest}
    lost = {digest for _, digest in complete} - set(digests) - replaced
    half = set(digests) - sent
    print(
        f"\n{FILES} files by {WRITERS} writers, {len(complete)} writings complete after"
        f" {sum(writer.computer.tries for writer in writers)} tries, {dict(disturbed)}; taken {len(digests)},"
        f" {states}; replaced before they were taken {len(replaced - set(digests))}; lost {len(lost)},"
        f" half {len(half)}, twice {len(digests) - len(set(digests))}; {written_s:.0f} s writing, {took_s:.0f} s in all"
    )
    assert (disturbed["cut"], disturbed["kill"]) == (CUTS, KILLS)
    assert (lost, half) == (set(), set())
    assert len(digests) == len(set(digests))
    assert set(last.values()) <= set(digests)
    assert states[ArrivalState.DUPLICATE] > 0
