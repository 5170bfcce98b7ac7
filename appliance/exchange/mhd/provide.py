"""Provide Document Bundle (ITI-65): one transaction with SubmissionSet, DocumentReference and Binary, and its counterpart.

What the hub has of a document is asked before anything is sent (ITI-67 by the document's key): a version that is there is
not sent again, one that replaces another patches that one to superseded in the same transaction. The two POSTs that can
be are conditional as well, for two boxes restored from one backup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.exchange.fhir.provenance import Held
from appliance.exchange.fhir.reading import first, inside, words
from appliance.exchange.mhd.metadata import (
    LIST_TYPES,
    PROFILE,
    URI,
    binary,
    document_reference,
    simplified,
    status_patch,
    submission_set,
)
from appliance.exchange.mhd.whole import Whole
from appliance.records.identity import resource_id

PROVIDE: Final = f"{PROFILE}/IHE.MHD.UnContained.Comprehensive.ProvideBundle"
CURRENT: Final = "current"
SUPERSEDED: Final = "superseded"

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


@dataclass(frozen=True, slots=True)
class Known:
    """One version of a document as the hub has it; `file` is the id of its Binary, empty where it names none."""

    id: str
    unique_id: str
    current: bool
    file: str = ""

    @property
    def reference(self) -> str:
        return f"DocumentReference/{self.id}"


def known_terms(key: str) -> list[tuple[str, str]]:
    """The search for every version of a document (ITI-67)."""
    return [
        ("identifier", Key(IdSystem.DELIVERY_KEY, key).as_search()),
        ("status", f"{CURRENT},{SUPERSEDED}"),
    ]


def known_of(found: Iterable[Resource]) -> tuple[Known, ...]:
    """The versions that a search found."""
    return tuple(
        Known(
            words(one, "id"),
            words(inside(one, "masterIdentifier"), "value"),
            words(one, "status") == CURRENT,
            binary_of(one),
        )
        for one in found
    )


def binary_of(document: Resource) -> str:
    """The id of the Binary that a DocumentReference leads to, at whatever address of the hub; empty where to none."""
    url = words(inside(first(document.get("content")), "attachment"), "url")
    kind, _, one = url.rpartition("/")
    return one if kind == "Binary" or kind.endswith("/Binary") else ""


def is_there(known: Iterable[Known], unique_id: str) -> bool:
    """Whether the hub has this version, and as the one that counts."""
    return any(one.current and one.unique_id == unique_id for one in known)


def submission_terms(version: Known) -> list[tuple[str, str]]:
    """The search for the submissions that brought a version (ITI-66)."""
    return [("item", version.reference), ("code", f"{LIST_TYPES}|submissionset")]


def provide(whole: Whole, known: Sequence[Known] = ()) -> Resource:
    """The transaction for a version of a document; `known` is what the hub has of the document."""
    document = f"urn:uuid:{whole.entry_uuid}"
    file = f"urn:uuid:{resource_id('mhd-bytes', whole.entry_uuid)}"
    before = _before(known)
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [PROVIDE]},
        "type": "transaction",
        "entry": [
            _post(submission_set(whole, document), f"urn:uuid:{whole.set_uuid}", whole.set_unique_id),
            _post(document_reference(whole, file, before), document, whole.unique_id),
            _post(binary(whole, document), file),
            *(_patch(one, SUPERSEDED) for one in before),
        ],
    }


def publish(whole: Whole, patient: str, known: Sequence[Known] = ()) -> Resource:
    """The same by ITI-105: one DocumentReference that holds its bytes; the recipient makes the rest.

    `patient` is a reference to the Patient at the hub.
    """
    return simplified(whole, patient, _before(known))


def again(known: Iterable[Known], unique_id: str) -> Resource | None:
    """The transaction that makes a version count again which the hub has as superseded; None where it has it not at all.

    The bytes are there and a uniqueId is given once: they are not sent a second time.
    """
    versions = tuple(known)
    if not any(one.unique_id == unique_id for one in versions):
        return None
    entries = [
        _patch(one.reference, CURRENT if one.unique_id == unique_id else SUPERSEDED)
        for one in versions
        if one.current or one.unique_id == unique_id
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def removal(known: Iterable[Known], submissions: Iterable[Held]) -> Resource:
    """A document that is no longer true goes with all its versions: MHD itself has no transaction for that."""
    files = {("Binary", one.file) for one in known if one.file}
    held = {("DocumentReference", one.id) for one in known} | files | set(submissions)
    entries = [{"request": {"method": "DELETE", "url": "/".join(one)}} for one in sorted(held)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def condition(unique_id: str) -> str:
    """For If-None-Exist: nothing is made where this is known."""
    return f"identifier={URI}|{unique_id}"


def encoded(resource: Resource) -> bytes:
    """Keys in order: the same content gives the same bytes."""
    return _encoder.encode(resource)


def _before(known: Iterable[Known]) -> list[str]:
    """The versions that are to be superseded."""
    return sorted(one.reference for one in known if one.current)


def _post(resource: Resource, full_url: str, unique_id: str = "") -> Resource:
    conditional = {"ifNoneExist": condition(unique_id)} if unique_id else {}
    request = {"method": "POST", "url": resource["resourceType"], **conditional}
    return {"fullUrl": full_url, "resource": resource, "request": request}


def _patch(document: str, status: str) -> Resource:
    request = {"method": "PATCH", "url": document}
    return {"fullUrl": document, "resource": status_patch(status), "request": request}
