"""Who and where: Patient, Coverage, Organization, Practitioner. Shared between documents, never removed by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from appliance.records.coding import Coding


class Sex(StrEnum):
    """FHIR administrative-gender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in kanji and in full-width katakana, as the source wrote both; either may be empty.

    Family and given name are split where the source separates them by a space, else `given` is empty.
    """

    text: str
    kana: str = ""
    family: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as one facility knows them. `local_id` is the chart number as written, leading zeros kept.

    `address` is in one line, `postal_code` and `phone` (at home before any other) as written; all empty where the source
    has none.
    """

    facility: str
    name: PersonName
    sex: Sex
    birth_date: date | None
    local_id: str = ""
    address: str = ""
    postal_code: str = ""
    phone: str = ""


class CoverageKind(StrEnum):
    """Who bears the cost: health insurance (HO) or public expense (KO, 公費)."""

    INSURANCE = "insurance"
    PUBLIC = "public"


class InsuredClass(StrEnum):
    """Whom an insurance covers, as 本人・家族 is told: the insured person, a member of the family, or an age by itself."""

    SELF = "self"
    FAMILY = "family"
    PRESCHOOL = "preschool"
    ELDERLY = "elderly"
    ELDERLY_ACTIVE = "elderly-active"
    """現役並み: old, and with an income as of those who work."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One insurer or public payer of a claim.

    `order` is 0 for the insurance and 1..4 for 第一..第四公費. `payer_number` is 保険者番号 or 公費負担者番号 (leading spaces
    removed), `symbol`/`number` are 記号・番号 as written (NFKC is for comparison only), `branch` the 2-digit 枝番 or empty;
    for public payers `number` is the 受給者番号. `points`, `actual_days` and the yen amounts are this claim's only.
    `payer_org` is 審査支払機関. What the patient bears stands with the coverage that pays first: `benefit_percent`
    (給付割合) and `copay_percent` (患者負担率), each where the source has it, `copay_category` (課税所得の区分) and 特記事項.
    """

    kind: CoverageKind
    order: int
    payer_number: str
    symbol: str = ""
    number: str = ""
    branch: str = ""
    points: int | None = None
    actual_days: int | None = None
    copay_yen: int | None = None
    meal_count: int | None = None
    meal_yen: int | None = None
    verification: str = ""
    """確認区分 of the SN row (別表29), empty when there is none."""
    payer_org: Coding | None = None
    insured_class: InsuredClass | None = None
    benefit_percent: int | None = None
    copay_percent: int | None = None
    copay_category: Coding | None = None
    special_notes: tuple[Coding, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """An institution: its 10-digit number (都道府県2 + 点数表1 + コード7), its name, its telephone as written."""

    number: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A professional named by a source, at a facility; `narcotics_licence` is 麻薬施用者免許番号 as written."""

    facility: str
    name: str
    role: str = ""
    narcotics_licence: str = ""
