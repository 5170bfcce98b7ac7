"""What leaves the box of one audit row: the same for both ways out, and for an export.

A patient is named by the identifier the network knows only while a consent of theirs is active; else by a keyed hash,
the same for all rows of this patient, that nobody without the store's key can turn back. Names never leave.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.config import SiteConfig
from appliance.consent.states import State
from appliance.exchange.audit.catalogue import Kind, Outcome, kind_of
from appliance.exchange.fhir.identifiers import Key, patient_key
from appliance.store import audit, governing, patients
from appliance.store.audit import Entry, Event
from appliance.store.db import Store

HASHED_PATIENT: Final = "urn:x-renkei:audit-patient"
"""The system of a patient's keyed hash."""
_SENT_BY_THE_BOX: Final = frozenset(
    {
        Event.DELIVERY_SENT,
        Event.DELIVERY_REFUSED,
        Event.NETWORK_VIEWED,
        Event.NETWORK_SEARCHED,
        Event.DOCUMENT_OPENED,
    }
)


class Naming(StrEnum):
    """Which patients are named by an identifier; the others are by a keyed hash."""

    CONSENTING = "consenting"
    NOBODY = "nobody"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it: the login, under which the network's participant list knows a member, and the role."""

    login: str
    role: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it was about; `named`: by an identifier the network knows, else by a keyed hash."""

    key: Key
    named: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """What was decided about one provider's data: `class effect reason count`, a class a line."""

    facility: str
    decided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One audit row as others may know it. `recipient` is the hub's address where the box itself asked or sent."""

    seq: int
    hash: str
    at: str
    clock_trusted: bool
    device: str
    facility: str
    event: str
    kind: Kind
    outcome: Outcome
    purpose: str
    person: Person | None
    subjects: tuple[Subject, ...]
    providers: tuple[Provider, ...]
    particulars: tuple[tuple[str, str], ...]
    recipient: str


def told(store: Store, site: SiteConfig, row: Entry, naming: Naming = Naming.CONSENTING) -> Told:
    """What of a row may leave now: consents are looked at as they are at this moment."""
    body, kind = row.body, kind_of(row.event)
    person, at_home = _person(store, row)
    subjects = tuple(subject(store, one, naming) for one in patients_of(row))
    own = [facility.number for facility in site.facilities]
    facility = str(body.get("facility") or at_home)
    return Told(
        seq=row.seq,
        hash=row.hash.hex(),
        at=row.at,
        clock_trusted=row.trusted,
        device=site.device_id,
        facility=facility if facility in own else own[0],
        event=row.event,
        kind=kind,
        outcome=_outcome(kind, row),
        purpose=str(body.get("purpose", "")),
        person=person,
        subjects=subjects,
        providers=_providers(body.get("decisions")),
        particulars=_particulars(kind, body, named=all(one.named for one in subjects)),
        recipient=_recipient(site, row),
    )


def _outcome(kind: Kind, row: Entry) -> Outcome:
    """A look that showed nothing is a failure: at a page, where all was denied; at the network, where none was answered."""
    decided = row.body.get("decisions")
    if row.event == Event.NETWORK_VIEWED and not decided:
        return Outcome.MINOR_FAILURE
    shown = row.event in (Event.PATIENT_SHOWN, Event.DOCUMENT_OPENED)
    if shown and all(one["effect"] == "deny" for one in decided or ()):
        return Outcome.MINOR_FAILURE
    return kind.outcome


def _recipient(site: SiteConfig, row: Entry) -> str:
    if row.event not in _SENT_BY_THE_BOX:
        return ""
    channel = row.body.get("channel", "fhir")
    return site.hub.url if channel == "fhir" else f"urn:x-renkei:channel:{channel}"


def subject(store: Store, patient: int, naming: Naming = Naming.CONSENTING) -> Subject:
    """How a patient is named outside the box now."""
    try:
        known = patients.load(store, patient)
    except KeyError:
        return Subject(Key(HASHED_PATIENT, _digest(store, f"row:{patient}")), named=False)
    if naming is Naming.EVERYBODY or (naming is Naming.CONSENTING and _agrees(store, patient)):
        return Subject(patient_key(known.patient, known.resource_id), named=True)
    return Subject(Key(HASHED_PATIENT, _digest(store, known.resource_id)), named=False)


def _agrees(store: Store, patient: int) -> bool:
    consent = governing.current(store, patient)
    if consent is None or consent.state is not State.ACTIVE:
        return False
    return consent.expires is None or consent.expires > store.clock.now()


def _digest(store: Store, value: str) -> str:
    return hmac.new(store.audit_key, value.encode(), "sha256").hexdigest()[:32]


def _person(store: Store, row: Entry) -> tuple[Person | None, str]:
    if row.staff is None:
        return None, ""
    found = store.row("SELECT login, role, facility FROM staff WHERE id = ?", (row.staff,))
    if found is None:
        return Person(f"staff-{row.staff}", str(row.body.get("role", ""))), ""
    return Person(str(found[0]), str(row.body.get("role") or found[1])), str(found[2])


def patients_of(row: Entry) -> list[int]:
    """The patients a row is about: its own, then those of a list; each once."""
    listed = row.body.get("patients")
    others = listed if isinstance(listed, list) else []
    every = [row.patient, *others]
    return list(dict.fromkeys(one for one in every if isinstance(one, int)))


def _providers(decisions: Any) -> tuple[Provider, ...]:
    found: dict[str, list[str]] = {}
    for one in decisions if isinstance(decisions, list) else []:
        line = f"{one.get('class') or '-'} {one.get('effect')} {one.get('reason')} {one.get('count')}"
        found.setdefault(str(one.get("provider", "")), []).append(line)
    return tuple(Provider(facility, tuple(lines)) for facility, lines in sorted(found.items()))


def _particulars(kind: Kind, body: dict[str, Any], *, named: bool) -> tuple[tuple[str, str], ...]:
    if kind.whole:
        return ((kind.whole, audit.canonical({name: body.get(name) for name in kind.particulars})),)
    values = ((name, body.get(name)) for name in kind.particulars + (kind.of_named if named else ()))
    return tuple((name, _words(value)) for name, value in values if value not in (None, "", [], {}))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        ", ".join(map(str, value))
        if isinstance(value, Iterable) and not isinstance(value, str)
        else str(value)
    )
