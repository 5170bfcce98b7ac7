"""Codes looked up in the compiled file of masters: the one place that opens it, read-only and unchanging.

Answers are the typed entries of `entries.py`. A replaced file is seen by the next Lookup that is opened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

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
    pick,
)
from appliance.codes.errors import MastersFileError
from appliance.codes.storing import APPLICATION_ID, FILE_VERSION, TABLES, column_names, table_name
from appliance.limits import LOOKUP_CACHE_CODES

E = TypeVar("E", bound=Entry)
_Key = tuple[type[Entry], str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """One edition in the file: where it came from and what it was."""

    name: str
    title: str
    edition: str
    whole: bool
    rows: int
    columns: int
    sha256: str


class Lookup:
    """The masters of one compiled file, for the thread that opens it; close it, or use it in a `with`.

    `disease(code, on)` and its like give the entry that speaks for that day, or the nearest one: `entry.standing(on)`
    tells whether it is valid then, listed only later, or abolished. None: no master knows the code.
    Raises MastersFileError when the file is not there or not one of ours.
    """

    def __init__(self, path: Path) -> None:
        self._connection = _open(path)
        self.version: str = self._connection.execute(
            "SELECT value FROM meta WHERE key = 'version'"
        ).fetchone()[0]
        queries = {
            (kind, column): _query(kind, column) for kind, columns in TABLES.items() for column in columns
        }

        def read(key: _Key) -> tuple[Entry, ...]:
            kind, column, value = key
            make = _maker(kind)
            return tuple(make(row) for row in self._connection.execute(queries[kind, column], (value,)))

        self._read: Callable[[_Key], tuple[Entry, ...]] = lru_cache(maxsize=LOOKUP_CACHE_CODES)(read)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def entries(self, kind: type[E], value: str, by: str = "code") -> tuple[E, ...]:
        """Every entry of a type with that value in an indexed column, ordered by code and time."""
        return cast("tuple[E, ...]", self._read((kind, by, value))) if value else ()

    def disease(self, code: str, on: date) -> Disease | None:
        """傷病名 by its receipt code (7 digits)."""
        return self._one(Disease, code, on)

    def modifier(self, code: str, on: date) -> Modifier | None:
        """修飾語 by its receipt code (4 digits)."""
        return self._one(Modifier, code, on)

    def act(self, code: str, on: date) -> Act | None:
        """診療行為 (9 digits)."""
        return self._one(Act, code, on)

    def drug(self, code: str, on: date) -> Drug | None:
        """医薬品 by its receipt code (9 digits)."""
        return self._one(Drug, code, on)

    def material(self, code: str, on: date) -> Material | None:
        """特定器材 (9 digits)."""
        return self._one(Material, code, on)

    def comment(self, code: str, on: date) -> Comment | None:
        """コメント (9 digits)."""
        return self._one(Comment, code, on)

    def usage(self, code: str, on: date) -> Usage | None:
        """標準用法 (JAMI, 16 digits)."""
        return self._one(Usage, code, on)

    def test(self, code: str, on: date) -> Examination | None:
        """検査項目 by JLAC10 (17 digits)."""
        return self._one(Examination, code, on)

    def packages(self, value: str, by: str) -> tuple[Package, ...]:
        """Rows of the HOT master by code, jan, yj_code, yakka_code, receipt_code or receipt_code_2."""
        return self.entries(Package, value, by)

    def links(self, system: str, code: str) -> tuple[Link, ...]:
        """What the clinic's own table says of a code of its system."""
        return tuple(link for link in self.entries(Link, code) if link.system == system)

    def holds(self, kind: type[Entry]) -> bool:
        """Whether any master of that type is in the file."""
        query = f"SELECT EXISTS (SELECT 1 FROM {table_name(kind)})"  # noqa: S608 - our own names
        return bool(self._connection.execute(query).fetchone()[0])

    def count(self, kind: type[Entry]) -> int:
        """How many entries of that type there are."""
        query = f"SELECT count(*) FROM {table_name(kind)}"  # noqa: S608 - our own names
        return int(self._connection.execute(query).fetchone()[0])

    def sources(self) -> tuple[Source, ...]:
        """The editions that the file was made of, oldest first."""
        rows = self._connection.execute("SELECT * FROM source ORDER BY rowid")
        return tuple(
            Source(name, title, edition, bool(whole), count, columns, sha256)
            for name, title, edition, whole, count, columns, sha256 in rows
        )

    def _one(self, kind: type[E], code: str, on: date) -> E | None:
        versions: Sequence[E] = self.entries(kind, code)
        return pick(versions, on).entry if versions else None


def _open(path: Path) -> sqlite3.Connection:
    try:
        # immutable: nobody writes it in place, so no lock is taken and a read-only folder will do.
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise _unusable() from error
    try:
        ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        current = connection.execute("PRAGMA user_version").fetchone()[0] == FILE_VERSION
        if ours and current:
            connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise _unusable() from error
    if not (ours and current):
        connection.close()
        raise _unusable()
    return connection


def _unusable() -> MastersFileError:
    return MastersFileError(
        "コードマスターのファイルがないか、壊れているか、別の版で作られています。",
        "The file of code masters is not there, damaged, or of another version.",
        hint_ja="renkei masters build で作り直してください。",
        hint_en="Make it again with renkei masters build.",
    )


def _query(kind: type[Entry], column: str) -> str:
    names = ", ".join(column_names(kind))
    # The condition on '' lets SQLite use the partial index.
    return (
        f"SELECT {names} FROM {table_name(kind)} WHERE {column} = ? AND {column} <> '' ORDER BY code, rowid"  # noqa: S608
    )


def _maker(kind: type[E]) -> Callable[[Sequence[Any]], E]:
    def make(row: Sequence[Any]) -> E:
        code, valid_from, valid_to, *rest = row
        return kind(code, _day(valid_from), _day(valid_to), *rest)

    return make


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
