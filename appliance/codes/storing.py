"""The compiled file: one plain SQLite file, a table an entry type, written whole beside the old one and put in its place.

The same masters give the same bytes: no time and no name of this machine goes into it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Final

from appliance.codes.building import Masters
from appliance.codes.entries import (
    Act,
    Comment,
    Disease,
    Drug,
    Entry,
    Examination,
    Link,
    Material,
    Modifier,
    Package,
    Usage,
)
from appliance.codes.errors import MastersFolderError

APPLICATION_ID: Final = 0x524B4D31
"""`RKM1`: tells the file from any other SQLite file."""
FILE_VERSION: Final = 1
"""Of the tables below; a file of another version is built anew, never converted."""

TABLES: Final[dict[type[Entry], tuple[str, ...]]] = {
    Disease: ("code", "management_no", "exchange_code"),
    Modifier: ("code",),
    Act: ("code",),
    Drug: ("code", "yakka_code", "generic_code"),
    Material: ("code",),
    Comment: ("code",),
    Package: ("code", "hot9", "jan", "yj_code", "yakka_code", "receipt_code", "receipt_code_2"),
    Usage: ("code",),
    Examination: ("code",),
    Link: ("code",),
}
"""Every entry type with the columns it is looked up by."""

_META = (
    "CREATE TABLE source (name TEXT, title TEXT, edition TEXT, whole INTEGER, rows INTEGER, columns INTEGER, sha256 TEXT)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
)


def table_name(entry_type: type[Entry]) -> str:
    return entry_type.__name__.lower()


def column_names(entry_type: type[Entry]) -> tuple[str, ...]:
    """An entry's columns are its fields, in their order."""
    return tuple(item.name for item in fields(entry_type))


def masters_version(masters: Masters, digests: dict[str, str]) -> str:
    """What these masters are called: the latest edition's date and a digest of all sources (`20250813-1a2b3c4d`)."""
    latest = max((edition.dated for edition in masters.editions if edition.dated), default=None)
    whole = hashlib.sha256()
    for name in sorted({_file_of(edition.name) for edition in masters.editions}):
        whole.update(bytes.fromhex(digests[name]))
    return f"{latest:%Y%m%d}-{whole.hexdigest()[:8]}" if latest else whole.hexdigest()[:8]


def write_masters(masters: Masters, digests: dict[str, str], out: Path) -> str:
    """Write the file and put it in the place of the old one in one step; its version.

    `digests` are the SHA-256 of the source files by name. Raises MastersFolderError when it cannot be written; then the
    old file is as it was.
    """
    new = out.with_name(out.name + ".new")
    version = masters_version(masters, digests)
    try:
        new.unlink(missing_ok=True)
        _write(masters, digests, version, new)
        _sync(new)
        new.replace(out)
        _sync(out.parent)
    except (OSError, sqlite3.Error) as error:
        new.unlink(missing_ok=True)
        raise MastersFolderError(
            "マスターファイルを書き込めません。",
            "The file of masters cannot be written.",
            hint_ja="出力先のフォルダと空き容量を確認してください。",
            hint_en="Check the output folder and its free space.",
        ) from error
    return version


def _write(masters: Masters, digests: dict[str, str], version: str, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Nothing is journalled: until the whole file is synced and renamed, it is nobody's.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FILE_VERSION}")
        connection.execute("BEGIN")
        for statement in _META:
            connection.execute(statement)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", [("version", version)])
        connection.executemany("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?)", _sources(masters, digests))
        for entry_type, indexed in TABLES.items():
            _write_table(connection, entry_type, indexed, masters.entries.get(entry_type, ()))
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()


def _write_table(
    connection: sqlite3.Connection, entry_type: type[Entry], indexed: Iterable[str], entries: Iterable[Entry]
) -> None:
    """Table and column names are those of our own types, never of a file."""
    table, columns = table_name(entry_type), column_names(entry_type)
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} TEXT' for name in columns)})")
    places = ", ".join("?" * len(columns))
    ordered = sorted(entries, key=lambda entry: (entry.code, entry.valid_from or date.min))
    rows = ([_stored(getattr(entry, name)) for name in columns] for entry in ordered)
    connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own names
    for column in indexed:
        connection.execute(f"CREATE INDEX {table}_{column} ON {table} ({column}) WHERE {column} <> ''")


def _stored(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _sources(masters: Masters, digests: dict[str, str]) -> list[tuple[object, ...]]:
    return [
        (
            edition.name,
            edition.layout.title,
            edition.dated.isoformat() if edition.dated else "",
            edition.full,
            len(edition.rows),
            edition.width,
            digests[_file_of(edition.name)],
        )
        for edition in masters.editions
    ]


def _file_of(name: str) -> str:
    """`archive.zip/member.csv` stands in `archive.zip`."""
    return name.partition("/")[0]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
