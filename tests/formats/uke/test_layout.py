import json
from pathlib import Path

import pytest

from appliance.formats.uke.layout import Mode, RowLayout, layouts

TABLES = ["ika", "dpc", "shika", "chozai", "envelope"]


@pytest.mark.parametrize("claim_type", TABLES)
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


@pytest.mark.parametrize(
    ("claim_type", "row_id", "width"),
    [
        ("dpc", "RE", 30), ("dpc", "HO", 16), ("dpc", "BU", 6), ("dpc", "SB", 8), ("dpc", "CD", 11),
        ("shika", "UK", 10), ("shika", "IR", 9), ("shika", "RE", 27), ("shika", "HS", 13), ("shika", "SS", 109), ("shika", "TO", 45),
        ("chozai", "YK", 9), ("chozai", "RE", 42), ("chozai", "SH", 10), ("chozai", "CZ", 71), ("chozai", "KI", 114),
    ],
)  # fmt: skip
def test_rows_of_the_other_claim_types_have_their_width(claim_type: str, row_id: str, width: int):
    assert layouts(claim_type)[row_id].width == width


def test_a_series_of_items_may_stand_in_steps():
    dental = layouts("shika")["SS"]
    assert (dental["addition1_code"], dental["addition1_quantity"], dental["addition35_code"]) == (6, 7, 74)
    fees = layouts("chozai")["KI"]
    assert (fees["mgmt2_code"], fees["base_addition10_points"]) == (12, 108)


def test_rows_as_in_ika_are_the_same_rows():
    assert layouts("dpc")["SY"] is layouts("ika")["SY"]
    assert layouts("chozai")["GO"] is layouts("ika")["GO"]


def test_an_item_is_found_by_any_of_its_names():
    assert layouts("chozai")["YK"].find("facility_code", "pharmacy_code").position == 4
    assert layouts("shika")["IR"].find("volume_id") is None


@pytest.mark.parametrize("claim_type", TABLES)
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
