import json
from pathlib import Path

import pytest

from appliance.formats.uke.layout import Mode, RowLayout, layouts


@pytest.mark.parametrize("claim_type", ["ika", "envelope"])
def test_the_tables_hold_every_item_of_the_reference(claim_type: str, shared: Path):
    reference = json.loads((shared / "reference" / "uke" / "layout.json").read_text(encoding="utf-8"))[
        claim_type
    ]
    ours = layouts(claim_type)
    assert set(ours) == set(reference)
    for row_id, items in reference.items():
        written = [(i["idx"], i["en"], i["mode"], i["bytes"], i["fixed"], i["req"]) for i in items]
        read = [
            (i.position, i.name, i.mode.value, i.max_bytes, i.fixed, i.requirement)
            for i in ours[row_id].items
        ]
        assert read == written


@pytest.mark.parametrize(
    ("row_id", "width"),
    [
        ("IR", 10), ("RE", 38), ("HO", 15), ("KO", 12), ("KH", 2), ("SN", 9), ("JD", 33), ("MF", 33), ("GR", 3), ("SY", 8),
        ("SI", 44), ("IY", 44), ("TO", 48), ("CO", 5), ("NI", 32), ("SJ", 3), ("TI", 10), ("TR", 18), ("TS", 5), ("GO", 4),
    ],
)  # fmt: skip
def test_every_row_of_ika_has_its_width(row_id: str, width: int):
    assert layouts("ika")[row_id].width == width


@pytest.mark.parametrize("claim_type", ["ika", "envelope"])
def test_positions_run_from_nought_without_a_gap(claim_type: str):
    for layout in layouts(claim_type).values():
        assert [item.position for item in layout.items] == list(range(layout.width))
        assert len({item.name for item in layout.items}) == layout.width
        assert layout.items[0].ja == "レコード識別情報"


def test_items_are_found_by_name():
    procedure: RowLayout = layouts("ika")["SI"]
    assert procedure["procedure_code"] == 3
    assert procedure.item("day_31").ja == "31日の情報"
    assert procedure.item("comment3_text").mode is Mode.KANJI
    assert procedure.span("day_1", "day_31") == slice(13, 44)
