"""Of all that lies in a source: what may be taken, and what waits for its sender longer than it should."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.intake.files.at_rest import Overdue
from appliance.intake.files.index import Pairs, SeveralSipsError, pair
from appliance.intake.files.memory import Memory
from appliance.intake.files.tree import UNFINISHED_SUFFIXES, Entry, Mark, Tree
from appliance.intake.files.troubles import Trouble
from appliance.intake.keeper import StoreFullError
from appliance.sources import Acknowledge, Completion, FileSource


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be taken once it has come to rest, by path."""

    present: Mapping[str, Mark]
    index_of: Mapping[str, str]
    """The file in INDEX that announced it."""
    troubles: Counter[str]


@dataclass(slots=True)
class Choosing:
    """Chooses for one source, look after look."""

    source: FileSource
    tree: Tree
    memory: Memory
    _unfinished: Overdue = field(default_factory=Overdue)
    _without_index: Overdue = field(default_factory=Overdue)
    _without_data: Overdue = field(default_factory=Overdue)

    def of(self, entries: Sequence[Entry], now_s: float) -> Candidates:
        """The candidates among `entries`. `now_s` is monotonic."""
        troubles: Counter[str] = Counter()
        here = {entry.path: entry.mark for entry in entries if entry.trouble is None}
        with contextlib.suppress(StoreFullError):  # the next look does it
            self.memory.prune(here)
        if self.source.completion is Completion.INDEX:
            pairs = self._pairs(entries, now_s, troubles)
            present, index_of = pairs.whole, pairs.index_of
        else:
            present, index_of = self._finished(here, now_s, troubles), {}
        if self.source.acknowledge is Acknowledge.REMEMBER:
            present = {path: mark for path, mark in present.items() if not self.memory.knows(path, mark)}
        return Candidates(present, index_of, +troubles)

    def _finished(self, here: Mapping[str, Mark], now_s: float, troubles: Counter[str]) -> Mapping[str, Mark]:
        finished = {path: mark for path, mark in here.items() if not _is_unfinished(path)}
        troubles[Trouble.STUCK] += self._unfinished.look(here.keys() - finished.keys(), now_s)
        return finished

    def _pairs(self, entries: Sequence[Entry], now_s: float, troubles: Counter[str]) -> Pairs:
        try:
            pairs = pair(entries, self.source.sips)
        except SeveralSipsError:
            troubles[Trouble.SEVERAL_SIPS] += 1
            return Pairs({}, {}, {}, ())
        left = {path: mark for path, mark in pairs.without_index.items() if self.memory.knows(path, mark)}
        if self.source.acknowledge is not Acknowledge.REMEMBER:
            troubles[Trouble.NOT_ALLOWED] += self._sweep(left)
        alone: Collection[str] = pairs.without_index.keys() - left.keys()
        troubles[Trouble.NO_INDEX] += self._without_index.look(alone, now_s)
        troubles[Trouble.NO_DATA] += self._without_data.look(pairs.without_data, now_s)
        return pairs

    def _sweep(self, left: Mapping[str, Mark]) -> int:
        """DATA that were taken, their INDEX deleted, and then we were interrupted; how many would not go."""
        failed = 0
        for path, mark in left.items():
            try:
                with self.tree.hold(path, mark, to_remove=True) as held:
                    held.delete()
            except (ConnectionError, TimeoutError):
                raise
            except OSError:
                failed += 1
        return failed


def _is_unfinished(path: str) -> bool:
    return path.casefold().endswith(UNFINISHED_SUFFIXES)
