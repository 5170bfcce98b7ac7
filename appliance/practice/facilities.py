"""The institutions of the practice town. Their numbers and names are fictitious, and say so (練習用).

One table: the demo's site file, the hub's participants and the writers all read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FacilityKind(StrEnum):
    """What an institution is, in the words of the participants' list."""

    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    HOSPITAL = "hospital"
    DENTAL = "dental"


@dataclass(frozen=True, slots=True)
class Facility:
    """An institution: `folder` names it in paths, `number` is the 10-digit number (都道府県2 + 点数表1 + コード7).

    `departments` are the 診療科 codes (別表10); `closed_weekdays` as `date.weekday` counts them (Monday is 0).
    """

    folder: str
    kind: FacilityKind
    number: str
    name: str
    name_en: str
    phone: str
    departments: tuple[str, ...] = ()
    closed_weekdays: tuple[int, ...] = (6,)

    @property
    def prefecture(self) -> str:
        return self.number[:2]

    @property
    def fee_table(self) -> str:
        return self.number[2]

    @property
    def code(self) -> str:
        return self.number[3:]


CLINIC_A: Final = Facility(
    folder="clinic-a",
    kind=FacilityKind.CLINIC,
    number="1319999012",
    name="練習用あおば内科クリニック",
    name_en="Aoba Internal Medicine (for practice)",
    phone="00-0000-0001",
    departments=("01", "33"),
    closed_weekdays=(2, 6),
)
CLINIC_B: Final = Facility(
    folder="clinic-b",
    kind=FacilityKind.CLINIC,
    number="1319999020",
    name="練習用けやき整形外科小児科",
    name_en="Keyaki Orthopaedics and Paediatrics (for practice)",
    phone="00-0000-0002",
    departments=("11", "09"),
    closed_weekdays=(3, 6),
)
PHARMACY: Final = Facility(
    folder="pharmacy",
    kind=FacilityKind.PHARMACY,
    number="1349999038",
    name="練習用みどり薬局",
    name_en="Midori Pharmacy (for practice)",
    phone="00-0000-0003",
)
HOSPITAL: Final = Facility(
    folder="hospital",
    kind=FacilityKind.HOSPITAL,
    number="1319999053",
    name="練習用中央病院",
    name_en="Central Hospital (for practice)",
    phone="00-0000-0005",
    departments=("01", "10"),
)
DENTIST: Final = Facility(
    folder="dental",
    kind=FacilityKind.DENTAL,
    number="1339999061",
    name="練習用さくら歯科医院",
    name_en="Sakura Dental Clinic (for practice)",
    phone="00-0000-0006",
    closed_weekdays=(3, 6),
)
CLINICS: Final = (CLINIC_A, CLINIC_B)
FACILITIES: Final = (CLINIC_A, CLINIC_B, PHARMACY)
"""The members of the practice network."""
NEIGHBOURS: Final = (HOSPITAL, DENTIST)
"""Institutions of the same town that the network does not have yet; their files are made beside."""


def facility_named(folder: str) -> Facility:
    """The institution of that folder name; `KeyError` when there is none."""
    return {facility.folder: facility for facility in (*FACILITIES, *NEIGHBOURS)}[folder]
