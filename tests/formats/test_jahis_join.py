"""The three ways of splitting: parts with 911, symbols of a structured append, bare fragments."""

from functools import reduce
from itertools import pairwise, permutations
from operator import xor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.jahis_join import JoinKind, JoinResult, Symbol, join_fragments, join_symbols
from appliance.formats.jahis_rx.reader import read_prescription
from appliance.formats.jahis_tc.reader import read_notebook
from appliance.formats.uke.rows import read_source, serialise
from appliance.limits import FRAGMENTS_MAX
from appliance.records.finding import Severity

NOTEBOOK = """\
JAHISTC08,1
1,架空　花子,2,19750101,,,,,,,ｶｸｳ ﾊﾅｺ
5,20260310,1
11,架空薬局,13,4,1234567,,,,1
51,架空医院,13,1,7654321,1
201,1,架空錠5mg,3,錠,2,620004992,1
301,1,毎食後,5,日分,1,1,,1
201,2,別の散,1.5,ｇ,2,620008284,1
281,2,かぜのとき,1
301,2,朝夕食後,5,日分,1,1,,1
""".replace("\n", "\r\n").encode("cp932")
PRESCRIPTION = """\
JAHIS11
1,1,1234567,13,架空医院
5,,,架空　医師
11,,架空　太郎,ｶｸｳ ﾀﾛｳ
12,1
13,19600606
22,06132013
23,１２,３４５,1,
51,20260513
101,1,1,,14
111,1,1,,毎食後,3
201,1,1,1,1,,架空錠,3,1,錠
\x1a""".replace("\n", "\r\n").encode("cp932")


def cut(data: bytes, *places: int) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(places), len(data)])]


def codes(result: JoinResult) -> set[str]:
    return {finding.code for finding in result.findings}


def part(number: int, total: int, *rows: str, data_id: str = "12345678901234") -> bytes:
    return "".join(f"{row}\r\n" for row in ("JAHISTC08,1", *rows, f"911,{data_id},{total},{number}")).encode(
        "cp932"
    )


def split_by_records(total: int) -> list[bytes]:
    rows = NOTEBOOK.decode("cp932").split("\r\n")[1:-1]
    size = -(-len(rows) // total)
    pieces = [rows[start : start + size] for start in range(0, len(rows), size)]
    return [part(number, total, *piece) for number, piece in enumerate(pieces, 1)]


# --- by records


def test_the_sample_pair_joins_in_any_order_and_is_the_whole_example(shared: Path):
    folder = shared / "samples" / "jahis" / "tc"
    parts = [(folder / f"tc08_split-part-{number}.utf8.txt").read_bytes() for number in (1, 2)]
    (whole,) = read_notebook((folder / "tc08_example-04.utf8.txt").read_bytes()).documents
    without_leftovers = [r for r in whole.records if "残薬あり" not in getattr(r, "text", "")]
    for order in (parts, parts[::-1]):
        result = join_fragments(order)
        assert (result.kind, result.findings) == (JoinKind.RECORDS, ())
        joined = read_notebook(result.data or b"")
        (document,) = joined.documents
        assert list(document.records) == without_leftovers
        assert (document.key, joined.has_errors) == (whole.key, False)


def test_parts_join_in_every_order():
    parts = split_by_records(3)
    assert {join_fragments(order).data for order in permutations(parts)} == {NOTEBOOK}


def test_a_part_read_twice_is_used_once():
    first, second = split_by_records(2)
    result = join_fragments([first, second, first])
    assert (result.data, codes(result)) == (NOTEBOOK, {"JOIN-005"})


def test_the_last_rows_of_parts_may_lack_their_line_end():
    parts = [one.rstrip(b"\r\n") + b"\x1a" for one in split_by_records(2)]
    assert join_fragments(parts).data == NOTEBOOK


def test_missing_parts_are_named():
    result = join_fragments(split_by_records(3)[1:2])
    assert result.data is None
    (finding,) = result.findings
    assert (finding.code, finding.severity) == ("JOIN-002", Severity.ERROR)
    assert "1、3 個目" in finding.text


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (part(2, 2, "501,備考,1", data_id="99999999999999"), "JOIN-003"),
        (part(2, 3, "501,備考,1"), "JOIN-003"),
        (part(1, 2, "501,備考,1"), "JOIN-004"),
        ("JAHISTC08,1\r\n501,備考,1\r\n911,12345678901234,2,2\r\n".encode(), "JOIN-010"),
    ],
)
def test_parts_that_do_not_belong_together_are_not_joined(other: bytes, code: str):
    first, _ = split_by_records(2)
    result = join_fragments([first, other])
    assert (result.data, codes(result)) == (None, {code})


def test_parts_counted_in_the_header_are_joined_by_that_count():
    rows = NOTEBOOK.decode("cp932").split("\r\n")[1:-1]
    parts = [
        "".join(f"{row}\r\n" for row in (f"JAHISTC04,{number}", *piece)).encode("cp932")
        for number, piece in enumerate((rows[:4], rows[4:6], rows[6:]), 1)
    ]
    assert {join_fragments(order).data for order in permutations(parts)} == {
        NOTEBOOK.replace(b"JAHISTC08,1", b"JAHISTC04,1")
    }


