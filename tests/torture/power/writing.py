"""What a box does in its day, in one process: files and a serial line taken in, consents, deliveries, audit.

Each thing that the box would tell somebody outside (a file moved, an ACK sent, a paper handed over, a delivery done) is
given to `acknowledge` at that moment; `checking` knows what each of them promises.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

from appliance.clock import SystemClock
from appliance.intake import wire
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.sources import FolderSource
from appliance.store import access, audit, claiming
from appliance.store.audit import Event
from appliance.store.db import Store, create_store
from tests.store.consented import agree, doctor, own_patient
from tests.store.made import FACILITY, rules

KEY: Final = bytes(32)
SIZES: Final = (500, 5_000, 20_000, 60_000, 300_000)
"""Of pieces, in bytes: three that are rows and two that are files."""

Acknowledge = Callable[..., None]
"""Called with a word and what belongs to it."""


class Day:
    """The box at work over a store of its own; the same seed is the same day."""

    def __init__(self, folder: Path, acknowledge: Acknowledge, seed: int) -> None:
        self._acknowledge = acknowledge
        self._chance = random.Random(seed)
        self.store: Store = create_store(folder / "store.db", KEY, SystemClock())
        acknowledge("store")
        self._keeping = Keeping(self.store, Room(self.store), lambda _: "", received=lambda: None)
        self._rules = rules()
        self._doctor = doctor(self.store)
        self._source = FolderSource(name="receipt", facility=FACILITY, folder=folder)

    def go_on(self, steps: int) -> None:
        for number in range(steps):
            action = self._chance.choices((self._file, self._line, self._patient, self._look), (4, 2, 2, 1))[
                0
            ]
            action(number)

    def _file(self, number: int) -> None:
        """A file in one to three pieces, and the memory of having taken it."""
        pieces = [self._bytes() for _ in range(self._chance.randint(1, 3))]
        self._ask(wire.Begin(f"R{number}"))
        for piece in pieces:
            self._ask(wire.Piece(piece))
        self._ask(wire.End(remember={f"R{number}": b"taken"}))
        self._acknowledge("file", f"R{number}", _digest(b"".join(pieces)))

    def _line(self, number: int) -> None:
        """A message over a serial line: every piece is acknowledged by itself."""
        whole = b""
        self._ask(wire.Begin(f"L{number}", keep_if_cut=True))
        for _ in range(self._chance.randint(1, 3)):
            piece = self._bytes()
            self._ask(wire.Piece(piece))
            whole += piece
            self._acknowledge("piece", f"L{number}", len(whole), _digest(whole))
        self._ask(wire.End())
        self._acknowledge("file", f"L{number}", _digest(whole))

    def _patient(self, number: int) -> None:
        """A patient comes, agrees, and what is theirs is delivered."""
        with self.store.transaction():
            access.set_snapshot(self.store, self.store.clock.now())
        who = own_patient(self.store, self._rules, chart=f"{number:04d}")
        consent = agree(self.store, self._rules, self._doctor, who, request=f"r{number}")
        self._acknowledge("consent", consent.id)
        while claimed := claiming.claim(self.store, self._rules, limit=4, lease_s=60):
            for one in claimed:
                claiming.about_to_send(self.store, one.id, f"digest-{one.id}")
                self._acknowledge("sending", one.id)
                claiming.delivered(self.store, one, [("Patient", f"p{number}")])
                self._acknowledge("delivered", one.id)

    def _look(self, number: int) -> None:
        """Somebody looks at records: the row of the audit stands before they are shown."""
        with self.store.transaction():
            audit.append(self.store, Event.PATIENT_SHOWN, number=number)
        anchor = audit.anchor(self.store)
        self._acknowledge("audit", anchor.seq, anchor.hash.hex())

    def _ask(self, request: wire.Request) -> None:
        assert self._keeping.answer(self._source, request) != wire.Full()

    def _bytes(self) -> bytes:
        return self._chance.randbytes(self._chance.choice(SIZES))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
