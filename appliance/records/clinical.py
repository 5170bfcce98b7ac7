"""What happened: Encounter, Condition, Procedure, MedicationRequest, DeviceUseStatement, Observation.

A statement with several days in the source becomes one record a day, so that each keeps its own date and identity.
Quantities are decimal text, as written (`0.666`), never floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
    """A diagnosis (傷病名, SY row). `suspected`: modifier 8002 (疑い) is among `modifiers`, which keep their order."""

    concept: Concept
    onset: date | None
    modifiers: tuple[Coding, ...] = ()
    suspected: bool = False
    outcome: Outcome | None = None
    main: bool = False
    notes: tuple[Note, ...] = ()


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
class MedicationRequest:
    """A drug (医薬品). From a claim (IY row) it is derived: what was charged, not the prescription itself.

    `quantity` is the amount a unit (a day's dose for 内服, the whole amount for 外用). `days_supplied` is the number of
    days for 内服 (診療識別 21), else None; `times` the count of that day otherwise. `rp_number` is the ordinal of the
    calculation unit (剤), `order_in_rp` the place in it, both from 1.
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


class ObservationCategory(StrEnum):
    """What kind of observation: a narrative (症状詳記, a comment on the whole claim) or a measured one."""

    NARRATIVE = "narrative"
    LABORATORY = "laboratory"
    CHECKUP = "checkup"


@dataclass(frozen=True, slots=True)
class Observation:
    """Something observed or told. Narratives (SJ rows; CO rows on the claim as a whole) carry `text` only."""

    category: ObservationCategory
    concept: Concept
    effective: date | None
    text: str = ""
