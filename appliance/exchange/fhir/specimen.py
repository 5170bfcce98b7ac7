"""Specimen after JP_Specimen: what a laboratory examined and when it was taken."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Profile, Resource, concept, filled, moment, text
from appliance.records.clinical import Specimen


def specimen(resource_id: str, record: Specimen, context: Context) -> Resource:
    number = text(record.number)
    taken = moment(record.collected) if record.collected else None
    return {
        **context.head(record, resource_id, Profile.SPECIMEN),
        **filled(
            accessionIdentifier={"value": number} if number else None,
            type=concept(record.material),
            subject=context.subject(),
            collection=filled(collectedDateTime=taken),
        ),
    }
