"""One backup: a consistent copy of the store under a key of its own, its piece files, and a manifest, verified before it counts.

Services read and write meanwhile: the copy is of the moment at which it began. What costs the disk goes in small steps.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from appliance import __version__
from appliance.clock import Clock, iso
from appliance.limits import BACKUP_MARGIN_BYTES, BACKUP_STEP_PAUSE_S
from appliance.store import audit, backup_keys, backup_manifest, escrow, swapping
from appliance.store.backup_manifest import Manifest, PieceListed, counts_of, damaged, sha256_of
from appliance.store.backup_pool import SNAPSHOT, Generation, Pool, new_name, superfluous
from appliance.store.db import Store, StoreError, empty_copy, open_copy, open_store
from appliance.store.piece_files import DamagedPieceError, PieceFiles


class BackupPlaceError(StoreError):
    """A backup cannot be written where the site file says."""

    code = "STORE-0201"


class BackupAbsentError(BackupPlaceError):
    """The medium of a backup is not plugged in, or the other side does not answer: tried again later."""

    code = "STORE-0202"


@dataclass(frozen=True, slots=True)
class Box:
    """Whose store is backed up: where it lies, its key, and the recovery certificate (PEM) of the operator."""

    path: Path
    key: bytes
    device: str
    recovery_certificate: bytes
    clock: Clock


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made; `missing` counts piece files that the store itself had lost."""

    generation: Generation
    manifest: Manifest
    dropped: int

    @property
    def missing(self) -> int:
        return len(self.manifest.missing)


def make(box: Box, pool: Pool, *, daily: int, weekly: int) -> Made:
    """A new generation, whole and verified; then those that are no longer kept go. Raises BackupPlaceError, StoreError."""
    with open_store(box.path, box.key, box.clock) as store:
        try:
            pool.prepare()
            _require_room(store, pool)
            generation, manifest = _made(box, store, pool)
        except OSError as error:
            raise BackupPlaceError(
                f"バックアップ先に書けません（{error.strerror}）。",
                f"The place of the backup cannot be written ({error.strerror}).",
                hint_ja="空き容量と、媒体が書き込み禁止になっていないかを確かめてください。",
                hint_en="Check its free space, and that it is not write-protected.",
            ) from error
    return Made(generation, manifest, tidy(box, pool, daily=daily, weekly=weekly))


def tidy(box: Box, pool: Pool, *, daily: int, weekly: int) -> int:
    """Drop the generations that are no longer kept, and the piece files that none of the others names; how many went."""
    drop = superfluous([one.name for one in pool.generations()], daily, weekly)
    pool.drop(drop)
    opener = backup_keys.by_box(box.key)
    wanted: set[str] = set()
    for one in pool.generations():
        try:
            listed = backup_manifest.read(one.folder, opener(one.folder)).pieces
        except StoreError:  # of another key, or damaged: what it needs is not known, so every file stays
            return len(drop)
        wanted.update(piece.name for piece in listed)
    pool.keep_pieces(wanted)
    return len(drop)


def _made(box: Box, store: Store, pool: Pool) -> tuple[Generation, Manifest]:
    partial = pool.begin(new_name(box.clock.now()))
    key = backup_keys.new_key()
    taken = iso(box.clock.now())
    snapshot = partial / SNAPSHOT
    with empty_copy(snapshot, key, box.clock) as copy:
        store.copy_to(copy, lambda: box.clock.sleep(BACKUP_STEP_PAUSE_S))
        copy.pragma("journal_mode = DELETE")  # one file, to be opened from a medium that cannot be written
    (partial / backup_keys.FOR_BOX).write_bytes(backup_keys.for_box(key, box.key))
    (partial / backup_keys.FOR_OPERATOR).write_bytes(escrow.wrap(key, box.recovery_certificate))
    manifest = _manifest(box, store, pool, snapshot, key, taken)
    (partial / backup_manifest.FILE).write_bytes(backup_manifest.written(manifest, key))
    verify(partial, pool, backup_keys.by_box(box.key), box.clock)
    return pool.complete(partial), manifest


