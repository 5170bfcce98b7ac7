"""The HTTP client of the hub: FHIR over TLS 1.3 with a pinned CA and this box's own certificate.

Nothing personal stands in a URL: what identifies goes into the body of `_search`. Redirects, proxies and other CAs of
the environment are not followed. Safe to use from several threads.
"""

from __future__ import annotations

import http.client
import io
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from appliance.config import HubConfig
from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.reading import objects, words
from appliance.exchange.outcomes import (
    OF_THE_HUB,
    Answer,
    Doubtful,
    Outcome,
    Reason,
    Transient,
    of_creation,
    of_transaction,
    operation_outcome,
)
from appliance.limits import (
    HUB_ANSWER_MAX_BYTES,
    HUB_CONNECT_TIMEOUT_S,
    HUB_PAGES_MAX,
    HUB_READ_TIMEOUT_S,
    HUB_REQUEST_MAX_S,
    HUB_SEND_MIN_BYTES_S,
)

_FHIR = "application/fhir+json"
_PIECE_BYTES = 65_536
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
"""How a request can end without an answer."""


class HubCertificateError(RenkeiError):
    """The certificates named in the site file cannot be used."""

    code = "EXCHANGE-0201"
    audience = Audience.INSTALLER


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take: to connect, between two pieces of an answer, and in all (seconds)."""

    connect_s: float = HUB_CONNECT_TIMEOUT_S
    read_s: float = HUB_READ_TIMEOUT_S
    in_all_s: float = HUB_REQUEST_MAX_S

    def to_send_s(self, size_bytes: int) -> float:
        """How long a request of that size may take in all."""
        return self.in_all_s + size_bytes / HUB_SEND_MIN_BYTES_S


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no usable answer; asking again later does no harm."""

    reason: Reason

    @property
    def of_the_hub(self) -> bool:
        return self.reason in OF_THE_HUB or self.reason in (Reason.TIMEOUT, Reason.DROPPED)


class Hub:
    """One hub, as the site file names it. `monotonic_s` is the clock's."""

    def __init__(
        self, config: HubConfig, monotonic_s: Callable[[], float], patience: Patience | None = None
    ) -> None:
        self._base = config.url.rstrip("/")
        self._ca = str(config.ca)
        self._context = _context(config)
        self.monotonic_s = monotonic_s
        self._patience = patience or Patience()
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection; requests under way fail."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()

    def send(self, bundle: bytes, entries: int) -> Outcome:
        """POST a transaction bundle of `entries` entries; what became of it."""
        return self._sent(self._base, bundle, {}, lambda answer: of_transaction(answer, entries))

    def create(self, kind: str, resource: bytes, unless: str) -> Outcome:
        """POST one resource, unless there is one that this search finds; what became of it."""
        return self._sent(f"{self._base}/{kind}", resource, {"If-None-Exist": unless}, of_creation)

    def _sent(
        self, url: str, content: bytes, headers: dict[str, str], meaning: Callable[[Answer], Outcome]
    ) -> Outcome:
        deadline_s = self.monotonic_s() + self._patience.to_send_s(len(content))
        body = _Watched(content, lambda: self.monotonic_s() > deadline_s)
        try:
            answer = self._request(
                "POST", url, self._patience, deadline_s, data=body, headers={"Content-Type": _FHIR, **headers}
            )
        except _FAILURES as error:
            reason = _reason(error)
            if body.too_slow:
                return Transient(Reason.TOO_SLOW)
            if body.handed_over:
                return Doubtful(reason if reason is Reason.TIMEOUT else Reason.DROPPED)
            return Transient(reason if reason is Reason.TLS and not body.begun else Reason.UNREACHABLE)
        return meaning(answer)

    def read(
        self, kind: str, resource_id: str, patience: Patience | None = None
    ) -> Resource | Unanswered | None:
        """A resource by its id; None when the hub has none (any more)."""
        answer = self._asked("GET", f"{self._base}/{kind}/{resource_id}", patience)
        if isinstance(answer, Unanswered):
            return answer
        if answer.status in (requests.codes.not_found, requests.codes.gone):
            return None if operation_outcome(answer) else Unanswered(Reason.WRONG_ADDRESS)
        return _resource(answer, kind)

    def search(
        self, kind: str, terms: Sequence[tuple[str, str]], patience: Patience | None = None
    ) -> list[Resource] | Unanswered:
        """Every match of a `_search`; the terms travel in the body."""
        found: list[Resource] = []
        for page in self.pages(kind, terms, patience):
            if isinstance(page, Unanswered):
                return page
            found += page
        return found

    def pages(
        self, kind: str, terms: Sequence[tuple[str, str]], patience: Patience | None = None
    ) -> Iterator[list[Resource] | Unanswered]:
        """The matches page by page; an Unanswered is the last."""
        answer = self._asked("POST", f"{self._base}/{kind}/_search", patience, data=list(terms))
        for _ in range(HUB_PAGES_MAX):
            page = answer if isinstance(answer, Unanswered) else _resource(answer, "Bundle")
            if isinstance(page, Unanswered):
                yield page
                return
            yield _matches(page, kind)
            following = _next(page)
            if not following:
                return
            answer = self._asked("GET", self._own(following), patience)
        yield Unanswered(Reason.NOT_UNDERSTOOD)

    def operation(
        self, path: str, parameters: Resource, answered_by: str, patience: Patience | None = None
    ) -> Resource | Unanswered | None:
        """An operation (`Patient/$match`) that asks only: its answer, a resource of that type; None: it knows nobody."""
        body = msgspec.json.encode(parameters)
        answer = self._asked(
            "POST", f"{self._base}/{path}", patience, data=body, headers={"Content-Type": _FHIR}
        )
        if isinstance(answer, Answer) and answer.status == requests.codes.not_found:
            return None if operation_outcome(answer) else Unanswered(Reason.WRONG_ADDRESS)
        return answer if isinstance(answer, Unanswered) else _resource(answer, answered_by)

    def _own(self, link: str) -> str:
        """A link to a next page at this hub's own address: proxies make hubs name themselves otherwise."""
        own, given = urlsplit(self._base), urlsplit(link)
        return urlunsplit((own.scheme, own.netloc, given.path, given.query, ""))

    def _asked(
        self, method: str, url: str, patience: Patience | None = None, **more: Any
    ) -> Answer | Unanswered:
        try:
            waits = patience or self._patience
            return self._request(method, url, waits, self.monotonic_s() + waits.in_all_s, **more)
        except _FAILURES as error:
            return Unanswered(_reason(error))

    def _request(self, method: str, url: str, patience: Patience, deadline: float, **more: Any) -> Answer:
        with self._session().request(
            method,
            url,
            timeout=(patience.connect_s, patience.read_s),
            allow_redirects=False,
            stream=True,
            **more,
        ) as response:
            body = b"".join(self._pieces(response, deadline))
            return Answer(response.status_code, body, response.headers.get("Retry-After", ""))

    def _pieces(self, response: requests.Response, deadline: float) -> Iterator[bytes]:
        """The body as it comes, bounded in size and in time: a hub that drips is a hub that does not answer."""
        size_bytes = 0
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            size_bytes += len(piece)
            if size_bytes > HUB_ANSWER_MAX_BYTES:
                raise requests.exceptions.ContentDecodingError
            if self.monotonic_s() > deadline:
                raise requests.exceptions.ReadTimeout
            yield piece

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.verify = (
                self._ca
            )  # requests adds its own list of CAs to any context when this is left alone
            session.headers.update({"Accept": _FHIR, "User-Agent": "renkei-gateway"})
            session.mount("https://", _PinnedAdapter(self._context))
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


