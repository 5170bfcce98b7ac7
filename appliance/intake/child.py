"""The process of one source: reads from outside, hands bytes to the intake, holds no store key.

It is started by the intake with one end of a socket pair as file descriptor and ends when that closes.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.clock import Clock, SystemClock
from appliance.faults import keep_words_out
from appliance.intake import wire
from appliance.intake.keeper import Keeper
from appliance.intake.tray import Tray
from appliance.service import leave_no_dump
from appliance.sockets import PeerError
from appliance.sources import KINDS, AnySource, SourceKind

Reader = Callable[[Any, Keeper, str, Clock], None]
"""Reads a source for ever: its settings, the intake, its password (empty: none), the clock."""

READERS: Final = {
    SourceKind.FOLDER: "appliance.intake.files.reader",
    SourceKind.SHARE: "appliance.intake.files.reader",
    SourceKind.SERIAL: "appliance.intake.serial.reader",
    SourceKind.ORCA: "appliance.intake.orca.reader",
}
"""The module of each kind whose `read` is its Reader; only the one that is needed is loaded."""


def encode_source(source: AnySource) -> bytes:
    return msgspec.json.encode(source, enc_hook=str)


def decode_source(data: bytes) -> AnySource:
    kind = SourceKind(msgspec.json.decode(data)["kind"])
    return msgspec.json.decode(data, type=KINDS[kind], dec_hook=_path)


def _path(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value


def main(descriptor: int, tray: int | None = None) -> None:
    """Be the source that the intake names first, over a socket and, for large pieces, a tray."""
    leave_no_dump()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the intake ends its sources
    with socket.socket(fileno=descriptor) as connection:
        try:
            start = wire.hear_answer(connection)
            if isinstance(start, wire.Start):
                source = decode_source(start.source)
                read: Reader = import_module(READERS[source.kind]).read
                read(
                    source,
                    Keeper(connection, None if tray is None else Tray(tray)),
                    start.secret,
                    SystemClock(),
                )
        except (PeerError, BrokenPipeError, ConnectionResetError):
            return  # the intake has gone; whatever was under way is taken up again from the source


if __name__ == "__main__":
    keep_words_out()
    main(*map(int, sys.argv[1:]))
