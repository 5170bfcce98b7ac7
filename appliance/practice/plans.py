"""The form of a treatment plan: who has a chronic disease, and which drugs, tests and acts it brings month after month."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.practice.facilities import Facility
from appliance.practice.insurers import PublicProgramme


class Timing(StrEnum):
    """用法: drugs of one timing make one 剤 and are charged together."""

    BREAKFAST = "１日１回朝食後"
    SUPPER = "１日１回夕食後"
    BEDTIME = "１日１回就寝前"
    TWICE = "１日２回朝夕食後"
    THREE = "１日３回毎食後"
    WEEKLY = "週１回起床時"
    AS_NEEDED = "疼痛時"
    TOPICAL = "外用"


@dataclass(frozen=True, slots=True)
class Dose:
    """A drug as it is prescribed: `amount` a day (内服), a time (屯服) or in all (外用), as decimal text.

    `times` is the number of doses of a 屯服.
    """

    drug: str
    amount: str
    timing: Timing
    times: int = 0


class Guidance(StrEnum):
    """医学管理料 that the disease gives a right to; one kind a patient and month."""

    NONE = ""
    LIFESTYLE = "lifestyle_care"
    CHRONIC = "chronic_care"
    INTRACTABLE = "intractable_care"


@dataclass(frozen=True, slots=True)
class Plan:
    """A chronic disease at one clinic.

    `likely` gives, from an age on, the share of that clinic's patients who have it. One of `variants` and one of
    `modifiers` is drawn for each patient and stays. Of the plans of one `group` a patient has one at most. `panel`
    names the tests done every `panel_months`, `acts` what is done at each visit (so many a month as `visits` says), one of `injections` is given with each
    prescription. `narrative` is a 症状詳記 (別表23 and text) that goes with the claim now and then.
    """

    disease: str
    clinic: Facility
    likely: tuple[tuple[int, float], ...]
    variants: tuple[tuple[Dose, ...], ...]
    modifiers: tuple[tuple[str, ...], ...] = ((),)
    sex: str = ""
    group: str = ""
    guidance: Guidance = Guidance.NONE
    panel: str = ""
    panel_months: int = 3
    acts: tuple[str, ...] = ()
    injections: tuple[str, ...] = ("",)
    visits: tuple[int, int] = (1, 1)
    programme: PublicProgramme | None = None
    narrative: tuple[str, str] | None = None

    def likely_at(self, age: int) -> float:
        return next((share for youngest, share in reversed(self.likely) if age >= youngest), 0.0)


def morning(*drugs: str) -> tuple[Dose, ...]:
    return tuple(Dose(drug, "1", Timing.BREAKFAST) for drug in drugs)


def taken(drug: str, amount: str, timing: Timing) -> tuple[Dose, ...]:
    return (Dose(drug, amount, timing),)
