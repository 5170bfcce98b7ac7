"""Immunization after JP_Immunization: a vaccine that was given."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Profile,
    Resource,
    annotated,
    concept,
    day,
    filled,
    name_of,
    text,
)
from appliance.records.clinical import Immunization

_UNNAMED = {"text": "名称の記載なし"}
_NO_DAY = "接種日の記載なし"


def immunization(resource_id: str, record: Immunization, context: Context) -> Resource:
    given = day(record.given, context.period)
    return {
        **context.head(record, resource_id, Profile.IMMUNIZATION),
        **filled(
            status="completed",
            vaccineCode=filled(**(concept(record.concept) | {"text": name_of(record.concept)})) or _UNNAMED,
            patient=context.subject(),
            encounter=context.encounter(record.given),
            occurrenceDateTime=given,
            occurrenceString=None if given else _NO_DAY,
            lotNumber=text(record.lot),
            note=annotated(record.notes),
        ),
    }
