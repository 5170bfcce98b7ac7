"""What every service has in common: a loop that shows progress, a clean stop on SIGTERM, figures for health.

The watchdog is fed by progress: the loop completed a cycle (architecture.md, the processes); never by a timer.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from systemd import daemon

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def leave_no_dump() -> None:
    """Whatever ends this process, its memory (keys, patients) never becomes a file; nor does another of its user read it.

    The size limit alone would not hold a dump back that the kernel hands to a program (core(5), core_pattern).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Cycle(Protocol):
    """One turn of a service's loop; it returns within a few seconds, having waited for work at most that long."""

    def __call__(self, stop: threading.Event) -> None: ...


def serve(name: str, cycle: Cycle, figures: Figures | None = None) -> None:
    """Run `cycle` again and again until SIGTERM or SIGINT; tells systemd ready, alive after each cycle, and stopping."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    daemon.notify(f"READY=1\nSTATUS={name}")
    while not stop.is_set():
        cycle(stop)
        daemon.notify("WATCHDOG=1")
        if figures is not None:
            figures.write()
    daemon.notify("STOPPING=1")


class Figures:
    """Figures without personal data that a service leaves in its run folder for health and fleet."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.json"
        self._values: dict[str, float | str] = {}
        self._written: dict[str, float | str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def set(self, name: str, value: float | str) -> None:
        self._values[name] = value

    def write(self) -> None:
        """Replace the file when something changed (readers never see half of it)."""
        if self._values == self._written:
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._values), encoding="utf-8")
        fresh.replace(self._path)
        self._written = dict(self._values)


def read_figures(folder: Path, name: str) -> dict[str, float | str]:
    """What a service last wrote; empty when it never did."""
    try:
        values: dict[str, float | str] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values
