"""Who pays for a month of care at a hospital, dentist or pharmacy, and the rows that every claim type has for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.formats.uke.tables import BURDEN
from appliance.practice.claims import benefit_percent, burden_of
from appliance.practice.insurers import SHAHO, Insurance, PublicPayment, Scope
from appliance.practice.people import Person
from appliance.practice.uke_rows import UkeRows

FIRST_CLAIM_CHECKED: Final = "01"
"""確認区分 (別表29): the only one that a facility writes."""


@dataclass(frozen=True, slots=True)
class Charged:
    """Points borne on a day of the month, for which disease."""

    day: int
    points: int
    scope: Scope = Scope.ALL


@dataclass(frozen=True, slots=True)
class Bill:
    """One person's charges of one month under one combination of payers."""

    person: Person
    month: date
    insurance: Insurance | None
    public: tuple[PublicPayment, ...]
    charged: tuple[Charged, ...]

    @property
    def payer_org(self) -> str:
        return self.insurance.payer_org if self.insurance else SHAHO

    @property
    def benefit_percent(self) -> str:
        return benefit_percent(self.person, self.insurance, self.month)

    @property
    def payers(self) -> int:
        """How many payers the trailer counts."""
        return (self.insurance is not None) + len(self.public)

    @property
    def points(self) -> int:
        """The main payer's total."""
        return self.points_of(0 if self.insurance else 1)

    def burden(self, scope: Scope = Scope.ALL) -> str:
        """負担区分 of care for a disease of that scope."""
        return burden_of(scope, self.insurance, self.public)

    def points_of(self, order: int) -> int:
        """合計点数 of the insurance (0) or of a public payer (1..4)."""
        return sum(one.points for one in self.charged if order in BURDEN[self.burden(one.scope)])

    def days_of(self, order: int) -> tuple[int, ...]:
        """The days on which that payer bears something."""
        return tuple(sorted({one.day for one in self.charged if order in BURDEN[self.burden(one.scope)]}))


def bill_of(
    person: Person,
    month: date,
    insurance: Insurance | None,
    public: Sequence[PublicPayment],
    charged: Sequence[Charged],
) -> Bill:
    """The bill, without public payers that bear nothing of it."""
    bears = tuple(
        payment
        for payment in public
        if any(payment.programme.scope in (Scope.ALL, one.scope) for one in charged)
    )
    return Bill(person, month, insurance, bears, tuple(charged))


def payer_rows(rows: UkeRows, bill: Bill, counted: str) -> Iterator[str]:
    """HO, KO, SN, JD and MF. `counted` is the item that says on how many days: actual_days or reception_count."""
    insurance = bill.insurance
    if insurance:
        yield rows.row(
            "HO",
            {
                "insurer_no": insurance.insurer.number.rjust(8),
                "insured_symbol": insurance.symbol,
                "insured_number": insurance.number,
                counted: str(len(bill.days_of(0))),
                "total_points": str(bill.points_of(0)),
            },
        )
    for order, payment in enumerate(bill.public, 1):
        yield rows.row(
            "KO",
            {
                "public_payer_no": payment.programme.payer_number,
                "recipient_no": payment.recipient_number,
                counted: str(len(bill.days_of(order))),
                "total_points": str(bill.points_of(order)),
            },
        )
    if insurance:
        checked = {"payer_type": "1", "verification_type": FIRST_CLAIM_CHECKED, "branch_no": insurance.branch}
        yield rows.row("SN", checked)
    orders = ([0] if insurance else []) + list(range(1, len(bill.public) + 1))
    for order in orders:
        yield rows.row("JD", {"payer_type": str(order + 1)}, [(day, 1) for day in bill.days_of(order)])
    yield rows.row("MF", {"copay_type": "00"})


def trailer(rows: UkeRows, bills: Sequence[Bill]) -> str:
    """GO: 総件数 counts every payer, 総合計点数 the main payers' points."""
    count, points = sum(bill.payers for bill in bills), sum(bill.points for bill in bills)
    return rows.row("GO", {"total_count": str(count), "total_points": str(points), "volume_id": "99"})
