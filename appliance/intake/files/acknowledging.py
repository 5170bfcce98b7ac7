"""What becomes of a file that was taken: deleted, moved, or left and remembered; never before it was committed.

A file is deleted or moved only as long as it is the content that was taken. What fails is owed: tried again at every
look, without taking the file a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from appliance.intake.files.tree import DONE, QUARANTINE, Held, Mark, Tree, base_name
from appliance.intake.files.troubles import Trouble
from appliance.intake.keeper import Keeper
from appliance.sources import Acknowledge


@dataclass(frozen=True, slots=True)
class Taken:
    """A file whose content is in the store."""

    path: str
    mark: Mark
    seal: tuple[int, ...]
    arrival: int
    index: str = ""
    """The file in INDEX that announced it."""


@dataclass(slots=True)
class Acknowledging:
    """Acknowledges what one source has handed over."""

    tree: Tree
    keeper: Keeper
    how: Acknowledge
    owed: dict[str, Taken] = field(default_factory=dict)

    def while_held(self, held: Held, taken: Taken) -> None:
        """Delete, with writers still kept out. Moving waits: it must be known which shelf the file belongs on."""
        if self.how is Acknowledge.REMEMBER:
            return
        self.owed[taken.path] = taken
        if self.how is Acknowledge.DELETE:
            self._delete(held, taken)

    def settle(self, present: Mapping[str, Mark]) -> Counter[str]:
        """Do what is owed, and say what could not be done; what is no longer there or no longer the same is let go."""
        troubles: Counter[str] = Counter()
        for path, taken in list(self.owed.items()):
            if present.get(path) != taken.mark:
                del self.owed[path]
                continue
            try:
                self._again(taken)
            except BlockingIOError:
                continue
            except FileNotFoundError:
                del self.owed[path]
            except (ConnectionError, TimeoutError):
                raise
            except OSError:
                troubles[Trouble.NOT_ALLOWED] += 1
        return troubles

    def _again(self, taken: Taken) -> None:
        note = self.keeper.settled(taken.arrival).note if self.how is Acknowledge.MOVE else ""
        with self.tree.hold(taken.path, taken.mark, to_remove=True) as held:
            if held.seal != taken.seal:
                del self.owed[taken.path]
            elif self.how is Acknowledge.DELETE:
                self._delete(held, taken)
            else:
                self._move(held, taken, note)

    def _delete(self, held: Held, taken: Taken) -> None:
        """INDEX first: without it nobody takes the pair for a new one."""
        self._remove_index(taken)
        held.delete()
        self.owed.pop(taken.path, None)

    def _move(self, held: Held, taken: Taken, note: str) -> None:
        shelf, name = QUARANTINE if note else DONE, f"{taken.arrival:08d}-{base_name(taken.path)}"
        if note:
            self.tree.write(shelf, f"{name}.txt", note.replace("\n", "\r\n").encode("utf-8-sig"))
        self._remove_index(taken)
        if not held.move(shelf, name) and note:
            self.tree.remove(f"{shelf}/{name}.txt")
        self.owed.pop(taken.path, None)

    def _remove_index(self, taken: Taken) -> None:
        if taken.index:
            with suppress(FileNotFoundError):
                self.tree.remove(taken.index)
