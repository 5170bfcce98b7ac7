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
    RECEIPT_PATIENT_STATE = "urn:x-renkei:CodeSystem:receipt-patient-state"
    """患者の状態 (別表27)."""
    RECEIPT_DEPARTMENT = "urn:x-renkei:CodeSystem:receipt-department"
    RECEIPT_UNIT = "urn:x-renkei:CodeSystem:receipt-unit"
    RECEIPT_USAGE = "urn:x-renkei:CodeSystem:receipt-usage"
    RECEIPT_TOOTH = "urn:x-renkei:CodeSystem:receipt-tooth"
    RECEIPT_DISPENSING_ACT = "urn:x-renkei:CodeSystem:receipt-dispensing-act"
    RECEIPT_PAYER_ORG = "urn:x-renkei:CodeSystem:receipt-payer-org"
    """審査支払機関 (別表1)."""
    RECEIPT_COPAY_CATEGORY = "urn:x-renkei:CodeSystem:receipt-copay-category"
    """一部負担金・食事療養費・生活療養費標準負担額区分 (別表8): the class of income."""
    RECEIPT_SPECIAL_NOTE = "urn:x-renkei:CodeSystem:receipt-special-note"
    """レセプト特記事項 (別表9)."""
    RECEIPT_SECTION = "urn:x-renkei:CodeSystem:receipt-section"
    """区分番号 of the fee table (`K740-22`), as DPC claims name operations."""
    RECEIPT_DPC = "urn:x-renkei:CodeSystem:receipt-dpc"
    """診断群分類番号."""
    RECEIPT_DPC_ITEM = "urn:x-renkei:CodeSystem:receipt-dpc-item"
    """What a DPC claim tells about the stay: the row and the item (`BU.dpc_outcome`)."""
    RECEIPT_DPC_CLASS = "urn:x-renkei:CodeSystem:receipt-dpc-class"
    """診療区分コード of 診療関連 rows."""
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
    STRENGTH_TYPE = "http://jpfhir.jp/fhir/core/CodeSystem/JP_MedicationIngredientStrengthStrengthType_CS"
    LOINC = "http://loinc.org"
    LABORATORY_TEST = "urn:x-renkei:CodeSystem:laboratory-test"
    LABORATORY_MATERIAL = "urn:x-renkei:CodeSystem:laboratory-material"
    CHECKUP_ITEM = "urn:oid:1.2.392.200119.6.1005"
    ORCA_DEPARTMENT = "urn:x-renkei:CodeSystem:orca-department"
    ATTACHMENT_KIND = "urn:x-renkei:CodeSystem:attachment-kind"
    EPRESCRIPTION_USAGE = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUsage_ePrescription"
    PRICE_LIST_DRUG = "urn:x-renkei:CodeSystem:price-list-drug"
    """薬価基準収載医薬品コード, 12 characters (「厚生労働省コード」 of the pharmacy formats); no Japanese URI is known to us."""
    HOT7 = "http://medis.or.jp/CodeSystem/master-HOT7"
    JAN = "https://www.gs1.org/gtin"
    PHARMACY_DRUG = "urn:x-renkei:CodeSystem:pharmacy-drug"
    """What a pharmacy's or prescriber's system writes as a drug code without saying, or against, what kind it is."""
    PHARMACY_USAGE = "urn:x-renkei:CodeSystem:pharmacy-usage"
    PHARMACY_STATEMENT = "urn:x-renkei:CodeSystem:pharmacy-statement"
    """Kinds of remarks in pharmacy files: the format and the number of the row (`tc-401`, `rx-81`)."""


LOCAL_SYSTEMS = frozenset(
    {
        CodeSystem.RECEIPT_DRUG,
        CodeSystem.RECEIPT_MATERIAL,
        CodeSystem.RECEIPT_COMMENT,
        CodeSystem.RECEIPT_CATEGORY,
        CodeSystem.RECEIPT_SYMPTOM_DETAIL,
        CodeSystem.RECEIPT_PATIENT_STATE,
        CodeSystem.RECEIPT_DEPARTMENT,
        CodeSystem.RECEIPT_UNIT,
        CodeSystem.RECEIPT_DISEASE,
        CodeSystem.RECEIPT_MODIFIER,
        CodeSystem.RECEIPT_PROCEDURE,
        CodeSystem.RECEIPT_DENTAL,
        CodeSystem.PHARMACY_DRUG,
        CodeSystem.PHARMACY_USAGE,
        CodeSystem.PHARMACY_STATEMENT,
        CodeSystem.RECEIPT_USAGE,
        CodeSystem.RECEIPT_TOOTH,
        CodeSystem.RECEIPT_DISPENSING_ACT,
        CodeSystem.RECEIPT_PAYER_ORG,
        CodeSystem.RECEIPT_COPAY_CATEGORY,
        CodeSystem.RECEIPT_SPECIAL_NOTE,
        CodeSystem.RECEIPT_SECTION,
        CodeSystem.RECEIPT_DPC,
        CodeSystem.RECEIPT_DPC_ITEM,
        CodeSystem.RECEIPT_DPC_CLASS,
        CodeSystem.LABORATORY_TEST,
        CodeSystem.LABORATORY_MATERIAL,
        CodeSystem.ORCA_DEPARTMENT,
        CodeSystem.ATTACHMENT_KIND,
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
    def code(self) -> str:
        """The source's own code; empty where it gives none."""
        return self.codings[0].code if self.codings else ""

    @property
    def mapped(self) -> bool:
        """Whether a national code stands beside the receipt computer's own."""
        return any(coding.system not in LOCAL_SYSTEMS for coding in self.codings)


@dataclass(frozen=True, slots=True)
class Note:
    """A comment as the source wrote it (CO row, コメント1..3): its code, if any, and its text."""

    text: str
    code: str = ""
