"""What became of a request to the hub, as typed values: the one table of what each answer means for a delivery.

| what happened | meaning | why |
|---|---|---|
| no connection, no TLS, request not handed over whole (in time) | Transient | the hub cannot have acted on it |
| 2xx with a whole transaction-response | Delivered | |
| 2xx with anything else | Doubtful | something between may have answered; the marker tells |
| 3xx; 404, 405 without OperationOutcome | Transient | this is not the hub: a wrong address, a strange proxy |
| 401 | Transient | the certificate is at fault, not the document |
| 408 | Doubtful | the hub gave up waiting, or so it thinks |
| 409, 425 | Transient | rolled back; another try may pass |
| 429, 503 | Transient | refused before processing; Retry-After is kept |
| other 4xx | Refused | the document itself is at fault: kept, shown, replayable |
| other 5xx; no answer, half an answer | Doubtful | it may have been processed: asked before anything is sent again |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec

from appliance.errors import RenkeiError
from appliance.limits import HUB_OUTCOME_MAX_CHARS, HUB_RETRY_AFTER_MAX_S


class Reason(StrEnum):
    """Why a delivery is not through, as it is stored beside it."""

    UNREACHABLE = "unreachable"
    TLS = "tls"
    UNAUTHORISED = "unauthorised"
    WRONG_ADDRESS = "wrong-address"
    BUSY = "busy"
    CONFLICT = "conflict"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    SERVER_ERROR = "server-error"
    NOT_UNDERSTOOD = "not-understood"
    TOO_SLOW = "too-slow"
    NOT_TRIED = "not-tried"
    HOST_KEY = "host-key"
    NO_ROOM = "no-room"


OF_THE_HUB = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.TLS,
        Reason.UNAUTHORISED,
        Reason.WRONG_ADDRESS,
        Reason.BUSY,
        Reason.HOST_KEY,
        Reason.NO_ROOM,
    }
)
"""Reasons that concern every delivery alike: nothing more is sent until the hub answers a probe."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The hub has committed the whole bundle."""


@dataclass(frozen=True, slots=True)
class Transient:
    """Surely nothing happened at the hub; `retry_after_s` is its own wish, 0 when it has none."""

    reason: Reason
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Nobody knows whether the hub acted."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Refused:
    """The hub said no, with its OperationOutcome (JSON)."""

    outcome: str


Outcome = Delivered | Transient | Doubtful | Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer read to its end."""

    status: int
    body: bytes
    retry_after: str = ""

    def json(self) -> dict[str, Any] | None:
        """The JSON object of the body; None when it is not one."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.DecodeError:
            return None


_BY_STATUS: dict[int, Transient | Doubtful] = {
    HTTPStatus.UNAUTHORIZED: Transient(Reason.UNAUTHORISED),
    HTTPStatus.REQUEST_TIMEOUT: Doubtful(Reason.TIMEOUT),
    HTTPStatus.CONFLICT: Transient(Reason.CONFLICT),
    HTTPStatus.TOO_EARLY: Transient(Reason.CONFLICT),
}
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_NOT_HERE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


_ISSUES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.GONE: "deleted",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "not-supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "processing",
}
"""What a refusal without words says by its status alone, as an issue code."""


def of_transaction(answer: Answer, entries: int) -> Outcome:
    """What the answer to a transaction of `entries` entries means."""
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered() if _all_done(answer, entries) else Doubtful(Reason.NOT_UNDERSTOOD)
    if status in _BUSY:
        return Transient(Reason.BUSY, retry_after_s(answer.retry_after))
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status < HTTPStatus.BAD_REQUEST or (status in _NOT_HERE and not operation_outcome(answer)):
        return Transient(Reason.WRONG_ADDRESS)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        said = operation_outcome(answer)
        return Refused(said or without_words(f"HTTP {status}", _ISSUES.get(status, "unknown")))
    return Doubtful(Reason.SERVER_ERROR)


def retry_after_s(header: str) -> float:
    """The seconds of a Retry-After header, bounded; a date or nonsense counts as none."""
    plain = header.strip()
    if not plain.isdecimal() or not plain.isascii():
        return 0.0
    return min(float(plain), HUB_RETRY_AFTER_MAX_S)


def _all_done(answer: Answer, entries: int) -> bool:
    bundle = answer.json() or {}
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction-response":
        return False
    found = bundle.get("entry")
    return isinstance(found, list) and len(found) == entries and all(map(_is_done, found))


def _is_done(entry: Any) -> bool:
    response = entry.get("response") if isinstance(entry, dict) else None
    return isinstance(response, dict) and str(response.get("status", "")).startswith("2")


def operation_outcome(answer: Answer) -> str:
    """The answer's OperationOutcome as JSON text, cut to what is kept; empty when there is none."""
    outcome = answer.json() or {}
    if outcome.get("resourceType") != "OperationOutcome":
        return ""
    return answer.body.decode(errors="replace")[:HUB_OUTCOME_MAX_CHARS]


def without_words(diagnostics: str, code: str = "unknown") -> str:
    """An OperationOutcome of our own, where nobody else gave one."""
    issue = {"severity": "error", "code": code, "diagnostics": diagnostics}
    return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]}).decode()


def as_kept(error: RenkeiError) -> str:
    """Why a delivery cannot even be made, in the form in which the hub's refusals are kept."""
    return without_words(f"{error.code} {error.ja} / {error.en}")
