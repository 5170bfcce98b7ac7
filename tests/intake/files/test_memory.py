"""The memory of what was taken and left: exact, small, and forgotten with the file."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from appliance.intake.files.memory import Memory
from appliance.intake.files.tree import Mark
from appliance.limits import TAKEN_SHELVES


class Kept(dict[str, bytes]):
    """What a keeper would keep."""

    def recall(self, *keys: str) -> dict[str, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, values: Mapping[str, bytes]) -> None:
        for key, value in values.items():
            if value:
                self[key] = value
            else:
                self.pop(key, None)


def test_what_was_taken_is_known_again_after_a_restart_until_it_changes() -> None:
    kept, mark = Kept(), Mark(10, 20, 30, 40)
    memory = Memory(kept)
    kept.remember(memory.with_taken("社保/RECEIPTC.UKE", mark))
    assert not memory.knows("社保/RECEIPTC.UKE", mark)
    memory.taken("社保/RECEIPTC.UKE", mark)
    for one in (memory, Memory(kept)):
        assert one.knows("社保/RECEIPTC.UKE", mark)
        assert one.knows("社保/RECEIPTC.UKE", Mark(10, 20, 31, 41))
        assert not one.knows("社保/RECEIPTC.UKE", Mark(10, 21, 30, 40))
        assert not one.knows("国保/RECEIPTC.UKE", mark)


def test_nothing_of_a_name_is_kept_in_clear() -> None:
    kept = Kept()
    kept.remember(Memory(kept).with_taken("0012_yamada.pdf", Mark(1, 2, 3, 4)))
    assert all(b"yamada" not in key.encode() + value for key, value in kept.items())


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 2)), max_size=40),
    st.sets(st.sampled_from("abcdefgh")),
)
def test_it_agrees_with_a_plain_dictionary(takes: list[tuple[str, int]], present: set[str]) -> None:
    kept, model = Kept(), dict[str, Mark]()
    memory = Memory(kept)
    for path, written in takes:
        mark = Mark(1, written, 0, 0)
        kept.remember(memory.with_taken(path, mark))
        memory.taken(path, mark)
        model[path] = mark
    memory.prune(present)
    again = Memory(kept)
    for path in "abcdefgh":
        for written in range(3):
            mark = Mark(1, written, 0, 0)
            assert (
                memory.knows(path, mark)
                == again.knows(path, mark)
                == (path in present and model.get(path) == mark)
            )
    assert len(kept) <= min(len(present & model.keys()), TAKEN_SHELVES)
