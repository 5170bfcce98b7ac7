"""A serial line as a source: bytes are read, framed, kept, and only then acknowledged (architecture.md, rule 1).

A device that is away is looked for for ever. While the store is full, a device that expects replies is refused and keeps
its data; messages of one that expects none wait here, and beyond a bound on the line itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from appliance.clock import Clock
from appliance.intake.keeper import Keeper, StoreFullError
from appliance.intake.serial.events import Ended, Event, Frame, Message, Noted, Opened, Reply, Trouble
from appliance.intake.serial.outbox import Outbox, Singles
from appliance.intake.serial.port import Port, PortAwayError
from appliance.intake.serial.profiles import engine_of
from appliance.intake.serial.spool import Spool
from appliance.intake.serial.taking import Taking
from appliance.intake.serial.tally import Tally
from appliance.limits import (
    SERIAL_ASIDE_S,
    SERIAL_LOOKED_S,
    SERIAL_REOPEN_FIRST_S,
    SERIAL_REOPEN_MAX_S,
    SERIAL_RESENT_FEW,
    SERIAL_WAIT_S,
)
from appliance.sources import UNREAD_PROFILES, SerialProfile, SerialSource

_AWAY: Final = (Trouble.AWAY, Trouble.IN_USE, Trouble.NOT_ALLOWED)
_REPLYING: Final = frozenset({SerialProfile.STX_ETX_B, SerialProfile.ASTM})


def read(source: SerialSource, keeper: Keeper, _secret: str, clock: Clock) -> None:
    """Read the line until the intake goes."""
    line = Line(source, keeper, clock)
    while True:
        line.turn()


class Line:
    """One line with what is under way on it. `turn` reads once, or looks once for a device that is away."""

    def __init__(self, source: SerialSource, keeper: Keeper, clock: Clock) -> None:
        self._source = source
        self._keeper = keeper
        self._clock = clock
        self._tally = Tally(SERIAL_RESENT_FEW if source.profile in _REPLYING else 0)
        self._tally.stand(Trouble.UNREAD, int(source.profile in UNREAD_PROFILES))
        self._taking = Taking(source.name, keeper)
        self._spool = Spool(keeper, self._taking)
        self._aside_due_s = clock.monotonic_s() + SERIAL_ASIDE_S
        self._outbox = _outbox(source, self._taking, self._tally, clock.monotonic_s())
        self._engine = engine_of(source, self._spool.session, clock.monotonic_s())
        self._port: Port | None = None
        self._errors = 0
        self._pause_s = SERIAL_REOPEN_FIRST_S
        self._look_due_s = 0.0
        self._owed = self._spool.owed()
        """A message that came to its end and is not taken yet; until it is, nothing new is."""

    def turn(self) -> None:
        self._settle()
        try:
            self._listen(self._port or self._open())
        except PortAwayError as error:
            self._away(error.trouble)
        self._look()

    # --- the device

    def _open(self) -> Port:
        self._port = Port(self._source)
        self._pause_s = SERIAL_REOPEN_FIRST_S
        counted = self._port.errors()
        self._errors = counted.all if counted else 0
        for trouble in _AWAY:
            self._tally.stand(trouble, 0)
        return self._port

    def _away(self, why: Trouble) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None
            self._engine.lost()
        for trouble in _AWAY:
            self._tally.stand(trouble, int(trouble is why))
        self._look()
        self._clock.sleep(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, hides nothing
        self._pause_s = min(self._pause_s * 2, SERIAL_REOPEN_MAX_S)
        self._act(self._engine.tick(self._clock.monotonic_s()))  # a session does not outlast its time-out

    def _listen(self, port: Port) -> None:
        if self._outbox.is_full():
            self._clock.sleep(SERIAL_WAIT_S)
            return
        data = port.read(self._wait_s())
        now_s = self._clock.monotonic_s()
        reply = self._act(self._engine.feed(data, now_s) if data else self._engine.tick(now_s))
        if reply:
            port.write(reply)

    def _wait_s(self) -> float:
        now_s = self._clock.monotonic_s()
        dues = [due_s for due_s in (self._engine.due_s(), self._outbox.due_s()) if due_s is not None]
        return max(0.0, min([SERIAL_WAIT_S, *(due_s - now_s for due_s in dues)]))

    # --- what the engine says

    def _act(self, events: Iterable[Event]) -> bytes:
        """Do as the engine says; the one reply that is owed when all that was read has been acted on."""
        reply = b""
        for event in events:
            match event:
                case Reply(data):
                    reply = data
                case Noted(trouble):
                    self._tally.note(trouble, self._clock.monotonic_s())
                case Ended():
                    self._end(event)
                case _:
                    self._keep(event)
        return reply

    def _keep(self, event: Message | Opened | Frame) -> None:
        try:
            match event:
                case Frame() | Opened() if self._owed:
                    self._engine.refuse()
                case Opened() if self._keeper.paused:
                    self._engine.refuse()
                case Opened(session):
                    self._spool.stand(session)
                case Frame(text, session):
                    self._spool.add(text, session)
                case Message(data) if self._source.profile in _REPLYING:
                    self._taking.take(data)
                    self._tally.messages += 1
                case Message(data):
                    self._outbox.add(data, self._clock.monotonic_s())
        except StoreFullError:
            self._engine.refuse()

    def _end(self, ended: Ended) -> None:
        try:
            if self._spool.text:
                self._hand_over(ended)
            else:
                self._spool.stand(ended.session)
        except StoreFullError:
            self._owed = ended

    def _hand_over(self, ended: Ended) -> None:
        if ended.whole:
            self._spool.hand_over(ended.session)
            self._tally.messages += 1
        else:
            self._spool.set_aside(ended.session)
            self._aside_due_s = self._clock.monotonic_s() + SERIAL_ASIDE_S

    # --- between two readings

    def _settle(self) -> None:
        """What could not be taken at once."""
        try:
            if self._owed:
                owed, self._owed = self._owed, None
                self._end(owed)
            if self._spool.aside and self._clock.monotonic_s() >= self._aside_due_s:
                self._spool.let_go()
                self._tally.note(Trouble.NOT_REPEATED, self._clock.monotonic_s())
            self._outbox.settle(self._clock.monotonic_s())
        except StoreFullError:
            pass  # shown as paused by the intake and as untaken here; tried again at the next turn
        self._tally.stand(Trouble.UNTAKEN, len(self._outbox.untaken) + (self._owed is not None))

    def _look(self) -> None:
        """The sign of life, with what the line's hardware has counted."""
        now_s = self._clock.monotonic_s()
        if now_s < self._look_due_s:
            return
        self._look_due_s = now_s + SERIAL_LOOKED_S
        counted = self._port.errors() if self._port else None
        if counted and counted.all > self._errors:
            self._tally.note(Trouble.LINE, now_s, counted.all - self._errors)
            self._errors = counted.all
        self._keeper.looked(self._tally.troubles(now_s), self._tally.figures())


def _outbox(source: SerialSource, taking: Taking, tally: Tally, now_s: float) -> Outbox:
    if source.profile is not SerialProfile.QR:
        return Singles(taking, tally)
    from appliance.intake.serial.scans import Scans  # the forms' layouts: no analyser needs them

    return Scans(taking, tally, now_s)
