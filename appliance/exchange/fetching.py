"""Fetching one document from the hub (ITI-67, ITI-68): its DocumentReference, then its bytes, checked against each other.

Runs in a request thread and touches no store.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.reading import first, inside, words
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.mhd.provide import CURRENT, binary_of
from appliance.exchange.timeline import classes_of, date_of, day_of, provider_of, title_of
from appliance.limits import (
    DOCUMENT_FETCH_MAX_S,
    HUB_CONNECT_TIMEOUT_S,
    HUB_READ_TIMEOUT_S,
    MHD_DOCUMENT_MAX_BYTES,
)
from appliance.records.data_class import DataClass

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_PATIENCE = Patience(HUB_CONNECT_TIMEOUT_S, HUB_READ_TIMEOUT_S, DOCUMENT_FETCH_MAX_S)


class BrokenDocumentError(RenkeiError):
    """The bytes that the hub gave are not those that it says they are, or too many."""

    code = "LOOKUP-0002"
    audience = Audience.OPERATOR

    def __init__(self) -> None:
        super().__init__(
            "この文書は表示できません（内容が登録された情報と一致しないか、大きすぎます）。",
            "This document cannot be shown: its content is not what was registered, or it is too large.",
            hint_ja="文書の作成元に直接お問い合わせください。",
            hint_en="Ask the institution that wrote it.",
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document with its bytes, and what consent has to be asked about it."""

    provider: str
    data_classes: tuple[DataClass, ...]
    day: str | None
    date: str
    title: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Absent:
    """The hub shows no such document of this person (any more)."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What the hub gave cannot be shown."""


Answer = Fetched | Absent | Broken | Unanswered


def fetch(hub: Hub, person: str, document: str) -> Answer:
    """The document with this id, if it is one of the person's (`person` as the search parameter takes it)."""
    if not _ID.fullmatch(document):
        return Absent()
    terms = [("_id", document), ("patient.identifier", person), ("status", CURRENT)]
    found = hub.search("DocumentReference", terms, _PATIENCE)
    if isinstance(found, Unanswered):
        return found
    file = binary_of(found[0]) if len(found) == 1 else ""
    if not _ID.fullmatch(file):
        return Absent()
    binary = hub.read("Binary", file, _PATIENCE)
    if isinstance(binary, Unanswered):
        return binary
    return Absent() if binary is None else _checked(found[0], binary)


def _checked(document: Resource, binary: Resource) -> Fetched | Broken:
    attachment = inside(first(document.get("content")), "attachment")
    content = _bytes(words(binary, "data"))
    if content is None or len(content) > MHD_DOCUMENT_MAX_BYTES or not _is_as_registered(attachment, content):
        return Broken()
    own, borne = classes_of(document), _labels(binary)
    return Fetched(
        provider=provider_of(document),
        data_classes=tuple(sorted({*own, *borne})) if own and borne is not None else (),
        day=day_of(document),
        date=date_of(document),
        title=title_of(document),
        content_type=words(attachment, "contentType") or words(binary, "contentType"),
        content=content,
    )


def _labels(binary: Resource) -> tuple[DataClass, ...] | None:
    """What the bytes' own labels add (a Binary has no class by its type); None: a label that is no class."""
    labelled = classes_of({**binary, "resourceType": "DocumentReference"})
    return labelled or None


def _bytes(data: str) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:  # not base64, or not even ASCII
        return None


def _is_as_registered(attachment: Resource, content: bytes) -> bool:
    """Size and SHA-1 (FHIR's Attachment.hash), as far as they are told."""
    size, told = attachment.get("size"), words(attachment, "hash")
    digest = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")
    return size in (None, len(content)) and told in ("", digest)
