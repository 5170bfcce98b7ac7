"""The operator's append-only store for backups, as a practice network has it: put once, listed, never replaced or deleted.

    with BackupStore(pki, folder) as store:
        store.url                        # for `[[backups]] way = "operator"`
        store.bring("box-1", out)        # the operator's desk: a device's backups as a folder that can be restored from

A box is known by its certificate (urn:renkei:device:…) and reaches its own objects only. What it puts is on the disk before it
is told so. A real store behind this protocol keeps objects under a lock of its own (S3 object lock, a WORM file system).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from appliance.limits import BACKUP_PART_BYTES
from provisioning.lab.pki import LabPki

_OBJECT: Final = re.compile(r"/v1/([A-Za-z0-9-]{1,64})/((?:[A-Za-z0-9-]{1,64}/)?[A-Za-z0-9.-]{1,64})")
_DEVICE: Final = re.compile(r"/v1/([A-Za-z0-9-]{1,64})/")
_DEVICE_URI: Final = "urn:renkei:device:"
_PART: Final = re.compile(r"(store\.db)\.(\d{6})")
_READ_S: Final = 30.0


class BackupStore:
    """Listens on loopback until it is left; its objects are files below `folder`."""

    def __init__(self, pki: LabPki, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(pki.server.cert, pki.server.key)
        context.load_verify_locations(pki.ca_path)
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = _Server(folder, context)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def cut_after(self) -> int | None:
        """After so many more objects every connection is cut; None: never."""
        return self._server.cut_after

    @cut_after.setter
    def cut_after(self, objects: int | None) -> None:
        self._server.cut_after = objects

    def bring(self, device: str, out: Path) -> Path:
        """A device's backups as the folder that `renkei store restore --from` takes: parts joined, whole ones only."""
        for generation in sorted((self.folder / device).iterdir()):
            if generation.name == "pieces":
                shutil.copytree(generation, out / "pieces", dirs_exist_ok=True)
            elif (generation / "manifest.json").is_file():
                _join(generation, out / generation.name)
        return out

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _join(generation: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(generation.iterdir()):
        part = _PART.fullmatch(file.name)
        with (out / (part[1] if part else file.name)).open("ab") as whole:
            whole.write(file.read_bytes())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.folder = folder
        self.context = context
        self.cut_after: int | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the request's own thread: the handshake of a slow client keeps nobody waiting."""
        request.settimeout(_READ_S)
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                self.RequestHandlerClass(secured, client_address, self)
        except OSError:  # no certificate, a wrong one, or gone
            return


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        found = _OBJECT.fullmatch(self.path)
        length = int(self.headers.get("Content-Length") or -1)
        if not 0 <= length <= BACKUP_PART_BYTES or found is None:
            self._say(HTTPStatus.BAD_REQUEST, close=True)
            return
        data = self.rfile.read(length)
        if found[1] != self._device():
            self._say(HTTPStatus.FORBIDDEN)
        elif self.headers.get("If-None-Match") != "*":
            self._say(HTTPStatus.PRECONDITION_REQUIRED)
        elif self.headers.get("Content-Digest") != _digest(data):
            self._say(HTTPStatus.BAD_REQUEST)
        elif self._is_cut():
            self.close_connection = True
        else:
            self._say(self._keep(self.server.folder / found[1] / found[2], data))

    def do_GET(self) -> None:
        found = _DEVICE.fullmatch(self.path)
        if found is None or found[1] != self._device():
            self._say(HTTPStatus.FORBIDDEN)
            return
        own = self.server.folder / found[1]
        sizes = {
            str(file.relative_to(own)): file.stat().st_size
            for file in own.rglob("*")
            if file.is_file() and not file.name.startswith(".")
        }
        self._say(HTTPStatus.OK, json.dumps({"objects": sizes}).encode())

    def do_DELETE(self) -> None:
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BACKUP_PART_BYTES))
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, close=True)

    def do_POST(self) -> None:
        self.do_DELETE()

    def do_PATCH(self) -> None:
        self.do_DELETE()

    @staticmethod
    def _keep(place: Path, data: bytes) -> HTTPStatus:
        """A name is given once: linking fails where it is taken."""
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = place.with_name(f".{place.name}-{threading.get_ident()}")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, place)
        except FileExistsError:
            return HTTPStatus.PRECONDITION_FAILED
        finally:
            fresh.unlink()
        return HTTPStatus.CREATED

    def _is_cut(self) -> bool:
        if self.server.cut_after is None:
            return False
        self.server.cut_after -= 1
        return self.server.cut_after < 0

    def _device(self) -> str:
        """The device that the client's certificate names; empty for the operator and others."""
        names: Any = (self.connection.getpeercert() or {}).get("subjectAltName", ())  # type: ignore[attr-defined]
        found = [value for kind, value in names if kind == "URI" and value.startswith(_DEVICE_URI)]
        return found[0].removeprefix(_DEVICE_URI) if len(found) == 1 else ""

    def _say(self, status: HTTPStatus, body: bytes = b"", *, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged: names of objects are the operator's own."""


def _digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"
