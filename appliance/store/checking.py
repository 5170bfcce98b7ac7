"""Is the store whole? Every page, the structure, references, the piece files against their rows, and the audit chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.store import audit, swapping
from appliance.store.db import DatabaseError, Store
from appliance.store.piece_files import DamagedPieceError, PieceFiles

Progress = Callable[[str], None]

_SHOWN_MAX: Final = 20
"""Findings of one kind that are told one by one; the rest is counted."""
_BEING_WRITTEN_S: Final = 3_600.0
"""A younger file without a row may be one whose row is about to be committed."""
_CALL_JA: Final = "電源を切らずに運用者に連絡してください。"
_CALL_EN: Final = "Keep the box on and call the operator."
_NEXT_START_JA: Final = "サービスの次の起動で、読めるものを新しい保存庫に移します。バックアップがあれば確かめてください（`renkei store restore --drill`）。"
_NEXT_START_EN: Final = "At their next start the services carry what can be read into a new store. Have a look at the backups (`renkei store restore --drill`)."


@dataclass(frozen=True, slots=True)
class StoreFinding:
    """One thing that is not as it should be, and what to do. `code` tells the kinds apart."""

    code: str
    ja: str
    en: str
    hint_ja: str
    hint_en: str


def examine(store: Store, progress: Progress = lambda _: None) -> list[StoreFinding]:
    """Everything that is wrong, gravest kind first. Damage in the file is noted, so that the next start acts on it."""
    progress("ページ / pages")
    findings = _pages(store)
    progress("参照 / references")
    findings += _guarded(store, _references)
    findings += _guarded(store, lambda one: _pieces(one, progress))
    progress("監査記録 / audit chain")
    findings += _guarded(store, _chain)
    progress("")
    if any(one.code == "page" for one in findings):
        store.suspect()
    return findings


def _guarded(store: Store, look: Callable[[Store], list[StoreFinding]]) -> list[StoreFinding]:
    try:
        return look(store)
    except DatabaseError:  # the damage that the pages told of already
        return []


def _pages(store: Store) -> list[StoreFinding]:
    try:
        told = store.integrity_findings()
    except DatabaseError as error:
        told = [str(error)]
    return _bounded(
        [
            StoreFinding(
                "page",
                f"保存庫のファイルが壊れています（{line}）。",
                f"The store's file is damaged ({line}).",
                _CALL_JA + _NEXT_START_JA,
                f"{_CALL_EN} {_NEXT_START_EN}",
            )
            for line in told
        ]
    )


def _references(store: Store) -> list[StoreFinding]:
    return _bounded(
        [
            StoreFinding(
                "reference",
                f"表 {table} の行 {row} が、ない行を指しています。",
                f"Row {row} of {table} names a row that is not there.",
                _CALL_JA,
                _CALL_EN,
            )
            for table, row, *_ in store.rows("PRAGMA foreign_key_check")
        ]
    )


def _pieces(store: Store, progress: Progress) -> list[StoreFinding]:
    files = PieceFiles(store.path)
    rows = store.rows("SELECT file, secret FROM arrival_pieces WHERE file IS NOT NULL")
    findings = []
    for number, (name, secret) in enumerate(rows, 1):
        progress(f"ファイル / piece files {number}/{len(rows)}")
        try:
            files.read(name, secret)
        except DamagedPieceError:
            findings.append(
                StoreFinding(
                    "piece",
                    f"受け取ったデータのファイル {name} が、失われたか壊れています。",
                    f"The piece file {name} is missing or damaged.",
                    "ほかのデータには影響ありません。バックアップから戻せるかを運用者に確かめてください。",
                    "Other data are not concerned. Ask the operator whether a backup has it.",
                )
            )
    known = {name for name, _ in rows}
    folder = swapping.beside(store.path, ".d")
    settled = store.clock.now().timestamp() - _BEING_WRITTEN_S
    orphans = [
        one.name
        for one in (folder.iterdir() if folder.is_dir() else ())
        if one.name not in known and one.stat().st_mtime < settled
    ]
    findings += [
        StoreFinding(
            "orphan",
            f"どの行にも属さないファイル {name} があります。",
            f"The piece file {name} belongs to no row.",
            "取り込みサービスの次の起動で片付きます。何もしなくてかまいません。",
            "The intake removes it at its next start; there is nothing to do.",
        )
        for name in orphans
    ]
    return _bounded(findings)


def _chain(store: Store) -> list[StoreFinding]:
    broken = audit.verify(store)
    if broken is None:
        return []
    return [
        StoreFinding(
            "audit",
            f"監査記録の{broken.seq}行目：{broken.ja}",
            f"Audit row {broken.seq}: {broken.en}",
            "機器をこのままにし、運用者に連絡してください。",
            "Leave the box as it is, and call the operator.",
        )
    ]


def _bounded(findings: list[StoreFinding]) -> list[StoreFinding]:
    shown = findings[:_SHOWN_MAX]
    if len(findings) > len(shown):
        last = findings[-1]
        more = len(findings) - len(shown)
        shown.append(
            StoreFinding(last.code, f"ほかに{more}件あります。", f"{more} more.", last.hint_ja, last.hint_en)
        )
    return shown
