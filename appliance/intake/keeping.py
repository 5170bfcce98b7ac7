"""The one that holds the store for all sources: answers each request of a source's process, durably.

Bytes come in pieces, each kept on its own, so that no source ever makes another wait, and what a serial line was told
to be kept is kept. What was begun and never ended is dropped, or kept as cut short if the source says so.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.intake import wire
from appliance.intake.room import Lack, Room
from appliance.sources import AnySource
from appliance.store import arrivals, arriving, pieces, source_memory
from appliance.store.arrivals import ArrivalState
from appliance.store.arriving import Begun
from appliance.store.db import DatabaseError, Store

SETTLED_STATES = frozenset({ArrivalState.UNDERSTOOD, ArrivalState.PARTLY, ArrivalState.QUARANTINED})


class Keeping:
    """Answers the requests of all sources over one store. `note_of` puts into words what an arrival was."""

    def __init__(
        self,
        store: Store,
        room: Room,
        note_of: Callable[[arrivals.Arrival], str],
        received: Callable[[], None],
    ) -> None:
        self._store = store
        self._room = room
        self._note_of = note_of
        self._received = received
        self._begun: dict[str, Begun] = {}

    def sweep(self) -> None:
        """At start: what an earlier run had begun and not ended, and what a crash left of pieces."""
        for begun in arriving.left_open(self._store):
            self._settle_cut(begun)
        pieces.sweep(self._store)

    def answer(self, source: AnySource, request: wire.Request) -> wire.Answer:
        """The answer to everything but AwaitSettled, which `settled` gives when it is time."""
        if isinstance(request, wire.Recall):
            return wire.Recalled(source_memory.recall(self._store, source.name, request.keys))
        if isinstance(request, wire.Looked):
            return self._going()
        try:
            answer = self._write(source, request)
        except (DatabaseError, OSError):
            self._room.write_failed()
            answer = wire.Full()
        if isinstance(request, wire.Piece) and isinstance(answer, wire.Full):
            self._without_a_piece(source)
        return answer

    def settled(self, arrival_id: int) -> wire.Settled | None:
        """What an arrival was, once it is known."""
        arrival = arrivals.get(self._store, arrival_id)
        first = arrivals.get(self._store, arrival.duplicate_of) if arrival.duplicate_of else arrival
        if first.state not in SETTLED_STATES:
            return None
        return wire.Settled(arrival_id, self._note_of(first))

    def gone(self, source: AnySource) -> None:
        """The source's process has ended, or begins anew: what it had begun is settled as cut short."""
        begun = self._begun.pop(source.name, None)
        if begun is None:
            return
        try:
            self._settle_cut(begun)
        except DatabaseError:  # the sweep at the next start does it
            self._room.write_failed()

    def _going(self) -> wire.Going:
        return wire.Going(self._room.lack is not Lack.NOTHING)

    def _write(self, source: AnySource, request: wire.Request) -> wire.Answer:
        if isinstance(request, wire.Abandon):
            self._drop(source)
            return self._going()
        if isinstance(request, wire.Remember):
            with self._store.transaction():
                source_memory.remember(self._store, source.name, request.values)
            return self._going()
        if isinstance(request, wire.Begin):
            return self._begin(source, request)
        begun = self._begun.get(source.name)
        if begun is None or (isinstance(request, wire.Piece) and self._room.lack is not Lack.NOTHING):
            return wire.Full()
        if isinstance(request, wire.Piece):
            arriving.keep(self._store, begun, request.data)
            return wire.Kept()
        if isinstance(request, wire.End):
            return self._end(source, begun, request)
        raise TypeError(request)

    def _begin(self, source: AnySource, request: wire.Begin) -> wire.Answer:
        self.gone(source)
        if self._room.lack is not Lack.NOTHING:
            return wire.Full()
        self._begun[source.name] = Begun(source.name, source.facility, request.name, request.keep_if_cut)
        return wire.Begun()

    def _end(self, source: AnySource, begun: Begun, request: wire.End) -> wire.Answer:
        arriving.finish(begun)
        with self._store.transaction():
            arrival_id = arriving.end(self._store, begun, cut_short=request.cut_short)
            source_memory.remember(self._store, source.name, request.remember)
        del self._begun[source.name]
        arrival = arrivals.get(self._store, arrival_id)
        self._received()
        return wire.Arrived(arrival_id, arrival.state is ArrivalState.DUPLICATE)

    def _drop(self, source: AnySource) -> None:
        begun = self._begun.get(source.name)
        if begun is not None:
            with self._store.transaction():
                arriving.drop(self._store, begun)
            del self._begun[source.name]

    def _without_a_piece(self, source: AnySource) -> None:
        """A line sends its piece again. Of a whole, the next pieces may be under way already: none may close the gap."""
        begun = self._begun.get(source.name)
        if begun is not None and not begun.keep_if_cut:
            self.gone(source)

    def _settle_cut(self, begun: Begun) -> None:
        with self._store.transaction():
            kept = arriving.settle_cut(self._store, begun)
        if kept is not None:
            self._received()
