"""Reads a folder or a share for ever: look, take what is whole, acknowledge, say how it went.

A source that is away is asked again for ever, with growing pauses; nothing is lost by it, since a file is deleted only
after it was committed, and is taken anew (and known as a duplicate) when that could not be done.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.intake.files.acknowledging import Acknowledging, Taken
from appliance.intake.files.at_rest import AtRest, Verdict
from appliance.intake.files.choosing import Choosing
from appliance.intake.files.local import LocalTree
from appliance.intake.files.memory import Memory
from appliance.intake.files.taking import digest_of, ending_of, take
from appliance.intake.files.tree import Entry, Held, Tree, base_name, walk
from appliance.intake.files.troubles import Trouble, UnsafeError
from appliance.intake.keeper import Keeper, StoreFullError
from appliance.limits import (
    FILE_SIGN_OF_LIFE_S,
    FOLDER_MAX_ENTRIES,
    FOLDER_POLL_S,
    FOLDER_POLL_SETTLING_S,
    FOLDER_QUOTA_AGAIN_SHARE,
    FOLDER_TAKES_PER_LOOK,
    MIB,
    SHARE_REFUSED_RETRY_S,
    SHARE_RETRY_FIRST_S,
    SHARE_RETRY_MAX_S,
)
from appliance.sources import Acknowledge, FolderSource, ShareSource

FilesSource = FolderSource | ShareSource


def read(source: FilesSource, keeper: Keeper, secret: str, clock: Clock) -> None:
    """Be the process of a source of files. It ends after a refused sign-in: started anew, it has the password of then."""
    reader = FilesReader(source, open_tree(source, secret, clock), keeper, clock)
    failures = 0
    while True:
        try:
            more = reader.look()
        except OSError as error:
            reader.lost(error)
            if isinstance(error, PermissionError) and isinstance(source, ShareSource):
                reader.rest(SHARE_REFUSED_RETRY_S)
                return
            failures = 1 if reader.reached else failures + 1
            reader.rest(pause_s(failures) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, hides nothing
        else:
            failures = 0
            reader.rest(0.0 if more else reader.pause_s())


def pause_s(failures: int) -> float:
    """The pause after so many failures in a row."""
    return min(SHARE_RETRY_FIRST_S * 2.0 ** min(failures - 1, 20), SHARE_RETRY_MAX_S)


def open_tree(source: FilesSource, secret: str, clock: Clock) -> Tree:
    """The tree of a source; a share's library is loaded only for a share."""
    if isinstance(source, ShareSource):
        from appliance.intake.files.share import ShareTree

        return ShareTree(source, secret, clock)
    return LocalTree(source.folder)


