"""A line with both ends: a pseudo-terminal pair, the source's real process, and a real store that it is kept in.

`Pair` is the cable: `descriptor` is the device's end, `device` the name the source opens; `unplug` and `plug_in` do so.

`Struck` is the intake's side, in a thread: it starts the source's process and answers it over a real store. At the n-th
request from now it kills the process (`kill -9`) before the request is seen, or after it is done and before it is
answered, and starts it again. So each piece of work can die on either side of its commit:

    with Pair(folder) as pair, Struck(box) as intake:
        intake.strike_at(3, after=True)
        Analyser(pair.descriptor).send(records)
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Self

from appliance.clock import SystemClock
from appliance.intake import wire
from appliance.intake.child import encode_source
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.intake.service import note_of
from appliance.practice.facilities import CLINIC_A
from appliance.run import start
from appliance.sockets import FrameBuffer, PeerError
from appliance.sources import SerialSource
from appliance.store import arrivals
from appliance.store.db import Store, open_store
from tests.intake.kept import KEY, Box

SOON_S = 30.0
"""Longer than anything here takes on the slowest machine."""


class Pair:
    """A pseudo-terminal pair whose near end has a name that stays, as in /dev/serial/by-id."""

    def __init__(self, folder: Path) -> None:
        self.device = folder / "usb-Made_Up_Adapter-if00"
        self.descriptor = self._near = -1

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def plug_in(self) -> None:
        self.descriptor, self._near = os.openpty()
        tty.setraw(self._near)
        self.device.unlink(missing_ok=True)
        self.device.symlink_to(os.ttyname(self._near))

    def unplug(self) -> None:
        if self.descriptor >= 0:
            self.device.unlink(missing_ok=True)
            os.close(self.descriptor)
            os.close(self._near)
            self.descriptor = -1


def serial_table(device: Path, profile: str, **more: object) -> str:
    """A source of the site file."""
    settings = "".join(f', {name} = "{value}"' for name, value in more.items())
    return (
        f'name = "line", kind = "serial", facility = "{CLINIC_A.number}", device = "{device}", '
        f'profile = "{profile}", issuers = ["*"]{settings}'
    )


class Struck:
    """The intake's side of one source's process."""

    def __init__(self, box: Box) -> None:
        source = box.source
        assert isinstance(source, SerialSource)
        self._source = source
        self._path = box.site.store.path
        self._strike, self._after = 0, False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.troubles: dict[str, int] = {}
        self.figures: dict[str, float] = {}
        self.kills = self.processes = 0
        self.full = False
        self.error: BaseException | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Returns once the process reads its line."""
        self._thread.start()
        try:
            self.wait_until(lambda: bool(self.figures) and "away" not in self.troubles)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def strike_at(self, request: int, *, after: bool) -> None:
        """Kill at this request from now on: 1 is the next."""
        self._after, self._strike = after, request

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SOON_S
        while not holds():
            assert self.error is None, self.error
            assert time.monotonic() < deadline, (self.troubles, self.figures, self.kills)
            time.sleep(0.01)

    def _run(self) -> None:
        try:
            with open_store(self._path, KEY, SystemClock()) as store:
                keeping = Keeping(store, Room(store), note_of, received=lambda: None)
                keeping.sweep()
                while not self._stop.is_set():
                    self._one_process(keeping)
                    keeping.gone(self._source)
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self.error = error

    def _one_process(self, keeping: Keeping) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "appliance.intake.child", str(theirs.fileno())]
        self.figures = {}
        self.processes += 1
        self.process = start(command, pass_fds=(theirs.fileno(),))
        theirs.close()
        ours.settimeout(0.1)
        wire.say(ours, wire.Start(encode_source(self._source), ""))
        buffer = FrameBuffer()
        try:
            while not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    for frame in buffer.read(ours):
                        self._answer(keeping, ours, wire.request(frame))
        except (PeerError, ConnectionResetError, BrokenPipeError):
            pass  # it was killed
        finally:
            ours.close()
            self.process.wait()

    def _answer(self, keeping: Keeping, connection: socket.socket, request: wire.Request) -> None:
        if isinstance(request, wire.Looked):
            self.troubles, self.figures = request.troubles, {"seen": 1, **request.figures}
            wire.say(connection, wire.Going(self.full))
            return
        self._strike -= 1
        struck = self._strike == 0
        if struck and not self._after:
            self._kill()
            return
        full = self.full and not isinstance(request, wire.Recall)
        answer = wire.Full() if full else keeping.answer(self._source, request)
        if struck:
            self._kill()
            return
        wire.say(connection, answer)

    def _kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1


def kept(store: Store) -> list[bytes]:
    """Every arrival that is whole and no duplicate, in order."""
    return [
        arrivals.content(store, one.id)
        for one in arrivals.in_state(store, *arrivals.ArrivalState)
        if one.state is not arrivals.ArrivalState.DUPLICATE and not one.cut_short
    ]


def cut_short(store: Store) -> list[bytes]:
    every = arrivals.in_state(store, *arrivals.ArrivalState)
    return [arrivals.content(store, one.id) for one in every if one.cut_short]


def documents_held(store: Store) -> list[str]:
    """The keys of the documents that hold now."""
    return [row[0] for row in store.rows("SELECT key FROM documents WHERE state IN ('current', 'unlinked')")]
