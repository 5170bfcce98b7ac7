"""The key files of one store: the key it has now and, while that is being changed, the one that follows.

Each lies sealed beside the store with its escrow. The following key is the first file of a change to be written and
the last one to go, so that its presence alone says that a change has begun and is not over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.errors import RenkeiError
from appliance.store import durable, escrow, keys
from appliance.store.root_of_trust import Root, RootOfTrust, of_sealed

SEALED_NAME: Final = "store-key.cred"
_NEXT: Final = ".next"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Where a store's keys lie. `trust` is where a new key will be sealed to; None is a bare file, in development."""

    current: Path
    store: Path
    device_id: str
    trust: RootOfTrust | None
    recovery_certificate: Path | None

    @classmethod
    def of_site(cls, site: SiteConfig) -> KeyRing:
        sealed = site.store.path.with_name(SEALED_NAME)
        return cls(
            site.store.key_file or sealed,
            site.store.path,
            site.device_id,
            None if site.store.key_file else RootOfTrust.of_box(site.keys),
            site.store.recovery_certificate,
        )

    @property
    def following(self) -> Path:
        return self.current.with_name(self.current.name + _NEXT)

    @property
    def escrow_file(self) -> Path:
        """Offered to the operator: he keeps it with the box's papers."""
        return self.store.with_name(self.store.name + ".escrow")

    @property
    def following_escrow_file(self) -> Path:
        return self.escrow_file.with_name(self.escrow_file.name + _NEXT)

    def root(self) -> Root:
        """What protects the key now; UNKNOWN where there is none, or none that we know."""
        if self.trust is None:
            return Root.FILE
        return of_sealed(self.current.read_bytes()) if self.current.is_file() else Root.UNKNOWN

    def require_key(self) -> None:
        """Raises StoreKeyError where no key lies: a store is never given another one."""
        if not self.current.is_file():
            raise keys.StoreKeyError(
                "保存庫はありますが、その鍵がありません。",
                "There is a store, but its key is missing.",
                hint_ja="鍵を作り直さず、運用者に鍵の復旧を依頼してください（handbook/keys.md）。",
                hint_en="Do not make a new key; ask the operator to recover it (handbook/keys.md).",
            )

    def load(self) -> bytes:
        """The store's key. Raises StoreKeyError, RootOfTrustError."""
        return self._unsealed(self.current)

    def load_following(self) -> bytes:
        return self._unsealed(self.following)

    def found(self, key: bytes, clock: Clock) -> None:
        """Keep the first key of a store, or one that was recovered, in place of whatever lies there."""
        wrapped, sealed = self._escrowed(key, clock.now()), self._sealed(key)
        for path in (self.current, self.store):
            path.parent.mkdir(parents=True, exist_ok=True)
        if wrapped is not None:
            durable.replace(self.escrow_file, wrapped, _READABLE)
        durable.replace(self.current, sealed, self._mode())

    def propose(self, key: bytes, clock: Clock) -> None:
        """Keep the following key beside the present one."""
        wrapped, sealed = self._escrowed(key, clock.now()), self._sealed(key)
        durable.replace(self.following, sealed, self._mode())
        if wrapped is not None:
            durable.replace(self.following_escrow_file, wrapped, _READABLE)

    def adopt(self) -> None:
        """The following key is the store's from now on."""
        if self.following_escrow_file.exists():
            durable.rename(self.following_escrow_file, self.escrow_file)
        durable.rename(self.following, self.current)

    def drop_following(self) -> None:
        durable.remove(self.following_escrow_file)
        durable.remove(self.following)

    def remains_of(self, path: Path) -> tuple[Path, ...]:
        """What lies there of a key's or escrow's file: itself, the following one, and what a cut left half written."""
        endings = ("", durable.FRESH, _NEXT, _NEXT + durable.FRESH)
        return tuple(one for end in endings if (one := path.with_name(path.name + end)).is_file())

    def escrow_label(self) -> escrow.Label | None:
        """Whose escrow lies beside the store; None where there is none that can be read."""
        try:
            return escrow.label_of(self.escrow_file.read_bytes())
        except (OSError, RenkeiError):
            return None

    def _unsealed(self, path: Path) -> bytes:
        if self.trust is None or not path.is_file():
            return keys.load_key_file(path)
        return keys.checked(self.trust.unseal(path.read_bytes()))

    def _sealed(self, key: bytes) -> bytes:
        return key if self.trust is None else self.trust.seal(key)

    def _mode(self) -> int:
        return _PRIVATE if self.trust is None else _READABLE

    def _escrowed(self, key: bytes, made: datetime) -> bytes | None:
        if self.recovery_certificate is None:
            if self.trust is None:
                return None
            raise escrow.EscrowError(
                "運用者の復旧用の証明書が設定されていません。",
                "No recovery certificate of the operator is configured.",
                hint_ja="site.toml の store.recovery_certificate に書いてください。ないと、基板の故障でデータを失います。",
                hint_en="Name it at store.recovery_certificate in site.toml; without it a dead board's data are lost.",
            )
        try:
            certificate = self.recovery_certificate.read_bytes()
        except OSError as error:
            raise escrow.EscrowError(
                "運用者の復旧用の証明書を読めません。",
                "The operator's recovery certificate cannot be read.",
                hint_ja="site.toml の store.recovery_certificate を確かめてください。",
                hint_en="Check store.recovery_certificate in site.toml.",
            ) from error
        return escrow.escrowed(key, certificate, self.device_id, made)


_PRIVATE: Final = 0o600
_READABLE: Final = 0o644
"""Sealed or wrapped: of use only with what is not in the file, and every service tells staff by it what protects the key."""


def store_key(site: SiteConfig) -> bytes:
    """The store's key: as systemd handed it to this unit, else unsealed from its file. Raises StoreKeyError, RootOfTrustError."""
    given = keys.given_key()
    return KeyRing.of_site(site).load() if given is None else given
