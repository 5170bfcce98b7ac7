"""The tests and pictures that are done together: what they are made of, and the 判断料 they bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Picture:
    """A plain X-ray: the act it is read by, its films, and the comment naming the part (`sided`: with 右 or 左)."""

    reading: str
    films: int
    comment: str
    sided: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Tests of one visit, by the act table's short names.

    `single` are charged one by one, `chemistry` together (D007 注), `counted` by number, `judged` once a month each;
    `rapid` so many results are explained the same day. `before` names the comment that says when the tests of
    `single` were done last.
    """

    single: tuple[str, ...] = ()
    chemistry: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    sampling: str = ""
    counted: tuple[tuple[str, int], ...] = ()
    pictures: tuple[Picture, ...] = ()
    rapid: int = 0
    before: str = ""


_CHEST: Final = Picture("xray_reading_trunk", 1, "film_chest")
_LIVER: Final = ("ast", "alt", "ggt")
_KIDNEY: Final = ("urea_nitrogen", "creatinine", "uric_acid")
_LIPIDS: Final = ("triglyceride", "hdl", "ldl")

PANELS: Final = {
    "": Panel(),
    "general": Panel(
        single=("blood_count",),
        chemistry=("total_protein", *_LIVER, "ld", *_KIDNEY, "sodium", "potassium"),
        judged=("judge_blood", "judge_biochemistry_1"),
        sampling="blood_sampling",
    ),
    "diabetes": Panel(
        single=("hba1c", "urinalysis"),
        chemistry=("glucose", "creatinine", *_LIVER),
        judged=("judge_blood", "judge_biochemistry_1"),
        sampling="blood_sampling",
        rapid=2,
    ),
    "lipids": Panel(
        chemistry=(*_LIVER, *_LIPIDS, "creatine_kinase", "creatinine"),
        judged=("judge_biochemistry_1",),
        sampling="blood_sampling",
    ),
    "heart": Panel(
        single=("bnp", "ecg"),
        chemistry=(*_KIDNEY, "sodium", "potassium"),
        judged=("judge_biochemistry_1", "judge_biochemistry_2"),
        sampling="blood_sampling",
        pictures=(_CHEST,),
    ),
    "kidney": Panel(
        single=("urinalysis", "urine_albumin", "blood_count"),
        chemistry=("total_protein", *_KIDNEY, "sodium", "potassium"),
        judged=("judge_urine", "judge_blood", "judge_biochemistry_1"),
        sampling="blood_sampling",
    ),
    "thyroid": Panel(single=("tsh", "ft4"), judged=("judge_biochemistry_2",), sampling="blood_sampling"),
    "anemia": Panel(single=("blood_count", "blood_film"), judged=("judge_blood",), sampling="blood_sampling"),
    "inflammation": Panel(
        single=("blood_count", "crp"),
        chemistry=(*_LIVER, "urea_nitrogen", "creatinine"),
        judged=("judge_blood", "judge_biochemistry_1", "judge_immunology"),
        sampling="blood_sampling",
    ),
    "allergy": Panel(counted=(("specific_ige", 8),), judged=("judge_immunology",), sampling="blood_sampling"),
    "urine": Panel(single=("urinalysis",), rapid=1),
    "covid_flu": Panel(single=("covid_flu_antigen",), judged=("judge_immunology",), sampling="swab_sampling"),
    "influenza": Panel(single=("influenza_antigen",), judged=("judge_immunology",), sampling="swab_sampling"),
    "strep": Panel(single=("strep_antigen",), judged=("judge_immunology",), sampling="swab_sampling"),
    "ecg": Panel(single=("ecg",)),
    "spirometry": Panel(single=("flow_volume",), judged=("judge_respiratory",)),
    "gastroscopy": Panel(single=("gastroscopy",)),
    "cognition": Panel(single=("cognition_test",)),
    "bone": Panel(single=("bone_density_md",), before="bone_density_before"),
    "chest_xray": Panel(pictures=(_CHEST,)),
    "spine_xray": Panel(pictures=(Picture("xray_reading_trunk", 2, "film_lumbar"),)),
    "knee_xray": Panel(pictures=(Picture("xray_reading_limb", 2, "film_knee", sided=True),)),
    "ankle_xray": Panel(pictures=(Picture("xray_reading_limb", 2, "film_ankle", sided=True),)),
    "hand_xray": Panel(pictures=(Picture("xray_reading_limb", 2, "film_hand", sided=True),)),
    "liver": Panel(
        single=("abdominal_echo",),
        chemistry=(*_LIVER, "ld", "total_protein"),
        judged=("judge_biochemistry_1",),
        sampling="blood_sampling",
    ),
}
"""By the names that plans and episodes use."""
