"""Opening the store and its transactions.

SQLCipher with a raw 256-bit key, WAL and synchronous=FULL: a commit that returned survives a power cut. Opening with a
wrong key, a newer schema or a damaged file raises an error of its own and changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlcipher3 import dbapi2 as sqlcipher

from appliance.clock import Clock, iso
from appliance.errors import Audience, RenkeiError
from appliance.limits import (
    BACKUP_STEP_PAGES,
    STORE_BUSY_TIMEOUT_S,
    STORE_LOG_KEEP_BYTES,
    STORE_WANTED_LOOK_S,
)
from appliance.store import durable, in_use, key_mark, keys, swapping

Row = tuple[Any, ...]
DatabaseError = sqlcipher.DatabaseError
OperationalError = sqlcipher.OperationalError


class StoreError(RenkeiError):
    """The store could not do what was asked."""

    code = "STORE-0001"
    audience = Audience.OPERATOR


class StoreMissingError(StoreError):
    """There is no store where the site file says."""

    code = "STORE-0002"


class WrongKeyError(StoreError):
    """The key is not the one this store was made with."""

    code = "STORE-0003"


class DamagedStoreError(StoreError):
    """The file cannot be read although the key is right."""

    code = "STORE-0004"


class NewerSchemaError(StoreError):
    """A newer version of the product has written this store."""

    code = "STORE-0005"


class UnwritableStoreError(StoreError):
    """The store's disk has gone read-only, or its files belong to somebody else; the store itself may be whole."""

    code = "STORE-0006"


class StoreWantedError(StoreError):
    """Somebody waits to replace the store: whoever has it open ends, and opens it anew."""

    code = "STORE-0009"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """The schema's steps in order; their numbers are 1, 2, 3 … without a gap."""
    folder = resources.files("appliance.store") / "migrations"
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
    return tuple(Migration(int(e.name[:4]), e.name, e.read_text(encoding="utf-8")) for e in found)


