"""The key of one backup: random, and wrapped twice, so that the box and, when it is gone, the operator can open it.

`key.box` is for the box's own store key, `key.cms` (CMS, as the escrow of the store key) for the operator's recovery certificate.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.store import escrow, keys
from appliance.store.db import StoreError
from appliance.store.escrow import EscrowError

FOR_BOX: Final = "key.box"
FOR_OPERATOR: Final = "key.cms"
_NONCE_BYTES: Final = 12
_PURPOSE: Final = "backup"

Opener = Callable[[Path], bytes]
"""Finds the key of a generation in its folder. Raises BackupKeyError."""


class BackupKeyError(StoreError):
    """A backup's key cannot be unwrapped with what was given."""

    code = "STORE-0203"


def new_key() -> bytes:
    return secrets.token_bytes(keys.KEY_BYTES)


def for_box(key: bytes, store_key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.derived(store_key, _PURPOSE)).encrypt(nonce, key, None)


def by_box(store_key: bytes) -> Opener:
    """Opens what this box has backed up under its store key of now."""

    def opener(folder: Path) -> bytes:
        try:
            sealed = (folder / FOR_BOX).read_bytes()
            return AESGCM(keys.derived(store_key, _PURPOSE)).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None
            )
        except (OSError, InvalidTag, ValueError) as error:
            raise BackupKeyError(
                "このバックアップは、この機器の今の鍵では開けません。",
                "This backup does not open with the box's present key.",
                hint_ja="運用者の復旧鍵を --key で指定してください（手引「バックアップ」）。",
                hint_en="Name the operator's recovery key with --key (handbook, backup).",
            ) from error

    return opener


def by_operator(private_key_pem: bytes, certificate_pem: bytes | None = None) -> Opener:
    """Opens any backup whose key was wrapped to the operator's recovery certificate."""

    def opener(folder: Path) -> bytes:
        try:
            return escrow.unwrap((folder / FOR_OPERATOR).read_bytes(), private_key_pem, certificate_pem)
        except (OSError, EscrowError) as error:
            raise BackupKeyError(
                "このバックアップは、この復旧鍵では開けません。",
                "This backup does not open with this recovery key.",
                hint_ja="復旧証明書と組になる秘密鍵かを、運用者に確かめてください。",
                hint_en="Ask the operator for the private key of his recovery certificate.",
            ) from error

    return opener
