"""Which files have come to rest: judged by our own looks and our own clock, never by a file's times.

A file is opened only after limits.FOLDER_STABLE_LOOKS looks at which nothing of it changed. Then its end mark decides;
where there is none, a long quiet and the same content twice. Nothing is forgotten: what never comes to rest is named a
trouble, and watched on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.formats.ending import Ending
from appliance.intake.files.tree import Mark
from appliance.intake.files.troubles import Trouble
from appliance.limits import (
    FOLDER_OPEN_END_QUIET_S,
    FOLDER_QUIET_S,
    FOLDER_STABLE_LOOKS,
    FOLDER_STUCK_AFTER_S,
)


class Verdict(StrEnum):
    """What to do with a file that was opened and looked at."""

    TAKE = "take"
    COMPARE = "compare"
    """Remember what it holds; it is taken when it still holds that at a later look."""
    WAIT = "wait"


@dataclass(slots=True)
class _Watched:
    mark: Mark
    first_seen_s: float
    changed_s: float
    looks: int = 1
    ending: Ending | None = None
    judged_s: float = 0.0
    digest: bytes = b""

    def change(self, mark: Mark, now_s: float) -> None:
        self.mark, self.changed_s, self.looks = mark, now_s, 1
        self.ending, self.digest = None, b""


@dataclass(slots=True)
class AtRest:
    """The memory of one source's looks. Every `now_s` is monotonic.

    `open_end`: a file of this source may lack the end of its last row, as its installer has said.
    """

    open_end: bool = False
    _watched: dict[str, _Watched] = field(default_factory=dict)

    def look(self, present: Mapping[str, Mark], now_s: float) -> list[str]:
        """Note what is there now; the paths that are worth opening, those first seen first, older before newer."""
        for gone in self._watched.keys() - present.keys():
            del self._watched[gone]
        for path, mark in present.items():
            seen = self._watched.get(path)
            if seen is None:
                self._watched[path] = _Watched(mark, now_s, now_s)
            elif seen.mark != mark:
                seen.change(mark, now_s)
            else:
                seen.looks += 1
        due = [path for path, seen in self._watched.items() if _is_due(seen, now_s)]
        return sorted(due, key=self._order)

    def is_settling(self, now_s: float) -> bool:
        """Whether a file has come lately that may be at rest after a look or two."""
        return any(
            seen.looks < FOLDER_STABLE_LOOKS and now_s - seen.first_seen_s < FOLDER_QUIET_S
            for seen in self._watched.values()
        )

    def mark(self, path: str) -> Mark:
        """What the file looked like at the last look."""
        return self._watched[path].mark

    def judged(self, path: str, ending: Ending, now_s: float, *, announced: bool) -> Verdict:
        """What its last bytes say becomes a verdict. `announced`: the sender itself has said that the file is whole."""
        seen = self._watched[path]
        seen.ending, seen.judged_s = ending, now_s
        if ending is Ending.ENDED or (announced and ending is Ending.NO_MARK):
            return Verdict.TAKE
        if ending is Ending.NOT_ENDED or (ending is Ending.OPEN and not self.open_end):
            return Verdict.WAIT
        if now_s - seen.changed_s < _quiet_s(ending, announced=announced):
            return Verdict.WAIT
        return Verdict.TAKE if seen.digest else Verdict.COMPARE

    def compared(self, path: str, digest: bytes) -> None:
        """What the file held when it was read the first time."""
        self._watched[path].digest = digest

    def digest(self, path: str) -> bytes:
        """What it must hold when it is taken; empty where its end mark is proof enough."""
        return self._watched[path].digest

    def disturbed(self, path: str, now_s: float) -> None:
        """Somebody is writing, or it held something else: the quiet begins anew."""
        if path in self._watched:
            self._watched[path].change(self._watched[path].mark, now_s)

    def forget(self, path: str) -> None:
        """The file was taken: one of the same name is a new one."""
        self._watched.pop(path, None)

    def troubles(self, now_s: float) -> Iterator[Trouble]:
        """One for each file that should have come to rest by now; one that only waits for its turn is none."""
        for seen in self._watched.values():
            if now_s - seen.first_seen_s > FOLDER_STUCK_AFTER_S and not _is_due(seen, now_s):
                unended = seen.ending in (Ending.NOT_ENDED, Ending.OPEN)
                yield Trouble.NO_END if unended else Trouble.STUCK

    def __len__(self) -> int:
        return len(self._watched)

    def _order(self, path: str) -> tuple[float, int, str]:
        """Among files first seen together, the sender's own times tell which of two versions is the newer."""
        seen = self._watched[path]
        return seen.first_seen_s, seen.mark.written, path


@dataclass(slots=True)
class Overdue:
    """How long files have been waiting for something that comes from the sender."""

    _since: dict[str, float] = field(default_factory=dict)

    def look(self, waiting: Collection[str], now_s: float) -> int:
        """How many of these have waited longer than limits.FOLDER_STUCK_AFTER_S; others are forgotten."""
        self._since = {path: self._since.get(path, now_s) for path in waiting}
        return sum(now_s - since > FOLDER_STUCK_AFTER_S for since in self._since.values())


def _quiet_s(ending: Ending, *, announced: bool) -> float:
    return FOLDER_OPEN_END_QUIET_S if ending is Ending.OPEN and not announced else FOLDER_QUIET_S


def _is_due(seen: _Watched, now_s: float) -> bool:
    if seen.looks < FOLDER_STABLE_LOOKS or seen.mark.size_bytes == 0:
        return False
    if seen.ending is Ending.NO_MARK:
        return now_s - seen.changed_s >= FOLDER_QUIET_S
    # Some servers tell a new size late: a file without its end is opened again now and then.
    return seen.ending is None or now_s - seen.judged_s >= FOLDER_QUIET_S
