"""Starts, kills and restarts the practice hub (hub/, Node.js) for tests and the demo.

    with PracticeHub(pki, data, participants) as hub:
        requests.get(f"{hub.url}/metadata", …)

The hub runs on loopback only and ends with the process that started it, whatever happens to that.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from appliance.errors import RenkeiError
from appliance.run import start
from provisioning.lab.node import ensure_modules, find_node
from provisioning.lab.pki import LabPki

HUB_FOLDER: Final = Path(__file__).resolve().parent / "hub"

_READY_WITHIN_S: Final = 60.0
_STOP_WITHIN_S: Final = 5.0
_CONTROL_TIMEOUT_S: Final = 5.0

FaultKind = Literal["drop-before", "drop-after", "die-after", "status", "slow", "garbage"]


class HubError(RenkeiError):
    """The practice hub did not start."""

    code = "LAB-0002"


@dataclass(frozen=True, slots=True)
class Participant:
    """One row of the participants' list: a facility takes part in [start, end)."""

    facility: str
    name: str
    kind: str = "clinic"
    start: str = "2025-04-01T00:00:00+09:00"
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault on purpose: the next `count` requests that fit are hit (hub/src/faults.js says how)."""

    do: FaultKind
    count: int = 1
    method: str | None = None
    type: str | None = None
    contains: str | None = None
    status: int | None = None
    retry_after_s: int | None = None
    delay_ms: int | None = None
    skip: int = 0


def write_participants(path: Path, participants: Sequence[Participant]) -> Path:
    """The participants' list as the hub reads it; a running hub sees the change at its next request."""
    rows = [
        {"facility": one.facility, "from": one.start, "to": one.end, "kind": one.kind, "name": one.name}
        for one in participants
    ]
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return fresh.replace(path)


class PracticeHub:
    """One practice hub: its data folder outlives it, so that it can be killed and started again."""

    def __init__(
        self,
        pki: LabPki,
        data: Path,
        participants: Path,
        *,
        port: int = 0,
        log: Path | None = None,
        with_faults: bool = False,
        journal_max_bytes: int | None = None,
    ) -> None:
        self.pki = pki
        self.data = data
        self.log = log or data / "hub.log"
        self._participants = participants
        self._with_faults = with_faults
        self._journal_max_bytes = journal_max_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._port = port
        self._control_port = 0

    @property
    def url(self) -> str:
        """The FHIR base; the port stays the same over restarts."""
        return f"https://127.0.0.1:{self._port}/fhir/R4"

    @property
    def port(self) -> int:
        return self._port

    @property
    def control_url(self) -> str:
        """Where faults are ordered; only with `with_faults`."""
        return f"http://127.0.0.1:{self._control_port}/faults"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise HubError("練習用ハブは動いていません。", "The practice hub is not running.")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it answers. Raises HubError if it does not come up."""
        ensure_modules(HUB_FOLDER)
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = start(self._command(), capture_out=True)
        ready = self._wait_until_ready(self._process)
        self._port = int(ready["port"])
        self._control_port = int(ready.get("control_port", 0))
        return self

    def stop(self) -> None:
        """End it in order (SIGTERM); nothing happens if it is down already."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Stop it if it runs, and start it on the same data and port."""
        self.stop()
        return self.start()

    def wait(self, timeout_s: float = _STOP_WITHIN_S) -> None:
        """Wait until it has ended by itself (a fault may kill it)."""
        if self._process is not None:
            self._process.wait(timeout_s)
            self._forget()

    def add_faults(self, *faults: Fault) -> None:
        """Add faults to the running hub; it must have been made with `with_faults`."""
        rules = [
            {key: value for key, value in asdict(fault).items() if value is not None} for fault in faults
        ]
        self._control("POST", json.dumps(rules).encode())

    def clear_faults(self) -> None:
        self._control("DELETE")

    def pending_faults(self) -> list[Mapping[str, Any]]:
        """The rules that have not hit yet as often as they should."""
        return self._control("GET")

    def __enter__(self) -> Self:
        return self if self._process is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str | Path]:
        command: list[str | Path] = [
            find_node().node,
            HUB_FOLDER / "src" / "main.js",
            *("--port", str(self._port)),
            *("--cert", self.pki.server.cert),
            *("--key", self.pki.server.key),
            *("--ca", self.pki.ca_path),
            *("--data", self.data),
            *("--participants", self._participants),
            *("--log", self.log),
            *("--end-with", str(os.getpid())),
        ]
        if self._with_faults:
            command += ["--control-port", str(self._control_port)]
        if self._journal_max_bytes is not None:
            command += ["--journal-max-bytes", str(self._journal_max_bytes)]
        return command

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Its first line of output; a timer ends a hub that never says it."""
        out = process.stdout
        timer = threading.Timer(_READY_WITHIN_S, process.kill)
        timer.start()
        try:
            first = out.readline() if out is not None else b""
        finally:
            timer.cancel()
            timer.join()
        if not first:
            self._end(signal.SIGKILL)
            raise HubError(
                "練習用ハブが起動しませんでした。",
                "The practice hub did not start.",
                hint_ja="上に出たメッセージを確かめてください。",
                hint_en="See its own message above.",
            )
        ready: dict[str, Any] = json.loads(first)
        return ready

    def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def _control(self, method: str, body: bytes | None = None) -> list[Mapping[str, Any]]:
        if not self._control_port:
            raise HubError("故障の注入は無効です。", "This hub was started without fault injection.")
        connection = HTTPConnection("127.0.0.1", self._control_port, timeout=_CONTROL_TIMEOUT_S)
        with closing(connection):
            connection.request(method, "/faults", body)
            pending: list[Mapping[str, Any]] = json.loads(connection.getresponse().read())
            return pending
