"""What the box holds after each look, against what the server has: visits, corrections, deletions, gates, faults."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from appliance.formats.orca.envelope import Statement
from appliance.formats.orca.pages import DIAGNOSES, PAGE
from appliance.intake.orca.hints import Hint
from appliance.intake.orca.troubles import OrcaError, Trouble
from appliance.limits import ORCA_FAILURES_MAX, ORCA_LISTS_TRIES_MAX, ORCA_ROUND_D, ORCA_WINDOW_D
from appliance.records.clinical import AllergyIntolerance
from tests.intake.orca.clinic import Clinic


def test_a_visit_comes_with_page_acts_and_diagnoses_and_only_once(clinic: Clinic) -> None:
    visit = clinic.orca.enter(clinic.orca.register())
    assert clinic.look() == {}
    clinic.agrees()
    assert clinic.holds(visit)
    assert clinic.page(PAGE, visit.patient)
    assert clinic.conditions(visit.patient)
    before = len(clinic.envelopes())
    assert clinic.look() == {}
    assert len(clinic.envelopes()) == before


def test_a_correction_replaces_and_a_deletion_removes(clinic: Clinic) -> None:
    number = clinic.orca.register()
    kept, gone = clinic.orca.enter(number), clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.orca.correct(kept)
    clinic.orca.delete(gone)
    assert clinic.look() == {}
    clinic.agrees()
    assert clinic.holds(kept)
    assert not clinic.holds(gone)


def test_a_visit_entered_anew_under_another_voucher_is_the_same_visit(clinic: Clinic) -> None:
    visit = clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.orca.delete(visit)
    clinic.orca.enter_again(visit)
    clinic.look()
    clinic.agrees()
    assert [one.statement for one in clinic.envelopes()].count(Statement.DELETED) == 0
    clinic.orca.delete(visit)
    clinic.look()
    assert not clinic.holds(visit)
    clinic.orca.enter_again(visit)
    clinic.look()
    clinic.agrees()


def test_two_visits_of_one_day_are_two(clinic: Clinic) -> None:
    number = clinic.orca.register()
    first, second = clinic.orca.enter(number), clinic.orca.enter(number)
    clinic.look()
    clinic.agrees()
    clinic.orca.delete(first)
    clinic.look()
    assert (clinic.holds(first), clinic.holds(second)) == (False, True)


def test_a_visit_missing_from_the_list_but_not_from_the_history_stays(clinic: Clinic) -> None:
    visit = clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.orca.faults.result["visitptlstv2"] = "13"
    assert clinic.look()[Trouble.INCOMPLETE] == 1
    assert clinic.holds(visit)
    clinic.orca.faults.result.clear()
    assert clinic.look() == {}
    clinic.agrees()


def test_a_test_patient_never_becomes_an_arrival(clinic: Clinic) -> None:
    clinic.orca.enter(clinic.orca.register(test=True))
    assert clinic.look() == {}
    assert clinic.envelopes() == []
    asked = len([api for api in clinic.orca.asked if api == "patientgetv2"])
    assert clinic.look() == {}
    assert len([api for api in clinic.orca.asked if api == "patientgetv2"]) == asked
    assert "diseasegetv2" not in clinic.orca.asked
    assert "medicalgetv2" not in clinic.orca.asked


def test_who_has_not_agreed_stays_out_until_agreeing(clinic: Clinic) -> None:
    number = clinic.orca.register(agreed=False)
    visits = [clinic.orca.enter(number), clinic.orca.enter(number)]
    clinic.look()
    assert clinic.envelopes() == []
    assert clinic.collecting.asking.figures["not_agreed"] == 1
    clinic.orca.agree(number, agreed=True)
    clinic.look()
    clinic.agrees()
    assert all(clinic.holds(visit) for visit in visits)
    assert clinic.collecting.asking.figures["not_agreed"] == 0


def test_who_no_longer_agrees_is_taken_back_and_comes_again_when_agreeing_again(clinic: Clinic) -> None:
    number, other = clinic.orca.register(agreed=True), clinic.orca.register()
    clinic.orca.enter(number, clinic.orca.now().date() - timedelta(days=1))
    clinic.orca.enter(number)
    clinic.orca.enter(other)
    clinic.look()
    clinic.agrees()
    clinic.orca.agree(number, agreed=False)
    clinic.look()
    clinic.agrees()
    assert clinic.page(PAGE, number) is None
    assert clinic.page(DIAGNOSES, number) is None
    (taken_back,) = [one for one in clinic.envelopes() if one.statement is Statement.WITHHELD]
    assert taken_back.answers == ()
    clinic.orca.agree(number, agreed=True)
    clinic.look()
    clinic.agrees()
    assert clinic.page(PAGE, number)


def test_the_gate_can_be_left_open(clinic: Clinic) -> None:
    clinic.restart(community_agreement=False)
    number = clinic.orca.register(agreed=False)
    visit = clinic.orca.enter(number)
    clinic.look()
    assert clinic.holds(visit)


def test_a_patient_registered_without_a_visit_can_be_found(clinic: Clinic) -> None:
    number = clinic.orca.register()
    clinic.look()
    assert clinic.page(PAGE, number)


def test_a_changed_page_comes_the_same_day(clinic: Clinic) -> None:
    number = clinic.orca.register()
    clinic.orca.enter(number)
    clinic.look()
    clinic.box.clock.advance(5)
    clinic.orca.change(number, allergy="そば")
    clinic.look()
    allergies = [one for one in clinic.page(PAGE, number) or [] if isinstance(one, AllergyIntolerance)]
    assert "そば" in [one.concept.text for one in allergies]


def test_diagnoses_that_are_no_more_are_removed(clinic: Clinic) -> None:
    number = clinic.orca.register()
    visit = clinic.orca.enter(number)
    clinic.look()
    clinic.orca.change(number, diseases=False)
    clinic.orca.correct(visit)
    clinic.look()
    assert clinic.page(DIAGNOSES, number) is None
    assert clinic.holds(visit)


def test_a_patient_whom_another_terminal_holds_is_asked_about_again(clinic: Clinic) -> None:
    held, free = clinic.orca.enter(clinic.orca.register()), clinic.orca.enter(clinic.orca.register())
    clinic.orca.faults.busy[held.patient] = 2
    assert clinic.look()[Trouble.BUSY] == 2
    assert (clinic.holds(held), clinic.holds(free)) == (False, True)
    assert clinic.look() == {}
    clinic.agrees()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, Trouble.SIGN_IN),
        (403, Trouble.SIGN_IN),
        (404, Trouble.WRONG_ADDRESS),
        (405, Trouble.NOT_ALLOWED),
    ],
)
def test_a_refusing_server_ends_the_look_and_loses_nothing(
    clinic: Clinic, status: int, trouble: Trouble
) -> None:
    clinic.orca.enter(clinic.orca.register())
    clinic.orca.faults.status["medicalgetv2"] = status
    with pytest.raises(OrcaError) as caught:
        clinic.look()
    assert caught.value.trouble is trouble
    assert caught.value.hint_ja
    clinic.orca.faults.status.clear()
    assert clinic.look() == {}
    clinic.agrees()


def test_one_failing_visit_stops_no_other_but_many_in_a_row_end_the_look(clinic: Clinic) -> None:
    for _ in range(ORCA_FAILURES_MAX + 1):
        clinic.orca.enter(clinic.orca.register())
    clinic.orca.faults.status["diseasegetv2"] = 500
    with pytest.raises(OrcaError) as caught:
        clinic.look()
    assert caught.value.trouble is Trouble.AWAY
    assert len([api for api in clinic.orca.asked if api == "diseasegetv2"]) == ORCA_FAILURES_MAX
    clinic.orca.faults.status.clear()
    assert clinic.look() == {}
    clinic.agrees()


def test_an_answer_that_breaks_off_is_asked_for_again(clinic: Clinic) -> None:
    clinic.orca.enter(clinic.orca.register())
    clinic.orca.faults.cut = 1
    with pytest.raises(OrcaError) as caught:
        clinic.look()
    assert caught.value.trouble is Trouble.CUT
    assert clinic.look() == {}
    clinic.agrees()


def test_a_server_that_was_switched_off_for_days_is_caught_up_with(clinic: Clinic) -> None:
    clinic.look()
    clinic.orca.stop()
    with pytest.raises(OrcaError) as caught:
        clinic.look()
    assert caught.value.trouble is Trouble.AWAY
    for _ in range(4):
        clinic.box.clock.advance(86_400)
        clinic.orca.enter(clinic.orca.register())
    clinic.orca.start()
    clinic.restart()
    assert clinic.look() == {}
    clinic.agrees()


def test_an_outage_longer_than_the_window_says_so(clinic: Clinic) -> None:
    clinic.look()
    clinic.box.clock.advance((ORCA_WINDOW_D + 10) * 86_400)
    clinic.orca.enter(clinic.orca.register(), clinic.orca.now().date() - timedelta(days=ORCA_WINDOW_D))
    assert clinic.look()[Trouble.GAP] == 10
    clinic.agrees()
    assert clinic.look()[Trouble.GAP] == 10
    for _ in range(2):
        clinic.box.clock.advance(ORCA_WINDOW_D * 86_400 // 2 + 86_400)
        last = clinic.look()
    assert Trouble.GAP not in last


def test_an_old_visit_is_corrected_by_a_hint_at_once_and_by_the_night_without_one(clinic: Clinic) -> None:
    visits = [clinic.orca.enter(clinic.orca.register()) for _ in range(2)]
    clinic.look()
    clinic.box.clock.advance(5 * 86_400)
    clinic.look()
    for visit in visits:
        clinic.orca.correct(visit)
    clinic.look(Hint(something=True, days=frozenset({visits[0].day})))
    clinic.agrees()
    clinic.orca.correct(visits[1])
    clinic.box.clock.advance(86_400)
    clinic.look()
    clinic.agrees()


def test_diagnoses_entered_without_a_visit_come_within_a_round_of_nights(clinic: Clinic) -> None:
    number = clinic.orca.register()
    clinic.orca.enter(number)
    clinic.look()
    clinic.box.clock.advance(3 * 86_400)
    clinic.look()
    assert clinic.conditions(number)
    clinic.orca.people[number].diseases = False  # noted nowhere, as ORCA does
    for _ in range(ORCA_ROUND_D):
        clinic.box.clock.advance(86_400)
        clinic.look()
    assert clinic.page(DIAGNOSES, number) is None


def test_a_day_whose_list_always_fails_is_left_until_the_next_night(clinic: Clinic) -> None:
    clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.box.clock.advance(4 * 86_400)
    clinic.orca.faults.bad_days.add(clinic.orca.now().date() - timedelta(days=3))
    for _ in range(2):
        looks = [clinic.look() for _ in range(ORCA_LISTS_TRIES_MAX + 1)]
        assert [look[Trouble.REFUSED] for look in looks] == [1, 1, 1, 0]
        clinic.box.clock.advance(86_400)


def test_a_new_process_takes_up_where_the_last_one_was(clinic: Clinic) -> None:
    clinic.orca.enter(clinic.orca.register())
    clinic.look()
    before = [one.statement for one in clinic.envelopes()].count(Statement.VISIT)
    clinic.restart()
    clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.agrees()
    assert [one.statement for one in clinic.envelopes()].count(Statement.VISIT) == before + 1


def test_a_clock_that_runs_backwards_at_the_server_makes_no_version_older(clinic: Clinic) -> None:
    visit = clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.box.clock.advance(-3_600)
    clinic.orca.correct(visit)
    clinic.look()
    clinic.agrees()


def test_a_patient_who_is_no_more_is_taken_back(clinic: Clinic) -> None:
    number = clinic.orca.register()
    clinic.orca.enter(number)
    clinic.look()
    clinic.orca.unregister(number)
    assert clinic.look() == {}
    clinic.agrees()
    assert clinic.page(PAGE, number) is None


def test_a_list_that_is_cut_short_deletes_nothing(clinic: Clinic) -> None:
    visit = clinic.orca.enter(clinic.orca.register())
    clinic.look()
    clinic.orca.faults.result["visitptlstv2"] = "12"
    assert clinic.look()[Trouble.INCOMPLETE] > 0
    assert clinic.holds(visit)
    assert "medicalget01" not in clinic.orca.asked


def test_only_reading_apis_are_asked_one_at_a_time(clinic: Clinic) -> None:
    for _ in range(5):
        clinic.orca.enter(clinic.orca.register())
    clinic.look()
    assert set(clinic.orca.asked) == {
        "patientlst1v2",
        "visitptlstv2",
        "patientgetv2",
        "medicalgetv2",
        "diseasegetv2",
    }
    assert clinic.orca.most_at_once == 1


def test_a_hint_about_somebody_unknown_leaves_no_trace_and_one_without_zeros_is_understood(
    clinic: Clinic,
) -> None:
    number = clinic.orca.register()
    clinic.look(Hint(something=True, patients=frozenset({"999999", number.lstrip("0")})))
    clinic.agrees()
    assert clinic.page(PAGE, number)
    names = [name for (name,) in clinic.box.store.rows("SELECT name FROM source_memory")]
    assert [name for name in names if name.startswith("patient/")] == [f"patient/{number}"]


def test_what_is_read_has_no_key_of_the_store() -> None:
    script = (
        "import sys, appliance.intake.orca.reader, appliance.intake.orca.push;"
        "print([one for one in sys.modules if one.startswith('appliance.store')])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
