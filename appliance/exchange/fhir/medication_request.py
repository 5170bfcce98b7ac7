"""MedicationRequest after JP_MedicationRequest: a drug with its place in the prescription, how it is taken and for how long.

A claim's is derived from what was charged, not the prescription itself, and says so: `reportedBoolean`, the origin
tag, a note.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Resource,
    amounts,
    annotated,
    care_category,
    codeable,
    day,
    days,
    filled,
    name_of,
    number,
    quantity,
    text,
    with_own_name,
)
from appliance.exchange.fhir.dosage import Taking, instructions
from appliance.exchange.fhir.identifiers import rp_keys
from appliance.formats.tagged_values import DosageForm
from appliance.records.clinical import MedicationRequest
from appliance.records.coding import Note

DERIVED_NOTE = Note("レセプト由来（請求された薬剤であり、処方そのものではありません）")
_UNNAMED = {"text": "名称の記載なし"}
_AS_NEEDED = frozenset({"22", DosageForm.AS_NEEDED.value})
"""屯服, by 診療識別 and by 剤形."""
_EXTERNAL = frozenset({"23", DosageForm.EXTERNAL.value})
_SUBSTITUTION = "http://terminology.hl7.org/CodeSystem/v3-substanceAdminSubstitution"
_ALLOWED = {True: ("G", "generic composition"), False: ("N", "none")}


def medication_request(resource_id: str, record: MedicationRequest, context: Context) -> Resource:
    notes = (DERIVED_NOTE, *record.notes) if record.derived_from_claim else record.notes
    category = care_category(record.category)
    number_on_paper = text(record.prescription_no)
    return {
        **context.head(record, resource_id, None, *rp_keys(record.rp_number, record.order_in_rp)),
        **filled(
            extension=[*context.issuer(), *_claimed_amounts(record)],
            status="completed",
            intent="order",
            category=[category] if category else None,
            reportedBoolean=True if record.derived_from_claim else None,
            medicationCodeableConcept=named_drug(record),
            subject=context.subject(),
            encounter=context.encounter(record.authored),
            authoredOn=day(record.authored, context.period),
            groupIdentifier={"value": number_on_paper} if number_on_paper else None,
            note=_one_note(notes),
            dosageInstruction=instructions(_taking(record)),
            dispenseRequest=_supply(record),
            substitution=_substitution(record.generic_allowed),
        ),
    }


def named_drug(record: MedicationRequest) -> Resource:
    """The drug by its codes and its name, which is the master's where the source has a code only."""
    name = name_of(record.concept)
    return filled(**(with_own_name(record.concept, name) | {"text": name})) or _UNNAMED


def _claimed_amounts(record: MedicationRequest) -> list[Resource]:
    return amounts(record.quantity, record.times) if record.derived_from_claim else []


def _one_note(notes: tuple[Note, ...]) -> list[Resource]:
    """The eCS profile allows one note: several are its lines."""
    words = [one["text"] for one in annotated(notes)]
    return [{"text": "\n".join(words)}] if words else []


def _taking(record: MedicationRequest) -> Taking:
    """Where a prescription names no other, its day of issue is the first day of taking (JP_MedicationDosage_eCS)."""
    daily = record.quantity if record.days_supplied is not None else ""
    as_needed = record.category in _AS_NEEDED
    issued = record.authored.isoformat() if record.authored and not record.derived_from_claim else ""
    return Taking(
        record.dosage,
        _amount_in_words(record),
        daily=daily,
        single=record.quantity if as_needed and not daily else "",
        unit=record.unit,
        days=record.days_supplied,
        start=issued,
        as_needed=as_needed,
        prescribed=not record.derived_from_claim,
        strength_type=record.strength_type,
    )


def _amount_in_words(record: MedicationRequest) -> str:
    if not record.quantity and not record.derived_from_claim:
        return "" if record.days_supplied is None else f"{record.days_supplied}日分"
    amount = text(f"{record.quantity}{record.unit}") if record.quantity else "記載なし"
    if record.days_supplied is not None:
        return f"1日量 {amount}、{record.days_supplied}日分"
    return f"使用量 {amount}、{record.times}回"


def _supply(record: MedicationRequest) -> Resource | None:
    whole = record.category in _EXTERNAL and record.days_supplied is None and record.times == 1
    return filled(
        quantity=quantity(number(record.quantity), record.unit) if whole else None,
        expectedSupplyDuration=days(record.days_supplied) if record.days_supplied else None,
    )


def _substitution(allowed: bool | None) -> Resource | None:  # as the record has it
    if allowed is None:
        return None
    code, words = _ALLOWED[allowed]
    return {"allowedCodeableConcept": codeable(_SUBSTITUTION, code, words)}
