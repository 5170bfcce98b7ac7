"""Drugs prescribed: given out by the clinic and charged as 投薬, or written on a prescription for the pharmacy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.charges import Charges, acts_unit, drugs_unit
from appliance.practice.drugs import DRUGS, Form
from appliance.practice.insurers import Scope
from appliance.practice.patients import Patient
from appliance.practice.plans import Dose, Guidance, Timing
from appliance.practice.visits import Visit

LONG_SUPPLY_DAYS: Final = 28
"""From so many days on, a prescription for a chronic disease brings 特定疾患処方管理加算, once a month."""
PATCHES: Final = frozenset({"loxoprofen_tape", "ketoprofen_tape"})
PATCHES_MAX: Final = 63
"""湿布薬: so many sheets at a time (F200 注)."""
GENERIC_NAMES_FOR_1: Final = 2
"""一般名処方加算１ asks for two drugs or more, all by their general names."""


@dataclass(frozen=True, slots=True)
class Prescription:
    """What a clinic prescribed on a day: the doses, for how many days the 内服 lasts, and for which disease each dose is."""

    day: date
    doses: tuple[Dose, ...]
    days_supply: int
    scopes: tuple[Scope, ...] = ()


def supply_count(dose: Dose, days_supply: int) -> int:
    """回数: days for 内服 (weeks for a weekly drug), doses for 屯服, 1 for 外用."""
    if dose.timing is Timing.TOPICAL:
        return 1
    if dose.timing is Timing.AS_NEEDED:
        return dose.times
    return max(1, days_supply // 7) if dose.timing is Timing.WEEKLY else days_supply


def charge_drugs(charges: Charges, patient: Patient, visit: Visit, scope: Scope) -> Prescription | None:
    """Charge what is prescribed at the visit; the prescription, when it goes to the pharmacy."""
    doses = _doses_of(patient, visit)
    if not doses:
        return None
    days_supply = visit.episode.days_supply if visit.episode else patient.supply_days
    prescription = Prescription(
        visit.day, tuple(dose for dose, _ in doses), days_supply, tuple(scope for _, scope in doses)
    )
    long_supply = days_supply >= LONG_SUPPLY_DAYS and _chronic(charges, patient, visit)
    if patient.in_house:
        _charge_in_house(charges, prescription, doses, scope, long_supply=long_supply)
        return None
    _charge_slip(charges, prescription, scope, long_supply=long_supply)
    return prescription


def _chronic(charges: Charges, patient: Patient, visit: Visit) -> bool:
    """Whether it is for a disease of 特定疾患療養管理料, which 生活習慣病管理料 excludes."""
    chronic = any(ailment.plan.guidance is Guidance.CHRONIC for ailment in patient.ailments)
    return visit.regular and chronic and not charges.has("lifestyle_care")


def _doses_of(patient: Patient, visit: Visit) -> list[tuple[Dose, Scope]]:
    """What is prescribed at the visit: every drug once, and no more 湿布薬 than may be given at a time."""
    if visit.episode is not None:
        wanted = [(dose, Scope.ALL) for dose in visit.episode.doses if not visit.order]
    else:
        ailments = patient.ailments if visit.regular else ()
        wanted = [(dose, ailment.scope) for ailment in ailments for dose in ailment.doses]
    doses: dict[str, tuple[Dose, Scope]] = {}
    patches = 0
    for dose, scope in wanted:
        sheets = int(dose.amount) if dose.drug in PATCHES else 0
        if dose.drug not in doses and patches + sheets <= PATCHES_MAX:
            doses[dose.drug] = (dose, scope)
            patches += sheets
    return list(doses.values())


def _charge_in_house(
    charges: Charges,
    prescription: Prescription,
    doses: Sequence[tuple[Dose, Scope]],
    scope: Scope,
    *,
    long_supply: bool,
) -> None:
    """投薬 (F000, F100, F200): drugs by timing and payer, 調剤料, 処方料; 薬剤情報提供料 unless bundled."""
    day = prescription.day.day
    for (category, _, drug_scope), group in together(doses).items():
        drugs = tuple((dose.drug, dose.amount) for dose in group)
        charges.add(
            drugs_unit(category, drugs, drug_scope), day, supply_count(group[0], prescription.days_supply)
        )
    topical = [dose.timing is Timing.TOPICAL for dose, _ in doses]
    if not all(topical):
        charges.add(acts_unit("24", "dispensing_oral", scope=scope), day)
    if any(topical):
        charges.add(acts_unit("24", "dispensing_topical", scope=scope), day)
    addition = ["chronic_prescription"] * (long_supply and not charges.has("chronic_prescription"))
    charges.add(acts_unit("25", "prescription_fee", *addition, scope=scope), day)
    if not (charges.has("drug_information") or charges.has("lifestyle_care")):
        charges.add(acts_unit("13", "drug_information", "drug_notebook", scope=scope), day)


def together(doses: Sequence[tuple[Dose, Scope]]) -> dict[tuple[str, str, Scope], list[Dose]]:
    """Doses charged together: 内服 by timing (one 剤), every 屯服 and every 外用 alone; keyed by 診療識別 first."""
    groups: dict[tuple[str, str, Scope], list[Dose]] = {}
    for dose, scope in doses:
        match dose.timing:
            case Timing.TOPICAL:
                key = ("23", dose.drug, scope)
            case Timing.AS_NEEDED:
                key = ("22", dose.drug, scope)
            case _:
                key = ("21", dose.timing.value, scope)
        groups.setdefault(key, []).append(dose)
    return groups


def _charge_slip(charges: Charges, prescription: Prescription, scope: Scope, *, long_supply: bool) -> None:
    """処方箋料 (F400) with 一般名処方加算, and 特定疾患処方管理加算 once a month."""
    day = prescription.day.day
    generic = sum(DRUGS[dose.drug].form is Form.ORAL for dose in prescription.doses)
    acts = ["prescription_slip", "generic_name_1" if generic >= GENERIC_NAMES_FOR_1 else "generic_name_2"]
    if long_supply and not charges.has("chronic_prescription_slip"):
        acts.append("chronic_prescription_slip")
    charges.add(acts_unit("80", *acts, scope=scope), day)
