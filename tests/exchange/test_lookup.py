"""Look-ups against the practice hub: what a member of staff may see of an own patient, and what is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from appliance.clock import ManualClock
from appliance.consent.roles import Role
from appliance.exchange.asking import Wanted
from appliance.exchange.fhir.bundle import consent_payload, document_payload, identity_payload
from appliance.exchange.fhir.content import Content, Identity, Person
from appliance.exchange.fhir.identifiers import Key
from appliance.exchange.hub import Hub
from appliance.exchange.lookup import LookUps
from appliance.exchange.outcomes import Delivered
from appliance.limits import CONSENT_SNAPSHOT_MAX_AGE_S, LOOK_UP_MAX_S, NETWORK_KEPT_MAX_S
from appliance.records.administrative import Organization, PersonName
from appliance.records.data_class import DataClass
from appliance.records.identity import identify_records, patient_id
from appliance.records.messages import Failed, HubView, LookUp
from appliance.store import access, consents, network, staff
from appliance.store.network import Part, Regional
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, OTHER, Box, born
from tests.exchange.conftest import config_of
from tests.exchange.fhir import made
from tests.store.consented import PASSWORD, doctor

pytestmark = pytest.mark.hub

NEUTRAL = "表示されない情報がある場合があります"


@pytest.fixture
def look_ups(box: Box) -> Iterator[LookUps]:
    found = LookUps(box.store, box.hub, box.worker.rules, lambda: box.worker.breaker.is_open)
    yield found
    found.stop()


@pytest.fixture
def elsewhere(practice_hub: PracticeHub, pki: LabPki) -> Hub:
    """The other clinic's own way to the hub."""
    return Hub(config_of(practice_hub, pki, OTHER), ManualClock().monotonic_s)


def treated_elsewhere(elsewhere: Hub, chart: str) -> None:
    """The same person at the other clinic: same name, birth date, sex; one visit, one disease, one drug."""
    name = PersonName("練習　太郎", "レンシュウタロウ", "練習", "太郎")
    who = replace(made.PATIENT, facility=OTHER, local_id=f"b-{chart}", birth_date=born(chart), name=name)
    person = Person(patient_id(OTHER, ("chart", who.local_id)), who)
    identity = identity_payload(Identity(person, Organization(OTHER, "練習用外科"), made.RECORDED))
    records = identify_records(
        OTHER, f"claim:{chart}", (made.VISIT, made.DISEASE, made.ORAL), person.resource_id
    )
    content = Content(
        f"claim:{chart}", made.content().kind, person, "2026-08", records, made.SHA256, made.RECORDED
    )
    for payload in (identity, document_payload(content)):
        assert elsewhere.send(payload.body, payload.entries) == Delivered()


def token(box: Box, login: str = "sensei") -> str:
    return staff.sign_in(box.store, FACILITY, login, PASSWORD)[0]


def audited(box: Box) -> list[dict[str, object]]:
    rows = box.store.rows("SELECT body FROM audit WHERE event = 'network-viewed' ORDER BY seq")
    return [json.loads(row[0]) for row in rows]


