"""Rows against their layouts: what is recognised, what is refused and on which line."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.codes.errors import MasterRefusedError
from appliance.codes.layouts import Master
from appliance.codes.reading import Edition, read_edition
from appliance.codes.recognition import date_in, looks_like_a_master
from appliance.codes.unpacking import MasterText, unpack
from tests.codes.made import (
    COMMENT,
    DISEASE,
    DRUG,
    HOT_HEADINGS,
    MATERIAL,
    change,
    csv_bytes,
    masters,
    package,
    row,
)

GOOD = row(DISEASE, "1000001", "架空病")


def read(data: bytes, name: str = "any.csv") -> Edition | None:
    (text,) = unpack(name, data)
    return read_edition(text)


def refused(data: bytes, name: str = "any.csv") -> MasterRefusedError:
    with pytest.raises(MasterRefusedError) as error:
        read(data, name)
    return error.value


MASTERS = {
    "b_20240601.txt": Master.DISEASE,
    "z_20240601.txt": Master.MODIFIER,
    "s_ALL20240531.csv": Master.ACT,
    "y_ALL20240321.csv": Master.DRUG,
    "t_ALL20250228.csv": Master.MATERIAL,
    "c_ALL20250307.csv": Master.COMMENT,
    "MEDIS20250630_HOT9.TXT": Master.HOT9,
    "MEDIS20250630.TXT": Master.HOT13,
    "nmain518.txt": Master.STANDARD_DISEASE,
    "mdfy518.txt": Master.STANDARD_MODIFIER,
    "jlac.csv": Master.TEST,
    "jami_usage.csv": Master.USAGE,
    "taiou.csv": Master.LINK,
}


@pytest.mark.parametrize(("name", "master"), MASTERS.items())
def test_each_master_is_known_by_its_columns_whatever_its_name(name: str, master: Master) -> None:
    edition = read(masters()[name], "download(3).csv")
    assert edition is not None
    assert edition.layout.master is master


def test_all_made_up_masters_are_among_these() -> None:
    assert masters().keys() == MASTERS.keys()


@pytest.mark.parametrize("width", [35, 40, 42, 44])
def test_the_drug_master_is_read_in_every_width_it_has_had_and_in_a_wider_one(width: int) -> None:
    cells = row(DRUG, "620000001", "架空錠", yakka_code="1111001F1011", width=width) if width >= 38 else None
    if cells is None:
        cells = row(DRUG, "620000001", "架空錠", yakka_code="1111001F1011")[:width]
    edition = read(csv_bytes(cells))
    assert edition is not None
    assert (edition.width, edition.rows[0].fields[0]) == (width, "架空錠")


def test_the_material_master_of_37_columns_is_read() -> None:
    edition = read(csv_bytes(row(MATERIAL, "710000001", "架空材料")[:37]))
    assert edition is not None
    assert edition.width == 37


def test_a_full_file_has_unchanged_rows_and_a_difference_file_has_none() -> None:
    full, difference = read(csv_bytes(GOOD)), read(csv_bytes(change(DISEASE, "1000001", name="架空病２")))
    assert full is not None
    assert difference is not None
    assert (full.full, difference.full) == (True, False)


def test_a_file_of_old_codes_only_is_no_full_file() -> None:
    old = read(csv_bytes(row(DISEASE, "1000009", "旧病名", abolished="20100331")), "hb_20240601.txt")
    assert old is not None
    assert not old.full


def test_the_edition_is_dated_by_its_name_else_by_its_rows() -> None:
    rows = csv_bytes(row(DISEASE, "1000001", "架空病", changed="20240601"))
    for name, dated in (("b_20240701.txt", date(2024, 7, 1)), ("masters.csv", date(2024, 6, 1))):
        edition = read(rows, name)
        assert edition is not None
        assert edition.dated == dated


def test_dates_in_names_are_found_innermost_first() -> None:
    assert date_in("y_20240322.zip/y_ALL20240321.csv") == date(2024, 3, 21)
    assert date_in("y_20240322.zip/y.csv") == date(2024, 3, 22)
    assert date_in("y_20241399.csv") is None


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ([GOOD, GOOD[:45]], 2),
        ([GOOD[:45], GOOD[:45]], 1),
        ([GOOD, row(DISEASE, "1000002", "架空病", change="7")], 2),
        ([GOOD, row(DISEASE, "10000X2", "架空病")], 2),
        ([GOOD, row(DISEASE, "1000002", "")], 2),
        ([GOOD, row(DISEASE, "1000002", "架空病", abolished="20241332")], 2),
        ([GOOD, row(DISEASE, "1000001", "別の架空病")], 2),
        ([GOOD, GOOD, row(DISEASE, "1000003", "架空病", listed="yesterday")], 3),
    ],
    ids=["too narrow", "all too narrow", "変更区分", "code", "no name", "abolished", "twice", "listed"],
)
def test_a_bad_row_is_refused_with_its_line(bad: list[list[str]], line: int) -> None:
    error = refused(csv_bytes(*bad), "b_20240601.txt")
    assert (error.name, error.line) == ("b_20240601.txt", line)
    assert f"{line} 行目" in error.ja


def test_a_row_of_another_master_is_refused() -> None:
    assert refused(csv_bytes(GOOD, GOOD, [*GOOD[:1], "Z", *GOOD[2:]])).line == 3


def test_the_same_row_twice_is_taken_once_more_without_harm() -> None:
    edition = read(csv_bytes(GOOD, GOOD))
    assert edition is not None
    assert {one.key for one in edition.rows} == {"1000001"}


def test_an_open_quote_is_refused_with_the_line_it_begins_in() -> None:
    data = csv_bytes(GOOD) + b'"0","B","1000002\r\n'
    assert refused(data).line == 2


def test_a_file_that_is_named_as_a_master_and_is_none_is_refused_and_any_other_is_passed_over() -> None:
    text = "これは、マスターではない\r\nただの文章\r\n".encode("cp932")
    assert read(text, "readme.txt") is None
    assert refused(text, "b_20240601.txt").line == 1


def test_headings_alone_are_no_master() -> None:
    assert (
        read(csv_bytes(["変更区分", "マスター種別", "医薬品コード"], encoding="utf-8"), "y_header.csv")
        is None
    )
    assert read(csv_bytes(HOT_HEADINGS), "MEDIS20250630.TXT") is None


def test_names_of_masters_are_known() -> None:
    for name in ("b_20240601.txt", "hb_20240601.txt", "y.zip/y_ALL20240321.csv", "s_20250307.csv"):
        assert looks_like_a_master(name)
    for name in ("readme.txt", "y_header.csv", "h_ALL20240531.csv"):
        assert not looks_like_a_master(name)


def test_a_drug_without_receipt_code_has_none_though_the_master_fills_it() -> None:
    edition = read(csv_bytes(HOT_HEADINGS, package("100000101", "薬", receipt_code="666666666")))
    assert edition is not None
    assert edition.rows[0].fields[list(edition.layout.columns).index("receipt_code")] == ""


def test_a_hot_master_without_headings_is_read_too() -> None:
    edition = read(csv_bytes(package("100000101", "薬")))
    assert edition is not None
    assert edition.layout.master is Master.HOT9


def test_the_comment_master_may_have_a_comment_without_words() -> None:
    assert read(csv_bytes(row(COMMENT, "810000001", "", pattern="10"))) is not None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_refused_or_passed_over(text: str) -> None:
    with suppress(MasterRefusedError):
        read_edition(MasterText("x.csv", text, "utf-8"))


@settings(deadline=None)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_a_master_with_damaged_bytes_is_read_refused_or_passed_over(place: int, damage: bytes) -> None:
    whole = masters()["b_20240601.txt"]
    data = whole[:place] + damage + whole[place + len(damage) :]
    with suppress(MasterRefusedError):
        for text in unpack("b_20240601.txt", data):
            read_edition(text)


def test_every_cut_of_a_master_inside_its_rows_is_refused() -> None:
    whole = masters()["y_ALL20240321.csv"]
    ends = {place for place in range(len(whole)) if whole[:place].endswith(b"\n")}
    for place in range(1, len(whole), 7):
        if place in ends or place + 1 in ends:
            continue
        with pytest.raises(MasterRefusedError):
            read(whole[:place], "y_ALL20240321.csv")