# --- by symbols


def symbols(data: bytes, *places: int) -> list[Symbol]:
    pieces = cut(data, *places)
    parity = reduce(xor, data, 0)
    return [Symbol(index, len(pieces), parity, piece) for index, piece in enumerate(pieces)]


@given(st.data())
def test_symbols_cut_anywhere_join_to_the_same_bytes_in_any_order(data: st.DataObject):
    whole = data.draw(st.sampled_from([NOTEBOOK, PRESCRIPTION]))
    places = data.draw(st.lists(st.integers(1, len(whole) - 1), min_size=1, max_size=15, unique=True))
    result = join_symbols(data.draw(st.permutations(symbols(whole, *places))))
    assert (result.data, result.kind, result.findings) == (whole, JoinKind.SYMBOLS, ())


def test_a_symbol_read_twice_is_used_once():
    read = symbols(PRESCRIPTION, 90, 151)
    assert join_symbols([*read, read[1]]).data == PRESCRIPTION


def test_a_missing_symbol_is_named():
    result = join_symbols(symbols(PRESCRIPTION, 90, 151)[:2])
    assert result.data is None
    assert "全 3 個のうち 3 個目" in result.findings[0].text


def test_a_misread_symbol_fails_its_parity():
    first, second = symbols(PRESCRIPTION, 90)
    wrong = Symbol(1, 2, second.parity, second.data.replace(b"14", b"15"))
    result = join_symbols([first, wrong])
    assert (result.data, codes(result)) == (None, {"JOIN-006"})


def test_symbols_of_two_prescriptions_are_not_mixed():
    result = join_symbols([symbols(PRESCRIPTION, 90)[0], symbols(NOTEBOOK, 90)[1]])
    assert (result.data, codes(result)) == (None, {"JOIN-003"})


def test_two_symbols_of_one_index_are_not_chosen_between():
    first, second = symbols(PRESCRIPTION, 90)
    result = join_symbols([first, second, Symbol(1, 2, second.parity, b"201,1,1")])
    assert (result.data, codes(result)) == (None, {"JOIN-004"})


def test_no_symbols_are_nothing():
    assert codes(join_symbols([])) == {"JOIN-001"}


# --- bare fragments


@given(st.data())
def test_fragments_in_the_order_of_scanning_join_to_the_same_bytes(data: st.DataObject):
    whole = data.draw(st.sampled_from([NOTEBOOK, PRESCRIPTION]))
    places = data.draw(st.lists(st.integers(12, len(whole) - 1), min_size=1, max_size=8, unique=True))
    assert join_fragments(cut(whole, *places)).data == whole


@pytest.mark.parametrize("whole", [NOTEBOOK, PRESCRIPTION])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_fragments_out_of_order_are_put_in_the_only_order_that_makes_sense(whole: bytes, count: int):
    size = len(whole) // count + 1
    fragments = cut(whole, *range(size, len(whole), size))
    for order in permutations(fragments):
        result = join_fragments(order)
        assert result.data == whole
        assert codes(result) == (set() if list(order) == fragments else {"JOIN-008"})


def test_fragments_with_one_missing_are_refused():
    fragments = cut(NOTEBOOK, 80, 160, 240)
    for missing in range(1, 3):
        result = join_fragments(fragments[:missing] + fragments[missing + 1 :])
        assert (result.data, codes(result)) == (None, {"JOIN-007"})


def test_fragments_of_two_files_are_not_mixed():
    assert codes(join_fragments([*cut(NOTEBOOK, 80), *cut(PRESCRIPTION, 80)])) == {"JOIN-003"}


def test_a_whole_file_is_its_own_join():
    assert join_fragments([PRESCRIPTION]) == JoinResult(PRESCRIPTION, JoinKind.WHOLE)


@pytest.mark.parametrize("parts", [[], [b""], [b"\r\n", b"\x1a"]])
def test_nothing_is_not_joined(parts: list[bytes]):
    assert codes(join_fragments(parts)) == {"JOIN-001"}


@pytest.mark.parametrize(
    "parts", [[b"%d," % n for n in range(FRAGMENTS_MAX + 1)], [b"x" * 200_000, b"y" * 200_000]]
)
def test_too_much_is_not_joined(parts: list[bytes]):
    assert codes(join_fragments(parts)) == {"JOIN-009"}


@given(st.lists(st.binary(max_size=60) | st.sampled_from(cut(NOTEBOOK, 50, 99, 150)), max_size=7))
def test_any_fragments_are_joined_or_refused_with_a_reason(parts: list[bytes]):
    result = join_fragments(parts)
    assert (result.data is None) == any(f.severity is Severity.ERROR for f in result.findings)


def test_what_was_joined_reads_as_the_whole_did():
    for whole, read in ((NOTEBOOK, read_notebook), (PRESCRIPTION, read_prescription)):
        assert serialise(read_source(whole)) == whole
        assert len(read(whole).documents) == 1
