"""Care turned into charges: what the visits of a patient's month bring, by the rules of the fee schedule.

Rules kept: one 医学管理料 a month, 判断料 once a month, 外来管理加算 only where nothing excludes it, tests of one
sampling bundled, 内服 of one timing as one 剤.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.charges import Charges, Unit, act_line, acts_unit
from appliance.practice.comments import COMMENTS
from appliance.practice.diseases import DISEASES, SUSPECTED, UNCODED
from appliance.practice.examining import charge_tests
from appliance.practice.insurers import Scope
from appliance.practice.patients import Patient
from appliance.practice.plans import Guidance
from appliance.practice.prescribing import Prescription, charge_drugs
from appliance.practice.treating import charge_treatment
from appliance.practice.visits import Visit, month_number

INFANT_AGE: Final = 6
"""Below this age 初診 and 再診 bring the 乳幼児加算."""
INFORMATION_MONTHS: Final = 3
"""医療情報取得加算 of 再診 once in so many months."""
NARRATIVE_MONTHS: Final = 3
REFERRED_TO: Final = "練習用中央病院"

CONTINUING: Final = "1"
CURED: Final = "2"
STOPPED: Final = "4"
"""転帰区分 (別表18)."""

_STOPS_MANAGEMENT: Final = frozenset(act.code for act in ACTS.values() if act.stops_management)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One SY row to be: `outcome` by 別表18; `text` for an uncoded disease only."""

    code: str
    modifiers: tuple[str, ...]
    since: date
    outcome: str = CONTINUING
    main: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class MonthOfCare:
    """What a clinic did for a patient in a month; `narratives` are 症状詳記 (別表23 and text)."""

    charges: Charges
    diagnoses: tuple[Diagnosis, ...]
    prescriptions: tuple[Prescription, ...]
    days: tuple[int, ...]
    narratives: tuple[tuple[str, str], ...] = ()


def care_for(patient: Patient, visits: Sequence[Visit]) -> MonthOfCare:
    """Charge the visits of one month (at least one), in the order of their days."""
    charges = Charges()
    slips = [_charge_visit(charges, patient, visit) for visit in visits]
    return MonthOfCare(
        charges=charges,
        diagnoses=diagnoses_of(patient, visits),
        prescriptions=tuple(slip for slip in slips if slip),
        days=tuple(visit.day.day for visit in visits),
        narratives=narratives_of(patient, visits),
    )


def diagnoses_of(patient: Patient, visits: Sequence[Visit]) -> tuple[Diagnosis, ...]:
    """The patient's chronic diseases and what came up in the month; the first of all is the main one."""
    found = [
        Diagnosis(DISEASES[ailment.plan.disease].code, ailment.modifiers, ailment.since)
        for ailment in patient.ailments
    ]
    if patient.complaint:
        text, since = patient.complaint
        found.append(Diagnosis(UNCODED, (), since, text=text))
    for visit in visits:
        if visit.episode is None or visit.order:
            continue
        had = [(disease, modifiers, CURED) for disease, modifiers in visit.episode.diseases]
        had += [(disease, (SUSPECTED,), STOPPED) for disease in visit.episode.suspected]
        found += [
            Diagnosis(DISEASES[disease].code, modifiers, visit.day, outcome)
            for disease, modifiers, outcome in had
        ]
    first, *others = found
    return (replace(first, main=True), *others)


def narratives_of(patient: Patient, visits: Sequence[Visit]) -> tuple[tuple[str, str], ...]:
    """症状詳記 that go with the claim: every few months, when a regular visit was made."""
    due = (month_number(visits[0].day) + patient.person.number) % NARRATIVE_MONTHS == 0
    if not due or not any(visit.regular for visit in visits):
        return ()
    return tuple(ailment.plan.narrative for ailment in patient.ailments if ailment.plan.narrative)


def _charge_visit(charges: Charges, patient: Patient, visit: Visit) -> Prescription | None:
    first = visit.episode is not None and not visit.order and not patient.ailments
    scope = _visit_scope(patient, visit)
    _charge_basic(charges, patient, visit, first=first, scope=scope)
    if visit.regular:
        _charge_guidance(charges, patient, visit.day.day, scope)
    if visit.referral:
        to = (COMMENTS["referred_to"].code, REFERRED_TO)
        charges.add(acts_unit("13", "referral_letter", scope=scope, notes=(to,)), visit.day.day)
    charge_treatment(charges, patient, visit)
    charge_tests(charges, patient, visit, scope)
    slip = charge_drugs(charges, patient, visit, scope)
    if not first:
        _charge_management(charges, visit.day.day, scope)
    return slip


def _visit_scope(patient: Patient, visit: Visit) -> Scope:
    """For which disease a regular visit is, when a public payer bears one disease only."""
    scopes = [ailment.scope for ailment in patient.ailments] if visit.regular else []
    return next((scope for scope in scopes if scope is not Scope.ALL), Scope.ALL)


def _charge_basic(charges: Charges, patient: Patient, visit: Visit, *, first: bool, scope: Scope) -> None:
    day = visit.day.day
    infant = patient.person.age_on(visit.day) < INFANT_AGE
    if first:
        charges.add(acts_unit("11", "first_visit", *["first_visit_infant"] * infant, scope=scope), day)
        charges.add(acts_unit("11", "first_visit_dx", scope=scope), day)
        charges.add(acts_unit("80", "base_up_first", scope=scope), day)
        return
    acts = ("revisit", *["revisit_infant"] * infant, "itemised_receipt")
    charges.add(acts_unit("12", *acts, scope=scope), day)
    asked = (month_number(visit.day) + patient.person.number) % INFORMATION_MONTHS == 0
    if asked and not charges.has("revisit_information"):
        charges.add(acts_unit("12", "revisit_information", scope=scope), day)
    charges.add(acts_unit("80", "base_up_revisit", scope=scope), day)


def _charge_guidance(charges: Charges, patient: Patient, day: int, scope: Scope) -> None:
    """One 医学管理料 a month; 通院精神療法 excludes 特定疾患療養管理料."""
    rights = {ailment.plan.guidance for ailment in patient.ailments}
    if any("psychotherapy" in ailment.plan.acts for ailment in patient.ailments):
        rights.discard(Guidance.CHRONIC)
    order = (Guidance.INTRACTABLE, Guidance.LIFESTYLE, Guidance.CHRONIC)
    guidance = next((kind for kind in order if kind in rights), None)
    if guidance is None or charges.has(guidance.value):
        return
    kind_scope = scope if guidance is Guidance.INTRACTABLE else Scope.ALL
    charges.add(acts_unit("13", guidance.value, scope=kind_scope), day)


def _charge_management(charges: Charges, day: int, scope: Scope) -> None:
    """外来管理加算 (A001 注8): not with acts that exclude it, nor in a month with 生活習慣病管理料."""
    done = {line.code for unit, days in charges.days.items() if day in days for line in unit.lines}
    if done & _STOPS_MANAGEMENT or charges.has("lifestyle_care"):
        return
    charges.add(
        Unit("12", ACTS["management_addition"].points, (act_line("management_addition"),), scope), day
    )
