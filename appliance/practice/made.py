"""What the writers hand back: a file as it lies in the practice folder, and what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from appliance.practice.facilities import Facility
from appliance.records.document import Format

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file of one facility's system.

    `holds` names the manifest's entries that are in it, by their `id`; `told` is what else there is to say of the file
    (its update kind, its part of a split …). `path` is relative, with `/`; it names no person.
    """

    path: str
    format: Format
    facility: Facility
    day: date
    data: bytes
    holds: tuple[str, ...] = ()
    told: tuple[tuple[str, object], ...] = ()
    companion: str = ""
    """The path of an empty file that says that this one is complete."""


@dataclass(frozen=True, slots=True)
class Made:
    """The files of one format, and the entries of the manifest that they are made of, by the list they belong to."""

    files: tuple[MadeFile, ...] = ()
    entries: tuple[tuple[str, tuple[Json, ...]], ...] = ()


def json_bytes(value: object) -> bytes:
    """A JSON document as a system writes it: UTF-8, one line."""
    return json.dumps(value, ensure_ascii=False).encode()


def together(parts: Iterable[Made]) -> Made:
    """Everything that several writers made, in their order."""
    made = tuple(parts)
    return Made(
        tuple(file for one in made for file in one.files),
        tuple(entry for one in made for entry in one.entries),
    )