class Store:
    """One connection to the store, of one process and thread. Use `open_store` or `create_store`."""

    def __init__(self, connection: Any, path: Path, clock: Clock, lock: int | None = None) -> None:
        self._connection = connection
        self._lock = lock
        self._look_at_s = 0.0
        self.path = path
        self.clock = clock
        self._depth = 0
        self._once_committed: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Everything inside is committed together, durably, or not at all. Transactions do not nest."""
        if self._depth:
            raise RuntimeError("transactions do not nest: pass the open one on")
        self._give_way()
        self._run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield self
            self._run("COMMIT")
        except BaseException:
            if (
                self._connection.in_transaction
            ):  # an I/O error has already rolled back; a refused COMMIT has not
                self._connection.execute("ROLLBACK")
            raise
        else:
            for action in self._once_committed:
                action()
        finally:
            self._depth = 0
            self._once_committed.clear()

    def once_committed(self, action: Callable[[], None]) -> None:
        """Do this when the open transaction has been committed; never if it is not."""
        self._require_transaction()
        self._once_committed.append(action)

    @property
    def in_transaction(self) -> bool:
        return bool(self._depth)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes rows, inside `transaction()`; how many rows changed."""
        self._require_transaction()
        return int(self._run(sql, parameters).rowcount)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Insert one row, inside `transaction()`; its id."""
        self._require_transaction()
        return int(self._run(sql, parameters).lastrowid)

    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each of these rows, inside `transaction()`."""
        self.insert_many(sql, rows)

    def insert_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._require_transaction()
        try:
            self._connection.executemany(sql, rows)
        except DatabaseError as error:
            self._note(error)
            raise

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        self._give_way()
        try:
            return list(self._connection.execute(sql, parameters))
        except DatabaseError as error:
            self._note(error)
            raise

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        self._give_way()
        found: Row | None = self._run(sql, parameters).fetchone()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None when there is no row."""
        found = self.row(sql, parameters)
        return found[0] if found else None

    def now(self) -> str:
        """The clock's wall time in the form the store keeps."""
        return iso(self.clock.now())

    def meta(self, name: str) -> str | None:
        value: str | None = self.value("SELECT value FROM meta WHERE name = ?", (name,))
        return value

    def set_meta(self, name: str, value: str) -> None:
        self.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def log_id(self, kind: str, value: object) -> str:
        """A salted hash that stands for an id in logs and metrics (architecture.md, rule 6)."""
        return keys.log_digest(self._log_key, f"{kind}:{value}")

    @cached_property
    def audit_key(self) -> bytes:
        """Makes the keyed hashes that outside parties are told instead of a patient; stays when the store key changes."""
        return keys.derived(self._identifier_secret, "audit-ids")

    @cached_property
    def _log_key(self) -> bytes:
        return keys.derived(self._identifier_secret, "log-ids")

    @cached_property
    def _identifier_secret(self) -> bytes:
        if (secret := self.meta("identifier-secret")) is None:
            raise DamagedStoreError(
                "保存庫に、あるはずの値がありません。",
                "A value that every store has is missing.",
                hint_ja="`renkei store check` を実行し、運用者に連絡してください。",
                hint_en="Run `renkei store check` and call the operator.",
            )
        return bytes.fromhex(secret)

    def schema_version(self) -> int:
        return int(self.value("PRAGMA user_version"))

    def integrity_findings(self) -> list[str]:
        """What SQLCipher's page check and SQLite's own structure check find; empty when the store is whole.

        The page check reads the file past the log: pages that a cut tore while the log was copied into it are mended first.
        """
        self._copy_log()
        pages = [str(row[0]) for row in self.rows("PRAGMA cipher_integrity_check")]
        structure = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return pages + [line for line in structure if line != "ok"]

    def _copy_log(self) -> None:
        """Copy into the file what the log holds, as far as nobody reads what was there before."""
        try:
            self.pragma("wal_checkpoint(PASSIVE)")
        except OperationalError as error:
            if "full" not in str(error):
                raise  # where there is no room the file does not grow, and what is in it has been mended by then

    def copy_to(self, other: Store, step: Callable[[], None] | None = None) -> None:
        """The whole store, as it is at this moment, into an empty one under the other's key. Others read and write on.

        `step` is called every limits.BACKUP_STEP_PAGES pages.
        """
        self._connection.execute("BEGIN")
        try:
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            self._connection.backup(
                other._connection,
                pages=BACKUP_STEP_PAGES,
                progress=lambda *_: step() if step else None,
                sleep=0,
            )
        finally:
            self._connection.execute("ROLLBACK")

    def pragma(self, words: str) -> list[Row]:
        """A setting of SQLite outside any transaction."""
        return list(self._run(f"PRAGMA {words}"))

    def _give_way(self) -> None:
        """Raises StoreWantedError, at most every limits.STORE_WANTED_LOOK_S and outside transactions only."""
        if self._lock is None or self._depth or self.clock.monotonic_s() < self._look_at_s:
            return
        self._look_at_s = self.clock.monotonic_s() + STORE_WANTED_LOOK_S
        if swapping.is_wanted(self.path):
            raise StoreWantedError(
                "保存庫を入れ替えるため、処理をやり直します。",
                "The store is being replaced; this is tried again with the new one.",
                hint_ja="少し待ってから、もう一度実行してください。",
                hint_en="Wait a little and try again.",
            )

    def _run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        try:
            return self._connection.execute(sql, parameters)
        except DatabaseError as error:
            self._note(error)
            raise

    def _note(self, error: Exception) -> None:
        """What looks like a damaged file is written down beside it: whoever opens it next examines it whole."""
        if tells_of_damage(error):
            self.suspect()

    def suspect(self) -> None:
        """Have the store examined wholly when a service opens it next."""
        if self._lock is not None:
            mark = swapping.beside(self.path, SUSPECT)
            with contextlib.suppress(
                OSError
            ):  # a disk that takes nothing takes no mark: the damage is met again
                mark.touch(0o600)
                swapping.belong_alike(mark, self.path)

    def _require_transaction(self) -> None:
        if not self._depth:
            raise RuntimeError("rows are changed inside a transaction only")


