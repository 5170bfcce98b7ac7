"""Acute illnesses and injuries: who gets them, when in the year, what is done and prescribed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.practice.facilities import CLINIC_A, CLINIC_B, Facility
from appliance.practice.plans import Dose, Timing

ALL_YEAR: Final = tuple(range(1, 13))
WINTER: Final = (11, 12, 1, 2, 3)
SPRING: Final = (2, 3, 4)
SUMMER: Final = (6, 7, 8, 9)


@dataclass(frozen=True, slots=True)
class Episode:
    """One illness: `diseases` with their modifiers (the first is the main one), `suspected` those only tested for.

    `visits` is the lowest and highest number of visits, `days_supply` how long the 内服 lasts; `acts` are done at each
    visit, `first_acts` and the tests of `panel` at the first one only.
    """

    diseases: tuple[tuple[str, tuple[str, ...]], ...]
    clinic: Facility
    ages: tuple[int, int]
    months: tuple[int, ...]
    weight: float
    doses: tuple[Dose, ...]
    days_supply: int = 5
    suspected: tuple[str, ...] = ()
    panel: str = ""
    first_acts: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    visits: tuple[int, int] = (1, 1)


def _cold(*extra: Dose) -> tuple[Dose, ...]:
    return (
        Dose("carbocisteine", "6", Timing.THREE),
        Dose("dextromethorphan", "3", Timing.THREE),
        Dose("tranexamic_acid", "3", Timing.THREE),
        *extra,
    )


_SYRUP: Final = (
    Dose("carbocisteine_syrup", "9", Timing.THREE),
    Dose("ambroxol_syrup", "4.5", Timing.THREE),
)
_FEVER_ADULT: Final = Dose("acetaminophen", "1", Timing.AS_NEEDED, 5)
_FEVER_CHILD: Final = Dose("acetaminophen_granule", "0.8", Timing.AS_NEEDED, 5)
_RIGHT: Final = ("2056",)
_LEFT: Final = ("2049",)

EPISODES: Final = (
    Episode(
        (("upper_respiratory", ()),), CLINIC_A, (15, 99), ALL_YEAR, 5.0, _cold(_FEVER_ADULT), visits=(1, 2)
    ),
    Episode(
        (("upper_respiratory", ()),),
        CLINIC_A,
        (15, 70),
        WINTER,
        3.0,
        (Dose("kakkonto", "7.5", Timing.THREE), _FEVER_ADULT),
    ),
    Episode(
        (("bronchitis", ()),),
        CLINIC_A,
        (15, 99),
        ALL_YEAR,
        2.5,
        _cold(Dose("clarithromycin", "2", Timing.TWICE)),
        panel="chest_xray",
        visits=(1, 2),
    ),
    Episode(
        (("influenza", ()),),
        CLINIC_A,
        (15, 99),
        WINTER,
        3.0,
        (Dose("oseltamivir", "2", Timing.TWICE), _FEVER_ADULT),
        suspected=("covid",),
        panel="covid_flu",
    ),
    Episode(
        (("covid", ()),),
        CLINIC_A,
        (15, 99),
        ALL_YEAR,
        1.5,
        _cold(_FEVER_ADULT),
        suspected=("influenza",),
        panel="covid_flu",
    ),
    Episode(
        (("gastroenteritis", ()),),
        CLINIC_A,
        (15, 99),
        ALL_YEAR,
        2.5,
        (
            Dose("clostridium_butyricum_tablet", "6", Timing.THREE),
            Dose("domperidone", "3", Timing.THREE),
        ),
    ),
    Episode(
        (("heat_illness", ()), ("dehydration", ())),
        CLINIC_A,
        (15, 99),
        SUMMER,
        1.5,
        (),
        panel="general",
        first_acts=("injection_drip",),
    ),
    Episode(
        (("cystitis", ()),),
        CLINIC_A,
        (18, 99),
        ALL_YEAR,
        1.0,
        (Dose("levofloxacin", "1", Timing.BREAKFAST),),
        days_supply=3,
        panel="urine",
    ),
    Episode(
        (("hives", ()),),
        CLINIC_A,
        (15, 99),
        ALL_YEAR,
        0.8,
        (
            Dose("olopatadine", "2", Timing.TWICE),
            Dose("betamethasone_valerate", "5", Timing.TOPICAL),
        ),
        days_supply=7,
    ),
    Episode(
        (("upper_respiratory", ()),),
        CLINIC_B,
        (0, 14),
        ALL_YEAR,
        6.0,
        (*_SYRUP, _FEVER_CHILD),
        visits=(1, 2),
    ),
    Episode(
        (("bronchitis", ()),),
        CLINIC_B,
        (0, 14),
        ALL_YEAR,
        2.5,
        (*_SYRUP, Dose("tulobuterol_patch", "5", Timing.TOPICAL)),
        acts=("nebuliser",),
        visits=(1, 3),
    ),
    Episode((("hand_foot_mouth", ()),), CLINIC_B, (0, 6), SUMMER, 2.0, (_FEVER_CHILD,)),
    Episode((("herpangina", ()),), CLINIC_B, (0, 6), SUMMER, 2.0, (_FEVER_CHILD,)),
    Episode(
        (("strep", ()), ("pharyngitis", ())),
        CLINIC_B,
        (3, 14),
        ALL_YEAR,
        1.5,
        (Dose("amoxicillin_granule", "3", Timing.THREE),),
        days_supply=10,
        panel="strep",
        visits=(1, 2),
    ),
    Episode(
        (("influenza", ()),),
        CLINIC_B,
        (1, 14),
        WINTER,
        3.0,
        (Dose("oseltamivir_ds", "2", Timing.TWICE), _FEVER_CHILD),
        panel="influenza",
    ),
    Episode(
        (("infectious_gastroenteritis", ()),),
        CLINIC_B,
        (0, 14),
        ALL_YEAR,
        2.0,
        (
            Dose("clostridium_butyricum", "1.5", Timing.THREE),
            Dose("domperidone_suppository", "3", Timing.TOPICAL),
        ),
    ),
    Episode(
        (("otitis_media", _RIGHT), ("upper_respiratory", ())),
        CLINIC_B,
        (0, 9),
        ALL_YEAR,
        1.0,
        (Dose("amoxicillin_granule", "2.5", Timing.THREE), *_SYRUP),
        days_supply=7,
        visits=(1, 2),
    ),
    Episode((("eczema", ()),), CLINIC_B, (0, 14), ALL_YEAR, 1.0, (Dose("heparinoid", "25", Timing.TOPICAL),)),
    Episode(
        (("ankle_sprain", _RIGHT),),
        CLINIC_B,
        (7, 70),
        ALL_YEAR,
        1.2,
        (Dose("loxoprofen_tape", "14", Timing.TOPICAL),),
        panel="ankle_xray",
        visits=(1, 3),
    ),
    Episode(
        (("jammed_finger", _LEFT),),
        CLINIC_B,
        (7, 50),
        ALL_YEAR,
        0.8,
        (Dose("ketoprofen_tape", "7", Timing.TOPICAL),),
        panel="hand_xray",
    ),
    Episode(
        (("lumbar_sprain", ()),),
        CLINIC_B,
        (18, 80),
        ALL_YEAR,
        1.5,
        (
            Dose("loxoprofen", "3", Timing.THREE),
            Dose("rebamipide", "3", Timing.THREE),
            Dose("loxoprofen_tape", "14", Timing.TOPICAL),
        ),
        days_supply=7,
        panel="spine_xray",
        first_acts=("trigger_point",),
        visits=(1, 3),
    ),
    Episode(
        (("finger_cut", _LEFT),),
        CLINIC_B,
        (10, 80),
        ALL_YEAR,
        0.7,
        (Dose("gentamicin_ointment", "10", Timing.TOPICAL),),
        first_acts=("wound_suture",),
        acts=("wound_dressing",),
        visits=(2, 4),
    ),
    Episode(
        (("forearm_burn", _RIGHT),),
        CLINIC_B,
        (1, 70),
        ALL_YEAR,
        0.7,
        (Dose("gentamicin_ointment", "10", Timing.TOPICAL),),
        acts=("burn_dressing",),
        visits=(2, 4),
    ),
    Episode(
        (("cervical_sprain", ()),),
        CLINIC_B,
        (18, 75),
        ALL_YEAR,
        0.7,
        (Dose("loxoprofen", "3", Timing.THREE), Dose("rebamipide", "3", Timing.THREE)),
        days_supply=7,
        acts=("heat_therapy",),
        visits=(1, 4),
    ),
    Episode(
        (("pollinosis", ()),),
        CLINIC_A,
        (15, 80),
        SPRING,
        3.0,
        (Dose("fexofenadine", "2", Timing.TWICE), Dose("mometasone", "1", Timing.TOPICAL)),
        days_supply=28,
    ),
    Episode(
        (("strep", ()), ("pharyngitis", ())),
        CLINIC_A,
        (15, 50),
        ALL_YEAR,
        0.6,
        (Dose("amoxicillin", "3", Timing.THREE), _FEVER_ADULT),
        days_supply=7,
        panel="strep",
    ),
    Episode(
        (("dry_skin", ()),), CLINIC_A, (65, 99), WINTER, 1.5, (Dose("heparinoid", "50", Timing.TOPICAL),)
    ),
    Episode(
        (("croup", ()),),
        CLINIC_B,
        (0, 4),
        ALL_YEAR,
        0.6,
        _SYRUP,
        days_supply=3,
        acts=("nebuliser",),
    ),
    Episode((("rs_virus", ()), ("bronchitis", ())), CLINIC_B, (0, 2), SUMMER, 1.5, _SYRUP, visits=(1, 3)),
)