def test_a_consenting_patients_data_of_another_clinic_are_shown_with_their_source(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(view, HubView)
    assert view.reachable
    assert view.fresh_at
    assert sorted((one.data_class, one.date) for one in view.timeline) == [
        ("diagnosis", "2026-05-01"),
        ("medication", "2026-08-03"),
        ("visit", "2026-08-03"),
    ]
    assert {(one.source, one.source_name, one.own) for one in view.timeline} == {(OTHER, "練習用外科", False)}


def test_each_look_is_one_audit_row_with_what_was_decided(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    look_ups.answer(LookUp(token=token(box), patient=who))
    (row,) = audited(box)
    assert row["decisions"] == [
        {"provider": OTHER, "class": kind, "effect": "permit", "reason": "consent", "count": 1}
        for kind in ("diagnosis", "medication", "visit")
    ]
    assert row["facility"] == FACILITY


def test_a_role_sees_only_its_classes(box: Box, chart: str, look_ups: LookUps, elsewhere: Hub) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    doctor(box.store, "jimu", Role.CLERK)
    view = look_ups.answer(LookUp(token=token(box, "jimu"), patient=who))
    assert isinstance(view, HubView)
    assert [one.data_class for one in view.timeline] == ["visit"]
    reasons = {(one["class"], one["reason"]) for one in audited(box)[0]["decisions"]}  # type: ignore[attr-defined]
    assert reasons == {("diagnosis", "role"), ("medication", "role"), ("visit", "consent")}


def test_nothing_elsewhere_is_an_empty_list_not_an_error(box: Box, chart: str, look_ups: LookUps) -> None:
    who = box.agreed(chart)
    box.settle()
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert view == HubView(reachable=True, fresh_at=box.store.now())


def test_without_an_active_consent_the_hub_is_not_even_asked(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    treated_elsewhere(elsewhere, chart)
    who = box.arrived(chart)
    practice_hub.add_faults(Fault("slow", count=1000, delay_ms=0))
    answer = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(answer, Failed)
    assert answer.ja.startswith(NEUTRAL)
    assert practice_hub.pending_faults()[0]["count"] == 1000
    assert audited(box)[0]["decisions"] == []


def test_after_a_withdrawal_the_answer_is_the_neutral_sentence(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    box.withdraw(who)
    answer = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(answer, Failed)
    assert answer.ja.startswith(NEUTRAL)


@pytest.mark.parametrize("suspended", [True, False])
def test_a_suspended_consent_and_an_unknown_patient_look_the_same(
    box: Box, chart: str, look_ups: LookUps, suspended: bool
) -> None:
    who = box.agreed(chart) if suspended else 999_999
    if suspended:
        consent = box.store.value("SELECT id FROM consents WHERE patient = ?", (who,))
        with box.store.transaction():
            consents.suspend(box.store, box.rules, consent, "identity", box.doctor)
    answer = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(answer, Failed)
    assert (answer.code, answer.ja[: len(NEUTRAL)]) == ("LOOKUP-0001", NEUTRAL)


def test_a_patient_of_another_facility_of_the_box_is_not_looked_up(
    box: Box, chart: str, look_ups: LookUps
) -> None:
    who = box.agreed(chart)
    doctor(box.store, "shika", facility=OTHER)
    stranger = staff.sign_in(box.store, OTHER, "shika", PASSWORD)[0]
    answer = look_ups.answer(LookUp(token=stranger, patient=who))
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0001"


def test_without_a_session_nothing_is_answered(box: Box, chart: str, look_ups: LookUps) -> None:
    who = box.agreed(chart)
    answer = look_ups.answer(LookUp(token="nobody", patient=who))
    assert isinstance(answer, Failed)
    assert answer.code == "STAFF-0003"


def test_a_stale_snapshot_shows_nothing_of_others(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    box.clock.advance(CONSENT_SNAPSHOT_MAX_AGE_S + 1)
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(view, HubView)
    assert view.timeline == ()
    assert {one["reason"] for one in audited(box)[0]["decisions"]} == {"stale"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop-before", type="Condition", count=5),
        Fault("status", type="Condition", status=500, count=5),
        Fault("garbage", type="Procedure", count=5),
        Fault("slow", type="Condition", delay_ms=int(LOOK_UP_MAX_S * 1000) + 2000),
    ],
    ids=lambda fault: fault.do,
)
def test_a_hub_that_does_not_answer_whole_and_in_time_is_said_to_be_away(
    box: Box, chart: str, look_ups: LookUps, practice_hub: PracticeHub, fault: Fault
) -> None:
    who = box.agreed(chart)
    box.settle()
    practice_hub.add_faults(fault)
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(view, HubView)
    assert not view.reachable
    assert view.why_ja
    assert view.why_en
    assert audited(box)[0]["decisions"] == []


def test_a_hub_known_to_be_away_is_not_waited_for(
    box: Box, chart: str, look_ups: LookUps, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    box.worker.breaker.failed(0.0)
    practice_hub.add_faults(Fault("slow", count=1000, delay_ms=0))
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(view, HubView)
    assert not view.reachable
    assert practice_hub.pending_faults()[0]["count"] == 1000


def test_the_other_clinic_sees_our_patient_only_while_the_consent_holds(
    box: Box, chart: str, elsewhere: Hub
) -> None:
    """The hub's own guard and the box's mapping of Consent, together."""
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    terms = [("patient.identifier", f"urn:oid:1.2.392.100495.20.3.51.1{OTHER}|b-{chart}")]

    def from_us() -> set[str]:
        found = elsewhere.search("Condition", terms)
        assert isinstance(found, list)
        return {one["meta"]["source"] for one in found}

    ours = f"urn:renkei:facility:{FACILITY}"
    assert ours in from_us()
    box.clock.advance(60)
    box.agree(who, "again")
    box.settle()
    assert ours in from_us()
    box.withdraw(who)
    box.settle()
    assert ours not in from_us()


def test_a_consent_expressed_in_every_term_is_understood_by_the_hub(
    box: Box, chart: str, elsewhere: Hub
) -> None:
    """Hidden classes, an excluded viewer and a first day, as the hub reads them."""
    box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    person = Person(box.patient_id(chart), replace(made.PATIENT, local_id=chart, birth_date=born(chart)))
    terms = [("patient.identifier", f"urn:oid:1.2.392.100495.20.3.51.1{OTHER}|b-{chart}")]
    consent = box.store.value("SELECT max(resource_id) FROM consents")
    ours = f"urn:renkei:facility:{FACILITY}"

    def seen_with(**changes: object) -> bool:
        signed = replace(made.signed(**changes), resource_id=consent)  # type: ignore[arg-type]
        told = consent_payload(
            signed, Identity(person, Organization(FACILITY, "練習用内科"), made.RECORDED), introduce=False
        )
        assert box.hub.send(told.body, told.entries) == Delivered()
        found = elsewhere.search("Condition", terms)
        assert isinstance(found, list)
        return ours in {one["meta"]["source"] for one in found}

    assert seen_with()
    assert not seen_with(excluded_viewers=frozenset({OTHER}))
    assert not seen_with(excluded_sources=frozenset({FACILITY}))
    assert not seen_with(hidden_classes=frozenset({DataClass.DIAGNOSIS}))
    assert not seen_with(data_from=date(2026, 5, 2))
    assert seen_with(data_from=date(2026, 5, 1))


REGION = "urn:renkei:lab:mpi"


def away(box: Box) -> None:
    box.worker.breaker.failed(0.0)


def test_when_the_line_is_gone_what_was_fetched_before_is_shown_with_its_age(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    before = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(before, HubView)
    box.clock.advance(1_800)
    away(box)
    after = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(after, HubView)
    assert (after.reachable, after.emergency, after.fresh_at) == (False, False, before.fresh_at)
    assert after.timeline == before.timeline
    assert after.why_ja
    first, second = audited(box)
    assert first["decisions"] == second["decisions"]


def test_when_the_look_up_has_grown_too_old_the_emergency_set_is_left(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    look_ups.answer(LookUp(token=token(box), patient=who))
    box.clock.advance(NETWORK_KEPT_MAX_S + 1)
    with box.store.transaction():
        access.set_snapshot(box.store, box.clock.now())
    away(box)
    view = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(view, HubView)
    assert view.emergency
    assert {one.data_class for one in view.timeline} == {"diagnosis", "medication", "visit"}


def test_what_was_kept_is_decided_anew_for_whoever_looks(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    look_ups.answer(LookUp(token=token(box), patient=who))
    doctor(box.store, "jimu", Role.CLERK)
    away(box)
    clerk = look_ups.answer(LookUp(token=token(box, "jimu"), patient=who))
    assert isinstance(clerk, HubView)
    assert [one.data_class for one in clerk.timeline] == ["visit"]
    box.clock.advance(CONSENT_SNAPSHOT_MAX_AGE_S + 1)
    stale = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(stale, HubView)
    assert stale.timeline == ()


def test_after_a_withdrawal_nothing_of_what_was_kept_is_left(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    look_ups.answer(LookUp(token=token(box), patient=who))
    box.withdraw(who)
    away(box)
    answer = look_ups.answer(LookUp(token=token(box), patient=who))
    assert isinstance(answer, Failed)
    assert [network.kept(box.store, who, part) for part in Part] == [None, None]


def test_the_regions_number_finds_who_is_known_there_otherwise(
    box: Box, chart: str, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    """The index joins them by the insured number; the hub is then asked by the region's own number as well."""
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    found = LookUps(box.store, box.hub, box.worker.rules, lambda: False, REGION)
    try:
        view = found.answer(LookUp(token=token(box), patient=who))
        known = network.regional(box.store, who)
        assert isinstance(view, HubView)
        assert view.timeline
        assert known is not None
        assert (known.system, len(known.value)) == (REGION, 32)
        practice_hub.add_faults(Fault("status", status=500, type="Patient", count=5))
        again = found.answer(LookUp(token=token(box), patient=who))
        assert isinstance(again, HubView)
        assert again.timeline == view.timeline
        assert practice_hub.pending_faults()[0]["count"] == 5, "the index is not asked a second time"
    finally:
        found.stop()


def test_a_number_of_the_region_alone_finds_the_person(
    box: Box, chart: str, look_ups: LookUps, elsewhere: Hub
) -> None:
    """What the index said is used: our own key, which the hub does not know, would find nothing."""
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    asker = LookUps(box.store, box.hub, box.worker.rules, lambda: False, REGION)
    asker.answer(LookUp(token=token(box), patient=who))
    asker.stop()
    known = network.regional(box.store, who)
    assert known is not None
    found = elsewhere.search("Condition", [("patient.identifier", f"{known.system}|{known.value}")])
    assert isinstance(found, list)
    assert OTHER in {one["meta"]["source"][-10:] for one in found}


def test_an_index_that_does_not_answer_does_not_stop_the_look_up(
    box: Box, chart: str, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    practice_hub.add_faults(Fault("status", status=500, type="Patient", count=5))
    found = LookUps(box.store, box.hub, box.worker.rules, lambda: False, REGION)
    view = found.answer(LookUp(token=token(box), patient=who))
    found.stop()
    assert isinstance(view, HubView)
    assert view.timeline
    assert network.regional(box.store, who) is None


def test_whom_the_index_does_not_know_is_remembered_as_that(box: Box, chart: str) -> None:
    who = box.agreed(chart)
    found = LookUps(box.store, box.hub, box.worker.rules, lambda: False, REGION)
    found.answer(LookUp(token=token(box), patient=who))
    found.stop()
    assert network.regional(box.store, who) == Regional(REGION, "")


@pytest.mark.parametrize(
    ("regional", "terms"),
    [
        (None, "urn:own|0\\,1"),
        (Regional(REGION, ""), "urn:own|0\\,1"),
        (Regional(REGION, "7"), f"urn:own|0\\,1,{REGION}|7"),
    ],
)
def test_the_hub_is_asked_by_each_number_that_is_known(regional: Regional | None, terms: str) -> None:
    assert Wanted(Key("urn:own", "0,1"), REGION, regional).terms() == terms
