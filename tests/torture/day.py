"""What a box does in its day, in one process: files and a serial line taken in and understood, consents, deliveries, audit.

Each thing that the box would tell somebody outside (a file moved, an ACK sent, a paper handed over, a delivery done) is
given to `acknowledge` at that moment; `promises` knows what each of them promises. A day that was cut goes on over the
same store as the box does: it sweeps, asks the hub about what is in doubt, and the outside brings again what was not
acknowledged.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from appliance.clock import SystemClock
from appliance.consent.roles import Role
from appliance.consent.states import State
from appliance.intake import wire
from appliance.intake.keeping import Keeping
from appliance.intake.room import Room
from appliance.intake.understand import understand
from appliance.practice.bulk import claim_file
from appliance.practice.facilities import CLINIC_A
from appliance.sources import FolderSource
from appliance.store import access, arrivals, audit, claiming
from appliance.store.arrivals import ArrivalState
from appliance.store.audit import Event
from appliance.store.db import Store, create_store, open_store
from appliance.store.deliveries import Claimed
from appliance.store.staff import StaffSession
from tests.store.consented import approve, doctor, own_patient, sign
from tests.store.made import rules

KEY: Final = bytes(32)
SIZES: Final = (500, 5_000, 20_000, 60_000, 300_000)
"""Of pieces, in bytes: three that are rows and two that are files."""
CLAIMS_BYTES: Final = 12_000

Acknowledge = Callable[..., None]
"""Called with a word and what belongs to it."""
Asked = Callable[[int], bool]
"""Whether the hub has a delivery."""


class Day:
    """The box at work over a store of its own; the same seed is the same day, step by step."""

    def __init__(self, folder: Path, acknowledge: Acknowledge, seed: int, hub_has: Asked) -> None:
        self._acknowledge = acknowledge
        self._seed = seed
        self._hub_has = hub_has
        path = folder / "store.db"
        make = open_store if path.exists() else create_store
        self.store: Store = make(path, KEY, SystemClock())
        acknowledge("store")
        self._keeping = Keeping(self.store, Room(self.store), lambda _: "", received=lambda: None)
        self._rules = rules()
        self._source = FolderSource(name="receipt", facility=CLINIC_A.number, folder=folder)
        self._sweep()
        self._doctor = self._known_doctor() or doctor(self.store)

    def go_on(self, first: int) -> Iterator[int]:
        """Step after step from `first`; each one's number when it is done."""
        for number in count(first):
            chance = random.Random(f"{self._seed}-{number}")
            actions = (self._file, self._claims, self._line, self._patient, self._look)
            (action,) = chance.choices(actions, (4, 1, 2, 2, 1))
            action(number, chance)
            yield number

    def _sweep(self) -> None:
        """As the services do when they start."""
        self._keeping.sweep()
        self._understand()
        claiming.sweep(self.store)
        for one in claiming.doubtful(self.store, 100):
            if self._hub_has(one.id):
                claiming.delivered(self.store, one)
            else:
                claiming.not_found(self.store, one)
        self._deliver()

    def _file(self, number: int, chance: random.Random) -> None:
        """A file in one to three pieces, and the memory of having taken it."""
        self._take(f"R{number}", [_bytes(chance) for _ in range(chance.randint(1, 3))])

    def _claims(self, number: int, chance: random.Random) -> None:
        """A file of claims, of which every one becomes a document."""
        content = claim_file(CLAIMS_BYTES, chance.randrange(1_000_000))
        self._take(f"R{number}", [content])
        self._acknowledge("claims", f"R{number}", content.count(b"\nRE,") + content.startswith(b"RE,"))

    def _line(self, number: int, chance: random.Random) -> None:
        """A message over a serial line: every piece is acknowledged by itself."""
        whole = b""
        self._ask(wire.Begin(f"L{number}", keep_if_cut=True))
        for _ in range(chance.randint(1, 3)):
            piece = _bytes(chance)
            self._ask(wire.Piece(piece))
            whole += piece
            self._acknowledge("piece", f"L{number}", len(whole), _digest(whole))
        self._ask(wire.End())
        self._acknowledge("file", f"L{number}", _digest(whole))

    def _patient(self, number: int, _: random.Random) -> None:
        """A patient comes, agrees, and what is theirs is delivered."""
        chart = f"{number:04d}"
        with self.store.transaction():
            access.set_snapshot(self.store, self.store.clock.now())
        who = self.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,))
        who = who or own_patient(self.store, self._rules, chart)
        consent = sign(self.store, self._rules, self._doctor, who, request=f"r{number}")
        if consent.state is not State.ACTIVE:
            approve(self.store, self._rules, self._doctor, consent.id)
        self._acknowledge("consent", consent.id)
        self._deliver()

    def _look(self, number: int, _: random.Random) -> None:
        """Somebody looks at records: the row of the audit stands before they are shown."""
        with self.store.transaction():
            audit.append(self.store, Event.PATIENT_SHOWN, number=number)
        anchor = audit.anchor(self.store)
        self._acknowledge("audit", anchor.seq, anchor.hash.hex())

    def _take(self, name: str, pieces: list[bytes]) -> None:
        self._ask(wire.Begin(name))
        for piece in pieces:
            self._ask(wire.Piece(piece))
        self._ask(wire.End(remember={name: b"taken"}))
        self._acknowledge("file", name, _digest(b"".join(pieces)))
        self._understand()

    def _understand(self) -> None:
        for arrival in arrivals.in_state(self.store, ArrivalState.RECEIVED):
            understand(self.store, self._rules, arrival, {CLINIC_A.number})

    def _deliver(self) -> None:
        while claimed := claiming.claim(self.store, self._rules, limit=4, lease_s=60):
            claiming.about_to_send(self.store, [(one.id, meaning(one)) for one in claimed])
            for one in claimed:
                self._acknowledge("sending", one.id, meaning(one))
            for one in claimed:
                claiming.delivered(self.store, one)
                self._acknowledge("delivered", one.id)

    def _known_doctor(self) -> StaffSession | None:
        row = self.store.row("SELECT id, facility, login, name, role FROM staff")
        return None if row is None else StaffSession(*row[:4], Role(row[4]), administrator=False)

    def _ask(self, request: wire.Request) -> None:
        assert self._keeping.answer(self._source, request) != wire.Full()


def meaning(one: Claimed) -> str:
    """What a delivery says to the hub; it may be said twice, never otherwise."""
    return f"{one.kind}-{one.document_key.replace(',', ';')}-{one.consent}"


def _bytes(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice(SIZES))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
