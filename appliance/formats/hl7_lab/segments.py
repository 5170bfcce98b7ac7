"""Bytes to rows and rows to segments: terminators CR, LF or both, MLLP's marks, delimiters as the MSH row says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.formats.elements import plain
from appliance.limits import MESSAGE_FIELDS_MAX, MESSAGE_REPETITIONS_MAX

HEADERS = frozenset({"MSH", "FHS", "BHS"})
"""Segments whose first field is the delimiter itself."""
_ROW = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_MLLP_MARKS = b"\x0b\x1c\x1a\x00 \t"
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_FORMATTING = {".br": "\n", ".sp": "\n", ".ti": " ", ".in": " ", ".sk": " ", ".ce": "\n"}
_FORMATTING_CHARS = 3
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
NULL = '""'
"""How a sender says that a field is to be emptied."""


def split_rows(data: bytes) -> Iterator[bytes]:
    """Every row with its terminator, as it stands: joined again they are the data."""
    for match in _ROW.finditer(data):
        if match[0]:
            yield match[0]


def bare(row: bytes) -> bytes:
    """A row without its terminator and the marks of MLLP around it."""
    return row.strip(b"\r\n").strip(_MLLP_MARKS)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The five characters that MSH-1 and MSH-2 name."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    part: str = "&"

    @classmethod
    def of_header(cls, header: str) -> Delimiters:
        """From the beginning of an MSH, FHS or BHS row; what it leaves out is as usual."""
        usual = "|^~\\&"
        named = header[3:4] + header[4:8].partition(header[3:4] or "|")[0]
        five = (named + usual[len(named) :])[: len(usual)]
        return cls(*five) if len(set(five)) == len(usual) else cls()


@dataclass(frozen=True, slots=True)
class Segment:
    """One row of a message. Fields count as in the specification: MSH-1 is the delimiter itself."""

    name: str
    line: int
    fields: tuple[str, ...]
    marks: Delimiters

    def raw(self, number: int) -> str:
        """A field as it was sent, all repetitions; empty when the row ends before it."""
        place = number - 1 if self.name in HEADERS else number
        return self.fields[place] if 0 < place < len(self.fields) else ""

    def repetitions(self, number: int) -> tuple[str, ...]:
        raw = self.raw(number)
        return tuple(raw.split(self.marks.repetition, MESSAGE_REPETITIONS_MAX - 1)) if raw else ()

    def lines(self, number: int) -> str:
        """A field of text whose repetitions are lines, however many."""
        return "\n".join(self.text(one) for one in self.raw(number).split(self.marks.repetition))

    def component(self, number: int, place: int = 1) -> str:
        """A component (from 1) of a field's first repetition, its first part where it has several, as text."""
        raw = self.raw(number)
        return self.component_of(raw.partition(self.marks.repetition)[0], place) if raw else ""

    def component_of(self, repetition: str, place: int) -> str:
        return self.text(self.part_of(repetition, place).partition(self.marks.part)[0])

    def components(self, repetition: str, count: int) -> tuple[str, ...]:
        """The first components of a repetition, as many as asked for: `component_of` of each."""
        parts = repetition.split(self.marks.component, count)[:count]
        found = [self.text(part.partition(self.marks.part)[0]) for part in parts]
        return (*found, *[""] * (count - len(found)))

    def part_of(self, repetition: str, place: int) -> str:
        components = repetition.split(self.marks.component, place)
        return components[place - 1] if place <= len(components) else ""

    def parts(self, raw: str) -> tuple[str, ...]:
        """The parts (subcomponents) of a component, as text."""
        return tuple(self.text(part) for part in raw.split(self.marks.part))

    def text(self, raw: str) -> str:
        """Escapes resolved, spaces around it gone; HL7's null is empty."""
        if raw == NULL:
            return ""
        if self.marks.escape not in raw:
            return raw.strip()
        return self._unescaped(raw).strip()

    def _unescaped(self, raw: str) -> str:
        """Escapes stand between two escape characters; an odd one out is kept as it is."""
        pieces = raw.split(self.marks.escape)
        marks = self.marks
        named = {"H": "", "N": "", "F": marks.field, "S": marks.component, "T": marks.part}
        named |= {"R": marks.repetition, "E": marks.escape}
        kept = [pieces[0]]
        place = 1
        while place < len(pieces):
            resolved = _resolved(pieces[place], named) if place + 1 < len(pieces) else None
            if resolved is None:
                kept.append(self.marks.escape + pieces[place])
                place += 1
            else:
                kept.append(resolved + pieces[place + 1])
                place += 2
        return "".join(kept)


def _resolved(name: str, named: Mapping[str, str]) -> str | None:
    """What an escape stands for; None when it is none."""
    if name in named:
        return named[name]
    if hexadecimal := _HEX.fullmatch(name):
        return plain(bytes.fromhex(hexadecimal[1]).decode("utf-8", "replace"))
    return _FORMATTING.get(name[:_FORMATTING_CHARS])


def segment(text: str, line: int, marks: Delimiters) -> Segment | None:
    """A row as a segment; None when it does not begin with a segment's name."""
    fields = tuple(plain(text).split(marks.field, MESSAGE_FIELDS_MAX))
    if not _SEGMENT.fullmatch(fields[0]):
        return None
    return Segment(fields[0], line, fields, marks)
