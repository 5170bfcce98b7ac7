"""A real intake for tests: the keeper's loop over a real, encrypted store, without the service around it.

`Box` is a box with one facility and the sources given as TOML tables; it drives the intake's own parts by hand, with a
made-up clock: `box.bring("R.UKE", content)` hands over one arrival as a source's process would and understands it.

`Running` runs the whole service, the sources' processes included, in a thread, on the real clock:

    with Running(tmp_path, 'name = "in", kind = "folder", facility = "1310000001", folder = "in"') as running:
        (running.folder / "in" / "RECEIPTC.UKE").write_bytes(content)
        running.wait_until(lambda store: arrivals.counts(store) == {"understood": 1})

`in_process_keeper(box, source)` gives a Keeper to call a source's `read` or its parts in the test's own process.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from appliance.clock import JST, Clock, ManualClock, SystemClock
from appliance.config import SiteConfig, parse_site
from appliance.consent.defaults import participants_document, policy_document
from appliance.intake import wire
from appliance.intake.keeper import Keeper
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.intake.service import Intake, note_of
from appliance.intake.tray import Tray, unlaid
from appliance.intake.understanding import Understanding
from appliance.practice.facilities import CLINIC_A
from appliance.service import Figures
from appliance.sockets import FrameBuffer, PeerError
from appliance.sources import AnySource
from appliance.store import arrivals
from appliance.store.arrivals import Arrival
from appliance.store.db import Store, create_store, open_store
from tests.signing import write_rules

KEY = bytes(32)
FOLDER = f'name = "receipt", kind = "folder", facility = "{CLINIC_A.number}", folder = "in"'
_SITE = """
device_id = "box-1"
run_folder = "{run_folder}"
facilities = [{{number = "{number}", name = "練習用"}}]
sources = [{sources}]
[store]
path = "store.db"
key_file = "store.key"
[hub]
url = "https://127.0.0.1:9/fhir/R4"
ca = "ca.pem"
certificate = "box.pem"
key = "box.key"
[network]
name = "練習ネット"
policy = "policy.json"
participants = "participants.json"
signer = "signer-ca.pem"
[kiosk]
certificate = "kiosk.pem"
key = "kiosk.key"
"""


def site_in(folder: Path, *sources: str, run_folder: Path | str = "run") -> SiteConfig:
    """The site of one practice clinic, with its rules and key beside it."""
    since = ManualClock().now().replace(year=2025, tzinfo=JST)
    listed = [(CLINIC_A.number, CLINIC_A.name, "clinic")]
    write_rules(
        folder,
        "練習ネット",
        policy=policy_document("1"),
        participants=participants_document("1", listed, since),
    )
    key_file = folder / "store.key"
    key_file.write_bytes(KEY)
    key_file.chmod(0o600)
    return parse_site(site_text(*sources, run_folder=run_folder), folder)


def site_text(*sources: str, run_folder: str = "run") -> str:
    """The site file."""
    tables = ", ".join(f"{{{source}}}" for source in sources)
    return _SITE.format(number=CLINIC_A.number, sources=tables, run_folder=run_folder)


class Box:
    """The intake's parts over one store, driven by hand."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self.site = site_in(folder, *(sources or (FOLDER,)))
        self.source = self.site.sources[0]
        self.clock = ManualClock()
        self.store: Store = create_store(self.site.store.path, KEY, self.clock)
        self.start()

    def start(self) -> None:
        """A new run over the same store: what was left is taken up."""
        self.room = Room(self.store)
        self.keeping = Keeping(self.store, self.room, note_of, received=lambda: None)
        self.keeping.sweep()
        self.understanding = Understanding(self.site, lambda: self.store, lambda _: None)
        self.understanding.step(self.store)

    def ask(self, request: wire.Request) -> wire.Answer:
        return self.keeping.answer(self.source, request)

    def take(self, name: str, content: bytes) -> Arrival:
        """One arrival, kept and not yet understood."""
        assert self.ask(wire.Begin(name)) == wire.Begun()
        assert self.ask(wire.Piece(content)) == wire.Kept()
        arrived = self.ask(wire.End())
        assert isinstance(arrived, wire.Arrived)
        return arrivals.get(self.store, arrived.arrival)

    def bring(self, name: str, content: bytes) -> Arrival:
        """One arrival, kept and understood."""
        arrival = self.take(name, content)
        self.understanding.step(self.store)
        return arrivals.get(self.store, arrival.id)

    def count(self, table: str) -> int:
        return int(self.store.value(f"SELECT count(*) FROM {table}"))


@contextlib.contextmanager
def in_process_keeper(box: Box, source: AnySource) -> Iterator[Keeper]:
    """A Keeper whose requests a thread answers over the box's store (opened anew: a connection is one thread's).

    As the service does, it cuts off whoever says what makes no sense: the Keeper raises PeerError then.
    """
    ours, theirs = socket.socketpair()
    tray = Tray.made()
    thread = threading.Thread(target=_answer_all, args=(box.site, source, ours, tray))
    thread.start()
    try:
        yield Keeper(theirs, tray)
    finally:
        theirs.close()
        thread.join()
        tray.close()


def _answer_all(site: SiteConfig, source: AnySource, connection: socket.socket, tray: Tray) -> None:
    with connection, open_store(site.store.path, KEY, SystemClock()) as store:
        keeping = Keeping(store, Room(store), note_of, received=lambda: None)
        understanding = Understanding(site, lambda: store, lambda _: None)
        buffer = FrameBuffer()
        with contextlib.suppress(PeerError, msgspec.DecodeError, ValueError):
            while True:
                for frame in buffer.read(connection):
                    request = unlaid(wire.request(frame), tray)
                    if isinstance(request, wire.AwaitSettled):
                        understanding.step(store)
                        settled = keeping.settled(request.arrival)
                        assert settled is not None
                        wire.say(connection, settled)
                    else:
                        wire.say(connection, keeping.answer(source, request))
        keeping.gone(source)


class Running:
    """The whole service in a thread of the test, with its sources' processes."""

    def __init__(
        self, folder: Path, *sources: str, clock: Clock | None = None, run_folder: Path | str = "run"
    ) -> None:
        self.folder = folder
        self.site = site_in(folder, *sources, run_folder=run_folder)
        for source in self.site.sources:
            if folder_of := getattr(source, "folder", None):
                folder_of.mkdir(parents=True, exist_ok=True)
        self.clock = clock or SystemClock()
        if not self.site.store.path.exists():
            create_store(self.site.store.path, KEY, self.clock).close()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.error: BaseException | None = None
        self.intake: Intake | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def open(self) -> Store:
        """A store connection of the test's own."""
        return open_store(self.site.store.path, KEY, self.clock)

    def wait_until(self, holds: Callable[[Store], bool], wait_s: float = 60.0) -> None:
        """Look at the store until it is so; an AssertionError with what there was when it never is."""
        with self.open() as store:
            deadline = time.monotonic() + wait_s
            while not holds(store):
                assert self.error is None, self.error
                assert time.monotonic() < deadline, arrivals.counts(store)
                time.sleep(0.05)

    def _run(self) -> None:
        try:
            with self.open() as store:
                figures = Figures(self.site.run_folder, "intake")
                self.intake = Intake(self.site, store, self.clock, figures)
                self.intake.start()
                try:
                    while not self._stop.is_set():
                        self.intake.cycle(self._stop)
                        figures.write()
                finally:
                    self.intake.close()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self.error = error
