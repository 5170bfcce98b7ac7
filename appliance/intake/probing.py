"""One look at a source, by its own process and code, with nothing taken: what `renkei doctor` says of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys

from appliance.intake import wire
from appliance.intake.child import encode_source
from appliance.limits import PROBE_WITHIN_S, STOP_WITHIN_S
from appliance.run import start
from appliance.sockets import PeerError, receive_frame
from appliance.sources import AnySource

SILENT = "hanging"
_OURS = frozenset({"store-full"})
"""Troubles that the probe itself makes: it keeps nothing."""


def probe(source: AnySource, secret: str, wait_s: float = PROBE_WITHIN_S) -> tuple[str, ...]:
    """The troubles of one look, in alphabetical order; SILENT alone when there was no look within `wait_s`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-m", "appliance.intake.child", str(theirs.fileno())]
        process = start(command, pass_fds=(theirs.fileno(),))
        theirs.close()
        try:
            ours.settimeout(wait_s)
            wire.say(ours, wire.Start(encode_source(source), secret))
            return tuple(sorted(_first_look(ours) - _OURS))
        except (OSError, PeerError):
            return (SILENT,)
        finally:
            ours.close()
            _end(process)


def _first_look(connection: socket.socket) -> set[str]:
    """Answer as a store that takes nothing, until the source says that it has looked."""
    while True:
        request = wire.request(receive_frame(connection))
        if isinstance(request, wire.Looked):
            return set(request.troubles)
        answer = wire.Recalled({}) if isinstance(request, wire.Recall) else wire.Full()
        wire.say(connection, wire.Going(paused=True) if isinstance(request, wire.Abandon) else answer)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_WITHIN_S / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it hangs in the kernel: nothing ends it
            process.wait(STOP_WITHIN_S)
