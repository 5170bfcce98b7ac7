"""The device itself: ours alone, gone and back, and damaged bytes handed over as such."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.intake.serial import port as ports
from appliance.intake.serial.events import Trouble
from appliance.intake.serial.port import Port, PortAwayError
from appliance.sources import Parity, SerialProfile, SerialSource
from tests.intake.serial.line import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path) as made:
        yield made


def source(pair: Pair, **more: object) -> SerialSource:
    return SerialSource(
        name="line", facility="1310000001", device=pair.device, profile=SerialProfile.LINE, **more
    )


def test_bytes_go_both_ways(pair: Pair) -> None:
    port = Port(source(pair))
    os.write(pair.descriptor, bytes(range(256)))
    heard = b""
    while len(heard) < 256:
        heard += port.read(1.0)
    assert heard == bytes(range(256))
    assert port.read(0.0) == b""
    port.write(b"\x06")
    assert os.read(pair.descriptor, 1) == b"\x06"
    port.close()


def test_a_second_program_cannot_have_it(pair: Pair) -> None:
    port = Port(source(pair))
    with pytest.raises(PortAwayError) as told:
        Port(source(pair))
    assert told.value.trouble is Trouble.IN_USE
    port.close()
    Port(source(pair)).close()


def test_unplugged_it_is_away_whatever_is_asked_of_it(pair: Pair) -> None:
    port = Port(source(pair))
    pair.unplug()
    with pytest.raises(PortAwayError):
        port.read(1.0)
    with pytest.raises(PortAwayError) as told:
        port.write(b"\x06")
    assert told.value.hint_ja
    port.close()
    with pytest.raises(PortAwayError) as told:
        Port(source(pair))
    assert told.value.trouble is Trouble.AWAY
    pair.plug_in()
    Port(source(pair)).close()


def test_the_driver_is_told_to_mark_damaged_bytes(pair: Pair) -> None:
    port = Port(source(pair, data_bits=7, parity=Parity.EVEN))
    flags = termios.tcgetattr(port._serial.fileno())[0]
    assert flags & termios.INPCK
    assert not flags & (termios.IGNPAR | termios.PARMRK | termios.ISTRIP | termios.IXON | termios.IXOFF)
    port.close()


def test_the_hardwares_counters_are_read_where_there_are_any(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pseudo-terminal has none; the kernel's layout stands in `struct serial_icounter_struct`."""
    port = Port(source(pair))
    assert port.errors() is None

    def counted(_descriptor: int, request: int, buffer: bytearray) -> int:
        assert request == 0x545D
        buffer[:] = ports._COUNTERS.pack(*range(1, 12), *[0] * 9)
        return 0

    monkeypatch.setattr(ports.fcntl, "ioctl", counted)
    errors = port.errors()
    assert errors is not None
    assert (errors.framing, errors.overrun, errors.parity, errors.lost, errors.all) == (7, 8, 9, 11, 35)
    monkeypatch.undo()
    port.close()
