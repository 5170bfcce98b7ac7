"""A box of its own for each test: a real store, the real worker, and whatever hub it is pointed at.

box = Box.new(tmp_path, hub_config)
who = box.agreed("0001")     # a claim, a signed and approved consent
box.settle()                 # until nothing is under way any more
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from appliance.clock import JST, ManualClock
from appliance.config import HubConfig
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import Rules, parse_rules
from appliance.exchange.deliver import Worker
from appliance.exchange.fhir_channel import FhirChannel
from appliance.exchange.hub import Hub, Patience
from appliance.records.document import Record
from appliance.store import access, claiming, deliveries, documents
from appliance.store.db import Store, create_store
from appliance.store.staff import StaffSession
from tests.store import consented
from tests.store.made import FACILITY, arrival, claim, patient

TURNS_MAX = 500
PATIENT = Patience(connect_s=5.0, read_s=5.0, in_all_s=10.0)


OTHER = "1319999020"
"""A second clinic, whose data a look-up may find."""


def two_clinics() -> Rules:
    """The practice rules with both clinics taking part."""
    listed = [(FACILITY, "練習用内科", "clinic"), (OTHER, "練習用外科", "clinic")]
    since = datetime(2025, 4, 1, tzinfo=JST)
    return parse_rules(policy_document("1"), participants_document("1", listed, since))


def born(chart: str) -> date:
    """A birth date for each chart number: the hub takes people of one name and birth date for one person."""
    return date(1930, 1, 1) + timedelta(days=zlib.crc32(chart.encode()) % 20_000)


def calm() -> float:
    """Chance, without any: back-off takes no time, the breaker waits its shortest."""
    return 0.0


@dataclass(slots=True)
class Box:
    """One box at FACILITY. Time stands still but for `clock.advance`."""

    store: Store
    clock: ManualClock
    hub: Hub
    worker: Worker
    rules: Rules
    doctor: StaffSession
    config: HubConfig

    @property
    def channel(self) -> FhirChannel:
        return FhirChannel(self.hub, self.worker.facility_name)

    @classmethod
    def new(cls, folder: Path, hub: HubConfig, patience: Patience = PATIENT) -> Box:
        clock = ManualClock()
        store = create_store(folder / "store.db", bytes(32), clock)
        box = cls.on(store, clock, hub, patience, consented.doctor(store))
        with store.transaction():
            access.set_snapshot(store, clock.now())  # as a box that has been running for a while
        return box

    @classmethod
    def on(
        cls, store: Store, clock: ManualClock, hub: HubConfig, patience: Patience, doctor: StaffSession
    ) -> Box:
        client = Hub(hub, clock.monotonic_s, patience)
        known = two_clinics()
        worker = Worker(store, client, lambda: known, lambda number: f"施設{number}", calm)
        worker.start()
        return cls(store, clock, client, worker, known, doctor, hub)

    def restarted(self, hub: HubConfig) -> Box:
        """The same store after the process died: nothing of the old worker is left."""
        self.hub.close()
        return Box.on(self.store, self.clock, hub, PATIENT, self.doctor)

    def close(self) -> None:
        self.worker.stop(1.0)
        self.hub.close()
        self.store.close()

    def arrived(self, chart: str, *records: Record, sequence: str = "2026-09", month: str = "2026-08") -> int:
        """A file with one claim of the patient; the patient's row."""
        content = f"{chart}{sequence}{month}{records}".encode()
        number = arrival(self.store, content)
        document = claim(patient(chart, born(chart)), *records, sequence=sequence, month=month, volume=chart)
        with self.store.transaction():
            documents.put(self.store, self.rules, number, [document])
            documents.finish_sets(self.store, self.rules, number)
        return int(self.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))

    def agreed(self, chart: str, *records: Record) -> int:
        """A claim and an approved consent; the patient's row."""
        who = self.arrived(chart, *records)
        self.agree(who)
        return who

    def agree(self, who: int, request: str = "r1") -> int:
        return consented.agree(self.store, self.rules, self.doctor, who, f"{request}-{who}").id

    def withdraw(self, who: int) -> None:
        consented.withdraw(self.store, self.doctor, who, f"w-{who}")

    def settle(self, *, advance_s: float = 0.0) -> None:
        """Turn until a whole turn finds nothing to do and nothing is under way."""
        for _ in range(TURNS_MAX):
            happened = self.worker.turn()
            if self.worker.busy:
                self.worker.wait(10.0)
            elif not happened:
                if not advance_s:
                    return
                self.clock.advance(advance_s)
                advance_s = 0.0
        raise AssertionError("the worker never came to rest")

    def counts(self) -> dict[str, int]:
        return deliveries.counts(self.store)

    def kinds(self, state: str) -> list[str]:
        rows = self.store.rows("SELECT kind FROM deliveries WHERE state = ? ORDER BY id", (state,))
        return [row[0] for row in rows]

    def claim_one(self) -> deliveries.Claimed:
        """What the worker would send next, taken from it."""
        return claiming.claim(self.store, self.rules, limit=1, lease_s=60.0)[0]

    def patient_id(self, chart: str) -> str:
        return str(self.store.value("SELECT resource_id FROM patients WHERE local_id = ?", (chart,)))
