"""Corrections and deletions: the flags 1, 2 and 0, and operations that may be carried out as often as wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.exchange.fhir.content import Content
from appliance.exchange.ssmix2.chart import Chart
from appliance.exchange.ssmix2.folder import carry_out
from appliance.exchange.ssmix2.naming import Flag, Root
from appliance.exchange.ssmix2.storage import Held, Write, changes, entries_of
from appliance.records.document import DocumentKind
from tests.exchange.fhir import made as fhir_made
from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults, flags
from tests.exchange.ssmix2.strict import read_strictly

LATER = made.AT + timedelta(hours=1)
CHANGED = made.content(
    replace(made.PRESCRIBED, days_supplied=14),
    key="prescription:x:77",
    kind=DocumentKind.PRESCRIPTION,
    period="2026-08-03",
)


def files(root: Path) -> dict[str, bytes]:
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def test_what_has_not_changed_is_not_written_again(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(*made.EVERYTHING))
    again = changes(made.chart(*made.EVERYTHING), entries_of(made.chart(*made.EVERYTHING)), first.held, LATER)
    assert again.operations == ()
    assert set(again.held) == set(first.held)


def test_a_correction_makes_history_of_what_was_valid(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(made.PRESCRIPTION))
    before = files(tmp_path)
    second = made.bring_to(tmp_path, made.chart(CHANGED), first.held, LATER)
    assert flags(tmp_path / "standard", "OMP-01") == ["2", "1"]
    assert flags(tmp_path / "standard", "ADT-00") == ["1"]
    (history,) = (name for name in files(tmp_path) if "OMP-01" in name and name.endswith("_2"))
    assert files(tmp_path)[history] == before[f"{history[:-1]}1"]
    assert made.only(made.message(tmp_path, "OMP-01"), "TQ1")[6] == "14^d"
    assert faults(tmp_path) == []
    assert {one.name.flag for one in second.held} == {Flag.VALID, Flag.HISTORY}


def test_what_no_longer_holds_is_flagged_0_with_a_delete_message_of_its_own(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(*made.EVERYTHING))
    made.bring_to(tmp_path, made.chart(), first.held, LATER)
    for kind in ("ADT-12", "ADT-22", "ADT-52", "ADT-61", "PPR-01", "OML-11"):
        assert flags(tmp_path / "standard", kind) == ["0", "0"]
    assert flags(tmp_path / "standard", "OMP-01") == ["0"] * 4
    assert set(flags(tmp_path / "extended", "RECEIPT^レセプトの記録^99RKG")) == {"0"}
    assert faults(tmp_path) == []


def test_a_delete_message_is_strict_hl7_and_says_nothing_of_what_was(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(*made.EVERYTHING))
    made.bring_to(tmp_path, made.chart(), first.held, LATER)
    deletions = list((tmp_path / "standard").rglob("*_20261001113000123_*_0"))
    assert len(deletions) == 8
    for path in deletions:
        said = path.read_bytes().decode("iso2022_jp")
        assert read_strictly(path.read_bytes()).msh.msh_10.value
        assert not any(
            word in said for word in ("架空", "ペニシリン", "8833421", "103831601", "7.2", "珍しい")
        )


def test_a_correction_and_then_a_deletion_leave_only_0(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(made.PRESCRIPTION))
    second = made.bring_to(tmp_path, made.chart(CHANGED), first.held, LATER)
    third = made.bring_to(tmp_path, made.chart(), second.held, LATER + timedelta(hours=1))
    assert flags(tmp_path / "standard", "OMP-01") == ["0", "0", "0"]
    assert faults(tmp_path) == []
    made.bring_to(tmp_path, made.chart(CHANGED), third.held, LATER + timedelta(hours=2))
    assert flags(tmp_path / "standard", "OMP-01") == ["0", "0", "0", "1"]
    assert faults(tmp_path) == []


def test_changes_of_the_same_instant_get_times_apart(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(made.PRESCRIPTION))
    second = made.bring_to(tmp_path, made.chart(CHANGED), first.held)
    made.bring_to(tmp_path, made.chart(made.PRESCRIPTION), second.held)
    assert flags(tmp_path / "standard", "OMP-01") == ["2", "2", "1"]
    assert faults(tmp_path) == []


def test_two_prescriptions_of_one_number_and_day_are_two_orders(tmp_path: Path):
    other = made.content(made.EXTERNAL, key="prescription:y:77", period="2026-08-03")
    made.bring_to(tmp_path, made.chart(made.PRESCRIPTION, other))
    assert flags(tmp_path / "standard", "OMP-01") == ["1", "1"]
    assert faults(tmp_path) == []


def test_a_new_file_is_whole_before_the_old_one_is_renamed():
    chart = made.chart(made.PRESCRIPTION)
    first = changes(chart, entries_of(chart), (), made.AT)
    corrected = changes(made.chart(CHANGED), entries_of(made.chart(CHANGED)), first.held, LATER)
    write, *renames = [one for one in corrected.operations if "OMP-01" in str(one)]
    assert isinstance(write, Write)
    assert [one.target[-1] for one in renames] == ["2", "1"]  # type: ignore[union-attr]
    assert not write.part.endswith(("_0", "_1", "_2"))


def test_the_same_change_is_the_same_bytes():
    chart = made.chart(*made.EVERYTHING)
    assert changes(chart, entries_of(chart), (), made.AT) == changes(chart, entries_of(chart), (), made.AT)


def test_the_index_has_a_row_for_every_file_and_its_new_name_for_every_renamed_one(tmp_path: Path):
    first = made.bring_to(tmp_path, made.chart(made.PRESCRIPTION))
    second = made.bring_to(tmp_path, made.chart(), first.held, LATER)
    rows = [row.fields("2026-10-01T11:30:00") for row in second.index if row.name.place.root is Root.STANDARD]
    old, new = rows
    assert old[1:7] == ("1319999012", made.PID, "20260803", "OMP-01", "000000000000077", "INS")
    assert (old[8], new[8]) == ("20261001103000123", "20261001113000123")
    assert old[9] == "000/000/0000000012/20260803/OMP-01"
    assert (old[10][-1], new[10][-1], new[6]) == ("0", "0", "DEL")
    assert len(old) == 12
    assert {row.name.text() for row in (*first.index, *second.index)} >= {
        Path(name).name for name in files(tmp_path / "standard")
    }


# --- any history ----------------------------------------------------------------------------------------

_VERSIONS: tuple[Content, ...] = (*made.EVERYTHING, CHANGED, made.content(fhir_made.DISEASE, key="claim:x:9"))
histories = st.lists(st.sets(st.sampled_from(range(len(_VERSIONS)))), min_size=1, max_size=6)


def _chart(numbers: set[int]) -> Chart:
    return made.chart(*{_VERSIONS[number].key: _VERSIONS[number] for number in sorted(numbers)}.values())


@settings(max_examples=25, deadline=None)
@given(histories)
def test_after_any_history_the_storage_is_sound_and_holds_just_what_is_true(
    tmp_path_factory: pytest.TempPathFactory, history: list[set[int]]
):
    root = tmp_path_factory.mktemp("history")
    held: tuple[Held, ...] = ()
    for step, numbers in enumerate(history):
        at = made.AT + timedelta(minutes=step)
        found = changes(_chart(numbers), entries_of(_chart(numbers)), held, at)
        carry_out(root, found.operations)
        carry_out(root, found.operations)
        held = found.held
    assert faults(root) == []
    wanted = {entry.place for entry in entries_of(_chart(history[-1]))}
    assert {one.name.place for one in held if one.name.flag is Flag.VALID} == wanted
    on_disk = set(files(root))
    told = {one.name.path(made.FACILITY) for one in held}
    assert {path if path.startswith("standard") else path.rpartition("/")[0] for path in on_disk} == told
