"""Understands what was received, one arrival after the other, in a thread and a store connection of its own.

So a large file never makes a serial line wait for its acknowledgement. A fault of ours in one arrival quarantines that
arrival and stops nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from appliance.config import SiteConfig
from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.faults import told
from appliance.intake.masters import MastersFile
from appliance.intake.understand import quarantine_damaged, quarantine_unexplained, understand
from appliance.limits import UNDERSTAND_RETRY_S
from appliance.store import arrivals
from appliance.store.arrivals import Arrival, ArrivalState
from appliance.store.db import DatabaseError, Store
from appliance.store.piece_files import DamagedPieceError
from appliance.store.rules import RulesFile

_log = logging.getLogger("renkei.intake")


class Understanding:
    """The thread. `open_own` opens its store; `settled` is called after each arrival, from the thread."""

    def __init__(
        self, site: SiteConfig, open_own: Callable[[], Store], settled: Callable[[Arrival], None]
    ) -> None:
        self._site = site
        self._open_own = open_own
        self._settled = settled
        self._sources = {source.name: source for source in site.sources}
        self._own = frozenset(facility.number for facility in site.facilities)
        self._rules: RulesFile | None = None
        """Of the thread's own store, which alone it opens."""
        self._masters = MastersFile(site.masters)
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="understanding", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to understand."""
        self._work.set()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self, wait_s: float) -> None:
        """Ask the thread to end after the arrival at hand; what it leaves is resumed at the next start."""
        self._stopping = True
        self._work.set()
        self._thread.join(wait_s)

    def _run(self) -> None:
        with self._open_own() as store:
            while not self._stopping:
                self._work.clear()
                try:
                    self.step(store)
                except DatabaseError as error:  # no room, or no disk: tried again, nothing is lost
                    _log.warning("understanding waits for the store: %s", type(error).__name__)
                except RenkeiError as error:
                    _log.warning("understanding waits for the rules: %s", error.code)
                self._work.wait(UNDERSTAND_RETRY_S)

    def step(self, store: Store) -> None:
        """Understand everything that waits. Raises DatabaseError when the store cannot be written.

        Raises RenkeiError when there are no rules to go by.
        """
        if self._rules is None:
            self._rules = RulesFile(self._site.network, store)
        for arrival in arrivals.in_state(store, ArrivalState.RECEIVED):
            if self._stopping:
                return
            self._settled(self._one(store, self._rules.current(), arrival))

    def _one(self, store: Store, rules: Rules, arrival: Arrival) -> Arrival:
        try:
            return understand(
                store,
                rules,
                arrival,
                self._own,
                self._masters.current(),
                self._sources.get(arrival.source),
            )
        except DatabaseError:
            raise
        except DamagedPieceError:
            _log.error("arrival %s is damaged on the disk", store.log_id("arrival", arrival.id))
            return quarantine_damaged(store, arrival)
        except Exception as error:  # noqa: BLE001 - the edge of one arrival's task: a fault of ours must not stop the others
            _log.error("arrival %s: %s", store.log_id("arrival", arrival.id), told(error))
            return quarantine_unexplained(store, arrival)
