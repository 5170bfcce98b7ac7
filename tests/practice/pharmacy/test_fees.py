"""What the pharmacy charges, on prescriptions made by hand."""

from __future__ import annotations

from datetime import date, timedelta

from appliance.practice.facilities import CLINIC_B
from appliance.practice.insurers import Scope
from appliance.practice.pharmacy.dispensing import Dispensing, groups_of
from appliance.practice.pharmacy.fees import CHARGED, SAME_TIMING, TOO_MANY, ChargedDispensing, charge
from appliance.practice.plans import Dose, Timing
from appliance.practice.prescribing import Prescription
from tests.practice.people_made import patient, person

DAY = date(2026, 7, 6)
ALL = Scope.ALL


def dispensed(
    *doses: Dose,
    days: int = 28,
    scopes: tuple[Scope, ...] = (),
    day: date = DAY,
    birth: date = date(1970, 1, 1),
) -> Dispensing:
    slip = Prescription(day, doses, days, scopes or (ALL,) * len(doses))
    who = patient(person(birth), clinic=CLINIC_B, in_house=False)
    return Dispensing(who, slip, day, groups_of(slip), "260706000001001")


def charged(*found: Dispensing) -> list[ChargedDispensing]:
    return list(charge(found))


def test_one_drug_for_a_month() -> None:
    """Amlodipine at 10.1 yen: 1 point a day; 45 + 30 at the desk, 59 for the first advice, 24 and 50 for the drug."""
    (one,) = charged(dispensed(Dose("amlodipine", "1", Timing.BREAKFAST)))
    assert one.groups[0].drug_points == 28
    assert one.points == 28 + 24 + 50 + 45 + 30 + 59


def test_management_goes_by_days() -> None:
    fees = [
        charged(dispensed(Dose("amlodipine", "1", Timing.BREAKFAST), days=days))[0].groups[0].management
        for days in (7, 8, 14, 15, 28, 29)
    ]
    assert [fee.points for fee in fees if fee] == [4, 28, 28, 50, 50, 60]


def test_the_fourth_dosage_of_internal_medicine_is_not_charged() -> None:
    timings = (Timing.BREAKFAST, Timing.SUPPER, Timing.BEDTIME, Timing.TWICE)
    drugs = ("amlodipine", "rosuvastatin", "lemborexant", "metformin")
    (one,) = charged(
        dispensed(*(Dose(drug, "1", timing) for drug, timing in zip(drugs, timings, strict=True)))
    )
    assert sorted(group.preparation.kind for group in one.groups) == [CHARGED, CHARGED, CHARGED, TOO_MANY]
    assert sum(group.preparation.points for group in one.groups) == 72


def test_drugs_of_one_timing_are_prepared_once_whoever_pays() -> None:
    doses = (Dose("amlodipine", "1", Timing.BREAKFAST), Dose("sertraline", "1", Timing.BREAKFAST))
    (one,) = charged(dispensed(*doses, scopes=(ALL, Scope.PSYCHIATRY)))
    kinds = [(group.preparation.kind, group.preparation.target) for group in one.groups]
    assert kinds == [(CHARGED, "01"), (SAME_TIMING, "01")]


def test_without_internal_medicine_the_reception_brings_four_points() -> None:
    (one,) = charged(
        dispensed(Dose("heparinoid", "25", Timing.TOPICAL), Dose("loxoprofen_tape", "14", Timing.TOPICAL))
    )
    assert [group.management.points if group.management else None for group in one.groups] == [4, None]


def test_a_dose_as_needed_is_charged_by_the_dose() -> None:
    (one,) = charged(dispensed(Dose("acetaminophen", "1", Timing.AS_NEEDED, 10)))
    assert (one.groups[0].unit_points, one.groups[0].drug_points) == (1, 10)
    assert one.groups[0].preparation.points == 21


def test_who_comes_again_within_three_months_gets_the_lower_advice() -> None:
    dose = Dose("amlodipine", "1", Timing.BREAKFAST)
    first, second, late = charged(
        dispensed(dose),
        dispensed(dose, day=DAY + timedelta(days=28)),
        dispensed(dose, day=DAY + timedelta(days=150)),
    )
    assert [one.guidance[0].points for one in (first, second, late)] == [59, 45, 59]


def test_infants_bring_an_addition() -> None:
    dose = Dose("carbocisteine_syrup", "9", Timing.THREE)
    (one,) = charged(dispensed(dose, birth=date(2023, 1, 1)))
    assert sum(fee.points for fee in one.guidance) == 71
