"""The audit's own threads beside the delivery worker: anchors signed when they are due, rows sent as they are written.

A delivery that fails never holds the audit up, and the other way round. Each thread has a connection to the store of
its own.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from appliance import __version__
from appliance.clock import Clock
from appliance.config import SiteConfig, settings
from appliance.errors import RenkeiError
from appliance.exchange.audit.receiver import tls_context
from appliance.exchange.audit.sending import HubSender, Sender, SyslogSender, connector
from appliance.exchange.hub import Hub
from appliance.limits import AUDIT_ANCHOR_LOOK_S, AUDIT_LOOK_S, AUDIT_RETRY_MAX_S, AUDIT_STOP_WAIT_S
from appliance.service import Figures
from appliance.store import audit, audit_anchor, audit_positions
from appliance.store.audit import Event
from appliance.store.audit_anchor import DeviceKey
from appliance.store.audit_positions import Destination
from appliance.store.db import Store, open_store

_SETTINGS = "audited_settings"
_SERVICE = "exchange"

Made = Callable[[Store], Sender]


class AuditOut:
    """Everything of the audit that runs as long as the exchange does; a context.

    `store` is the caller's, for the rows of start and stop; `key` opens the threads' own connections.
    """

    def __init__(self, site: SiteConfig, store: Store, key: bytes) -> None:
        self._site = site
        self._store = store
        self._key = key
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(made,), name=f"audit-{number}", daemon=True)
            for number, made in enumerate(senders(site, store.clock))
        ]
        self._threads.append(threading.Thread(target=self._anchor, name="audit-anchor", daemon=True))

    def __enter__(self) -> Self:
        with self._store.transaction():
            audit.append(self._store, Event.SERVICE_STARTED, service=_SERVICE, version=__version__)
            note_settings(self._store, self._site)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(AUDIT_STOP_WAIT_S / len(self._threads))
        with self._store.transaction():
            audit.append(self._store, Event.SERVICE_STOPPED, service=_SERVICE)

    def _run(self, made: Made) -> None:
        """One way out, until told to stop; what fails in it is tried again, and stops nothing else."""
        while not self._stop.is_set():
            try:
                with open_store(self._site.store.path, self._key, self._store.clock) as store:
                    self._send(made(store))
            except Exception as error:  # noqa: BLE001 - the thread's edge: a certificate may be replaced, a store be busy
                _complain("the audit cannot be sent", error)
                self._stop.wait(AUDIT_RETRY_MAX_S)

    def _send(self, sender: Sender) -> None:
        figures = Figures(self._site.run_folder, f"audit-{sender.destination.value}")
        while not self._stop.is_set():
            pause_s = _cycle(sender)
            figures.set("trouble", sender.trouble)
            figures.write()
            self._stop.wait(pause_s)
        sender.close()

    def _anchor(self) -> None:
        """Sign an anchor whenever one is due; a key that cannot be read is told, and tried again."""
        while not self._stop.is_set():
            try:
                with open_store(self._site.store.path, self._key, self._store.clock) as store:
                    anchor_if_due(store, self._site)
            except Exception as error:  # noqa: BLE001 - the thread's edge, as above
                _complain("the audit cannot be anchored", error)
            self._stop.wait(AUDIT_ANCHOR_LOOK_S)


def senders(site: SiteConfig, clock: Clock) -> list[Made]:
    """The ways out that the site file names, to be made by the thread that runs each."""
    dice = random.SystemRandom().random

    def to_hub(store: Store) -> Sender:
        return HubSender(store, site, Hub(site.hub, clock.monotonic_s), dice)

    def to_syslog(store: Store) -> Sender:
        context = tls_context(site.audit, site.hub)
        return SyslogSender(store, site, connector(site, context, clock.monotonic_s), dice)

    made: dict[Destination, Made] = {Destination.HUB: to_hub, Destination.SYSLOG: to_syslog}
    return [made[one] for one in audit_positions.wanted(site)]


def anchor_if_due(store: Store, site: SiteConfig) -> bool:
    """Sign an anchor if the last is a day old; whether one was signed. Raises AnchorError."""
    if not audit_anchor.is_due(store):
        return False
    audit_anchor.anchor_now(store, DeviceKey(site.hub.certificate, site.hub.key), site.device_id)
    return True


def note_settings(store: Store, site: SiteConfig) -> None:
    """Write down which settings differ from those of the last start, inside a transaction; their values stay out."""
    now, kept = settings(site), store.meta(_SETTINGS)
    before: dict[str, str] = json.loads(kept) if kept else {}
    if now == before:
        return
    changed = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    store.set_meta(_SETTINGS, json.dumps(now))
    audit.append(store, Event.CONFIGURATION_CHANGED, changed=changed if before else [], first=not before)


def _cycle(sender: Sender) -> float:
    """One cycle; how long to wait until the next."""
    try:
        return 0.0 if sender.cycle() else AUDIT_LOOK_S
    except Exception as error:  # noqa: BLE001 - the thread's edge: the audit goes on trying whatever one cycle met
        _complain(f"audit to {sender.destination.value} failed", error)
        return AUDIT_RETRY_MAX_S


def _complain(what: str, error: Exception) -> None:
    code = error.code if isinstance(error, RenkeiError) else type(error).__name__
    print(f"exchange: {what} ({code})", file=sys.stderr)
