"""Codings and the code systems they belong to.

The URLs are those of JP Core 1.2 and JP-CLINS where they exist; what has no Japanese URI gets one of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CodeSystem(StrEnum):
    """Every code system the product writes (source: JP Core guide, URL mapping)."""

    RECEIPT_DISEASE = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/masterB-disease"
    RECEIPT_MODIFIER = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/masterZ-disease-modifier"
    RECEIPT_PROCEDURE = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/masterS-medicalProcedure"
    RECEIPT_DENTAL = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/masterH-dentalProcedure"
    RECEIPT_DRUG = "urn:x-renkei:CodeSystem:receipt-drug"
    RECEIPT_MATERIAL = "urn:x-renkei:CodeSystem:receipt-material"
    RECEIPT_COMMENT = "urn:x-renkei:CodeSystem:receipt-comment"
    RECEIPT_CATEGORY = "urn:x-renkei:CodeSystem:receipt-care-category"
    RECEIPT_SYMPTOM_DETAIL = "urn:x-renkei:CodeSystem:receipt-symptom-detail"
    RECEIPT_DEPARTMENT = "urn:x-renkei:CodeSystem:receipt-department"
    RECEIPT_UNIT = "urn:x-renkei:CodeSystem:receipt-unit"
    MEDIS_DISEASE_KEY = "http://medis.or.jp/CodeSystem/master-disease-keyNumber"
    MEDIS_DISEASE_EXCHANGE = "http://medis.or.jp/CodeSystem/master-disease-exCode"
    MEDIS_MODIFIER_KEY = "http://medis.or.jp/CodeSystem/master-disease-modKeyNumber"
    MEDIS_MODIFIER_EXCHANGE = "http://medis.or.jp/CodeSystem/master-disease-modExCode"
    ICD10 = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full"
    HOT9 = "http://medis.or.jp/CodeSystem/master-HOT9"
    HOT13 = "http://medis.or.jp/CodeSystem/master-HOT13"
    YJ = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code"
    GENERIC_NAME = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationGeneralOrderCode"
    JLAC10 = "http://medis.or.jp/CodeSystem/master-JLAC10-17digits"
    JAMI_USAGE = "http://jami.jp/CodeSystem/MedicationUsage"


LOCAL_SYSTEMS = frozenset(
    {
        CodeSystem.RECEIPT_DRUG,
        CodeSystem.RECEIPT_MATERIAL,
        CodeSystem.RECEIPT_COMMENT,
        CodeSystem.RECEIPT_CATEGORY,
        CodeSystem.RECEIPT_SYMPTOM_DETAIL,
        CodeSystem.RECEIPT_DEPARTMENT,
        CodeSystem.RECEIPT_UNIT,
        CodeSystem.RECEIPT_DISEASE,
        CodeSystem.RECEIPT_MODIFIER,
        CodeSystem.RECEIPT_PROCEDURE,
        CodeSystem.RECEIPT_DENTAL,
    }
)
"""Codings of these systems come from the receipt computer; any other is a mapped one."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one system; `display` is empty where no master has been consulted."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """What something is: its codings, the source's own first, and its words.

    `text` is what the source says in words; empty when the source gives a code only.
    """

    codings: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def mapped(self) -> bool:
        """Whether a national code stands beside the receipt computer's own."""
        return any(coding.system not in LOCAL_SYSTEMS for coding in self.codings)


@dataclass(frozen=True, slots=True)
class Note:
    """A comment as the source wrote it (CO row, コメント1..3): its code, if any, and its text."""

    text: str
    code: str = ""
