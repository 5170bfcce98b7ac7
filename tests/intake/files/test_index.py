"""DATA and INDEX of NSIPS: pairs by name whatever the case, only in the folder that is ours."""

from __future__ import annotations

import pytest

from appliance.intake.files.index import SeveralSipsError, pair
from appliance.intake.files.tree import Entry, Mark
from appliance.intake.files.troubles import Trouble

MARK = Mark(1, 2, 3, 4)
NAME = "A22110400002600100000"


def entries(*paths: str) -> list[Entry]:
    return [Entry(path, MARK) for path in paths]


@pytest.mark.parametrize(
    ("data", "index"),
    [
        (f"DATA/{NAME}.txt", f"INDEX/{NAME}.txt"),
        (f"data/{NAME}.txt", f"Index/{NAME.lower()}.TXT"),
        (f"Data/{NAME}.TXT", f"INDEX/{NAME}.dat"),
        (f"SIPS3/DATA/{NAME}.txt", f"sips3/index/{NAME}.txt"),
        (f"nships3/Data/{NAME}.txt", f"nships3/Index/{NAME}.txt"),
    ],
)
def test_a_pair_is_found_whatever_the_letter_case(data: str, index: str) -> None:
    pairs = pair(entries(data, index))
    assert pairs.whole == {data: MARK}
    assert pairs.index_of == {data: index}


def test_halves_are_told_apart() -> None:
    pairs = pair(entries("DATA/A1.txt", "INDEX/A2.txt"))
    assert (pairs.whole, pairs.index_of) == ({}, {})
    assert pairs.without_index == {"DATA/A1.txt": MARK}
    assert pairs.without_data == ["INDEX/A2.txt"]


def test_unknown_siblings_and_what_cannot_be_opened_are_none_of_ours() -> None:
    found = entries(
        "JAHISCZK/A1.txt", "A1.txt", "SIPS3/JAHISCZK/A1.txt", "SIPS3/OLD/DATA/A1.txt", "x/DATA/A1.txt"
    )
    found.append(Entry("DATA/A1.txt", MARK, Trouble.NOT_A_FILE))
    pairs = pair(found)
    assert (pairs.whole, pairs.without_index, pairs.without_data) == ({}, {}, [])


def test_of_several_numbers_none_is_read_until_the_site_says_which() -> None:
    found = entries("SIPS1/DATA/A.txt", "SIPS1/INDEX/A.txt", "SIPS12/DATA/A.txt", "SIPS12/INDEX/A.txt")
    with pytest.raises(SeveralSipsError):
        pair(found)
    assert pair(found, sips=12).index_of == {"SIPS12/DATA/A.txt": "SIPS12/INDEX/A.txt"}
    assert pair(found, sips=2).whole == {}
