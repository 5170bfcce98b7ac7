"""The patient's page: what it says, who may see it, and the audit row that comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from appliance.desk import showing
from appliance.desk.setup import add_staff
from appliance.limits import TIMELINE_MAX_PER_CLASS
from appliance.records import messages
from appliance.records.clinical import Encounter, EncounterClass, Outcome
from appliance.records.messages import PatientView, ShowPatient
from appliance.store import audit
from tests.desk.counter import OTHER_FACILITY, Counter
from tests.store.consented import PASSWORD
from tests.store.made import FACILITY, act, claim, disease, patient


def show(counter: Counter, who: int) -> PatientView:
    return counter.ask(ShowPatient(token=counter.token, patient=who), PatientView)


def titles(view: PatientView) -> list[tuple[str, str, str]]:
    return [(one.date, one.data_class, one.title) for one in view.timeline]


def test_the_header_and_the_insurance_in_words(counter: Counter):
    view = show(counter, counter.patient())
    assert (view.patient.name, view.patient.local_id, view.patient.consent_state) == (
        "練習　太郎",
        "0001",
        "none",
    )
    assert view.coverages == ("組合健保 06132013",)
    assert not view.hidden_notice


def test_the_timeline_is_newest_first_with_codes_source_and_month(counter: Counter):
    view = show(counter, counter.patient())
    assert titles(view) == [
        ("2026-08-03", "visit", "外来受診"),
        ("2026-08-03", "procedure", "診療行為コード 112007410"),
        ("2026-05-01", "diagnosis", "傷病名コード 8833421"),
    ]
    first = view.timeline[0]
    assert (first.source, first.source_name, first.as_of, first.own) == (
        FACILITY,
        "練習用内科",
        "2026-08",
        True,
    )
    assert view.timeline[1].code == "112007410"


def test_a_disease_that_every_month_repeats_stands_once_as_of_the_newest(counter: Counter):
    for month, outcome in (("2026-07", None), ("2026-08", None), ("2026-09", Outcome.CURED)):
        counter.put(
            claim(None, replace(disease(), outcome=outcome), month=month, sequence=month),
            content=month.encode(),
        )
    found = [one for one in show(counter, counter.patient()).timeline if one.data_class == "diagnosis"]
    assert [(one.as_of, one.detail) for one in found] == [("2026-09", "転帰 治ゆ")]


def test_what_was_superseded_is_not_shown(counter: Counter):
    counter.put(claim(None, act("111")), content=b"a")
    counter.put(claim(None, act("222"), sequence="2026-10"), content=b"b")
    codes = [one.code for one in show(counter, counter.patient()).timeline if one.code]
    assert codes == ["222"]


def test_what_has_no_day_is_shown_under_its_month(counter: Counter):
    counter.put(claim(None, replace(act(), performed=None)))
    (found,) = [one for one in show(counter, counter.patient()).timeline if one.data_class == "procedure"]
    assert (found.date, found.as_of) == ("2026-08", "2026-08")


def test_a_long_history_is_cut_by_class_and_says_which(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(showing, "TIMELINE_MAX_PER_CLASS", 3)
    acts = [act(f"{day:09d}", date(2026, 8, day)) for day in range(1, 6)]
    counter.put(claim(None, disease(), *acts))
    view = show(counter, counter.patient())
    kept = [one.date for one in view.timeline if one.data_class == "procedure"]
    assert kept == ["2026-08-05", "2026-08-04", "2026-08-03"]
    assert view.has_unread_classes == ("procedure",)
    assert TIMELINE_MAX_PER_CLASS >= 100


def test_a_stay_says_from_when_to_when(counter: Counter):
    stay = Encounter(
        EncounterClass.INPATIENT, date(2026, 8, 10), date(2026, 8, 20), admission=date(2026, 7, 30)
    )
    counter.put(claim(None, stay))
    (found,) = [one for one in show(counter, counter.patient()).timeline if one.title == "入院"]
    assert "入院日 令和8年7月30日（2026年）" in found.detail
    assert "令和8年8月20日（2026年）まで" in found.detail


def test_the_look_is_audited_with_everything_that_was_decided(counter: Counter):
    who = counter.patient()
    show(counter, who)
    entry = list(audit.entries(counter.store))[-1]
    assert (entry.event, entry.patient) == ("patient-shown", who)
    assert {one["class"]: one["count"] for one in entry.body["decisions"]} == {
        "basic": 1,
        "insurance": 1,
        "visit": 1,
        "procedure": 1,
        "diagnosis": 1,
    }
    assert {one["reason"] for one in entry.body["decisions"]} == {"own-record"}


def test_every_look_has_its_row(counter: Counter):
    who = counter.patient()
    for _ in range(5):
        show(counter, who)
    assert counter.events().count("patient-shown") == 5


def test_without_an_audit_row_nothing_is_shown(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    who = counter.patient()

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(showing.access, "audit_view", full)
    assert counter.refused(ShowPatient(token=counter.token, patient=who)) == "DESK-0000"


def test_a_role_the_policy_does_not_name_sees_not_even_who_it_is(counter: Counter):
    who = counter.patient()
    add_staff(counter.store, FACILITY, "kyaku", "練習　客", "nurse", PASSWORD)
    counter.token = counter.sign_in("kyaku")
    with counter.store.transaction():
        counter.store.execute("UPDATE staff SET role = 'visitor' WHERE login = 'kyaku'")
    assert counter.refused(ShowPatient(token=counter.token, patient=who)) == "DESK-0004"
    entry = list(audit.entries(counter.store))[-1]
    assert {one["effect"] for one in entry.body["decisions"]} == {"deny"}


def test_patients_of_another_facility_are_as_if_they_did_not_exist(counter: Counter):
    who = counter.patient()
    token = counter.sign_in("yakuzai", OTHER_FACILITY)
    assert counter.refused(ShowPatient(token=token, patient=who)) == "DESK-0002"
    assert counter.refused(ShowPatient(token=token, patient=9999)) == "DESK-0002"
    assert counter.refused(ShowPatient(token=counter.token, patient=-1)) == "DESK-0002"


def test_consents_are_listed_newest_first(counter: Counter):
    who = counter.patient()
    counter.ask(counter.decline(who), messages.ConsentSigned)
    counter.agree(who)
    view = show(counter, who)
    assert [(one.state, one.mode, one.copy_state) for one in view.consents] == [
        ("active", "blanket", "owed"),
        ("refused", "blanket", "owed"),
    ]
    assert view.patient.consent_state == "active"
    assert view.consents[0].captured_by == "練習　花子"
    assert view.consents[0].effective == view.consents[0].signed_at


def test_a_withdrawn_patients_own_records_stay_visible_to_their_own_clinic(counter: Counter):
    who = counter.patient()
    counter.agree(who)
    counter.ask(counter.withdrawal(who), messages.ConsentSigned)
    assert len(show(counter, who).timeline) == 3


def test_a_patient_in_hospital_with_a_hostile_name_is_shown_as_written(counter: Counter):
    person = patient()
    nasty = replace(person, name=replace(person.name, text="<script>'\"{who}%s"))
    counter.put(claim(nasty))
    assert show(counter, 1).patient.name == "<script>'\"{who}%s"
