"""Editions to validity: what holds from when to when, as full and difference files follow one another."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.codes.building import build
from appliance.codes.entries import Disease, Drug, Entry, Modifier, Package, Standing, pick
from appliance.codes.errors import MasterRefusedError
from appliance.codes.reading import Edition, read_edition
from appliance.codes.unpacking import unpack
from tests.codes.made import (
    ACT,
    ALIVE,
    DISEASE,
    DRUG,
    MODIFIER,
    change,
    csv_bytes,
    package,
    row,
    standard_disease,
    standard_modifier,
)

CODE = "620000001"


def edition(name: str, *rows: list[str]) -> Edition:
    (text,) = unpack(name, csv_bytes(*rows))
    made = read_edition(text)
    assert made is not None
    return made


def full(day: str, *rows: list[str]) -> Edition:
    return edition(f"y_ALL{day}.csv", *rows)


def difference(day: str, *rows: list[str]) -> Edition:
    return edition(f"y_{day}.csv", *rows)


def spans(
    *editions: Edition, kind: type[Entry] = Drug, code: str = CODE
) -> list[tuple[str, date | None, date | None]]:
    """Name, first and last day of each entry of a code."""
    entries = build(editions).entries.get(kind, ())
    return [(entry.name, entry.valid_from, entry.valid_to) for entry in entries if entry.code == code]


OLD = row(DRUG, CODE, "架空錠", changed="20240401", yakka_code="1111001F1011")
OTHERS = [row(DRUG, f"62000010{n}", f"他の錠{n}", changed="20240401") for n in range(9)]


def test_a_code_is_valid_always_although_it_was_changed_lately() -> None:
    assert spans(full("20240321", OLD)) == [("架空錠", None, None)]


def test_a_code_begins_on_its_day_of_listing() -> None:
    assert spans(full("20240321", row(DRUG, CODE, "新薬", listed="20240315", changed="20240401"))) == [
        ("新薬", date(2024, 3, 15), None)
    ]


def test_where_a_master_has_no_day_of_listing_a_new_row_begins_on_its_change_and_others_always() -> None:
    acts = (
        row(ACT, "112000001", "新設の行為", change="3", changed="20240601"),
        row(ACT, "112000002", "前からの行為", changed="20240601"),
    )
    made = edition("s_ALL20240531.csv", *acts)
    assert [(one.name, one.valid_from) for one in build([made]).entries[ACT.entry]] == [
        ("新設の行為", date(2024, 6, 1)),
        ("前からの行為", None),
    ]
    narrow = row(DRUG, CODE, "新薬", change="3", changed="20220401")[:35]
    old = row(DRUG, "620000002", "古い薬")[:35]
    assert spans(full("20220401", narrow, old)) == [("新薬", date(2022, 4, 1), None)]


def test_a_code_ends_on_the_day_of_its_abolition() -> None:
    gone = row(DRUG, CODE, "架空錠", change="9", abolished="20250331")
    assert spans(full("20240321", gone, OTHERS[0])) == [("架空錠", None, date(2025, 3, 31))]


def test_a_difference_file_ends_a_code_with_nothing_but_the_day() -> None:
    made = spans(full("20240321", OLD), difference("20250813", change(DRUG, CODE, "9", abolished="20250813")))
    assert made == [("架空錠", None, date(2025, 8, 13))]


def test_a_difference_file_changes_only_what_it_fills_and_from_its_day_on() -> None:
    changed = change(DRUG, CODE, changed="20250814", generic_name="【般】架空錠")
    entries = [
        entry
        for entry in build([full("20240321", OLD), difference("20250813", changed)]).entries[Drug]
        if isinstance(entry, Drug)
    ]
    assert [
        (one.valid_from, one.valid_to, one.name, one.yakka_code, one.generic_name) for one in entries
    ] == [
        (None, date(2025, 8, 13), "架空錠", "1111001F1011", ""),
        (date(2025, 8, 14), None, "架空錠", "1111001F1011", "【般】架空錠"),
    ]


def test_editions_are_applied_by_their_dates_in_whatever_order_they_are_given() -> None:
    editions = [
        full("20240321", OLD),
        difference("20250813", change(DRUG, CODE, changed="20250814", name="改名錠")),
    ]
    assert spans(*editions) == spans(*reversed(editions))


def test_a_change_of_something_that_is_not_used_makes_no_new_entry() -> None:
    assert spans(full("20240321", OLD), difference("20250813", change(DRUG, CODE, changed="20250814"))) == [
        ("架空錠", None, None)
    ]


def test_a_new_code_of_a_difference_file_begins_on_its_listing() -> None:
    new = row(DRUG, "620000002", "新薬", change="3", listed="20250814", changed="20250814")
    assert spans(full("20240321", OLD), difference("20250813", new), code="620000002") == [
        ("新薬", date(2025, 8, 14), None)
    ]


def test_a_change_of_a_code_that_no_edition_describes_is_counted_and_left_out() -> None:
    masters = build(
        [full("20240321", OLD), difference("20250813", change(DRUG, "629999999", changed="20250814"))]
    )
    assert masters.orphans == {"y_20250813.csv": 1}
    assert {entry.code for entry in masters.entries[Drug]} == {CODE}


def test_a_code_that_a_later_full_edition_lacks_ended_before_it() -> None:
    made = spans(full("20240321", OLD, *OTHERS), full("20250321", *OTHERS))
    assert made == [("架空錠", None, date(2025, 3, 20))]


def test_a_code_that_comes_back_holds_again_from_then_on() -> None:
    made = spans(
        full("20240321", OLD, *OTHERS),
        full("20250321", *OTHERS),
        full(
            "20260321",
            row(DRUG, CODE, "架空錠", change="2", changed="20260401", yakka_code="1111001F1011"),
            *OTHERS,
        ),
    )
    assert made == [("架空錠", None, date(2025, 3, 20)), ("架空錠", date(2026, 4, 1), None)]


def test_an_announced_end_that_is_taken_back_is_forgotten() -> None:
    ending = row(DRUG, CODE, "架空錠", change="5", changed="20240401", abolished="20260331")
    made = spans(full("20240321", ending, *OTHERS), full("20250321", row(DRUG, CODE, "架空錠"), *OTHERS))
    assert made == [("架空錠", None, None)]


def test_an_erased_code_ends_the_day_before() -> None:
    made = spans(full("20240321", OLD), difference("20250401", change(DRUG, CODE, "1", changed="20250401")))
    assert made == [("架空錠", None, date(2025, 3, 31))]


def test_a_correction_without_a_day_of_its_own_holds_from_its_edition() -> None:
    modifiers = [row(MODIFIER, "2056", "右"), row(MODIFIER, "2056", "右側")]
    editions = [
        edition(f"z_{day}.txt", cells) for day, cells in zip(("20250101", "20250601"), modifiers, strict=True)
    ]
    assert spans(*editions, kind=Modifier, code="2056") == [
        ("右", None, date(2025, 5, 31)),
        ("右側", date(2025, 6, 1), None),
    ]


def test_a_full_edition_that_lacks_too_much_of_the_one_before_is_refused() -> None:
    with pytest.raises(MasterRefusedError, match="途中で切れて") as refused:
        build([full("20240321", OLD, *OTHERS), full("20250321", OLD, *OTHERS[:6])])
    assert refused.value.name == "y_ALL20250321.csv"


def test_old_diseases_stand_beside_the_living_ones() -> None:
    living = edition("b_20240601.txt", row(DISEASE, "1000001", "生きた病名"))
    old = edition("hb_20240601.txt", row(DISEASE, "1000009", "旧病名", change="9", abolished="20100331"))
    both = (living, old)
    assert spans(*both, kind=Disease, code="1000001") == [("生きた病名", None, None)]
    assert spans(*both, kind=Disease, code="1000009") == [("旧病名", None, date(2010, 3, 31))]


def test_the_medis_master_adds_what_the_receipt_master_has_not() -> None:
    receipt = edition("b_20240601.txt", row(DISEASE, "1000001", "請求の名", management_no="20000001"))
    medis = edition(
        "nmain518.txt",
        standard_disease("20000001", "標準の名", "1000001"),
        standard_disease("20000002", "標準だけの名", "1000002", icd10="Z000"),
        standard_disease("20000003", "請求できない名"),
    )
    diseases = build([receipt, medis]).entries[Disease]
    assert [(one.code, one.name) for one in diseases] == [
        ("1000001", "請求の名"),
        ("1000002", "標準だけの名"),
        ("", "請求できない名"),
    ]
    alone = build([edition("mdfy518.txt", standard_modifier("27000001", "架空の", "2056"))])
    assert [(one.code, one.name) for one in alone.entries[Modifier]] == [("2056", "架空の")]


def test_of_a_master_without_changes_the_newest_edition_says_everything() -> None:
    older = edition(
        "MEDIS20240630.TXT", package("1000001010101", "前の名"), package("1000001010102", "前だけ")
    )
    newer = edition("MEDIS20250630.TXT", package("1000001010101", "今の名"))
    packages = build([newer, older]).entries[Package]
    assert [(one.code, one.name) for one in packages] == [("1000001010101", "今の名")]
    assert isinstance(packages[0], Package)
    assert packages[0].hot9 == "100000101"


VERSIONS = (
    Drug("1", date(2024, 1, 1), date(2024, 12, 31), "甲"),
    Drug("1", date(2025, 1, 1), date(2025, 6, 30), "乙"),
    Drug("1", date(2026, 1, 1), None, "丙"),
)


@pytest.mark.parametrize(
    ("day", "name", "standing", "since", "until"),
    [
        (date(2023, 5, 1), "甲", Standing.LATER, date.min, date(2023, 12, 31)),
        (date(2024, 1, 1), "甲", Standing.VALID, date(2024, 1, 1), date(2024, 12, 31)),
        (date(2025, 6, 30), "乙", Standing.VALID, date(2025, 1, 1), date(2025, 6, 30)),
        (date(2025, 7, 1), "乙", Standing.ABOLISHED, date(2025, 7, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), "丙", Standing.VALID, date(2026, 1, 1), date.max),
    ],
)
def test_the_entry_for_a_day_is_picked_with_the_span_it_speaks_for(
    day: date, name: str, standing: Standing, since: date, until: date
) -> None:
    picked = pick(VERSIONS, day)
    assert (picked.entry.name, picked.standing, picked.since, picked.until) == (name, standing, since, until)
    assert picked.entry.standing(day) is standing


ROWS = st.builds(
    lambda kind, day, name, end: row(
        DRUG, CODE, name, change=kind, changed=f"202{day:03d}01"[:4] + f"{day % 12 + 1:02d}01", abolished=end
    ),
    st.sampled_from("01235"),
    st.integers(0, 400),
    st.sampled_from(["甲錠", "乙錠"]),
    st.sampled_from([ALIVE, ALIVE, "20241231", "20260331"]),
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["20240321", "20240901", "20250321", "20260101"]), ROWS), max_size=6)
)
def test_entries_of_a_code_never_overlap_whatever_the_editions_say(
    steps: list[tuple[str, list[str]]],
) -> None:
    editions = [full(day, cells, *OTHERS) for day, cells in steps]
    entries = [entry for entry in build(editions).entries.get(Drug, ()) if entry.code == CODE]
    for before, after in pairwise(entries):
        assert before.valid_to is not None
        assert after.valid_from is not None
        assert before.valid_to < after.valid_from
