"""SI, IY and TO rows to records: one a row and day, with the comments, points and days that its unit gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import BURDEN
from appliance.formats.uke.units import Act, Acts
from appliance.formats.uke.values import number, number_of, quantity_of
from appliance.records.clinical import DeviceUseStatement, MedicationRequest, Procedure
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import YearMonth

ActRecord = Procedure | MedicationRequest | DeviceUseStatement
DayCounts = tuple[tuple[date | None, int], ...]

_IKA = layouts("ika")
_SI, _IY, _TO = _IKA["SI"], _IKA["IY"], _IKA["TO"]
# 診療識別 to 回数 stand in the same places of SI, IY and TO.
_BURDEN, _CODE, _QUANTITY = _SI["burden_type"], _SI["procedure_code"], _SI["quantity"]
_POINTS, _COUNT = _SI["points"], _SI["count"]
_POINTS_JA, _COUNT_JA, _BURDEN_JA = (_SI.items[position].ja for position in (_POINTS, _COUNT, _BURDEN))
_UNIT, _PRICE, _PRODUCT = _TO["unit_code"], _TO["unit_price"], _TO["product_name_spec"]
_OLD_NAME = _TO["reserved1"]
"""旧 特定器材名称, of uncoded materials before the item became 予備."""

_DAYS = {layout.row_id: layout.span("day_1", "day_31") for layout in (_SI, _IY, _TO)}
_COMMENTS = {
    layout.row_id: tuple((layout[f"comment{n}_code"], layout[f"comment{n}_text"]) for n in (1, 2, 3))
    for layout in (_SI, _IY, _TO)
}
_SYSTEMS = {
    "SI": CodeSystem.RECEIPT_PROCEDURE,
    "IY": CodeSystem.RECEIPT_DRUG,
    "TO": CodeSystem.RECEIPT_MATERIAL,
}

ORAL = "21"
"""診療識別 of 内服, where a day's count is the number of days supplied."""


def build(acts: Acts, month: YearMonth, findings: Findings) -> tuple[list[ActRecord], set[date]]:
    """One record a row and day, and the days; a row without days makes one record without a date."""
    records: list[ActRecord] = []
    all_days: set[date] = set()
    for act in acts.acts:
        row_id = act.values[0]
        days = _days_of(act, month, findings)
        all_days.update(days.dates)
        points, notes = _points_of(act, findings), _notes_of(act, row_id)
        records.extend(_MAKERS[row_id](act, days.counts, points, notes, findings))
    return records, all_days


@dataclass(frozen=True, slots=True)
class _Days:
    """The day columns of a row, read: each day with its count, their sum, and the numbers of columns not understood.

    `counts` is `(None, count)` alone when the row names no day.
    """

    counts: DayCounts
    dates: frozenset[date]
    total: int
    not_numbers: tuple[int, ...]
    not_in_month: tuple[int, ...]


@lru_cache(maxsize=4096)
def _read_days(columns: str, month: YearMonth) -> _Days:
    """Read day columns joined by commas: few patterns fill most rows of a month."""
    calendar = month.days()
    counts: list[tuple[date | None, int]] = []
    not_numbers: list[int] = []
    not_in_month: list[int] = []
    for day, text in enumerate(columns.split(","), 1):
        times = number(text)
        if times and times > 0:
            counts.append((month.day(day), times))
            if day > len(calendar):
                not_in_month.append(day)
        elif text.strip() and times != 0:
            not_numbers.append(day)
    dates = frozenset(day for day, _ in counts if day)
    total = sum(times for _, times in counts)
    return _Days(tuple(counts), dates, total, tuple(not_numbers), tuple(not_in_month))


def _days_of(act: Act, month: YearMonth, findings: Findings) -> _Days:
    days = _read_days(",".join(act.values[_DAYS[act.values[0]]]), month)
    declared = number(act.values[_COUNT])
    if declared != days.total or days.not_numbers or days.not_in_month:
        _note_days(act, days, declared, findings)
    if not days.counts:
        return _Days(((None, 1 if declared is None else declared),), frozenset(), 0, (), ())
    return days


