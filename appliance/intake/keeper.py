"""What a source may ask of the intake: keep these bytes, remember this, was it understood?

This is a source's only door to the store. Every call returns when it is done, durably where it says so.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Mapping
from typing import TypeVar

from appliance.errors import Audience, RenkeiError
from appliance.intake import wire
from appliance.intake.tray import Tray
from appliance.limits import ARRIVAL_PIECES_UNDER_WAY_MAX, TRAY_PIECE_MIN_BYTES

T = TypeVar("T", bound=wire.Word)


class StoreFullError(RenkeiError):
    """The store takes nothing new: leave the data where they are, and do not acknowledge."""

    code = "INTAKE-0001"
    audience = Audience.OPERATOR


class Keeper:
    """The intake, seen from a source's process. Raises StoreFullError where bytes or memory are to be kept."""

    def __init__(self, connection: socket.socket, tray: Tray | None = None) -> None:
        self._connection = connection
        self._tray = tray
        self._place = 0
        self._unanswered = 0
        """Pieces handed over and not yet answered, the tray's places that are taken."""
        self._each_durable = False
        self.paused = False
        """Whether the intake takes nothing now; known anew after each `looked`."""

    def looked(
        self, troubles: Mapping[str, int] | None = None, figures: Mapping[str, float] | None = None
    ) -> None:
        """Say that one look (or wait) is over; at least every quarter of limits.SOURCE_SILENT_S.

        A trouble `away`, or one that begins with `away-`, says that the source was not reached.
        """
        going = self._ask(wire.Looked(dict(troubles or {}), dict(figures or {})), wire.Going)
        self.paused = going.paused

    def begin(self, name: str, *, keep_if_cut: bool = False) -> None:
        """Bytes follow. What was begun before and not ended is forgotten, or kept as cut short if it said so."""
        self._ask(wire.Begin(name, keep_if_cut), wire.Begun)
        self._each_durable = keep_if_cut

    def piece(self, data: bytes) -> None:
        """Hand over at most limits.ARRIVAL_PIECE_BYTES; durable when this returns if what is cut is kept, else with `end`.

        Where only the whole counts, a StoreFullError may be that of a piece before.
        """
        self._hear_kept(ARRIVAL_PIECES_UNDER_WAY_MAX - 1)
        wire.say(self._connection, self._handed(data))
        self._unanswered += 1
        if self._each_durable:
            self._hear_kept(0)

    def end(self, remember: Mapping[str, bytes] | None = None, *, cut_short: bool = False) -> wire.Arrived:
        """The bytes are one arrival, whole unless cut short; `remember` is committed with them."""
        return self._ask(wire.End(dict(remember or {}), cut_short), wire.Arrived)

    def abandon(self) -> None:
        """Forget what was begun."""
        with contextlib.suppress(StoreFullError):
            self._hear_kept(0)
        self._ask(wire.Abandon(), wire.Going)

    def take(
        self, name: str, pieces: Iterable[bytes], remember: Mapping[str, bytes] | None = None
    ) -> wire.Arrived:
        """One whole arrival from its pieces."""
        self.begin(name)
        for data in pieces:
            self.piece(data)
        return self.end(remember)

    def settled(self, arrival: int) -> wire.Settled:
        """Wait until an arrival has been understood."""
        return self._ask(wire.AwaitSettled(arrival), wire.Settled)

    def recall(self, *keys: str) -> dict[str, bytes]:
        """What was remembered under these keys; keys without a value are left out."""
        return self._ask(wire.Recall(keys), wire.Recalled).values

    def remember(self, values: Mapping[str, bytes]) -> None:
        """Keep values for this source; an empty one is forgotten."""
        self._ask(wire.Remember(dict(values)), wire.Going)

    def _handed(self, data: bytes) -> wire.Piece | wire.Laid:
        if self._tray is None or len(data) < TRAY_PIECE_MIN_BYTES:
            return wire.Piece(data)
        place, self._place = self._place, (self._place + 1) % ARRIVAL_PIECES_UNDER_WAY_MAX
        self._tray.lay(place, data)
        return wire.Laid(place, len(data))

    def _hear_kept(self, left: int) -> None:
        """Hear the answers to pieces until at most `left` are missing; once one was not kept, all of them."""
        full = False
        while self._unanswered > (0 if full else left):
            self._unanswered -= 1
            full |= not isinstance(wire.hear_answer(self._connection), wire.Kept)
        if full:
            raise self._full()

    def _ask(self, request: wire.Word, kind: type[T]) -> T:
        self._hear_kept(0)
        wire.say(self._connection, request)
        answer = wire.hear_answer(self._connection)
        if isinstance(answer, kind):
            return answer
        raise self._full()

    def _full(self) -> StoreFullError:
        self.paused = True
        return StoreFullError(
            "保存領域に空きがないため、取り込みを止めています。",
            "The store is full: nothing is taken in.",
            hint_ja="データは元の場所に残っています。運用者に連絡してください。",
            hint_en="The data stay where they are. Call the operator.",
        )
