"""Which days are looked at, what a list changes, whose turn it is at night: tables and properties, no server."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import JST
from appliance.formats.orca.heard import ListedVisit
from appliance.formats.orca.visits import Visit
from appliance.intake.orca import memory, reconcile
from appliance.intake.orca.memory import Bar, Day, Known, Patient, Seen, Source, visit_name, visit_of
from appliance.limits import (
    ORCA_NIGHT_HOUR,
    ORCA_ROUND_D,
    ORCA_VISITS_PER_PATIENT_MAX,
    ORCA_WINDOW_D,
)

TODAY = date(2026, 10, 20)
DAYS = timedelta(days=1)


def listed(number: str, mark: str = "a", page_mark: str = "p") -> ListedVisit:
    return ListedVisit(Visit(number, TODAY, "01", "1"), mark, page_mark, "")


LISTS = st.lists(
    st.builds(
        listed, st.sampled_from([str(n) for n in range(8)]), st.sampled_from("ab"), st.sampled_from("pq")
    ),
    unique_by=lambda one: one.visit,
)


def remembering(rows: list[ListedVisit]) -> Day:
    return Day({visit_name(one.visit): reconcile.seen_now(one) for one in rows})


@given(LISTS, LISTS)
def test_everything_that_differs_is_named_once_and_nothing_else(
    before: list[ListedVisit], now: list[ListedVisit]
) -> None:
    found = reconcile.changes(remembering(before), now, whole=True)
    due = {one.visit for one in found.due}
    pages = {one.visit for one in found.pages}
    missing = set(found.missing)
    assert not due & pages
    assert missing == {one.visit for one in before} - {one.visit for one in now}
    old, new = ({one.visit: one for one in rows} for rows in (before, now))
    assert due == {visit for visit, one in new.items() if visit not in old or old[visit].mark != one.mark}
    assert pages == {
        visit for visit, one in new.items() if visit not in due and old[visit].page_mark != one.page_mark
    }
    assert reconcile.changes(remembering(now), now, whole=True) == reconcile.Changes()


@given(LISTS, LISTS)
def test_a_list_cut_short_lacks_nothing(before: list[ListedVisit], now: list[ListedVisit]) -> None:
    assert reconcile.changes(remembering(before), now, whole=False).missing == ()


def test_yesterday_and_today_are_always_looked_at_and_hints_within_the_window() -> None:
    known = Source(began="2026-01-01", looked=TODAY.isoformat())
    assert reconcile.days_to_look(known, TODAY) == [TODAY - DAYS, TODAY]
    old, too_old = TODAY - 10 * DAYS, TODAY - (ORCA_WINDOW_D + 1) * DAYS
    assert reconcile.days_to_look(known, TODAY, [old, too_old, TODAY + DAYS]) == [old, TODAY - DAYS, TODAY]


@given(st.integers(0, 200))
def test_after_an_outage_every_day_is_looked_at_or_counted_as_lost(away_d: int) -> None:
    last = TODAY - away_d * DAYS
    known = Source(began="2020-01-01", looked=last.isoformat())
    looked = reconcile.days_to_look(known, TODAY)
    outage = {last + number * DAYS for number in range(away_d + 1)}
    assert reconcile.lost_days(known, TODAY) == len(outage - set(looked))
    assert len(looked) <= ORCA_WINDOW_D + 1


def test_nothing_before_the_source_began_is_looked_at() -> None:
    began = TODAY - 3 * DAYS
    known = Source(began=began.isoformat(), looked=TODAY.isoformat())
    assert reconcile.window(known, TODAY)[0] == began - DAYS
    assert reconcile.days_to_look(Source(), TODAY) == [TODAY - DAYS, TODAY]
    assert reconcile.lost_days(Source(), TODAY) == 0


@pytest.mark.parametrize(
    ("hour", "night", "due"),
    [
        (ORCA_NIGHT_HOUR - 1, "2026-10-19", False),
        (ORCA_NIGHT_HOUR, "2026-10-19", True),
        (ORCA_NIGHT_HOUR, "2026-10-20", False),
        (8, "2026-10-18", True),
        (8, "", True),
    ],
)
def test_the_night_is_due_once_a_day_or_at_the_next_chance(hour: int, night: str, due: bool) -> None:
    now = datetime(2026, 10, 20, hour, tzinfo=JST)
    assert reconcile.night_is_due(Source(night=night), now) is due


def test_everybody_has_a_turn_within_a_round_and_those_of_today_every_night() -> None:
    days = {TODAY - 20 * DAYS: remembering([listed(str(n)) for n in range(100)])}
    turns = [
        set(reconcile.patients_of_the_night(Source(night=str(night - DAYS)), days, night))
        for night in (TODAY + n * DAYS for n in range(ORCA_ROUND_D))
    ]
    assert set().union(*turns) == {str(n) for n in range(100)}
    assert sum(len(turn) for turn in turns) == 100
    here = {TODAY: remembering([listed(str(n)) for n in range(100)])}
    assert len(reconcile.patients_of_the_night(Source(night=str(TODAY)), here, TODAY)) == 100


def test_days_that_leave_the_window_are_forgotten() -> None:
    known = Source(began="2020-01-01", night=(TODAY - 3 * DAYS).isoformat())
    edge = TODAY - ORCA_WINDOW_D * DAYS
    gone = reconcile.forgotten_days(known, TODAY)
    assert gone == [edge - 3 * DAYS, edge - 2 * DAYS, edge - DAYS]
    assert not set(gone) & set(reconcile.window(known, TODAY))


def test_what_is_remembered_is_recalled() -> None:
    visit = Visit("00012/3", TODAY, "01", "2")
    assert visit_of(visit_name(visit)) == visit
    patient = Patient(visits={visit_name(visit): Known(taken=True, physician="架空　医師")}).with_page("d")
    for value in (patient, Day({visit_name(visit): Seen("a")}), Source(began="2026-10-01", given=4)):
        assert memory.load(type(value), {"it": memory.dump(value)}, "it") == value


def test_a_barred_patient_holds_nothing_and_forgets_nothing() -> None:
    patient = Patient(
        visits={"2026-10-01\x1f01\x1f1\x1f1": Known(taken=True, physician="架空　医師")}
    ).with_page("d")
    barred = patient.barred(Bar.NOT_AGREED)
    assert (barred.taken(), barred.page, barred.bar) == ([], "", Bar.NOT_AGREED)
    assert barred.withheld() == {"2026-10-01\x1f01\x1f1\x1f1": Known(taken=False, physician="架空　医師")}


def test_the_newest_visits_of_a_patient_are_kept() -> None:
    patient = Patient()
    for number in range(ORCA_VISITS_PER_PATIENT_MAX + 2):
        patient = patient.having(f"{date(2000, 1, 1) + number * DAYS}", Known(taken=True))
    assert len(patient.visits) == ORCA_VISITS_PER_PATIENT_MAX
    assert min(patient.visits) == "2000-01-03"
