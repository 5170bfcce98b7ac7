"""A box whose network takes data in by SS-MIX2 as well: a real store and worker, a hub, and a storage server by SFTP.

box = StorageBox.at(tmp_path, hub_config, server.address())
who = box.agreed("0001")
box.settle()
box.sound(server)            # the independent checker and hl7apy find nothing wrong
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from appliance.channels import ChannelKind
from appliance.clock import ManualClock
from appliance.config import HubConfig, SftpConfig
from appliance.exchange.deliver import Worker
from appliance.exchange.hub import Hub
from appliance.exchange.sftp_channels import SftpChannels
from appliance.exchange.ssmix2_channel import SsmixChannel
from appliance.records.document import Document
from appliance.store import access, documents
from appliance.store.db import Store, create_store
from appliance.store.staff import StaffSession
from tests.exchange.box import PATIENT, Box, calm, two_clinics
from tests.exchange.ssmix2.checker import faults
from tests.exchange.ssmix2.strict import read_strictly
from tests.exchange.storage_server import StorageServer
from tests.store import consented
from tests.store.made import arrival


@dataclass(slots=True)
class StorageBox(Box):
    """`storage` is the channel to the storage, on `line`."""

    storage: SsmixChannel
    line: SftpChannels

    @classmethod
    def at(cls, folder: Path, hub: HubConfig, server: SftpConfig) -> StorageBox:
        clock = ManualClock()
        store = create_store(folder / "store.db", bytes(32), clock)
        box = cls.working(store, clock, hub, server, consented.doctor(store))
        with store.transaction():
            access.set_snapshot(store, clock.now())
        return box

    @classmethod
    def working(
        cls, store: Store, clock: ManualClock, hub: HubConfig, server: SftpConfig, doctor: StaffSession
    ) -> StorageBox:
        client = Hub(hub, clock.monotonic_s, PATIENT)
        known = replace(two_clinics(), channels=(ChannelKind.FHIR, ChannelKind.SSMIX2))
        line = SftpChannels(server, clock.monotonic_s)
        storage = SsmixChannel(line, lambda: known)
        worker = Worker(store, client, lambda: known, lambda number: f"施設{number}", calm, others=[storage])
        worker.start()
        return cls(store, clock, client, worker, known, doctor, hub, storage, line)

    def again(self, server: SftpConfig) -> StorageBox:
        """The same store after the process died, or with another way to the server."""
        self.hub.close()
        self.line.close()
        return self.working(self.store, self.clock, self.config, server, self.doctor)

    def close(self) -> None:
        self.line.close()
        Box.close(self)

    def take(self, *made: Document, name: str = "") -> None:
        """Documents of one arrival."""
        number = arrival(self.store, f"{name}{made}".encode())
        with self.store.transaction():
            documents.put(self.store, self.rules, number, made)
            documents.finish_sets(self.store, self.rules, number)

    def later(self, seconds: float = 60.0) -> None:
        """Time goes by, and the network's consents have just been pulled."""
        self.clock.advance(seconds)
        with self.store.transaction():
            access.set_snapshot(self.store, self.clock.now())

    def through(self, tries: int = 40) -> None:
        """Until nothing is owed to the storage any more, however often the line breaks."""
        for _ in range(tries):
            self.settle()
            if not self.owed():
                return
            self.later(600.0)
        raise AssertionError(f"never through: {self.owed()}")

    def owed(self) -> list[tuple[str, str, str]]:
        """What waits for the storage: kind, state, reason."""
        return [
            (row[0], row[1], row[2])
            for row in self.store.rows(
                "SELECT kind, state, reason FROM deliveries WHERE channel = 'ssmix2'"
                " AND state IN ('ready', 'claimed', 'doubtful', 'refused') ORDER BY id"
            )
        ]


def sound(server: StorageServer) -> None:
    """Every rule of the standard is kept, and every message parses strictly."""
    assert faults(server.root) == []
    for path in (server.root / "standard").rglob("*"):
        if path.is_file():
            read_strictly(path.read_bytes())


def standing(server: StorageServer) -> dict[str, str]:
    """The flags that stand at each place, in the order of their times: `ADT-00 -` → `21`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in server.root.rglob("*"):
        parts = path.name.split("_")
        if len(parts) == 7 and parts[0] == path.parent.parent.parent.name:
            found.setdefault(f"{parts[2]} {parts[1]}", []).append((parts[4], parts[6]))
    return {place: "".join(flag for _, flag in sorted(files)) for place, files in found.items()}
