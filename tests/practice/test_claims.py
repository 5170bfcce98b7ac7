"""Claims are split and typed by who pays."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.practice.care import care_for
from appliance.practice.claims import Claim, add_months, beneficiary, claims_of, preschool_until
from appliance.practice.insurers import (
    CHILDREN,
    DISABILITY,
    INTRACTABLE,
    KOKUHOREN,
    PSYCHIATRY,
    SHAHO,
    WELFARE,
    InsurerKind,
    PublicPayment,
)
from appliance.practice.patients import Patient
from appliance.practice.visits import Visit
from tests.practice.people_made import MONTH, ailment, insurance, patient, person


def _visits(*days: int) -> list[Visit]:
    return [
        Visit(MONTH.replace(day=day), regular=True, treated=True, order=order)
        for order, day in enumerate(days)
    ]


def _claims(who: Patient, *days: int) -> list[Claim]:
    return list(claims_of(who, MONTH, care_for(who, _visits(*days))))


@pytest.mark.parametrize(
    ("birth", "kind", "holder", "high", "last"),
    [
        (date(1980, 1, 1), InsurerKind.KYOKAI, True, False, "2"),
        (date(1980, 1, 1), InsurerKind.KYOKAI, False, False, "6"),
        (date(2021, 5, 1), InsurerKind.KOKUHO, False, False, "4"),
        (date(2019, 5, 1), InsurerKind.KOKUHO, False, False, "6"),
        (date(1956, 7, 1), InsurerKind.KOKUHO, True, False, "8"),
        (date(1956, 7, 2), InsurerKind.KOKUHO, True, False, "2"),
        (date(1954, 1, 1), InsurerKind.KOKUHO, True, True, "0"),
    ],
)
def test_the_last_digit_of_the_type_says_who_is_treated(
    birth: date, kind: InsurerKind, *, holder: bool, high: bool, last: str
) -> None:
    assert beneficiary(person(birth), insurance(kind, holder=holder, high=high), MONTH) == last


@pytest.mark.parametrize(
    ("birth", "until"),
    [
        (date(2020, 4, 1), date(2026, 3, 31)),
        (date(2020, 4, 2), date(2027, 3, 31)),
        (date(2020, 12, 31), date(2027, 3, 31)),
        (date(2020, 2, 29), date(2026, 3, 31)),
    ],
)
def test_a_child_is_preschool_until_the_march_after_the_sixth_birthday(birth: date, until: date) -> None:
    assert preschool_until(birth) == until


def test_insurance_alone() -> None:
    (claim,) = _claims(patient(person(), ailment("hypertension")), 10)
    assert (claim.receipt_type, claim.payer_org) == ("1112", SHAHO)
    assert {charged.burden for charged in claim.units} == {"1"}
    assert claim.points == claim.points_of(0)


def test_kokuho_and_kouki_go_to_kokuhoren_and_kokuho_tells_its_share() -> None:
    (kokuho,) = _claims(patient(person(family=insurance(InsurerKind.KOKUHO)), ailment("insomnia")), 10)
    assert (kokuho.payer_org, kokuho.benefit_percent) == (KOKUHOREN, "70")
    (kouki,) = _claims(patient(person(date(1940, 1, 1)), ailment("insomnia")), 10)
    assert (kouki.receipt_type, kouki.payer_org, kouki.benefit_percent) == ("1318", KOKUHOREN, "")


def test_welfare_stands_alone_and_goes_to_shaho() -> None:
    poor = person(family=None, public=(PublicPayment(WELFARE, "1234566"),))
    (claim,) = _claims(patient(poor, ailment("insomnia")), 10)
    assert (claim.receipt_type, claim.payer_org) == ("1212", SHAHO)
    assert {charged.burden for charged in claim.units} == {"5"}
    assert claim.points == claim.points_of(1) > 0


def test_a_programme_for_everything_bears_everything() -> None:
    child = person(
        date(2021, 5, 1), family=insurance(holder=False), public=(PublicPayment(CHILDREN, "1234566"),)
    )
    (claim,) = _claims(patient(child, ailment("atopic_dermatitis")), 10)
    assert claim.receipt_type == "1124"
    assert claim.points_of(0) == claim.points_of(1)
    assert claim.copay_yen(1) is None


def test_a_programme_for_one_disease_bears_that_disease_only() -> None:
    who = patient(
        person(),
        ailment("insomnia"),
        ailment("depression"),
        extra_public=(PublicPayment(PSYCHIATRY, "1234566"),),
    )
    (claim,) = _claims(who, 10)
    assert claim.receipt_type == "1122"
    drugs = [charged.burden for charged in claim.units if charged.unit.category == "21"]
    assert sorted(drugs) == ["1", "2"]
    assert 0 < claim.points_of(1) < claim.points_of(0)
    assert claim.copay_yen(1) == round(claim.points_of(1) / 10) * 10


def test_two_programmes_stand_in_their_order() -> None:
    who = patient(
        person(),
        ailment("depression"),
        ailment("insomnia"),
        extra_public=(PublicPayment(DISABILITY, "1234566"), PublicPayment(PSYCHIATRY, "1234566")),
    )
    (claim,) = _claims(who, 10)
    assert [payment.programme.law for payment in claim.public] == ["21", "80"]
    assert claim.receipt_type == "1132"
    assert {charged.burden for charged in claim.units} == {"4", "3"}


def test_the_copayment_stops_at_the_ceiling_and_the_income_class_is_named() -> None:
    who = patient(
        person(), ailment("ulcerative_colitis"), extra_public=(PublicPayment(INTRACTABLE, "1234566"),)
    )
    (claim,) = _claims(who, 10)
    assert claim.special_notes == "28"
    copay = claim.copay_yen(1)
    assert copay is not None
    assert copay <= INTRACTABLE.copay_ceiling_yen


def test_a_programme_that_bears_nothing_this_month_is_left_out() -> None:
    who = patient(
        person(), ailment("depression"), extra_public=(PublicPayment(PSYCHIATRY, "1234566"),), in_house=False
    )
    cold = [Visit(MONTH.replace(day=9), treated=False)]
    (claim,) = claims_of(who, MONTH, care_for(who, cold))
    assert (claim.public, claim.receipt_type) == ((), "1112")


def test_who_turns_75_between_two_visits_has_two_claims() -> None:
    turning = person(date(1951, 7, 15), family=insurance(InsurerKind.KOKUHO))
    before, after = _claims(patient(turning, ailment("hypertension")), 10, 24)
    assert (before.receipt_type, after.receipt_type) == ("1118", "1318")
    assert (before.days, after.days) == ((10,), (24,))
    whole = care_for(patient(turning, ailment("hypertension")), _visits(10, 24)).charges
    in_all = sum(unit.points * sum(days.values()) for unit, days in whole.days.items())
    assert before.points + after.points == in_all


def test_units_stand_in_the_order_of_their_category() -> None:
    (claim,) = _claims(patient(person(), ailment("hypertension"), ailment("asthma")), 10, 24)
    categories = [charged.unit.category for charged in claim.units]
    assert categories == sorted(categories)


@pytest.mark.parametrize(
    ("month", "count", "later"),
    [
        (date(2026, 6, 1), 1, date(2026, 7, 1)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 1), 18, date(2027, 12, 1)),
    ],
)
def test_months_are_added_over_the_year(month: date, count: int, later: date) -> None:
    assert add_months(month, count) == later
