"""A clinic with an ORCA server and a box: looks are made by hand, and what the box holds is compared with the server."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.formats.facility import NO_FACILITY
from appliance.formats.orca.envelope import MARK, Envelope, unpack
from appliance.formats.orca.pages import page_key
from appliance.formats.orca.visits import Visit
from appliance.intake.keeper import Keeper
from appliance.intake.orca.client import Client
from appliance.intake.orca.collecting import Collecting
from appliance.intake.orca.hints import Hint
from appliance.practice.facilities import CLINIC_A
from appliance.practice.orca.answers import Chart
from appliance.records.clinical import Condition, DeviceUseStatement, MedicationRequest, Procedure
from appliance.records.document import Record
from appliance.sources import OrcaSource
from appliance.store import arrivals, documents
from appliance.store.db import Store
from tests.intake.kept import Box, in_process_keeper
from tests.simulators.orca import PASSWORD, Orca

SOURCE = f'name = "orca", kind = "orca", facility = "{CLINIC_A.number}", url = "http://127.0.0.1:9", user = "renkei"'
_CODED = ("1", "6", "7")
"""What the codes of acts, drugs and materials begin with; the others become words of these."""


def coded(codes: Sequence[str]) -> list[str]:
    return sorted(code for code in codes if code.startswith(_CODED))


def placed_key(key: str) -> str:
    return key.replace(f":{NO_FACILITY}:", f":{CLINIC_A.number}:", 1)


def current(store: Store, key: str) -> list[Record] | None:
    """The records of a document that holds now; None when there is none."""
    found = store.value("SELECT id FROM documents WHERE key = ? AND state = 'current'", (placed_key(key),))
    return None if found is None else [one.record for one in documents.records(store, found, "p")]


def visit_codes(store: Store) -> dict[str, list[str]]:
    """Every visit that holds now, by its key, with its codes."""
    keys = store.rows("SELECT key FROM documents WHERE state = 'current' AND key LIKE '%:orca-visit:%'")
    return {key: _codes(current(store, key) or []) for (key,) in keys}


def truth_codes(orca: Orca) -> dict[str, list[str]]:
    """The same as the server has it."""
    return {placed_key(visit.key): coded(codes) for visit, codes in orca.truth().items()}


def _codes(records: Sequence[Record]) -> list[str]:
    kinds = (Procedure, MedicationRequest, DeviceUseStatement)
    return sorted(one.concept.codings[0].code for one in records if isinstance(one, kinds))


@dataclass
class Clinic:
    """One server, one box, one source between them."""

    box: Box
    orca: Orca
    keeper: Keeper
    source: OrcaSource
    collecting: Collecting

    def restart(self, **settings: Any) -> None:
        """A new process of the source over what it remembers."""
        self.source = self.orca.source(**settings)
        client = Client(self.source, PASSWORD, self.box.clock)
        self.collecting = Collecting(self.source, self.keeper, client, self.box.clock)

    def look(self, hint: Hint | None = None) -> Counter[str]:
        """One look, and everything that came understood."""
        self.box.clock.advance(60)
        troubles = self.collecting.look(hint) if hint else self.collecting.look()
        self.box.understanding.step(self.box.store)
        return troubles

    def agrees(self) -> None:
        """The box holds what the server has: no more, no less."""
        assert visit_codes(self.box.store) == truth_codes(self.orca)
        assert set(arrivals.counts(self.box.store)) <= {"understood"}

    def holds(self, visit: Visit) -> bool:
        return current(self.box.store, visit.key) is not None

    def page(self, what: str, number: str) -> list[Record] | None:
        return current(self.box.store, page_key(what, number))

    def conditions(self, number: str) -> list[Condition]:
        records = current(self.box.store, page_key("orca-diseases", number)) or []
        return [one for one in records if isinstance(one, Condition)]

    def envelopes(self) -> list[Envelope]:
        """Everything that ever came, oldest first."""
        found = []
        for (one,) in self.box.store.rows("SELECT id FROM arrivals ORDER BY id"):
            data = arrivals.content(self.box.store, one)
            assert data.startswith(MARK)
            envelope = unpack(data)
            assert envelope is not None
            found.append(envelope)
        return found


@contextlib.contextmanager
def clinic_of(folder: Path, charts: Sequence[Chart], **settings: Any) -> Iterator[Clinic]:
    box = Box(folder, SOURCE)
    with Orca(charts, now=box.clock.now) as orca, in_process_keeper(box, box.source) as keeper:
        source = orca.source(**settings)
        client = Client(source, PASSWORD, box.clock)
        clinic = Clinic(box, orca, keeper, source, Collecting(source, keeper, client, box.clock))
        yield clinic
        client.close()
    box.store.close()
