"""Consents as they come about and change: every transition with its event, its audit row and its effects at once.

All functions but `expire_due` run inside the caller's transaction. Whether a transition is allowed stands in
consent/states.py; what has to have been made sure of before it (its guards) the caller answers for in `met`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from appliance.clock import from_iso
from appliance.consent.consents import Consent, Mode
from appliance.consent.rules import Rules
from appliance.consent.signers import PAPERS_NEEDED, Signer, check_complete, check_signer
from appliance.consent.states import LIVE, Event, Guard, IllegalTransitionError, State
from appliance.consent.wording import Shown
from appliance.limits import REASON_MAX_CHARS, REQUEST_ID_MAX_CHARS
from appliance.store import access, governing, owing, patients
from appliance.store.audit import Event as Audited
from appliance.store.consent_log import (
    ConsentError,
    GuardError,
    Signing,
    insert,
    move,
    particulars,
    passed,
    write_audit,
    write_event,
)
from appliance.store.db import Store
from appliance.store.evidence import Evidence, Strokes, canonical, check_strokes
from appliance.store.governing import (
    StoredConsent,
    by_request,
    current,
    in_force,
    load,
    newest_state,
    of_patient,
    proof_of,
)
from appliance.store.staff import StaffSession

SIGNED_AGAIN: Final = "signed-again"
"""Why a record that still waited is rejected when the patient signs a newer one."""


# --- transitions -----------------------------------------------------------------------------------


def sign(store: Store, rules: Rules, who: StaffSession, signing: Signing) -> StoredConsent:
    """A patient agreed and signed: a pending record; the same request twice is one record.

    Raises ConsentError, GuardError, SignerError.
    """
    known = _same_request(store, signing.request_id, signing.patient)
    if known is not None:
        return known
    if signing.mode not in rules.modes:
        raise ConsentError("この方式の同意は受け付けていません。", "This mode of consent is not offered.")
    check_strokes(signing.strokes)
    now = from_iso(store.now())
    person = patients.load(store, signing.patient)
    check_signer(signing.signer, person.patient.birth_date, now.date(), rules.signer_ages)
    target = passed(State.DRAFT, Event.SIGN, signing.met | {Guard.SIGNER_ENTITLED})
    for waiting in _waiting(store, signing.patient):
        _reject(store, waiting, SIGNED_AGAIN, who)
    expires = now + timedelta(days=rules.valid_days) if rules.valid_days else None
    consent = Consent(
        target, signing.mode, now, person.facility, expires=expires, emergency=signing.emergency
    )
    new = insert(store, rules, who, signing, consent, person.resource_id)
    write_event(store, new, Event.SIGN, State.DRAFT, who)
    write_audit(store, Audited.CONSENT_SIGNED, new, who, **particulars(new))
    owing.reconsider(store, rules, signing.patient)
    return new


def approve(
    store: Store, rules: Rules, consent: int, who: StaffSession, met: Collection[Guard]
) -> StoredConsent:
    """Staff accept a signed consent: active, the older one superseded, the hub told ahead of the data.

    Approving what is active already changes nothing. Raises IllegalTransitionError, GuardError, ConsentError.
    """
    record = governing.load(store, consent)
    if record.state is State.ACTIVE:
        return record
    own = {Guard.NO_OTHER_ACTIVE}
    if record.signer.kind not in PAPERS_NEEDED:
        own.add(Guard.PROXY_PAPERS_SEEN)
    passed(record.state, Event.APPROVE, {*met, *own})
    if record.consent.expires is not None and record.consent.expires <= store.clock.now():
        raise ConsentError(
            "この同意は、承認する前に期限が過ぎました。",
            "This consent ran out before it was approved.",
            hint_ja="差し戻して、もう一度署名していただいてください。",
            hint_en="Reject it and have it signed again.",
        )
    old = governing.in_force(store, record.patient)
    if old is not None and old.state in LIVE:
        move(store, old, Event.SUPERSEDE, who, {Guard.NEW_RECORD_ACTIVE})
        store.execute("UPDATE consents SET supersedes = ? WHERE id = ?", (old.id, record.id))
        write_audit(store, Audited.CONSENT_SUPERSEDED, old, who, by=record.id)
        owing.owe_consent(store, old.id)
    move(store, record, Event.APPROVE, who, {*met, *own})
    write_audit(store, Audited.CONSENT_APPROVED, record, who)
    owing.owe_consent(store, record.id)
    owing.release(store, rules, record.patient)
    return governing.load(store, record.id)


def reject(store: Store, rules: Rules, consent: int, reason: str, who: StaffSession) -> StoredConsent:
    """Staff do not accept a signed consent; the patient is owed a slip. Raises IllegalTransitionError, GuardError."""
    record = governing.load(store, consent)
    _reject(store, record, reason.strip()[:REASON_MAX_CHARS], who)
    owing.reconsider(store, rules, record.patient)
    return governing.load(store, consent)


def decline(
    store: Store, rules: Rules, who: StaffSession, patient: int, text: Shown, request_id: str, device_id: str
) -> StoredConsent:
    """The patient does not agree: a refused record, which never leaves the box.

    Raises ConsentError where a consent is live or waits for approval: that is withdrawn, not declined.
    """
    known = _same_request(store, request_id, patient)
    if known is not None:
        return known
    if any(one.state in LIVE or one.state is State.PENDING for one in governing.of_patient(store, patient)):
        raise ConsentError(
            "この患者さんには有効な同意か、承認待ちの同意があります。",
            "This patient has a consent in force or waiting for approval.",
            hint_ja="やめたいというお申し出なら「同意の撤回」を選んでください。",
            hint_en="If the patient wants to stop, choose withdrawal.",
        )
    now, person = from_iso(store.now()), patients.load(store, patient)
    consent = Consent(passed(None, Event.DECLINE, ()), Mode.BLANKET, now, person.facility)
    answer = Signing(patient, text, (), request_id, device_id)
    new = insert(store, rules, who, answer, consent, person.resource_id)
    write_event(store, new, Event.DECLINE, None, who)
    write_audit(store, Audited.CONSENT_DECLINED, new, who, **particulars(new))
    owing.reconsider(store, rules, patient)
    return new


def withdraw(
    store: Store,
    who: StaffSession,
    patient: int,
    strokes: Strokes,
    request_id: str,
    signer: Signer,
) -> StoredConsent:
    """The patient takes the consent back: nothing of theirs leaves any more, and the hub is told before anything else.

    A record that still waits for approval is taken back with it. The same request twice is one withdrawal. Raises
    IllegalTransitionError where there is nothing to withdraw.
    """
    known = _withdrawn_by(store, request_id, patient)
    if known is not None:
        return known
    check_complete(signer)
    check_strokes(strokes)
    records = governing.of_patient(store, patient)
    open_ones = [one for one in records if one.state in LIVE or one.state is State.PENDING]
    if not open_ones:
        raise IllegalTransitionError(records[0].state if records else None, Event.WITHDRAW)
    first = min(open_ones, key=lambda one: one.state not in LIVE)
    for record in open_ones:
        proof = canonical(
            Evidence(
                consent=record.resource_id,
                text_id=record.text_id,
                text_hash=record.text_hash,
                language=record.language,
                signed_at=store.now(),
                request_id=request_id,
                signer=signer,
                strokes=strokes,
            )
        )
        move(store, record, Event.WITHDRAW, who, {Guard.PATIENT_OR_ENTITLED_PROXY}, request_id, proof)
        store.execute("UPDATE consents SET copy_state = 'owed' WHERE id = ?", (record.id,))
        write_audit(
            store,
            Audited.CONSENT_WITHDRAWN,
            record,
            who,
            signer=signer.kind,
            evidence=hashlib.sha256(proof).hexdigest(),
        )
    owing.withdraw_patient(store, patient, State.WITHDRAWN.value)
    if first.state in LIVE:
        owing.owe_consent(store, first.id)
    return governing.load(store, first.id)


def withdrawn_elsewhere(store: Store, consent: int, note: str) -> StoredConsent:
    """The network says that a consent of ours has ended there: it ends here too, and the hub need not be told."""
    record = governing.load(store, consent)
    move(store, record, Event.WITHDRAW, None, {Guard.PATIENT_OR_ENTITLED_PROXY}, note=note)
    write_audit(store, Audited.CONSENT_WITHDRAWN, record, None, elsewhere=True)
    owing.withdraw_patient(store, record.patient, State.WITHDRAWN.value)
    return governing.load(store, consent)


def suspend(store: Store, rules: Rules, consent: int, reason: str, who: StaffSession | None) -> StoredConsent:
    """Hold an active consent (identity doubt, merge, proxy ends): nothing is sent or shown until it is resumed."""
    record = governing.load(store, consent)
    move(store, record, Event.SUSPEND, who, {Guard.STAFF_OR_OPERATOR}, note=reason)
    write_audit(store, Audited.CONSENT_SUSPENDED, record, who, reason=reason)
    owing.reconsider(store, rules, record.patient)
    owing.owe_consent(store, record.id)
    return governing.load(store, consent)


def resume(store: Store, rules: Rules, consent: int, who: StaffSession | None) -> StoredConsent:
    """A suspended consent is in force again, and what was held is released."""
    record = governing.load(store, consent)
    move(store, record, Event.RESUME, who, {Guard.STAFF_OR_OPERATOR, Guard.NO_OTHER_ACTIVE})
    write_audit(store, Audited.CONSENT_RESUMED, record, who)
    owing.owe_consent(store, record.id)
    owing.release(store, rules, record.patient)
    return governing.load(store, consent)


def expire_due(store: Store, rules: Rules) -> int:
    """Expire the active consents whose last minute has come, each in a transaction of its own; how many.

    Not by a clock that cannot be trusted: `decide` refuses meanwhile.
    """
    if not access.clock_is_trusted(store):
        return 0
    due = store.rows("SELECT id FROM consents WHERE state = 'active' AND expires <= ?", (store.now(),))
    for (consent,) in due:
        with store.transaction():
            record = governing.load(store, consent)
            if record.state is not State.ACTIVE:
                continue
            move(store, record, Event.EXPIRE, None, {Guard.EXPIRY_REACHED})
            write_audit(store, Audited.CONSENT_EXPIRED, record, None)
            owing.reconsider(store, rules, record.patient)
            owing.owe_consent(store, record.id)
    return len(due)


def copy_given(store: Store, consent: int, how: str, who: StaffSession) -> None:
    """The patient's copy was handed over (`handed`), or they did not want it (`declined`)."""
    events = {"handed": Audited.COPY_HANDED, "declined": Audited.COPY_DECLINED}
    if how not in events:
        raise ConsentError("控えの扱いは handed か declined です。", "A copy is either handed or declined.")
    record = governing.load(store, consent)
    if record.copy_state == how:
        return
    store.execute("UPDATE consents SET copy_state = ? WHERE id = ?", (how, consent))
    write_audit(store, events[how], record, who)


