"""The chronic diseases that the orthopaedic and paediatric clinic treats. Data a physician can read and correct."""

from __future__ import annotations

from typing import Final

from appliance.practice.facilities import CLINIC_B
from appliance.practice.plans import Dose, Guidance, Plan, Timing, taken

_SIDES: Final = (("2056",), ("2049",), ("7497",))

ORTHOPAEDIC_PLANS: Final = (
    Plan(
        "knee_osteoarthritis",
        CLINIC_B,
        likely=((50, 0.18), (65, 0.34), (75, 0.42)),
        variants=(
            (Dose("loxoprofen_tape", "56", Timing.TOPICAL),),
            (*taken("celecoxib", "2", Timing.TWICE), *taken("rebamipide", "2", Timing.TWICE)),
            (Dose("ketoprofen_tape", "42", Timing.TOPICAL),),
        ),
        modifiers=_SIDES,
        panel="knee_xray",
        panel_months=6,
        acts=("heat_therapy",),
        injections=("", "", "injection_joint"),
        visits=(2, 5),
    ),
    Plan(
        "low_back_pain",
        CLINIC_B,
        likely=((25, 0.22), (50, 0.3), (70, 0.28)),
        variants=(
            (
                *taken("loxoprofen", "3", Timing.THREE),
                *taken("rebamipide", "3", Timing.THREE),
                Dose("loxoprofen_tape", "28", Timing.TOPICAL),
            ),
            (Dose("ketoprofen_tape", "35", Timing.TOPICAL),),
        ),
        group="spine",
        acts=("heat_therapy",),
        visits=(1, 4),
    ),
    Plan(
        "lumbar_stenosis",
        CLINIC_B,
        likely=((60, 0.12), (72, 0.22)),
        variants=(
            (*taken("mecobalamin", "3", Timing.THREE), *taken("pregabalin", "2", Timing.TWICE)),
            taken("mecobalamin", "3", Timing.THREE),
        ),
        group="spine",
        panel="spine_xray",
        panel_months=6,
        acts=("rehabilitation",),
        visits=(2, 6),
    ),
    Plan(
        "lumbar_spondylosis",
        CLINIC_B,
        likely=((55, 0.12), (70, 0.18)),
        variants=((Dose("ketoprofen_tape", "35", Timing.TOPICAL),), taken("celecoxib", "2", Timing.TWICE)),
        group="spine",
        panel="spine_xray",
        panel_months=12,
        acts=("traction",),
        visits=(1, 5),
    ),
    Plan(
        "cervical_spondylosis",
        CLINIC_B,
        likely=((40, 0.1), (60, 0.14)),
        variants=((*taken("mecobalamin", "3", Timing.THREE), Dose("ketoprofen_tape", "28", Timing.TOPICAL)),),
        acts=("traction",),
        injections=("", "", "injection_im"),
        visits=(1, 4),
    ),
    Plan(
        "frozen_shoulder",
        CLINIC_B,
        likely=((45, 0.12), (65, 0.08)),
        variants=(
            (Dose("loxoprofen_tape", "28", Timing.TOPICAL), Dose("acetaminophen", "1", Timing.AS_NEEDED, 10)),
        ),
        modifiers=(("2056",), ("2049",)),
        acts=("rehabilitation",),
        visits=(2, 5),
    ),
    Plan(
        "osteoporosis",
        CLINIC_B,
        likely=((60, 0.16), (72, 0.36)),
        variants=(
            (
                *taken("alendronate", "1", Timing.WEEKLY),
                *taken("eldecalcitol", "1", Timing.BREAKFAST),
            ),
            (*taken("raloxifene", "1", Timing.BREAKFAST), *taken("eldecalcitol", "1", Timing.BREAKFAST)),
        ),
        sex="2",
        panel="bone",
        panel_months=6,
    ),
    Plan(
        "rheumatoid_arthritis",
        CLINIC_B,
        likely=((35, 0.02), (55, 0.04)),
        variants=((*taken("methotrexate", "4", Timing.WEEKLY), *taken("celecoxib", "2", Timing.TWICE)),),
        panel="inflammation",
        panel_months=1,
    ),
    Plan(
        "childhood_asthma",
        CLINIC_B,
        likely=((2, 0.14), (15, 0.0)),
        variants=(
            (
                Dose("tulobuterol_patch", "14", Timing.TOPICAL),
                Dose("budesonide_inhalation", "28", Timing.TOPICAL),
            ),
        ),
        guidance=Guidance.CHRONIC,
        acts=("nebuliser",),
    ),
    Plan(
        "atopic_dermatitis",
        CLINIC_B,
        likely=((0, 0.16), (10, 0.1), (15, 0.0)),
        variants=(
            (Dose("heparinoid", "50", Timing.TOPICAL), Dose("hydrocortisone_butyrate", "10", Timing.TOPICAL)),
        ),
        panel="allergy",
        panel_months=12,
    ),
)
