"""A store with rows, small pieces, piece files, a consent and an audit, and the operator's recovery pair, for backups.

kept = Kept.new(tmp_path)
made = kept.back_up()
kept.lose()                  # the disk is gone
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from appliance.clock import JST, ManualClock
from appliance.limits import PIECE_FILE_MIN_BYTES
from appliance.store import arriving, audit, backup, backup_manifest
from appliance.store.audit import Event
from appliance.store.backup import Box, Made
from appliance.store.backup_pool import Pool
from appliance.store.db import Store, create_store, open_store
from appliance.store.swapping import remove
from tests.store import consented
from tests.store.made import FACILITY, rules

KEY = bytes(range(32))
DEVICE = "box-1"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The operator's recovery certificate and its private key, PEM."""

    certificate: bytes
    key: bytes


def recovery(name: str = "recovery") -> Recovery:
    private = rsa.generate_private_key(65537, 3072)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=JST)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return Recovery(
        certificate.public_bytes(pem),
        private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


OPERATOR = recovery()


def bring(store: Store, content: str, *, large: int = 2) -> int:
    """An arrival of some piece files, or of a small piece that is kept by itself; its number."""
    begun = arriving.Begun("s", FACILITY, f"{content}.UKE", keep_if_cut=not large)
    parts = [
        content.encode(),
        *(bytes([n + 1]) * PIECE_FILE_MIN_BYTES + content.encode() for n in range(large)),
    ]
    for part in parts:
        arriving.keep(store, begun, part)
    arriving.finish(begun)
    with store.transaction():
        return arriving.end(store, begun)


@dataclass(slots=True)
class Kept:
    """A box's store in `folder`, and a pool on what stands for another disk."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)

    @classmethod
    def new(cls, folder: Path) -> Kept:
        kept = cls(folder)
        with create_store(kept.path, KEY, kept.clock) as store:
            doctor = consented.doctor(store)
            who = consented.own_patient(store, rules())
            consented.agree(store, rules(), doctor, who, "r1")
            bring(store, "FIRST")
            with store.transaction():
                for number in range(300):
                    audit.append(store, Event.PATIENT_SHOWN, patient=who, number=number)
        return kept

    @property
    def path(self) -> Path:
        return self.folder / "store.db"

    @property
    def pool(self) -> Pool:
        return Pool(self.folder / "other-disk" / DEVICE)

    @property
    def box(self) -> Box:
        return Box(self.path, KEY, DEVICE, OPERATOR.certificate, self.clock)

    def open(self) -> Store:
        return open_store(self.path, KEY, self.clock)

    def back_up(self, daily: int = 7, weekly: int = 4) -> Made:
        return backup.make(self.box, self.pool, daily=daily, weekly=weekly)

    def counts(self) -> dict[str, int]:
        with self.open() as store:
            return backup_manifest.counts_of(store)

    def lose(self) -> None:
        remove(self.path)
