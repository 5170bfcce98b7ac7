"""Staff accounts, passwords and sessions.

A password is kept as an argon2id hash, a session token as its SHA-256 only. An unknown name, a wrong password and a
locked account get the same answer at the same cost; every request asks anew whether the person may still be here.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import from_iso, iso
from appliance.consent.roles import Role
from appliance.errors import Audience, RenkeiError
from appliance.limits import (
    LOGIN_MAX_CHARS,
    SESSION_IDLE_S,
    SESSION_KEEP_S,
    SESSION_MAX_S,
    SESSION_TOUCH_S,
    SESSIONS_PER_STAFF_MAX,
    SIGN_IN_LOCK_S,
    SIGN_IN_MAX_FAILURES,
    STAFF_NAME_MAX_CHARS,
)
from appliance.store import audit
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.passwords import StaffError, folded, hashed, matches, nobodys_hash, renewed

_TOKEN_BYTES = 32


class SignInRefusedError(RenkeiError):
    """Name and password do not open anything: which of the two, or a lock, is not said."""

    code = "STAFF-0002"
    audience = Audience.STAFF

    def __init__(self) -> None:
        minutes = int(SIGN_IN_LOCK_S // 60)
        super().__init__(
            "利用者名かパスワードが違います。",
            "The name or the password is wrong.",
            hint_ja=f"{SIGN_IN_MAX_FAILURES}回続けて間違えると{minutes}分間入れなくなります。分からないときは管理者にお尋ねください。",
            hint_en=f"After {SIGN_IN_MAX_FAILURES} failures in a row the account is locked for {minutes} minutes. "
            "Ask your administrator.",
        )


class NoSessionError(RenkeiError):
    """There is no such session, or it has ended."""

    code = "STAFF-0003"
    audience = Audience.STAFF

    def __init__(self) -> None:
        super().__init__(
            "サインインの期限が切れました。",
            "You are no longer signed in.",
            hint_ja="もう一度サインインしてください。",
            hint_en="Sign in again.",
        )


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Somebody signed in, as of this request."""

    staff: int
    facility: str
    login: str
    name: str
    role: str
    administrator: bool


# --- accounts --------------------------------------------------------------------------------------


def add(
    store: Store,
    facility: str,
    login: str,
    name: str,
    role: Role,
    password: str,
    *,
    administrator: bool = False,
    by: int | None = None,
) -> int:
    """Make an account, inside a transaction; its id. Raises StaffError for a taken name or a weak password."""
    login, name = folded(login).strip().lower(), name.strip()
    if not 0 < len(login) <= LOGIN_MAX_CHARS or not 0 < len(name) <= STAFF_NAME_MAX_CHARS:
        raise StaffError("利用者名と氏名を入れてください。", "A login and a name are needed.")
    if store.value("SELECT 1 FROM staff WHERE facility = ? AND login = ?", (facility, login)):
        raise StaffError(
            "その利用者名はすでに使われています。",
            "This login is taken.",
            hint_ja="別の利用者名にしてください。",
            hint_en="Choose another one.",
        )
    new = store.insert(
        "INSERT INTO staff (facility, login, name, role, administrator, password_hash, valid_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (facility, login, name, role.value, int(administrator), hashed(password), store.now()),
    )
    audit.append(store, Event.STAFF_ADDED, staff=by, facility=facility, added=new, role=role.value)
    return new


def remove(store: Store, staff: int, *, by: int | None = None) -> None:
    """End an account and its sessions now, inside a transaction."""
    now = store.now()
    store.execute("UPDATE staff SET valid_to = ? WHERE id = ? AND valid_to IS NULL", (now, staff))
    store.execute("UPDATE sessions SET ended_at = ? WHERE staff = ? AND ended_at IS NULL", (now, staff))
    audit.append(store, Event.STAFF_REMOVED, staff=by, removed=staff)


