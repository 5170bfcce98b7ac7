"""What is kept of the network's answers about a consenting patient: a whole look-up, the emergency set, the region's number.

Nothing is kept without an active consent, and all of it goes in the transaction that ends the consent (a trigger of the
schema sees to that). It lies encrypted in the store like everything else, within bounds of number, size and age.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from appliance.clock import iso
from appliance.limits import (
    EMERGENCY_KEPT_MAX_BYTES,
    EMERGENCY_KEPT_MAX_PATIENTS,
    EMERGENCY_KEPT_MAX_S,
    EMERGENCY_REFRESH_S,
    NETWORK_KEPT_MAX_BYTES,
    NETWORK_KEPT_MAX_PATIENTS,
    NETWORK_KEPT_MAX_S,
    REGIONAL_ID_MAX_S,
)
from appliance.store.db import Store

Resources = list[dict[str, Any]]
"""FHIR resources as the hub gave them."""

_decoder = msgspec.json.Decoder(Resources)


class Part(StrEnum):
    """Which part of the network's answer."""

    LOOK_UP = "look-up"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class _Bound:
    """How much of a part is kept: packed bytes of one patient, patients, age in seconds."""

    size_bytes: int
    patients: int
    age_s: float


_BOUNDS: Final = {
    Part.LOOK_UP: _Bound(NETWORK_KEPT_MAX_BYTES, NETWORK_KEPT_MAX_PATIENTS, NETWORK_KEPT_MAX_S),
    Part.EMERGENCY: _Bound(EMERGENCY_KEPT_MAX_BYTES, EMERGENCY_KEPT_MAX_PATIENTS, EMERGENCY_KEPT_MAX_S),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A part as it was kept; `fetched_at` is when the hub answered (ISO 8601)."""

    fetched_at: str
    resources: Resources


@dataclass(frozen=True, slots=True)
class Regional:
    """The region's own identifier of a patient; `value` is empty where its index knew none."""

    system: str
    value: str


def keep(
    store: Store, patient: int, part: Part, resources: Sequence[dict[str, Any]], fetched_at: str
) -> bool:
    """Keep a part, inside a transaction; whether it was (there is an active consent, and it is not too large)."""
    bound = _BOUNDS[part]
    body = zlib.compress(msgspec.json.encode(resources))
    store.execute("DELETE FROM network_kept WHERE patient = ? AND part = ?", (patient, part))
    if len(body) > bound.size_bytes or not _has_consented(store, patient):
        return False
    store.insert(
        "INSERT INTO network_kept (patient, part, fetched_at, body) VALUES (?, ?, ?, ?)",
        (patient, part, fetched_at, body),
    )
    store.execute(
        "DELETE FROM network_kept WHERE part = ? AND (fetched_at < ? OR patient IN (SELECT patient FROM network_kept"
        " WHERE part = ? ORDER BY fetched_at DESC, patient DESC LIMIT -1 OFFSET ?))",
        (part, _before(store, bound.age_s), part, bound.patients),
    )
    return True


def kept(store: Store, patient: int, part: Part) -> Kept | None:
    """A part as it was kept; None where there is none, or none that is young enough."""
    row = store.row(
        "SELECT fetched_at, body FROM network_kept WHERE patient = ? AND part = ? AND fetched_at >= ?",
        (patient, part, _before(store, _BOUNDS[part].age_s)),
    )
    return Kept(row[0], _decoder.decode(zlib.decompress(row[1]))) if row else None


def emergency_due(store: Store, limit: int) -> list[int]:
    """Consenting patients whose emergency set is missing or old: those without one first, as long as there is room."""
    held = int(store.value("SELECT count(*) FROM network_kept WHERE part = 'emergency'"))
    full = held >= _BOUNDS[Part.EMERGENCY].patients
    rows = store.rows(
        "SELECT c.patient FROM consents c LEFT JOIN network_kept k ON k.patient = c.patient AND k.part = 'emergency'"
        " WHERE c.state = 'active' AND (k.fetched_at < ? OR (k.fetched_at IS NULL AND NOT ?))"
        " ORDER BY k.fetched_at IS NOT NULL, k.fetched_at, c.id DESC LIMIT ?",
        (_before(store, EMERGENCY_REFRESH_S), full, limit),
    )
    return [row[0] for row in rows]


def set_regional(store: Store, patient: int, regional: Regional) -> None:
    """What the region's index answered, inside a transaction; forgotten with the consent."""
    store.execute("DELETE FROM network_identities WHERE patient = ?", (patient,))
    if _has_consented(store, patient):
        store.insert(
            "INSERT INTO network_identities (patient, system, value, asked_at) VALUES (?, ?, ?, ?)",
            (patient, regional.system, regional.value, store.now()),
        )


def regional(store: Store, patient: int) -> Regional | None:
    """What the region's index last answered; None: it has to be asked (again)."""
    row = store.row(
        "SELECT system, value FROM network_identities WHERE patient = ? AND asked_at >= ?",
        (patient, _before(store, REGIONAL_ID_MAX_S)),
    )
    return Regional(row[0], row[1]) if row else None


def _has_consented(store: Store, patient: int) -> bool:
    return bool(store.value("SELECT 1 FROM consents WHERE patient = ? AND state = 'active'", (patient,)))


def _before(store: Store, age_s: float) -> str:
    return iso(store.clock.now() - timedelta(seconds=age_s))
