"""People, patients and visits made by hand, for tests that want to say exactly who comes and why."""

from __future__ import annotations

from datetime import date

from appliance.practice.facilities import CLINIC_A, CLINIC_B, Facility
from appliance.practice.insurers import (
    INSURERS,
    KOUKI,
    Insurance,
    InsurerKind,
    PublicPayment,
)
from appliance.practice.naming import FullName
from appliance.practice.patients import PLANS, Ailment, Patient
from appliance.practice.people import Person

MONTH = date(2026, 7, 1)


def insurance(
    kind: InsurerKind = InsurerKind.KYOKAI, *, holder: bool = True, high: bool = False
) -> Insurance:
    insurer = next(insurer for insurer, _ in INSURERS if insurer.kind is kind)
    return Insurance(insurer, "12345678", "12", "01" if holder else "02", holder, high)


MADE_UP_NAME = FullName("練習　太郎", "レンシュウタロウ")
SALARIED = insurance()


def person(
    birth: date = date(1970, 1, 1),
    *,
    sex: str = "1",
    name: FullName = MADE_UP_NAME,
    family: Insurance | None = SALARIED,
    public: tuple[PublicPayment, ...] = (),
    number: int = 1,
    kouki_high: bool = False,
) -> Person:
    kouki = Insurance(KOUKI, "", "12345674", "", holder=True, high_income=kouki_high)
    return Person(number, 1, name, sex, birth, family, kouki, public)


def ailment(
    disease: str, *, variant: int = 0, modifiers: tuple[str, ...] = (), injection: str = ""
) -> Ailment:
    plan = next(plan for plan in PLANS if plan.disease == disease)
    return Ailment(plan, modifiers, plan.variants[variant], injection, date(2020, 4, 1))


def patient(
    who: Person | None = None,
    *diseases: Ailment,
    clinic: Facility = CLINIC_A,
    in_house: bool = True,
    supply_days: int = 28,
    extra_public: tuple[PublicPayment, ...] = (),
) -> Patient:
    chart = "000123" if clinic is not CLINIC_B else "00456"
    return Patient(who or person(), clinic, chart, diseases, in_house, supply_days, extra_public)
