"""A service's loop: progress, a clean stop, figures that are never half-written."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from appliance.service import Figures, read_figures

PROGRAM = """
import sys, threading
from pathlib import Path
from appliance.service import Figures, serve
figures = Figures(Path(sys.argv[1]), "loop")
turns = [0]
def cycle(stop: threading.Event) -> None:
    turns[0] += 1
    figures.set("turns", turns[0])
    stop.wait(0.01)
serve("loop", cycle, figures)
"""


@pytest.fixture
def notifications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """What systemd would hear."""
    path = tmp_path / "notify"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    listener.settimeout(20)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    return listener


def test_the_loop_tells_ready_then_progress_and_stops_on_sigterm(
    tmp_path: Path, notifications: socket.socket
) -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)])
    try:
        assert b"READY=1" in notifications.recv(4096)
        assert notifications.recv(4096) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    last = b""
    while last != b"STOPPING=1":
        last = notifications.recv(4096)
    assert read_figures(tmp_path, "loop")["turns"]
    notifications.close()


def test_a_stuck_loop_tells_no_progress(tmp_path: Path, notifications: socket.socket) -> None:
    stuck = PROGRAM.replace("stop.wait(0.01)", "threading.Event().wait(60)")
    process = subprocess.Popen([sys.executable, "-c", stuck, str(tmp_path)])
    try:
        assert b"READY=1" in notifications.recv(4096)
        notifications.settimeout(0.5)
        with pytest.raises(TimeoutError):
            notifications.recv(4096)
    finally:
        process.kill()
        process.wait()
        notifications.close()


def test_figures_are_replaced_as_a_whole(tmp_path: Path) -> None:
    figures = Figures(tmp_path, "intake")
    stop = threading.Event()
    broken: list[str] = []

    def read() -> None:
        while not stop.is_set():
            found = read_figures(tmp_path, "intake")
            if found and found["a"] != found["b"]:
                broken.append(str(found))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        figures.set("a", number)
        figures.set("b", number)
        figures.write()
    stop.set()
    reader.join()
    assert broken == []
    assert read_figures(tmp_path, "intake") == {"a": 299, "b": 299}


def test_figures_that_were_never_written_are_empty(tmp_path: Path) -> None:
    assert read_figures(tmp_path, "nobody") == {}
    (tmp_path / "torn.json").write_text("{", encoding="utf-8")
    assert read_figures(tmp_path, "torn") == {}
    assert [file.name for file in tmp_path.iterdir()] == ["torn.json"]


CRASHING = """
import os, resource, signal, sys
from appliance.service import leave_no_dump
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
os.chdir(sys.argv[1])
if sys.argv[2] == "guarded":
    leave_no_dump()
os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    """The same crash without our guard does, where this machine's kernel and limits let it."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip()
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if pattern.startswith(("|", "/")) or hard != resource.RLIM_INFINITY:
        pytest.skip(f"this machine puts no core files where a program runs: {pattern}")
    for how, left in (("bare", 1), ("guarded", 0)):
        folder = tmp_path / how
        folder.mkdir()
        died = subprocess.run([sys.executable, "-c", CRASHING, str(folder), how], check=False, timeout=60)
        assert died.returncode == -signal.SIGSEGV
        assert len(list(folder.iterdir())) == left
