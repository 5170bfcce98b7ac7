"""A patient's entries from this box and the network, set in order for the page: by class, or by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.kiosk.words import DATA_CLASSES
from appliance.limits import KIOSK_SECTION_ROWS
from appliance.records.data_class import DataClass
from appliance.records.messages import TimelineEntry

_IN_THE_HEADER: Final = frozenset({DataClass.BASIC, DataClass.INSURANCE})


class Order(StrEnum):
    """How the page is arranged."""

    CLASS = "class"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the page. `name` is a data class or a month; `folded` are the lines below the first ones."""

    name: str
    shown: tuple[TimelineEntry, ...]
    folded: tuple[TimelineEntry, ...]

    @property
    def as_of(self) -> str:
        """The newest month or day the list is of."""
        return max((entry.as_of for entry in (*self.shown, *self.folded)), default="")

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the lines come from, each once."""
        return tuple(dict.fromkeys(entry.source_name for entry in (*self.shown, *self.folded)))


def by_class(entries: Iterable[TimelineEntry]) -> tuple[Section, ...]:
    """One section for every class but the header's, empty ones too: an empty list has to say so."""
    lines: dict[str, list[TimelineEntry]] = {name: [] for name in DATA_CLASSES if name not in _IN_THE_HEADER}
    for entry in entries:
        if entry.data_class not in _IN_THE_HEADER:
            lines.setdefault(entry.data_class, []).append(entry)
    return tuple(_section(name, found) for name, found in lines.items())


def by_month(entries: Iterable[TimelineEntry]) -> tuple[Section, ...]:
    """One section for every month that has an entry, newest first; entries without a date come last."""
    lines: dict[str, list[TimelineEntry]] = {}
    for entry in entries:
        lines.setdefault(entry.date[: len("2020-04")], []).append(entry)
    return tuple(_section(month, lines[month]) for month in sorted(lines, reverse=True))


def _section(name: str, entries: list[TimelineEntry]) -> Section:
    ordered = sorted(entries, key=lambda entry: entry.date, reverse=True)
    return Section(name, tuple(ordered[:KIOSK_SECTION_ROWS]), tuple(ordered[KIOSK_SECTION_ROWS:]))
