"""Passwords: argon2id hashes, checked at the same cost whether there is an account or not."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from appliance.errors import Audience, RenkeiError
from appliance.limits import (
    PASSWORD_HASH_LANES,
    PASSWORD_HASH_MEMORY_KIB,
    PASSWORD_HASH_PASSES,
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
)


class StaffError(RenkeiError):
    """An account cannot be made or changed like this."""

    code = "STAFF-0001"
    audience = Audience.STAFF


def hashed(password: str) -> str:
    """The argon2id hash of a new password. Raises StaffError when it is too short or too long."""
    plain = folded(password)
    if not PASSWORD_MIN_CHARS <= len(plain) <= PASSWORD_MAX_CHARS:
        raise StaffError(
            f"パスワードは{PASSWORD_MIN_CHARS}文字以上{PASSWORD_MAX_CHARS}文字以下にしてください。",
            f"A password has {PASSWORD_MIN_CHARS} to {PASSWORD_MAX_CHARS} characters.",
            hint_ja="覚えやすい言葉を四つほどつなげると、長くて忘れにくくなります。",
            hint_en="Four or so words in a row are long and easy to remember.",
        )
    return _hasher().hash(plain)


def matches(stored_hash: str, password: str) -> bool:
    """Whether this is the password of the hash; one that is far too long is cut, and so cannot be it."""
    plain = folded(password[: 4 * PASSWORD_MAX_CHARS])[: PASSWORD_MAX_CHARS + 1]
    try:
        return _hasher().verify(stored_hash, plain)
    except (VerifyMismatchError, InvalidHashError):
        return False


def renewed(stored_hash: str, password: str) -> str:
    """The hash with today's parameters; the stored one where it has them already."""
    return _hasher().hash(folded(password)) if _hasher().check_needs_rehash(stored_hash) else stored_hash


@cache
def nobodys_hash() -> str:
    """What the password for an unknown name is checked against, so that it takes as long."""
    return _hasher().hash(secrets.token_urlsafe(32))


def folded(text: str) -> str:
    """Input methods write full-width letters and digits as easily as plain ones: both are the same here."""
    return unicodedata.normalize("NFKC", text)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=PASSWORD_HASH_PASSES,
        memory_cost=PASSWORD_HASH_MEMORY_KIB,
        parallelism=PASSWORD_HASH_LANES,
    )
