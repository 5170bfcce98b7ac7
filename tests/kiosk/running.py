"""A real kiosk on loopback, with its own certificate, in a thread of the test; and the site it serves."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.clock import Clock
from appliance.config import FacilityConfig, HubConfig, KioskConfig, NetworkConfig, SiteConfig
from appliance.kiosk.application import make_kiosk
from appliance.kiosk.service import make_server
from tests.kiosk.scripted_desk import FACILITY, NAMES


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kiosk")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "kiosk.crt", folder / "kiosk.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_path, key_path


def make_site(folder: Path, *, port: int = 0, practice: bool = True) -> SiteConfig:
    """A site whose sockets lie in `folder`; its certificate is made at first use."""
    certificate, key = folder / "kiosk.crt", folder / "kiosk.key"
    if not certificate.exists():
        make_certificate(folder)
    return SiteConfig(
        facilities=(FacilityConfig(FACILITY, NAMES[0][1]),),
        sources=(),
        hub=HubConfig("https://localhost:1", folder, folder, folder),
        network=NetworkConfig("みどり地域医療連携ネットワーク", folder, folder, folder, "電話 03-0000-0000"),
        kiosk=KioskConfig(certificate, key, port=port, practice=practice),
        device_id="box-1",
        run_folder=folder,
    )


class RunningKiosk:
    """Serves until left; `clock` moves by hand. `port` is known inside the `with` block."""

    def __init__(self, site: SiteConfig, clock: Clock) -> None:
        self.clock = clock
        self.kiosk = make_kiosk(site, clock)
        self.server = make_server(site, self.kiosk)
        self.certificate = site.kiosk.certificate
        self.port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        while not self.server.started and self._thread.is_alive():
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"