SUSPECT = ".suspect"
"""The ending of the file that says: somebody met damage in this store."""

_DAMAGE = ("malformed", "not a database", "disk I/O error")


def tells_of_damage(error: Exception) -> bool:
    """Whether an error of the database means that its file is damaged, or cannot be read from its disk."""
    return any(words in str(error) for words in _DAMAGE)


def create_store(path: Path, key: bytes, clock: Clock, *, version: int | None = None) -> Store:
    """Make a new, empty store at `path`, whole or not at all; refuses when there is one.

    `version` is the schema's, by default the newest.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with in_use.alone(path):
        if path.exists() or swapping.is_unfinished(path):
            raise StoreError(
                "保存庫はすでにあります。",
                "There is a store already.",
                hint_ja="別の場所を指定してください。",
            )
        making = path.with_name(path.name + ".making")
        remove_files(making)
        os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        connection = connect(making, key)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        with _configured(connection, making, clock) as store:
            _migrate(store, version)
        key_mark.write(path, key)
        durable.rename(making, path)
    return open_store(path, key, clock, upgrade=version is None)


def empty_copy(path: Path, key: bytes, clock: Clock) -> Store:
    """An empty file for `Store.copy_to`, under any key; nobody else knows of it, so it is synced once, when it is whole."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    store = Store(connect(path, key), path, clock)
    store.pragma("synchronous = OFF")
    return store


def open_copy(path: Path, key: bytes, clock: Clock) -> Store:
    """A copy of a store, to be read only; nothing is written beside it. Raises DamagedStoreError."""
    store = Store(connect(path, key, "mode=ro&immutable=1"), path, clock)
    try:
        store.schema_version()
        store.value("SELECT count(*) FROM sqlite_master")
    except DatabaseError as error:
        store.close()
        raise damaged() from error
    return store


def open_store(path: Path, key: bytes, clock: Clock, *, upgrade: bool = True) -> Store:
    """Open an existing store and bring an older schema up to date (unless told not to).

    Raises StoreMissingError, UnwritableStoreError, WrongKeyError, DamagedStoreError, NewerSchemaError or
    StoreInUseError; none of them changes the file.
    """
    swapping.finish(path, clock)
    if not path.is_file():
        raise StoreMissingError(
            "保存庫がありません。",
            "There is no store.",
            hint_ja="`renkei run` が初回に作ります。場所が正しいか site.toml の store.path を確かめてください。",
            hint_en="`renkei run` makes it the first time. Check store.path in site.toml.",
        )
    _refuse_unwritable(path)
    lock = swapping.share(path, clock)
    try:
        return open_held(path, key, clock, lock, upgrade=upgrade)
    except BaseException:
        os.close(lock)
        raise


def open_held(
    path: Path, key: bytes, clock: Clock, lock: int | None = None, *, upgrade: bool = True
) -> Store:
    """`open_store` for whoever holds `in_use` of this store already."""
    _refuse_wrong_key(path, key)
    connection = connect(path, key)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DatabaseError as error:
        connection.close()
        if tells_of_damage(error):
            raise _unreadable(path) from error
        raise
    newest = migrations()[-1].number
    if version > newest:
        connection.close()
        raise NewerSchemaError(
            f"保存庫は新しい版（{version}）で書かれています。この版が読めるのは{newest}までです。",
            f"The store was written by a newer version ({version}); this one reads up to {newest}.",
            hint_ja="機器のソフトウェアを更新してください。",
            hint_en="Update the appliance.",
        )
    store = _configured(connection, path, clock, lock)
    try:
        _migrate(store, None if upgrade else version)
    except BaseException as error:
        connection.close()
        if isinstance(error, DatabaseError) and tells_of_damage(error):
            raise damaged() from error
        raise
    return store


