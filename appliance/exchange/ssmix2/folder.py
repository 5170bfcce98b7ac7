"""Operations on a folder of this machine: what `renkei convert` writes, and what a server is compared with in tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from appliance.exchange.ssmix2.storage import Operation, Rename, Write


def carry_out(root: Path, operations: Iterable[Operation]) -> None:
    """Carry those of one change out below `root`, as often as wanted; raises OSError."""
    for one in operations:
        if isinstance(one, Write):
            _write(root, one)
        else:
            _rename(root, one)


def _write(root: Path, one: Write) -> None:
    if (root / one.path).exists():
        return
    part = root / one.part
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(one.data)


def _rename(root: Path, one: Rename) -> None:
    source, target = root / one.source, root / one.target
    if source.exists():
        source.rename(target)
    elif not target.exists():
        raise FileNotFoundError(2, "neither the old name nor the new one is there", str(source))
