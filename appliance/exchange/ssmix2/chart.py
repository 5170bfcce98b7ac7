"""All that a storage says of one patient, as typed values: who they are, and their documents as far as they may leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from appliance.exchange.fhir.content import Content, Person
from appliance.exchange.ssmix2.message import Message
from appliance.exchange.ssmix2.naming import ABSENT, Place
from appliance.records.clinical import Encounter, EncounterClass
from appliance.records.coding import CodeSystem, Coding
from appliance.records.document import Record

_DEPARTMENT = re.compile(r"[0-9A-Z]{2,3}")
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient, with the coverages and, in `contents`, the documents that hold now, as far as PROVIDE permits each.

    `pid` is 患者ID. `files` reads, by document key, the file that a document is (a letter, a picture) where its content
    does not hold it.
    """

    person: Person
    pid: str
    contents: tuple[Content, ...] = ()
    files: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)

    @property
    def facility(self) -> str:
        return self.person.facility

    def file_of(self, content: Content) -> Callable[[], bytes] | None:
        """What reads the file that a document is; None where it is none, or may not leave."""
        return (lambda: content.file) if content.file else self.files.get(content.key)

    def oldest_first(self) -> list[Content]:
        return sorted(self.contents, key=lambda content: (content.period, content.recorded, content.key))

    def records(self, kind: type[R]) -> Iterator[tuple[Content, R]]:
        """Every record of a type with its document, oldest document first."""
        for content in self.oldest_first():
            for record in records_of(content, kind):
                yield content, record


def records_of(content: Content, kind: type[R]) -> list[R]:
    return [one.record for one in content.records if isinstance(one.record, kind)]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a storage has to hold as valid: a message, or the main document of a paper."""

    place: Place
    department: str
    what: Message | Paper


@dataclass(frozen=True, slots=True)
class Paper:
    """A main document of 拡張ストレージ: its file's name, the SHA-256 of its bytes, and what reads them."""

    name: str
    sha256: str
    read: Callable[[], bytes]


def department_of(visit: Encounter | None) -> Coding | None:
    """診療科コード: the receipt computers' numbers (別表10) are those of SS-MIX2's table 0069."""
    if visit is None:
        return None
    found = (one for one in visit.departments if one.system == CodeSystem.RECEIPT_DEPARTMENT and one.code)
    return next(found, None)


def department_part(visit: Encounter | None) -> str:
    """The department in a file's name."""
    coding = department_of(visit)
    return coding.code if coding and _DEPARTMENT.fullmatch(coding.code) else ABSENT


def visit_on(content: Content, when: date | None) -> Encounter | None:
    """The document's visit of a day, else the stay that the day belongs to."""
    visits = records_of(content, Encounter)
    on_the_day = (one for one in visits if when is not None and one.start == one.end == when)
    stays = (one for one in visits if one.encounter_class is EncounterClass.INPATIENT and _within(one, when))
    return next(on_the_day, None) or next(stays, None)


def _within(stay: Encounter, when: date | None) -> bool:
    return when is not None and (stay.admission or stay.start) <= when and (not stay.end or when <= stay.end)


def is_inpatient(visit: Encounter | None) -> bool:
    return visit is not None and visit.encounter_class is EncounterClass.INPATIENT
