"""Writing consents down: the record, each event of it, and the audit row that goes with the event.

What may follow what stands in consent/states.py; store/consents.py says what else a transition brings about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from appliance.clock import iso
from appliance.consent.consents import Consent, Mode
from appliance.consent.rules import Rules
from appliance.consent.signers import Signer
from appliance.consent.states import Event, Guard, IllegalTransitionError, State, transition
from appliance.consent.wording import Shown
from appliance.errors import Audience, RenkeiError
from appliance.records.identity import resource_id
from appliance.store import access, audit, governing
from appliance.store.audit import Event as Audited
from appliance.store.db import Store
from appliance.store.evidence import Evidence, Strokes, canonical
from appliance.store.governing import StoredConsent
from appliance.store.staff import StaffSession


class EvidenceKind(StrEnum):
    """How a consent was taken down (consent.md, section 2)."""

    KIOSK = "kiosk"
    PAPER_SCAN = "paper-scan"
    ORAL_RECORDED = "oral-recorded"
    IMPORTED = "imported"


class ConsentError(RenkeiError):
    """A consent cannot be taken down or changed like this."""

    code = "CONSENT-0012"
    audience = Audience.STAFF


class GuardError(ConsentError):
    """Something that has to be made sure of first was not."""

    code = "CONSENT-0013"

    def __init__(self, guard: Guard) -> None:
        ja, en = _UNMET.get(
            guard, ("手続きに必要な確認が済んでいません。", "A check that is needed has not been made.")
        )
        super().__init__(ja, en)
        self.guard = guard


_UNMET: Final = {
    Guard.TEXT_SHOWN_TO_THE_END: (
        "説明を最後まで見ていただいてから署名してください。",
        "The explanation has to be shown to the end before it is signed.",
    ),
    Guard.IDENTITY_MATCHED: (
        "ご本人であることを確かめてから署名していただいてください。",
        "Make sure who the patient is before they sign.",
    ),
    Guard.STAFF_TWO_FACTOR: (
        "職員のパスワードで確かめる必要があります。",
        "Staff have to confirm with their password.",
    ),
    Guard.PROXY_PAPERS_SEEN: (
        "代理の方の書類（続柄・代理権）を確かめてから承認してください。",
        "See the papers of the guardian or proxy before you approve.",
    ),
    Guard.REASON_GIVEN: ("理由を入れてください。", "Give a reason."),
}


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature under a consent text. `emergency` is the patient's answer for emergencies."""

    patient: int
    text: Shown
    strokes: Strokes
    request_id: str
    device_id: str
    mode: Mode = Mode.BLANKET
    signer: Signer = field(default_factory=Signer)
    emergency: bool = True
    met: frozenset[Guard] = frozenset()


def insert(
    store: Store, rules: Rules, who: StaffSession, signing: Signing, consent: Consent, patient_id: str
) -> StoredConsent:
    """Write a new record down; `consent.state` is the state it begins in, `patient_id` the patient's resource id."""
    at, text = store.now(), signing.text
    identity = resource_id("Consent", consent.captured_at, patient_id, signing.request_id)
    proof = canonical(
        Evidence(
            consent=identity,
            text_id=text.text_id,
            text_hash=text.text_hash,
            language=text.language,
            signed_at=at,
            request_id=signing.request_id,
            signer=signing.signer,
            strokes=signing.strokes,
        )
    )
    store.execute(
        "INSERT OR IGNORE INTO consent_texts (text_hash, body) VALUES (?, ?)",
        (text.text_hash, canonical(text)),
    )
    new = store.insert(
        "INSERT INTO consents (resource_id, facility, patient, state, mode, policy_version, text_id, text_hash,"
        " language, body, effective, expires, evidence_kind, evidence, evidence_hash, signer, explainer, copy_state,"
        " device_id, clock_trusted, signed_at, changed_at, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            identity,
            consent.captured_at,
            signing.patient,
            consent.state.value,
            consent.mode.value,
            rules.policy_version,
            text.text_id,
            text.text_hash,
            text.language,
            canonical(consent),
            iso(consent.effective),
            iso(consent.expires) if consent.expires else None,
            EvidenceKind.KIOSK.value,
            proof,
            hashlib.sha256(proof).hexdigest(),
            canonical(signing.signer),
            who.staff,
            "owed",
            signing.device_id,
            int(access.clock_is_trusted(store)),
            at,
            at,
            signing.request_id,
        ),
    )
    return governing.load(store, new)


def passed(state: State | None, event: Event, met: Collection[Guard]) -> State:
    """The state that `event` leads to, its guards being met. Raises IllegalTransitionError, GuardError."""
    line = transition(state, event)
    for guard in line.guards:
        if guard not in met:
            raise GuardError(guard)
    if line.target is None:
        raise IllegalTransitionError(state, event)
    return line.target


def move(
    store: Store,
    record: StoredConsent,
    event: Event,
    who: StaffSession | None,
    met: Collection[Guard],
    request_id: str = "",
    proof: bytes = b"",
    note: str = "",
) -> None:
    """Change a record's state and write the event; what else follows is the caller's. Raises as `passed` does."""
    target = passed(record.state, event, met)
    store.execute(
        "UPDATE consents SET state = ?, changed_at = ? WHERE id = ? AND state = ?",
        (target.value, store.now(), record.id, record.state.value),
    )
    write_event(store, record, event, record.state, who, target, request_id, proof, note)


def write_event(
    store: Store,
    record: StoredConsent,
    event: Event,
    before: State | None,
    who: StaffSession | None,
    after: State | None = None,
    request_id: str = "",
    proof: bytes = b"",
    note: str = "",
) -> None:
    store.insert(
        "INSERT INTO consent_events (consent, event, from_state, to_state, actor, evidence, note, at, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.id,
            event.value,
            before.value if before else "none",
            (after or record.state).value,
            who.staff if who else None,
            proof or None,
            note,
            store.now(),
            request_id,
        ),
    )


def particulars(record: StoredConsent) -> dict[str, Any]:
    """What the audit keeps of a new record."""
    return {
        "mode": record.mode,
        "policy": record.policy_version,
        "text": record.text_id,
        "text_hash": record.text_hash,
        "language": record.language,
        "emergency": record.consent.emergency,
        "signer": record.signer.kind,
        "evidence": record.evidence_hash,
        "clock_trusted": record.clock_trusted,
    }


def write_audit(
    store: Store, event: Audited, record: StoredConsent, who: StaffSession | None, **body: Any
) -> None:
    audit.append(
        store,
        event,
        staff=who.staff if who else None,
        patient=record.patient,
        facility=record.facility,
        role=who.role if who else "",
        consent=record.id,
        **body,
    )
