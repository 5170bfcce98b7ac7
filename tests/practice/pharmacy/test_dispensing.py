"""The pharmacy dispenses what the clinics prescribed: all of it, once, in time."""

from __future__ import annotations

from datetime import timedelta

from appliance.practice.opening import HOLIDAYS
from appliance.practice.pharmacy.dispensing import VALID_DAYS, dispensings
from appliance.practice.population import Population


def test_every_prescription_is_dispensed_once(population: Population) -> None:
    found = dispensings(population)
    written = [slip for course in population.courses for slip in course.prescriptions]
    assert len(found) == len(written)
    assert {id(one.prescription) for one in found} == {id(slip) for slip in written}


def test_the_doses_are_those_prescribed(population: Population) -> None:
    for one in dispensings(population):
        given = [dose for group in one.groups for dose in group.doses]
        assert sorted(given, key=repr) == sorted(one.prescription.doses, key=repr)


def test_drugs_are_fetched_while_the_prescription_holds_and_the_pharmacy_is_open(
    population: Population,
) -> None:
    found = dispensings(population)
    for one in found:
        assert timedelta(0) <= one.day - one.prescription.day <= timedelta(days=VALID_DAYS)
        assert one.day.weekday() != 6
        assert one.day not in HOLIDAYS
    late = [one for one in found if one.day > one.prescription.day]
    assert 0.05 < len(late) / len(found) < 0.25


def test_numbers_are_unique_and_begin_with_the_day(population: Population) -> None:
    found = dispensings(population)
    numbers = [one.number for one in found]
    assert len(set(numbers)) == len(numbers)
    assert all(len(one.number) == 15 and one.number.startswith(f"{one.day:%y%m%d}") for one in found)
    assert numbers == sorted(numbers)


def test_groups_hold_one_timing_each(population: Population) -> None:
    for one in dispensings(population):
        assert all(len({dose.timing for dose in group.doses}) == 1 for group in one.groups)
        assert [group.number for group in one.groups] == list(range(1, len(one.groups) + 1))
