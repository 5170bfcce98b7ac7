"""Accounts, passwords, lock-out and sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from appliance.clock import ManualClock
from appliance.consent.roles import Role
from appliance.limits import (
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    SESSION_IDLE_S,
    SESSION_KEEP_S,
    SESSION_MAX_S,
    SESSION_TOUCH_S,
    SESSIONS_PER_STAFF_MAX,
    SIGN_IN_LOCK_S,
    SIGN_IN_MAX_FAILURES,
)
from appliance.store import audit, staff
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.staff import NoSessionError, SignInRefusedError, StaffError
from tests.store.consented import PASSWORD
from tests.store.made import FACILITY, new_store

WRONG = "wrong horse battery"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with new_store(tmp_path, clock) as made:
        with made.transaction():
            staff.add(made, FACILITY, "sensei", "練習　花子", Role.DOCTOR, PASSWORD)
        yield made


def sign_in(store: Store, login: str = "sensei", password: str = PASSWORD) -> str:
    token, _ = staff.sign_in(store, FACILITY, login, password)
    return token


def refused(store: Store, login: str = "sensei", password: str = WRONG, facility: str = FACILITY) -> str:
    with pytest.raises(SignInRefusedError) as raised:
        staff.sign_in(store, facility, login, password)
    return raised.value.for_terminal()


def events(store: Store) -> list[str]:
    return [entry.event for entry in audit.entries(store)]


def test_the_right_password_opens_a_session(store: Store):
    token, session = staff.sign_in(store, FACILITY, "sensei", PASSWORD)
    assert (session.name, session.role, session.facility) == ("練習　花子", "doctor", FACILITY)
    assert staff.session(store, token) == session


@pytest.mark.parametrize("login", ["SENSEI", " sensei ", "ｓｅｎｓｅｉ"])
def test_a_login_is_the_same_in_any_width_and_case(store: Store, login: str):
    assert sign_in(store, login)


def test_a_password_is_the_same_in_full_width(store: Store):
    assert sign_in(store, password="ｃｏｒｒｅｃｔ ｈｏｒｓｅ　ｂａｔｔｅｒｙ")


@pytest.mark.parametrize("password", ["", WRONG, PASSWORD.upper(), PASSWORD + " ", "x" * 100_000])
def test_a_wrong_password_opens_nothing(store: Store, password: str):
    refused(store, password=password)


def test_an_unknown_name_a_wrong_password_and_a_lock_get_the_same_answer(store: Store):
    wrong = refused(store)
    assert refused(store, login="nobody") == wrong
    assert refused(store, facility="0000000000", password=PASSWORD) == wrong
    for _ in range(SIGN_IN_MAX_FAILURES):
        refused(store)
    assert refused(store, password=PASSWORD) == wrong


def test_an_unknown_name_costs_a_password_check_too(store: Store, monkeypatch: pytest.MonkeyPatch):
    checked: list[str] = []

    def counting(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002
        checked.append(hash)
        return original(self, hash, password)

    original = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", counting)
    refused(store, login="nobody")
    refused(store)
    assert len(checked) == 2
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in checked)


def test_failures_in_a_row_lock_the_account_for_a_while(store: Store, clock: ManualClock):
    for _ in range(SIGN_IN_MAX_FAILURES):
        refused(store)
    refused(store, password=PASSWORD)
    clock.advance(SIGN_IN_LOCK_S - 1)
    refused(store, password=PASSWORD)
    clock.advance(1)
    assert sign_in(store)
    assert events(store).count("staff-locked") == 1


def test_tries_during_a_lock_do_not_make_it_longer(store: Store, clock: ManualClock):
    for _ in range(SIGN_IN_MAX_FAILURES):
        refused(store)
    for _ in range(3 * SIGN_IN_MAX_FAILURES):
        refused(store)
    clock.advance(SIGN_IN_LOCK_S)
    assert sign_in(store)


def test_a_success_in_between_forgives_the_failures(store: Store):
    for _ in range(3):
        for _ in range(SIGN_IN_MAX_FAILURES - 1):
            refused(store)
        assert sign_in(store)


def test_a_lock_does_not_end_the_session_of_whoever_is_signed_in(store: Store):
    token = sign_in(store)
    for _ in range(SIGN_IN_MAX_FAILURES):
        refused(store)
    assert staff.session(store, token)


def test_every_try_is_audited_and_no_name_that_was_tried(store: Store):
    refused(store, login="練習太郎かもしれない名前")
    refused(store)
    sign_in(store)
    assert events(store) == ["staff-added", "sign-in-refused", "sign-in-refused", "signed-in"]
    assert "練習太郎" not in str(list(audit.entries(store)))


def test_the_store_holds_neither_password_nor_token(store: Store):
    token = sign_in(store)
    everything = str(
        [store.rows(f"SELECT * FROM {table}") for table in ("staff", "sessions", "audit", "meta")]
    )
    assert PASSWORD not in everything
    assert token not in everything
    kept = store.value("SELECT token_hash FROM sessions")
    assert kept == hashlib.sha256(token.encode()).digest()


def test_tokens_are_long_and_never_the_same(store: Store):
    tokens = {sign_in(store) for _ in range(4)}
    assert len(tokens) == 4
    assert all(len(token) >= 43 for token in tokens)  # 256 bits in base64


@pytest.mark.parametrize("password", ["x" * (PASSWORD_MIN_CHARS - 1), "x" * (PASSWORD_MAX_CHARS + 1), ""])
def test_a_password_that_is_too_short_or_too_long_is_not_taken(store: Store, password: str):
    with pytest.raises(StaffError), store.transaction():
        staff.add(store, FACILITY, "other", "練習", Role.NURSE, password)


def test_a_login_is_taken_once_a_facility(store: Store):
    with pytest.raises(StaffError), store.transaction():
        staff.add(store, FACILITY, "Sensei", "別の人", Role.NURSE, PASSWORD)
    with store.transaction():
        assert staff.add(store, "1319999999", "sensei", "別の施設の人", Role.NURSE, PASSWORD)


@pytest.mark.parametrize(("login", "name"), [("", "練習"), ("x", " "), ("x" * 65, "練習"), ("x", "練" * 81)])
def test_an_account_needs_a_login_and_a_name_of_sensible_length(store: Store, login: str, name: str):
    with pytest.raises(StaffError), store.transaction():
        staff.add(store, FACILITY, login, name, Role.NURSE, PASSWORD)


# --- sessions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "あ" * 1000])
def test_a_token_that_was_never_given_is_nobody(store: Store, token: str):
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_a_session_locks_when_it_is_idle(store: Store, clock: ManualClock):
    token = sign_in(store)
    clock.advance(SESSION_IDLE_S - 1)
    assert staff.session(store, token, touch=False)
    clock.advance(1)
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_activity_keeps_a_session_open_but_not_past_its_limit(store: Store, clock: ManualClock):
    token = sign_in(store)
    for _ in range(int(SESSION_MAX_S // 200) - 1):
        clock.advance(200)
        staff.session(store, token)
    clock.advance(200)
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_only_watching_does_not_keep_a_session_open(store: Store, clock: ManualClock):
    token = sign_in(store)
    for _ in range(4):
        clock.advance(SESSION_IDLE_S / 5)
        staff.session(store, token, touch=False)
    clock.advance(SESSION_IDLE_S / 5)
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_requests_close_together_write_nothing(store: Store, clock: ManualClock):
    token = sign_in(store)
    before = store.rows("SELECT * FROM sessions")
    clock.advance(SESSION_TOUCH_S - 1)
    staff.session(store, token)
    assert store.rows("SELECT * FROM sessions") == before
    clock.advance(1)
    staff.session(store, token)
    assert store.rows("SELECT * FROM sessions") != before


def test_activity_can_be_marked_inside_a_transaction(store: Store, clock: ManualClock):
    token = sign_in(store)
    clock.advance(60)
    with store.transaction():
        staff.session(store, token)
    clock.advance(SESSION_IDLE_S - 1)
    assert staff.session(store, token)


def test_a_clock_that_runs_back_ends_sessions(store: Store, clock: ManualClock):
    token = sign_in(store)
    clock.advance(-3600)
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_signing_out_ends_a_session_and_twice_does_no_harm(store: Store):
    token = sign_in(store)
    staff.sign_out(store, token)
    staff.sign_out(store, token)
    staff.sign_out(store, "never")
    with pytest.raises(NoSessionError):
        staff.session(store, token)
    assert events(store).count("signed-out") == 1


def test_whoever_is_removed_has_no_session_at_the_next_request(store: Store):
    token = sign_in(store)
    who = staff.session(store, token).staff
    with store.transaction():
        staff.remove(store, who)
    with pytest.raises(NoSessionError):
        staff.session(store, token)
    refused(store, password=PASSWORD)


def test_a_right_that_ends_at_a_set_time_ends_the_session_then(store: Store, clock: ManualClock):
    token = sign_in(store)
    with store.transaction():
        store.execute("UPDATE staff SET valid_to = '2026-10-01T01:01:00.000Z'")  # 10:01 in Japan
    clock.advance(59)
    assert staff.session(store, token)
    clock.advance(1)
    with pytest.raises(NoSessionError):
        staff.session(store, token)


def test_a_new_password_ends_every_session_and_the_old_password(store: Store):
    token = sign_in(store)
    who = staff.session(store, token).staff
    with store.transaction():
        staff.change_password(store, who, "another long password", by=who)
    with pytest.raises(NoSessionError):
        staff.session(store, token)
    refused(store, password=PASSWORD)
    assert sign_in(store, password="another long password")


def test_nobody_has_more_than_a_few_sessions(store: Store, clock: ManualClock):
    tokens = []
    for _ in range(SESSIONS_PER_STAFF_MAX + 2):
        tokens.append(sign_in(store))
        clock.advance(1)
    assert store.value("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == SESSIONS_PER_STAFF_MAX
    assert staff.session(store, tokens[-1])
    with pytest.raises(NoSessionError):
        staff.session(store, tokens[0])


def test_due_sessions_are_ended_audited_and_later_forgotten(store: Store, clock: ManualClock):
    sign_in(store)
    assert staff.end_due_sessions(store) == 0
    clock.advance(SESSION_IDLE_S)
    assert staff.end_due_sessions(store) == 1
    assert staff.end_due_sessions(store) == 0
    assert events(store).count("session-ended") == 1
    clock.advance(SESSION_KEEP_S + 1)
    staff.end_due_sessions(store)
    assert store.value("SELECT count(*) FROM sessions") == 0


def test_a_weighty_step_asks_for_the_password_again(store: Store):
    _, session = staff.sign_in(store, FACILITY, "sensei", PASSWORD)
    staff.prove_again(store, session, PASSWORD)
    with pytest.raises(SignInRefusedError):
        staff.prove_again(store, session, WRONG)


def test_wrong_passwords_at_a_weighty_step_count_towards_the_lock(store: Store):
    _, session = staff.sign_in(store, FACILITY, "sensei", PASSWORD)
    for _ in range(SIGN_IN_MAX_FAILURES):
        with pytest.raises(SignInRefusedError):
            staff.prove_again(store, session, WRONG)
    with pytest.raises(SignInRefusedError):
        staff.prove_again(store, session, PASSWORD)


def test_a_hash_with_older_parameters_is_renewed_at_the_next_sign_in(store: Store):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with store.transaction():
        store.execute("UPDATE staff SET password_hash = ?", (old,))
    assert sign_in(store)
    assert store.value("SELECT password_hash FROM staff").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(store)


def test_a_name_is_given_for_paper_and_empty_for_nobody(store: Store):
    assert staff.name_of(store, 1) == "練習　花子"
    assert staff.name_of(store, None) == ""


def test_the_event_list_has_no_two_words_for_one_thing():
    assert len({event.value for event in Event}) == len(Event)
