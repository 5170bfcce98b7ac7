"""Opening the store: what cannot be opened says why and is left as it was."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.clock import ManualClock
from appliance.records.clinical import Condition
from appliance.records.codec import decode_records, encode
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.store import db, deliveries, keys
from appliance.store.db import (
    DamagedStoreError,
    DatabaseError,
    NewerSchemaError,
    Store,
    StoreError,
    StoreMissingError,
    WrongKeyError,
    create_store,
    migrations,
    open_store,
)
from tests.store.made import act

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_store(tmp_path / "store.db", KEY, ManualClock()).close()
    return tmp_path / "store.db"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_new_store_has_the_newest_schema_and_is_whole(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store:
        assert store.schema_version() == migrations()[-1].number
        assert store.integrity_findings() == []
        assert store.value("PRAGMA journal_mode") == "wal"
        assert store.value("PRAGMA synchronous") == 2


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def older_store(folder: Path, schema: int, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store as the version that knew this schema made it, with one document."""
    monkeypatch.setattr(db, "migrations", lambda: migrations()[:schema])
    store = create_store(folder / "old.db", KEY, ManualClock())
    monkeypatch.undo()
    with store.transaction():
        store.execute(
            "INSERT INTO arrivals (source, name, facility, sha256, size_bytes, content, state, taken_at, clock_trusted)"
            " VALUES ('folder', 'A.UKE', '1319999012', x'00', 0, x'', 'understood', '', 1)"
        )
        store.execute(
            "INSERT INTO documents (arrival, kind, key, set_key, sequence, facility, state, period, content_hash,"
            " organization, findings, first_line, last_line, stored_at)"
            " VALUES (1, 'claim', 'k', '', '1', '1319999012', 'current', '2026-08', x'00', x'', '[]', 1, 2, '')"
        )
    return store


def test_modifiers_of_an_older_store_become_concepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schema 4 kept a diagnosis's modifiers as one coding each."""
    right = {"system": CodeSystem.RECEIPT_MODIFIER, "code": "2056", "display": "右"}
    plain = Condition(Concept((Coding(CodeSystem.RECEIPT_DISEASE, "8833421"),)), date(2026, 5, 1))
    older = [
        json.loads(encode(plain)) | {"modifiers": [right, right | {"code": "8002"}]},
        json.loads(encode(plain)),
    ]
    bodies = {"Condition": json.dumps(older).encode(), "Procedure": encode([act()])}
    with older_store(tmp_path, 4, monkeypatch) as store, store.transaction():
        store.insert_many(
            "INSERT INTO records (document, type, data_class, dates, body) VALUES (1, ?, 'diagnosis', '[]', ?)",
            list(bodies.items()),
        )
    with open_store(tmp_path / "old.db", KEY, ManualClock()) as store:
        body = store.value("SELECT body FROM records WHERE type = 'Condition'")
        others = store.value("SELECT body FROM records WHERE type = 'Procedure'")
    first, second = decode_records("Condition", body)
    assert isinstance(first, Condition)
    assert [(one.code, one.codings[0].display) for one in first.modifiers] == [("2056", "右"), ("8002", "右")]
    assert (first.concept, first.onset, second) == (plain.concept, plain.onset, plain)
    assert decode_records("Procedure", others) == [act()]