def change_password(store: Store, staff: int, password: str, *, by: int | None = None) -> None:
    """Set a new password, unlock the account and end its sessions, inside a transaction. Raises StaffError."""
    now = store.now()
    store.execute(
        "UPDATE staff SET password_hash = ?, failures = 0, locked_until = NULL WHERE id = ?",
        (hashed(password), staff),
    )
    store.execute("UPDATE sessions SET ended_at = ? WHERE staff = ? AND ended_at IS NULL", (now, staff))
    audit.append(store, Event.PASSWORD_CHANGED, staff=by, changed=staff)


def name_of(store: Store, staff: int | None) -> str:
    """A staff member's name for screens and paper; empty when nobody is meant."""
    return str(store.value("SELECT name FROM staff WHERE id = ?", (staff,)) or "")


# --- passwords -------------------------------------------------------------------------------------


def sign_in(store: Store, facility: str, login: str, password: str) -> tuple[str, StaffSession]:
    """Check name and password and open a session: its token, which is stored nowhere. Raises SignInRefusedError.

    Not to be called inside a transaction: checking a password takes long, and others wait for the store.
    """
    name = folded(login[:LOGIN_MAX_CHARS]).strip().lower()
    row = store.row("SELECT id FROM staff WHERE facility = ? AND login = ?", (facility, name))
    staff = int(row[0]) if row else None
    if not _proved(store, staff, password):
        raise SignInRefusedError
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with store.transaction():
        now = store.now()
        _end_surplus(store, staff, now)
        store.execute(
            "INSERT INTO sessions (token_hash, staff, started_at, seen_at) VALUES (?, ?, ?, ?)",
            (_token_hash(token), staff, now, now),
        )
        signed_in = session(store, token)
        audit.append(store, Event.SIGNED_IN, staff=staff, facility=signed_in.facility, role=signed_in.role)
    return token, signed_in


def prove_again(store: Store, who: StaffSession, password: str) -> None:
    """Ask for the password of somebody signed in once more, before a weighty step. Raises SignInRefusedError.

    Not to be called inside a transaction.
    """
    if not _proved(store, who.staff, password):
        raise SignInRefusedError


def _proved(store: Store, staff: int | None, password: str) -> bool:
    row = store.row(
        "SELECT password_hash, failures, locked_until, valid_from, valid_to FROM staff WHERE id = ?", (staff,)
    )
    now = store.now()
    decoy = nobodys_hash()
    stored_hash = str(row[0]) if row else decoy
    right = matches(stored_hash, password)
    if row is None or staff is None or not _valid(row[3], row[4], now):
        with store.transaction():
            audit.append(store, Event.SIGN_IN_REFUSED)
        return False
    locked = row[2] is not None and now < row[2]
    if locked or not right:
        _count_failure(store, staff, int(row[1]), locked=locked)
        return False
    fresh = renewed(stored_hash, password)
    if row[1] or row[2] or fresh != stored_hash:
        with store.transaction():
            store.execute(
                "UPDATE staff SET failures = 0, locked_until = NULL, password_hash = ? WHERE id = ?",
                (fresh, staff),
            )
    return True


def _count_failure(store: Store, staff: int, failures: int, *, locked: bool) -> None:
    """Tries during a lock are audited but not counted, so that nobody can be kept out without end."""
    with store.transaction():
        audit.append(store, Event.SIGN_IN_REFUSED, staff=staff)
        if locked:
            return
        until = None
        if failures + 1 >= SIGN_IN_MAX_FAILURES:
            until = iso(store.clock.now() + timedelta(seconds=SIGN_IN_LOCK_S))
            audit.append(store, Event.STAFF_LOCKED, staff=staff)
        store.execute(
            "UPDATE staff SET failures = ?, locked_until = ? WHERE id = ?",
            (0 if until else failures + 1, until, staff),
        )


# --- sessions --------------------------------------------------------------------------------------


