"""Practitioner after JP_Practitioner: a name, and what the source calls their profession."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Profile, Resource, text
from appliance.records.administrative import Practitioner


def practitioner(resource_id: str, record: Practitioner, context: Context) -> Resource:
    resource = context.head(record, resource_id, Profile.PRACTITIONER)
    resource["name"] = [{"use": "official", "text": text(" ".join(record.name.split()))}]
    if record.role:
        resource["qualification"] = [{"code": {"text": text(record.role)}}]
    return resource
