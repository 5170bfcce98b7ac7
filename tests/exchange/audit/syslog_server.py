"""The operator's syslog receiver as it really is: rsyslog with its gtls driver and mutual TLS, on loopback.

with SyslogServer(folder, ca=…, pair=…, permitted=["client-…"]) as server:
    …
    server.kill(); server.start()      # or stop(): in order
    server.messages()                  # what it has written down, one XML text a message
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from provisioning.lab.pki import KeyPair
from tests.exchange.storage_server import _free_port

RSYSLOGD = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
_CONFIG = """
global(workDirectory="{folder}" DefaultNetstreamDriverCAFile="{ca}"
       DefaultNetstreamDriverCertFile="{cert}" DefaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name"
       PermittedPeer=[{permitted}])
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="whole" type="string" string="%pri% %protocol-version% %timestamp:::date-rfc3339% %hostname% %app-name% %procid% %msgid% %structured-data% %msg%\\n")
if $app-name == "renkei" then action(type="omfile" file="{folder}/audit.log" template="whole")
else action(type="omfile" file="{folder}/own.log")
"""


@dataclass
class SyslogServer:
    folder: Path
    ca: Path
    pair: KeyPair
    permitted: list[str]
    port: int = field(default_factory=_free_port)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        assert Path(RSYSLOGD).exists(), "rsyslog is missing: run make setup-test"
        self.folder.mkdir(parents=True, exist_ok=True)
        permitted = ", ".join(f'"{name}"' for name in self.permitted)
        (self.folder / "rsyslog.conf").write_text(
            _CONFIG.format(
                folder=self.folder,
                ca=self.ca,
                cert=self.pair.cert,
                key=self.pair.key,
                permitted=permitted,
                port=self.port,
            )
        )
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        (self.folder / "pid").unlink(missing_ok=True)
        with (self.folder / "stderr.log").open("ab") as errors:
            self._process = subprocess.Popen(
                [RSYSLOGD, "-n", "-f", self.folder / "rsyslog.conf", "-i", self.folder / "pid"],
                stderr=errors,
            )
        for _ in range(400):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None, (self.folder / "stderr.log").read_text()
            time.sleep(0.02)
        raise AssertionError("rsyslog does not listen")

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Have it hang: its kernel still takes what comes."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(30)
            self._process = None

    def lines(self) -> list[str]:
        """Everything it has written down of us: header fields, structured data, message."""
        path = self.folder / "audit.log"
        if not path.exists():
            return []
        whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
        return whole.split("\n") if whole else []

    def messages(self) -> list[str]:
        """The XML of every message; one that a kill cut short while it was written is left out."""
        found = [line.partition("<AuditMessage")[1:] for line in self.lines()]
        return ["".join(one) for one in found if one[1].endswith("</AuditMessage>")]
