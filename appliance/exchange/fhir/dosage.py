"""Dosage after JP_MedicationDosage: how a drug is taken, in words always, coded as far as the source says it.

A day's dose is a rate and a single dose a dose; an amount without its unit stays in the words.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.exchange.fhir.datatypes import (
    Resource,
    codeable,
    days,
    extension,
    filled,
    name_of,
    number,
    quantity,
    text,
    with_own_name,
)
from appliance.exchange.fhir.profiles import UNCODED_USAGE_SYSTEM
from appliance.records.clinical import Dosage, StrengthType
from appliance.records.coding import CodeSystem

_PERIOD_OF_USE = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_MedicationDosage_PeriodOfUse"
_UNCODED_USAGE = {"system": UNCODED_USAGE_SYSTEM, "code": "0X0XXXXXXXXX0000", "display": "ダミー用法コード"}
"""What JP_MedicationDosage_eCS wants where the usage has no code of the electronic prescription."""
_SEPARATOR = "、"
_STRENGTH_TYPES = {
    StrengthType.PRODUCT: codeable(CodeSystem.STRENGTH_TYPE, "1", "製剤量"),
    StrengthType.SUBSTANCE: codeable(CodeSystem.STRENGTH_TYPE, "2", "原薬量"),
}


@dataclass(frozen=True, slots=True)
class Taking:
    """How a drug is taken, as a statement has it.

    `amount` is in words; `daily` the day's dose and `single` one dose, as written, in `unit`, of what `strength_type` says;
    `days` for how long; `start` a FHIR date from which (empty: not said); `prescribed`: a prescription's, whose usage is
    coded or said not to be.
    """

    dosage: Dosage | None
    amount: str = ""
    daily: str = ""
    single: str = ""
    unit: str = ""
    days: int | None = None
    start: str = ""
    as_needed: bool = False
    prescribed: bool = False
    strength_type: StrengthType | None = None


def instructions(taking: Taking) -> list[Resource]:
    """One Dosage, or none where nothing is said."""
    usage = _usage(taking.dosage)
    said = filled(
        extension=[extension(_PERIOD_OF_USE, valuePeriod={"start": taking.start})] if taking.start else None,
        text=_SEPARATOR.join(part for part in (usage, taking.amount) if part),
        timing=_timing(taking, usage),
        asNeededBoolean=True if taking.as_needed else None,
        doseAndRate=_dose_and_rate(taking),
    )
    return [said] if said else []


def _usage(dosage: Dosage | None) -> str:
    if dosage is None:
        return ""
    return text(dosage.text) or (name_of(dosage.usage) if dosage.usage else "")


def _timing(taking: Taking, usage: str) -> Resource | None:
    dosage = taking.dosage
    if dosage is None:
        return None
    coded = with_own_name(dosage.usage, usage).get("coding", []) if dosage.usage else []
    if taking.prescribed and usage and not any(_is_of_prescriptions(one) for one in coded):
        coded = [*coded, _UNCODED_USAGE]
    times = dosage.times_a_day
    repeat = filled(
        boundsDuration=days(taking.days) if taking.days else None,
        frequency=times or None,
        period=1 if times else None,
        periodUnit="d" if times else None,
    )
    code = filled(coding=coded, text=usage)
    return filled(repeat=repeat, code=code) if code or times else None


def _is_of_prescriptions(one: Resource) -> bool:
    return one.get("system") == CodeSystem.EPRESCRIPTION_USAGE


def _dose_and_rate(taking: Taking) -> list[Resource]:
    dosage = taking.dosage
    single, unit = taking.single, taking.unit
    if dosage is not None:
        single, unit = dosage.amount or single, unit or dosage.unit
    rate = quantity(number(taking.daily), unit)
    said = filled(
        doseQuantity=quantity(number(single), unit),
        rateRatio={"numerator": rate, "denominator": days(1)} if rate else None,
    )
    if not said:
        return []
    of_what = taking.strength_type
    return [said | ({"type": _STRENGTH_TYPES[of_what]} if of_what else {})]
