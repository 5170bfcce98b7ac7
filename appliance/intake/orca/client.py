"""The connection to one ORCA server: one request at a time, never more often than allowed, everything bounded.

Basic authentication, the box's own certificate where the server wants one, a pinned CA where the site names one.
Redirects, proxies and netrc of the environment are not followed.
"""

from __future__ import annotations

import http.client
import ssl
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from appliance.clock import Clock
from appliance.intake.orca.requests import Question
from appliance.intake.orca.troubles import OrcaError, Trouble
from appliance.limits import (
    ORCA_ANSWER_MAX_BYTES,
    ORCA_CONNECT_TIMEOUT_S,
    ORCA_READ_TIMEOUT_S,
    ORCA_REQUEST_MAX_S,
)
from appliance.sources import OrcaSource

_XML = "application/xml"
_PIECE_BYTES = 65_536
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
"""How a request can end without an answer."""
_STATUS: Final = {
    requests.codes.unauthorized: Trouble.SIGN_IN,
    requests.codes.forbidden: Trouble.SIGN_IN,
    requests.codes.not_found: Trouble.WRONG_ADDRESS,
    requests.codes.method_not_allowed: Trouble.NOT_ALLOWED,
}


class Client:
    """Asks one server. `password` belongs to the source's user."""

    def __init__(self, source: OrcaSource, password: str, clock: Clock) -> None:
        self._source = source
        self._password = password
        self._clock = clock
        self._base = source.url.rstrip("/")
        self._session: requests.Session | None = None
        self._free_from_s = clock.monotonic_s()

    def ask(self, question: Question) -> bytes:
        """The answer's bytes as they came. Raises OrcaError."""
        self._pause()
        try:
            return self._asked(question)
        except _FAILURES as error:
            self.close()
            raise OrcaError(_trouble(error)) from error

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _pause(self) -> None:
        wait_s = self._free_from_s - self._clock.monotonic_s()
        if wait_s > 0:
            self._clock.sleep(wait_s)
        self._free_from_s = self._clock.monotonic_s() + self._source.pause_ms / 1000

    def _asked(self, question: Question) -> bytes:
        if self._session is None:
            self._session = self._open()
        deadline_s = self._clock.monotonic_s() + ORCA_REQUEST_MAX_S
        with self._session.request(
            question.method,
            f"{self._base}/{question.address}",
            data=question.body or None,
            headers={"Content-Type": f"{_XML}; charset=UTF-8"} if question.body else None,
            timeout=(ORCA_CONNECT_TIMEOUT_S, ORCA_READ_TIMEOUT_S),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != requests.codes.ok:
                raise OrcaError(_of_status(response.status_code))
            return b"".join(self._pieces(response, deadline_s))

    def _pieces(self, response: requests.Response, deadline_s: float) -> Iterator[bytes]:
        """The body as it comes, bounded in size and in time."""
        size_bytes = 0
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            size_bytes += len(piece)
            if size_bytes > ORCA_ANSWER_MAX_BYTES:
                raise OrcaError(Trouble.NOT_UNDERSTOOD)
            if self._clock.monotonic_s() > deadline_s:
                raise OrcaError(Trouble.SLOW)
            yield piece

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        basic = b64encode(f"{self._source.user}:{self._password}".encode()).decode()
        session.headers.update(
            {"Accept": _XML, "User-Agent": "renkei-gateway", "Authorization": f"Basic {basic}"}
        )
        if self._base.startswith("https:"):
            session.verify = str(self._source.ca) if self._source.ca else True
            session.mount("https://", _OwnContext(tls_context(self._source)))
        return session


def tls_context(source: OrcaSource) -> ssl.SSLContext:
    """Who is trusted, and who the box is. Raises OrcaError when the files named in the site file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=source.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if source.certificate is not None:
            context.load_cert_chain(source.certificate, source.key, password=_no_password)
    except OSError as error:
        raise OrcaError(Trouble.CERTIFICATE) from error
    return context


def _no_password() -> str:
    """A sealed key is of no use in a box that nobody sits before: it is refused, never asked about."""
    return ""


class _OwnContext(HTTPAdapter):
    """Connections by this context only, one at a time."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=self._context)


def _of_status(status: int) -> Trouble:
    if status >= requests.codes.server_error:
        return Trouble.SERVER_ERROR
    return _STATUS.get(status, Trouble.NOT_UNDERSTOOD)


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
        return Trouble.TLS
    if isinstance(error, requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Trouble.SLOW
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return Trouble.NOT_UNDERSTOOD
    if isinstance(error, urllib3.exceptions.ProtocolError | http.client.HTTPException | ConnectionResetError):
        return Trouble.CUT
    if isinstance(error, requests.exceptions.ConnectionError) and _was_reached(error):
        return Trouble.CUT
    return Trouble.AWAY


def _was_reached(error: requests.exceptions.ConnectionError) -> bool:
    """A broken conversation, as against one that never began."""
    return any(isinstance(cause, urllib3.exceptions.ProtocolError) for cause in error.args)