def session(store: Store, token: str, *, touch: bool = True) -> StaffSession:
    """Who a token stands for, if they may still be here. Raises NoSessionError.

    `touch` marks activity, within the caller's transaction or in one of its own; a page that only watches passes False.
    """
    row = store.row(
        "SELECT s.staff, s.started_at, s.seen_at, s.ended_at, t.facility, t.login, t.name, t.role, t.administrator,"
        " t.valid_from, t.valid_to FROM sessions s JOIN staff t ON t.id = s.staff WHERE s.token_hash = ?",
        (_token_hash(token),),
    )
    now = store.clock.now()
    if row is None or row[3] is not None or not _valid(row[9], row[10], iso(now)):
        raise NoSessionError
    idle_s = (now - from_iso(row[2])).total_seconds()
    if not _in_time(row[1], row[2], now):
        raise NoSessionError
    if touch and idle_s >= SESSION_TOUCH_S:
        _touch(store, token, iso(now))
    return StaffSession(row[0], row[4], row[5], row[6], row[7], bool(row[8]))


def sign_out(store: Store, token: str) -> None:
    """End a session, if there is one."""
    with store.transaction():
        row = store.row(
            "SELECT staff FROM sessions WHERE token_hash = ? AND ended_at IS NULL", (_token_hash(token),)
        )
        if row is not None:
            store.execute(
                "UPDATE sessions SET ended_at = ? WHERE token_hash = ?", (store.now(), _token_hash(token))
            )
            audit.append(store, Event.SIGNED_OUT, staff=row[0])


def end_due_sessions(store: Store) -> int:
    """End the sessions whose time is over or whose owner has lost the right, and forget old ones; how many ended."""
    now = store.clock.now()
    open_ones = store.rows(
        "SELECT s.token_hash, s.staff, s.started_at, s.seen_at, t.valid_from, t.valid_to"
        " FROM sessions s JOIN staff t ON t.id = s.staff WHERE s.ended_at IS NULL"
    )
    due = [
        one for one in open_ones if not _in_time(one[2], one[3], now) or not _valid(one[4], one[5], iso(now))
    ]
    forgotten = iso(now - timedelta(seconds=SESSION_KEEP_S))
    old = store.value("SELECT 1 FROM sessions WHERE ended_at < ? LIMIT 1", (forgotten,))
    if due or old:
        with store.transaction():
            for token_hash, staff, *_ in due:
                store.execute("UPDATE sessions SET ended_at = ? WHERE token_hash = ?", (iso(now), token_hash))
                audit.append(store, Event.SESSION_ENDED, staff=staff)
            store.execute("DELETE FROM sessions WHERE ended_at < ?", (forgotten,))
    return len(due)


def _touch(store: Store, token: str, now: str) -> None:
    sql, values = "UPDATE sessions SET seen_at = ? WHERE token_hash = ?", (now, _token_hash(token))
    if store.in_transaction:
        store.execute(sql, values)
        return
    with store.transaction():
        store.execute(sql, values)


def _end_surplus(store: Store, staff: int | None, now: str) -> None:
    """Nobody has more than a few sessions: the oldest end."""
    store.execute(
        "UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL AND staff = ? AND token_hash NOT IN"
        " (SELECT token_hash FROM sessions WHERE staff = ? AND ended_at IS NULL ORDER BY started_at DESC LIMIT ?)",
        (now, staff, staff, SESSIONS_PER_STAFF_MAX - 1),
    )


def _valid(since: str, until: str | None, now: str) -> bool:
    return since <= now and (until is None or now < until)


def _in_time(started_at: str, seen_at: str, now: datetime) -> bool:
    """A session is also over when the clock has run back behind it: its age can then not be known."""
    idle_s = (now - from_iso(seen_at)).total_seconds()
    age_s = (now - from_iso(started_at)).total_seconds()
    return -SESSION_TOUCH_S <= idle_s < SESSION_IDLE_S and age_s < SESSION_MAX_S


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


__all__ = [
    "NoSessionError",
    "SignInRefusedError",
    "StaffError",
    "StaffSession",
    "add",
    "change_password",
    "end_due_sessions",
    "name_of",
    "prove_again",
    "remove",
    "session",
    "sign_in",
    "sign_out",
]
