"""Who has the store open. Every opener shares a lock beside it; whoever puts another file in its place holds it alone.

Without it a service that waits for its turn would go on writing into the file that has just been replaced.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import Audience, RenkeiError


class StoreInUseError(RenkeiError):
    """The store is open elsewhere, or is being replaced as a whole."""

    code = "STORE-0104"
    audience = Audience.OPERATOR


def share(path: Path) -> int:
    """A descriptor that says the store at `path` is open, until it is closed. Raises StoreInUseError."""
    return _locked(path, fcntl.LOCK_SH)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody has the store at `path` open, or opens it, meanwhile; the kernel lets go with the process. Raises StoreInUseError."""
    descriptor = _locked(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, how: int) -> int:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise _in_use(how) from error
    return descriptor


def _in_use(how: int) -> StoreInUseError:
    if how == fcntl.LOCK_SH:
        return StoreInUseError(
            "保存庫の鍵や中身を入れ替えている最中です。",
            "The store is being replaced just now.",
            hint_ja="終わるまで待ってください。データは失われません。",
            hint_en="Wait until it is done; nothing is lost.",
        )
    return StoreInUseError(
        "保存庫をサービスが使っています。",
        "The services have the store open.",
        hint_ja="すべてのサービスを止めてから、もう一度実行してください。",
        hint_en="Stop all services and try again.",
    )
