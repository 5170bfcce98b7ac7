"""What has to lie on the box before its services start: a sealed key, its escrow, a store; and no key change half done.

At every boot, as root, before any service: `renkei store init`. It makes only what was never there; a store whose key
is missing is never given a new one.
"""

from __future__ import annotations

from enum import StrEnum

from appliance.clock import Clock
from appliance.store import audit, db, in_use, key_mark, keys
from appliance.store.key_ring import KeyRing
from appliance.store.rekeying import settle


class Prepared(StrEnum):
    """What `prepare` did."""

    NOTHING = "nothing"
    SETTLED = "settled"
    MADE = "made"


def prepare(ring: KeyRing, clock: Clock) -> Prepared:
    """Make key, escrow and store where there are none; settle a change of the key that was cut.

    Raises StoreKeyError, RootOfTrustError, EscrowError, StoreInUseError.
    """
    if ring.store.exists():
        if settle(ring):
            return Prepared.SETTLED
        ring.require_key()
        return Prepared.NOTHING
    db.create_store(ring.store, key_for_new(ring, clock), clock).close()
    return Prepared.MADE


def key_for_new(ring: KeyRing, clock: Clock) -> bytes:
    """The key for a store that is about to be made or restored; it is made where there is neither a key nor a store.

    Raises StoreKeyError, RootOfTrustError, EscrowError.
    """
    if not ring.current.exists() and not ring.store.exists():
        ring.found(keys.new_key(), clock)
    return ring.load()


def take_over(ring: KeyRing, key: bytes, clock: Clock) -> None:
    """Seal the recovered key of a store that came from another board to this one. Raises WrongKeyError, StoreInUseError."""
    with in_use.alone(ring.store):
        with db.open_held(ring.store, key, clock) as store, store.transaction():
            audit.append(store, audit.Event.STORE_KEY_RECOVERED, key=keys.fingerprint(key))
        ring.found(key, clock)
        ring.drop_following()
        key_mark.write(ring.store, key)
