"""`renkei masters build` and `renkei masters lookup`: a folder of published masters to the compiled file, and a look into it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from appliance.codes.building import build
from appliance.codes.entries import Disease, Entry, Link, Package
from appliance.codes.errors import MasterRefusedError, MastersFolderError
from appliance.codes.lookup import Lookup
from appliance.codes.reading import Edition, read_edition
from appliance.codes.storing import TABLES, table_name, write_masters
from appliance.codes.unpacking import TEXT_SUFFIXES, ZIP_SUFFIX, unpack
from appliance.limits import MASTER_FILE_MAX_BYTES, MASTER_FOLDER_MAX_CHARS, MASTER_FOLDER_MAX_FILES

TITLES = {
    "disease": "傷病名",
    "modifier": "修飾語",
    "act": "診療行為",
    "drug": "医薬品",
    "material": "特定器材",
    "comment": "コメント",
    "package": "HOTコード",
    "usage": "用法",
    "examination": "検査項目",
    "link": "院内対応表",
}
"""What each table is called on screens."""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What was built from what. `passed_over` are files that are no master, `orphans` changes of undescribed codes."""

    out: Path
    version: str
    editions: tuple[Edition, ...]
    entries: dict[str, int]
    passed_over: tuple[str, ...]
    orphans: dict[str, int]

    def text(self) -> str:
        """What the command prints, Japanese first."""
        lines = [
            f"コードマスター {self.version} を作成しました。 / Built code masters {self.version}.",
            f"→ {self.out}",
        ]
        lines += [
            f"  {edition.name}  {edition.layout.title}（{'全件' if edition.full else '差分'}）"
            f"  {len(edition.rows)} 行 / rows"
            for edition in self.editions
        ]
        lines += [f"  {TITLES[name]} / {name}: {count}" for name, count in self.entries.items() if count]
        lines += [
            f"  マスターではないため使いません / no master, not used: {name}" for name in self.passed_over
        ]
        lines += [
            f"  {name}：元の行がない変更 {count} 件は使いません / {count} changes of unknown codes not used"
            for name, count in self.orphans.items()
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class CodeReport:
    """Everything the masters say of one code."""

    code: str
    entries: tuple[Entry, ...]

    def text(self) -> str:
        if not self.entries:
            return f"{self.code}  マスターにありません / not in the masters"
        return "\n".join(_line(entry) for entry in self.entries)


def build_masters(folder: Path, out: Path) -> BuildSummary:
    """Compile every master of a folder (zip, csv, txt; its own files only) into one file.

    Raises MasterRefusedError naming file and line, or MastersFolderError; the old file then stays as it was.
    """
    digests: dict[str, str] = {}
    editions: list[Edition] = []
    passed_over: list[str] = []
    left = MASTER_FOLDER_MAX_CHARS
    for name, data in _files(folder, passed_over):
        digests[name] = hashlib.sha256(data).hexdigest()
        for text in unpack(name, data):
            left -= len(text.text)
            if left < 0:
                raise _too_much()
            edition = read_edition(text)
            if edition is None:
                passed_over.append(text.name)
            else:
                editions.append(edition)
    if not editions:
        raise MastersFolderError("このフォルダにマスターがありません。", "There is no master in this folder.")
    masters = build(editions)
    version = write_masters(masters, digests, out)
    counts = {table_name(kind): len(masters.entries.get(kind, ())) for kind in TABLES}
    return BuildSummary(out, version, masters.editions, counts, tuple(passed_over), masters.orphans)


def lookup_codes(file: Path, codes: Sequence[str]) -> list[CodeReport]:
    """Each code in every master and by every key it may be: receipt codes, 病名管理番号, 薬価基準, YJ, HOT, JAN, …"""
    with Lookup(file) as lookup:
        return [CodeReport(code, _found(lookup, code)) for code in codes]


def _found(lookup: Lookup, code: str) -> tuple[Entry, ...]:
    found = [
        entry
        for kind, columns in TABLES.items()
        for column in columns
        for entry in lookup.entries(kind, code, column)
    ]
    return tuple(dict.fromkeys(found))


def _files(folder: Path, passed_over: list[str]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file that may hold a master, by name; within the bounds of one build."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise MastersFolderError("フォルダを読めません。", "The folder cannot be read.") from error
    for count, path in enumerate(paths):
        if count >= MASTER_FOLDER_MAX_FILES:
            raise _too_much()
        if path.name.lower().endswith((*TEXT_SUFFIXES, ZIP_SUFFIX)):
            yield path.name, _bytes_of(path)
        else:
            passed_over.append(path.name)


def _too_much() -> MastersFolderError:
    return MastersFolderError(
        "フォルダの中のファイルが多すぎるか、大きすぎます。",
        "The folder holds too many files, or too large ones.",
    )


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MASTER_FILE_MAX_BYTES:
            raise MasterRefusedError(path.name, None, "ファイルが大きすぎます。", "the file is too large.")
        return path.read_bytes()
    except OSError as error:
        raise MastersFolderError(
            f"{path.name} を読めません。",
            f"{path.name} cannot be read.",
            hint_ja="ファイルの権限を確認してください。",
        ) from error


def _line(entry: Entry) -> str:
    since = f"{entry.valid_from:%Y-%m-%d}" if entry.valid_from else "…"
    until = f"{entry.valid_to:%Y-%m-%d}" if entry.valid_to else "…"
    code = entry.management_no if isinstance(entry, Disease) and not entry.code else entry.code
    hidden = {"code", "valid_from", "valid_to", "name"}
    told = [(item.name, getattr(entry, item.name)) for item in fields(entry) if item.name not in hidden]
    details = "  ".join(f"{name}={value}" for name, value in told if value)
    own = isinstance(entry, Package | Link)
    title = TITLES[table_name(type(entry))]
    return f"{code}  {title}  {entry.name}  {'' if own else f'[{since} – {until}]  '}{details}".rstrip()
