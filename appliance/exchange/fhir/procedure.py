"""Procedure after JP_Procedure: an act on one day. Points stay in the clinic: a claim's money is nobody's record."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Profile,
    Resource,
    amounts,
    annotated,
    care_category,
    concept,
    day,
    filled,
)
from appliance.records.clinical import Procedure


def procedure(resource_id: str, record: Procedure, context: Context) -> Resource:
    return {
        **context.head(record, resource_id, Profile.PROCEDURE),
        **filled(
            extension=amounts(record.quantity, record.times),
            status="completed",
            category=care_category(record.category),
            code=concept(record.concept),
            subject=context.subject(),
            encounter=context.encounter(record.performed),
            performedDateTime=day(record.performed, context.period),
            note=annotated(record.notes),
        ),
    }
