"""Scans that are parts of one form: joined as bytes, whatever the order, and never half a form for a whole one."""

from __future__ import annotations

from itertools import permutations

import pytest

from appliance.formats.sniff import sniff
from appliance.intake.serial.joining import Form, Parts
from appliance.limits import SERIAL_PARTS_WAIT_S
from appliance.records.document import Format
from tests.formats.test_jahis_join import NOTEBOOK, PRESCRIPTION, cut, part
from tests.simulators.qr_reader import symbols_of

INSIDE = PRESCRIPTION.index("太郎".encode("cp932")) + 1
"""A place inside a character."""


def gathered(*scans: bytes) -> tuple[Parts, list[Form]]:
    parts = Parts([], 0.0)
    return parts, [form for at, scan in enumerate(scans) for form in parts.add(scan, float(at))]


def test_a_form_with_its_end_mark_leaves_at_once() -> None:
    parts, left = gathered(PRESCRIPTION)
    assert left == [Form(PRESCRIPTION)]
    assert (parts.waiting(), parts.due_s()) == ([], None)


@pytest.mark.parametrize("mark", [b"Q", b"]Q1"])
def test_what_readers_put_before_a_form_is_taken_off(mark: bytes) -> None:
    assert gathered(mark + PRESCRIPTION)[1] == [Form(PRESCRIPTION)]


def test_a_form_without_an_end_mark_waits_for_what_may_follow() -> None:
    parts, left = gathered(NOTEBOOK)
    assert not left
    assert parts.waiting() == [NOTEBOOK]
    assert parts.tick(SERIAL_PARTS_WAIT_S - 1) == []
    assert parts.tick(SERIAL_PARTS_WAIT_S) == [Form(NOTEBOOK)]
    assert gathered(NOTEBOOK, PRESCRIPTION)[1] == [Form(NOTEBOOK), Form(PRESCRIPTION)]


def test_fragments_cut_inside_a_character_are_joined_in_whatever_order() -> None:
    fragments = cut(PRESCRIPTION, INSIDE, 121)
    with pytest.raises(UnicodeDecodeError):
        fragments[0].decode("cp932")
    for order in permutations(fragments):
        assert gathered(*order)[1] == [Form(PRESCRIPTION)], order


def test_the_fragments_of_every_practice_slip_are_joined(slips: list[list[bytes]]) -> None:
    assert any(len(codes) > 1 for codes in slips)
    for codes in slips:
        assert gathered(*codes)[1] == [Form(b"".join(codes))]


def test_a_missing_fragment_leaves_nothing_that_could_be_read_as_a_form() -> None:
    head, middle, tail = cut(PRESCRIPTION, 80, 150)
    parts, left = gathered(head, tail)
    assert not left
    (kept,) = parts.tick(SERIAL_PARTS_WAIT_S + 1)
    assert not kept.whole
    assert head in kept.data
    assert tail in kept.data
    assert sniff(kept.data) is Format.UNKNOWN
    assert gathered(head, middle, PRESCRIPTION)[1] == [
        Form(b"\x02" + head + b"\x03\x02" + middle + b"\x03", whole=False),
        Form(PRESCRIPTION),
    ]


def test_another_kind_of_code_between_two_fragments_leaves_by_itself() -> None:
    parts, left = gathered(NOTEBOOK, b"4987000000000")
    assert not left
    assert parts.tick(100) == [Form(NOTEBOOK), Form(b"4987000000000")]


def test_parts_with_a_911_row_leave_at_once_and_are_joined_by_the_intake() -> None:
    first, second = part(1, 2, "1,架空　花子,2,19750101"), part(2, 2, "4,memo,20260310,1")
    assert gathered(second, first)[1] == [Form(second), Form(first)]


@pytest.mark.parametrize(
    ("first", "last_index_said"), [(0, False), (0, True), (1, False)], ids=["0 of n", "0 of n-1", "1 of n"]
)
@pytest.mark.parametrize("data", [PRESCRIPTION, NOTEBOOK])
def test_symbols_of_a_structured_append_are_joined_however_they_are_counted(
    data: bytes, first: int, *, last_index_said: bool
) -> None:
    symbols = symbols_of(data, 3, first=first, last_index_said=last_index_said)
    for order in permutations(symbols):
        assert gathered(*order)[1] == [Form(data)]
    assert gathered(symbols[0], symbols[1], symbols[1], symbols[2])[1] == [Form(data)]


def test_a_damaged_or_missing_symbol_is_never_papered_over() -> None:
    symbols = symbols_of(PRESCRIPTION, 3)
    damaged = [symbols[0], symbols[1][:-1] + b"x", symbols[2]]
    for scans in (symbols[:2], damaged):
        parts, left = gathered(*scans)
        assert not left
        (kept,) = parts.tick(100)
        assert not kept.whole
        assert kept.data == b"".join(b"\x02" + one + b"\x03" for one in scans)


def test_two_forms_whose_symbols_come_in_turn_do_not_mix() -> None:
    one, other = symbols_of(PRESCRIPTION, 2), symbols_of(NOTEBOOK, 2)
    assert gathered(one[0], other[0], other[1], one[1])[1] == [Form(NOTEBOOK), Form(PRESCRIPTION)]


def test_what_waited_waits_on_in_a_new_process() -> None:
    fragments, symbols = cut(PRESCRIPTION, INSIDE, 121), symbols_of(NOTEBOOK, 2)
    parts, _ = gathered(fragments[0], symbols[0], fragments[1])
    again = Parts(parts.waiting(), 500.0)
    assert again.due_s() == 500.0 + SERIAL_PARTS_WAIT_S
    assert again.add(symbols[1], 501.0) == [Form(NOTEBOOK)]
    assert again.add(fragments[2], 502.0) == [Form(PRESCRIPTION)]
    assert again.waiting() == []
