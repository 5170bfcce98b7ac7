"""The desk as a service: real sockets, real processes, clean ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import read_site
from appliance.consent.defaults import policy_document
from appliance.desk.service import DeskService
from appliance.desk.setup import add_staff
from appliance.limits import DESK_SWEEP_S, SESSION_IDLE_S, STOP_WITHIN_S
from appliance.records import messages
from appliance.records.messages import Message, Wake, to_bytes
from appliance.sockets import Listener, PeerError, ask, own_uids
from appliance.store import audit, governing
from appliance.store.db import create_store
from appliance.store.keys import create_key
from tests.desk.counter import NETWORK, Counter, write_site
from tests.signing import write_rules
from tests.store.consented import PASSWORD
from tests.store.made import FACILITY


@pytest.fixture
def service(counter: Counter) -> Iterator[DeskService]:
    listener = Listener(counter.site.socket("desk"), own_uids())
    yield DeskService(counter.desk, listener, counter.clock)
    listener.close()


def asked(counter: Counter, service: DeskService, message: Message) -> Message:
    """The answer over the socket; the question is asked from another thread, as the kiosk's process would."""
    answers: list[bytes] = []
    asking = threading.Thread(
        target=lambda: answers.append(ask(counter.site.socket("desk"), to_bytes(message)))
    )
    asking.start()
    assert service.turn()
    asking.join()
    return messages.answer(answers[0])


def test_a_question_over_the_socket_is_answered(counter: Counter, service: DeskService):
    found = asked(counter, service, messages.WhoAmI(token=counter.token))
    assert isinstance(found, messages.SignedIn)


def test_another_user_is_cut_off_without_an_answer(counter: Counter):
    listener = Listener(counter.site.socket("desk"), [99_999])
    service = DeskService(counter.desk, listener, counter.clock)
    failures: list[Exception] = []

    def asking() -> None:
        try:
            ask(counter.site.socket("desk"), to_bytes(messages.ListFacilities()))
        except PeerError as error:
            failures.append(error)

    thread = threading.Thread(target=asking)
    thread.start()
    service.turn()
    thread.join()
    listener.close()
    assert len(failures) == 1


def test_a_change_of_consent_wakes_the_exchange_after_the_answer(counter: Counter, service: DeskService):
    who = counter.patient()
    text = counter.signature(who)
    heard: list[Message] = []
    exchange = Listener(counter.site.socket("exchange"), own_uids())

    def woken(data: bytes) -> bytes:
        heard.append(messages.exchange_request(data))
        return to_bytes(messages.Done())

    listening = threading.Thread(target=lambda: exchange.serve_one(woken, 10.0))
    listening.start()
    assert isinstance(asked(counter, service, text), messages.ConsentSigned)
    listening.join()
    exchange.close()
    assert heard == [Wake()]


def test_without_an_exchange_the_desk_goes_on(counter: Counter, service: DeskService):
    found = asked(counter, service, counter.signature(counter.patient()))
    assert isinstance(found, messages.ConsentSigned)
    assert not counter.desk.changed


def test_what_is_due_is_ended_by_the_sweep(counter: Counter, service: DeskService):
    who = counter.patient()
    write_rules(counter.folder, NETWORK, policy=policy_document("2", valid_days=1))
    consent = counter.agree(who)
    service.sweep()
    assert governing.load(counter.store, consent).state == "active"
    counter.clock.advance(86_400)
    service.sweep()
    assert governing.load(counter.store, consent).state == "expired"
    events = [entry.event for entry in audit.entries(counter.store)]
    assert events[-2:] == ["session-ended", "consent-expired"]


def test_the_sweep_comes_by_itself_within_a_minute(counter: Counter, service: DeskService):
    assert DESK_SWEEP_S < 60
    counter.clock.advance(SESSION_IDLE_S)
    assert isinstance(asked(counter, service, messages.ListFacilities()), messages.FacilityList)
    assert counter.store.value("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 0


def test_the_sweep_survives_missing_rules(counter: Counter, service: DeskService):
    (counter.folder / "policy.json").unlink()
    counter.desk.rules_file = type(counter.desk.rules_file)(counter.site.network, counter.store)
    counter.clock.advance(SESSION_IDLE_S)
    service.sweep()
    assert counter.store.value("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 0


def test_an_idle_turn_ends_by_itself(counter: Counter, service: DeskService):
    assert not service.turn()


def test_the_process_serves_and_ends_cleanly_when_told(tmp_path: Path):
    site_file = write_site(tmp_path)
    key = create_key(tmp_path / "store.key")
    with create_store(tmp_path / "store.db", key, SystemClock()) as store:
        add_staff(store, FACILITY, "sensei", "練習　花子", "doctor", PASSWORD)
    site = read_site(site_file)
    process = subprocess.Popen([sys.executable, "-m", "appliance", "desk", "--site", str(site_file)])
    try:
        found = messages.answer(_as_soon_as_it_listens(site.socket("desk"), process))
        assert isinstance(found, messages.SignedIn)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STOP_WITHIN_S) == 0
    finally:
        process.kill()
        process.wait()
    assert not site.socket("desk").exists()


def _as_soon_as_it_listens(socket: Path, process: subprocess.Popen[bytes]) -> bytes:
    question = to_bytes(messages.SignIn(facility=FACILITY, login="sensei", password=PASSWORD))
    for _ in range(200):
        assert process.poll() is None, "the desk ended by itself"
        try:
            return ask(socket, question)
        except PeerError:
            time.sleep(0.1)
    pytest.fail("the desk does not listen")
