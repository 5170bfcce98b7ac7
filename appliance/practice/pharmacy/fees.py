"""What the pharmacy charges for a dispensing: 調剤報酬 of June 2024, the points of every RP and of the reception.

Codes are those that public claim programs name for these fees; the 調剤行為マスター itself is not at hand.
Rules kept: 薬剤調製料 of 内服 for three 剤 and of 外用 for three drugs a reception, of 屯服 once; 調剤管理料 by days; drugs of one
timing are one 剤 whoever pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from appliance.practice.charges import drug_points
from appliance.practice.drugs import DRUGS
from appliance.practice.pharmacy.dispensing import Dispensing, Group
from appliance.practice.pharmacy.usage import Form


@dataclass(frozen=True, slots=True)
class Fee:
    """One row of the fee schedule."""

    code: str
    name: str
    points: int


BASE: Final = Fee("410004110", "調剤基本料１", 45)
GENERICS: Final = Fee("450001170", "後発医薬品調剤体制加算３", 30)
GUIDANCE_AGAIN: Final = Fee("440012010", "服薬管理指導料１", 45)
GUIDANCE_FIRST: Final = Fee("440012110", "服薬管理指導料２", 59)
GUIDANCE_INFANT: Final = Fee("440020270", "乳幼児服薬指導加算", 12)
PREPARATION: Final = {
    Form.INTERNAL: Fee("420001810", "薬剤調製料（内服薬）", 24),
    Form.AS_NEEDED: Fee("420002410", "薬剤調製料（屯服薬）", 21),
    Form.TOPICAL: Fee("420002510", "薬剤調製料（外用薬）", 10),
}
PREPARED_MAX: Final = {Form.INTERNAL: 3, Form.AS_NEEDED: 1, Form.TOPICAL: 3}
"""How many of a form are charged in one reception."""
MANAGEMENT: Final = (
    (29, Fee("440011810", "調剤管理料（内服薬・２９日分以上）", 60)),
    (15, Fee("440011710", "調剤管理料（内服薬・１５日分以上２８日分以下）", 50)),
    (8, Fee("440011610", "調剤管理料（内服薬・８日分以上１４日分以下）", 28)),
    (1, Fee("440011510", "調剤管理料（内服薬・７日分以下）", 4)),
)
"""From so many days on."""
MANAGEMENT_OTHERS: Final = Fee("440011910", "調剤管理料（内服薬以外）", 4)
INFANT_AGE: Final = 6
AGAIN_WITHIN: Final = timedelta(days=92)
"""Who comes again within three months pays the lower 服薬管理指導料."""

CHARGED, TOO_MANY, SAME_TIMING = "1", "2", "4"
"""算定区分: charged, not charged beyond the number, not charged with another RP of the same timing."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """A fee of an RP as a CZ row tells it: 算定区分, the RP it is charged with (`00`: none), and the fee when it is charged."""

    kind: str
    target: str
    fee: Fee | None = None

    @property
    def points(self) -> int:
        return self.fee.points if self.fee else 0


@dataclass(frozen=True, slots=True)
class ChargedGroup:
    """An RP with its points: `unit_points` for a day, a dose or in all; `management` only where 調剤管理料 is spoken of."""

    group: Group
    unit_points: int
    preparation: Calculation
    management: Calculation | None

    @property
    def drug_points(self) -> int:
        return self.unit_points * self.group.count

    @property
    def points(self) -> int:
        return self.drug_points + self.preparation.points + (self.management.points if self.management else 0)


@dataclass(frozen=True, slots=True)
class ChargedDispensing:
    """A reception with all its points."""

    dispensing: Dispensing
    groups: tuple[ChargedGroup, ...]
    guidance: tuple[Fee, ...]

    @property
    def reception_points(self) -> int:
        """調剤基本料 with its addition, and 薬学管理料."""
        return BASE.points + GENERICS.points + sum(fee.points for fee in self.guidance)

    @property
    def points(self) -> int:
        return self.reception_points + sum(group.points for group in self.groups)


def charge(found: Sequence[Dispensing]) -> Iterator[ChargedDispensing]:
    """Charge dispensings in the order of their days."""
    last: dict[int, date] = {}
    for one in found:
        person = one.patient.person
        again = person.number in last and one.day - last[person.number] <= AGAIN_WITHIN
        guidance = [GUIDANCE_AGAIN if again else GUIDANCE_FIRST]
        if person.age_on(one.day) < INFANT_AGE:
            guidance.append(GUIDANCE_INFANT)
        last[person.number] = one.day
        yield ChargedDispensing(one, tuple(_charge_groups(one.groups)), tuple(guidance))


def _charge_groups(groups: Sequence[Group]) -> Iterator[ChargedGroup]:
    charged: dict[Form, list[Group]] = {form: [] for form in Form}
    internal = any(group.form is Form.INTERNAL for group in groups)
    for group in groups:
        before = charged[group.form]
        calculation = _calculation(group, before)
        management = None
        if group.form is Form.INTERNAL:
            fee = next(fee for least, fee in MANAGEMENT if group.days_supply >= least)
            management = Calculation(
                calculation.kind, calculation.target, fee if calculation.kind == CHARGED else None
            )
        elif not internal and group is groups[0]:
            management = Calculation(CHARGED, f"{group.number:02d}", MANAGEMENT_OTHERS)
        if calculation.kind == CHARGED:
            before.append(group)
        yield ChargedGroup(group, _unit_points(group), calculation, management)


def _calculation(group: Group, before: Sequence[Group]) -> Calculation:
    same = next((one for one in before if one.timing is group.timing), None)
    if same is not None and group.form is Form.INTERNAL:
        return Calculation(SAME_TIMING, f"{same.number:02d}")
    if len(before) >= PREPARED_MAX[group.form]:
        return Calculation(TOO_MANY, "00")
    return Calculation(CHARGED, f"{group.number:02d}", PREPARATION[group.form])


def _unit_points(group: Group) -> int:
    """薬剤料: of a day (内服), a dose (屯服), or the whole (外用)."""
    price_sen = sum((DRUGS[dose.drug].price_sen * Decimal(dose.amount) for dose in group.doses), Decimal(0))
    return drug_points(price_sen)
