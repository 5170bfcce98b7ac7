"""Coverage after JP_Coverage: one insurer's or public payer's promise to a patient, without a claim's amounts.

The payer is a logical reference by its number: an insurer's Organization belongs to no clinic, and two boxes must not
write the same resource.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Profile, Resource, extension, filled, identifier, text
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.records.administrative import Coverage, CoverageKind
from appliance.records.identifiers import folded_branch

_EXTENSIONS = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_TYPES = {
    CoverageKind.INSURANCE: ("PUBLICPOL", "健康保険"),
    CoverageKind.PUBLIC: ("SUBSIDIZ", "公費"),
}


def coverage(resource_id: str, record: Coverage, context: Context) -> Resource:
    insurance = record.kind is CoverageKind.INSURANCE
    code, words = _TYPES[record.kind]
    branch = folded_branch(record.branch)
    recipient = Key(IdSystem.PUBLIC_RECIPIENT, text(record.number))
    keys = () if insurance or not recipient.value else (recipient,)
    return {
        **context.head(record, resource_id, Profile.COVERAGE, *keys),
        **filled(
            extension=_insured(record, branch) if insurance else None,
            status="active",
            type={"coding": [{"system": _ACT_CODE, "code": code}], "text": words},
            subscriberId=text(f"{record.symbol}{record.number}"),
            beneficiary=context.subject(),
            dependent=branch if insurance else None,
            payor=[_payer(record)],
        ),
    }


def _insured(record: Coverage, branch: str) -> list[Resource]:
    parts = {"Symbol": text(record.symbol), "Number": text(record.number), "SubNumber": branch}
    return [
        extension(f"{_EXTENSIONS}/JP_Coverage_InsuredPerson{part}", valueString=value)
        for part, value in parts.items()
        if value
    ]


def _payer(record: Coverage) -> Resource:
    system = IdSystem.INSURER if record.kind is CoverageKind.INSURANCE else IdSystem.PUBLIC_PAYER
    number = text(record.payer_number)
    if not number:
        return {"type": "Organization", "display": _TYPES[record.kind][1]}
    return {"type": "Organization", "identifier": identifier(Key(system, number))}
