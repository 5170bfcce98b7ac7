"""Backing up in every way of the site file that is due, one after another; what became of each is kept in the store.

One run at a time (a lock), of the lowest priority. A way that fails does not keep the others from being done.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from appliance.clock import Clock, from_iso
from appliance.config import BackupConfig, BackupWay, SiteConfig
from appliance.errors import RenkeiError
from appliance.limits import BACKUP_NICE
from appliance.store import backup, backup_sending, swapping
from appliance.store.backup import Box
from appliance.store.backup_places import MACHINE, Machine, pool_of
from appliance.store.backup_pool import Generation, Pool
from appliance.store.backup_sending import Access
from appliance.store.db import Store, StoreError, open_store

_HOUR_S: Final = 3_600.0
_EARLY_S: Final = 1_800.0
"""A backup may begin this much before its time: who asks every hour shall not slip by an hour a day."""


class BackupBusyError(StoreError):
    """A backup, or a disposal, is under way already."""

    code = "STORE-0206"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one way. `error` is None when it was done."""

    name: str
    generation: str
    ja: str
    en: str
    missing: int = 0
    error: RenkeiError | None = None


@contextmanager
def one_at_a_time(site: SiteConfig) -> Iterator[None]:
    """Backups and disposals do not run beside each other: a copy needs the files that its rows name."""
    lock = os.open(swapping.beside(site.store.path, ".backup"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise BackupBusyError(
            "バックアップか整理が実行中です。",
            "A backup or a disposal is under way.",
            hint_ja="終わるのを待って、もう一度実行してください。",
            hint_en="Wait until it has ended and try again.",
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def run(
    site: SiteConfig,
    key: bytes,
    clock: Clock,
    *,
    names: Collection[str] = (),
    due_only: bool = False,
    told: Callable[[Outcome], None] = lambda _: None,
    machine: Machine = MACHINE,
) -> list[Outcome]:
    """Back up in these ways (all, when none is named). Raises BackupBusyError, StoreError."""
    with one_at_a_time(site):
        with open_store(site.store.path, key, clock) as store:
            chosen = [
                one
                for one in site.backups
                if (not names or one.name in names) and (not due_only or is_due(store, one))
            ]
        outcomes = []
        for one in chosen:
            outcome = _one(site, one, key, clock, machine)
            _write_down(site, key, clock, outcome)
            told(outcome)
            outcomes.append(outcome)
        return outcomes


def be_nice() -> None:
    """This process gives way to every other."""
    with suppress(OSError):
        os.nice(BACKUP_NICE)


def last_done(store: Store, name: str) -> str | None:
    """When the newest good backup of this way was done."""
    return store.meta(f"backup.{name}.done")


def last_trouble(store: Store, name: str) -> str:
    """The code of what went wrong at the last try; empty when it went well."""
    return store.meta(f"backup.{name}.trouble") or ""


def age_s(store: Store, name: str) -> float | None:
    """How old the newest good backup of this way is; None: there is none."""
    done = last_done(store, name)
    return (store.clock.now() - from_iso(done)).total_seconds() if done else None


def is_due(store: Store, one: BackupConfig) -> bool:
    age = age_s(store, one.name)
    return (
        age is None or last_trouble(store, one.name) != "" or not 0 <= age < one.every_h * _HOUR_S - _EARLY_S
    )


def _one(site: SiteConfig, one: BackupConfig, key: bytes, clock: Clock, machine: Machine) -> Outcome:
    try:
        box = Box(site.store.path, key, site.device_id, _recovery_certificate(site), clock)
        pool = pool_of(site, one, machine)
        if one.way is BackupWay.OPERATOR:
            generation, missing = _sent(site, one, box, pool)
        else:
            made = backup.make(box, pool, daily=one.daily, weekly=one.weekly)
            generation, missing = made.generation, made.missing
    except RenkeiError as error:
        return Outcome(one.name, "", error.ja, error.en, error=error)
    return Outcome(one.name, generation.name, "バックアップしました。", "Backed up.", missing)


def _sent(site: SiteConfig, one: BackupConfig, box: Box, pool: Pool) -> tuple[Generation, int]:
    """What a cut has left half sent goes on, unless it is too old by now; then nothing of it waits here any longer."""
    waiting = pool.generations()
    fresh = [g for g in waiting if (box.clock.now() - g.taken_at).total_seconds() < one.every_h * _HOUR_S]
    missing = 0
    if fresh:
        generation = fresh[-1]
    else:
        made = backup.make(box, pool, daily=1, weekly=0)
        generation, missing = made.generation, made.missing
    access = Access(one.url, site.device_id, one.ca or site.hub.ca, site.hub.certificate, site.hub.key)
    backup_sending.send(access, pool, generation, box.key, box.clock)
    pool.drop([g.name for g in pool.generations()])
    pool.keep_pieces(())
    return generation, missing


def _recovery_certificate(site: SiteConfig) -> bytes:
    path = site.store.recovery_certificate
    try:
        return path.read_bytes() if path else b""
    except OSError as error:
        raise backup.BackupPlaceError(
            "運用者の復旧証明書を読めません。",
            "The operator's recovery certificate cannot be read.",
            hint_ja="site.toml の store.recovery_certificate を確かめてください。",
            hint_en="Check store.recovery_certificate in site.toml.",
        ) from error


def _write_down(site: SiteConfig, key: bytes, clock: Clock, outcome: Outcome) -> None:
    with open_store(site.store.path, key, clock) as store, store.transaction():
        store.set_meta(f"backup.{outcome.name}.trouble", outcome.error.code if outcome.error else "")
        if outcome.error is None:
            store.set_meta(f"backup.{outcome.name}.done", store.now())
