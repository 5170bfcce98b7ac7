"""The connection: who is let in, over what, how often, and what each failure is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from appliance.clock import ManualClock, SystemClock
from appliance.formats.orca.heard import hear
from appliance.intake.orca import client as client_module
from appliance.intake.orca import requests
from appliance.intake.orca.client import Client
from appliance.intake.orca.requests import Question
from appliance.intake.orca.troubles import ENDS_LOOK, OrcaError, Trouble
from appliance.limits import ORCA_PAUSE_MIN_MS
from appliance.practice.orca.answers import Chart
from appliance.sources import OrcaSource, SourceKind
from appliance.warnings import OF_KIND, warning_of
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.simulators.orca import PASSWORD, Orca

TODAY = requests.visits_on(date(2026, 10, 1))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    return make_lab_pki(tmp_path_factory.mktemp("pki"), [])


@pytest.fixture
def orca(charts: list[Chart]) -> Iterator[Orca]:
    with Orca(charts) as server:
        yield server


def trouble_of(source: OrcaSource, question: Question = TODAY, password: str = PASSWORD) -> Trouble:
    client = Client(source, password, SystemClock())
    try:
        with pytest.raises(OrcaError) as caught:
            client.ask(question)
    finally:
        client.close()
    return caught.value.trouble


def test_tls_with_the_box_s_own_certificate(charts: list[Chart], pki: LabPki, tmp_path: Path) -> None:
    with Orca(charts, pki=pki) as orca:
        client = Client(orca.source(), PASSWORD, SystemClock())
        assert hear(client.ask(TODAY)) is not None
        assert hear(client.ask(TODAY)) is not None
        client.close()
        assert orca.most_at_once == 1
        stranger = make_lab_pki(tmp_path / "stranger", [])
        assert trouble_of(replace(orca.source(), ca=stranger.ca_path)) is Trouble.TLS
        nobody = replace(orca.source(), certificate=None, key=None)
        assert trouble_of(nobody) in (Trouble.TLS, Trouble.CUT)
        assert trouble_of(replace(orca.source(), key=tmp_path / "absent.key")) is Trouble.CERTIFICATE


def test_a_wrong_password_is_named(orca: Orca) -> None:
    assert trouble_of(orca.source(), password="wrong") is Trouble.SIGN_IN


def test_a_server_that_is_off_is_away(orca: Orca) -> None:
    source = orca.source()
    orca.stop()
    assert trouble_of(source) is Trouble.AWAY


def test_the_wrong_path_is_named(orca: Orca) -> None:
    assert trouble_of(replace(orca.source(), url=orca.source().url + "/api")) is Trouble.NOT_ALLOWED
    orca.faults.status["*"] = 404
    assert trouble_of(orca.source()) is Trouble.WRONG_ADDRESS


def test_what_writes_is_refused_by_the_server_and_never_asked(orca: Orca) -> None:
    writing = Question(requests.Ask.ACTS, "POST", "orca11/acceptmodv2?class=01", b"<data/>")
    assert trouble_of(orca.source(), writing) is Trouble.NOT_ALLOWED


def test_a_slow_answer_is_given_up(orca: Orca, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ORCA_READ_TIMEOUT_S", 0.2)
    orca.faults.slow_s = 0.6
    assert trouble_of(orca.source()) is Trouble.SLOW


def test_an_answer_that_is_too_large_is_not_read(orca: Orca, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ORCA_ANSWER_MAX_BYTES", 50)
    assert trouble_of(orca.source()) is Trouble.NOT_UNDERSTOOD


def test_a_broken_answer_and_a_server_error_are_told_apart(orca: Orca) -> None:
    orca.faults.cut = 1
    assert trouble_of(orca.source()) is Trouble.CUT
    orca.faults.status["visitptlstv2"] = 503
    assert trouble_of(orca.source()) is Trouble.SERVER_ERROR


def test_at_most_two_questions_a_second(orca: Orca) -> None:
    clock = ManualClock()
    client = Client(orca.source(pause_ms=ORCA_PAUSE_MIN_MS), PASSWORD, clock)
    for _ in range(5):
        client.ask(TODAY)
    client.close()
    assert clock.monotonic_s() == 4 * ORCA_PAUSE_MIN_MS / 1000


def test_the_pause_is_kept_on_the_real_clock(orca: Orca) -> None:
    client = Client(orca.source(pause_ms=100), PASSWORD, SystemClock())
    for _ in range(3):
        client.ask(TODAY)
    client.close()
    first, second, third = orca.asked_at_s
    assert min(second - first, third - second) >= 0.09


def test_every_trouble_has_words_of_its_own() -> None:
    unknown = warning_of(SourceKind.ORCA, "no such trouble")
    told = [warning_of(SourceKind.ORCA, trouble) for trouble in Trouble]
    assert unknown not in told
    assert len({one.ja for one in told}) == len(told)
    assert all((one.ja, one.en, one.hint_ja, one.hint_en) for one in told)
    assert set(OF_KIND[SourceKind.ORCA]) == set(Trouble) - {Trouble.STORE_FULL}
    assert all(trouble.value.startswith("away") for trouble in ENDS_LOOK)
    error = OrcaError(Trouble.NOT_ALLOWED)
    assert "receipt_route.ini" in error.hint_ja
    assert error.code in error.for_terminal()


def test_a_restarted_server_is_found_again(orca: Orca) -> None:
    client = Client(orca.source(), PASSWORD, SystemClock())
    client.ask(TODAY)
    orca.stop()
    with pytest.raises(OrcaError):
        client.ask(TODAY)
    orca.start()
    assert hear(client.ask(TODAY)) is not None
    client.close()
