"""From a claimed delivery to what goes out for it, and to the marker that tells whether it arrived.

Everything is made anew from the store at the moment of sending; what PROVIDE did not permit is left out, and with it the
bytes of a letter: a whole document needs every class that it holds.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from appliance.channels import WHOLE_DOCUMENTS, ChannelKind
from appliance.clock import iso
from appliance.consent.states import State
from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.bundle import (
    Payload,
    consent_payload,
    document_payload,
    identity_payload,
    removal_payload,
)
from appliance.exchange.fhir.consent import SignedConsent
from appliance.exchange.fhir.content import Content, Identity, Person, consent_key, identity_key
from appliance.exchange.fhir.provenance import Held, provenance_id
from appliance.exchange.mhd.whole import SOURCE_FILES, WHOLE, is_whole
from appliance.limits import DOCUMENT_SENT_MAX_BYTES
from appliance.records.administrative import Organization
from appliance.records.clinical import DocumentReference
from appliance.records.document import DocumentKind, Format
from appliance.records.identity import Identified
from appliance.store import arrivals, documents, governing, patients
from appliance.store.arrivals import Arrival
from appliance.store.db import Store
from appliance.store.deliveries import Claimed, Kind
from appliance.store.documents import StoredDocument, StoredRecord
from appliance.store.governing import StoredConsent

FacilityName = Callable[[str], str]
"""The name on screens of one of the box's own facilities, by its number."""


class NoChannelError(RenkeiError):
    """A delivery of a kind for which this version has no way out."""

    code = "EXCHANGE-0102"
    audience = Audience.MAINTAINER


class NothingToSendError(RenkeiError):
    """A delivery names something that the store does not hold."""

    code = "EXCHANGE-0103"
    audience = Audience.MAINTAINER


class Files(StrEnum):
    """Where the bytes of documents go: beside their records, or apart from them as documents of their own (MHD)."""

    BESIDE = "beside"
    APART = "apart"
    APART_WITH_SOURCES = "apart-with-sources"
    """Also files that are no documents by themselves, where they hold one only (mhd/whole.py)."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a network takes things: the bytes of documents, and (`pixm`) patients by the feed of its own index (ITI-104)."""

    files: Files = Files.BESIDE
    pixm: bool = False


AS_RECORDS: Final = Manner()


def manner_of(channels: Collection[ChannelKind], *, source_files: bool = False, pixm: bool = False) -> Manner:
    """That of a network with these channels."""
    if not WHOLE_DOCUMENTS & set(channels):
        return Manner(pixm=pixm)
    return Manner(Files.APART_WITH_SOURCES if source_files else Files.APART, pixm)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What to send. `only_if_known`: without this resource at the hub there is nothing to take back, and nothing goes."""

    payload: Payload
    only_if_known: Held | None = None

    @property
    def digest(self) -> str:
        return self.payload.digest

    @property
    def holds(self) -> frozenset[Held]:
        return self.payload.holds

    def entries(self) -> dict[str, str]:
        """Each entry's address and a digest of what it says."""
        return {
            "/".join(one.held): hashlib.sha256(one.encoded).hexdigest()[:_ENTRY_DIGITS]
            for one in self.payload.parts
        }


_ENTRY_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Marker:
    """The Provenance that tells whether a delivery arrived: there with its digest, or (`leaves` False) gone."""

    id: str
    leaves: bool


def prepare(
    store: Store, facility_name: FacilityName, claimed: Claimed, manner: Manner = AS_RECORDS
) -> Prepared:
    """Raises NoChannelError, NothingToSendError, UnmappableConsentError: this delivery can never go as it is."""
    try:
        return _prepare(store, facility_name, claimed, manner)
    except KeyError as error:
        raise NothingToSendError(
            "送る内容が保存庫に見つかりません。", "What is to be sent is not in the store."
        ) from error


def marker_of(store: Store, claimed: Claimed) -> Marker:
    """The marker of a delivery that may have gone out."""
    if claimed.kind is Kind.CONSENT:
        key = consent_key(_consent(store, claimed).resource_id)
    elif claimed.kind is Kind.IDENTITY:
        key = identity_key(_person(store, claimed.patient).resource_id)
    else:
        key = claimed.document_key
    return Marker(provenance_id(key), leaves=claimed.kind is not Kind.REMOVE)


def _prepare(store: Store, facility_name: FacilityName, claimed: Claimed, manner: Manner) -> Prepared:
    if claimed.kind is Kind.CONSENT:
        return _prepare_consent(store, facility_name, claimed, manner)
    if claimed.kind is Kind.IDENTITY:
        return Prepared(identity_payload(_identity(store, facility_name, claimed), pixm=manner.pixm))
    if claimed.kind is Kind.REMOVE:
        return Prepared(
            removal_payload(claimed.document_key, documents.hub_holds(store, claimed.document_key))
        )
    if claimed.kind in (Kind.PUT, Kind.REPLACE):
        return Prepared(
            document_payload(
                _content(store, claimed, manner.files), documents.hub_holds(store, claimed.document_key)
            )
        )
    raise NoChannelError(
        "この種類の送信は、この版では扱えません。", f"This version has no channel for {claimed.kind.value}."
    )


def _prepare_consent(store: Store, facility_name: FacilityName, claimed: Claimed, manner: Manner) -> Prepared:
    stored = _consent(store, claimed)
    signed = _signed(store, stored)
    identity = _identity(store, facility_name, claimed)
    payload = consent_payload(signed, identity, introduce=signed.active, pixm=manner.pixm)
    return Prepared(payload, None if signed.active else ("Consent", signed.resource_id))