def test_deliveries_of_an_older_store_are_the_hubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schema 7 knew one channel only."""
    with older_store(tmp_path, 7, monkeypatch) as store, store.transaction():
        store.execute(
            "INSERT INTO deliveries (kind, facility, document, state, priority, not_before, created_at, changed_at)"
            " VALUES ('put', '1319999012', 1, 'ready', 3, '', '', '')"
        )
    with open_store(tmp_path / "old.db", KEY, ManualClock()) as store:
        assert deliveries.get(store, 1).channel is ChannelKind.FHIR


def test_a_commit_that_is_refused_leaves_nothing_behind_and_the_store_goes_on(path: Path) -> None:
    """A constraint that is judged at COMMIT only: SQLite says no and leaves the transaction open."""
    done = []

    def of_nobody(store: Store) -> None:
        with store.transaction():
            store.once_committed(lambda: done.append("first"))
            store.execute("PRAGMA defer_foreign_keys = ON")
            store.execute(
                "INSERT INTO patient_identities (facility, kind, value, patient) VALUES ('1', 'chart', '1', 99)"
            )

    with open_store(path, KEY, ManualClock()) as store:
        with pytest.raises(DatabaseError):
            of_nobody(store)
        with store.transaction():
            store.once_committed(lambda: done.append("second"))
            store.set_meta("after", "yes")
        assert store.value("SELECT count(*) FROM patient_identities") == 0
    with open_store(path, KEY, ManualClock()) as store:
        assert store.meta("after") == "yes"
    assert done == ["second"]


def test_nothing_of_the_content_can_be_read_in_the_file(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store:
        with store.transaction():
            store.set_meta("secret", "VERYPRIVATE")
        stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"VERYPRIVATE" not in stored
    assert b"SQLite format 3" not in stored


def test_a_wrong_key_is_named_and_changes_nothing(path: Path) -> None:
    before = digest(path)
    with pytest.raises(WrongKeyError) as caught:
        open_store(path, bytes(32), ManualClock())
    assert caught.value.code == "STORE-0003"
    assert digest(path) == before


def test_a_damaged_file_is_told_from_a_wrong_key_and_left_alone(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:2000] = bytes(1900)
    path.write_bytes(content)
    before = digest(path)
    with pytest.raises(DamagedStoreError):
        open_store(path, KEY, ManualClock())
    assert digest(path) == before


def test_a_flipped_bit_deep_in_the_file_is_found_by_the_page_check(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store, store.transaction():
        for number in range(200):
            store.set_meta(f"filler-{number}", "x" * 500)
    content = bytearray(path.read_bytes())
    content[-100] ^= 0x40
    path.write_bytes(content)
    with open_store(path, KEY, ManualClock()) as store:
        try:
            findings = store.integrity_findings()
        except DatabaseError as error:
            findings = [str(error)]
    assert findings


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store, store.transaction():
        store.execute("PRAGMA user_version = 999")
    before = digest(path)
    with pytest.raises(NewerSchemaError):
        open_store(path, KEY, ManualClock())
    assert digest(path) == before


def test_a_missing_store_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        open_store(tmp_path / "store.db", KEY, ManualClock())
    assert list(tmp_path.iterdir()) == []


def test_an_existing_store_is_never_overwritten(path: Path) -> None:
    before = digest(path)
    with pytest.raises(StoreError):
        create_store(path, KEY, ManualClock())
    assert digest(path) == before


def fail_inside(store: Store) -> None:
    with store.transaction():
        store.set_meta("a", "1")
        raise ValueError("on purpose")


def test_a_failed_transaction_leaves_nothing(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store:
        with pytest.raises(ValueError, match="on purpose"):
            fail_inside(store)
        assert store.meta("a") is None


def test_rows_are_changed_inside_transactions_only_and_these_do_not_nest(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store:
        with pytest.raises(RuntimeError):
            store.set_meta("a", "1")
        with store.transaction(), pytest.raises(RuntimeError), store.transaction():
            pass


def test_log_ids_are_stable_in_one_store_and_tell_nothing(path: Path) -> None:
    with open_store(path, KEY, ManualClock()) as store:
        assert store.log_id("patient", 7) == store.log_id("patient", 7)
        assert store.log_id("patient", 7) != store.log_id("patient", 8)
        assert len(store.log_id("patient", 7)) == 12


def test_the_key_file_must_be_private_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    key_file = tmp_path / "key"
    key = keys.create_key(key_file)
    assert keys.load_key(key_file) == key
    key_file.chmod(0o640)
    with pytest.raises(keys.StoreKeyError):
        keys.load_key(key_file)
    key_file.chmod(0o600)
    key_file.write_bytes(b"short")
    with pytest.raises(keys.StoreKeyError):
        keys.load_key(key_file)
    with pytest.raises(keys.StoreKeyError):
        keys.load_key(None)


def test_the_systemd_credential_comes_before_the_key_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store-key").write_bytes(KEY)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert keys.load_key(tmp_path / "nothing-here") == KEY
