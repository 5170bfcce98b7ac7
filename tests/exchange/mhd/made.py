"""Whole documents as values: a letter, a picture, a check-up, a laboratory's file. Nobody in them exists."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

from appliance.exchange.fhir.content import Content, Person
from appliance.exchange.mhd.whole import Whole, whole_of
from appliance.records.clinical import DocumentReference
from appliance.records.coding import Concept
from appliance.records.document import DocumentKind, Format, Record
from appliance.records.identity import identify_records
from tests.exchange.fhir import made, stated

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
CHECKUP = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"


def letter(file: bytes = PDF, title: str = "紹介状", created: date | None = stated.DAY) -> DocumentReference:
    """The record that names a file as a whole."""
    return replace(
        stated.LETTER,
        title=title,
        created=created,
        sha256=hashlib.sha256(file).hexdigest(),
        size_bytes=len(file),
    )


def content(
    file: bytes,
    kind: DocumentKind,
    *records: Record,
    key: str = "letter:1319999012:made-up",
    person: Person | None = None,
) -> Content:
    about = person or made.person()
    identified = identify_records(about.facility, key, records, about.resource_id)
    sha256 = hashlib.sha256(file).hexdigest()
    return Content(key, kind, about, "2026-08-03", identified, sha256, made.RECORDED, file)


def whole(file: bytes = PDF, known: Format = Format.PDF, *records: Record, title: str = "紹介状") -> Whole:
    found = whole_of(content(file, DocumentKind.LETTER, letter(file, title), *records), known)
    assert found is not None
    return found


def checkup() -> Whole:
    """A check-up's XML: no record names the file, its items are the records."""
    found = whole_of(content(CHECKUP, DocumentKind.CHECKUP, made.INSURANCE, stated.WAIST), Format.KENSHIN)
    assert found is not None
    return found


def picture() -> Whole:
    """A picture nobody described: no kind, no title, no day."""
    bare = DocumentReference(
        Concept(()), None, "", "image/png", hashlib.sha256(b"\x89PNG").hexdigest(), len(b"\x89PNG")
    )
    found = whole_of(content(b"\x89PNG", DocumentKind.ATTACHMENT, bare), Format.IMAGE)
    assert found is not None
    return found


def laboratory_file() -> Whole:
    found = whole_of(content(b"H|report", DocumentKind.LABORATORY, *stated.REPORT), Format.HL7_LAB)
    assert found is not None
    return found
