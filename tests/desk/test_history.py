"""The access history and the staff's work list."""

from __future__ import annotations

from dataclasses import replace

from appliance.consent.request import Purpose
from appliance.limits import ACCESS_HISTORY_MAX, WORK_LIST_MAX
from appliance.records import messages
from appliance.records.data_class import DataClass
from appliance.records.messages import (
    AccessHistory,
    AccessHistoryRequest,
    ConsentSigned,
    CopyHandedOver,
    Done,
    RejectConsent,
    ShowPatient,
    WorkList,
    WorkListRequest,
)
from appliance.store import access, arrivals, audit, documents
from appliance.store.access import Item
from appliance.store.arrivals import ArrivalState
from appliance.store.audit import Event
from tests.desk.counter import OTHER_FACILITY, Counter
from tests.store.made import FACILITY, arrival, claim, patient


def history(counter: Counter, who: int) -> tuple[messages.AccessHistoryItem, ...]:
    return counter.ask(AccessHistoryRequest(token=counter.token, patient=who), AccessHistory).items


def work(counter: Counter) -> list[tuple[str, int]]:
    items = counter.ask(WorkListRequest(token=counter.token), WorkList).items
    assert all(one.title and one.what_to_do and one.since for one in items)
    return [(one.kind, one.ref) for one in items]


# --- who has looked ----------------------------------------------------------------------------------


def test_nobody_has_looked_yet(counter: Counter):
    assert history(counter, counter.patient()) == ()


def test_each_look_is_listed_with_where_by_whom_and_what(counter: Counter):
    who = counter.patient()
    counter.ask(ShowPatient(token=counter.token, patient=who), messages.PatientView)
    (one,) = history(counter, who)
    assert (one.facility_name, one.role, one.event, one.emergency) == (
        "練習用内科",
        "doctor",
        "patient-shown",
        False,
    )
    assert one.data_classes == ("basic", "diagnosis", "insurance", "procedure", "visit")


def test_only_this_patients_looks_are_listed_newest_first_and_bounded(counter: Counter):
    who, other = counter.patient(), counter.patient("0002")
    for _ in range(3):
        counter.clock.advance(1)
        counter.ask(ShowPatient(token=counter.token, patient=who), messages.PatientView)
    counter.ask(ShowPatient(token=counter.token, patient=other), messages.PatientView)
    times = [one.at for one in history(counter, who)]
    assert len(times) == 3 <= ACCESS_HISTORY_MAX
    assert times == sorted(times, reverse=True)


def test_what_was_denied_was_not_seen_and_emergencies_are_marked(counter: Counter):
    who = counter.patient()
    session = counter.desk.session(counter.token)
    asked = [Item(OTHER_FACILITY, DataClass.LAB, None), Item(FACILITY, DataClass.LAB, None)]
    with counter.store.transaction():
        decided = access.view_decisions(counter.store, counter.desk.rules, session, who, asked)
        access.audit_view(
            counter.store,
            counter.desk.rules,
            session,
            who,
            decided.items(),
            event=Event.NETWORK_VIEWED,
            purpose=Purpose.EMERGENCY,
        )
    (one,) = history(counter, who)
    assert (one.event, one.emergency, one.data_classes) == ("network-viewed", True, ("lab",))


def test_looking_at_the_history_is_audited_but_is_no_look(counter: Counter):
    who = counter.patient()
    history(counter, who)
    assert history(counter, who) == ()
    last = list(audit.entries(counter.store))[-1]
    assert (last.event, last.patient) == ("access-history-shown", who)


def test_the_history_of_another_facilitys_patient_is_not_told(counter: Counter):
    who = counter.patient()
    token = counter.sign_in("yakuzai", OTHER_FACILITY)
    assert counter.refused(AccessHistoryRequest(token=token, patient=who)) == "DESK-0002"


# --- what waits for staff ----------------------------------------------------------------------------


def test_an_empty_list_is_empty(counter: Counter):
    assert work(counter) == []


def test_a_signature_waits_for_approval_then_its_copy_waits_for_the_patient(counter: Counter):
    who = counter.patient()
    consent = counter.sign(who)
    assert work(counter) == [("consent-pending", consent)]
    counter.approve(consent)
    assert work(counter) == [("copy-owed", consent)]
    counter.ask(CopyHandedOver(token=counter.token, consent=consent, how="handed"), Done)
    assert work(counter) == []
    counter.ask(counter.withdrawal(who), ConsentSigned)
    assert work(counter) == [("copy-owed", consent)]


def test_a_rejection_and_a_refusal_owe_the_patient_a_slip(counter: Counter):
    rejected = counter.sign(counter.patient())
    counter.ask(RejectConsent(token=counter.token, consent=rejected, reason="x"), ConsentSigned)
    refused = counter.ask(counter.decline(counter.patient("0002")), ConsentSigned).consent
    assert work(counter) == [("copy-owed", rejected), ("copy-owed", refused)]


def test_a_title_names_the_patient_whatever_their_name(counter: Counter):
    person = patient()
    counter.put(claim(replace(person, name=replace(person.name, text="{who} %s {0}"))))
    counter.sign(1)
    items = counter.ask(WorkListRequest(token=counter.token), WorkList).items
    assert items[0].title == "{who} %s {0} さんの同意が承認を待っています。"


def test_files_documents_and_deliveries_that_need_somebody_are_listed(counter: Counter):
    store = counter.store
    counter.put(claim(patient()), claim(patient(chart="", birth=None), line=50), content=b"good")
    bad = arrival(store, b"bad")
    with store.transaction():
        arrivals.settle(store, bad, ArrivalState.QUARANTINED, format_name="unknown", documents=0, findings=())
        store.execute("UPDATE deliveries SET state = 'refused'")
    nobodys = store.value("SELECT id FROM documents WHERE state = 'unlinked'")
    assert work(counter) == [
        ("file-quarantined", bad),
        ("document-unlinked", nobodys),
        ("delivery-refused", 1),
    ]


def test_removals_that_wait_for_a_person_are_listed(counter: Counter):
    people = [claim(patient(f"{number:04d}"), line=number * 10) for number in range(1, 5)]
    counter.put(*people, content=b"all four")
    number = arrival(counter.store, b"one left")
    with counter.store.transaction():
        documents.put(counter.store, counter.desk.rules, number, people[:1])
        documents.finish_sets(counter.store, counter.desk.rules, number)
    assert [kind for kind, _ in work(counter)] == ["removal-held"] * 3


def test_the_list_is_of_ones_own_facility_and_is_audited(counter: Counter):
    counter.sign(counter.patient())
    counter.token = counter.sign_in("yakuzai", OTHER_FACILITY)
    assert work(counter) == []
    last = list(audit.entries(counter.store))[-1]
    assert (last.event, last.body["patients"]) == ("work-list-shown", [])
    assert WORK_LIST_MAX > 0
