"""What the pharmacy formats say of a person's payers: kind of insurance, share borne, relation to the insured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from appliance.practice.claims import beneficiary
from appliance.practice.insurers import KOUKI_AGE, Insurance, InsurerKind, PublicPayment
from appliance.practice.people import Person


@dataclass(frozen=True, slots=True)
class PayerTerms:
    """`kind` as the prescription format codes it: 1 医保 and 公費, 2 国保, 7 後期; `relation` 1 本人, 2 家族; rates in percent."""

    kind: str
    insurance: Insurance | None
    relation: str
    copay_percent: int
    public: tuple[PublicPayment, ...]

    @property
    def payer_number(self) -> str:
        return self.insurance.insurer.number if self.insurance else ""

    @property
    def symbol(self) -> str:
        return self.insurance.symbol if self.insurance else ""

    @property
    def number(self) -> str:
        return self.insurance.number if self.insurance else ""

    @property
    def branch(self) -> str:
        return self.insurance.branch if self.insurance else ""


def payer_terms(person: Person, public: tuple[PublicPayment, ...], day: date) -> PayerTerms:
    """The terms on a day."""
    insurance = person.insurance_on(day)
    if insurance is None:
        return PayerTerms("1", None, "1", 0, public)
    kinds = {InsurerKind.KOKUHO: "2", InsurerKind.KOUKI: "7"}
    kind = kinds.get(insurance.insurer.kind, "1")
    relation = "1" if insurance.holder else "2"
    return PayerTerms(kind, insurance, relation, _copay_percent(person, insurance, day), public)


def _copay_percent(person: Person, insurance: Insurance, day: date) -> int:
    match beneficiary(person, insurance, day.replace(day=1)):
        case "8":
            return 10 if person.age_on(day) >= KOUKI_AGE else 20
        case "4":
            return 20
        case _:
            return 30
