"""`renkei run`: all services in one terminal, for development, tests and the demo. On the appliance systemd does this.

Each service is a process of its own and is started again whenever it ends, after a pause that grows and is forgotten
once it has lived for a while.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from appliance.limits import (
    RESTART_FORGIVEN_AFTER_S,
    RESTART_PAUSE_MAX_S,
    RESTART_PAUSE_S,
    STOP_WITHIN_S,
    SUPERVISE_POLL_S,
)
from appliance.run import start

SERVICES = ("desk", "intake", "exchange", "kiosk")


@dataclass(slots=True)
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = RESTART_PAUSE_S
    restarts: int = 0


@dataclass(slots=True)
class Supervisor:
    """Starts, watches and stops the services of one site file."""

    site_file: Path
    extra_environment: Mapping[str, str] = field(default_factory=dict)
    services: Sequence[str] = SERVICES
    announce: Callable[[str], None] = print
    _children: list[_Child] = field(default_factory=list)
    _stopping: bool = False

    def __post_init__(self) -> None:
        own = [sys.executable, "-m", "appliance"]
        self._children = [_Child(name, [*own, name, "--site", str(self.site_file)]) for name in self.services]

    def pids(self) -> dict[str, int]:
        """The process id of each service that runs now."""
        return {
            child.name: child.process.pid
            for child in self._children
            if child.process is not None and child.process.poll() is None
        }

    def step(self) -> None:
        """Start what is due, notice what has ended."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                if now - child.started_s > RESTART_FORGIVEN_AFTER_S:
                    child.pause_s = RESTART_PAUSE_S
            elif child.process is not None:
                self.announce(f"{child.name}: ended with {child.process.returncode}, starting again")
                child.process = None
                child.due_s = now + child.pause_s
                child.pause_s = min(child.pause_s * 2, RESTART_PAUSE_MAX_S)
                child.restarts += 1
            elif now >= child.due_s:
                child.process = start(child.command, extra_environment=self.extra_environment)
                child.started_s = now

    def stop(self) -> None:
        """End every service; one that does not end in time is killed."""
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            self._stopping = True

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        try:
            while not self._stopping:
                self.step()
                time.sleep(SUPERVISE_POLL_S)
        finally:
            self.stop()
