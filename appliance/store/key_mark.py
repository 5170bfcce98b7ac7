"""The file `<store>.key-mark`: fingerprints of the keys that may open the store, so that a wrong key is told from damage.

It has one line; two while the key is being changed.
"""

from __future__ import annotations

from pathlib import Path

from appliance.store import durable
from appliance.store.keys import fingerprint


def write(store: Path, *keys: bytes) -> None:
    durable.replace(path_of(store), "".join(f"{fingerprint(key)}\n" for key in keys).encode("ascii"))


def read(store: Path) -> tuple[str, ...]:
    """The fingerprints; none where there is no mark."""
    mark = path_of(store)
    return tuple(mark.read_text(encoding="ascii").split()) if mark.is_file() else ()


def path_of(store: Path) -> Path:
    return store.with_name(store.name + ".key-mark")
