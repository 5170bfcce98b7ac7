"""Treatments of a visit (処置, 注射, 手術, リハビリテーション) turned into charges, with the drugs and materials they use up."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from appliance.practice.charges import (
    Charges,
    Line,
    LineKind,
    Notes,
    Unit,
    acts_unit,
    counted_unit,
    drugs_unit,
    material_points,
)
from appliance.practice.comments import COMMENTS, era_date
from appliance.practice.diseases import DISEASES
from appliance.practice.insurers import Scope
from appliance.practice.patients import Patient
from appliance.practice.visits import Visit

ACT_CATEGORY: Final = {
    "injection_im": "31",
    "injection_drip": "33",
    "injection_joint": "33",
    "nebuliser": "40",
    "heat_therapy": "40",
    "traction": "40",
    "burn_dressing": "40",
    "wound_dressing": "40",
    "wound_suture": "50",
    "trigger_point": "54",
    "psychotherapy": "80",
}
"""診療識別 (別表20) of the acts done at a visit."""

ACT_DRUG: Final = {
    "injection_drip": ("saline", "1"),
    "injection_im": ("mecobalamin_injection", "1"),
    "injection_joint": ("hyaluronate", "1"),
    "trigger_point": ("lidocaine", "1"),
}
"""The drug an act uses up, charged under the same 診療識別."""

DRESSING: Final = Line(LineKind.MATERIAL, "736730000", "50", unit="041", price_yen="6")
"""皮膚欠損用創傷被覆材（真皮に至る創傷用）, 50 cm² at 6 yen, with each 熱傷処置."""
DRESSING_SEN: Final = Decimal(50 * 600)

THERAPIES: Final = ("rehabilitation", "traction", "heat_therapy")
"""Of these only the first one done is charged on a day."""
REHABILITATION_UNITS: Final = 2


def charge_treatment(charges: Charges, patient: Patient, visit: Visit) -> None:
    """Charge what is done at the visit, each act for the disease it is done for."""
    acts = dict(_acts_of(patient, visit))
    therapy = next((act for act in THERAPIES if act in acts), "")
    for act, scope in acts.items():
        if act == "rehabilitation":
            notes = _rehabilitation_notes(patient)
            charges.add(counted_unit("80", act, REHABILITATION_UNITS, scope, notes), visit.day.day)
        elif act == therapy or act not in THERAPIES:
            _charge_act(charges, act, visit.day.day, scope)


def _acts_of(patient: Patient, visit: Visit) -> list[tuple[str, Scope]]:
    """What is done at the visit, with the scope of the disease it is done for."""
    done: list[tuple[str, Scope]] = []
    if visit.episode is not None:
        acts = (*(visit.episode.first_acts if not visit.order else ()), *visit.episode.acts)
        done += [(act, Scope.ALL) for act in acts]
    if visit.treated:
        done += [(act, ailment.scope) for ailment in patient.ailments for act in ailment.plan.acts]
    if visit.regular:
        done += [(ailment.injection, ailment.scope) for ailment in patient.ailments if ailment.injection]
    return done


def _charge_act(charges: Charges, act: str, day: int, scope: Scope) -> None:
    category = ACT_CATEGORY[act]
    charges.add(acts_unit(category, act, scope=scope), day)
    if act in ACT_DRUG:
        charges.add(drugs_unit(category, (ACT_DRUG[act],), scope), day)
    if act == "burn_dressing":
        charges.add(Unit(category, material_points(DRESSING_SEN), (DRESSING,), scope), day)


def _rehabilitation_notes(patient: Patient) -> Notes:
    """For which disease, and since when: both must stand beside the act."""
    ailment = next(ailment for ailment in patient.ailments if "rehabilitation" in ailment.plan.acts)
    return (
        (COMMENTS["rehabilitation_disease"].code, DISEASES[ailment.plan.disease].name),
        (COMMENTS["rehabilitation_since"].code, era_date(ailment.since)),
    )
