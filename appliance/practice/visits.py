"""When a patient comes, and why: regular visits for chronic diseases, extra ones for acute illness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.episodes import EPISODES, Episode
from appliance.practice.opening import open_days
from appliance.practice.patients import Patient

ATTENDANCE: Final = 0.93
"""Share of due regular visits that happen."""
EPISODE_SHARE: Final = 0.12
"""Share of chronic patients with an acute illness beside, a month."""
EPISODE_SHARE_OTHERS: Final = 0.6
REFERRAL_SHARE: Final = 0.015
"""Share of regular months in which a letter to a hospital is written."""
TWO_MONTHS_DAYS: Final = 56
TWO_WEEKS_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: `regular` for the chronic diseases with a prescription, `treated` for their acts only.

    `episode` is an acute illness; `order` counts from 0 the visits of the episode, or the regular ones of the month.
    With `referral` the patient takes a letter (診療情報提供書) to a hospital along.
    """

    day: date
    regular: bool = False
    treated: bool = False
    episode: Episode | None = None
    order: int = 0
    referral: bool = False


def month_number(month: date) -> int:
    return month.year * 12 + month.month


def visits_in(seed: int, patient: Patient, month: date, *, must_come: bool) -> tuple[Visit, ...]:
    """The visits of a patient in a month (given by its first day), by day; with `must_come` at least one."""
    chance = Chance(seed, "visits", patient.person.number, patient.clinic.folder, month.isoformat())
    days = open_days(patient.clinic, month)
    visits = (
        _regular_visits(chance, patient, month, days) if _comes(chance, patient, month, must_come) else {}
    )
    share = EPISODE_SHARE if patient.ailments else EPISODE_SHARE_OTHERS
    if chance.happens(share) or (must_come and not visits):
        visits |= _episode_visits(chance, patient, month, days, taken=set(visits))
    return tuple(visits[day] for day in sorted(visits))


def _comes(chance: Chance, patient: Patient, month: date, must_come: bool) -> bool:
    """Whether the patient comes for the chronic diseases this month."""
    due = patient.supply_days < TWO_MONTHS_DAYS or (month_number(month) + patient.person.number) % 2 == 0
    attends = chance.happens(ATTENDANCE)
    return bool(patient.ailments) and (must_come or (due and attends))


def _regular_visits(chance: Chance, patient: Patient, month: date, days: tuple[int, ...]) -> dict[int, Visit]:
    halves = 2 if patient.supply_days == TWO_WEEKS_DAYS else 1
    first = days[chance.below(len(days) // 2)]
    prescribed = [first] if halves == 1 else [first, min(days, key=lambda day: abs(day - first - 14))]
    most = max(patient.ailments, key=lambda ailment: ailment.plan.visits[1]).plan.visits
    later = [day for day in days if day > first and day not in prescribed]
    treated = chance.several(later, chance.between(*most) - 1)
    referral = chance.happens(REFERRAL_SHARE)
    regular = {
        day: Visit(
            month.replace(day=day), regular=True, treated=True, order=order, referral=referral and not order
        )
        for order, day in enumerate(prescribed)
    }
    return {day: Visit(month.replace(day=day), treated=True) for day in treated} | regular


def _episode_visits(
    chance: Chance, patient: Patient, month: date, days: tuple[int, ...], taken: set[int]
) -> dict[int, Visit]:
    episode = _draw_episode(chance, patient, month)
    free = [day for day in days if day not in taken]
    if episode is None or not free:
        return {}
    first = chance.pick(free)
    later = [day for day in free if first + 2 <= day <= first + 10]
    chosen = [first, *sorted(chance.several(later, chance.between(*episode.visits) - 1))]
    return {
        day: Visit(month.replace(day=day), episode=episode, order=order) for order, day in enumerate(chosen)
    }


def _draw_episode(chance: Chance, patient: Patient, month: date) -> Episode | None:
    age = patient.person.age_on(month)
    usual = [
        (episode, episode.weight)
        for episode in EPISODES
        if episode.clinic is patient.clinic
        and episode.ages[0] <= age <= episode.ages[1]
        and month.month in episode.months
    ]
    return chance.pick_weighted(usual) if usual else None
