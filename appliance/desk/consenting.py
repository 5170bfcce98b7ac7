"""Answers about consent: the text, signing, approving, rejecting, declining, withdrawing, the paper and its copy."""

from __future__ import annotations

from appliance.clock import iso
from appliance.consent.consents import Mode
from appliance.consent.signers import Signer, SignerKind
from appliance.consent.states import Guard, State
from appliance.consent.wording import Shown, shown
from appliance.desk.desk import Desk, DeskError, patient_item
from appliance.records.messages import (
    ApproveConsent,
    ConsentPaper,
    ConsentPaperRequest,
    ConsentSigned,
    ConsentText,
    ConsentTextRequest,
    CopyHandedOver,
    DeclineConsent,
    Done,
    RejectConsent,
    SignConsent,
    WithdrawConsent,
)
from appliance.store import audit, consents, governing, staff
from appliance.store.audit import Event
from appliance.store.consents import Signing
from appliance.store.evidence import strokes_of
from appliance.store.governing import StoredConsent
from appliance.store.staff import StaffSession


class TextChangedError(DeskError):
    """What the patient read is not the text that the rules name now."""

    code = "DESK-0005"

    def __init__(self) -> None:
        super().__init__(
            "説明文が新しくなりました。",
            "The consent text has changed.",
            hint_ja="新しい説明を見ていただいてから、もう一度お進みください。",
            hint_en="Show the new text, then go on.",
        )


class UnknownWordError(DeskError):
    """A question used a word that is none of its closed list."""

    code = "DESK-0006"

    def __init__(self) -> None:
        super().__init__(
            "この版が知らない手続きです。",
            "This version does not know this kind of consent.",
            hint_ja="画面を開き直してください。続くときは運用者に連絡してください。",
            hint_en="Open the page again. If it goes on, call the operator.",
        )


def consent_text(desk: Desk, asked: ConsentTextRequest) -> ConsentText:
    session = desk.session(asked.token)
    return _text_message(desk, _text(desk, session, asked.language))


def sign_consent(desk: Desk, asked: SignConsent) -> ConsentSigned:
    signer = _signer(asked)
    mode = _mode(asked.mode)
    emergency = {"yes": True, "no": False}.get(asked.emergency)
    if emergency is None:
        raise UnknownWordError
    met = set()
    if asked.shown_to_end:
        met.add(Guard.TEXT_SHOWN_TO_THE_END)
    if asked.identity_checked:
        met.add(Guard.IDENTITY_MATCHED)
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        desk.patient(session, asked.patient)
        signing = Signing(
            patient=asked.patient,
            text=_text_read(desk, session, asked),
            strokes=asked.strokes,
            request_id=asked.request_id,
            device_id=desk.site.device_id,
            mode=mode,
            signer=signer,
            emergency=emergency,
            met=frozenset(met),
        )
        return _changed(desk, consents.sign(store, desk.rules, session, signing))


def approve_consent(desk: Desk, asked: ApproveConsent) -> ConsentSigned:
    session = desk.session(asked.token)
    desk.consent(session, asked.consent)
    staff.prove_again(desk.store, session, asked.password)
    met = {Guard.STAFF_TWO_FACTOR}
    if asked.papers_seen:
        met.add(Guard.PROXY_PAPERS_SEEN)
    with desk.store.transaction() as store:
        return _changed(desk, consents.approve(store, desk.rules, asked.consent, session, met))


def reject_consent(desk: Desk, asked: RejectConsent) -> ConsentSigned:
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        desk.consent(session, asked.consent)
        return _changed(desk, consents.reject(store, desk.rules, asked.consent, asked.reason, session))


def decline_consent(desk: Desk, asked: DeclineConsent) -> ConsentSigned:
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        desk.patient(session, asked.patient)
        text = _text_read(desk, session, asked)
        declined = consents.decline(
            store, desk.rules, session, asked.patient, text, asked.request_id, desk.site.device_id
        )
        return _changed(desk, declined)


