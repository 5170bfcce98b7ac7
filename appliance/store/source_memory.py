"""What a source remembers between its runs, and the password it signs in with: sealed with everything else in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from appliance.store.db import Store


def recall(store: Store, source: str, names: Iterable[str]) -> dict[str, bytes]:
    """The values of these names; names without one are left out."""
    found = (
        (name, store.value("SELECT value FROM source_memory WHERE source = ? AND name = ?", (source, name)))
        for name in names
    )
    return {name: bytes(value) for name, value in found if value is not None}


def remember(store: Store, source: str, values: Mapping[str, bytes]) -> None:
    """Keep values, inside a transaction; an empty one is forgotten."""
    for name, value in values.items():
        if value:
            store.execute(
                "INSERT INTO source_memory (source, name, value) VALUES (?, ?, ?)"
                " ON CONFLICT (source, name) DO UPDATE SET value = excluded.value",
                (source, name, value),
            )
        else:
            store.execute("DELETE FROM source_memory WHERE source = ? AND name = ?", (source, name))


def password(store: Store, source: str) -> str:
    """The password of a source; empty when none was given."""
    return store.value("SELECT password FROM source_passwords WHERE source = ?", (source,)) or ""


def set_password(store: Store, source: str, new: str) -> None:
    """Keep a source's password, inside a transaction."""
    store.execute(
        "INSERT INTO source_passwords (source, password) VALUES (?, ?)"
        " ON CONFLICT (source) DO UPDATE SET password = excluded.password",
        (source, new),
    )
