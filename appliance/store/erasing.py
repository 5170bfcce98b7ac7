"""The end of a box's life: every key of the store that is on it is destroyed, and what was done is told as a proof.

The encrypted files stay where they are and are worth nothing. What destroys them for good is the root of trust: a
cleared TPM, a removed host key. A sealed key that a flash memory may have kept a copy of opens nothing after that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance.clock import Clock, iso
from appliance.errors import RenkeiError
from appliance.store import audit, db, durable, in_use, key_mark, keys
from appliance.store.audit import Anchor
from appliance.store.deliveries import State
from appliance.store.key_ring import KeyRing
from appliance.store.rekeying import opening
from appliance.store.root_of_trust import Root, RootOfTrust, overwrite

_UNSENT: Final = (State.HELD, State.READY, State.CLAIMED, State.DOUBTFUL, State.REFUSED)


class Part(StrEnum):
    """What a retirement destroys."""

    TPM = "tpm"
    HOST_SECRET = "host-secret"  # noqa: S105 - the name of a part
    KEY = "key"
    ESCROW = "escrow"


class Fate(StrEnum):
    """What became of it."""

    DESTROYED = "destroyed"
    ABSENT = "absent"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One thing that was to be destroyed, and where it lay."""

    part: Part
    where: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Standing:
    """What a box still holds before it is retired; `unsent` counts deliveries that were never handed over."""

    device: str
    key: str
    root: Root
    unsent: int | None
    """None where the store cannot be opened any more."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done: `opens` must be False. `anchor` is the end of the audit chain, the retirement itself included."""

    device: str
    at: str
    clock_trusted: bool
    key: str
    root: Root
    destroyed: tuple[Destroyed, ...]
    anchor: Anchor | None
    opens: bool


def standing(ring: KeyRing, clock: Clock) -> Standing:
    """What is to be known before the confirmation. Raises StoreInUseError while a service has the store open."""
    key = _key(ring)
    if key is None:
        return Standing(ring.device_id, _marked(ring), ring.root(), None)
    with in_use.alone(ring.store), db.open_held(ring.store, key, clock) as store:
        unsent = store.value(
            f"SELECT count(*) FROM deliveries WHERE state IN ({', '.join('?' * len(_UNSENT))})", _UNSENT
        )
    return Standing(ring.device_id, keys.fingerprint(key), ring.root(), int(unsent))


def retire(ring: KeyRing, clock: Clock) -> Proof:
    """Destroy every key of the store on this box. May be repeated after a cut: what is gone stays gone.

    Raises StoreInUseError while a service has the store open.
    """
    with in_use.alone(ring.store):
        key, root = _key(ring), ring.root()
        sealed = [path.read_bytes() for path in (ring.current, ring.following) if path.is_file()]
        anchor = None if key is None else _last_row(ring, key, clock)
        destroyed = tuple(_destroy(ring, root))
        opens = any(_still_unseals(ring, one) for one in sealed) or _key(ring) is not None
    return Proof(
        device=ring.device_id,
        at=iso(clock.now()),
        clock_trusted=clock.trusted(),
        key=_marked(ring) if key is None else keys.fingerprint(key),
        root=root,
        destroyed=destroyed,
        anchor=anchor,
        opens=opens,
    )


def _key(ring: KeyRing) -> bytes | None:
    """The key that opens the store, whichever of those beside it that is."""
    try:
        return opening(ring.store, ring.load) or opening(ring.store, ring.load_following)
    except db.UnwritableStoreError:
        return None


def _marked(ring: KeyRing) -> str:
    """The fingerprint of the key that the store had, once the key itself is gone."""
    return " ".join(key_mark.read(ring.store))


def _last_row(ring: KeyRing, key: bytes, clock: Clock) -> Anchor | None:
    """Audit the retirement; a damaged store does not keep its box from being retired."""
    try:
        with db.open_held(ring.store, key, clock) as store:
            with store.transaction():
                audit.append(store, audit.Event.BOX_RETIRED, device=ring.device_id, key=keys.fingerprint(key))
            return audit.anchor(store)
    except (RenkeiError, db.DatabaseError):
        return None


def _destroy(ring: KeyRing, root: Root) -> Iterator[Destroyed]:
    """The root of trust first: from then on a copy of what is sealed to it is worth nothing."""
    if ring.trust is not None:
        yield from _destroy_root(ring.trust, root)
    for part, path in ((Part.KEY, ring.current), (Part.ESCROW, ring.escrow_file)):
        for one in ring.remains_of(path) or (path,):
            yield Destroyed(part, str(one), _remove(one))


def _destroy_root(trust: RootOfTrust, root: Root) -> Iterator[Destroyed]:
    if root.has_tpm or trust.root.has_tpm:
        yield Destroyed(Part.TPM, trust.tpm, Fate.DESTROYED if trust.clear_tpm() else Fate.STAYS)
    gone = trust.destroy_host_secret()
    yield Destroyed(Part.HOST_SECRET, str(trust.host_secret), Fate.DESTROYED if gone else Fate.ABSENT)


def _remove(path: Path) -> Fate:
    if not path.is_file():
        return Fate.ABSENT
    overwrite(path)
    durable.remove(path)
    return Fate.DESTROYED


def _still_unseals(ring: KeyRing, sealed: bytes) -> bool:
    """Whether a copy of a sealed key, taken before, could still be opened on this box."""
    if ring.trust is None:
        return False
    try:
        ring.trust.unseal(sealed)
    except RenkeiError:
        return False
    return True
