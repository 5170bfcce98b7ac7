"""Condition after JP_Condition: a diagnosis with its modifiers, suspicion, outcome and whether it is the main one."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import (
    Resource,
    annotated,
    codeable,
    coding,
    concept,
    extension,
    filled,
    name_of,
)
from appliance.records.clinical import Condition, Outcome
from appliance.records.coding import CodeSystem, Concept

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_DIAGNOSIS_TYPE = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
_RECEIPT_OUTCOME = "http://jpfhir.jp/fhir/core/CodeSystem/JP_ConditionDiseaseOutcomeReceipt_CS"
_CORE = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition"
_MAIN = "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_DiagnosisType"

OUTCOME_EXTENSION = "urn:x-renkei:StructureDefinition:receipt-outcome"
"""転帰区分 as the claim has it; JP Core 1.2 has JP_Condition_DiseaseOutcome for it, 1.1.2 nothing."""

_OUTCOMES = {
    Outcome.CONTINUING: ("active", "1", "治癒・死亡・中止以外"),
    Outcome.CURED: ("resolved", "2", "治癒"),
    Outcome.DIED: ("inactive", "3", "死亡"),
    Outcome.STOPPED: ("inactive", "4", "中止"),
}
"""転帰区分 (別表18): FHIR's clinical status, the receipt's own code and its words."""

_POSTFIX = "8"
"""Receipt modifiers that begin so are 接尾語; all others stand before the name."""

ROLE_EXTENSION = "urn:x-renkei:StructureDefinition:dpc-disease-role"
"""傷病名区分 of a DPC claim, by its code."""

_UNCODED_DISEASE = "0000999"
_NO_CODE = {"system": CodeSystem.MEDIS_DISEASE_KEY, "code": "99999999", "display": "未コード化傷病名"}
"""What JP_Condition_eCS wants in the place of 病名管理番号 for a disease that has no code: as many nines."""


def condition(resource_id: str, record: Condition, context: Context) -> Resource:
    status, _, _ = _OUTCOMES[record.outcome or Outcome.CONTINUING]
    ended = record.outcome not in (None, Outcome.CONTINUING)
    return {
        **context.head(record, resource_id, None),
        **filled(
            extension=[*context.issuer(), *_extensions(record)],
            clinicalStatus=codeable(_CLINICAL, status),
            verificationStatus=codeable(_VERIFICATION, "unconfirmed" if record.suspected else "confirmed"),
            category=[codeable(_CATEGORY, "encounter-diagnosis")],
            code=_code(record),
            bodySite=[{"coding": [coding(site)]} for site in record.body_sites if site.code],
            subject=context.subject(),
            onsetDateTime=record.onset.isoformat() if record.onset else None,
            abatementDateTime=context.period if ended else None,
            note=annotated(record.notes),
        ),
    }


def _code(record: Condition) -> Resource:
    modifiers = [_modifier(one) for one in record.modifiers if one.code]
    told = concept(record.concept)
    codings = [*told.get("coding", ()), *([_NO_CODE] if _is_uncoded(record) else [])]
    return filled(extension=modifiers, coding=codings, text=told.get("text") or _full_name(record))


def _is_uncoded(record: Condition) -> bool:
    """Told in words only: a code that the masters do not know is something else."""
    codes = [one.code for one in record.concept.codings if one.code]
    return not codes or codes == [_UNCODED_DISEASE]


def _full_name(record: Condition) -> str:
    """The name with its modifiers where they stand, as the claim is printed; nothing unless every part has a name."""
    name = name_of(record.concept)
    parts = [name_of(one) for one in record.modifiers]
    if not name or not all(parts):
        return ""
    before = [part for one, part in zip(record.modifiers, parts, strict=True) if not _is_postfix(one)]
    behind = [part for one, part in zip(record.modifiers, parts, strict=True) if _is_postfix(one)]
    return "".join([*before, name, *behind])


def _is_postfix(one: Concept) -> bool:
    return one.code.startswith(_POSTFIX)


def _modifier(one: Concept) -> Resource:
    place = "Postfix" if _is_postfix(one) else "Prefix"
    return extension(f"{_CORE}/JP_Condition_Disease{place}Modifier", valueCodeableConcept=concept(one))


def _extensions(record: Condition) -> list[Resource]:
    found = []
    if record.outcome:
        _, code, words = _OUTCOMES[record.outcome]
        told = codeable(_RECEIPT_OUTCOME, code, words)
        found.append(extension(OUTCOME_EXTENSION, valueCodeableConcept=told))
    if record.main:
        principal = codeable(_DIAGNOSIS_TYPE, "principal")
        found.append(extension(_MAIN, valueCodeableConcept=principal))
    if record.role:
        found.append(extension(ROLE_EXTENSION, valueCode=record.role))
    return found
