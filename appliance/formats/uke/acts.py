"""SI, IY, TO and SS rows to records: one a row and day, with the comments, points and days that its unit gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.act_forms import ActForm
from appliance.formats.uke.tables import BURDEN
from appliance.formats.uke.units import Act, Acts
from appliance.formats.uke.values import number, number_of, quantity_of
from appliance.records.clinical import DeviceUseStatement, MedicationRequest, Procedure
from appliance.records.coding import Coding, Concept, Note
from appliance.records.dates import YearMonth

ActRecord = Procedure | MedicationRequest | DeviceUseStatement
DayCounts = tuple[tuple[date | None, int], ...]

ORAL = "21"
"""診療識別 of 内服, where a day's count is the number of days supplied."""
DENTAL_ORAL = "1"
"""医薬品区分 of 内服 in 歯科, whose 診療識別 21 (入院外) is any drug."""


def build(acts: Acts, month: YearMonth, findings: Findings) -> tuple[list[ActRecord], set[date]]:
    """One record a row and day, and the days; a row without days makes one record without a date."""
    records: list[ActRecord] = []
    all_days: set[date] = set()
    for act in acts.acts:
        days = _days_of(act, month, findings)
        all_days.update(days.dates)
        points, notes = _points_of(act, findings), _notes_of(act)
        records.extend(_MAKERS[act.form.row_id](act, days.counts, points, notes, findings))
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
    days = _read_days(",".join(act.values[act.form.days]), month)
    declared = number(act.values[act.form.count])
    if declared != days.total or days.not_numbers or days.not_in_month:
        _note_days(act, days, declared, findings)
    if not days.counts:
        return _Days(((None, 1 if declared is None else declared),), frozenset(), 0, (), ())
    return days


def _note_days(act: Act, days: _Days, declared: int | None, findings: Findings) -> None:
    for code, places in (("UKE-R006", days.not_numbers), ("UKE-R007", days.not_in_month)):
        for day in places:
            findings.add(code, act.line, f"{day}日の情報")
    count = act.form.count
    if declared is None and act.values[count].strip():
        findings.add("UKE-R006", act.line, act.form.ja(count))
    if declared is not None and days.counts and declared != days.total:
        findings.add("UKE-R008", act.line, act.form.ja(count), declared=declared, counted=days.total)


def _points_of(act: Act, findings: Findings) -> int | None:
    values, form = act.values, act.form
    points = number_of(values[form.points], findings, act.line, form.points_ja)
    if points and values[form.burden] not in BURDEN:
        findings.add("UKE-R012", act.line, form.ja(form.burden))
    return points


def _notes_of(act: Act) -> tuple[Note, ...]:
    """The row's own additions (加算) and comments (コメント1..3), then the comments of the CO rows."""
    values, form = act.values, act.form
    own = _comments(values, form) if form.comments else []
    if form.additions:
        own = _additions(values, form) + own
    return tuple(own + act.notes) if own else tuple(act.notes)


def _comments(values: Sequence[str], form: ActForm) -> list[Note]:
    pairs = form.comments
    if not any(values[pairs[0][0] : pairs[-1][1] + 1]):
        return []
    return [Note(values[text], values[code]) for code, text in pairs if values[code] or values[text]]


def _additions(values: Sequence[str], form: ActForm) -> list[Note]:
    """One note an addition: its code, and its quantity where it has one."""
    return [
        Note(f"加算 {code}" + (f" 数量 {quantity}" if quantity else ""), code)
        for code, quantity in ((values[code].strip(), values[amount]) for code, amount in form.additions)
        if code or quantity
    ]


@lru_cache(maxsize=8192)
def _concept(system: str, code: str) -> Concept:
    return Concept((Coding(system, code),) if code else ())


def _concept_of(act: Act, findings: Findings) -> Concept:
    form = act.form
    code = act.values[form.code].strip()
    if not code:
        findings.add("UKE-R010", act.line, form.ja(form.code))
    return _concept(form.system, code)


def _quantity_of(act: Act, findings: Findings) -> str:
    form = act.form
    return quantity_of(act.values[form.quantity], findings, act.line, form.quantity_ja)


def _procedures(
    act: Act,
    days: DayCounts,
    points: int | None,
    notes: tuple[Note, ...],
    findings: Findings,
) -> list[ActRecord]:
    concept = _concept_of(act, findings)
    quantity = _quantity_of(act, findings)
    burden = act.values[act.form.burden]
    second = act.form.second_quantity
    if second and act.values[second]:
        notes = (Note(f"{act.form.ja(second)} {act.values[second]}"), *notes)
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
    quantity = _quantity_of(act, findings)
    drug_class = act.form.drug_class
    oral = act.category == ORAL if drug_class is None else values[drug_class] == DENTAL_ORAL
    burden = values[act.form.burden]
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
            burden,
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
    values, form = act.values, act.form
    concept = _concept_of(act, findings)
    if form.old_name and values[form.old_name]:
        concept = Concept(concept.codings, text=values[form.old_name])
    quantity = _quantity_of(act, findings)
    price = form.price
    unit_price = quantity_of(values[price], findings, act.line, form.ja(price)) if price else ""
    unit = values[form.unit] if form.unit else ""
    product = values[form.product] if form.product else ""
    burden = values[form.burden]
    return [
        DeviceUseStatement(
            concept,
            day,
            act.category,
            act.unit_no,
            times,
            quantity,
            unit,
            unit_price,
            product,
            points,
            burden,
            notes,
        )
        for day, times in days
    ]


_Maker = Callable[[Act, DayCounts, int | None, tuple[Note, ...], Findings], list[ActRecord]]
_MAKERS: dict[str, _Maker] = {"SS": _procedures, "SI": _procedures, "IY": _medications, "TO": _devices}
