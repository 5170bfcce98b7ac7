"""The kiosk as a process: TLS 1.3 only, a watchdog that means something, a clean stop, and a journal that tells nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from appliance.clock import ManualClock
from appliance.config import KioskConfig
from appliance.kiosk import connections
from appliance.kiosk.service import answers
from appliance.limits import STOP_WITHIN_S
from tests.kiosk.client import STROKES, Browser
from tests.kiosk.running import RunningKiosk, make_certificate, make_site
from tests.kiosk.scripted_desk import FACILITY, PASSWORD, ScriptedDesk

RUN = "import sys, pathlib as p, appliance.config as c, appliance.kiosk.service as s; s.run_kiosk(c.read_site(p.Path(sys.argv[1])))"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Process:
    """The service in a process of its own, as systemd would start it; `told` are its messages to systemd."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        certificate, _ = make_certificate(folder)
        site = folder / "site.toml"
        site.write_text(_SITE.format(port=self.port), encoding="utf-8")
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(str(folder / "notify"))
        self.notified.settimeout(30)
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(site)],
                env={"NOTIFY_SOCKET": str(folder / "notify"), "PATH": ""},
                stdout=errors,
                stderr=errors,
            )
        self.browser = Browser(self.port, certificate)

    def told(self, word: str) -> str:
        """Wait until systemd is told something with this word."""
        while word not in (message := self.notified.recv(4096).decode()):
            continue
        return message

    def stop(self) -> int:
        """SIGTERM; the exit status. Raises TimeoutExpired beyond what is promised."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_WITHIN_S)


_SITE = """
device_id = "box-1"
run_folder = "."
sources = []
[[facilities]]
number = "1310000001"
name = "みどり診療所"
[hub]
url = "https://localhost:1/"
ca = "x"
certificate = "x"
key = "x"
[network]
name = "みどり地域医療連携ネットワーク"
policy = "x"
participants = "x"
signer = "x"
[kiosk]
certificate = "kiosk.crt"
key = "kiosk.key"
port = {port}
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    started.notified.close()


def test_it_serves_tells_systemd_leaves_figures_and_stops_cleanly(
    process: Process, desk: ScriptedDesk, tmp_path: Path
) -> None:
    process.told("READY=1")
    assert process.browser.sign_in().status == 200
    process.told("WATCHDOG=1")
    assert json.loads((tmp_path / "kiosk.json").read_text()) == {"sessions": 1, "desk_answers": 1.0}
    assert process.stop() == 0
    process.told("STOPPING=1")


def test_it_stops_in_time_though_the_desk_hangs_and_a_browser_stays(process: Process, tmp_path: Path) -> None:
    process.told("READY=1")
    with contextlib.ExitStack() as open_things:
        hanging = open_things.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        (tmp_path / "desk.sock").unlink(missing_ok=True)
        hanging.bind(str(tmp_path / "desk.sock"))
        hanging.listen()
        context = ssl.create_default_context(cafile=str(process.browser.certificate))
        for request in (b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /half", b""):
            raw = socket.create_connection(("127.0.0.1", process.port))
            browser = open_things.enter_context(context.wrap_socket(raw, server_hostname="127.0.0.1"))
            browser.sendall(request)
        open_things.enter_context(hanging.accept()[0])
        assert process.stop() == 0


def test_the_journal_tells_nothing_of_whom_it_was_about(process: Process, desk: ScriptedDesk) -> None:
    process.told("READY=1")
    browser = process.browser
    browser.sign_in()
    browser.begin()
    for position in range(4):
        browser.press("next", position)
    browser.press("agree", 4)
    browser.press("sign", 5, STROKES)
    browser.get("/return")
    browser.follow(browser.post("/return", choice="approve", password=PASSWORD))
    browser.get(quote("/patients/山田"))
    browser.post("/home", kana="ヤマダ", number="00000001")
    browser.post("/sign-in", facility=FACILITY, login="suzuki", password="wrong")
    process.stop()
    assert process.errors.read_text() == ""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2])
def test_an_older_tls_is_refused(kiosk: RunningKiosk, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(kiosk.certificate))
    context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", kiosk.port)) as raw,
        pytest.raises(ssl.SSLError),
        context.wrap_socket(raw, server_hostname="127.0.0.1"),
    ):
        pass


def test_plain_http_is_not_answered(kiosk: RunningKiosk) -> None:
    with socket.create_connection(("127.0.0.1", kiosk.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        raw.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP" not in raw.recv(100)


@pytest.mark.parametrize("request_", [b"", b"GET /sign-in HTTP/1.1\r\nHost: x\r\n"])
def test_a_browser_that_does_not_finish_its_request_is_let_go(
    desk: ScriptedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(connections, "KIOSK_REQUEST_WITHIN_S", 0.2)
    with RunningKiosk(make_site(tmp_path), ManualClock()) as kiosk:
        context = ssl.create_default_context(cafile=str(kiosk.certificate))
        raw = socket.create_connection(("127.0.0.1", kiosk.port), timeout=20)
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as browser:
            browser.sendall(request_)
            assert browser.recv(100) == b""


def test_it_knows_that_it_answers_and_that_it_does_not(kiosk: RunningKiosk) -> None:
    def asked(port: int) -> bool:
        return asyncio.run(answers(KioskConfig(Path(), Path(), port=port)))

    assert asked(kiosk.port)
    assert not asked(free_port())