@dataclass(slots=True)
class FilesReader:
    """The looks of one source. `look` raises OSError when the source as a whole cannot be looked at."""

    source: FilesSource
    tree: Tree
    keeper: Keeper
    clock: Clock
    troubles: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    reached: bool = False
    """Whether the last look saw what there is, however it ended."""
    _open: bool | None = None
    """Whether the accounts of the box's own share may write; unknown before the first look."""
    _at_rest: AtRest = field(init=False)
    _memory: Memory = field(init=False)
    _choosing: Choosing = field(init=False)
    _acknowledging: Acknowledging = field(init=False)

    def __post_init__(self) -> None:
        self._at_rest = AtRest(open_end=self.source.open_end)
        self._memory = Memory(self.keeper)
        self._choosing = Choosing(self.source, self.tree, self._memory)
        self._acknowledging = Acknowledging(self.tree, self.keeper, self.source.acknowledge)

    def look(self) -> bool:
        """One look: take and acknowledge what is due; whether more is due than limits.FOLDER_TAKES_PER_LOOK.

        `troubles` and `figures` say how it went.
        """
        self.troubles, self.reached = Counter(), False
        now_s = self.clock.monotonic_s()
        entries = list(walk(self.tree))
        self.reached = True
        self._note(entries)
        candidates = self._choosing.of(entries, now_s)
        self.troubles += candidates.troubles
        self.troubles += self._acknowledging.settle(candidates.present)
        fresh = {
            path: mark for path, mark in candidates.present.items() if path not in self._acknowledging.owed
        }
        due = self._at_rest.look(fresh, now_s)
        self.figures["waiting"] = len(fresh)
        if due:
            self._say()  # what follows may take long, or be cut off: the source was reached
        for path in due[:FOLDER_TAKES_PER_LOOK]:
            if self.keeper.paused:
                break
            try:
                self._one(path, candidates.index_of.get(path, ""))
            except StoreFullError:
                break
        self.troubles.update(self._at_rest.troubles(now_s))
        return len(due) > FOLDER_TAKES_PER_LOOK and not self.keeper.paused

    def pause_s(self) -> float:
        """Until the next look. Somebody else's share is not hurried: each opening may be in its programs' way."""
        settling = isinstance(self.source, FolderSource) and self._at_rest.is_settling(
            self.clock.monotonic_s()
        )
        return FOLDER_POLL_SETTLING_S if settling else FOLDER_POLL_S

    def lost(self, error: OSError) -> None:
        """The source could not be looked at: forget the connection, say why."""
        self.tree.close()
        self.troubles = Counter({_why(error): 1})

    def rest(self, wait_s: float) -> None:
        """Wait, with a sign of life now and then."""
        until_s = self.clock.monotonic_s() + wait_s
        self._say()
        while (left_s := until_s - self.clock.monotonic_s()) > 0:
            self.clock.sleep(min(left_s, FILE_SIGN_OF_LIFE_S))
            if left_s > FILE_SIGN_OF_LIFE_S:
                self._say()

    def _say(self) -> None:
        self.keeper.looked(self.troubles, {name: float(value) for name, value in self.figures.items()})

    def _note(self, entries: list[Entry]) -> None:
        self.troubles.update(self.tree.warnings())
        self.troubles.update(entry.trouble for entry in entries if entry.trouble is not None)
        if len(entries) > FOLDER_MAX_ENTRIES:
            self.troubles[Trouble.TOO_MANY] += 1
        if isinstance(self.source, FolderSource):
            self._hold_quota(self.source, sum(entry.mark.size_bytes for entry in entries))

    def _hold_quota(self, source: FolderSource, used_bytes: int) -> None:
        if not source.account or not isinstance(self.tree, LocalTree):
            return
        share = used_bytes / (source.quota_mb * MIB)
        wanted = share < FOLDER_QUOTA_AGAIN_SHARE or (share <= 1 and self._open is not False)
        if not wanted:
            self.troubles[Trouble.QUOTA] += 1
        if wanted is not self._open:
            with contextlib.suppress(PermissionError):  # a folder of somebody else's: the warning stands
                self.tree.set_open(wanted)
            self._open = wanted

    def _one(self, path: str, index: str) -> None:
        """Open one file that has come to rest, and take it if it is whole."""
        mark = self._at_rest.mark(path)
        to_remove = self.source.acknowledge is not Acknowledge.REMEMBER
        try:
            with self.tree.hold(path, mark, to_remove=to_remove) as held:
                self._judge(held, path, index)
        except BlockingIOError:
            self._at_rest.disturbed(path, self.clock.monotonic_s())
            self.figures["busy"] += 1
        except FileNotFoundError:
            self._at_rest.forget(path)
        except (ConnectionError, TimeoutError):
            raise
        except PermissionError:
            self.troubles[Trouble.NOT_ALLOWED if to_remove else Trouble.UNREADABLE] += 1
        except OSError:
            self.troubles[Trouble.UNREADABLE] += 1

    def _judge(self, held: Held, path: str, index: str) -> None:
        now_s = self.clock.monotonic_s()
        verdict = self._at_rest.judged(path, ending_of(held), now_s, announced=bool(index))
        if verdict is Verdict.COMPARE:
            digest = digest_of(held, self._say)
            if digest is not None:
                self._at_rest.compared(path, digest)
        elif verdict is Verdict.TAKE:
            self._take(held, path, index)

    def _take(self, held: Held, path: str, index: str) -> None:
        mark = self._at_rest.mark(path)
        lasting = bool(index) or self.source.acknowledge is Acknowledge.REMEMBER
        arrived = take(
            held,
            base_name(path),
            self.keeper,
            expected=self._at_rest.digest(path),
            remember=self._memory.with_taken(path, mark) if lasting else {},
        )
        if arrived is None:
            self._at_rest.disturbed(path, self.clock.monotonic_s())
            return
        if lasting:
            self._memory.taken(path, mark)
        self.figures["duplicates" if arrived.duplicate else "taken"] += 1
        self._at_rest.forget(path)
        self._acknowledging.while_held(held, Taken(path, mark, held.seal, arrived.arrival, index))


def _why(error: OSError) -> Trouble:
    if isinstance(error, UnsafeError):
        return Trouble.UNSAFE
    if isinstance(error, PermissionError):
        return Trouble.REFUSED
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Trouble.MISSING
    return Trouble.AWAY