def _note_days(act: Act, days: _Days, declared: int | None, findings: Findings) -> None:
    for code, places in (("UKE-R006", days.not_numbers), ("UKE-R007", days.not_in_month)):
        for day in places:
            findings.add(code, act.line, f"{day}日の情報")
    if declared is None and act.values[_COUNT].strip():
        findings.add("UKE-R006", act.line, _COUNT_JA)
    if declared is not None and days.counts and declared != days.total:
        findings.add("UKE-R008", act.line, _COUNT_JA, declared=declared, counted=days.total)


def _points_of(act: Act, findings: Findings) -> int | None:
    points = number_of(act.values[_POINTS], findings, act.line, _POINTS_JA)
    if points and act.values[_BURDEN] not in BURDEN:
        findings.add("UKE-R012", act.line, _BURDEN_JA)
    return points


def _notes_of(act: Act, row_id: str) -> tuple[Note, ...]:
    """The row's own comments (コメント1..3), then those of the CO rows."""
    values, pairs = act.values, _COMMENTS[row_id]
    if not any(values[pairs[0][0] : pairs[-1][1] + 1]):
        return tuple(act.notes)
    own = [Note(values[text], values[code]) for code, text in pairs if values[code] or values[text]]
    return tuple(own + act.notes)


@lru_cache(maxsize=8192)
def _concept(row_id: str, code: str) -> Concept:
    return Concept((Coding(_SYSTEMS[row_id], code),) if code else ())


def _concept_of(act: Act, findings: Findings) -> Concept:
    code = act.values[_CODE].strip()
    if not code:
        findings.add("UKE-R010", act.line, _IKA[act.values[0]].items[_CODE].ja)
    return _concept(act.values[0], code)


def _procedures(
    act: Act,
    days: DayCounts,
    points: int | None,
    notes: tuple[Note, ...],
    findings: Findings,
) -> list[ActRecord]:
    values = act.values
    concept = _concept_of(act, findings)
    quantity = quantity_of(values[_QUANTITY], findings, act.line, _SI.items[_QUANTITY].ja)
    burden = values[_BURDEN]
    return [
        Procedure(concept, day, act.category, act.unit_no, times, quantity, points, burden, notes)
        for day, times in days
    ]


def _medications(
    act: Act,
    days: DayCounts,
    points: int | None,
    notes: tuple[Note, ...],
    findings: Findings,
) -> list[ActRecord]:
    values = act.values
    concept = _concept_of(act, findings)
    quantity = quantity_of(values[_QUANTITY], findings, act.line, _IY.items[_QUANTITY].ja)
    oral = act.category == ORAL
    return [
        MedicationRequest(
            concept,
            day,
            act.category,
            act.unit_no,
            act.order,
            quantity,
            times if oral else None,
            1 if oral else times,
            points,
            values[_BURDEN],
            derived_from_claim=True,
            notes=notes,
        )
        for day, times in days
    ]


def _devices(
    act: Act,
    days: DayCounts,
    points: int | None,
    notes: tuple[Note, ...],
    findings: Findings,
) -> list[ActRecord]:
    values = act.values
    concept = _concept_of(act, findings)
    if values[_OLD_NAME]:
        concept = Concept(concept.codings, text=values[_OLD_NAME])
    quantity = quantity_of(values[_QUANTITY], findings, act.line, _TO.items[_QUANTITY].ja)
    price = quantity_of(values[_PRICE], findings, act.line, _TO.items[_PRICE].ja)
    unit, product, burden = values[_UNIT], values[_PRODUCT], values[_BURDEN]
    return [
        DeviceUseStatement(
            concept,
            day,
            act.category,
            act.unit_no,
            times,
            quantity,
            unit,
            price,
            product,
            points,
            burden,
            notes,
        )
        for day, times in days
    ]


_Maker = Callable[[Act, DayCounts, int | None, tuple[Note, ...], Findings], list[ActRecord]]
_MAKERS: dict[str, _Maker] = {"SI": _procedures, "IY": _medications, "TO": _devices}