def withdrawal(store: Store, consent: int) -> tuple[str, bytes] | None:
    """When a consent was withdrawn, and what was signed then; None where it was not."""
    row = store.row(
        "SELECT at, evidence FROM consent_events WHERE consent = ? AND event = ? ORDER BY id DESC LIMIT 1",
        (consent, Event.WITHDRAW.value),
    )
    return (str(row[0]), bytes(row[1] or b"")) if row else None


# --- the parts -------------------------------------------------------------------------------------


def _same_request(store: Store, request_id: str, patient: int) -> StoredConsent | None:
    if not 0 < len(request_id) <= REQUEST_ID_MAX_CHARS:
        raise ConsentError("要求の番号がありません。", "The request has no id.")
    known = governing.by_request(store, request_id)
    if known is not None and known.patient != patient:
        raise ConsentError(
            "この要求の番号は別の手続きで使われています。", "This request id belongs to another step."
        )
    return known


def _withdrawn_by(store: Store, request_id: str, patient: int) -> StoredConsent | None:
    _same_request(store, request_id, patient)
    found = store.rows("SELECT consent FROM consent_events WHERE request_id = ? ORDER BY id", (request_id,))
    records = [governing.load(store, consent) for (consent,) in found]
    if any(record.patient != patient for record in records):
        raise ConsentError(
            "この要求の番号は別の手続きで使われています。", "This request id belongs to another step."
        )
    return records[0] if records else None


def _waiting(store: Store, patient: int) -> list[StoredConsent]:
    return [one for one in governing.of_patient(store, patient) if one.state is State.PENDING]


def _reject(store: Store, record: StoredConsent, reason: str, who: StaffSession) -> None:
    met = {Guard.REASON_GIVEN} if reason else set()
    move(store, record, Event.REJECT, who, met, note=reason)
    store.execute("UPDATE consents SET copy_state = 'owed' WHERE id = ?", (record.id,))
    write_audit(store, Audited.CONSENT_REJECTED, record, who, again=reason == SIGNED_AGAIN)


__all__ = [
    "ConsentError",
    "GuardError",
    "Signing",
    "StoredConsent",
    "approve",
    "by_request",
    "copy_given",
    "current",
    "decline",
    "expire_due",
    "in_force",
    "load",
    "newest_state",
    "of_patient",
    "proof_of",
    "reject",
    "resume",
    "sign",
    "suspend",
    "withdraw",
    "withdrawal",
    "withdrawn_elsewhere",
]
