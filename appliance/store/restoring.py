"""A store from a backup: for a drill into a scratch place, or in earnest, the old one set aside and never overwritten.

What happened since the backup is not known, so a restored store trusts nothing that may have changed: deliveries that
waited may have gone out and are asked about at the hub; consents may have been withdrawn, so nothing leaves and nothing
of others is shown until the hub has told all of them anew (consent.md, snapshot).
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from appliance.clock import Clock, from_iso
from appliance.store import audit, backup, key_mark, swapping
from appliance.store.audit import Event
from appliance.store.backup_keys import Opener
from appliance.store.backup_manifest import Manifest, counts_of
from appliance.store.backup_pool import SNAPSHOT, Generation, Pool
from appliance.store.db import Store, StoreError, empty_copy, open_copy, open_store
from appliance.store.deliveries import SUPERSEDED, Claimed, Kind, State, move
from appliance.store.piece_files import DamagedPieceError, PieceFiles

DOUBT: Final = "restored"
"""The reason of deliveries that a restored store does not know the outcome of."""


class RestoreError(StoreError):
    """A backup cannot be restored."""

    code = "STORE-0205"


@dataclass(frozen=True, slots=True)
class Report:
    """What a restore or a drill found; `findings` are empty when all is as it was backed up."""

    generation: str
    taken_at: str
    rows: int
    pieces: int
    audit_rows: int
    findings: tuple[str, ...]
    doubtful: int = 0
    aside: str = ""


def choose(pool: Pool, name: str = "") -> Generation:
    """The generation of this name, else the newest. Raises RestoreError."""
    found = [one for one in pool.generations() if name in ("", one.name)]
    if not found:
        raise RestoreError(
            "戻せるバックアップがここにありません。",
            "There is no whole backup here.",
            hint_ja="--from のフォルダーと --generation の名前を確かめてください。",
            hint_en="Check the folder of --from and the name of --generation.",
        )
    return found[-1]


def drill(pool: Pool, generation: Generation, opener: Opener, scratch: Path, clock: Clock) -> Report:
    """Restore into the folder `scratch`, examine the result wholly, and remove it again. Raises StoreError."""
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = scratch / "drill.db"
    swapping.remove(place)
    try:
        manifest = backup.verify(generation.folder, pool, opener, clock)
        key = opener(generation.folder)
        with (
            empty_copy(place, key, clock) as copy,
            open_copy(generation.folder / SNAPSHOT, key, clock) as kept,
        ):
            kept.copy_to(copy)
        _bring_pieces(pool, manifest, place)
        with open_copy(place, key, clock) as store:
            return _examined(store, generation, manifest)
    finally:
        swapping.remove(place)


def restore(
    pool: Pool, generation: Generation, opener: Opener, path: Path, key: bytes, clock: Clock
) -> Report:
    """Put a backup in the place of the store at `path`, under the box's own key. Raises StoreError, StoreInUseError.

    The services that have the store open give way and open the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    swapping.finish(path, clock)
    manifest = backup.verify(generation.folder, pool, opener, clock)
    fresh = swapping.fresh_path(path)
    with (
        open_copy(generation.folder / SNAPSHOT, opener(generation.folder), clock) as kept,
        empty_copy(fresh, key, clock) as copy,
    ):
        kept.copy_to(copy)
    key_mark.write(fresh, key)
    _bring_pieces(pool, manifest, fresh)
    with open_copy(fresh, key, clock) as store:
        report = _examined(store, generation, manifest)
    with open_store(fresh, key, clock) as store:
        store.pragma("journal_mode = WAL")
        doubtful = distrust(
            store,
            Event.STORE_RESTORED,
            generation=generation.name,
            taken_at=manifest.taken_at,
            findings=len(report.findings),
        )
    swapping.settle(fresh)
    with swapping.alone(path, clock):
        aside = swapping.swap_in(path, stamp(clock))
    return Report(
        report.generation,
        report.taken_at,
        report.rows,
        report.pieces,
        report.audit_rows,
        report.findings,
        doubtful,
        aside.name if aside.exists() else "",
    )


def distrust(store: Store, event: Event, **body: Any) -> int:
    """What a store that was taken back from an earlier time, or from damage, does not believe; how many deliveries.

    The network's consents count as never seen, so that PROVIDE and VIEW are stale until all were pulled anew.
    """
    with store.transaction():
        now = store.now()
        doubtful = store.execute(
            "UPDATE deliveries SET state = 'doubtful', reason = ?, lease_until = NULL, changed_at = ?"
            " WHERE state IN ('ready', 'claimed')",
            (DOUBT, now),
        )
        store.execute("DELETE FROM meta WHERE name IN ('snapshot_at', 'hub_consents_seen')")
        store.execute("UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL", (now,))
        store.set_meta(DISTRUSTED, now)
        audit.append(store, event, doubtful=doubtful, **body)
    return doubtful


def owed_since(store: Store, asked: Claimed) -> str:
    """Since when what a delivery carries is so (ISO 8601): a document's version was stored, or its removal owed.

    Empty for who somebody is and for consents, which are made of what the store holds now.
    """
    if asked.document is None:
        return ""
    if asked.kind is Kind.REMOVE:
        return str(store.value("SELECT created_at FROM deliveries WHERE id = ?", (asked.id,)))
    return str(store.value("SELECT stored_at FROM documents WHERE id = ?", (asked.document,)) or "")


def is_newer(recorded: str, since: str) -> bool:
    """Whether the hub's marker (`recorded`) is of a later version than ours: then ours must never go out.

    Only a restored store can be behind: else order is kept per patient.
    """
    return bool(recorded and since) and from_iso(recorded) > from_iso(since)


def overtaken(store: Store, asked: Claimed) -> None:
    """The hub has a newer version than the restored store: what was owed of the older one is not owed any more."""
    with nullcontext() if store.in_transaction else store.transaction():
        move(store, asked.id, State.WITHDRAWN, SUPERSEDED)


DISTRUSTED: Final = "distrusted_at"
"""Since when the store does not believe its own consents: the hub's word goes first, until a whole pull was taken in."""


def stamp(clock: Clock) -> str:
    """The name part of a store that is set aside now."""
    return f"{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _bring_pieces(pool: Pool, manifest: Manifest, path: Path) -> None:
    folder = swapping.beside(path, ".d")
    folder.mkdir(mode=0o700, exist_ok=True)
    for piece in manifest.pieces:
        shutil.copyfile(pool.pieces / piece.name, folder / piece.name)


def _examined(store: Store, generation: Generation, manifest: Manifest) -> Report:
    """Everything that can be checked: pages, structure, references, counts, audit chain, and each piece by its own key."""
    findings = store.integrity_findings()
    findings += [f"foreign key: {row[0]} {row[1]}" for row in store.rows("PRAGMA foreign_key_check")]
    counts = counts_of(store)
    if counts != manifest.counts:
        findings.append("the rows are not as many as the manifest says")
    broken = audit.verify(store, manifest.anchor)
    if broken is not None:
        findings.append(f"audit row {broken.seq}: {broken.en}")
    files = PieceFiles(store.path)
    expected = {piece.name for piece in manifest.pieces}
    for name, secret in store.rows("SELECT file, secret FROM arrival_pieces WHERE file IS NOT NULL"):
        try:
            files.read(name, secret)
        except DamagedPieceError:
            if name in expected or name in manifest.missing:
                findings.append(f"piece file {name} is missing or damaged")
    return Report(
        generation.name,
        manifest.taken_at,
        sum(counts.values()),
        len(manifest.pieces),
        manifest.audit_seq,
        tuple(findings),
    )
