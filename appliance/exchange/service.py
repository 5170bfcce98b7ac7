"""The exchange service: the delivery worker's cycles, and between them the questions on its socket."""

from __future__ import annotations

import contextlib
import fcntl
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from appliance.channels import ChannelKind
from appliance.clock import Clock, SystemClock
from appliance.config import IdentityFeed, SiteConfig
from appliance.errors import Audience, RenkeiError
from appliance.exchange.audit.service import AuditOut
from appliance.exchange.deliver import Worker
from appliance.exchange.hub import Hub
from appliance.exchange.line import Line
from appliance.exchange.mhd_channel import mhd_channels
from appliance.exchange.prepare import manner_of
from appliance.exchange.questions import Question, Questions
from appliance.exchange.sftp_channels import SftpChannels
from appliance.exchange.ssmix2_channel import SsmixChannel
from appliance.limits import EXCHANGE_BUSY_S, EXCHANGE_IDLE_S, EXCHANGE_LOOK_S, EXCHANGE_STOP_WAIT_S
from appliance.records.messages import Done, Failed, Message, Wake, exchange_request, to_bytes
from appliance.service import Figures, serve
from appliance.sockets import Listener, own_uids
from appliance.store import keys
from appliance.store.damage import open_for_service
from appliance.store.db import Store
from appliance.store.rules import RulesFile

_WENT_WRONG = Failed(
    code="EXCHANGE-0002",
    ja="他の施設の情報を表示できませんでした。",
    en="Other facilities' data could not be shown.",
    hint_ja="もう一度お試しください。続くときは運用者に連絡してください。",
    hint_en="Try again. If it goes on, call the operator.",
)
_NOT_UNDERSTOOD = Failed(
    code="EXCHANGE-0001", ja="内部の電文を理解できません。", en="The message is not understood."
)


class AlreadyRunningError(RenkeiError):
    """Another exchange service works on this store: there is one dispatcher only."""

    code = "EXCHANGE-0003"
    audience = Audience.OPERATOR


class Exchange:
    """One run of the service. `cycle` is one turn of its loop."""

    def __init__(self, site: SiteConfig, store: Store, clock: Clock) -> None:
        self._rules = rules = RulesFile(site.network, store)
        network = site.network
        manner = manner_of(
            network.channels,
            source_files=network.source_files,
            pixm=network.identity_feed is IdentityFeed.PIXM,
        )
        self.figures = Figures(site.run_folder, "exchange")
        self._hub = Hub(site.hub, clock.monotonic_s)
        self._line = _line_to_storage(site, clock)
        self._storage = SsmixChannel(self._line, rules.current) if self._line else None
        self.worker = Worker(
            store,
            self._hub,
            rules.current,
            site.facility_name,
            random.SystemRandom().random,
            self.figures,
            others=[
                *mhd_channels(network.channels, self._hub, site.facility_name, manner),
                *([self._storage] if self._storage else []),
            ],
            manner=manner,
            line_is_down=Line(site.run_folder, clock).is_down,
        )
        self._questions = Questions(
            store,
            self._hub,
            rules.current,
            lambda: self.worker.breaker.is_open,
            lambda: self.worker.busy,
            network.regional_ids,
        )
        self._listener = Listener(site.socket("exchange"), own_uids())

    def cycle(self, stop: threading.Event) -> None:
        """Serve the worker, then wait for a question, a wake-up or an answer of the hub."""
        happened = self.worker.turn()
        self.figures.set("rules", self._rules.trouble.code if self._rules.trouble else "")
        if self._storage:
            self.figures.set("storage_trouble", self._storage.trouble or "")
        self._questions.turn()
        if stop.is_set():
            return
        if self.worker.busy:
            self.worker.wait(EXCHANGE_BUSY_S)
        self._listener.serve_one(
            self.answer, EXCHANGE_LOOK_S if happened or self.worker.busy else EXCHANGE_IDLE_S
        )

    def answer(self, data: bytes) -> bytes:
        """The answer to one message on the socket; a wake-up needs no more than to have ended the wait."""
        try:
            request = exchange_request(data)
        except msgspec.DecodeError:
            return to_bytes(_NOT_UNDERSTOOD)
        return to_bytes(Done() if isinstance(request, Wake) else self._answered(request))

    def _answered(self, request: Question) -> Message:
        try:
            return self._questions.answer(request)
        except Exception as error:  # noqa: BLE001 - the request's edge: deliveries go on whatever a hub answered
            print(f"exchange: a look-up failed ({type(error).__name__})", file=sys.stderr)
            return _WENT_WRONG

    def close(self) -> None:
        self._listener.close()
        self._questions.stop()
        self.worker.stop(EXCHANGE_STOP_WAIT_S)
        self._hub.close()
        if self._line:
            self._line.close()


def _line_to_storage(site: SiteConfig, clock: Clock) -> SftpChannels | None:
    if site.sftp is None or ChannelKind.SSMIX2 not in site.network.channels:
        return None
    return SftpChannels(site.sftp, clock.monotonic_s)


def run_exchange(site: SiteConfig) -> None:
    """Run until told to stop (`renkei exchange`)."""
    clock = SystemClock()
    key = keys.load_key(site.store.key_file)
    with alone(site.run_folder), open_for_service(site.store.path, key, clock) as store:
        exchange = Exchange(site, store, clock)
        exchange.worker.start()
        try:
            with AuditOut(site, store, key):
                serve("exchange", exchange.cycle, exchange.figures)
        finally:
            exchange.close()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the dispatcher's lock; the kernel lets it go with the process. Raises AlreadyRunningError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "exchange.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                "送信サービスはすでに動いています。", "The exchange service is running already."
            ) from error
        yield
