"""Patients carry their diseases, numbers and habits from clinic to clinic as real ones do."""

from __future__ import annotations

from itertools import islice

from appliance.practice.facilities import CLINIC_A, CLINIC_B, PHARMACY
from appliance.practice.insurers import WELFARE
from appliance.practice.patients import Ailment, Patient, chart_number, patients_of
from appliance.practice.people import REFERENCE_DAY, people
from appliance.practice.plans import Timing
from tests.practice.people_made import person

PATIENTS = [patient for one in islice(people(21), 2500) for patient in patients_of(21, one)]


def test_chart_numbers_keep_their_zeros_and_differ_between_facilities() -> None:
    one = person(number=7)
    numbers = {facility.folder: chart_number(facility, one) for facility in (CLINIC_A, CLINIC_B, PHARMACY)}
    assert numbers == {"clinic-a": "000062", "clinic-b": "00121", "pharmacy": "0003007"}


def test_children_are_seen_by_the_paediatric_clinic() -> None:
    for patient in PATIENTS:
        if patient.person.age_on(REFERENCE_DAY) < 15:
            assert patient.clinic is CLINIC_B


def test_diseases_of_one_sex_are_found_in_that_sex_only() -> None:
    for patient, ailment in _ailments():
        assert ailment.plan.sex in ("", patient.person.sex)


def test_of_a_group_of_diseases_a_person_has_one() -> None:
    for patient in PATIENTS:
        groups = [ailment.plan.group for ailment in patient.ailments if ailment.plan.group]
        assert len(groups) == len(set(groups))


def test_no_disease_began_before_birth() -> None:
    for patient, ailment in _ailments():
        assert patient.person.birth <= ailment.since < REFERENCE_DAY


def test_a_clinic_prescribes_at_most_six_kinds_of_oral_drugs() -> None:
    for patient in PATIENTS:
        doses = [dose for ailment in patient.ailments for dose in ailment.doses]
        assert sum(dose.timing is not Timing.TOPICAL for dose in doses) <= 6


def test_the_common_diseases_are_common() -> None:
    old = [
        patient
        for patient in PATIENTS
        if patient.clinic is CLINIC_A and patient.person.age_on(REFERENCE_DAY) >= 65
    ]
    with_pressure = [patient for patient in old if "hypertension" in _diseases(patient)]
    assert 0.4 < len(with_pressure) / len(old) < 0.75


def test_a_person_has_the_same_recipient_number_at_both_clinics() -> None:
    numbers: dict[tuple[int, str], set[str]] = {}
    for patient in PATIENTS:
        for payment in patient.public_on(REFERENCE_DAY):
            key = (patient.person.number, payment.programme.law)
            numbers.setdefault(key, set()).add(payment.recipient_number)
    assert all(len(own) == 1 for own in numbers.values())
    assert {law for _, law in numbers} == {"12", "21", "54", "80", "81"}


def test_beside_welfare_nothing_else_pays() -> None:
    for patient in PATIENTS:
        paid = [payment.programme for payment in patient.public_on(REFERENCE_DAY)]
        assert WELFARE not in paid or paid == [WELFARE]


def test_most_of_clinic_a_dispense_and_nobody_of_clinic_b() -> None:
    at_a = [patient.in_house for patient in PATIENTS if patient.clinic is CLINIC_A]
    assert 0.68 < sum(at_a) / len(at_a) < 0.82
    assert not any(patient.in_house for patient in PATIENTS if patient.clinic is CLINIC_B)


def _ailments() -> list[tuple[Patient, Ailment]]:
    return [(patient, ailment) for patient in PATIENTS for ailment in patient.ailments]


def _diseases(patient: Patient) -> set[str]:
    return {ailment.plan.disease for ailment in patient.ailments}