def opens(path: Path, key: bytes) -> bool:
    """Whether there is a store at `path` that this key reads. Raises UnwritableStoreError when that cannot be told now."""
    if not path.is_file():
        return False
    with contextlib.closing(connect(path, key)) as connection:
        try:
            connection.execute(
                "PRAGMA user_version"
            ).fetchone()  # page 1 only: damage elsewhere is no wrong key
        except OperationalError as error:  # no room for the log's index, a disk that cannot be read
            raise _unwritable() from error
        except DatabaseError:
            return False
    return True


def remove_files(path: Path) -> None:
    """Remove a database with its log, where they are."""
    for suffix in ("-wal", "-shm", "-journal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _unreadable(path: Path) -> StoreError:
    if len(key_mark.read(path)) > 1:
        return WrongKeyError(
            "保存庫の鍵の交換が、途中で終わっています。",
            "A change of the store's key has been cut.",
            hint_ja="`renkei store init` が、交換を終わらせるか元に戻します。データは失われません。",
            hint_en="`renkei store init` finishes it or takes it back; nothing is lost.",
        )
    return damaged()


def damaged() -> DamagedStoreError:
    """The error, in words for whoever has to act."""
    return DamagedStoreError(
        "保存庫が壊れていて読めません。",
        "The store is damaged and cannot be read.",
        hint_ja="電源を切らずに運用者に連絡してください。`renkei store check` が壊れた場所を示します。",
        hint_en="Keep the box on and call the operator. `renkei store check` names the damaged pages.",
    )


def _refuse_unwritable(path: Path) -> None:
    if os.statvfs(path).f_flag & os.ST_RDONLY or not os.access(path, os.R_OK | os.W_OK):
        raise _unwritable()


def _unwritable() -> UnwritableStoreError:
    return UnwritableStoreError(
        "保存庫に書き込めません。記憶装置が一杯か読み取り専用になっているか、権限がありません。",
        "The store cannot be written: its disk is full or read-only, or it belongs to somebody else.",
        hint_ja="機器を再起動し、続くときは運用者に連絡してください。データはそのまま残っています。",
        hint_en="Restart the box; if it goes on, call the operator. The data are still there.",
    )


def _refuse_wrong_key(path: Path, key: bytes) -> None:
    known = key_mark.read(path)
    if known and keys.fingerprint(key) not in known:
        raise WrongKeyError(
            "鍵がこの保存庫のものではありません。",
            "The key is not this store's.",
            hint_ja="別の機器の鍵かもしれません。鍵を作り直さず、運用者に連絡してください。",
            hint_en="It may be another box's key. Do not make a new one; call the operator.",
        )


def connect(path: Path, key: bytes, mode: str = "mode=rw") -> Any:
    """A bare connection with the raw key; nothing has been read yet."""
    connection = sqlcipher.connect(
        f"file:{quote(str(path))}?{mode}",
        uri=True,
        isolation_level=None,
        timeout=STORE_BUSY_TIMEOUT_S,
        cached_statements=256,
    )
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def _configured(connection: Any, path: Path, clock: Clock, lock: int | None = None) -> Store:
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "trusted_schema = OFF",
        f"journal_size_limit = {STORE_LOG_KEEP_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return Store(connection, path, clock, lock)


def _migrate(store: Store, version: int | None = None) -> None:
    """Bring the schema up to date; several services may try at once, so the version is read inside the transaction."""
    for migration in migrations():
        if migration.number <= store.schema_version() or (version is not None and migration.number > version):
            continue
        with store.transaction():
            if migration.number <= store.schema_version():
                continue
            for statement in _statements(migration.sql):
                store.execute(statement)
            store.execute(f"PRAGMA user_version = {migration.number}")
            if store.meta("box") is None:
                store.set_meta("box", secrets.token_hex(8))


def _statements(sql: str) -> Iterator[str]:
    """The statements of a migration, one by one: `executescript` would commit half-way."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlcipher.complete_statement(pending):
            yield pending
            pending = ""