def withdraw_consent(desk: Desk, asked: WithdrawConsent) -> ConsentSigned:
    signer = _signer(asked)
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        desk.patient(session, asked.patient)
        withdrawn = consents.withdraw(store, session, asked.patient, asked.strokes, asked.request_id, signer)
        return _changed(desk, withdrawn)


def consent_paper(desk: Desk, asked: ConsentPaperRequest) -> ConsentPaper:
    """The copy or slip, with the text as it was shown when it was signed."""
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        record = desk.consent(session, asked.consent)
        found = patient_item(store, desk.patient(session, record.patient))
        text = governing.text_of(store, record.text_hash)
        end = consents.withdrawal(store, record.id) if record.state is State.WITHDRAWN else None
        proof = end[1] if end and end[1] else governing.proof_of(store, record.id)
        audit.append(
            store,
            Event.CONSENT_PAPER_SHOWN,
            staff=session.staff,
            patient=record.patient,
            facility=session.facility,
            role=session.role,
            consent=record.id,
        )
    return ConsentPaper(
        consent=record.id,
        resource_id=record.resource_id,
        state=record.state,
        patient_name=found.name,
        patient_kana=found.kana,
        birth_date=found.birth_date,
        local_id=found.local_id,
        mode=record.mode,
        scope_words=text.scope,
        text=_text_message(desk, text),
        signed_at=record.signed_at,
        effective=iso(record.consent.effective),
        facility=desk.facility(record.facility),
        staff_name=staff.name_of(desk.store, record.explainer),
        strokes=strokes_of(proof),
        withdrawn_at=end[0] if end else "",
        clock_trusted=record.clock_trusted,
    )


def copy_handed_over(desk: Desk, asked: CopyHandedOver) -> Done:
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        desk.consent(session, asked.consent)
        consents.copy_given(store, asked.consent, asked.how, session)
    return Done()


def _changed(desk: Desk, record: StoredConsent) -> ConsentSigned:
    desk.changed = True
    return ConsentSigned(consent=record.id, state=record.state)


def _text(desk: Desk, session: StaffSession, language: str) -> Shown:
    network = desk.site.network
    return shown(
        desk.rules, language, network=network.name, contact=network.contact, facility=session.facility
    )


def _text_read(desk: Desk, session: StaffSession, asked: SignConsent | DeclineConsent) -> Shown:
    """The text the patient read. Raises TextChangedError when it is not the one in force.

    A request that was answered before may come again after the text has changed: it is known by its id.
    """
    known = governing.by_request(desk.store, asked.request_id)
    if known is not None:
        return governing.text_of(desk.store, known.text_hash)
    text = _text(desk, session, asked.language)
    if (text.text_id, text.text_hash) != (asked.text_id, asked.text_hash):
        raise TextChangedError
    return text


def _text_message(desk: Desk, text: Shown) -> ConsentText:
    now = desk.store.clock.now()
    members = desk.rules.present(now)
    return ConsentText(
        text_id=text.text_id,
        text_hash=text.text_hash,
        language=text.language,
        title=text.title,
        steps=text.steps,
        statement=text.statement,
        no_disadvantage=text.no_disadvantage,
        how_to_withdraw=text.how_to_withdraw,
        contact=text.contact,
        participants=tuple(desk.participant(number) for number in members),
        scope=text.scope,
        withdraw_statement=text.withdraw_statement,
    )


def _signer(asked: SignConsent | WithdrawConsent) -> Signer:
    if asked.signer not in set(SignerKind):
        raise UnknownWordError
    return Signer(
        SignerKind(asked.signer),
        asked.signer_name.strip(),
        asked.signer_relation.strip(),
        asked.signer_ground.strip(),
        asked.witness.strip(),
    )


def _mode(word: str) -> Mode:
    if word not in set(Mode):
        raise UnknownWordError
    return Mode(word)
