"""What happened: visits, diagnoses, acts, drugs, materials, observations, allergies, documents; named as in FHIR R4.

A statement with several days in the source becomes one record a day, so that each keeps its own date and identity.
Quantities are decimal text, as written (`0.666`), never floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from appliance.records.coding import Coding, Concept, Note


class EncounterClass(StrEnum):
    """v3 ActCode: ambulatory or inpatient."""

    AMBULATORY = "AMB"
    INPATIENT = "IMP"


@dataclass(frozen=True, slots=True)
class Encounter:
    """A visit on one day (`start == end`), or the part of a stay that falls in the claim's month.

    `admission` is 入院年月日 where the source gives it; `end` is None where a stay goes on or its end is not known.
    """

    encounter_class: EncounterClass
    start: date
    end: date | None
    admission: date | None = None
    departments: tuple[Coding, ...] = ()


class Outcome(StrEnum):
    """転帰区分 (別表18): 1 continuing, 2 cured, 3 died, 4 stopped (中止、転医)."""

    CONTINUING = "continuing"
    CURED = "cured"
    DIED = "died"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis (傷病名; SY, HS or SB row). `suspected`: modifier 8002 (疑い) is among `modifiers`, which keep their order.

    `role` is DPC's 傷病名区分 (`formats.uke.tables.DISEASE_ROLE`): one disease may stand in several roles, a record each.
    `body_sites` are the teeth of a dental diagnosis.
    """

    concept: Concept
    onset: date | None
    modifiers: tuple[Concept, ...] = ()
    suspected: bool = False
    outcome: Outcome | None = None
    main: bool = False
    notes: tuple[Note, ...] = ()
    role: str = ""
    body_sites: tuple[Coding, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """An act (診療行為, SI row) on one day; `performed` None: the source names the month only.

    `category` is the unit's 診療識別 (別表20), `unit_no` the ordinal of its calculation unit in the claim, `times` how
    often that day, `points` the unit's 点数 on the record that carries them.
    """

    concept: Concept
    performed: date | None
    category: str = ""
    unit_no: int = 0
    times: int = 1
    quantity: str = ""
    points: int | None = None
    burden: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Dosage:
    """How a drug is taken: the source's words, its coded usage (JAMI where mapped), amount and counts as written."""

    text: str = ""
    usage: Concept | None = None
    amount: str = ""
    unit: str = ""
    times_a_day: int | None = None


class StrengthType(StrEnum):
    """力価区分: whether an amount is that of the product (製剤量) or of its active substance (原薬量)."""

    PRODUCT = "1"
    SUBSTANCE = "2"


@dataclass(frozen=True, slots=True)
class MedicationRequest:
    """A drug (医薬品). From a claim (IY row) it is derived: what was charged, not the prescription itself.

    `quantity` is the amount a unit (a day's dose for 内服, the whole amount for 外用). `days_supplied` is the number of
    days for 内服 (診療識別 21), else None; `times` the count of that day otherwise. `rp_number` is the ordinal of the
    calculation unit (剤), `order_in_rp` the place in it, both from 1. `strength_type` says what every amount is of.
    """

    concept: Concept
    authored: date | None
    category: str = ""
    rp_number: int = 0
    order_in_rp: int = 0
    quantity: str = ""
    days_supplied: int | None = None
    times: int = 1
    points: int | None = None
    burden: str = ""
    derived_from_claim: bool = False
    notes: tuple[Note, ...] = ()
    unit: str = ""
    dosage: Dosage | None = None
    prescription_no: str = ""
    generic_allowed: bool | None = None
    strength_type: StrengthType | None = None


@dataclass(frozen=True, slots=True)
class DeviceUseStatement:
    """A material used (特定器材, TO row), on one day where the source says which."""

    concept: Concept
    used: date | None
    category: str = ""
    unit_no: int = 0
    times: int = 1
    quantity: str = ""
    unit: str = ""
    unit_price_yen: str = ""
    product: str = ""
    points: int | None = None
    burden: str = ""
    notes: tuple[Note, ...] = ()
    dispensing_record_no: str = ""
    """調剤録番号 where a pharmacy handed it over."""


@dataclass(frozen=True, slots=True)
class MedicationDispense:
    """A drug handed over by a pharmacy (調剤: NSIPS, 調剤レセプト, お薬手帳).

    `quantity` is the amount of one `unit` of dispensing (a day's for 内服), `days_supplied` the days or the number of
    doses (調剤数量); `total` the whole amount where the source says it. `prescribed` is the prescription's day,
    `prescriber` and `prescribing_facility` who wrote it. `generic_substituted`: 変更調剤 where the source tells.
    `strength_type` says what every amount is of; `derived_from_claim`: it was charged, so counted as the tariff counts.
    """

    concept: Concept
    dispensed: date | None
    prescribed: date | None = None
    category: str = ""
    rp_number: int = 0
    order_in_rp: int = 0
    quantity: str = ""
    unit: str = ""
    days_supplied: int | None = None
    total: str = ""
    dosage: Dosage | None = None
    prescription_no: str = ""
    prescriber: str = ""
    prescribing_facility: str = ""
    generic_substituted: bool | None = None
    notes: tuple[Note, ...] = ()
    supply_unit: str = ""
    """What `days_supplied` counts, as the source says it: 日分, 回分, 調剤."""
    dispensing_record_no: str = ""
    """調剤録番号 of the pharmacy."""
    strength_type: StrengthType | None = None
    derived_from_claim: bool = False


@dataclass(frozen=True, slots=True)
class Specimen:
    """What a laboratory examined: its material (検体材料) and when it was taken."""

    number: str
    material: Concept
    collected: datetime | None = None


@dataclass(frozen=True, slots=True)
class AllergyIntolerance:
    """An allergy, intolerance or contraindication as a source states it; `category`: food, medication, environment."""

    concept: Concept
    category: str = ""
    recorded: date | None = None
    reaction: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Immunization:
    """A vaccination."""

    concept: Concept
    given: date | None
    lot: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A whole document kept as bytes: a letter, a summary, a PDF, an image. Its bytes are those of its arrival.

    `kind` is what sort (診療情報提供書, 退院時サマリー, …); `sha256` and `size_bytes` are of the raw bytes.
    """

    kind: Concept
    created: date | None
    title: str
    content_type: str
    sha256: str
    size_bytes: int
    author: str = ""


class ObservationCategory(StrEnum):
    """What kind of observation: a narrative (症状詳記, a comment on the whole claim) or a measured one."""

    NARRATIVE = "narrative"
    LABORATORY = "laboratory"
    CHECKUP = "checkup"


@dataclass(frozen=True, slots=True)
class Observation:
    """Something observed or told. Narratives (SJ rows; CO rows on the claim as a whole) carry `text` only.

    A measured one has `value` as written (number or words) with its `unit`; `comparator` is `<`, `<=`, `>=` or `>`;
    `interpretation` the source's flag (H, L, …), `range_low`/`range_high` its reference range, `method` how it was
    measured; `specimen` is the number of a Specimen of the same document. `at` has the time where the source has one.
    """

    category: ObservationCategory
    concept: Concept
    effective: date | None
    text: str = ""
    value: str = ""
    unit: str = ""
    comparator: str = ""
    interpretation: str = ""
    range_low: str = ""
    range_high: str = ""
    range_text: str = ""
    method: str = ""
    specimen: str = ""
    at: datetime | None = None
    status: str = "final"
    notes: tuple[Note, ...] = ()