def _manifest(box: Box, store: Store, pool: Pool, snapshot: Path, key: bytes, taken: str) -> Manifest:
    with open_copy(snapshot, key, box.clock) as copy:
        listed, missing = _keep_pieces(box, store, copy, pool)
        end = audit.anchor(copy)
        return Manifest(
            format=backup_manifest.FORMAT,
            product=__version__,
            device=box.device,
            box=copy.meta("box") or "",
            taken_at=taken,
            clock_trusted=box.clock.trusted(),
            schema=copy.schema_version(),
            store_sha256=sha256_of(snapshot),
            store_bytes=snapshot.stat().st_size,
            counts=counts_of(copy),
            audit_seq=end.seq,
            audit_hash=end.hash.hex(),
            pieces=listed,
            missing=missing,
        )


def _keep_pieces(
    box: Box, store: Store, copy: Store, pool: Pool
) -> tuple[tuple[PieceListed, ...], tuple[str, ...]]:
    """The piece files that the copy names are in the pool; those that are lost in the store are told apart."""
    files, folder = PieceFiles(box.path), swapping.beside(box.path, ".d")
    listed, missing = [], []
    for name, secret in copy.rows(
        "SELECT file, secret FROM arrival_pieces WHERE file IS NOT NULL ORDER BY file"
    ):
        if not pool.has_piece(name):
            try:
                files.read(name, secret)  # what is damaged here shall not pass for a good copy there
                pool.add_piece(name, folder / name, (folder / name).read_bytes())
            except (DamagedPieceError, FileNotFoundError):
                if store.value("SELECT 1 FROM arrival_pieces WHERE file = ?", (name,)):
                    missing.append(name)
                continue
            box.clock.sleep(BACKUP_STEP_PAUSE_S)
        listed.append(PieceListed(name, (pool.pieces / name).stat().st_size))
    return tuple(listed), tuple(missing)


def verify(folder: Path, pool: Pool, opener: backup_keys.Opener, clock: Clock) -> Manifest:
    """Open a backup as a restore would: its key, hash, every page, its counts and the end of its audit chain, its files.

    Raises BackupKeyError, BackupDamagedError.
    """
    key = opener(folder)
    manifest = backup_manifest.read(folder, key)
    snapshot = folder / SNAPSHOT
    if not snapshot.is_file() or sha256_of(snapshot) != manifest.store_sha256:
        raise damaged("保存庫の写しが違っています。", "The copy of the store is not what was written.")
    with open_copy(snapshot, key, clock) as copy:
        if copy.rows("PRAGMA cipher_integrity_check"):
            raise damaged("保存庫の写しに壊れた部分があります。", "Pages of the copy are damaged.")
        if counts_of(copy) != manifest.counts or audit.anchor(copy) != manifest.anchor:
            raise damaged("保存庫の写しの件数が違っています。", "The copy's counts differ.")
    for piece in manifest.pieces:
        file = pool.pieces / piece.name
        if not file.is_file() or file.stat().st_size != piece.size_bytes:
            raise damaged("受け取ったデータの一部がありません。", "A piece file is missing or cut.")
    return manifest


def _require_room(store: Store, pool: Pool) -> None:
    database = int(store.value("PRAGMA page_count")) * int(store.value("PRAGMA page_size"))
    new = sum(
        size
        for name, size in store.rows(
            "SELECT file, coalesce(size_bytes, 0) FROM arrival_pieces WHERE file IS NOT NULL"
        )
        if not pool.has_piece(name)
    )
    if shutil.disk_usage(pool.folder).free < database + new + BACKUP_MARGIN_BYTES:
        raise BackupPlaceError(
            "バックアップ先の空き容量が足りません。",
            "There is not enough room for the backup.",
            hint_ja="容量の大きい媒体に替えるか、site.toml の daily と weekly を減らしてください。",
            hint_en="Use a larger medium, or keep fewer generations (daily, weekly in site.toml).",
        )
