"""Reading consents: one stored record, all of a patient's, and the one that governs. Nothing here changes a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from appliance.consent.consents import Consent, Mode, narrows
from appliance.consent.signers import Signer
from appliance.consent.states import LIVE, State
from appliance.consent.wording import Shown
from appliance.records.codec import decode
from appliance.store.db import Row, Store

_SPOKEN: Final = frozenset({State.REFUSED, State.WITHDRAWN, State.EXPIRED})
"""Records that were in force: one of them governs until a newer one is approved."""

_VOID: Final = frozenset({State.SUPERSEDED, State.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """One consent record with everything that was written down about it; times are ISO 8601 UTC as stored."""

    id: int
    resource_id: str
    facility: str
    patient: int
    state: State
    mode: Mode
    policy_version: str
    text_id: str
    text_hash: str
    language: str
    consent: Consent
    evidence_kind: str
    evidence_hash: str
    signer: Signer
    explainer: int | None
    copy_state: str
    supersedes: int | None
    device_id: str
    clock_trusted: bool
    signed_at: str
    changed_at: str
    request_id: str


_COLUMNS: Final = (
    "id, resource_id, facility, patient, state, mode, policy_version, text_id, text_hash, language, body,"
    " evidence_kind, evidence_hash, signer, explainer, copy_state, supersedes, device_id, clock_trusted, signed_at,"
    " changed_at, request_id"
)


def load(store: Store, consent: int) -> StoredConsent:
    """Raises KeyError when there is no such consent."""
    row = store.row(f"SELECT {_COLUMNS} FROM consents WHERE id = ?", (consent,))
    if row is None:
        raise KeyError(consent)
    return _stored(row)


def of_patient(store: Store, patient: int) -> list[StoredConsent]:
    """Every record of a patient, newest first."""
    rows = store.rows(f"SELECT {_COLUMNS} FROM consents WHERE patient = ? ORDER BY id DESC", (patient,))
    return [_stored(row) for row in rows]


def by_request(store: Store, request_id: str) -> StoredConsent | None:
    """The record that a request of the page made."""
    row = store.row(f"SELECT {_COLUMNS} FROM consents WHERE request_id = ?", (request_id,))
    return _stored(row) if row else None


def by_resource(store: Store, resource_id: str) -> StoredConsent | None:
    """The record of a resource id at the hub."""
    row = store.row(f"SELECT {_COLUMNS} FROM consents WHERE resource_id = ?", (resource_id,))
    return _stored(row) if row else None


def proof_of(store: Store, consent: int) -> bytes:
    """What was signed, as canonical JSON; its SHA-256 is `evidence_hash`. Empty for a decision without signature."""
    return bytes(store.value("SELECT evidence FROM consents WHERE id = ?", (consent,)) or b"")


def text_of(store: Store, text_hash: str) -> Shown:
    """A consent text as it was shown. Raises KeyError when nobody ever signed or declined it."""
    body = store.value("SELECT body FROM consent_texts WHERE text_hash = ?", (text_hash,))
    if body is None:
        raise KeyError(text_hash)
    return decode(body, Shown)


def in_force(store: Store, patient: int) -> StoredConsent | None:
    """The record that governs: the live one, else the newest that was, else the newest that waits or was rejected.

    So a signature that still waits for approval lifts neither a withdrawal nor a refusal (consent.md, Concurrency).
    """
    records = [one for one in of_patient(store, patient) if one.state not in _VOID]
    for states in (LIVE, _SPOKEN, frozenset(State)):
        for one in records:
            if one.state in states:
                return one
    return None


def current(store: Store, patient: int) -> Consent | None:
    """What `decide` is asked with; None: the patient has no record.

    A newer signature that only narrows the active record binds before its approval, and so stands in its place.
    """
    governing = in_force(store, patient)
    if governing is None:
        return None
    if governing.state is State.ACTIVE:
        waiting = store.row(
            f"SELECT {_COLUMNS} FROM consents WHERE patient = ? AND state = 'pending' AND id > ? ORDER BY id DESC",
            (patient, governing.id),
        )
        narrower = replace(_stored(waiting).consent, state=State.ACTIVE) if waiting else None
        if narrower is not None and narrows(narrower, governing.consent):
            return narrower
    return governing.consent


def newest_state(store: Store, patient: int) -> str:
    """The state of the newest record that counts, or `none`: what a list of patients shows."""
    found = store.value(
        "SELECT state FROM consents WHERE patient = ? AND state NOT IN ('superseded', 'entered-in-error')"
        " ORDER BY id DESC LIMIT 1",
        (patient,),
    )
    return str(found or "none")


def _stored(row: Row) -> StoredConsent:
    state, mode = State(row[4]), Mode(row[5])
    return StoredConsent(
        id=row[0],
        resource_id=row[1],
        facility=row[2],
        patient=row[3],
        state=state,
        mode=mode,
        policy_version=row[6],
        text_id=row[7],
        text_hash=row[8],
        language=row[9],
        consent=replace(decode(row[10], Consent), state=state),
        evidence_kind=row[11],
        evidence_hash=row[12],
        signer=decode(row[13], Signer),
        explainer=row[14],
        copy_state=row[15],
        supersedes=row[16],
        device_id=row[17],
        clock_trusted=bool(row[18]),
        signed_at=row[19],
        changed_at=row[20],
        request_id=row[21],
    )