class _PinnedAdapter(HTTPAdapter):
    """Connections by this context only."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=self._context)


class _Watched(io.BytesIO):
    """A request body that knows whether all of it has been handed to the connection, and gives up when time is up.

    Before that the hub cannot have acted; after it, it may have.
    """

    def __init__(self, body: bytes, is_late: Callable[[], bool]) -> None:
        super().__init__(body)
        self._size_bytes = len(body)
        self._is_late = is_late
        self.too_slow = False

    def read(self, size: int | None = -1, /) -> bytes:
        """The next piece, as the connection asks for it. Raises TimeoutError: the line does not carry it in time."""
        if self.begun and not self.handed_over and self._is_late():
            self.too_slow = True
            raise TimeoutError
        return super().read(size)

    @property
    def begun(self) -> bool:
        return self.tell() > 0

    @property
    def handed_over(self) -> bool:
        return self.tell() >= self._size_bytes


def _context(config: HubConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(config.ca)
        context.load_cert_chain(config.certificate, config.key)
    except OSError as error:
        raise HubCertificateError(
            "連携先に接続するための証明書を読めません。",
            "The certificates for the hub cannot be read.",
            hint_ja="site.toml の hub.ca、hub.certificate、hub.key を確かめてください。",
            hint_en="Check hub.ca, hub.certificate and hub.key in site.toml.",
        ) from error
    return context


def _reason(error: Exception) -> Reason:
    if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
        return Reason.TLS
    if isinstance(error, requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return Reason.NOT_UNDERSTOOD
    if isinstance(error, urllib3.exceptions.ProtocolError | http.client.HTTPException):
        return Reason.DROPPED
    return Reason.UNREACHABLE


def _resource(answer: Answer, kind: str) -> Resource | Unanswered:
    if answer.status == requests.codes.ok:
        found = answer.json()
        if found is not None and found.get("resourceType") == kind:
            return found
        return Unanswered(Reason.NOT_UNDERSTOOD)
    if answer.status in (requests.codes.too_many_requests, requests.codes.service_unavailable):
        return Unanswered(Reason.BUSY)
    if answer.status == requests.codes.unauthorized:
        return Unanswered(Reason.UNAUTHORISED)
    return Unanswered(Reason.SERVER_ERROR)


def _matches(page: Resource, kind: str) -> list[Resource]:
    resources = objects([entry.get("resource") for entry in objects(page.get("entry"))])
    return [one for one in resources if one.get("resourceType") == kind]


def _next(page: Resource) -> str:
    links = objects(page.get("link"))
    return next((words(link, "url") for link in links if link.get("relation") == "next"), "")
