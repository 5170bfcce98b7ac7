"""Rows of an ASTM file to records, by the delimiters that their header names."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.formats.elements import plain
from appliance.limits import MESSAGE_FIELDS_MAX, MESSAGE_REPETITIONS_MAX

_DELIMITERS = 4


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four characters behind the H of a header: field, repeat, component, escape."""

    field: str = "|"
    repeat: str = "\\"
    component: str = "^"
    escape: str = "&"

    @classmethod
    def of_header(cls, header: str) -> Delimiters:
        r"""From `H|\^&`; a header that names fewer, or the same twice, leaves them as usual."""
        named = header[1 : 1 + _DELIMITERS]
        return cls(*named) if len(set(named)) == _DELIMITERS else cls()


@dataclass(frozen=True, slots=True)
class Row:
    """One record; fields count from 1, the type letter being field 1."""

    letter: str
    line: int
    fields: tuple[str, ...]
    marks: Delimiters

    def raw(self, number: int) -> str:
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def repeats(self, number: int) -> tuple[str, ...]:
        raw = self.raw(number)
        return tuple(raw.split(self.marks.repeat, MESSAGE_REPETITIONS_MAX - 1)) if raw else ()

    def components(self, number: int) -> tuple[str, ...]:
        """The components of a field's first repeat, as text."""
        first = self.raw(number).partition(self.marks.repeat)[0]
        return tuple(map(self.text, first.split(self.marks.component)))

    def value(self, number: int) -> str:
        """The first component of a field that holds anything."""
        raw = self.raw(number)
        return next(filter(None, self.components(number)), "") if raw else ""

    def text(self, raw: str) -> str:
        """Escapes (`&F&` and the like) resolved, spaces around it gone."""
        if self.marks.escape not in raw:
            return raw.strip()
        for name, mark in (("F", self.marks.field), ("S", self.marks.component), ("R", self.marks.repeat)):
            raw = raw.replace(f"{self.marks.escape}{name}{self.marks.escape}", mark)
        return raw.replace(f"{self.marks.escape}E{self.marks.escape}", self.marks.escape).strip()


def row_of(text: str, line: int, marks: Delimiters) -> Row | None:
    """A row as a record; None when it does not begin with a type letter of its own."""
    fields = plain(text).split(marks.field, MESSAGE_FIELDS_MAX)
    letter = fields[0].strip().upper()
    if len(letter) != 1 or not letter.isascii() or not letter.isalpha():
        return None
    return Row(letter, line, tuple(fields), marks)
