"""Patients come when they are due, and fall ill in season."""

from __future__ import annotations

from datetime import date

from appliance.practice.facilities import CLINIC_B
from appliance.practice.patients import Patient
from appliance.practice.population import care_months
from appliance.practice.visits import Visit, visits_in
from tests.practice.people_made import ailment, patient, person

JUNE = date(2026, 6, 1)
SEEDS = range(60)


def _visits(who: Patient, month: date = JUNE, *, must_come: bool = False) -> list[tuple[Visit, ...]]:
    return [visits_in(seed, who, month, must_come=must_come) for seed in SEEDS]


def test_the_same_seed_brings_the_same_visits() -> None:
    who = patient(person(), ailment("hypertension"))
    assert _visits(who) == _visits(who)


def test_who_must_come_comes() -> None:
    assert all(_visits(patient(), must_come=True))
    two_monthly = patient(person(), ailment("hypertension"), supply_days=56)
    for month in care_months(JUNE, 2):
        assert all(
            any(visit.regular for visit in visits) for visits in _visits(two_monthly, month, must_come=True)
        )


def test_a_supply_of_two_weeks_means_two_visits_two_weeks_apart() -> None:
    for visits in _visits(patient(person(), ailment("hypertension"), supply_days=14)):
        regular = [visit for visit in visits if visit.regular]
        assert len(regular) in {0, 2}
        if regular:
            assert [visit.order for visit in regular] == [0, 1]
            assert 10 <= (regular[1].day - regular[0].day).days <= 18


def test_a_supply_of_two_months_brings_the_patient_every_other_month() -> None:
    who = patient(person(), ailment("hypertension"), supply_days=56)
    came = [
        any(visit.regular for visits in _visits(who, month) for visit in visits)
        for month in care_months(JUNE, 4)
    ]
    assert came in ([True, False, True, False], [False, True, False, True])


def test_a_plan_with_treatments_brings_more_visits_and_one_prescription() -> None:
    who = patient(person(), ailment("lumbar_stenosis"), clinic=CLINIC_B)
    counts = set()
    for visits in _visits(who):
        treated = [visit for visit in visits if visit.treated]
        counts.add(len(treated))
        assert sum(visit.regular for visit in treated) == bool(treated)
        assert not treated or treated[0].regular
    assert max(counts) > 3


def test_nobody_comes_twice_a_day_and_visits_are_in_order() -> None:
    for visits in _visits(patient(person(), ailment("knee_osteoarthritis"), clinic=CLINIC_B)):
        days = [visit.day for visit in visits]
        assert days == sorted(set(days))


def test_a_follow_up_comes_within_ten_days_of_the_first_visit() -> None:
    for visits in _visits(patient(), must_come=True):
        ill = [visit for visit in visits if visit.episode]
        assert [visit.order for visit in ill] == list(range(len(ill)))
        assert (ill[-1].day - ill[0].day).days <= 10


def test_illnesses_keep_their_season_and_age() -> None:
    child = patient(person(date(2020, 1, 1)), clinic=CLINIC_B)
    for month in (date(2026, 7, 1), date(2027, 1, 1)):
        age = child.person.age_on(month)
        for visits in _visits(child, month, must_come=True):
            for visit in visits:
                assert visit.episode is not None
                assert month.month in visit.episode.months
                assert visit.episode.ages[0] <= age <= visit.episode.ages[1]
