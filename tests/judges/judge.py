"""Asks the judges (judge.mjs) for their verdicts on files of FHIR JSON, bundles or single resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.run import run
from provisioning.lab.node import ensure_modules, find_node

_HERE = Path(__file__).resolve().parent
_FILES_AT_ONCE = 200
_TIMEOUT_S = 600.0
_BASE_JUDGES = frozenset({"npm-fhir", "medplum", "references", "profiles"})


@dataclass(frozen=True, slots=True)
class Note:
    """One thing one judge says; `alarm` names the entry of alarms.mjs that excuses it."""

    judge: str
    path: str
    text: str
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all judges say of one resource; `entry` is its place in the file's bundle, −1 for the file's own resource."""

    file: Path
    entry: int
    type: str
    id: str | None
    profiles: tuple[str, ...]
    errors: tuple[Note, ...]
    warnings: tuple[Note, ...]
    excused: tuple[Note, ...]
    claims: bool = False
    """Whether the resource names a profile itself; else it was judged by the JP Core one of its type."""

    @property
    def faults(self) -> tuple[Note, ...]:
        """The errors of a resource against what it claims: base R4, and the profiles that it names."""
        return tuple(note for note in self.errors if self.claims or note.judge in _BASE_JUDGES)

    def __str__(self) -> str:
        notes = "".join(f"\n    {note.judge}: {note.path}: {note.text}" for note in self.errors)
        return f"{self.file.name} entry {self.entry} {self.type}/{self.id} {list(self.profiles)}{notes}"


def judge(paths: Iterable[Path], profiles: Sequence[Path] = ()) -> list[Verdict]:
    """The verdicts on every resource of the files; with `profiles` (folders or .tgz) on the JP profiles too."""
    ensure_modules(_HERE)
    names = [str(path) for path in paths]
    verdicts: list[Verdict] = []
    for start in range(0, len(names), _FILES_AT_ONCE):
        verdicts.extend(_ask(names[start : start + _FILES_AT_ONCE], profiles))
    return verdicts


def _ask(names: Sequence[str], profiles: Sequence[Path]) -> list[Verdict]:
    packages = [part for place in profiles for part in ("--profiles", str(place))]
    command: list[str | Path] = [find_node().node, _HERE / "judge.mjs", *packages, *names]
    answer = json.loads(run(command, timeout_s=_TIMEOUT_S).out)
    return [_verdict(Path(file["name"]), raw) for file in answer["files"] for raw in file["resources"]]


def _verdict(file: Path, raw: dict[str, Any]) -> Verdict:
    notes = {key: tuple(Note(**note) for note in raw[key]) for key in ("errors", "warnings", "excused")}
    return Verdict(
        file, raw["entry"], raw["type"], raw["id"], tuple(raw["profiles"]), claims=raw["claims"], **notes
    )
