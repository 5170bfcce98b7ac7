"""What a pharmacy did beside handing over drugs: the fees of CZ and KI rows, each an act on its day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_types import CHOZAI
from appliance.formats.uke.layout import Item, RowLayout
from appliance.formats.uke.units import Row
from appliance.formats.uke.values import date_of, number_of
from appliance.records.clinical import Procedure
from appliance.records.coding import CodeSystem, Coding, Concept, Note

_CODE, _BURDEN, _POINTS, _COUNT = "_code", "_burden", "_points", "_count"


@dataclass(frozen=True, slots=True)
class _Fee:
    """Where one fee of a row stands: its code, who bears it, its points, how often (KI only)."""

    code: Item
    burden: Item
    points: Item
    count: Item | None


def _fees(layout: RowLayout) -> tuple[_Fee, ...]:
    """Every item `x_code` of a row that has `x_burden` and `x_points` beside it."""
    found = []
    for code in layout.items:
        fee = code.name.removesuffix(_CODE)
        burden, points = layout.find(fee + _BURDEN), layout.find(fee + _POINTS)
        if code.name.endswith(_CODE) and burden and points:
            found.append(_Fee(code, burden, points, layout.find(fee + _COUNT)))
    return tuple(found)


_ROWS: Mapping[str, tuple[Item, tuple[_Fee, ...]]] = MappingProxyType(
    {
        row_id: (CHOZAI.layouts[row_id].item(day), _fees(CHOZAI.layouts[row_id]))
        for row_id, day in (("CZ", "dispensed_date"), ("KI", "calc_date"))
    }
)


def read_fees(rows: Sequence[Row], findings: Findings) -> Iterator[Procedure]:
    """One act a fee that is charged by a code, dated as its row; the unit is the row's ordinal among those with fees."""
    unit = 0
    for line, values in rows:
        if values[0] not in _ROWS:
            continue
        unit += 1
        when, fees = _ROWS[values[0]]
        day = date_of(values[when.position], findings, line, when.ja)
        for fee in fees:
            code = values[fee.code.position].strip()
            if code:
                times = _number(values, fee.count, line, findings)
                yield Procedure(
                    Concept((Coding(CodeSystem.RECEIPT_DISPENSING_ACT, code),)),
                    day,
                    unit_no=unit,
                    times=1 if times is None else times,
                    points=_number(values, fee.points, line, findings),
                    burden=values[fee.burden.position],
                    notes=(Note(fee.code.ja.removesuffix("コード").rstrip("・")),),
                )


def _number(values: Sequence[str], item: Item | None, line: int, findings: Findings) -> int | None:
    return number_of(values[item.position], findings, line, item.ja) if item else None
