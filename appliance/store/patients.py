"""The patient index: which local patient a document is about (architecture.md, identity).

A chart number identifies; without one the insured person with birth date and sex does; a name never. Where that gives
two patients, or one who contradicts the document, the answer is None: the document is *unlinked*.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.records.administrative import Coverage, Patient, Sex
from appliance.records.codec import decode_coverages, decode_patient, encode
from appliance.records.document import Document
from appliance.records.identity import digest, patient_id, patient_parts
from appliance.records.names import search_key
from appliance.store.db import Store


@dataclass(frozen=True, slots=True)
class StoredPatient:
    """A patient as the index knows them, with the coverages of their newest document (`as_of`: its period)."""

    id: int
    facility: str
    resource_id: str
    patient: Patient
    coverages: tuple[Coverage, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class Link:
    """The patient a document belongs to; `changed`: what the network knows of them is no longer true."""

    patient: int
    resource_id: str
    changed: bool


def link(store: Store, document: Document) -> Link | None:
    """Find or make the document's patient and bring the index up to date, inside a transaction."""
    coverages = tuple(record for record in document.records if isinstance(record, Coverage))
    parts = patient_parts(document.patient, coverages)
    if not parts:
        return None
    kind, value = parts[0], _identity_value(parts)
    found = _with_identity(store, document.facility, kind, value)
    if len(found) > 1:
        return None
    if not found:
        return _add(store, document, coverages, parts)
    known = load(store, found[0])
    if _contradicts(known.patient, document.patient):
        return None
    return _update(store, known, document, coverages)


def load(store: Store, patient: int) -> StoredPatient:
    """Raises KeyError when there is no such patient."""
    row = store.row(
        "SELECT id, facility, resource_id, body, coverages, as_of FROM patients WHERE id = ?", (patient,)
    )
    if row is None:
        raise KeyError(patient)
    return StoredPatient(row[0], row[1], row[2], decode_patient(row[3]), decode_coverages(row[4]), row[5])


def _identity_value(parts: tuple[str, ...]) -> str:
    return parts[1] if parts[0] == "chart" else digest(*parts)


def _with_identity(store: Store, facility: str, kind: str, value: str) -> list[int]:
    rows = store.rows(
        "SELECT DISTINCT coalesce(p.merged_into, p.id) FROM patient_identities i JOIN patients p ON p.id = i.patient"
        " WHERE i.facility = ? AND i.kind = ? AND i.value = ?",
        (facility, kind, value),
    )
    return [row[0] for row in rows]


def _contradicts(known: Patient, told: Patient) -> bool:
    births = {known.birth_date, told.birth_date} - {None}
    sexes = {known.sex, told.sex} - {Sex.UNKNOWN}
    return len(births) > 1 or len(sexes) > 1


def _add(store: Store, document: Document, coverages: tuple[Coverage, ...], parts: tuple[str, ...]) -> Link:
    patient, now = document.patient, store.now()
    resource_id = patient_id(document.facility, parts)
    new = store.insert(
        "INSERT INTO patients (facility, resource_id, local_id, name, kana, kana_key, birth_date, sex, body, coverages,"
        " as_of, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (document.facility, resource_id, *_columns(patient, coverages), _as_of(document), now, now),
    )
    _remember(store, document, new, parts, coverages)
    return Link(new, resource_id, changed=True)


def _update(store: Store, known: StoredPatient, document: Document, coverages: tuple[Coverage, ...]) -> Link:
    """Bring the index up to what a newer document says; what it does not say stays."""
    patient, paid = _filled(document.patient, known.patient), _lasting(coverages) or known.coverages
    older = _as_of(document) < known.as_of
    if older or (encode(patient), encode(paid)) == (encode(known.patient), encode(known.coverages)):
        return Link(known.id, known.resource_id, changed=False)
    store.execute(
        "UPDATE patients SET local_id = ?, name = ?, kana = ?, kana_key = ?, birth_date = ?, sex = ?, body = ?,"
        " coverages = ?, as_of = ?, changed_at = ? WHERE id = ?",
        (*_columns(patient, paid), _as_of(document), store.now(), known.id),
    )
    _remember(store, document, known.id, patient_parts(patient, paid), paid)
    return Link(known.id, known.resource_id, changed=True)


def _filled(told: Patient, known: Patient) -> Patient:
    """An address and its postal code belong together: the old code would be wrong for a new address."""
    lives = told if told.address or told.postal_code else known
    return Patient(
        told.facility,
        told.name if told.name.text or told.name.kana else known.name,
        known.sex if told.sex is Sex.UNKNOWN else told.sex,
        told.birth_date or known.birth_date,
        told.local_id or known.local_id,
        lives.address,
        lives.postal_code,
        told.phone or known.phone,
    )


def _as_of(document: Document) -> str:
    return f"{document.period}|{document.sequence}"


def _columns(patient: Patient, coverages: tuple[Coverage, ...]) -> tuple[object, ...]:
    return (
        patient.local_id,
        patient.name.text,
        patient.name.kana,
        search_key(patient.name.kana or patient.name.text),
        patient.birth_date.isoformat() if patient.birth_date else None,
        patient.sex.value,
        encode(patient),
        encode(_lasting(coverages)),
    )


def _lasting(coverages: tuple[Coverage, ...]) -> tuple[Coverage, ...]:
    """The coverages without what is true of one claim only."""
    return tuple(
        Coverage(c.kind, c.order, c.payer_number, c.symbol, c.number, c.branch, verification=c.verification)
        for c in coverages
    )


def _remember(
    store: Store, document: Document, patient: int, parts: tuple[str, ...], coverages: tuple[Coverage, ...]
) -> None:
    """Register every identity the document gives, so that a later one without a chart number is recognised."""
    without_chart = Patient(
        document.patient.facility, document.patient.name, document.patient.sex, document.patient.birth_date
    )
    insured = patient_parts(without_chart, coverages)
    for one in {parts, insured} - {()}:
        store.execute(
            "INSERT OR IGNORE INTO patient_identities (facility, kind, value, patient) VALUES (?, ?, ?, ?)",
            (document.facility, one[0], _identity_value(one), patient),
        )
