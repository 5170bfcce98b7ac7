"""Decisions over the store: freshness, trust in the clock, whose consent, and the audit row of a look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import JST, ManualClock
from appliance.consent.decision import Reason
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.roles import Role
from appliance.consent.rules import Rules, parse_rules
from appliance.limits import CLOCK_MARK_S, CONSENT_SNAPSHOT_MAX_AGE_S
from appliance.records.data_class import DataClass
from appliance.store import access, audit, consents
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.db import Store, create_store
from appliance.store.staff import StaffSession
from tests.store.consented import agree, doctor, own_patient, sign, withdraw
from tests.store.made import FACILITY, new_store, rules

RULES = rules()
HOSPITAL = "1319999020"
LAB = (DataClass.LAB, "2026-08-03")
BASIC = (DataClass.BASIC, "2026-10-01")


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


def reason(store: Store, who: int, item: tuple[DataClass, str | None] = LAB) -> Reason:
    return access.provide_decisions(store, RULES, who, FACILITY, [item])[item].reason


def network(**changes: object) -> Rules:
    """Two facilities; the hospital's line of the participant list may be changed."""
    listed = participants_document(
        "2",
        [(FACILITY, "練習用内科", "clinic"), (HOSPITAL, "練習用病院", "hospital")],
        datetime(2025, 4, 1, tzinfo=JST),
    )
    document = json.loads(listed)
    document["participants"][1].update(changes)
    return parse_rules(policy_document("1"), json.dumps(document).encode())


def test_without_a_record_nothing_may_leave(store: Store):
    assert reason(store, own_patient(store, RULES)) is Reason.NO_CONSENT


