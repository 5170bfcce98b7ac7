"""Practitioner after JP_Practitioner: a name, what the source calls their profession, and 麻薬施用者免許番号."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Profile, Resource, codeable, filled, identifier, text
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.records.administrative import Practitioner
from appliance.records.identifiers import facility_number

_LICENCES = "http://jpfhir.jp/fhir/core/CodeSystem/JP_MedicalLicenseCertificate_CS"


def practitioner(resource_id: str, record: Practitioner, context: Context) -> Resource:
    return {
        **context.head(record, resource_id, Profile.PRACTITIONER),
        **filled(
            name=[{"use": "official", "text": text(" ".join(record.name.split()))}],
            qualification=[*_role(record), *_narcotics(record)],
        ),
    }


def _role(record: Practitioner) -> list[Resource]:
    return [{"code": {"text": text(record.role)}}] if record.role else []


def _narcotics(record: Practitioner) -> list[Resource]:
    """The licence under its prefecture's own system: a prefecture gives it, for the institution's place."""
    number, place = text(record.narcotics_licence), facility_number(record.facility)
    if not number:
        return []
    code = codeable(_LICENCES, "narcotics-practitioner")
    system = f"{IdSystem.NARCOTICS_LICENCE}.1{place.prefecture}" if place else IdSystem.NARCOTICS_LICENCE
    return [{"identifier": [identifier(Key(system, number))], "code": code}]
