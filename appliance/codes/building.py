"""Editions of masters to the entries of each code, with the days from and to which each holds. Pure.

Editions are applied oldest first. What a later edition says differently begins on its 変更年月日; the first thing known of
a code holds from its 収載年月日, or always. A code ends with its 廃止年月日, or where a later full edition lacks it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from appliance.codes.entries import Disease, Entry, Modifier, Package
from appliance.codes.errors import MasterRefusedError
from appliance.codes.layouts import Layout, Master
from appliance.codes.reading import ERASED, NEW, Edition, MasterRow
from appliance.limits import MASTER_VANISH_MAX_SHARE

_ONE_DAY = timedelta(days=1)
_HOT9_DIGITS = 9
_SUPPLEMENTS = {Master.STANDARD_DISEASE: Disease, Master.STANDARD_MODIFIER: Modifier}


@dataclass(frozen=True, slots=True)
class Masters:
    """Everything the masters say: the entries by their type, oldest first a code, and the editions they come from.

    `orphans` counts, a file, changes of codes that no full edition holds: they tell too little to be used.
    """

    entries: dict[type[Entry], tuple[Entry, ...]]
    editions: tuple[Edition, ...]
    orphans: dict[str, int]


@dataclass(slots=True)
class _Version:
    """What was said of a code, and from when to when."""

    fields: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None = None


@dataclass(slots=True)
class _History:
    """One master as its editions tell it, one after the other."""

    versions: dict[str, list[_Version]] = field(default_factory=dict)
    last_edition: date | None = None


def build(editions: Iterable[Edition]) -> Masters:
    """The entries of all editions, in whatever order they are given.

    Raises MasterRefusedError when a full edition lacks so much of the one before that it must have been cut.
    """
    ordered = tuple(sorted(editions, key=_order))
    by_master: dict[Master, list[Edition]] = defaultdict(list)
    for edition in ordered:
        by_master[edition.layout.master].append(edition)
    entries: dict[type[Entry], list[Entry]] = defaultdict(list)
    orphans: Counter[str] = Counter()
    for master, some in by_master.items():
        if master in _SUPPLEMENTS:
            continue
        made = _newest(some[-1]) if some[-1].layout.change_type is None else _histories(some, orphans)
        entries[some[-1].layout.entry].extend(made)
    for master, entry_type in _SUPPLEMENTS.items():
        if master in by_master:
            entries[entry_type].extend(_beside(by_master[master][-1], entries[entry_type]))
    return Masters({kind: tuple(some) for kind, some in entries.items()}, ordered, dict(orphans))


def _order(edition: Edition) -> tuple[date, bool, str]:
    """By date; of the same day the full one first."""
    return (edition.dated or date.min, not edition.full, edition.name)


def _newest(edition: Edition) -> Iterable[Entry]:
    """The entries of a master without 変更区分, whose newest edition says everything."""
    return (_entry(edition.layout, row.code, row.fields, row.listed, row.ends) for row in edition.rows)


def _beside(edition: Edition, known: Sequence[Entry]) -> Iterable[Entry]:
    """What the MEDIS master has and the SSK's has not: the SSK's own says when each of its codes is valid."""
    numbers = {getattr(entry, "management_no", "") for entry in known}
    codes = {entry.code for entry in known}
    for row, entry in zip(edition.rows, _newest(edition), strict=True):
        if row.key not in numbers and (not entry.code or entry.code not in codes):
            yield entry


def _histories(editions: Sequence[Edition], orphans: Counter[str]) -> Iterable[Entry]:
    history = _History()
    for edition in editions:
        if edition.full:
            _end_vanished(history, edition)
        for row in edition.rows:
            if not _apply(history, edition, row):
                orphans[edition.name] += 1
        history.last_edition = edition.dated or history.last_edition
    layout = editions[-1].layout
    return (
        _entry(layout, code, version.fields, version.valid_from, version.valid_to)
        for code, versions in history.versions.items()
        for version in versions
    )


def _end_vanished(history: _History, edition: Edition) -> None:
    """A code that a full edition no longer lists ended before it, on a day that nobody tells: at the latest then."""
    listed = {row.key for row in edition.rows}
    alive = [versions[-1] for versions in history.versions.values() if versions[-1].valid_to is None]
    vanished = [
        versions[-1]
        for code, versions in history.versions.items()
        if code not in listed and versions[-1].valid_to is None
    ]
    if len(vanished) > MASTER_VANISH_MAX_SHARE * max(len(alive), 1):
        raise MasterRefusedError(
            edition.name,
            None,
            f"前の版にあった {len(vanished)} 件のコードがありません（途中で切れていませんか）。",
            f"{len(vanished)} codes of the edition before are missing (was the file cut?).",
        )
    if edition.dated:
        for version in vanished:
            version.valid_to = edition.dated - _ONE_DAY


def _apply(history: _History, edition: Edition, row: MasterRow) -> bool:
    """Take one row into the history; False where it changes a code that nobody has described."""
    versions = history.versions.get(row.key)
    if versions is None:
        return _introduce(history, edition, row)
    last = versions[-1]
    if row.change_type == ERASED:
        last.valid_to = row.ends or _the_day_before(row.changed or edition.dated) or last.valid_to
        return True
    fields = row.fields if edition.full or row.change_type == NEW else _merged(last.fields, row.fields)
    begins = _change_day(history, edition, row)
    revived = bool(row.open_ended and begins and last.valid_to and begins > last.valid_to)
    if fields != last.fields or revived:
        _begin(versions, fields, begins)
    if row.ends or row.open_ended:
        versions[-1].valid_to = row.ends
    return True


def _introduce(history: _History, edition: Edition, row: MasterRow) -> bool:
    name = row.fields[list(edition.layout.columns).index("name")]
    if row.change_type == ERASED or (not edition.full and row.change_type != NEW and not name):
        return False
    history.versions[row.key] = [_Version(row.fields, _first_day(edition, row), row.ends)]
    return True


def _begin(versions: list[_Version], fields: tuple[str, ...], begins: date | None) -> None:
    """Something else is said from that day on; said of no day, or of one not later, it corrects what was said."""
    last = versions[-1]
    if begins is None or (last.valid_from is not None and begins <= last.valid_from):
        last.fields = fields
        return
    end = begins - _ONE_DAY
    last.valid_to = min(last.valid_to or end, end)
    versions.append(_Version(fields, begins))


def _first_day(edition: Edition, row: MasterRow) -> date | None:
    """収載年月日; where the master has none, the 変更年月日 of a row that is itself new; else always."""
    column = edition.layout.listed
    if column is not None and column < edition.width:
        return row.listed
    return row.changed if row.change_type == NEW else None


def _change_day(history: _History, edition: Edition, row: MasterRow) -> date | None:
    """From when on a change holds: its own day, unless the edition before, which did not have it, is younger."""
    known_without = history.last_edition
    if row.changed and (known_without is None or row.changed > known_without):
        return row.changed
    return edition.dated


def _the_day_before(day: date | None) -> date | None:
    return day - _ONE_DAY if day else None


def _merged(before: tuple[str, ...], changes: tuple[str, ...]) -> tuple[str, ...]:
    """A change in a difference file fills only what it changes; an empty item stays as it was."""
    return tuple(new or old for old, new in zip(before, changes, strict=True))


def _entry(
    layout: Layout, code: str, fields: tuple[str, ...], valid_from: date | None, valid_to: date | None
) -> Entry:
    named = dict(zip(layout.columns, fields, strict=True))
    if layout.entry is Package:
        named["hot9"] = code[:_HOT9_DIGITS]
    return layout.entry(code=code, valid_from=valid_from, valid_to=valid_to, **named)
