"""A pseudo-terminal, the source's real process, a real store: killed on either side of every commit, and counted.

Acknowledged and lost must be 0, doubled must be 0.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.intake.serial.events import Trouble
from appliance.run import start
from appliance.service import read_figures
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from appliance.store.db import open_store
from tests.formats.test_jahis_join import PRESCRIPTION, split_by_records
from tests.intake.kept import KEY, Box, Running, site_text
from tests.intake.serial.line import SOON_S, Pair, Struck, cut_short, documents_held, kept, serial_table
from tests.simulators.analyser import Analyser, TextSender, flipped, message_of
from tests.simulators.qr_reader import QrReader

PATIENCE_S = 0.5
SERVICE_KILLS = 8


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path) as made:
        yield made


@pytest.fixture
def brief(messages: list[list[bytes]]) -> list[list[bytes]]:
    """Reports of one order with one result each: header, patient, order, result, terminator."""
    found = {}
    for records in messages:
        kinds = {record[:1]: record for record in reversed(records)}
        found[kinds[b"O"]] = [kinds[kind] for kind in (b"H", b"P", b"O", b"R", b"L")]
    return list(found.values())


def opened(folder: Path, pair: Pair, profile: str, **more: object) -> Box:
    return Box(folder, serial_table(pair.device, profile, **more))


@pytest.mark.parametrize("after_silence", ["session", "frame"])
@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after it"])
def test_astm_killed_at_every_step(
    tmp_path: Path, pair: Pair, brief: list[list[bytes]], after_silence: str, *, after: bool
) -> None:
    """Opening, five frames, the message's three pieces of work, its end: each dies once, in its own message."""
    box = opened(tmp_path, pair, "astm")
    steps = range(1, 11)
    assert len(brief) >= len(steps)
    with Struck(box) as intake:
        analyser = Analyser(pair.descriptor, PATIENCE_S, after_silence=after_silence)
        for step, records in zip(steps, brief, strict=False):
            intake.strike_at(step, after=after)
            assert analyser.send(records), step
            intake.wait_until(lambda: intake.kills == step or step == steps[-1])  # noqa: B023
    sent = [message_of(records) for records in brief[: len(steps)]]
    assert analyser.acknowledged == sent
    assert kept(box.store) == sent
    assert cut_short(box.store) == []
    box.understanding.step(box.store)
    assert len(documents_held(box.store)) == len(sent)
    assert arrivals.counts(box.store).keys() <= {ArrivalState.UNDERSTOOD, ArrivalState.DUPLICATE}
    box.store.close()


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after it"])
def test_class_b_killed_at_every_step(tmp_path: Path, pair: Pair, *, after: bool) -> None:
    box = opened(tmp_path, pair, "stx-etx-b", check="xor")
    texts = [b"R 0012 GLU %d" % value for value in range(3)]
    with Struck(box) as intake:
        analyser = TextSender(pair.descriptor, PATIENCE_S, tries=20)
        for step, text in enumerate(texts, 1):
            intake.strike_at(step, after=after)
            assert analyser.send(text)
            assert intake.kills == step
    assert kept(box.store) == analyser.acknowledged == texts
    box.store.close()


def test_a_part_that_was_kept_outlives_its_process(tmp_path: Path, pair: Pair) -> None:
    box = opened(tmp_path, pair, "qr")
    reader = QrReader(pair.descriptor)
    with Struck(box) as intake:
        intake.strike_at(1, after=True)
        reader.scan(PRESCRIPTION[:101])
        intake.wait_until(lambda: intake.kills == 1)
        intake.wait_until(lambda: intake.processes == 2 and bool(intake.figures))
        reader.scan(PRESCRIPTION[101:])
        intake.wait_until(lambda: intake.figures.get("messages") == 1)
    assert kept(box.store) == [PRESCRIPTION]
    box.store.close()


@pytest.mark.torture
def test_the_whole_intake_killed_while_an_analyser_sends(
    tmp_path: Path, pair: Pair, brief: list[list[bytes]]
) -> None:
    """`kill -9` on the service: the line's process ends with it, both start again, the analyser goes on."""
    box = opened(tmp_path, pair, "astm")
    box.store.close()
    (tmp_path / "site.toml").write_text(site_text(serial_table(pair.device, "astm")), encoding="utf-8")
    services: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        command = [sys.executable, "-m", "appliance", "intake", "--site", str(tmp_path / "site.toml")]
        services.append(start(command))

    def wire(number: int, data: bytes) -> bytes:
        if number % 5 == 3 and len(services) <= SERVICE_KILLS:
            services[-1].send_signal(signal.SIGKILL)
            services[-1].wait()
            begin()
        return data

    begin()
    analyser = Analyser(pair.descriptor, 2 * PATIENCE_S, wire=wire, sessions_max=int(SOON_S))
    try:
        assert all(map(analyser.send, brief[:8]))
    finally:
        services[-1].terminate()
        services[-1].wait()
    assert len(services) == 1 + SERVICE_KILLS
    with open_store(box.site.store.path, KEY, SystemClock()) as store:
        assert kept(store) == analyser.acknowledged == [message_of(records) for records in brief[:8]]


