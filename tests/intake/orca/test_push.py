"""PUSH: what a notification hints at, and that losing it, or the whole connection, harms nothing."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.intake.orca.hints import Hint, hint_of
from appliance.intake.orca.push import Push
from appliance.limits import ORCA_PUSH_RETRY_S
from tests.simulators.orca import PushServer


def no_context() -> ssl.SSLContext:
    raise AssertionError


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.fixture
def server() -> Iterator[PushServer]:
    made = PushServer()
    made.start()
    yield made
    made.stop()


class Listening:
    """A Push and its clock."""

    def __init__(self, server: PushServer) -> None:
        self.clock = ManualClock()
        self.push = Push(server.address, no_context, self.clock)
        self.server = server

    def connect(self) -> Hint:
        hint = self.push.listen()
        until(lambda: self.server.subscribers == 1)
        return hint

    def hear(self) -> Hint:
        """What comes, waiting for it."""
        hints: list[Hint] = []

        def came() -> bool:
            hints.append(self.push.listen())
            return hints[-1].something

        until(came)
        return hints[-1]


@pytest.fixture
def listening(server: PushServer) -> Iterator[Listening]:
    made = Listening(server)
    yield made
    made.push.close()


def account(uuid: str = "u1") -> str:
    body = {"Patient_Mode": "modify", "Patient_ID": "00012", "Perform_Date": "2026-09-01"}
    data = {"uuid": uuid, "event": "patient_account", "body": body}
    return json.dumps({"command": "event", "sub.id": "1", "data": data})


def test_connecting_is_a_reason_to_look(listening: Listening) -> None:
    assert listening.push.away
    assert listening.connect().something
    assert not listening.push.away
    assert listening.push.listen() == Hint()


def test_a_notification_says_which_day(listening: Listening) -> None:
    listening.connect()
    listening.server.say(account())
    assert listening.hear() == Hint(something=True, days=frozenset({date(2026, 9, 1)}))


def test_a_repeated_notification_and_noise_say_nothing(listening: Listening) -> None:
    listening.connect()
    listening.server.say(account())
    assert listening.hear().something
    noise = ("{", "[]", "7", '{"command":"event","data":[]}', '{"command":"error","code":"PARSE_ERROR"}')
    for text in (account(), *noise, account("u2")):
        listening.server.say(text)
    until(lambda: listening.push.listen().something)
    assert not listening.push.away


def test_a_lost_connection_is_tried_again_after_a_while(listening: Listening) -> None:
    listening.connect()
    listening.server.stop()
    until(lambda: not listening.push.listen().something and listening.push.away)
    listening.clock.advance(ORCA_PUSH_RETRY_S - 1)
    listening.server.start()
    assert listening.push.listen() == Hint()
    assert listening.push.away
    listening.clock.advance(1)
    assert listening.connect().something


def test_a_server_that_is_no_pusher_is_away() -> None:
    clock = ManualClock()
    push = Push("ws://127.0.0.1:9/ws", no_context, clock)
    assert push.listen() == Hint()
    assert push.away
    assert push.listen() == Hint()


@pytest.mark.parametrize("number", ["", "../..", "1" * 21, "１２", 12, None, ["1"]])
def test_a_patient_number_that_is_none_is_not_asked_about(number: object) -> None:
    event = {"event": "patient_information", "body": {"Patient_ID": number, "Perform_Date": 7}}
    assert hint_of(event) == Hint(something=True)


def test_the_documented_notifications_hint_at_their_days_and_patients(shared: Path) -> None:
    lines = (shared / "samples/orca/doc_push_events.jsonl").read_text(encoding="utf-8").splitlines()
    hints = {event["event"]: hint_of(event) for event in map(json.loads, lines)}
    assert hints["patient_account"].days == {date(2017, 7, 10)}
    assert hints["patient_account"].patients == frozenset()
    assert hints["patient_information"].patients == {"00198"}
    assert hints["patient_accept"] == Hint(
        something=True, days=frozenset({date(2016, 12, 15)}), patients=frozenset({"00161"})
    )
    assert hints["print001"] == Hint(something=True)
    assert all(hint.something for hint in hints.values())
