"""The life of a consent: each transition with its event, its audit row and its effects in the same transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from appliance.clock import JST, ManualClock, from_iso
from appliance.consent.consents import Mode
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import Rules, parse_rules
from appliance.consent.signers import Signer, SignerError, SignerKind
from appliance.consent.states import Guard, IllegalTransitionError, State
from appliance.limits import SIGNATURE_HEIGHT, SIGNATURE_MAX_STROKES, SIGNATURE_WIDTH
from appliance.records.codec import encode
from appliance.store import audit, claiming, consents, deliveries, documents, governing
from appliance.store.consent_log import ConsentError, GuardError
from appliance.store.db import Store
from appliance.store.evidence import SignatureError, strokes_of
from appliance.store.governing import StoredConsent
from appliance.store.staff import StaffSession
from tests.store.consented import (
    CONFIRMED,
    SIGNATURE,
    agree,
    approve,
    doctor,
    own_patient,
    sign,
    signing,
    text,
    withdraw,
)
from tests.store.made import FACILITY, act, arrival, claim, new_store, patient, rules

RULES = rules()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with new_store(tmp_path, clock) as made:
        yield made


@pytest.fixture
def by(store: Store) -> StaffSession:
    return doctor(store)


@pytest.fixture
def who(store: Store) -> int:
    return own_patient(store, RULES)


def decline(store: Store, by: StaffSession, who: int, request: str = "d1") -> StoredConsent:
    with store.transaction():
        return consents.decline(store, RULES, by, who, text(RULES), request, "box-1")


def change(store: Store, step: Callable[[], StoredConsent]) -> StoredConsent:
    with store.transaction():
        return step()


def events(store: Store) -> list[str]:
    return [entry.event for entry in audit.entries(store)]


def steps(store: Store, consent: int) -> list[tuple[str, str, str]]:
    rows = store.rows(
        "SELECT event, from_state, to_state FROM consent_events WHERE consent = ? ORDER BY id", (consent,)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def owed(store: Store) -> list[tuple[str, str]]:
    return [
        (row[0], row[1]) for row in store.rows("SELECT kind, state FROM deliveries ORDER BY priority, id")
    ]


def ruled(**changes: object) -> Rules:
    since = datetime(2025, 4, 1, tzinfo=JST)
    listed = participants_document("1", [(FACILITY, "練習用内科", "clinic")], since)
    return parse_rules(policy_document("1", **changes), listed)


# --- signing -----------------------------------------------------------------------------------------


def test_a_signature_makes_a_pending_record_with_its_evidence(store: Store, by: StaffSession, who: int):
    record = sign(store, RULES, by, who)
    assert (record.state, record.mode, record.copy_state) == (State.PENDING, Mode.BLANKET, "owed")
    assert (record.text_id, record.text_hash) == ("blanket-ja-1", text(RULES).text_hash)
    assert (record.explainer, record.device_id, record.clock_trusted) == (by.staff, "box-1", True)
    assert record.consent.effective == from_iso(record.signed_at)
    assert steps(store, record.id) == [("sign", "draft", "pending")]
    proof = governing.proof_of(store, record.id)
    assert hashlib.sha256(proof).hexdigest() == record.evidence_hash
    assert strokes_of(proof) == SIGNATURE
    assert json.loads(proof)["text_hash"] == record.text_hash


def test_the_text_that_was_shown_is_kept_whole(store: Store, by: StaffSession, who: int):
    record = sign(store, RULES, by, who)
    assert governing.text_of(store, record.text_hash) == text(RULES)
    with pytest.raises(KeyError):
        governing.text_of(store, "unknown")


def test_nothing_leaves_before_approval(store: Store, by: StaffSession, who: int):
    sign(store, RULES, by, who)
    assert owed(store) == [("put", "held")]


def test_the_same_request_twice_is_one_record(store: Store, by: StaffSession, who: int):
    first, second = sign(store, RULES, by, who), sign(store, RULES, by, who)
    assert first.id == second.id
    assert events(store).count("consent-signed") == 1


def test_a_request_id_serves_one_patient_only(store: Store, by: StaffSession, who: int):
    other = own_patient(store, RULES, "0002")
    sign(store, RULES, by, who)
    with pytest.raises(ConsentError):
        sign(store, RULES, by, other)


@pytest.mark.parametrize("request_id", ["", "x" * 65])
def test_a_request_needs_an_id(store: Store, by: StaffSession, who: int, request_id: str):
    with pytest.raises(ConsentError):
        sign(store, RULES, by, who, request_id)


@pytest.mark.parametrize("missing", [Guard.TEXT_SHOWN_TO_THE_END, Guard.IDENTITY_MATCHED])
def test_signing_needs_the_text_shown_and_the_identity_checked(
    store: Store, by: StaffSession, who: int, missing: Guard
):
    asked = signing(RULES, who, "r1")
    with pytest.raises(GuardError) as raised, store.transaction():
        consents.sign(store, RULES, by, replace(asked, met=asked.met - {missing}))
    assert raised.value.guard is missing
    assert governing.newest_state(store, who) == "none"


POINT = (1, 1, 0)


@pytest.mark.parametrize(
    "strokes",
    [
        (),
        ((),),
        ((POINT,),),
        ((POINT,) * 20_001,),
        ((POINT, POINT),) * (SIGNATURE_MAX_STROKES + 1),
        ((POINT, POINT, POINT, POINT, (SIGNATURE_WIDTH + 1, 1, 0)),),
        ((POINT, POINT, POINT, POINT, (1, SIGNATURE_HEIGHT + 1, 0)),),
        ((POINT, POINT, POINT, POINT, (-1, 1, 0)),),
        ((POINT, POINT, POINT, POINT, (1, 1, -1)),),
    ],
)
def test_a_slip_or_a_flood_is_no_signature(
    store: Store, by: StaffSession, who: int, strokes: consents.Strokes
):
    with pytest.raises(SignatureError), store.transaction():
        consents.sign(store, RULES, by, replace(signing(RULES, who, "r1"), strokes=strokes))


def test_a_mode_the_rules_do_not_offer_is_not_taken(store: Store, by: StaffSession, who: int):
    with pytest.raises(ConsentError), store.transaction():
        consents.sign(store, RULES, by, replace(signing(RULES, who, "r1"), mode=Mode.LIST))


def test_a_child_cannot_sign_alone_but_a_guardian_whose_papers_were_seen_can(
    store: Store, by: StaffSession, who: int
):
    with store.transaction():
        child = replace(patient("0001"), birth_date=datetime(2015, 1, 1, tzinfo=JST).date())
        store.execute("UPDATE patients SET body = ? WHERE id = ?", (encode(child), who))
    with pytest.raises(SignerError):
        sign(store, RULES, by, who)
    guardian = Signer(SignerKind.GUARDIAN, "練習　父", "父")
    with store.transaction():
        record = consents.sign(store, RULES, by, signing(RULES, who, "r1", signer=guardian))
    with pytest.raises(GuardError) as raised:
        approve(store, RULES, by, record.id)
    assert raised.value.guard is Guard.PROXY_PAPERS_SEEN
    assert approve(store, RULES, by, record.id, CONFIRMED | {Guard.PROXY_PAPERS_SEEN}).state is State.ACTIVE
    assert governing.load(store, record.id).signer == guardian


def test_signing_again_takes_the_place_of_what_still_waits(store: Store, by: StaffSession, who: int):
    first = sign(store, RULES, by, who, "r1")
    second = sign(store, RULES, by, who, "r2")
    assert governing.load(store, first.id).state is State.REJECTED
    assert second.state is State.PENDING
    with pytest.raises(IllegalTransitionError):
        approve(store, RULES, by, first.id)


def test_a_record_taken_with_an_untrusted_clock_says_so(
    store: Store, by: StaffSession, who: int, clock: ManualClock
):
    clock.is_trusted = False
    assert not sign(store, RULES, by, who).clock_trusted


def test_no_to_emergencies_is_kept(store: Store, by: StaffSession, who: int):
    with store.transaction():
        record = consents.sign(store, RULES, by, signing(RULES, who, "r1", emergency=False))
    assert not governing.load(store, record.id).consent.emergency


# --- approving and rejecting -------------------------------------------------------------------------


def test_approval_tells_the_hub_first_and_releases_what_was_held(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    assert record.state is State.ACTIVE
    assert owed(store) == [("consent", "ready"), ("identity", "ready"), ("put", "ready")]
    first = claiming.claim(store, RULES, limit=1, lease_s=60)
    assert [(one.kind, one.consent) for one in first] == [(deliveries.Kind.CONSENT, record.id)]


def test_approval_needs_the_password_again(store: Store, by: StaffSession, who: int):
    record = sign(store, RULES, by, who)
    with pytest.raises(GuardError) as raised:
        approve(store, RULES, by, record.id, ())
    assert raised.value.guard is Guard.STAFF_TWO_FACTOR
    assert governing.load(store, record.id).state is State.PENDING


def test_approving_twice_changes_nothing_more(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    before = owed(store)
    assert approve(store, RULES, by, record.id).state is State.ACTIVE
    assert owed(store) == before


def test_a_newer_consent_supersedes_the_older_one_and_both_are_told(store: Store, by: StaffSession, who: int):
    old = agree(store, RULES, by, who, "r1")
    new = agree(store, RULES, by, who, "r2")
    assert governing.load(store, old.id).state is State.SUPERSEDED
    assert governing.load(store, new.id).supersedes == old.id
    told = store.rows("SELECT consent FROM deliveries WHERE kind = 'consent' ORDER BY id")
    assert [row[0] for row in told] == [old.id, old.id, new.id]
    in_force = governing.in_force(store, who)
    assert in_force is not None
    assert in_force.id == new.id


def test_the_older_consent_governs_until_the_newer_one_is_approved(store: Store, by: StaffSession, who: int):
    old = agree(store, RULES, by, who, "r1")
    sign(store, RULES, by, who, "r2")
    current = governing.in_force(store, who)
    assert current is not None
    assert current.id == old.id
    assert governing.newest_state(store, who) == "pending"


def test_a_newer_approval_also_takes_the_place_of_a_suspended_record(
    store: Store, by: StaffSession, who: int
):
    old = agree(store, RULES, by, who, "r1")
    change(store, lambda: consents.suspend(store, RULES, old.id, "本人か確認中", by))
    new = agree(store, RULES, by, who, "r2")
    assert (governing.load(store, old.id).state, new.state) == (State.SUPERSEDED, State.ACTIVE)


def test_a_rejection_needs_a_reason_and_owes_a_slip(store: Store, by: StaffSession, who: int):
    record = sign(store, RULES, by, who)
    with pytest.raises(GuardError):
        change(store, lambda: consents.reject(store, RULES, record.id, "  ", by))
    rejected = change(store, lambda: consents.reject(store, RULES, record.id, "署名が読めない", by))
    assert (rejected.state, rejected.copy_state) == (State.REJECTED, "owed")
    assert owed(store) == [("put", "held")]
    assert "署名が読めない" not in str(list(audit.entries(store)))


# --- declining ---------------------------------------------------------------------------------------


def test_a_refusal_never_leaves_the_box(store: Store, by: StaffSession, who: int):
    record = decline(store, by, who)
    assert record.state is State.REFUSED
    assert owed(store) == [("put", "held")]
    assert store.value("SELECT reason FROM deliveries") == "refused"
    assert steps(store, record.id) == [("decline", "none", "refused")]


def test_a_refusal_twice_is_one_record(store: Store, by: StaffSession, who: int):
    assert decline(store, by, who).id == decline(store, by, who).id


@pytest.mark.parametrize("step", [sign, agree])
def test_who_has_signed_withdraws_rather_than_declines(
    store: Store, by: StaffSession, who: int, step: Callable[..., StoredConsent]
):
    step(store, RULES, by, who)
    with pytest.raises(ConsentError):
        decline(store, by, who)


def test_a_refusal_stands_until_a_later_signature_is_approved(store: Store, by: StaffSession, who: int):
    decline(store, by, who)
    later = sign(store, RULES, by, who)
    current = governing.current(store, who)
    assert current is not None
    assert current.state is State.REFUSED
    approve(store, RULES, by, later.id)
    assert ("put", "ready") in owed(store)


# --- withdrawing -------------------------------------------------------------------------------------


def test_a_withdrawal_empties_the_queue_and_is_told_first(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who)
    record = withdraw(store, by, who)
    assert (record.state, record.copy_state) == (State.WITHDRAWN, "owed")
    left = store.rows("SELECT kind, state FROM deliveries WHERE state IN ('ready', 'claimed') ORDER BY id")
    assert [tuple(row) for row in left] == [("consent", "ready"), ("consent", "ready")]
    assert store.value("SELECT count(*) FROM deliveries WHERE kind = 'put' AND state = 'withdrawn'") == 1


def test_a_withdrawal_is_signed_and_its_evidence_kept_apart(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who)
    record = withdraw(store, by, who)
    end = consents.withdrawal(store, record.id)
    assert end is not None
    assert strokes_of(end[1]) == SIGNATURE
    assert json.loads(end[1])["request_id"] == "w1"
    assert consents.withdrawal(store, agree(store, RULES, by, who, "r2").id) is None


def test_the_same_withdrawal_twice_is_one(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who)
    assert withdraw(store, by, who).id == withdraw(store, by, who).id
    assert events(store).count("consent-withdrawn") == 1


def test_a_withdrawal_takes_back_what_still_waits_for_approval_too(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who, "r1")
    waiting = sign(store, RULES, by, who, "r2")
    withdraw(store, by, who)
    assert governing.load(store, waiting.id).state is State.WITHDRAWN
    with pytest.raises(IllegalTransitionError):
        approve(store, RULES, by, waiting.id)


def test_what_the_hub_never_heard_of_is_withdrawn_without_telling_it(
    store: Store, by: StaffSession, who: int
):
    sign(store, RULES, by, who)
    assert withdraw(store, by, who).state is State.WITHDRAWN
    assert [one for one in owed(store) if one[0] == "consent"] == []


def test_a_suspended_consent_can_be_withdrawn(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    change(store, lambda: consents.suspend(store, RULES, record.id, "確認中", by))
    assert withdraw(store, by, who).state is State.WITHDRAWN


@pytest.mark.parametrize("before", ["none", "refused", "withdrawn"])
def test_there_must_be_something_to_withdraw(store: Store, by: StaffSession, who: int, before: str):
    if before == "refused":
        decline(store, by, who)
    if before == "withdrawn":
        agree(store, RULES, by, who)
        withdraw(store, by, who, "w0")
    with pytest.raises(IllegalTransitionError):
        withdraw(store, by, who)


def test_data_that_come_after_a_withdrawal_stay_in_the_box(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who)
    withdraw(store, by, who)
    number = arrival(store, b"next month")
    with store.transaction():
        documents.put(
            store, RULES, number, [claim(patient("0001"), act(), month="2026-09", sequence="2026-10")]
        )
    assert store.value("SELECT state FROM deliveries ORDER BY id DESC LIMIT 1") == "held"


def test_consent_given_again_sends_everything_again(store: Store, by: StaffSession, who: int):
    agree(store, RULES, by, who, "r1")
    withdraw(store, by, who)
    agree(store, RULES, by, who, "r2")
    ready = store.rows("SELECT kind FROM deliveries WHERE state = 'ready' AND kind <> 'consent' ORDER BY id")
    assert sorted(row[0] for row in ready) == ["identity", "put"]


def test_what_the_network_ended_ends_here_without_telling_it_back(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    with store.transaction():
        ended = consents.withdrawn_elsewhere(store, record.id, "ended-elsewhere")
    assert ended.state is State.WITHDRAWN
    assert store.value("SELECT count(*) FROM deliveries WHERE kind = 'consent'") == 1
    assert ("put", "withdrawn") in owed(store)


# --- suspending and expiring -------------------------------------------------------------------------


def test_a_suspension_holds_and_resuming_releases(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    change(store, lambda: consents.suspend(store, RULES, record.id, "本人か確認中", by))
    assert ("put", "held") in owed(store)
    assert ("put", "ready") not in owed(store)
    change(store, lambda: consents.resume(store, RULES, record.id, by))
    assert ("put", "ready") in owed(store)
    assert [step[0] for step in steps(store, record.id)] == ["sign", "approve", "suspend", "resume"]


def test_a_consent_with_an_end_expires_at_that_minute_and_holds(
    store: Store, by: StaffSession, who: int, clock: ManualClock
):
    limited = ruled(valid_days=1)
    record = agree(store, limited, by, who)
    clock.advance(86_399)
    assert consents.expire_due(store, limited) == 0
    clock.advance(1)
    assert consents.expire_due(store, limited) == 1
    assert governing.load(store, record.id).state is State.EXPIRED
    assert ("put", "held") in owed(store)
    assert consents.expire_due(store, limited) == 0
    assert steps(store, record.id)[-1] == ("expire", "active", "expired")


def test_a_consent_that_ran_out_while_it_waited_is_not_approved(
    store: Store, by: StaffSession, who: int, clock: ManualClock
):
    limited = ruled(valid_days=1)
    record = sign(store, limited, by, who)
    clock.advance(86_400)
    with pytest.raises(ConsentError):
        approve(store, limited, by, record.id)
    assert governing.load(store, record.id).state is State.PENDING


def test_nothing_expires_by_a_clock_that_cannot_be_trusted(
    store: Store, by: StaffSession, who: int, clock: ManualClock
):
    limited = ruled(valid_days=1)
    agree(store, limited, by, who)
    clock.is_trusted = False
    clock.advance(10 * 86_400)
    assert consents.expire_due(store, limited) == 0


# --- copies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["handed", "declined"])
def test_what_became_of_the_copy_is_kept_and_audited_once(store: Store, by: StaffSession, who: int, how: str):
    record = agree(store, RULES, by, who)
    for _ in range(2):
        with store.transaction():
            consents.copy_given(store, record.id, how, by)
    assert governing.load(store, record.id).copy_state == how
    assert events(store).count(f"copy-{how}") == 1


def test_a_copy_is_either_handed_over_or_declined(store: Store, by: StaffSession, who: int):
    record = agree(store, RULES, by, who)
    with pytest.raises(ConsentError), store.transaction():
        consents.copy_given(store, record.id, "lost", by)


# --- all or nothing ----------------------------------------------------------------------------------


def test_an_approval_that_fails_half_way_leaves_nothing_behind(
    store: Store, by: StaffSession, who: int, monkeypatch: pytest.MonkeyPatch
):
    record = sign(store, RULES, by, who)
    before = {table: store.rows(f"SELECT * FROM {table}") for table in CHANGED}

    def fails(*_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(consents.owing, "release", fails)
    with pytest.raises(RuntimeError):
        approve(store, RULES, by, record.id)
    assert {table: store.rows(f"SELECT * FROM {table}") for table in CHANGED} == before


CHANGED = ("consents", "consent_events", "deliveries", "audit")


def test_the_store_refuses_a_second_active_record_whatever_the_code_does(
    store: Store, by: StaffSession, who: int
):
    agree(store, RULES, by, who, "r1")
    waiting = sign(store, RULES, by, who, "r2")
    with pytest.raises(Exception, match="UNIQUE"), store.transaction():
        store.execute("UPDATE consents SET state = 'active' WHERE id = ?", (waiting.id,))


def test_every_transition_is_audited_and_the_chain_holds(store: Store, by: StaffSession, who: int):
    decline(store, by, who)
    agree(store, RULES, by, who, "r1")
    agree(store, RULES, by, who, "r2")
    withdraw(store, by, who)
    assert [event for event in events(store) if event.startswith("consent-")] == [
        "consent-declined",
        "consent-signed",
        "consent-approved",
        "consent-signed",
        "consent-superseded",
        "consent-approved",
        "consent-withdrawn",
    ]
    assert audit.verify(store) is None


def test_a_record_is_found_by_its_request_and_by_its_id_at_the_hub(store: Store, by: StaffSession, who: int):
    record = sign(store, RULES, by, who)
    assert governing.by_request(store, "r1") == record
    assert governing.by_resource(store, record.resource_id) == record
    assert governing.by_resource(store, "nothing") is None
    with pytest.raises(KeyError):
        governing.load(store, 99)
