"""Changing the store key, so that a cut at any point leaves a store that opens with exactly one of the keys beside it.

The store is copied page by page into a new file with the new key, checked there, and put in the old one's place by one
rename: that is the moment of the change. `settle` finishes what was cut after it, and takes back what was cut before.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.errors import Audience, RenkeiError
from appliance.limits import REKEY_SPARE_BYTES, STORE_COPY_PAGES
from appliance.store import audit, db, durable, in_use, key_mark, keys
from appliance.store.key_ring import KeyRing


class RekeyError(RenkeiError):
    """The key could not be changed; the store has the key it had."""

    code = "STORE-0105"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """The fingerprints of the key before and after."""

    before: str
    after: str


def rekey(ring: KeyRing, clock: Clock) -> Rekeyed:
    """Give the store a new key, sealed and escrowed. Piece files keep their own keys, which lie in the store.

    Raises StoreInUseError while a service has it open, RekeyError, EscrowError, RootOfTrustError; nothing has changed then.
    """
    with in_use.alone(ring.store):
        _settle(ring)
        _require_room(ring.store)
        before, after = ring.load(), keys.new_key()
        try:
            ring.propose(after, clock)
            key_mark.write(ring.store, before, after)
            _write_anew(ring.store, before, after, clock)
        except (OSError, db.DatabaseError) as error:
            _settle(ring)
            if ring.load() != after:
                raise _not_written(error) from error
        finally:
            _settle(ring)
    return Rekeyed(keys.fingerprint(before), keys.fingerprint(after))


def settle(ring: KeyRing) -> bool:
    """Bring a change of the key that was cut to its end or back to its beginning; whether there was one.

    Raises StoreInUseError, UnwritableStoreError, and WrongKeyError where no key beside the store opens it: the keys stay then.
    """
    if not ring.following.exists():
        return False
    with in_use.alone(ring.store):
        return _settle(ring)


def _settle(ring: KeyRing) -> bool:
    if not ring.following.exists():
        return False
    db.remove_files(
        _copy_of(ring.store)
    )  # what is called so was never the store, and a full disk wants its room
    if (key := opening(ring.store, ring.load)) is not None:
        key_mark.write(ring.store, key)
        ring.drop_following()
    elif (key := opening(ring.store, ring.load_following)) is not None:
        key_mark.write(ring.store, key)
        ring.adopt()
    else:
        raise db.WrongKeyError(
            "保存庫は、交換前の鍵でも交換後の鍵でも開きません。",
            "Neither the key before the change nor the one after opens the store.",
            hint_ja="どちらの鍵も消していません。運用者に連絡してください。",
            hint_en="Both keys are still there. Call the operator.",
        )
    return True


def opening(store: Path, load: Callable[[], bytes]) -> bytes | None:
    """The key that `load` gives, if it gives one and that opens the store. Raises UnwritableStoreError."""
    try:
        key = load()
    except RenkeiError:
        return None
    return key if db.opens(store, key) else None


def _require_room(store: Path) -> None:
    needed = store.stat().st_size + REKEY_SPARE_BYTES
    if shutil.disk_usage(store.parent).free < needed:
        raise RekeyError(
            "空きが足りないため、鍵を交換できません。",
            f"There is too little room for a second copy of the store ({needed} bytes are needed).",
            hint_ja="空きを作ってから、もう一度実行してください。いまの鍵のままで問題なく動きます。",
            hint_en="Make room and try again; the store works with the key it has.",
        )


def _write_anew(store: Path, before: bytes, after: bytes, clock: Clock) -> None:
    copy = _copy_of(store)
    db.remove_files(copy)
    with contextlib.closing(db.connect(store, before)) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if source.execute("PRAGMA cipher_integrity_check").fetchone():
            raise _not_whole()  # copied, a damaged page would pass for a sound one
        durable.touch_alike(copy, store)
        _copy_pages(source, copy, after)
    with db.open_held(copy, after, clock) as fresh:
        _check_and_audit(fresh, before, after)
    _require_no_log(store)
    _require_no_log(copy)
    durable.sync(copy)
    durable.sync(store.parent)  # that the old log is gone, before another file has its name
    durable.rename(copy, store)


def _check_and_audit(fresh: db.Store, before: bytes, after: bytes) -> None:
    if fresh.integrity_findings():
        raise _not_whole()
    with fresh.transaction():
        audit.append(
            fresh,
            audit.Event.STORE_REKEYED,
            before=keys.fingerprint(before),
            after=keys.fingerprint(after),
        )


def _copy_pages(source: Any, copy: Path, key: bytes) -> None:
    with contextlib.closing(db.connect(copy, key)) as target:
        target.execute("PRAGMA synchronous = OFF")  # one sync at the end
        target.execute("PRAGMA journal_mode = OFF")
        source.backup(target, pages=STORE_COPY_PAGES)
    durable.sync(copy)


def _require_no_log(path: Path) -> None:
    """A log that outlived its database would be applied to the one that takes its name."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise RekeyError(
            "保存庫がまだ使われているため、鍵を交換できません。",
            "The store's log did not empty: something still has the store open.",
            hint_ja="すべてのサービスを止めてから、もう一度実行してください。",
            hint_en="Stop all services and try again.",
        )


def _copy_of(store: Path) -> Path:
    return store.with_name(store.name + ".next")


def _not_whole() -> RekeyError:
    return RekeyError(
        "保存庫に読めないところがあるため、鍵を交換せず、元のままにしました。",
        "The store cannot be read whole, so it keeps the key it has; nothing was changed.",
        hint_ja="`renkei store check` で保存庫を調べてください。",
        hint_en="Examine the store with `renkei store check`.",
    )


def _not_written(error: Exception) -> RekeyError:
    return RekeyError(
        "新しい鍵の保存庫を書けませんでした。元の鍵のままで問題なく動きます。",
        f"The store could not be written with a new key ({error}); it works with the key it has.",
        hint_ja="記憶装置の空きと、`renkei store check` の結果を確かめてください。",
        hint_en="Check the room on the disk, and what `renkei store check` says.",
    )
