"""Coverage after JP_Coverage: one insurer's or public payer's promise to a patient, without a claim's amounts in yen.

The payer is a logical reference by its number: an insurer's Organization belongs to no clinic, and two boxes must not
write the same resource.
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    UCUM,
    Profile,
    Resource,
    codeable,
    coding,
    extension,
    filled,
    identifier,
    text,
)
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass
from appliance.records.identifiers import folded_branch

_EXTENSIONS = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SUBSCRIBER = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
_COPAY = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"
_RELATIONSHIPS = {
    InsuredClass.SELF: ("self", "本人"),
    InsuredClass.FAMILY: ("other", "家族"),
    InsuredClass.PRESCHOOL: ("other", "未就学者"),
    InsuredClass.ELDERLY: ("", "高齢受給者・後期高齢者（一般・低所得）"),
    InsuredClass.ELDERLY_ACTIVE: ("", "高齢受給者・後期高齢者（現役並み）"),
}
"""本人・家族 by FHIR's code and in words; of old people a claim says the age and income only."""
PAYER_ORG_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-payer-org"
"""審査支払機関 that the claim goes to."""
COPAY_CATEGORY_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-copay-category"
"""一部負担金・食事療養費・生活療養費標準負担額区分: the class of income."""
SPECIAL_NOTE_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-special-note"
"""レセプト特記事項; 区ア to 区キ and 多ア to 多キ are classes of income too."""
_WHOLE_PERCENT = 100
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
            extension=[*(_insured(record, branch) if insurance else []), *_terms(record)],
            status="active",
            type={"coding": [{"system": _ACT_CODE, "code": code}], "text": words},
            subscriberId=text(f"{record.symbol}{record.number}"),
            beneficiary=context.subject(),
            dependent=branch if insurance else None,
            relationship=_relationship(record.insured_class),
            payor=[_payer(record)],
            costToBeneficiary=_share(record),
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


def _relationship(insured: InsuredClass | None) -> Resource | None:
    if insured is None:
        return None
    code, words = _RELATIONSHIPS[insured]
    return {**(codeable(_SUBSCRIBER, code) if code else {}), "text": words}


def _terms(record: Coverage) -> list[Resource]:
    told = (
        (PAYER_ORG_EXTENSION, record.payer_org),
        (COPAY_CATEGORY_EXTENSION, record.copay_category),
        *((SPECIAL_NOTE_EXTENSION, note) for note in record.special_notes),
    )
    return [extension(url, valueCoding=coding(one)) for url, one in told if one is not None]


def _share(record: Coverage) -> list[Resource]:
    """What the patient bears in percent: the source's own, else what 給付割合 leaves."""
    share = record.copay_percent
    if share is None and record.benefit_percent is not None:
        share = _WHOLE_PERCENT - record.benefit_percent
    if share is None or not 0 <= share <= _WHOLE_PERCENT:
        return []
    percent = {"value": share, "unit": "%", "system": UCUM, "code": "%"}
    return [{"type": codeable(_COPAY, "copaypct"), "valueQuantity": percent}]
