"""What the hub should hold, worked out from the files alone, and what it does hold, asked over its API.

The first goes the stateless way (`formats` and the FHIR mapping, no store, no queue); the second asks with the
operator's certificate. When the two are equal, everything in between did its work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

from appliance.exchange.convert import bundles_of
from appliance.formats.parse import parse
from appliance.records.document import Document
from provisioning.lab.hub import PracticeHub

Held = tuple[str, str]
"""A resource at the hub: (type, id)."""

TYPES = (
    "Patient",
    "Organization",
    "Practitioner",
    "Coverage",
    "Encounter",
    "Condition",
    "Procedure",
    "MedicationRequest",
    "MedicationDispense",
    "DeviceUseStatement",
    "Specimen",
    "Observation",
    "AllergyIntolerance",
    "Immunization",
    "DocumentReference",
    "Provenance",
    "Consent",
)
_BY_IDENTIFIER = re.compile(rb'"Patient\?identifier=[^"]*"')
"""A conditional reference to a document's own patient; the hub stores what it found."""
_PAGE = 1000
_TIMEOUT_S = 60.0


def newest_documents(files: Iterable[Path]) -> list[Document]:
    """The documents of a facility's files, of each key the newest version (the later file of equal ones)."""
    newest: dict[str, Document] = {}
    for file in files:
        for document in parse(file.read_bytes()).documents:
            before = newest.get(document.key)
            if before is None or before.sequence <= document.sequence:
                newest[document.key] = document
    return list(newest.values())


def expected(documents: Iterable[Document], consenting: Collection[str]) -> dict[Held, Any]:
    """What the hub should hold of these documents, by (type, id); `consenting` are Patient resource ids.

    Consents and markers (Provenance) are left out: they come from what happened, not from files.
    """
    held: dict[Held, Any] = {}
    for document in documents:
        for patient, body in bundles_of(document):
            if patient in consenting:
                resolved = _BY_IDENTIFIER.sub(f'"Patient/{patient}"'.encode(), body)
                held |= {
                    (one["resource"]["resourceType"], one["resource"]["id"]): one["resource"]
                    for one in json.loads(resolved)["entry"]
                    if one["resource"]["resourceType"] != "Provenance"
                }
    return held


def held_by(hub: PracticeHub, types: Iterable[str] = TYPES) -> dict[Held, Any]:
    """Everything the hub holds of these types."""
    operator = hub.pki.operator
    found: dict[Held, Any] = {}
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(hub.pki.ca_path)
        session.cert = (str(operator.cert), str(operator.key))
        for kind in types:
            url: str | None = f"{hub.url}/{kind}?_count={_PAGE}"
            while url:
                answer = session.get(url, timeout=_TIMEOUT_S)
                answer.raise_for_status()
                bundle = answer.json()
                found |= {
                    (kind, entry["resource"]["id"]): entry["resource"] for entry in bundle.get("entry", ())
                }
                url = next(
                    (link["url"] for link in bundle.get("link", ()) if link["relation"] == "next"), None
                )
    return found


def without_meta(held: Mapping[Held, Any]) -> dict[Held, Any]:
    """The same without what a server adds (`meta`), to compare contents."""
    return {key: {name: value for name, value in one.items() if name != "meta"} for key, one in held.items()}


def clinical(held: Mapping[Held, Any]) -> dict[Held, Any]:
    """The same without consents and markers."""
    return {key: one for key, one in held.items() if key[0] not in ("Consent", "Provenance")}
