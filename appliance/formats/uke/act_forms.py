"""Where SI, IY, TO and 歯科's SS rows hold what: the same things stand in other places from one claim type to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from appliance.formats.uke.layout import RowLayout, layouts
from appliance.records.coding import CodeSystem

_SYSTEMS = {
    "SS": CodeSystem.RECEIPT_DENTAL,
    "SI": CodeSystem.RECEIPT_PROCEDURE,
    "IY": CodeSystem.RECEIPT_DRUG,
    "TO": CodeSystem.RECEIPT_MATERIAL,
}
_CODES = ("procedure_code", "drug_code", "material_code")


@dataclass(frozen=True, slots=True)
class ActForm:
    """One kind of act row: positions of its items. What its layout does not have is None or empty.

    `old_name` is 旧 特定器材名称, of uncoded materials before the item became 予備. `additions` are 加算コード with their
    数量データ.
    """

    row_id: str
    layout: RowLayout
    system: CodeSystem
    code: int
    burden: int
    quantity: int
    points: int
    count: int
    quantity_ja: str
    points_ja: str
    days: slice
    comments: tuple[tuple[int, int], ...]
    additions: tuple[tuple[int, int], ...]
    unit: int | None
    price: int | None
    product: int | None
    old_name: int | None
    drug_class: int | None
    second_quantity: int | None

    def ja(self, position: int) -> str:
        """What the specification calls an item."""
        return self.layout.items[position].ja


@lru_cache(maxsize=8)
def act_forms(table: str) -> Mapping[str, ActForm]:
    """The act rows of a claim type by their identifier."""
    rows = layouts(table)
    return {row_id: _form(rows[row_id], table) for row_id in _SYSTEMS if row_id in rows}


def _form(layout: RowLayout, table: str) -> ActForm:
    code = layout.find(*_CODES)
    quantity = layout.find("quantity", "quantity1")
    if code is None or quantity is None:
        raise KeyError(layout.row_id)
    named_in_reserve = table != "shika" and layout.row_id == "TO"
    return ActForm(
        row_id=layout.row_id,
        layout=layout,
        system=_SYSTEMS[layout.row_id],
        code=code.position,
        burden=layout["burden_type"],
        quantity=quantity.position,
        points=layout["points"],
        count=layout["count"],
        quantity_ja=quantity.ja,
        points_ja=layout.item("points").ja,
        days=layout.span("day_1", "day_31"),
        comments=_pairs(layout, "comment{n}_code", "comment{n}_text"),
        additions=_pairs(layout, "addition{n}_code", "addition{n}_quantity"),
        unit=_place(layout, "unit_code"),
        price=_place(layout, "unit_price"),
        product=_place(layout, "product_name_spec"),
        old_name=layout["reserved1"] if named_in_reserve else None,
        drug_class=_place(layout, "drug_class"),
        second_quantity=_place(layout, "quantity2"),
    )


def _place(layout: RowLayout, name: str) -> int | None:
    item = layout.find(name)
    return item.position if item else None


def _pairs(layout: RowLayout, code: str, text: str) -> tuple[tuple[int, int], ...]:
    found = []
    number = 1
    while (item := layout.find(code.format(n=number))) is not None:
        found.append((item.position, layout[text.format(n=number)]))
        number += 1
    return tuple(found)
