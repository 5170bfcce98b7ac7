"""A whole document: its bytes, whose it is, what it is called, and the identifiers that follow from all of that.

The same document in the same words has the same identifiers wherever they are computed; one word or byte more makes it
another version, which replaces the one before.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from appliance.exchange.fhir.content import Content, Person
from appliance.limits import MHD_DOCUMENT_MAX_BYTES
from appliance.records.classes import data_class_of
from appliance.records.clinical import DocumentReference
from appliance.records.coding import Concept
from appliance.records.data_class import DataClass
from appliance.records.document import DocumentKind, Format
from appliance.records.identity import resource_id

WHOLE = frozenset({Format.CDA, Format.PDF, Format.IMAGE, Format.KENSHIN})
"""Formats whose file is one document of one patient by itself."""
SOURCE_FILES = frozenset({Format.HL7_LAB, Format.ASTM, Format.JAHIS_RX, Format.JAHIS_TC})
"""Formats whose file goes too where the network wants source files, if it holds one document.

Claims, pharmacy fee files and ORCA's answers hold points, money and other patients: they never go.
"""

_PLAIN = "text/plain"
_XML = "text/xml"
_CONTENT_TYPES = {Format.CDA: _XML, Format.KENSHIN: _XML}


@dataclass(frozen=True, slots=True)
class Whole:
    """One version of a document as it leaves the box whole.

    `kind` says what sort in the source's own words, `about` the day it is about (None: not told), `recorded` the instant
    (ISO 8601) when its bytes were stored; `classes` are all data classes it holds: who may not see one of them may not
    see it.
    """

    key: str
    document_kind: DocumentKind
    format: Format
    person: Person
    kind: Concept
    title: str
    author: str
    about: date | None
    recorded: str
    content_type: str
    content: bytes
    classes: tuple[DataClass, ...]

    @property
    def facility(self) -> str:
        return self.person.facility

    @property
    def sha1(self) -> str:
        """Base64 of the SHA-1 of the bytes, as FHIR's Attachment.hash has it."""
        return base64.b64encode(hashlib.sha1(self.content, usedforsecurity=False).digest()).decode("ascii")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def version(self) -> str:
        """A digest of the bytes and of everything that is said of them, but for when they were stored."""
        codes = (part for one in self.kind.codings for part in (one.system, one.code, one.display))
        said = (
            *(self.kind.text, self.title, self.author, self.content_type, self.format.value),
            *(self.about.isoformat() if self.about else "", *self.classes),
        )
        parts = (self.sha256, self.person.resource_id, *self.person.key, *codes, "|", *said)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    @property
    def entry_uuid(self) -> str:
        """XDS entryUUID of the DocumentReference."""
        return resource_id("mhd-entry", self.key, self.version)

    @property
    def unique_id(self) -> str:
        return unique_id(self.key, self.version)

    @property
    def set_uuid(self) -> str:
        """XDS entryUUID of the SubmissionSet that first brings this version."""
        return resource_id("mhd-submission", self.key, self.version)

    @property
    def set_unique_id(self) -> str:
        return as_oid(resource_id("mhd-submission-id", self.key, self.version))


def unique_id(key: str, version: str) -> str:
    """XDS uniqueId of a version of the document with this key: an OID under 2.25, as that has to be one."""
    return as_oid(resource_id("mhd-document", key, version))


def as_oid(identifier: str) -> str:
    """A UUID as a URN of the OID that it is (ITU-T X.667: under 2.25)."""
    return f"urn:oid:2.25.{uuid.UUID(identifier).int}"


def source_oid(facility: str) -> str:
    """XDS sourceId: one for each sending system, which is a facility's box."""
    return as_oid(resource_id("mhd-source", facility))


def is_whole(known: Format, documents: int, size_bytes: int, *, source_files: bool) -> bool:
    """Whether an arrival of this format, of which `documents` were read, may leave as a document at all."""
    wanted = WHOLE | SOURCE_FILES if source_files else WHOLE
    return known in wanted and documents == 1 and 0 < size_bytes <= MHD_DOCUMENT_MAX_BYTES


def whole_of(content: Content, known: Format) -> Whole | None:
    """The document of a content whose every record may leave and whose bytes are there; None without bytes."""
    if not content.file:
        return None
    named = _named(content)
    return Whole(
        key=content.key,
        document_kind=content.kind,
        format=known,
        person=content.person,
        kind=named.kind if named else Concept(()),
        title=named.title if named else "",
        author=named.author if named else "",
        about=named.created if named else _day(content.period),
        recorded=content.recorded,
        content_type=named.content_type if named else _CONTENT_TYPES.get(known, _PLAIN),
        content=content.file,
        classes=_classes(data_class_of(one.record) for one in content.records),
    )


def _named(content: Content) -> DocumentReference | None:
    """The record that names the file itself, where one does."""
    return next(
        (
            one.record
            for one in content.records
            if isinstance(one.record, DocumentReference) and one.record.sha256 == content.arrival_sha256
        ),
        None,
    )


def _classes(held: Iterable[DataClass]) -> tuple[DataClass, ...]:
    """With who it is about, which every document says."""
    return tuple(sorted({DataClass.BASIC, *held}))


def _day(period: str) -> date | None:
    return date.fromisoformat(period) if len(period) == len("2026-08-03") else None
