"""Who is named outside, and when: a patient only under an active consent, at the moment of telling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import FacilityConfig, SiteConfig
from appliance.exchange.audit.catalogue import CATALOGUE, Outcome
from appliance.exchange.audit.telling import HASHED_PATIENT, Subject, subject, told
from appliance.exchange.fhir.identifiers import Key
from appliance.store import audit, consents
from appliance.store.audit import Event
from appliance.store.db import Store, create_store
from appliance.store.staff import StaffSession
from tests.store import consented
from tests.store.made import FACILITY, new_store, rules

RULES = rules()
NAMED = Subject(Key(f"urn:oid:1.2.392.100495.20.3.51.1{FACILITY}", "0001"), named=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path, ManualClock()) as made:
        yield made


@pytest.fixture
def doctor(store: Store) -> StaffSession:
    return consented.doctor(store)


@pytest.fixture
def who(store: Store) -> int:
    return consented.own_patient(store, RULES)


def test_every_event_is_coded(store: Store):
    assert CATALOGUE.keys() == {event.value for event in Event}
    assert {kind.action for kind in CATALOGUE.values()} <= set("CRUDE")
    failed = [event for event, kind in CATALOGUE.items() if kind.outcome is not Outcome.SUCCESS]
    assert set(failed) == {
        "sign-in-refused",
        "staff-locked",
        "delivery-refused",
        "audit-chain-changed",
        "store-restored",
        "store-recovered",
    }


def test_without_a_record_a_patient_is_a_hash_that_says_nothing(store: Store, who: int):
    found = subject(store, who)
    assert (found.named, found.key.system, len(found.key.value)) == (False, HASHED_PATIENT, 32)
    assert found == subject(store, who)
    assert found != subject(store, consented.own_patient(store, RULES, "0002"))


def test_the_hash_of_the_same_patient_is_another_at_another_box(store: Store, who: int, tmp_path: Path):
    with create_store(tmp_path / "other.db", b"\1" * 32, ManualClock()) as other:
        assert subject(store, who) != subject(other, consented.own_patient(other, RULES))


def test_a_patient_is_named_from_approval_to_withdrawal(store: Store, doctor: StaffSession, who: int):
    hashed = subject(store, who)
    record = consented.sign(store, RULES, doctor, who)
    assert subject(store, who) == hashed
    consented.approve(store, RULES, doctor, record.id)
    assert subject(store, who) == NAMED
    consented.withdraw(store, doctor, who)
    assert subject(store, who) == hashed


def test_a_suspended_or_run_out_consent_names_nobody(store: Store, doctor: StaffSession, who: int):
    record = consented.agree(store, replace(RULES, valid_days=30), doctor, who)
    with store.transaction():
        consents.suspend(store, RULES, record.id, "x", doctor)
    assert not subject(store, who).named
    with store.transaction():
        consents.resume(store, RULES, record.id, doctor)
    assert subject(store, who).named
    assert record.consent.expires is not None
    assert isinstance(store.clock, ManualClock)
    store.clock.advance((record.consent.expires - store.clock.now()).total_seconds())
    assert not subject(store, who).named  # whether or not the desk has swept yet


def test_a_declined_patient_is_not_named(store: Store, doctor: StaffSession, who: int):
    with store.transaction():
        consents.decline(store, RULES, doctor, who, consented.text(RULES), "r1", "box-1")
    assert not subject(store, who).named


def test_rows_already_written_are_told_by_the_consent_of_now(
    store: Store, site: SiteConfig, doctor: StaffSession, who: int
):
    consented.agree(store, RULES, doctor, who)
    signed = next(row for row in audit.entries(store) if row.event == Event.CONSENT_SIGNED)
    assert told(store, site, signed).subjects == (NAMED,)
    consented.withdraw(store, doctor, who)
    assert not told(store, site, signed).subjects[0].named


def test_what_a_consent_says_is_told_of_named_patients_only(
    store: Store, site: SiteConfig, doctor: StaffSession, who: int
):
    consented.agree(store, RULES, doctor, who)
    signed = next(row for row in audit.entries(store) if row.event == Event.CONSENT_SIGNED)
    assert dict(told(store, site, signed).particulars).keys() >= {"mode", "evidence", "emergency", "policy"}
    consented.withdraw(store, doctor, who)
    kept = dict(told(store, site, signed).particulars)
    assert not {"mode", "evidence", "emergency", "text_hash", "signer"} & kept.keys()
    assert kept["policy"] == "1"


@pytest.mark.parametrize(
    ("event", "effects", "outcome"),
    [
        (Event.PATIENT_SHOWN, ["permit", "deny"], "0"),
        (Event.PATIENT_SHOWN, ["deny", "deny"], "4"),
        (Event.DOCUMENT_OPENED, ["permit", "permit"], "0"),
        (Event.DOCUMENT_OPENED, ["deny"], "4"),
        (Event.NETWORK_VIEWED, ["deny"], "0"),
        (Event.NETWORK_VIEWED, [], "4"),
        (Event.SIGN_IN_REFUSED, [], "4"),
    ],
)
def test_a_look_that_showed_nothing_is_told_as_a_failure(
    store: Store, site: SiteConfig, event: Event, effects: list[str], outcome: str
):
    decided = [
        {"provider": FACILITY, "class": "lab", "effect": one, "reason": "x", "count": 1} for one in effects
    ]
    with store.transaction():
        seq = audit.append(store, event, decisions=decided)
    row = audit.entry(store, seq)
    assert row is not None
    assert told(store, site, row).outcome == outcome


@pytest.mark.parametrize(
    ("channel", "recipient"),
    [("fhir", "https://127.0.0.1:1/fhir"), ("ssmix2", "urn:x-renkei:channel:ssmix2")],
)
def test_a_delivery_names_who_got_it(store: Store, site: SiteConfig, channel: str, recipient: str):
    with store.transaction():
        seq = audit.append(store, Event.DELIVERY_SENT, channel=channel)
    row = audit.entry(store, seq)
    assert row is not None
    assert told(store, site, row).recipient == recipient


def test_each_patient_of_a_list_is_told_once_and_by_their_own_consent(
    store: Store, site: SiteConfig, doctor: StaffSession, who: int
):
    other = consented.own_patient(store, RULES, "0002")
    consented.agree(store, RULES, doctor, who)
    with store.transaction():
        seq = audit.append(store, Event.WORK_LIST_SHOWN, patients=[other, who, other])
    row = audit.entry(store, seq)
    assert row is not None
    assert [one.named for one in told(store, site, row).subjects] == [False, True]


def test_a_row_is_told_under_its_own_facility_or_that_of_who_did_it(
    store: Store, site: SiteConfig, doctor: StaffSession
):
    both = replace(site, facilities=(FacilityConfig("1319999020", "a"), FacilityConfig(FACILITY, "b")))
    with store.transaction():
        rows = [
            audit.append(store, Event.SIGNED_OUT, staff=doctor.staff),
            audit.append(store, Event.SIGNED_IN, facility=FACILITY),
            audit.append(store, Event.SIGN_IN_REFUSED),
            audit.append(store, Event.SIGNED_IN, facility="9999999999"),
        ]
    found = [told(store, both, row) for row in audit.following(store, rows[0] - 1, 4)]
    assert [one.facility for one in found] == [FACILITY, FACILITY, "1319999020", "1319999020"]
    assert [one.person.login if one.person else "" for one in found] == ["sensei", "", "", ""]
