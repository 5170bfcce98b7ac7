"""What a backup says of itself: what is in it, how much, and the end of the audit chain when it was taken.

No personal data: numbers, hashes and the random names of piece files. A keyed hash under it shows that nobody changed it.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Final

import msgspec

from appliance.limits import BACKUP_MANIFEST_MAX_BYTES
from appliance.store import keys
from appliance.store.audit import Anchor
from appliance.store.db import Store, StoreError

FILE: Final = "manifest.json"
FORMAT: Final = 1


class BackupDamagedError(StoreError):
    """A backup is not what was written: something lacks, or was changed."""

    code = "STORE-0204"


class PieceListed(msgspec.Struct, frozen=True, array_like=True):
    """A piece file that belongs to the backup. Its content is vouched for by its key in the store (AES-GCM)."""

    name: str
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """`counts` are the rows of each table; `missing` the piece files that were gone or damaged in the store already."""

    format: int
    product: str
    device: str
    box: str
    taken_at: str
    clock_trusted: bool
    schema: int
    store_sha256: str
    store_bytes: int
    counts: dict[str, int]
    audit_seq: int
    audit_hash: str
    pieces: tuple[PieceListed, ...]
    missing: tuple[str, ...] = ()

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.audit_seq, bytes.fromhex(self.audit_hash))


def counts_of(store: Store) -> dict[str, int]:
    """The rows of each table."""
    names = [
        name
        for (name,) in store.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    return {name: int(store.value(f'SELECT count(*) FROM "{name}"')) for name in names}


def written(manifest: Manifest, key: bytes) -> bytes:
    """The bytes of the manifest's file: canonical JSON, and its keyed hash in a line of its own."""
    body = msgspec.json.encode(manifest, order="sorted")
    return body + b"\n" + _mac(body, key) + b"\n"


def read(folder: Path, key: bytes) -> Manifest:
    """Raises BackupDamagedError."""
    try:
        with (folder / FILE).open("rb") as file:
            body, _, rest = file.read(BACKUP_MANIFEST_MAX_BYTES).partition(b"\n")
        if hmac.compare_digest(rest.strip(), _mac(body, key)):
            return msgspec.json.decode(body, type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise _unreadable() from error
    raise _unreadable()


def _unreadable() -> BackupDamagedError:
    return damaged("目録が読めないか、書き換えられています。", "Its manifest cannot be read, or was changed.")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(ja: str, en: str) -> BackupDamagedError:
    return BackupDamagedError(
        f"バックアップが壊れています。{ja}",
        f"The backup is damaged. {en}",
        hint_ja="ほかの世代か、ほかの場所のバックアップを使ってください。",
        hint_en="Use another generation, or a backup kept elsewhere.",
    )


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.new(keys.derived(key, "manifest"), body, hashlib.sha256).hexdigest().encode()
