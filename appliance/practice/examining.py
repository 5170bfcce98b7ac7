"""Tests and pictures of a visit turned into charges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, TypeVar

from appliance.practice.acts import ACTS
from appliance.practice.charges import (
    Charges,
    Unit,
    act_line,
    acts_unit,
    chemistry_unit,
    counted_unit,
    xray_unit,
)
from appliance.practice.comments import COMMENTS, era_date, side_of
from appliance.practice.insurers import Scope
from appliance.practice.panels import PANELS, Panel
from appliance.practice.patients import Patient
from appliance.practice.visits import Visit, month_number

T = TypeVar("T")

LAST_TEST_BEFORE: Final = timedelta(days=182)
"""How long before a half-yearly test the last one is said to have been."""
RAPID_MAX: Final = 5
"""外来迅速検体検査加算: at most so many items a day."""


def charge_tests(charges: Charges, patient: Patient, visit: Visit, scope: Scope) -> None:
    """The tests due at a visit; those of one sampling are bundled."""
    due = list(_due(patient, visit))
    panels = [panel for panel, _ in due]
    day = visit.day.day
    for sampling in _each(panel.sampling for panel in panels if panel.sampling):
        charges.add(acts_unit("60", sampling, scope=scope), day)
    _charge_single(charges, panels, visit.day, scope)
    chemistry = _each(act for panel in panels for act in panel.chemistry)
    if chemistry:
        charges.add(chemistry_unit(chemistry, scope), day)
    for act, quantity in _each(pair for panel in panels for pair in panel.counted):
        charges.add(counted_unit("60", act, quantity, scope), day)
    rapid = min(RAPID_MAX, sum(panel.rapid for panel in panels))
    if rapid:
        charges.add(counted_unit("60", "rapid_test_addition", rapid, scope), day)
    for judged in _each(act for panel in panels for act in panel.judged):
        if not charges.has(judged):
            charges.add(acts_unit("60", judged, scope=scope), day)
    for picture, side in _each((picture, side) for panel, side in due for picture in panel.pictures):
        note = (COMMENTS[picture.comment].code, side if picture.sided else "")
        charges.add(xray_unit(picture.films, picture.reading, scope, (note,)), day)


def _each(items: Iterable[T]) -> tuple[T, ...]:
    """Every item once, in the order of the first."""
    return tuple(dict.fromkeys(items))


def _due(patient: Patient, visit: Visit) -> Iterator[tuple[Panel, str]]:
    """The panels of this visit, each with the side of its disease.

    An illness's at its first visit, a chronic disease's every so many months at the first regular one.
    """
    if visit.order:
        return
    if visit.episode is not None:
        yield PANELS[visit.episode.panel], side_of(visit.episode.diseases[0][1])
    turn = month_number(visit.day) + patient.person.number
    for ailment in patient.ailments if visit.regular else ():
        if turn % ailment.plan.panel_months == 0:
            yield PANELS[ailment.plan.panel], side_of(ailment.modifiers)


def _charge_single(charges: Charges, panels: Sequence[Panel], day: date, scope: Scope) -> None:
    before = {act: panel.before for panel in panels if panel.before for act in panel.single}
    for act in _each(act for panel in panels for act in panel.single):
        line = act_line(act)
        if act in before:
            last_time = era_date(day - LAST_TEST_BEFORE)
            line = replace(line, comment=(COMMENTS[before[act]].code, last_time))
        charges.add(Unit("60", ACTS[act].points, (line,), scope), day.day)
