"""The installer's ear: which profile, which check, which baud rate, and what to write into the site file."""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.clock import SystemClock
from appliance.intake.serial.capture import Capture, NothingHeardError, capture
from appliance.intake.serial.checks import NO_CHECK, Check
from appliance.intake.serial.events import ENQ, EOT
from appliance.intake.serial.hearing import Verdict, judge, shown
from appliance.sources import BlockCheck, CheckFrom, CheckTo, SerialProfile
from tests.formats.test_jahis_join import PRESCRIPTION
from tests.intake.serial.line import Pair
from tests.simulators.analyser import stream_of, xor_text
from tests.simulators.qr_reader import Setting, on_the_line, symbols_of

RESULT = "R 0012 架空太郎 GLU  98 mg/dL NA 140 K 4.1".encode("cp932")


def heard_at(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """What a UART makes of bytes that were sent at another rate, 8N1; a byte without its stop bit is NUL."""
    levels = "".join("0" + f"{byte:08b}"[::-1] + "1" for byte in data)

    def level(time_s: float) -> str:
        place = int(time_s * sent_baud)
        return levels[place] if place < len(levels) else "1"

    found, time_s, step_s = bytearray(), 0.0, 1 / heard_baud
    while time_s * sent_baud < len(levels):
        if level(time_s) == "1":
            time_s += step_s / 16
            continue
        bits = [level(time_s + step_s * (number + 0.5)) for number in range(1, 10)]
        found.append(int("".join(reversed(bits[:8])), 2) if bits[8] == "1" else 0)
        time_s += step_s * 9.5
    return bytes(found)


@pytest.mark.parametrize(
    ("heard", "verdict"),
    [
        (ENQ * 3, Verdict(SerialProfile.ASTM, NO_CHECK, 0)),
        (ENQ + EOT + ENQ, Verdict(SerialProfile.ASTM, NO_CHECK, 0)),
        (stream_of([b"H|\\^&", b"L|1|N"]), Verdict(SerialProfile.ASTM, NO_CHECK, 2)),
        (xor_text(RESULT), Verdict(SerialProfile.STX_ETX_A, Check(BlockCheck.XOR), 1)),
        (xor_text(RESULT) * 2, Verdict(SerialProfile.STX_ETX_B, Check(BlockCheck.XOR), 2)),
        (b"\x02" + RESULT + b"\x03", Verdict(SerialProfile.STX_ETX_A, NO_CHECK, 1)),
        (RESULT + b"\r\n" + RESULT + b"\r\n", Verdict(SerialProfile.LINE, NO_CHECK, 2)),
        (PRESCRIPTION + b"\r", Verdict(SerialProfile.QR, NO_CHECK, 1)),
        (on_the_line(PRESCRIPTION, Setting.STX_ETX), Verdict(SerialProfile.QR, NO_CHECK, 1)),
        (on_the_line(PRESCRIPTION, Setting.STX_ETX_BCC), Verdict(SerialProfile.QR, Check(BlockCheck.XOR), 1)),
        (
            b"".join(on_the_line(one, Setting.STX_ETX) for one in symbols_of(PRESCRIPTION, 2)),
            Verdict(SerialProfile.QR, NO_CHECK, 2),
        ),
        (b"", None),
        (b"\xff\x00\xfe\x00", None),
        (RESULT, None),
    ],
)
def test_what_is_heard_is_judged(heard: bytes, verdict: Verdict | None) -> None:
    assert judge(heard) == verdict


def test_every_makers_check_is_found() -> None:
    for kind in (BlockCheck.XOR, BlockCheck.SUM8, BlockCheck.SUM8_HEX):
        for first in CheckFrom:
            for last in CheckTo:
                check = Check(kind, first, last)
                texts = [RESULT, RESULT + b" CL 101", RESULT[:-1]]
                verdict = judge(b"".join(b"\x02" + text + b"\x03" + check.of(text, 3) for text in texts))
                assert verdict is not None
                assert verdict.check.of(RESULT, 3) == check.of(RESULT, 3)


@pytest.mark.parametrize("sent", [ENQ * 4, xor_text(RESULT) * 2, RESULT + b"\r\n", PRESCRIPTION + b"\r"])
def test_a_wrong_baud_rate_never_makes_sense(sent: bytes) -> None:
    assert heard_at(sent, 9600, 9600) == sent
    for baud in (1200, 2400, 4800, 19200, 38400, 115200):
        assert judge(heard_at(sent, 9600, baud)) is None, baud


@pytest.mark.parametrize("odd", [0, 1], ids=["even", "odd"])
@pytest.mark.parametrize("sent", [b"\x02R 0012 GLU  98 mg/dL NA 140\x03", b"R 0012 GLU  98 NA 140 K 4.1\r\n"])
def test_seven_bits_with_parity_heard_as_eight_make_no_sense(sent: bytes, odd: int) -> None:
    assert judge(sent) is not None
    assert judge(bytes(byte | ((byte.bit_count() + odd) % 2) << 7 for byte in sent)) is None


# --- on a line


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path) as made:
        yield made


