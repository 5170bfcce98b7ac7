"""Organization after JP_Organization: the institution by its 10-digit number, and payers as logical references."""

from __future__ import annotations

from appliance.exchange.fhir.datatypes import Profile, Resource, extension, filled, identifier, meta, text
from appliance.exchange.fhir.identifiers import IdSystem, Key, resource_key
from appliance.records.administrative import Organization
from appliance.records.identifiers import facility_number
from appliance.records.identity import organization_id

_EXTENSIONS = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition"
_PREFECTURE = "urn:oid:1.2.392.100495.20.3.21"
_FEE_TABLE = "urn:oid:1.2.392.100495.20.3.22"
_PROVIDER = {"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "prov"}


def organization(record: Organization) -> Resource:
    """An institution that treats; `meta.source` is the institution itself."""
    resource_id = organization_id(record.number)
    phone = text(record.phone)
    return filled(
        resourceType="Organization",
        id=resource_id,
        meta=meta(record.number, Profile.ORGANIZATION),
        extension=_parts(record.number),
        identifier=[
            identifier(Key(IdSystem.INSTITUTION, record.number)),
            identifier(resource_key(resource_id)),
        ],
        type=[{"coding": [_PROVIDER]}],
        name=text(record.name),
        telecom=[{"system": "phone", "use": "work", "value": phone}] if phone else None,
    )


def _parts(number: str) -> list[Resource]:
    """都道府県, 点数表 and コード one by one, as JP Core has them beside the whole number."""
    parts = facility_number(number)
    if parts is None:
        return []
    code = identifier(Key(IdSystem.INSTITUTION_CODE, parts.code))
    return [
        extension(
            f"{_EXTENSIONS}/JP_Organization_PrefectureNo",
            valueCoding={"system": _PREFECTURE, "code": parts.prefecture},
        ),
        extension(
            f"{_EXTENSIONS}/JP_Organization_InsuranceOrganizationCategory",
            valueCoding={"system": _FEE_TABLE, "code": parts.fee_table},
        ),
        extension(f"{_EXTENSIONS}/JP_Organization_InsuranceOrganizationNo", valueIdentifier=code),
    ]