def test_in_the_running_service_scans_are_understood_and_parts_read_together(
    tmp_path: Path, pair: Pair
) -> None:
    with Running(tmp_path, serial_table(pair.device, "qr")) as running:
        running.wait_until(
            lambda _: read_figures(running.site.run_folder, "intake").get("line.trouble") == ""
        )
        QrReader(pair.descriptor).scan_all([*reversed(split_by_records(3)), PRESCRIPTION])
        running.wait_until(lambda store: arrivals.counts(store) == {ArrivalState.UNDERSTOOD: 4})
        with running.open() as store:
            kinds = store.rows("SELECT kind, count(*) FROM documents GROUP BY kind ORDER BY kind")
    assert [tuple(row) for row in kinds] == [("dispensing", 1), ("prescription", 1)]


# --- one process, everything that goes wrong on a line


def test_faults_on_the_line(tmp_path: Path, pair: Pair, brief: list[list[bytes]]) -> None:
    """Flipped bits, frames sent twice, no EOT, ENQ twice, byte by byte at 9600 baud: every message once."""
    box = opened(tmp_path, pair, "astm")
    sent = [message_of(records) for records in brief[:7]]
    patience_s = 3.0
    with Struck(box) as intake:
        line = pair.descriptor
        for at, transmission in enumerate((1, 3, 5)):
            damaged = Analyser(line, patience_s, wire=flipped(transmission))
            assert damaged.send(brief[at])
            assert b"\x15" in damaged.heard
        assert Analyser(line, patience_s, deaf_to=frozenset({0, 2, 4})).send(brief[3])
        assert Analyser(line, patience_s, ends=False).send(brief[4])
        contending = Analyser(line, patience_s)
        contending.transmit(b"\x05\x05")
        assert contending.reply() == b"\x06"
        assert contending.send(brief[5])
        assert Analyser(line, patience_s, baud=9600).send(brief[6])
        intake.wait_until(lambda: intake.figures.get("messages") == len(sent))
    assert kept(box.store) == sent
    assert intake.figures[Trouble.REPEATED] == 3
    box.store.close()


def test_a_full_store_refuses_and_goes_on_when_there_is_room(
    tmp_path: Path, pair: Pair, brief: list[list[bytes]]
) -> None:
    box = opened(tmp_path, pair, "astm")
    with Struck(box) as intake:
        analyser = Analyser(pair.descriptor, 3.0)
        intake.full = True
        assert not analyser.ask()
        assert analyser.heard == [b"\x15"]
        intake.full = False
        assert analyser.send(brief[0])
    assert kept(box.store) == [message_of(brief[0])]
    box.store.close()


def test_scans_that_came_while_the_store_was_full_are_taken_later(tmp_path: Path, pair: Pair) -> None:
    box = opened(tmp_path, pair, "qr")
    with Struck(box) as intake:
        intake.full = True
        QrReader(pair.descriptor).scan_all([PRESCRIPTION, b"another code"])
        intake.wait_until(lambda: intake.troubles.get(Trouble.UNTAKEN) == 1)
        intake.full = False
        intake.wait_until(lambda: intake.figures.get("messages") == 1)
        QrReader(pair.descriptor).scan(PRESCRIPTION)
        intake.wait_until(lambda: intake.figures.get(Trouble.REPEATED) == 1)
    assert kept(box.store) == [PRESCRIPTION]
    box.store.close()


def test_unplugged_in_a_session_and_plugged_in_again(
    tmp_path: Path, pair: Pair, brief: list[list[bytes]]
) -> None:
    box = opened(tmp_path, pair, "astm")
    with Struck(box) as intake:
        first = Analyser(pair.descriptor, 3.0)
        assert first.send(brief[0])
        assert first.ask()
        pair.unplug()
        intake.wait_until(lambda: intake.troubles.get(Trouble.AWAY) == 1)
        pair.plug_in()
        intake.wait_until(lambda: Trouble.AWAY not in intake.troubles)
        again = Analyser(pair.descriptor, 3.0)
        assert again.send(brief[1])
        assert intake.processes == 1
    assert kept(box.store) == [message_of(brief[0]), message_of(brief[1])]
    box.store.close()