def _consent(store: Store, claimed: Claimed) -> StoredConsent:
    if claimed.consent is None:
        raise KeyError(claimed.id)
    return governing.load(store, claimed.consent)


def _person(store: Store, patient: int | None) -> Person:
    if patient is None:
        raise KeyError(patient)
    stored = patients.load(store, patient)
    return Person(stored.resource_id, stored.patient, stored.coverages)


def _identity(store: Store, facility_name: FacilityName, claimed: Claimed) -> Identity:
    """`recorded` is when the consent came to be in force under which the region may know the patient."""
    person = _person(store, claimed.patient)
    record = governing.in_force(store, claimed.patient) if claimed.patient is not None else None
    told = documents.organization(store, person.facility) or Organization(person.facility)
    organization = replace(told, number=person.facility, name=facility_name(person.facility))
    return Identity(person, organization, record.changed_at if record else store.now())


def _content(store: Store, claimed: Claimed, files: Files) -> Content:
    """What the records' bundle says of a document; what goes as a document of its own is not told there again."""
    stored = _document(store, claimed)
    permitted = _permitted(stored, claimed)
    if files is Files.BESIDE:
        file = _file(store, stored) if len(permitted) == len(stored.records) else b""
        return _as_content(stored, permitted, file)
    if whole_content(store, claimed, files) is None:
        return _as_content(stored, permitted, b"")
    return _as_content(stored, tuple(one for one in permitted if not _names_the_file(one, stored)), b"")


def whole_content(store: Store, claimed: Claimed, files: Files) -> tuple[Content, Format] | None:
    """A document that may leave as a whole, with its bytes and their format: every record permitted, the bytes still kept.

    None: it does not. Raises KeyError where the store does not hold it.
    """
    stored = _document(store, claimed)
    if stored.kind == DocumentKind.CLAIM:
        return None
    about = arrivals.get(store, stored.arrival)
    known = _format(about)
    sources = files is Files.APART_WITH_SOURCES
    if not is_whole(known, about.documents, about.size_bytes, source_files=sources):
        return None
    permitted = _permitted(stored, claimed)
    file = _bytes(store, stored) if len(permitted) == len(stored.records) else b""
    return (_as_content(stored, permitted, file), known) if file else None


def may_go_whole(store: Store, claimed: Claimed) -> bool:
    """Whether a document is of a format that leaves whole, now or by what the site file said once."""
    return _format(arrivals.get(store, _document(store, claimed).arrival)) in WHOLE | SOURCE_FILES


def _format(about: Arrival) -> Format:
    return Format(about.format) if about.format in set(Format) else Format.UNKNOWN


def _document(store: Store, claimed: Claimed) -> StoredDocument:
    if claimed.document is None:
        raise KeyError(claimed.id)
    return documents.load(store, claimed.document)


def _permitted(stored: StoredDocument, claimed: Claimed) -> tuple[StoredRecord, ...]:
    return tuple(one for one in stored.records if (one.data_class, one.data_date) in claimed.allowed)


def _as_content(stored: StoredDocument, permitted: tuple[StoredRecord, ...], file: bytes) -> Content:
    return Content(
        key=stored.key,
        kind=DocumentKind(stored.kind),
        person=Person(stored.patient_resource_id, stored.patient_body, stored.coverages),
        period=stored.period,
        records=tuple(Identified(one.resource_id, one.record) for one in permitted),
        arrival_sha256=stored.arrival_sha256,
        recorded=stored.stored_at,
        file=file,
    )


def _names_the_file(one: StoredRecord, stored: StoredDocument) -> bool:
    """Whether a record stands for the arrival as a whole (a letter, a picture)."""
    return isinstance(one.record, DocumentReference) and one.record.sha256 == stored.arrival_sha256


def _file(store: Store, stored: StoredDocument) -> bytes:
    """The whole arrival where it is the document itself, and not too large."""
    sizes = (
        one.record.size_bytes
        for one in stored.records
        if isinstance(one.record, DocumentReference) and _names_the_file(one, stored)
    )
    return (
        _bytes(store, stored) if next(sizes, DOCUMENT_SENT_MAX_BYTES + 1) <= DOCUMENT_SENT_MAX_BYTES else b""
    )


def _bytes(store: Store, stored: StoredDocument) -> bytes:
    """The arrival, if it is still kept as named."""
    with contextlib.suppress(KeyError):
        file = arrivals.content(store, stored.arrival)
        return file if hashlib.sha256(file).hexdigest() == stored.arrival_sha256 else b""
    return b""


def _signed(store: Store, stored: StoredConsent) -> SignedConsent:
    return SignedConsent(
        resource_id=stored.resource_id,
        facility=stored.facility,
        consent=stored.consent,
        signed_at=stored.signed_at,
        changed_at=stored.changed_at,
        policy_version=stored.policy_version,
        text_id=stored.text_id,
        text_hash=stored.text_hash,
        ended_at=_ended_at(store, stored),
    )


def _ended_at(store: Store, stored: StoredConsent) -> str:
    """When a record ceased to be in force: at the signature of its successor, at its expiry, else at the change."""
    if stored.state is State.ACTIVE:
        return ""
    if stored.state is State.SUPERSEDED:
        others = governing.of_patient(store, stored.patient)
        return next((one.signed_at for one in others if one.supersedes == stored.id), stored.changed_at)
    if stored.state is State.EXPIRED and stored.consent.expires:
        return iso(stored.consent.expires)
    return stored.changed_at
