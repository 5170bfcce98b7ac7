"""The doctors and pharmacists of the practice institutions: made-up, and named so (練習)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.practice.facilities import CLINIC_A, CLINIC_B, DENTIST, HOSPITAL, PHARMACY, Facility
from appliance.practice.naming import FullName
from appliance.practice.patients import ADULT_AGE


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody who works at an institution: the number that it gave them, their name, their 診療科 (別表10)."""

    code: str
    name: FullName
    department: str = ""


STAFF: Final = {
    CLINIC_A.folder: (Professional("101", FullName("練習　一郎", "レンシュウイチロウ"), "01"),),
    CLINIC_B.folder: (
        Professional("201", FullName("練習　桂子", "レンシュウケイコ"), "11"),
        Professional("202", FullName("練習　望", "レンシュウノゾミ"), "09"),
    ),
    PHARMACY.folder: (Professional("301", FullName("練習　みどり", "レンシュウミドリ")),),
    HOSPITAL.folder: (Professional("501", FullName("練習　中央", "レンシュウナカオ"), "01"),),
    DENTIST.folder: (Professional("601", FullName("練習　さくら", "レンシュウサクラ")),),
}
"""By the institution's folder; the last one sees the children."""

DEPARTMENT_NAMES: Final = {"01": "内科", "09": "小児科", "11": "整形外科", "33": "心療内科", "10": "外科"}


def attending(facility: Facility, age: int) -> Professional:
    """Who sees a patient of that age."""
    return STAFF[facility.folder][-1 if age < ADULT_AGE else 0]