def test_with_an_active_consent_everything_asked_for_may_leave(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    decisions = access.provide_decisions(store, RULES, who, FACILITY, [LAB, BASIC, (DataClass.LAB, None)])
    assert [decision.reason for decision in decisions.values()] == [Reason.CONSENT] * 3


def test_a_signature_that_waits_for_approval_lets_nothing_leave(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    sign(store, RULES, by, who)
    assert reason(store, who) is Reason.PENDING


def test_a_foreign_facility_provides_nothing_from_here(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    decisions = access.provide_decisions(store, RULES, who, "1300000000", [LAB])
    assert decisions[LAB].reason is Reason.NOT_PARTICIPANT


def test_a_facility_that_only_views_provides_nothing(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    only_views = network(provides=False)
    decisions = access.provide_decisions(store, only_views, who, HOSPITAL, [LAB])
    assert decisions[LAB].reason is Reason.NOT_PARTICIPANT


# --- freshness and trust -----------------------------------------------------------------------------


def test_a_box_that_never_pulled_has_a_stale_snapshot(tmp_path: Path):
    with create_store(tmp_path / "store.db", bytes(32), ManualClock()) as store:
        assert access.snapshot_at(store) is None
        who = own_patient(store, RULES)
        agree(store, RULES, doctor(store), who)
        assert reason(store, who) is Reason.STALE


def test_the_snapshot_is_good_to_the_very_second_of_its_age(
    store: Store, by: StaffSession, clock: ManualClock
):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    clock.advance(CONSENT_SNAPSHOT_MAX_AGE_S)
    assert reason(store, who) is Reason.CONSENT
    clock.advance(1)
    assert reason(store, who) is Reason.STALE
    with store.transaction():
        access.set_snapshot(store, clock.now())
    assert reason(store, who) is Reason.CONSENT


def test_an_untrusted_clock_makes_the_snapshot_stale(store: Store, by: StaffSession, clock: ManualClock):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    clock.is_trusted = False
    assert reason(store, who) is Reason.STALE


@pytest.mark.parametrize("back_s", [1.0, 3600.0, 400 * 86400.0])
def test_a_clock_behind_the_last_trusted_time_is_not_trusted(
    store: Store, by: StaffSession, clock: ManualClock, back_s: float
):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    clock.advance(-back_s)
    assert not access.clock_is_trusted(store)
    assert reason(store, who) in {Reason.STALE, Reason.NOT_YET, Reason.NOT_PARTICIPANT}


def test_the_last_trusted_time_goes_forward_only(store: Store, clock: ManualClock):
    clock.advance(7200)
    with store.transaction():
        access.note_time(store)
    clock.advance(-3600)
    with store.transaction():
        access.note_time(store)
    assert not access.clock_is_trusted(store)
    clock.advance(3600)
    assert access.clock_is_trusted(store)


def test_an_untrusted_time_is_never_written_down(store: Store, clock: ManualClock):
    clock.is_trusted = False
    clock.advance(10 * 365 * 86400)
    assert not access.time_is_due(store)
    with store.transaction():
        access.note_time(store)
    clock.advance(-10 * 365 * 86400)
    clock.is_trusted = True
    assert access.clock_is_trusted(store)


def test_the_time_is_written_down_now_and_then(store: Store, clock: ManualClock):
    assert not access.time_is_due(store)
    clock.advance(CLOCK_MARK_S)
    assert access.time_is_due(store)
    with store.transaction():
        access.note_time(store)
    assert not access.time_is_due(store)


# --- whose record governs ----------------------------------------------------------------------------


def test_a_withdrawal_governs_until_a_new_signature_is_approved(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    withdraw(store, by, who)
    assert reason(store, who) is Reason.WITHDRAWN
    again = sign(store, RULES, by, who, "r2")
    assert reason(store, who) is Reason.WITHDRAWN
    with store.transaction():
        consents.reject(store, RULES, again.id, "読めない", by)
    assert reason(store, who) is Reason.WITHDRAWN
    agree(store, RULES, by, who, "r3")
    assert reason(store, who) is Reason.CONSENT


def test_one_patients_consent_is_not_anothers(store: Store, by: StaffSession):
    who, other = own_patient(store, RULES, "0001"), own_patient(store, RULES, "0002")
    agree(store, RULES, by, who)
    assert reason(store, other) is Reason.NO_CONSENT


# --- VIEW --------------------------------------------------------------------------------------------

OWN = Item(FACILITY, DataClass.MEDICATION, "2026-08-03")
THEIRS = Item(HOSPITAL, DataClass.MEDICATION, "2026-08-03")


def test_own_records_are_seen_without_consent_and_others_are_not(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    decisions = access.view_decisions(store, network(), by, who, [OWN, THEIRS])
    assert decisions[OWN].reason is Reason.OWN_RECORD
    assert decisions[THEIRS].reason is Reason.NO_CONSENT


def test_others_records_are_seen_with_consent_and_the_right_role(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    clerk = doctor(store, "jimu", Role.CLERK)
    assert access.view_decisions(store, network(), by, who, [THEIRS])[THEIRS].reason is Reason.CONSENT
    assert access.view_decisions(store, network(), clerk, who, [THEIRS])[THEIRS].reason is Reason.ROLE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"provides": False}, Reason.SOURCE_LEFT),
        ({"to": "2026-09-01T00:00:00+09:00"}, Reason.SOURCE_LEFT),
        ({"views": False}, Reason.CONSENT),
    ],
)
def test_a_source_has_to_provide_now(
    store: Store, by: StaffSession, changes: dict[str, object], expected: Reason
):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    decisions = access.view_decisions(store, network(**changes), by, who, [THEIRS])
    assert decisions[THEIRS].reason is expected


def test_a_viewer_has_to_view_now(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    visitor = StaffSession(by.staff, HOSPITAL, by.login, by.name, by.role, administrator=False)
    decisions = access.view_decisions(store, network(views=False), visitor, who, [OWN])
    assert decisions[OWN].reason is Reason.NOT_PARTICIPANT


def test_an_unknown_class_is_not_seen(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    agree(store, RULES, by, who)
    unknown = Item(HOSPITAL, None, None)
    assert access.view_decisions(store, network(), by, who, [unknown])[unknown].reason is Reason.ROLE


# --- the audit row of a look ---------------------------------------------------------------------------


def test_one_look_is_one_row_that_holds_the_whole_set(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    record = agree(store, RULES, by, who)
    looked = [OWN, OWN, THEIRS, Item(HOSPITAL, None, None)]
    with store.transaction():
        decided = access.view_decisions(store, network(), by, who, set(looked))
        row = access.audit_view(
            store, network(), by, who, [(item, decided[item]) for item in looked], event=Event.NETWORK_VIEWED
        )
    entry = next(audit.entries(store, after=row - 1))
    assert (entry.event, entry.staff, entry.patient) == ("network-viewed", by.staff, who)
    assert entry.body["decisions"] == [
        {"provider": FACILITY, "class": "medication", "effect": "permit", "reason": "own-record", "count": 2},
        {"provider": HOSPITAL, "class": "", "effect": "deny", "reason": "role", "count": 1},
        {"provider": HOSPITAL, "class": "medication", "effect": "permit", "reason": "consent", "count": 1},
    ]
    assert (entry.body["consent"], entry.body["policy"], entry.body["role"]) == (record.id, "1", "doctor")
    assert entry.body["purpose"] == "treat"
    assert audit.verify(store) is None


def test_a_look_that_found_nothing_is_audited_too(store: Store, by: StaffSession):
    who = own_patient(store, RULES)
    with store.transaction():
        row = access.audit_view(store, RULES, by, who, [], event=Event.NETWORK_VIEWED)
    entry = next(audit.entries(store, after=row - 1))
    assert (entry.body["decisions"], entry.body["consent"]) == ([], None)


def test_the_snapshot_time_is_kept_to_the_millisecond(store: Store, clock: ManualClock):
    moment = clock.now() + timedelta(milliseconds=123)
    with store.transaction():
        access.set_snapshot(store, moment)
    assert access.snapshot_at(store) == moment
