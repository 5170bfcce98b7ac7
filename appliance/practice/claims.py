"""Claims (レセプト): the charges of a patient's month split by who pays, with the totals each payer is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.formats.uke.tables import BURDEN
from appliance.practice.care import Diagnosis, MonthOfCare
from appliance.practice.charges import Unit
from appliance.practice.comments import COMMENTS
from appliance.practice.insurers import SHAHO, Insurance, InsurerKind, PublicPayment, Scope
from appliance.practice.patients import Patient
from appliance.practice.people import Person

BURDEN_CODE: Final = {bearers: code for code, bearers in BURDEN.items()}
"""負担区分 (別表21) by who bears: 0 the insurance, 1..4 第一..第四公費."""

SENIOR_AGE: Final = 70
"""高齢受給者: from the month after this birthday (or its own, when that is the 1st)."""

SCHOOL_AGE: Final = 6


@dataclass(frozen=True, slots=True)
class ChargedUnit:
    """A unit with the days it falls on, as (day, count), and who bears it."""

    unit: Unit
    days: tuple[tuple[int, int], ...]
    burden: str

    @property
    def count(self) -> int:
        return sum(count for _, count in self.days)

    @property
    def points(self) -> int:
        return self.unit.points * self.count

    def borne_by(self, order: int) -> bool:
        return order in BURDEN[self.burden]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. `late_months` tells by how many months it is claimed after the usual month."""

    patient: Patient
    care_month: date
    insurance: Insurance | None
    public: tuple[PublicPayment, ...]
    days: tuple[int, ...]
    diagnoses: tuple[Diagnosis, ...]
    units: tuple[ChargedUnit, ...]
    narratives: tuple[tuple[str, str], ...] = ()
    late_months: int = 0

    @property
    def payer_org(self) -> str:
        """審査支払機関 (別表1) the claim goes to: the insurer's; 公費 alone goes to 支払基金."""
        return self.insurance.payer_org if self.insurance else SHAHO

    @property
    def claim_month(self) -> date:
        return add_months(self.care_month, 1 + self.late_months)

    @property
    def receipt_type(self) -> str:
        """レセプト種別 (別表5), 医科 入院外."""
        return receipt_type("1", self.patient.person, self.insurance, self.public, self.care_month)

    @property
    def benefit_percent(self) -> str:
        """給付割合, which 国保 claims carry."""
        return benefit_percent(self.patient.person, self.insurance, self.care_month)

    def points_of(self, order: int) -> int:
        """合計点数 of the insurance (0) or of a public payer (1..4)."""
        return sum(charged.points for charged in self.units if charged.borne_by(order))

    def days_of(self, order: int) -> tuple[int, ...]:
        """The days on which that payer bears something."""
        borne = {day for charged in self.units if charged.borne_by(order) for day, _ in charged.days}
        return tuple(sorted(borne.intersection(self.days)))

    def copay_yen(self, order: int) -> int | None:
        """負担金額 of a public payer's patient (10 yen, half up, up to the month's ceiling); None where there is none."""
        programme = self.public[order - 1].programme
        if not programme.copay_percent:
            return None
        tens = (self.points_of(order) * programme.copay_percent + 50) // 100
        return min(tens * 10, programme.copay_ceiling_yen)

    @property
    def special_notes(self) -> str:
        """レセプト特記事項 (別表9): the income class that 難病 asks for."""
        if not any(payment.programme.names_income for payment in self.public) or self.insurance is None:
            return ""
        return "29" if self.patient.person.age_on(self.care_month) >= SENIOR_AGE else "28"

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """Comments on the claim as a whole (診療識別 01): code and text."""
        return ((COMMENTS["free"].code, "月遅れ請求"),) if self.late_months else ()

    @property
    def points(self) -> int:
        """The main payer's total: what the declared points of the file must say."""
        return self.points_of(0 if self.insurance else 1)


def receipt_type(
    table: str,
    person: Person,
    insurance: Insurance | None,
    public: Sequence[PublicPayment],
    month: date,
    *,
    inpatient: bool = False,
) -> str:
    """レセプト種別 (別表5) of a fee table (1 医科, 3 歯科, 4 調剤); the last digit of a stay is one less than 入院外."""
    if insurance is None:
        return f"{table}2{len(public)}{1 if inpatient else 2}"
    system = "3" if insurance.insurer.kind is InsurerKind.KOUKI else "1"
    last = beneficiary(person, insurance, month)
    if inpatient:
        last = str((int(last) - 1) % 10)
    return f"{table}{system}{1 + len(public)}{last}"


def benefit_percent(person: Person, insurance: Insurance | None, month: date) -> str:
    """給付割合, which 国保 claims carry."""
    if insurance is None or insurance.insurer.kind is not InsurerKind.KOKUHO:
        return ""
    return "80" if beneficiary(person, insurance, month) in "48" else "70"


def beneficiary(person: Person, insurance: Insurance, month: date) -> str:
    """Last digit of レセプト種別: 2 本人, 4 未就学者, 6 家族, 8 高齢受給者・後期, 0 the same bearing 30 %."""
    if insurance.insurer.kind is InsurerKind.KOUKI or person.age_on(month) >= SENIOR_AGE:
        return "0" if insurance.high_income else "8"
    if month <= preschool_until(person.birth):
        return "4"
    return "2" if insurance.holder else "6"


def claims_of(patient: Patient, month: date, care: MonthOfCare) -> Iterator[Claim]:
    """One claim for each combination of payers in the month: two when a patient turns 75 between visits."""
    by_payers: dict[tuple[Insurance | None, tuple[PublicPayment, ...]], list[int]] = {}
    for day in care.days:
        on = month.replace(day=day)
        by_payers.setdefault((patient.person.insurance_on(on), patient.public_on(on)), []).append(day)
    for (insurance, public), days in by_payers.items():
        units = tuple(_charged_units(care, days, insurance, public))
        bearing = {order for charged in units for order in BURDEN[charged.burden]}
        useful = tuple(payment for order, payment in enumerate(public, 1) if order in bearing)
        if useful != public:
            units = tuple(_charged_units(care, days, insurance, useful))
        last = month.replace(day=max(days))
        diagnoses = tuple(diagnosis for diagnosis in care.diagnoses if diagnosis.since <= last)
        yield Claim(patient, month, insurance, useful, tuple(days), diagnoses, units, care.narratives)


def _charged_units(
    care: MonthOfCare, days: Sequence[int], insurance: Insurance | None, public: tuple[PublicPayment, ...]
) -> Iterator[ChargedUnit]:
    """The units of those days in the order of 診療識別."""
    for unit, unit_days in sorted(care.charges.days.items(), key=lambda item: item[0].category):
        own = tuple((day, count) for day, count in sorted(unit_days.items()) if day in days)
        if own:
            yield ChargedUnit(unit, own, burden_of(unit.scope, insurance, public))


def burden_of(scope: Scope, insurance: Insurance | None, public: Sequence[PublicPayment]) -> str:
    """負担区分 (別表21) of care for a disease of that scope."""
    bearers = {0} if insurance else set()
    bearers |= {
        order for order, payment in enumerate(public, 1) if payment.programme.scope in (Scope.ALL, scope)
    }
    return BURDEN_CODE[frozenset(bearers)]


def preschool_until(birth: date) -> date:
    """The 31 March after the sixth birthday; who is born on 1 April goes to school with those born in March."""
    early = (birth.month, birth.day) <= (4, 1)
    return date(birth.year + SCHOOL_AGE + (not early), 3, 31)


def add_months(month: date, count: int) -> date:
    """The first day of the month so many months later."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)
