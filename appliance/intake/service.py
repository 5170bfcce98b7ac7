"""The intake service: listens to the sources' processes, keeps what they bring, has it understood, tells how it goes."""

from __future__ import annotations

import contextlib
import threading

from appliance.clock import Clock, SystemClock, iso
from appliance.config import SiteConfig
from appliance.intake import wire
from appliance.intake.children import Child, Children
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.intake.understand import note_for
from appliance.intake.understanding import Understanding
from appliance.limits import INTAKE_CYCLE_S, INTAKE_TOLD_S, STOP_WITHIN_S
from appliance.records.messages import Wake, to_bytes
from appliance.service import Figures, serve
from appliance.sockets import PeerError, ask
from appliance.store import arrivals, keys, source_memory, unmapped
from appliance.store.arrivals import Arrival, ArrivalState
from appliance.store.damage import open_for_service
from appliance.store.db import Store, open_store

AWAY = "away"
"""Troubles of this name, or beginning with it and a hyphen, say that a look did not reach the source."""


class Intake:
    """One run of the service; `cycle` is one turn of its loop."""

    def __init__(self, site: SiteConfig, store: Store, clock: Clock, figures: Figures) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._figures = figures
        self._told_due_s = 0.0
        self._room = Room(store)
        self._keeping = Keeping(store, self._room, note_of, received=self._received)
        self._understanding = Understanding(site, self._open_own, self._settled)
        self._children = Children(
            site.sources,
            secret_of=lambda name: source_memory.password(store, name),
            gone=lambda child: self._keeping.gone(child.source),
        )

    def start(self) -> None:
        """Take up what an earlier run left, then listen. Without rules files are taken, and wait to be understood."""
        self._keeping.sweep()
        self._understanding.start()

    def cycle(self, stop: threading.Event) -> None:  # noqa: ARG002 - it never waits long
        """One turn: at most limits.INTAKE_CYCLE_S of waiting."""
        now_s = self._clock.monotonic_s()
        self._room.look(now_s)
        self._children.step(now_s)
        for child, request in self._children.requests(INTAKE_CYCLE_S, self._clock.monotonic_s):
            self._handle(child, request)
        for child in self._children.all:
            self._answer_awaiting(child)
            self._tell(child)
        self._figures.set("room", self._room.lack)
        self._tell_cycle(now_s)
        if not self._understanding.alive:
            raise RuntimeError("the thread that understands has ended")

    def _tell_cycle(self, now_s: float) -> None:
        if now_s >= self._told_due_s:
            self._told_due_s = now_s + INTAKE_TOLD_S
            self._figures.set("cycle_at", iso(self._clock.now()))
            self._count()

    def close(self) -> None:
        self._children.close()
        self._understanding.stop(STOP_WITHIN_S / 2)

    def _handle(self, child: Child, request: wire.Request) -> None:
        if isinstance(request, wire.AwaitSettled):
            child.awaiting = request.arrival
            self._answer_awaiting(child)
            return
        if isinstance(request, wire.Looked):
            self._note_look(child, request)
        child.say(self._keeping.answer(child.source, request))

    def _answer_awaiting(self, child: Child) -> None:
        if child.awaiting is None:
            return
        settled = self._keeping.settled(child.awaiting)
        if settled is not None:
            child.awaiting = None
            child.say(settled)

    def _note_look(self, child: Child, looked: wire.Looked) -> None:
        name = child.source.name
        child.trouble = ""
        self._figures.set(f"{name}.trouble", ",".join(sorted(looked.troubles)))
        for figure, value in looked.figures.items():
            self._figures.set(f"{name}.{figure}", value)
        if not any(trouble == AWAY or trouble.startswith(f"{AWAY}-") for trouble in looked.troubles):
            self._figures.set(f"{name}.last_look", iso(self._clock.now()))

    def _tell(self, child: Child) -> None:
        if child.trouble:
            self._figures.set(f"{child.source.name}.trouble", child.trouble)

    def _received(self) -> None:
        self._understanding.wake()

    def _settled(self, _arrival: Arrival) -> None:
        """From the thread that understands: the waiting source is answered at the next turn."""
        self._children.wake()
        with contextlib.suppress(PeerError):  # it looks by itself soon enough
            ask(self._site.socket("exchange"), to_bytes(Wake()), timeout_s=1.0)

    def _count(self) -> None:
        counts = arrivals.counts(self._store)
        for state in ArrivalState:
            if state in counts:
                self._figures.set(f"arrivals.{state}", counts[state])
        self._figures.set("unmapped_codings", unmapped.total(self._store))

    def _open_own(self) -> Store:
        return open_store(self._site.store.path, keys.load_key(self._site.store.key_file), self._clock)


def note_of(arrival: Arrival) -> str:
    troubled = arrival.state in (ArrivalState.QUARANTINED, ArrivalState.PARTLY)
    return note_for(arrival) if troubled else ""


def run_intake(site: SiteConfig) -> None:
    """Run until told to stop (`renkei intake`)."""
    clock = SystemClock()
    with open_for_service(site.store.path, keys.load_key(site.store.key_file), clock) as store:
        figures = Figures(site.run_folder, "intake")
        intake = Intake(site, store, clock, figures)
        intake.start()
        try:
            serve("intake", intake.cycle, figures)
        finally:
            intake.close()
