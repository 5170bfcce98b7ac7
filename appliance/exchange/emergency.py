"""The emergency set (救急時に共有する医療情報): what has to be at hand when the line is down, out of all the network showed. Pure.

| requirement | kept |
|---|---|
| institutions visited by month, the last visit | of each institution and month the last visit |
| main diagnoses with institution and month | of each institution and disease the newest statement; what is over goes last |
| operations, anaesthesia, transfusion | acts of those 診療識別 and sections of the tariff; the newest others after them |
| drugs being taken, past use, prescriptions | of each institution and drug the newest |
| test data, 特定健診, symptoms | of each institution and test the newest |
| implanted and used materials; allergies | all, within the bound |

Identity, insurance and 公費 are the box's own. Letters are not in the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.reading import inside, objects, words
from appliance.exchange.timeline import code_of, date_of, kind_of, provider_of
from appliance.limits import (
    EMERGENCY_MAX_ACTS,
    EMERGENCY_MAX_DIAGNOSES,
    EMERGENCY_MAX_DRUGS,
    EMERGENCY_MAX_OTHERS,
    EMERGENCY_MAX_RESULTS,
    EMERGENCY_MAX_VISITS,
)
from appliance.records.coding import CodeSystem

_GRAVE_CATEGORIES = frozenset({"50", "54"})
"""診療識別 of operations (with transfusions) and of anaesthesia."""
_GRAVE_SECTIONS = ("K", "L")
"""Chapters of the tariff for the same, as DPC claims and other files name them (`K920`)."""
_OVER = frozenset({"resolved", "inactive", "remission"})
_MONTH_LENGTH = len("2026-08")

Grouping = Callable[[Resource], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the set: which kinds, of what the newest is enough, what comes first, and how many at most."""

    kinds: tuple[str, ...]
    of_each: Grouping
    most: int
    later: Callable[[Resource], bool] = lambda _: False


def emergency_set(resources: Iterable[Resource]) -> list[Resource]:
    """The resources of the set, within its bounds."""
    found = list(resources)
    return [one for row in _ROWS for one in _of_row(row, found)]


def _of_row(row: _Row, found: Sequence[Resource]) -> list[Resource]:
    newest: dict[tuple[str, ...], Resource] = {}
    for one in sorted((one for one in found if kind_of(one) in row.kinds), key=date_of, reverse=True):
        newest.setdefault((kind_of(one), provider_of(one), *row.of_each(one)), one)
    return sorted(newest.values(), key=row.later)[: row.most]


def _by_itself(one: Resource) -> tuple[str, ...]:
    return (words(one, "id"),)


def _by_month(one: Resource) -> tuple[str, ...]:
    return (date_of(one)[:_MONTH_LENGTH],)


def _by_code(one: Resource) -> tuple[str, ...]:
    """What has neither code nor words stands for itself alone."""
    return code_of(one) or _by_itself(one)


def _is_over(one: Resource) -> bool:
    codes = objects(inside(one, "clinicalStatus").get("coding"))
    return any(words(each, "code") in _OVER for each in codes)


def _is_common(one: Resource) -> bool:
    """An act that is neither operation nor anaesthesia nor transfusion."""
    categories = [
        words(each, "code")
        for each in objects(inside(one, "category").get("coding"))
        if each.get("system") == CodeSystem.RECEIPT_CATEGORY
    ]
    sections = [
        words(each, "code")
        for each in objects(inside(one, "code").get("coding"))
        if each.get("system") == CodeSystem.RECEIPT_SECTION
    ]
    grave = bool(_GRAVE_CATEGORIES & set(categories)) or any(
        code.startswith(_GRAVE_SECTIONS) for code in sections
    )
    return not grave


_ROWS = (
    _Row(("AllergyIntolerance",), _by_code, EMERGENCY_MAX_OTHERS),
    _Row(("Condition",), _by_code, EMERGENCY_MAX_DIAGNOSES, _is_over),
    _Row(("MedicationRequest", "MedicationDispense"), _by_code, EMERGENCY_MAX_DRUGS),
    _Row(("Procedure",), _by_itself, EMERGENCY_MAX_ACTS, _is_common),
    _Row(("DeviceUseStatement",), _by_itself, EMERGENCY_MAX_OTHERS),
    _Row(("Observation",), _by_code, EMERGENCY_MAX_RESULTS),
    _Row(("Encounter",), _by_month, EMERGENCY_MAX_VISITS),
)
