"""What can be wrong with a source of files; the words stand in `warnings.py`. No file is named: names hold personal data."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Why a file is not taken, or nothing is: those that begin with `away` say that the source was not reached."""

    NOT_A_FILE = "not-a-file"
    BAD_NAME = "bad-name"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    UNREADABLE = "unreadable"
    STUCK = "stuck"
    NO_END = "no-end"
    NO_DATA = "no-data"
    NO_INDEX = "no-index"
    SEVERAL_SIPS = "several-sips"
    NOT_ALLOWED = "not-allowed"
    QUOTA = "quota"
    AWAY = "away"
    MISSING = "away-missing"
    REFUSED = "away-refused"
    UNSAFE = "away-unsafe"
    UNENCRYPTED = "unencrypted"


class UnsafeError(ConnectionError):
    """The other computer does not offer what the site asks for: SMB 3, signed and encrypted."""
