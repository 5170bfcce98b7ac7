"""The table of questions, and what becomes of what goes wrong."""

from __future__ import annotations

import logging
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.desk import answers, finding
from appliance.desk.answers import ANSWERS, answer
from appliance.records import messages
from appliance.records.messages import DeskRequest, Failed
from tests.desk.counter import Counter

WITHOUT_SESSION = {messages.SignIn, messages.SignOut, messages.ListFacilities}
ARGUMENTS = {str: "x", int: 1, bool: True, tuple: ()}


def made(kind: type[messages.Message]) -> messages.Message:
    """A question of this kind with something in every mandatory field, from nobody."""
    values = {}
    for field in msgspec.structs.fields(kind):
        if field.required:
            values[field.name] = ARGUMENTS[getattr(field.type, "__origin__", field.type)]
    return kind(**values)


def test_every_question_of_the_contract_has_its_answer():
    assert set(ANSWERS) == set(get_args(DeskRequest))


@pytest.mark.parametrize("kind", sorted(set(ANSWERS) - WITHOUT_SESSION, key=lambda kind: kind.__name__))
def test_without_a_session_nothing_is_told_and_nothing_changes(
    counter: Counter, kind: type[messages.Message]
):
    who = counter.patient()
    counter.agree(who)
    before = {
        table: counter.store.rows(f"SELECT * FROM {table}") for table in ("consents", "deliveries", "audit")
    }
    assert counter.refused(made(kind)) in {"STAFF-0003", "DESK-0006", "DESK-0003"}
    assert {table: counter.store.rows(f"SELECT * FROM {table}") for table in before} == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b"\xff\xfe",
        b'{"type": "Nothing"}',
        b'{"type": "WhoAmI"}',
        b'{"type": "WhoAmI", "token": 1}',
        b'{"type": "WhoAmI", "token": "x", "extra": 1}',
        b'{"type": "SignedIn", "token": "x"}',
        b"[" * 10_000,
    ],
)
def test_what_is_no_question_is_answered_so(counter: Counter, data: bytes):
    found = messages.answer(answer(counter.desk, data))
    assert isinstance(found, Failed)
    assert found.code == "DESK-0007"


@given(data=st.binary(max_size=200))
def test_no_bytes_bring_the_desk_down(data: bytes):
    found = messages.answer(answer(None, data))  # type: ignore[arg-type]
    assert isinstance(found, Failed)


def test_an_unexpected_error_is_an_answer_and_its_words_stay_out_of_the_log(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def breaks(*_: object, **__: object) -> object:
        raise ValueError("練習太郎 1950-01-01")

    monkeypatch.setattr(finding.chart, "find", breaks)
    with caplog.at_level(logging.DEBUG):
        asked = messages.FindPatients(token=counter.token, kana="レン")
        assert counter.refused(asked) == "DESK-0000"
    assert "ValueError at breaks" in caplog.text
    assert "FindPatients" in caplog.text
    assert "練習太郎" not in caplog.text
    assert answers._without_values(ValueError("練習")) == "ValueError"


def test_after_an_unexpected_error_the_next_question_is_answered(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    def breaks(*_: object, **__: object) -> object:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(finding.audit, "append", breaks)
        counter.refused(messages.FindPatients(token=counter.token, kana="レン"))
    counter.ask(messages.FindPatients(token=counter.token, kana="レン"), messages.PatientList)


def test_without_rules_patients_are_found_but_nothing_is_decided(counter: Counter):
    who = counter.patient()
    (counter.folder / "policy.json").unlink()
    counter.desk.rules_file = type(counter.desk.rules_file)(counter.site.network, counter.store)
    counter.ask(messages.FindPatients(token=counter.token, kana="レン"), messages.PatientList)
    assert counter.refused(messages.ShowPatient(token=counter.token, patient=who)) == "CONSENT-0101"
