"""The intake service: look at every source in turn, take what has come to rest, understand it, put the file away."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

from appliance.clock import Clock, SystemClock, iso
from appliance.config import SiteConfig
from appliance.intake.folder import DONE, QUARANTINE, Folder, Ready, put_away
from appliance.intake.masters import MastersFile
from appliance.intake.understand import note_for, resume, understand
from appliance.limits import FOLDER_POLL_S
from appliance.records.messages import Wake, to_bytes
from appliance.service import Figures, serve
from appliance.sockets import PeerError, ask
from appliance.sources import FolderSource
from appliance.store import arrivals, keys, unmapped
from appliance.store.arrivals import Arrival, ArrivalState
from appliance.store.db import Store, open_store
from appliance.store.rules import RulesFile


@dataclass(slots=True)
class WatchedFolder:
    """A configured folder and its memory."""

    config: FolderSource
    folder: Folder


class Intake:
    """One run of the service. `look` is one cycle over all sources."""

    def __init__(self, site: SiteConfig, store: Store, clock: Clock, figures: Figures) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._figures = figures
        self._rules = RulesFile(site.network)
        self._masters = MastersFile(site.masters)
        self._own = frozenset(facility.number for facility in site.facilities)
        self._sources = [
            WatchedFolder(source, Folder(source.folder))
            for source in site.sources
            if isinstance(source, FolderSource)
        ]

    def resume(self) -> int:
        """Finish what an earlier run had received."""
        return resume(self._store, self._rules.current(), self._own, self._masters.current())

    def look(self) -> int:
        """One look at every source; how many files were taken. A source that is away does not stop the others."""
        taken = 0
        for source in self._sources:
            try:
                for ready in source.folder.look(self._clock.monotonic_s()):
                    self._take(source, ready)
                    taken += 1
                self._figures.set(f"{source.config.name}.last_look", iso(self._clock.now()))
                self._figures.set(f"{source.config.name}.trouble", _worst(source.folder))
            except OSError as error:
                self._figures.set(f"{source.config.name}.trouble", f"away:{error.errno}")
        for state, count in arrivals.counts(self._store).items():
            self._figures.set(f"arrivals.{state}", count)
        if taken:
            self._figures.set("unmapped_codings", unmapped.total(self._store))
            self._wake_exchange()
        return taken

    def _take(self, source: WatchedFolder, ready: Ready) -> None:
        arrival = arrivals.take(
            self._store,
            source=source.config.name,
            facility=source.config.facility,
            name=ready.path.name,
            content=ready.content,
        )
        if arrival.state is ArrivalState.RECEIVED:
            rules, masters = self._rules.current(), self._masters.current()
            arrival = understand(self._store, rules, arrival, self._own, masters)
        first = arrivals.get(self._store, arrival.duplicate_of) if arrival.duplicate_of else arrival
        put_away(source.config.folder, ready, *_shelf(arrival, first))
        source.folder.forget(ready.path)

    def _wake_exchange(self) -> None:
        with contextlib.suppress(PeerError):  # it looks by itself soon enough
            ask(self._site.socket("exchange"), to_bytes(Wake()), timeout_s=1.0)


def _shelf(arrival: Arrival, first: Arrival) -> tuple[str, int, str]:
    if first.state in (ArrivalState.QUARANTINED, ArrivalState.PARTLY):
        return QUARANTINE, arrival.id, note_for(first)
    return DONE, arrival.id, ""


def _worst(folder: Folder) -> str:
    return ",".join(sorted({trouble.value for trouble in folder.troubles.values()}))


def run_intake(site: SiteConfig) -> None:
    """Run until told to stop (`renkei intake`)."""
    clock = SystemClock()
    with open_store(site.store.path, keys.load_key(site.store.key_file), clock) as store:
        figures = Figures(site.run_folder, "intake")
        intake = Intake(site, store, clock, figures)
        intake.resume()

        def cycle(stop: threading.Event) -> None:
            intake.look()
            stop.wait(FOLDER_POLL_S)

        serve("intake", cycle, figures)
