"""The store key: 256 random bits, a raw key for SQLCipher, never a passphrase (architecture.md, keys).

On the appliance it comes as a systemd credential; in development as a file that only its owner may read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from appliance.errors import Audience, RenkeiError

KEY_BYTES = 32
CREDENTIAL_NAME = "store-key"


class StoreKeyError(RenkeiError):
    """The store key is missing, readable by others, or not a key."""

    code = "STORE-0101"
    audience = Audience.OPERATOR


def load_key(key_file: Path | None) -> bytes:
    """The store key, from `$CREDENTIALS_DIRECTORY/store-key`, else from `key_file` (mode 0600).

    Raises StoreKeyError.
    """
    given = given_key()
    return load_key_file(key_file) if given is None else given


def given_key() -> bytes | None:
    """The key that systemd handed to this unit; None where it handed none. Raises StoreKeyError."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL_NAME if folder else None
    return checked(credential.read_bytes()) if credential is not None and credential.is_file() else None


def load_key_file(key_file: Path | None) -> bytes:
    """The key of a bare file that only its owner may read. Raises StoreKeyError."""
    if key_file is None or not key_file.is_file():
        raise StoreKeyError(
            "保存庫の鍵がありません。",
            "There is no store key.",
            hint_ja="systemdの資格情報 store-key を渡すか、site.toml の store.key_file を確かめてください。",
            hint_en="Pass the systemd credential store-key, or check store.key_file in site.toml.",
        )
    if key_file.stat().st_mode & 0o077:
        raise StoreKeyError(
            "鍵ファイルを他の利用者が読めます。",
            "The key file can be read by others.",
            hint_ja="chmod 600 で所有者だけが読めるようにしてください。",
            hint_en="Make it readable by its owner only: chmod 600.",
        )
    return checked(key_file.read_bytes())


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def create_key(key_file: Path) -> bytes:
    """Make a new random key in a file that only its owner may read; refuses to overwrite one."""
    key = new_key()
    key_file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def fingerprint(key: bytes) -> str:
    """What tells one key from another without telling anything of the key (HMAC-SHA256, hexadecimal)."""
    return hmac.new(key, b"renkei store key", hashlib.sha256).hexdigest()


def derived(key: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose (`log-ids`, `audit-ids`), so that the store key itself never leaves its use."""
    return hmac.new(key, b"renkei " + purpose.encode(), hashlib.sha256).digest()


def log_digest(key: bytes, text: str) -> str:
    """A short keyed hash (12 hexadecimal digits) for logs and metrics."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:12]


def checked(key: bytes) -> bytes:
    """The key, if it is one. Raises StoreKeyError."""
    if len(key) != KEY_BYTES:
        raise StoreKeyError(
            "鍵の長さが256ビットではありません。",
            "The store key is not 256 bits long.",
            hint_ja="正しい鍵を渡してください。鍵を作り直すと保存済みのデータは読めません。",
            hint_en="Pass the right key; a new one cannot read what is stored.",
        )
    return key
