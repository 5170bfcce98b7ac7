"""What the store key is sealed to: a TPM 2.0, the systemd host key, or both, always through systemd-creds.

A sealed key is a systemd credential: units get it by `LoadCredentialEncrypted=store-key:…`, commands unseal it here.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance.config import KeyRoot, KeysConfig
from appliance.errors import Audience, RenkeiError
from appliance.limits import PROGRAM_WORDS_MAX_CHARS, TPM_TIMEOUT_S
from appliance.run import Completed, run
from appliance.store import durable
from appliance.store.keys import CREDENTIAL_NAME

PCRS: Final = "7"
"""What the TPM asks before it gives the key: PCR 7, the state of secure boot; it stays the same over updates of the system."""


class Root(StrEnum):
    """What protects a key file."""

    HOST_TPM2 = "host+tpm2"
    TPM2 = "tpm2"
    HOST = "host"
    FILE = "file"
    """Nothing but the file's mode: development only."""
    UNKNOWN = "unknown"

    @property
    def has_tpm(self) -> bool:
        return self in (Root.HOST_TPM2, Root.TPM2)


_HEADS: Final[Mapping[str, Root]] = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": Root.HOST,
    "0c7cc07b117645919c4b0bea08bc20fe": Root.TPM2,
    "93a894094874449090caf2fc93cab553": Root.HOST_TPM2,
}
"""The first 16 bytes of a systemd credential (systemd: creds-util.h, CRED_AES256_GCM_BY_…)."""


class RootOfTrustError(RenkeiError):
    """The key could not be sealed, or not be unsealed here."""

    code = "STORE-0102"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class RootOfTrust:
    """The root of trust of one box: `tpm` and `host_secret` say where it lies."""

    root: Root
    tpm: str
    host_secret: Path

    @classmethod
    def of_box(cls, config: KeysConfig) -> RootOfTrust:
        """What the site file names; `auto` looks whether there is a TPM."""
        root = config.root
        if root is KeyRoot.AUTO:
            root = KeyRoot.HOST_TPM2 if Path(config.tpm).exists() else KeyRoot.HOST
        return cls(Root(root.value), config.tpm, config.host_secret)

    def seal(self, key: bytes) -> bytes:
        """The key as an encrypted systemd credential. Raises RootOfTrustError."""
        done = self._creds("encrypt", f"--with-key={self.root}", f"--tpm2-pcrs={PCRS}", stdin=key)
        if done.status != 0 or of_sealed(done.out) is not self.root:
            raise RootOfTrustError(
                "保存庫の鍵に封をできません。",
                f"The store key cannot be sealed ({_last_words(done)}).",
                hint_ja="TPMの接続と、管理者（root）として実行しているかを確かめてください。",
                hint_en="Check the TPM, and that this runs as root.",
            )
        return done.out

    def unseal(self, sealed: bytes) -> bytes:
        """The key of such a credential. Raises RootOfTrustError: another box's, a cleared TPM, another boot state."""
        done = self._creds("decrypt", stdin=sealed)
        if done.status != 0:
            raise RootOfTrustError(
                "保存庫の鍵の封を開けられません。別の機器のものか、TPMが初期化されています。",
                f"The store key cannot be unsealed: another box's, or the TPM was cleared ({_last_words(done)}).",
                hint_ja="管理者（root）として実行してください。基板を替えたときは、運用者に鍵の復旧を依頼してください。",
                hint_en="Run it as root. After a change of boards ask the operator to recover the key.",
            )
        return done.out

    def clear_tpm(self) -> bool:
        """Give the TPM new seeds: whatever was sealed to it before is lost. Whether it did."""
        done = run(["tpm2_clear", "-T", _tcti(self.tpm), "-c", "l"], timeout_s=TPM_TIMEOUT_S, check=False)
        return done.status == 0

    def destroy_host_secret(self) -> bool:
        """Overwrite and remove the systemd host key; whether there was one."""
        if not self.host_secret.is_file():
            return False
        overwrite(self.host_secret)
        return durable.remove(self.host_secret)

    def _creds(self, verb: str, *options: str, stdin: bytes) -> Completed:
        return run(
            ["systemd-creds", verb, f"--name={CREDENTIAL_NAME}", *options, "-", "-"],
            stdin=stdin,
            timeout_s=TPM_TIMEOUT_S,
            extra_environment={
                "SYSTEMD_CREDENTIAL_SECRET": str(self.host_secret),
                "SYSTEMD_TPM2_DEVICE": self.tpm,
            },
            check=False,
        )


def of_sealed(sealed: bytes) -> Root:
    """What a sealed key is sealed to, by its own first bytes."""
    try:
        head = base64.b64decode(b"".join(sealed.split())[:24], validate=True)[:16]
    except binascii.Error:
        return Root.UNKNOWN
    return _HEADS.get(head.hex(), Root.UNKNOWN)


def overwrite(path: Path) -> None:
    """Put random bytes in a file's place on the medium. A flash memory may keep older copies all the same."""
    path.chmod(0o600)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tcti(tpm: str) -> str:
    return f"device:{tpm}" if tpm.startswith("/") else tpm


def _last_words(done: Completed) -> str:
    lines = done.err.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:PROGRAM_WORDS_MAX_CHARS] if lines else f"status {done.status}"
