"""Observation after JP_Observation_Common: what a claim tells in words (症状詳記, a comment on the whole claim)."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Profile, Resource, codeable, concept, day, filled, text
from appliance.records.clinical import Observation, ObservationCategory

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CATEGORIES = {ObservationCategory.LABORATORY: "laboratory", ObservationCategory.CHECKUP: "exam"}
"""A narrative is neither: it goes without a category."""
_UNNAMED = {"text": "レセプトの記載"}


def observation(resource_id: str, record: Observation, context: Context) -> Resource:
    words = text(record.text)
    category = _CATEGORIES.get(record.category)
    return {
        **context.head(record, resource_id, Profile.OBSERVATION),
        **filled(
            status="final",
            category=[codeable(_CATEGORY, category)] if category else None,
            code=concept(record.concept) or _UNNAMED,
            subject=context.subject(),
            effectiveDateTime=day(record.effective, context.period),
            valueString=words,
            dataAbsentReason=None if words else _absent(),
        ),
    }


def _absent() -> Resource:
    return codeable("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")
