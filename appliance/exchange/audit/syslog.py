"""Syslog as ATNA wants it: RFC 5424 messages, framed for TLS by RFC 5425 (octet counting)."""

from __future__ import annotations

import re
from typing import Final

_PRIORITY: Final = 85
"""Facility 10 (security), severity 5 (notice): ITI TF-2, 3.20."""
_MESSAGE_ID: Final = "IHE+RFC-3881"
_APPLICATION: Final = "renkei"
_BOM: Final = b"\xef\xbb\xbf"
_NOT_PRINTABLE: Final = re.compile(r"[^\x21-\x7e]")
_HOST_MAX_CHARS: Final = 255


def message(device: str, at: str, xml: bytes) -> bytes:
    """One syslog message; `at` is the event's own time, ISO 8601 with at most six digits after the second."""
    host = _NOT_PRINTABLE.sub("-", device)[:_HOST_MAX_CHARS] or "-"
    head = f"<{_PRIORITY}>1 {at} {host} {_APPLICATION} - {_MESSAGE_ID} - "
    return head.encode("ascii") + _BOM + xml


def frame(one: bytes) -> bytes:
    """A message as it travels: its length in bytes, a space, itself."""
    return b"%d %b" % (len(one), one)
