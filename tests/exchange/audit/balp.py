"""IHE's Basic Audit Log Patterns, as far as the product claims them: rules written from the profiles, held against JSON.

`faults(event)` gives what an AuditEvent does against the profile it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

BASE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERMS = "http://terminology.hl7.org/CodeSystem"
Event = dict[str, Any]


def faults(event: Event) -> list[str]:
    """What is wrong; a profile nobody knows is a fault."""
    found = []
    for url in event.get("meta", {}).get("profile", []):
        rules = PROFILES.get(url.removeprefix(BASE))
        found += [f"unknown profile {url}"] if rules is None else list(rules(event))
    return found


def _query(event: Event) -> Iterator[str]:
    """IHE.BasicAudit.PatientQuery on IHE.BasicAudit.Query."""
    yield from _must("type", event["type"], f"{TERMS}/audit-event-type", "rest")
    if not _any_coding(
        event["subtype"],
        "http://hl7.org/fhir/restful-interaction",
        ("search", "search-type", "search-system"),
    ):
        yield "subtype: no search"
    yield from _equal("action", event.get("action"), "E")
    yield from _equal("outcome", event.get("outcome"), "0")
    yield from _agent(event, "client", DCM, "110153")
    yield from _agent(event, "server", DCM, "110152")
    users = _agents(event, f"{TERMS}/v3-ParticipationType", "IRCP")
    if len(users) > 1 or any(not one["requestor"] or "network" in one or "who" not in one for one in users):
        yield "agent[user]: at most one, requestor, with who, without network"
    queries = _entities(event, "2")
    if len(queries) != 1:
        yield "entity[query]: exactly one"
    for one in queries:
        yield from _must("entity[query].role", one.get("role", {}), f"{TERMS}/object-role", "24")
        if "query" not in one or {"what", "lifecycle", "detail"} & one.keys():
            yield "entity[query]: query, and neither what, lifecycle nor detail"
    yield from _patient(event)


def _disclosure(event: Event) -> Iterator[str]:
    """IHE.BasicAudit.PrivacyDisclosure.Source."""
    if "modifierExtension" in event:
        yield "modifierExtension"
    yield from _must("type", event["type"], DCM, "110106")
    if not _any_coding(event["subtype"], f"{TERMS}/iso-21089-lifecycle", ("disclose",)):
        yield "subtype: no disclose"
    yield from _equal("action", event.get("action"), "R")
    if "outcome" not in event:
        yield "outcome: missing"
    yield from _agent(event, "source", DCM, "110153")
    yield from _agent(event, "recipient", DCM, "110152")
    if any(one["who"] != event["source"]["observer"] for one in _agents(event, DCM, "110153")):
        yield "val-audit-source: the source agent is not the observer"
    if len(event["entity"]) < 2:
        yield "entity: at least two"
    yield from _patient(event)


PROFILES: dict[str, Callable[[Event], Iterator[str]]] = {
    "IHE.BasicAudit.PatientQuery": _query,
    "IHE.BasicAudit.PrivacyDisclosure.Source": _disclosure,
}


def _agent(event: Event, name: str, system: str, code: str) -> Iterator[str]:
    found = _agents(event, system, code)
    if len(found) != 1:
        yield f"agent[{name}]: exactly one"
    if any("who" not in one or "network" not in one or "media" in one for one in found):
        yield f"agent[{name}]: who and network, no media"


def _agents(event: Event, system: str, code: str) -> list[Event]:
    return [
        one for one in event["agent"] if _any_coding(one.get("type", {}).get("coding", []), system, (code,))
    ]


def _patient(event: Event) -> Iterator[str]:
    found = _entities(event, "1")
    if len(found) != 1:
        yield "entity[patient]: exactly one"
    for one in found:
        yield from _must("entity[patient].role", one.get("role", {}), f"{TERMS}/object-role", "1")
        if one.get("what", {}).get("type", "Patient") != "Patient" or not one.get("what"):
            yield "entity[patient].what: a Patient"


def _entities(event: Event, kind: str) -> list[Event]:
    return [
        one
        for one in event["entity"]
        if (one.get("type", {}).get("system"), one.get("type", {}).get("code"))
        == (f"{TERMS}/audit-entity-type", kind)
    ]


def _any_coding(codings: list[Event], system: str, codes: tuple[str, ...]) -> bool:
    return any(one.get("system") == system and one.get("code") in codes for one in codings)


def _must(name: str, coding: Event, system: str, code: str) -> Iterator[str]:
    yield from _equal(name, (coding.get("system"), coding.get("code")), (system, code))


def _equal(name: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{name}: {found}, not {wanted}"
