"""AllergyIntolerance after JP_AllergyIntolerance: what a patient must not be given or does not bear.

A source that lists it means that it holds now, so it is active; whether it was confirmed no source says.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Resource,
    annotated,
    codeable,
    concept,
    filled,
    name_of,
    text,
)
from appliance.records.clinical import AllergyIntolerance

_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_CATEGORIES = frozenset({"food", "medication", "environment", "biologic"})


def allergy_intolerance(resource_id: str, record: AllergyIntolerance, context: Context) -> Resource:
    reaction = text(record.reaction)
    return {
        **context.head(record, resource_id, None),
        **filled(
            extension=context.issuer(),
            clinicalStatus=codeable(_CLINICAL, "active"),
            category=[record.category] if record.category in _CATEGORIES else None,
            code=filled(**(concept(record.concept) | {"text": name_of(record.concept)})),
            patient=context.subject(),
            recordedDate=record.recorded.isoformat() if record.recorded else None,
            note=annotated(record.notes),
            reaction=[{"manifestation": [{"text": reaction}]}] if reaction else None,
        ),
    }
