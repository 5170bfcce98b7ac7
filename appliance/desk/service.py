"""The desk service: answer the kiosk, end what is due, wake the exchange when there is something to send."""

from __future__ import annotations

import contextlib
import logging
import threading

from appliance.clock import Clock, SystemClock
from appliance.config import SiteConfig
from appliance.desk.answers import answer
from appliance.desk.desk import Desk
from appliance.errors import RenkeiError
from appliance.limits import DESK_CYCLE_S, DESK_SWEEP_S, DESK_WAKE_TIMEOUT_S
from appliance.records.messages import Wake, to_bytes
from appliance.service import Figures, serve
from appliance.sockets import Listener, PeerError, ask, own_uids
from appliance.store import access, consents, keys, staff
from appliance.store.damage import open_for_service
from appliance.store.rules import RulesFile

_log = logging.getLogger(__name__)


class DeskService:
    """One run of the service. `turn` is one cycle of its loop."""

    def __init__(self, desk: Desk, listener: Listener, clock: Clock) -> None:
        self._desk = desk
        self._listener = listener
        self._clock = clock
        self._swept_s = float("-inf")

    def turn(self) -> bool:
        """Answer one question if one comes within a second, and do what is due; whether there was a question."""
        asked = self._listener.serve_one(lambda data: answer(self._desk, data), DESK_CYCLE_S)
        if self._desk.changed:
            self._desk.changed = False
            self._wake_exchange()
        if self._clock.monotonic_s() - self._swept_s >= DESK_SWEEP_S:
            self._swept_s = self._clock.monotonic_s()
            self.sweep()
        return asked

    def sweep(self) -> None:
        """End the sessions and consents whose time is over; `decide` and `session` refuse them even before."""
        store = self._desk.store
        staff.end_due_sessions(store)
        if access.time_is_due(store):
            with store.transaction():
                access.note_time(store)
        try:
            rules = self._desk.rules
        except RenkeiError as error:  # no good rules yet: nothing can be active under them
            _log.warning("no rules: %s", error.code)
            return
        if consents.expire_due(store, rules):
            self._wake_exchange()

    def _wake_exchange(self) -> None:
        with contextlib.suppress(PeerError):  # it looks by itself soon enough
            ask(self._desk.site.socket("exchange"), to_bytes(Wake()), timeout_s=DESK_WAKE_TIMEOUT_S)


def run_desk(site: SiteConfig) -> None:
    """Run until told to stop (`renkei desk`)."""
    clock = SystemClock()
    with open_for_service(site.store.path, keys.load_key(site.store.key_file), clock) as store:
        listener = Listener(site.socket("desk"), own_uids())
        figures = Figures(site.run_folder, "desk")
        desk = DeskService(Desk(store, site, RulesFile(site.network, store)), listener, clock)

        def cycle(stop: threading.Event) -> None:
            if not stop.is_set():
                desk.turn()

        try:
            serve("desk", cycle, figures)
        finally:
            listener.close()