class Device(threading.Thread):
    """Writes each transmission after the words that ask for it."""

    def __init__(self, pair: Pair, *transmissions: bytes) -> None:
        super().__init__()
        self._pair = pair
        self._waiting = list(transmissions)
        self._asked = threading.Semaphore(0)
        self.said: list[str] = []

    def hear(self, words: str) -> None:
        self.said.append(words)
        if re.search("Have the device|send again", words):
            self._asked.release()

    def run(self) -> None:
        for data in self._waiting:
            self._asked.acquire()
            while not self._is_listened_to():
                time.sleep(0.05)
            time.sleep(0.3)  # opening a port throws away what came before
            os.write(self._pair.descriptor, data)

    def _is_listened_to(self) -> bool:
        with self._pair.device.open("rb", buffering=0) as near:
            try:
                fcntl.flock(near, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def test_the_right_setting_is_found_after_two_wrong_ones_and_written_down(pair: Pair) -> None:
    wrong = [heard_at(xor_text(RESULT), 38400, baud) for baud in (9600, 19200)]
    device = Device(pair, *wrong, xor_text(RESULT) * 2)
    device.start()
    capture(Capture(pair.device, 30.0), SystemClock(), device.hear)
    device.join()
    said = "\n".join(device.said)
    assert "架空太郎" not in said
    (table,) = tomllib.loads(said[said.index("[[sources]]") :])["sources"]
    assert table["preset"] == "analyser-class-b"
    assert (table["baud"], table["check"], table["check_to"]) == (38400, "xor", "etx")
    assert table["device"] == str(pair.device)


def test_what_was_heard_is_shown_only_when_asked_for(pair: Pair) -> None:
    device = Device(pair, xor_text(RESULT))
    device.start()
    capture(Capture(pair.device, 30.0, show=True), SystemClock(), device.hear)
    device.join()
    assert any("<STX>R 0012 架空太郎 GLU" in words for words in device.said)


def test_control_characters_are_shown_by_their_names() -> None:
    assert "".join(shown(b"\x02A\x03\r\n\x1b")) == "<STX>A<ETX><CR><LF><1B>"


def test_when_only_enq_is_heard_the_rest_is_left_to_the_devices_manual(pair: Pair) -> None:
    device = Device(pair, ENQ)
    device.start()
    capture(Capture(pair.device, 30.0), SystemClock(), device.hear)
    device.join()
    assert 'preset = "analyser-astm"' in device.said[-1]
    assert "data_bits" in device.said[-1]


def test_a_silent_device_is_told_with_what_to_look_at(pair: Pair) -> None:
    with pytest.raises(NothingHeardError) as told:
        capture(Capture(pair.device, 0.2), SystemClock(), lambda _: None)
    assert "パリティ" in told.value.hint_ja


def test_on_the_command_line(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake", "capture", str(pair.device), "--seconds", "0.2", "--baud", "9600"]) == 1
    assert "SERIAL-0002" in capsys.readouterr().err
    pair.unplug()
    assert main(["intake", "capture", str(pair.device)]) == 3
    assert "SERIAL-0001" in capsys.readouterr().err
    assert main(["intake", "capture"]) == 0
