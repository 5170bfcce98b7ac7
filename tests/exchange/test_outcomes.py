"""What each answer of the hub means for a delivery: the table of outcomes.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appliance.exchange.outcomes import (
    Answer,
    Delivered,
    Doubtful,
    Outcome,
    Reason,
    Refused,
    Transient,
    of_transaction,
    retry_after_s,
)
from appliance.limits import HUB_OUTCOME_MAX_CHARS, HUB_RETRY_AFTER_MAX_S

OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": []}).encode()


def response(*statuses: str, kind: str = "transaction-response") -> bytes:
    entries = [{"response": {"status": status}} for status in statuses]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()


def meaning(status: int, body: bytes = b"", entries: int = 2, retry_after: str = "") -> Outcome:
    return of_transaction(Answer(status, body, retry_after), entries)


def test_a_whole_transaction_response_is_a_delivery() -> None:
    assert meaning(200, response("201 Created", "200")) == Delivered()
    assert meaning(201, response("204", "200 OK")) == Delivered()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        OUTCOME,
        response("200", "200", kind="batch-response"),
        response("200"),
        response("200", "200", "200"),
        response("200", "404"),
        response("200", ""),
        json.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": [1, None]}).encode(),
        json.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": {}}).encode(),
        b'{"resourceType":"Bundle","type":"transaction-response","entry":[{\x00',
    ],
)
def test_a_success_that_is_not_the_answer_to_this_bundle_is_doubtful(body: bytes) -> None:
    assert meaning(200, body) == Doubtful(Reason.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, Transient(Reason.WRONG_ADDRESS)),
        (307, Transient(Reason.WRONG_ADDRESS)),
        (401, Transient(Reason.UNAUTHORISED)),
        (404, Transient(Reason.WRONG_ADDRESS)),
        (405, Transient(Reason.WRONG_ADDRESS)),
        (408, Doubtful(Reason.TIMEOUT)),
        (409, Transient(Reason.CONFLICT)),
        (425, Transient(Reason.CONFLICT)),
        (429, Transient(Reason.BUSY)),
        (500, Doubtful(Reason.SERVER_ERROR)),
        (501, Doubtful(Reason.SERVER_ERROR)),
        (502, Doubtful(Reason.SERVER_ERROR)),
        (503, Transient(Reason.BUSY)),
        (504, Doubtful(Reason.SERVER_ERROR)),
    ],
)
def test_a_status_without_words_means_what_the_table_says(status: int, expected: Outcome) -> None:
    assert meaning(status) == expected


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 412, 413, 422])
def test_a_refusal_keeps_the_hubs_own_words(status: int) -> None:
    assert meaning(status, OUTCOME) == Refused(OUTCOME.decode())


@pytest.mark.parametrize("status", [400, 403, 412, 413, 422])
def test_a_refusal_without_words_gets_the_status_as_words(status: int) -> None:
    outcome = meaning(status, b"<html>")
    assert isinstance(outcome, Refused)
    assert json.loads(outcome.outcome)["issue"][0]["diagnostics"] == f"HTTP {status}"


def test_a_refusals_words_are_bounded() -> None:
    long = json.dumps({"resourceType": "OperationOutcome", "text": "x" * HUB_OUTCOME_MAX_CHARS}).encode()
    outcome = meaning(422, long)
    assert isinstance(outcome, Refused)
    assert len(outcome.outcome) == HUB_OUTCOME_MAX_CHARS


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", 0.0),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("999999999", HUB_RETRY_AFTER_MAX_S),
        ("-1", 0.0),
        ("1.5", 0.0),
        ("５", 0.0),
        ("Fri, 31 Dec 2027 23:59:59 GMT", 0.0),
    ],
)
def test_the_hubs_wish_for_a_pause_is_kept_within_bounds(header: str, expected: float) -> None:
    assert retry_after_s(header) == expected


def test_a_busy_hub_says_how_long_to_wait() -> None:
    assert meaning(503, retry_after="30") == Transient(Reason.BUSY, 30.0)


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b"12"])
def test_a_body_that_is_no_object_is_none(body: bytes) -> None:
    found: dict[str, Any] | None = Answer(200, body).json()
    assert found is None
