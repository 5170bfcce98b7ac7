"""Where each table of the store begins, kept beside it (`<store>.map`): what is needed to read on when its first page is lost.

Names of tables and columns, numbers of pages, and the salt of the file; nothing of what is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from appliance.store import swapping
from appliance.store.cipher_pages import Pages, salt_of
from appliance.store.db import Store
from appliance.store.trees import Reader, Tree


class Table(msgspec.Struct, frozen=True):
    """`columns` in the order in which a row keeps them; `rowid` the one that is the row's number itself, if any."""

    root: int
    columns: tuple[str, ...]
    rowid: str = ""
    without_rowid: bool = False

    @property
    def tree(self) -> Tree:
        return Tree(self.root, self.without_rowid)


class StoreMap(msgspec.Struct, frozen=True):
    """`schema` is the number of the last migration that was done."""

    salt: str
    schema: int
    tables: dict[str, Table]


_SCHEMA = (
    "SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY rootpage"
)


def keep(store: Store) -> None:
    """Write the map of an open store down, if it has changed."""
    found = StoreMap(salt_of(store.path).hex(), store.schema_version(), _tables(store.rows(_SCHEMA)))
    file = swapping.beside(store.path, ".map")
    content = msgspec.json.encode(found, order="sorted")
    if not file.is_file() or file.read_bytes() != content:
        fresh = file.with_name(f"{file.name}.new")
        fresh.write_bytes(content)
        swapping.belong_alike(fresh, store.path)
        fresh.replace(file)


def kept(path: Path) -> StoreMap | None:
    """The map beside a store; None when there is none that can be read."""
    try:
        return msgspec.json.decode(swapping.beside(path, ".map").read_bytes(), type=StoreMap)
    except (OSError, msgspec.DecodeError):
        return None


def found_in(pages: Pages) -> dict[str, Table]:
    """The tables as the store's own first pages tell them; empty where these are damaged."""
    reader = Reader(pages)
    rows = [values for _, values in reader.rows(Tree(1, without_rowid=False))]
    if pages[1] is None or reader.lost_rows or pages.unsound:
        return {}
    return _tables((v[1], v[3], v[4]) for v in rows if v[0] == "table" and v[3])


def _tables(schema: Iterable[tuple[str, int, str]]) -> dict[str, Table]:
    """Read with an empty database of the same tables, kept in memory."""
    with closing(sqlite3.connect(":memory:")) as empty:
        tables = {}
        for name, root, sql in schema:
            if name.startswith("sqlite_"):
                continue
            empty.execute(sql)
            about = list(empty.execute(f'PRAGMA table_info("{name}")'))
            (flags,) = [row for row in empty.execute("PRAGMA table_list") if row[1] == name]
            tables[name] = _table(root, about, without_rowid=bool(flags[4]))
        return tables


def _table(root: int, about: list[tuple[object, ...]], *, without_rowid: bool) -> Table:
    """`about`: number, name, type, not null, default, place in the primary key; of each column."""
    names = [str(row[1]) for row in about]
    primary = [str(row[1]) for row in sorted(about, key=lambda row: int(str(row[5]))) if row[5]]
    if without_rowid:
        return Table(
            root, (*primary, *(name for name in names if name not in primary)), "", without_rowid=True
        )
    types = {str(row[1]): str(row[2]).upper() for row in about}
    is_number = len(primary) == 1 and types[primary[0]] == "INTEGER"
    return Table(root, tuple(names), primary[0] if is_number else "")
