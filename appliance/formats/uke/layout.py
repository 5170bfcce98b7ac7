"""The layouts of the UKE family, read from the tables beside this module that a reader can hold against the specification.

A table is `layouts/<claim type>.txt`: one line an item, in the specification's order; `= ika` where a row is that of 医科.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

_SHARED = "ika"
_AS_SHARED = f"= {_SHARED}"


class Mode(StrEnum):
    """モード of an item: which characters it may hold."""

    DIGITS = "N"
    ALPHANUMERIC = "A"
    KANJI = "K"
    EITHER = "AK"


@dataclass(frozen=True, slots=True)
class Item:
    """One item (項目) of a row; `position` counts from 0, the レコード識別情報 itself."""

    position: int
    ja: str
    name: str
    mode: Mode
    max_bytes: int
    fixed: bool
    requirement: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """One kind of row (レコード in the specification): its identifier, its title, its items."""

    row_id: str
    title: str
    items: tuple[Item, ...]
    positions: dict[str, int] = field(compare=False)

    @property
    def width(self) -> int:
        """How many items a full row has."""
        return len(self.items)

    def item(self, name: str) -> Item:
        """The item of that name; KeyError when the row has none."""
        return next(item for item in self.items if item.position == self.positions[name])

    def __getitem__(self, name: str) -> int:
        """The position of an item by its name."""
        return self.positions[name]

    def find(self, *names: str) -> Item | None:
        """The first item of these names that the row has: what one claim type calls so, another calls otherwise."""
        return next((item for name in names for item in self.items if item.name == name), None)

    def span(self, first: str, last: str) -> slice:
        """The positions from one item to another, both included."""
        return slice(self[first], self[last] + 1)


@lru_cache(maxsize=8)
def layouts(claim_type: str) -> dict[str, RowLayout]:
    """Every row layout of a table, by row identifier."""
    text = files(__package__).joinpath("layouts", f"{claim_type}.txt").read_text(encoding="utf-8")
    blocks = text.split("\n[")[1:]
    read = (_row_layout(block.splitlines()) for block in blocks)
    return {layout.row_id: layout for layout in read}


def _row_layout(lines: list[str]) -> RowLayout:
    row_id, title = lines[0].split("] ", 1)
    if title == _AS_SHARED:
        return layouts(_SHARED)[row_id]
    items = [item for line in lines[1:] if line for item in _items(line.split())]
    in_order = tuple(sorted(items, key=lambda item: item.position))
    return RowLayout(row_id, title, in_order, {item.name: item.position for item in in_order})


def _items(columns: list[str]) -> Iterator[Item]:
    """The item of a line, or the series of items that `first-last/step` and `{n}` stand for."""
    place, ja, name, mode, size, form, requirement, *table = columns
    reach, _, step = place.partition("/")
    first, _, last = reach.partition("-")
    for number, position in enumerate(range(int(first), int(last or first) + 1, int(step or 1)), 1):
        yield Item(
            position,
            ja.format(n=number),
            name.format(n=number),
            Mode(mode),
            int(size),
            form == "F",
            requirement,
            table[0] if table else "",
        )
