"""The judgement over looks: made-up marks, a made-up clock, no file."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.ending import Ending
from appliance.intake.files.at_rest import AtRest, Overdue, Verdict
from appliance.intake.files.tree import Mark
from appliance.intake.files.troubles import Trouble
from appliance.limits import (
    FOLDER_OPEN_END_QUIET_S,
    FOLDER_QUIET_S,
    FOLDER_STABLE_LOOKS,
    FOLDER_STUCK_AFTER_S,
)

PATH = "社保/RECEIPTC.UKE"


def mark(size: int = 10, written: int = 1) -> Mark:
    return Mark(size, written, written, 7)


def rested() -> tuple[AtRest, float]:
    at_rest, now_s = AtRest(), 0.0
    for _ in range(FOLDER_STABLE_LOOKS):
        at_rest.look({PATH: mark()}, now_s)
        now_s += 1
    return at_rest, now_s


def test_a_file_is_due_after_some_looks_at_which_nothing_changed() -> None:
    at_rest = AtRest()
    due = [at_rest.look({PATH: mark()}, now_s) for now_s in range(FOLDER_STABLE_LOOKS)]
    assert due == [[]] * (FOLDER_STABLE_LOOKS - 1) + [[PATH]]


@given(st.lists(st.integers(1, 3), min_size=3, max_size=40))
def test_a_file_is_never_due_within_so_many_looks_of_a_change(sizes: list[int]) -> None:
    at_rest, same = AtRest(), 0
    for now_s, size in enumerate(sizes):
        same = same + 1 if now_s and size == sizes[now_s - 1] else 1
        due = at_rest.look({PATH: mark(size)}, float(now_s))
        assert due == ([PATH] if same >= FOLDER_STABLE_LOOKS else [])


def test_a_file_is_settling_from_its_first_look_until_it_is_due_or_has_taken_too_long() -> None:
    at_rest = AtRest()
    assert not at_rest.is_settling(0.0)
    settling = []
    for now_s in range(FOLDER_STABLE_LOOKS):
        at_rest.look({PATH: mark()}, now_s)
        settling.append(at_rest.is_settling(now_s))
    assert settling == [True] * (FOLDER_STABLE_LOOKS - 1) + [False]
    at_rest.look({PATH: mark(size=11)}, FOLDER_QUIET_S - 1)
    assert at_rest.is_settling(FOLDER_QUIET_S - 1)
    assert not at_rest.is_settling(FOLDER_QUIET_S)


def test_an_empty_file_is_never_due_and_named_a_trouble_later() -> None:
    at_rest = AtRest()
    for now_s in (0.0, 1.0, 2.0, FOLDER_STUCK_AFTER_S + 1):
        assert at_rest.look({PATH: mark(0)}, now_s) == []
    assert list(at_rest.troubles(FOLDER_STUCK_AFTER_S + 1)) == [Trouble.STUCK]


def test_an_end_mark_is_proof_enough() -> None:
    at_rest, now_s = rested()
    assert at_rest.judged(PATH, Ending.ENDED, now_s, announced=False) is Verdict.TAKE
    assert at_rest.digest(PATH) == b""


@pytest.mark.parametrize(
    ("ending", "open_end"), [(Ending.NOT_ENDED, False), (Ending.NOT_ENDED, True), (Ending.OPEN, False)]
)
def test_a_file_that_lacks_its_end_is_never_taken_and_reported(ending: Ending, open_end: bool) -> None:
    at_rest, _ = rested()
    at_rest.open_end = open_end
    for now_s in (5.0, FOLDER_QUIET_S, 10 * FOLDER_STUCK_AFTER_S):
        assert at_rest.judged(PATH, ending, now_s, announced=True) is Verdict.WAIT
    assert list(at_rest.troubles(10 * FOLDER_STUCK_AFTER_S)) == [Trouble.NO_END]


def test_a_whole_file_that_waits_for_its_turn_is_no_trouble() -> None:
    at_rest, _ = rested()
    assert at_rest.look({PATH: mark()}, 2 * FOLDER_STUCK_AFTER_S) == [PATH]
    assert list(at_rest.troubles(2 * FOLDER_STUCK_AFTER_S)) == []


def test_a_file_that_lacks_its_end_is_opened_only_now_and_then() -> None:
    at_rest, now_s = rested()
    at_rest.judged(PATH, Ending.NOT_ENDED, now_s, announced=False)
    assert at_rest.look({PATH: mark()}, now_s + 1) == []
    assert at_rest.look({PATH: mark()}, now_s + FOLDER_QUIET_S) == [PATH]


def test_without_an_end_mark_it_takes_a_long_quiet_and_the_same_content_twice() -> None:
    at_rest, now_s = rested()
    assert at_rest.judged(PATH, Ending.NO_MARK, now_s, announced=False) is Verdict.WAIT
    assert at_rest.look({PATH: mark()}, now_s) == []
    quiet_s = FOLDER_QUIET_S
    assert at_rest.look({PATH: mark()}, quiet_s) == [PATH]
    assert at_rest.judged(PATH, Ending.NO_MARK, quiet_s, announced=False) is Verdict.COMPARE
    at_rest.compared(PATH, b"digest")
    assert at_rest.look({PATH: mark()}, quiet_s + 1) == [PATH]
    assert at_rest.judged(PATH, Ending.NO_MARK, quiet_s + 1, announced=False) is Verdict.TAKE
    assert at_rest.digest(PATH) == b"digest"


@pytest.mark.parametrize(("announced", "quiet_s"), [(False, FOLDER_OPEN_END_QUIET_S), (True, FOLDER_QUIET_S)])
def test_an_open_last_row_takes_its_installers_word_a_longer_quiet_and_the_same_content_twice(
    announced: bool, quiet_s: float
) -> None:
    at_rest, _ = rested()
    at_rest.open_end = True
    judged = partial(at_rest.judged, PATH, Ending.OPEN, announced=announced)
    assert judged(quiet_s - 1) is Verdict.WAIT
    assert judged(quiet_s) is Verdict.COMPARE
    at_rest.compared(PATH, b"digest")
    assert judged(quiet_s + 1) is Verdict.TAKE
    at_rest.look({PATH: mark(size=11)}, quiet_s + 2)
    assert judged(quiet_s + 3) is Verdict.WAIT


def test_a_change_after_the_first_reading_begins_the_quiet_anew() -> None:
    at_rest, _ = rested()
    at_rest.look({PATH: mark()}, FOLDER_QUIET_S)
    at_rest.judged(PATH, Ending.NO_MARK, FOLDER_QUIET_S, announced=False)
    at_rest.compared(PATH, b"digest")
    at_rest.look({PATH: mark(written=2)}, FOLDER_QUIET_S + 1)
    assert at_rest.digest(PATH) == b""
    assert at_rest.judged(PATH, Ending.NO_MARK, FOLDER_QUIET_S + 4, announced=False) is Verdict.WAIT


def test_what_the_sender_announces_needs_no_quiet() -> None:
    at_rest, now_s = rested()
    assert at_rest.judged(PATH, Ending.NO_MARK, now_s, announced=True) is Verdict.TAKE


def test_somebody_writing_begins_the_looks_anew() -> None:
    at_rest, now_s = rested()
    at_rest.disturbed(PATH, now_s)
    due = [at_rest.look({PATH: mark()}, now_s + look) for look in range(1, FOLDER_STABLE_LOOKS)]
    assert due == [[]] * (FOLDER_STABLE_LOOKS - 2) + [[PATH]]


def test_the_older_of_two_files_seen_together_comes_first_and_earlier_looks_before_both() -> None:
    at_rest = AtRest()
    present = {"first": mark(written=9)}
    at_rest.look(present, 0.0)
    present |= {"b-draft": mark(written=1), "a-final": mark(written=2)}
    for now_s in range(1, FOLDER_STABLE_LOOKS + 1):
        due = at_rest.look(present, float(now_s))
    assert due == ["first", "b-draft", "a-final"]


def test_a_file_that_is_gone_is_forgotten_and_one_of_its_name_is_new() -> None:
    at_rest, now_s = rested()
    at_rest.look({}, now_s)
    assert len(at_rest) == 0
    assert at_rest.look({PATH: mark()}, now_s + 1) == []


@pytest.mark.parametrize(
    ("waited_s", "late"), [(0.0, 0), (FOLDER_STUCK_AFTER_S, 0), (FOLDER_STUCK_AFTER_S + 1, 1)]
)
def test_what_waits_for_the_sender_is_overdue_after_a_time(waited_s: float, late: int) -> None:
    overdue = Overdue()
    assert overdue.look({"a"}, 5.0) == 0
    assert overdue.look({"a", "b"}, 5.0 + waited_s) == late
