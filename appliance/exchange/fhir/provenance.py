"""Provenance of what a bundle puts: where it was read from, and the digest of the whole payload.

It is the *marker* of a delivery: its id follows from what is delivered (a document, an identity, a consent), and the
digest tells which payload the hub has. The digest is an element, not a tag: hubs keep old tags when a resource changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from appliance.exchange.fhir.datatypes import Resource, codeable, identifier, meta, reference
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.exchange.fhir.reading import inside, objects, words
from appliance.records.identity import SHARED, organization_id, resource_id

Held = tuple[str, str]
"""A resource at the hub: its type and id."""

SHARED_TYPES = frozenset({"Patient", *(kind.__name__ for kind in SHARED)})
"""Resources that several documents share: a document updates them and never removes them."""

_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def provenance_id(key: str) -> str:
    """`key` is the document's key, or that of an identity or consent."""
    return resource_id("Provenance", key)


def provenance(
    key: str,
    facility: str,
    recorded: str,
    made: Collection[Held],
    *,
    arrival_sha256: str = "",
    origin: Sequence[Resource] = (),
) -> Resource:
    """`recorded` is the instant it was stored; `made` (not empty) the resources it is about; without the digest yet."""
    sources = [Key(IdSystem.DELIVERY_KEY, key)]
    if arrival_sha256:
        sources.append(Key(IdSystem.ARRIVAL_HASH, arrival_sha256))
    return {
        "resourceType": "Provenance",
        "id": provenance_id(key),
        "meta": meta(facility, None, *origin),
        "target": [reference(*one) for one in sorted(made)],
        "recorded": recorded,
        "agent": [
            {
                "type": codeable(_PARTICIPANT, "custodian"),
                "who": reference("Organization", organization_id(facility)),
            }
        ],
        "entity": [_source(one) for one in sources],
    }


def with_digest(marker: Resource, digest: str) -> Resource:
    return {**marker, "entity": [*marker["entity"], _source(Key(IdSystem.DELIVERY_DIGEST, digest))]}


def digest_of(marker: Resource) -> str:
    """The digest that a marker at the hub carries; empty when it carries none."""
    return next((value for system, value in _sources(marker) if system == IdSystem.DELIVERY_DIGEST), "")


def held_by(marker: Resource) -> frozenset[Held]:
    """What a marker at the hub says its document made, without what documents share."""
    targets = (words(target, "reference").partition("/") for target in objects(marker.get("target")))
    return frozenset((kind, one) for kind, slash, one in targets if slash and kind not in SHARED_TYPES)


def _source(key: Key) -> Resource:
    return {"role": "source", "what": {"identifier": identifier(key)}}


def _sources(marker: Resource) -> list[tuple[str, str]]:
    found = (inside(inside(entity, "what"), "identifier") for entity in objects(marker.get("entity")))
    return [(words(one, "system"), words(one, "value")) for one in found]
