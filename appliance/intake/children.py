"""The sources' processes: started, listened to, restarted when they end or fall silent.

A process that hangs in the kernel (a share that went away) cannot even be killed: it is left, no second one is
started beside it, and the other sources never notice.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from appliance.intake import wire
from appliance.intake.child import encode_source
from appliance.intake.tray import Tray, unlaid
from appliance.limits import (
    SOURCE_FREED_KEPT_BYTES,
    SOURCE_RESTART_PAUSE_MAX_S,
    SOURCE_RESTART_PAUSE_S,
    SOURCE_SILENT_S,
    SOURCE_STEADY_AFTER_S,
    STOP_WITHIN_S,
)
from appliance.run import start
from appliance.sockets import FrameBuffer, PeerError
from appliance.sources import AnySource

HANGING = "hanging"
ENDED = "ended"
_ALLOCATOR: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(SOURCE_FREED_KEPT_BYTES // 2),
    "MALLOC_TRIM_THRESHOLD_": str(SOURCE_FREED_KEPT_BYTES),
}
"""By itself the C library gives the memory of each large piece back to the kernel, which must clear it for the next one."""


@dataclass(slots=True)
class Child:
    """One source and, while it runs, its process."""

    source: AnySource
    process: subprocess.Popen[bytes] | None = None
    connection: socket.socket | None = None
    tray: Tray | None = None
    buffer: FrameBuffer = field(default_factory=FrameBuffer)
    started_s: float = 0.0
    heard_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = SOURCE_RESTART_PAUSE_S
    awaiting: int | None = None
    """The arrival whose understanding the process waits for."""
    trouble: str = ""
    """What is wrong with the process itself."""

    def say(self, word: wire.Word) -> None:
        """Answer; a process that is gone is noticed at the next step."""
        if self.connection is not None:
            with contextlib.suppress(OSError):
                wire.say(self.connection, word)


class Children:
    """All sources' processes. `step` starts and restarts; `requests` hands out what they ask."""

    def __init__(
        self,
        sources: tuple[AnySource, ...],
        secret_of: Callable[[str], str],
        gone: Callable[[Child], None],
    ) -> None:
        self.all = [Child(source) for source in sources]
        self._secret_of = secret_of
        self._gone = gone
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)

    def wake(self) -> None:
        """End a wait in `requests`, from any thread, also while all is being closed."""
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def step(self, now_s: float) -> None:
        """Start what is due; end what has been silent too long; notice what has ended."""
        for child in self.all:
            if child.process is None:
                if now_s >= child.due_s:
                    self._start(child, now_s)
            elif child.process.poll() is not None:
                self._ended(child, now_s)
            elif child.awaiting is None and now_s - child.heard_s > SOURCE_SILENT_S:
                child.trouble = HANGING
                child.process.kill()

    def requests(self, wait_s: float, now_s: Callable[[], float]) -> Iterator[tuple[Child, wire.Request]]:
        """What the processes ask, as it comes within `wait_s`; each is to be answered by `Child.say`."""
        for key, _ in self._selector.select(wait_s):
            child: Child | None = key.data
            if child is None:
                with contextlib.suppress(BlockingIOError):
                    self._wake.recv(4096)
                continue
            try:
                for frame in child.buffer.read(key.fileobj):  # type: ignore[arg-type]
                    child.heard_s = now_s()
                    yield child, unlaid(wire.request(frame), child.tray)
            except (OSError, PeerError, msgspec.DecodeError, ValueError):
                self._cut(child)

    def close(self) -> None:
        """Ask all to end by closing their connections; what does not, is killed."""
        for child in self.all:
            self._cut(child)
        for child in self.all:
            if child.process is not None:
                try:
                    child.process.wait(STOP_WITHIN_S / 2)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.process.wait(STOP_WITHIN_S / 4)
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _start(self, child: Child, now_s: float) -> None:
        ours, theirs = socket.socketpair()
        child.tray = Tray.made()
        with theirs:
            handed = (theirs.fileno(), child.tray.descriptor)
            command = [sys.executable, "-m", "appliance.intake.child", *map(str, handed)]
            child.process = start(command, pass_fds=handed, extra_environment=_ALLOCATOR)
        child.connection, child.buffer, child.awaiting = ours, FrameBuffer(), None
        child.started_s = child.heard_s = now_s
        child.say(wire.Start(encode_source(child.source), self._secret_of(child.source.name)))
        self._selector.register(ours, selectors.EVENT_READ, child)

    def _ended(self, child: Child, now_s: float) -> None:
        self._cut(child)
        if child.trouble != HANGING:
            child.trouble = ENDED
        if now_s - child.started_s > SOURCE_STEADY_AFTER_S:
            child.pause_s = SOURCE_RESTART_PAUSE_S
        child.process = None
        child.due_s = now_s + child.pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads, hides nothing
        child.pause_s = min(child.pause_s * 2, SOURCE_RESTART_PAUSE_MAX_S)

    def _cut(self, child: Child) -> None:
        if child.connection is None:
            return
        self._selector.unregister(child.connection)
        child.connection.close()
        child.connection = None
        child.awaiting = None
        if child.tray is not None:
            child.tray.close()
            child.tray = None
        self._gone(child)
