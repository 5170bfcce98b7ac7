"""MedicationDispense after JP_MedicationDispense: a drug that a pharmacy handed over, how much, when, for how long.

The whole amount is the source's own, or a day's (a dose's) times the days (doses). A unit that the source does not write
is said to be unknown.
"""

from __future__ import annotations

from decimal import Decimal

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    ABSENT_SYSTEM,
    Resource,
    annotated,
    care_category,
    concept,
    day,
    days,
    extension,
    filled,
    name_of,
    number,
    quantity,
    text,
)
from appliance.exchange.fhir.dosage import Taking, instructions
from appliance.exchange.fhir.identifiers import dispensing_record_keys, rp_keys
from appliance.formats.tagged_values import DosageForm
from appliance.records.clinical import MedicationDispense
from appliance.records.identifiers import facility_number

PRESCRIBED_EXTENSION = "urn:x-renkei:StructureDefinition:prescribed-date"
"""The day of the prescription: MedicationDispense has an element for the request, none for its day."""
_UNNAMED = {"text": "名称の記載なし"}
_BY_DAY = frozenset({DosageForm.INTERNAL.value, DosageForm.DECOCTION.value, DosageForm.HOT_WATER.value})
_BY_DOSE = frozenset({DosageForm.AS_NEEDED.value})
_DAYS = "日"


def medication_dispense(resource_id: str, record: MedicationDispense, context: Context) -> Resource:
    count = _days(record)
    return {
        **context.head(
            record,
            resource_id,
            None,
            *rp_keys(record.rp_number, record.order_in_rp),
            *dispensing_record_keys(context.facility, record.dispensing_record_no),
        ),
        **filled(
            extension=_prescribed(record),
            status="completed",
            category=care_category(record.category),
            medicationCodeableConcept=filled(**(concept(record.concept) | {"text": name_of(record.concept)}))
            or _UNNAMED,
            subject=context.subject(),
            context=context.encounter(record.dispensed),
            performer=[{"actor": context.institution()}] if facility_number(context.facility) else None,
            authorizingPrescription=_prescription(record),
            quantity=_whole(record),
            daysSupply=days(count) if count else None,
            whenHandedOver=day(record.dispensed, context.period),
            note=annotated(record.notes),
            dosageInstruction=instructions(_taking(record, count)),
            substitution=_substituted(record),
        ),
    }


def _prescribed(record: MedicationDispense) -> list[Resource]:
    if record.prescribed is None:
        return []
    return [extension(PRESCRIBED_EXTENSION, valueDate=record.prescribed.isoformat())]


def _prescription(record: MedicationDispense) -> list[Resource]:
    """A logical reference: the prescription is another facility's, and its resource is not ours to know."""
    paper = text(record.prescription_no)
    told = filled(
        identifier={"value": paper} if paper else None,
        display=" ".join(text(f"{record.prescribing_facility} {record.prescriber}").split()),
    )
    return [{"type": "MedicationRequest", **told}] if told else []


def _days(record: MedicationDispense) -> int | None:
    """How many days it is for; 回分 and 調剤 are no days."""
    unit = record.supply_unit.strip()
    by_day = unit.startswith(_DAYS) or (not unit and record.category in _BY_DAY)
    return record.days_supplied if by_day else None


def _whole(record: MedicationDispense) -> Resource | None:
    amount = number(record.total) if record.total else _computed(record)
    if amount is None:
        return None
    unknown = {"value": amount, "system": ABSENT_SYSTEM, "code": "unknown"}
    return quantity(amount, record.unit) or unknown


def _computed(record: MedicationDispense) -> Decimal | None:
    """A day's amount by the days, a dose's by the doses; of any other form only what was handed over once."""
    amount, count = number(record.quantity), record.days_supplied
    if amount is None:
        return None
    if record.category in _BY_DAY | _BY_DOSE:
        return amount * count if count else None
    return amount if count in (None, 1) else None


def _taking(record: MedicationDispense, count: int | None) -> Taking:
    return Taking(
        record.dosage,
        _amount_in_words(record),
        daily=record.quantity if record.category in _BY_DAY else "",
        single=record.quantity if record.category in _BY_DOSE else "",
        unit=record.unit,
        days=count,
        as_needed=record.category in _BY_DOSE,
        strength_type=record.strength_type,
    )


def _amount_in_words(record: MedicationDispense) -> str:
    written = record.total or record.quantity
    kind = "1日量" if record.category in _BY_DAY else "1回量" if record.category in _BY_DOSE else "用量"
    amount = f"{kind} {text(f'{written}{record.unit}')}" if written else ""
    count, unit = record.days_supplied, text(record.supply_unit)
    if not unit:
        unit = "日分" if record.category in _BY_DAY else "回分" if record.category in _BY_DOSE else ""
    supply = f"{count}{unit}" if count and unit else ""
    return "、".join(part for part in (amount, supply) if part)


def _substituted(record: MedicationDispense) -> Resource | None:
    return None if record.generic_substituted is None else {"wasSubstituted": record.generic_substituted}
