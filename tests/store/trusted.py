"""Roots of trust for tests: real TPMs in software (swtpm), host keys in a folder of their own, an operator's certificates.

    with software_tpm() as tpm:                 # a TPM 2.0 with seeds of its own, started and ended here
        trust = RootOfTrust(Root.TPM2, tpm.address, tmp_path / "secret")

`box(folder, trust)` gives the key ring of a made-up box whose store would lie in that folder. A TPM is `extend`ed as a
firmware would: PCR 7 stands for the state of secure boot.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from appliance.store.key_ring import SEALED_NAME, KeyRing
from appliance.store.root_of_trust import Root, RootOfTrust

_lacks_creds = shutil.which("systemd-creds") is None or os.geteuid() != 0
needs_creds = pytest.mark.skipif(_lacks_creds, reason="needs systemd-creds, and root, for whom it seals")
needs_tpm = pytest.mark.skipif(
    _lacks_creds or any(shutil.which(program) is None for program in ("swtpm", "tpm2_clear")),
    reason="needs systemd-creds, root, swtpm and tpm2-tools",
)

RENAME: Final = "?rename,?renameat,?renameat2"
UNLINK: Final = "?unlink,?unlinkat"
"""For strace: which of them a program calls depends on the machine's architecture."""
_STARTS_WITHIN_S: Final = 10.0
_MANAGED: Final = f"""#!/bin/sh
# A TPM in software has no resource manager before it, as the kernel puts one: what a client leaves open is flushed here.
{shutil.which("systemd-creds")} "$@"
status=$?
for kind in -l -t; do tpm2_flushcontext -T "$SYSTEMD_TPM2_DEVICE" $kind 2>/dev/null; done
exit $status
"""


@dataclass(frozen=True, slots=True)
class SoftwareTpm:
    """`address` is a TSS2 driver and its argument, as systemd-creds and the TPM tools take it."""

    address: str

    def extend(self, state: str) -> None:
        """Measure something into PCR 7; the same words lead to the same state."""
        digest = state.encode().hex().ljust(64, "0")[:64]
        self._tool("tpm2_pcrextend", f"7:sha256={digest}")

    def lock_clearing(self) -> None:
        """As some firmwares do: only the platform may clear it from now on."""
        self._tool("tpm2_clearcontrol", "-C", "l", "s")

    def _tool(self, program: str, *arguments: str) -> None:
        subprocess.run([program, "-T", self.address, *arguments], check=True, capture_output=True)


@contextmanager
def software_tpm(state: str = "secure boot") -> Iterator[SoftwareTpm]:
    folder = Path(tempfile.mkdtemp(prefix="tpm-"))  # a socket's path must be short
    socket = folder / "socket"
    process = subprocess.Popen(
        [
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}"),
            *("--flags", "not-need-init,startup-clear"),
            *("--server", f"type=unixio,path={socket}", "--ctrl", f"type=unixio,path={socket}.ctrl"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    managed = folder / "bin" / "systemd-creds"
    managed.parent.mkdir()
    managed.write_text(_MANAGED)
    managed.chmod(0o700)
    try:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not socket.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline, "swtpm did not start"
            time.sleep(0.01)
        tpm = SoftwareTpm(f"swtpm:path={socket}")
        tpm.extend(state)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(managed.parent), prepend=os.pathsep)
            yield tpm
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's recovery key pair; `certificate` is a file, as the site file names it."""

    certificate: Path
    private_key_pem: bytes


def operator(folder: Path, kind: str = "ec", bits: int = 3072) -> Operator:
    key = (
        ec.generate_private_key(ec.SECP384R1())
        if kind == "ec"
        else rsa.generate_private_key(public_exponent=65537, key_size=bits)
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"recovery {kind}")])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=3650))
        .sign(key, SHA256())
    )
    path = folder / f"recovery-{kind}-{bits}.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Operator(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def host_trust(folder: Path) -> RootOfTrust:
    """A box without a TPM: its host key lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return RootOfTrust(Root.HOST, "", folder / "credential.secret")


def box(folder: Path, trust: RootOfTrust | None, certificate: Path | None = None) -> KeyRing:
    folder.mkdir(parents=True, exist_ok=True)
    current = folder / (SEALED_NAME if trust is not None else "store.key")
    return KeyRing(current, folder / "store.db", "box-1", trust, certificate)
