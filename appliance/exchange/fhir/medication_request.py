"""MedicationRequest after JP_MedicationRequest: a drug of a prescription, or one that a claim charged for.

From a claim it is derived, and says so three times for three kinds of reader: `reportedBoolean`, the origin tag, a note.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Profile,
    Resource,
    amounts,
    annotated,
    codeable,
    concept,
    day,
    filled,
)
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.records.clinical import MedicationRequest
from appliance.records.coding import CodeSystem, Note

DERIVED_NOTE = Note("レセプト由来（請求された薬剤であり、処方そのものではありません）")
_UNNAMED = {"text": "名称の記載なし"}
_AS_NEEDED = "22"
"""診療識別 of 屯服."""


def medication_request(resource_id: str, record: MedicationRequest, context: Context) -> Resource:
    notes = (DERIVED_NOTE, *record.notes) if record.derived_from_claim else record.notes
    return {
        **context.head(record, resource_id, Profile.MEDICATION_REQUEST, *_places(record)),
        **filled(
            extension=amounts(record.quantity, record.times),
            status="completed",
            intent="order",
            category=[codeable(CodeSystem.RECEIPT_CATEGORY, record.category)] if record.category else None,
            reportedBoolean=True if record.derived_from_claim else None,
            medicationCodeableConcept=concept(record.concept) or _UNNAMED,
            subject=context.subject(),
            encounter=context.encounter(record.authored),
            authoredOn=day(record.authored, context.period),
            note=annotated(notes),
            dosageInstruction=[_dosage(record)],
            dispenseRequest=_supply(record),
        ),
    }


def _places(record: MedicationRequest) -> list[Key]:
    """RP番号 and RP内順, by the URLs of today's edition and by the OIDs that JP Core 1.1.2 demands."""
    rp, order = str(record.rp_number), str(record.order_in_rp)
    return [
        Key(IdSystem.RP_NUMBER_OID, rp),
        Key(IdSystem.ORDER_IN_RP_OID, order),
        Key(IdSystem.RP_NUMBER, rp),
        Key(IdSystem.ORDER_IN_RP, order),
    ]


def _dosage(record: MedicationRequest) -> Resource:
    """In words: the amount's unit stands in the drug master, and a coded quantity without its unit would be a guess."""
    return filled(
        text=_amount_in_words(record), asNeededBoolean=True if record.category == _AS_NEEDED else None
    )


def _amount_in_words(record: MedicationRequest) -> str:
    amount = record.quantity or "記載なし"
    if record.days_supplied is not None:
        return f"1日量 {amount}、{record.days_supplied}日分"
    return f"使用量 {amount}、{record.times}回"


def _supply(record: MedicationRequest) -> Resource | None:
    if not record.days_supplied:
        return None
    days = {
        "value": record.days_supplied,
        "unit": "日",
        "system": "http://unitsofmeasure.org",
        "code": "d",
    }
    return {"expectedSupplyDuration": days}
