"""A fuzz run of every target, some at a time: seeds and the kept corpus in, figures, crashing files and new entries out.

Each target runs in two parts of equal length: from made-up files alone, whose new entries are kept in the repository,
and with the shared samples, read in place, whose entries stay in .build/.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fuzz.seeds import samples_of, seeds_of, words_of
from tests.fuzz.targets import TARGETS, Target

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = Path(__file__).parent / "corpus"
BUILD: Final = ROOT / ".build" / "fuzz"
INPUT_TIMEOUT_S: Final = 20
"""An input that takes longer is a hang: the largest take some 20 ms, instrumented."""
RSS_LIMIT_MB: Final = 1024
KEPT_MAX_BYTES: Final = 20_000
"""Of one target's kept corpus: what covers most comes first."""
PROGRESS_S: Final = 60.0
_CRASHES: Final = ("crash-*", "timeout-*", "oom-*", "leak-*")
_STATUS = re.compile(rb"#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+) corp: (\d+)/")


@dataclass(slots=True)
class Outcome:
    """What became of one target: inputs tried, edges and features seen, files that broke a promise."""

    name: str
    runs: int = 0
    edges: int = 0
    features: int = 0
    broken: list[Path] = field(default_factory=list)
    failed: bool = False
    """The run ended badly, whether or not it left a file."""

    def line(self) -> str:
        state = "BROKEN" if self.broken or self.failed else "ok"
        return f"{self.name:<12} {self.runs:>9,} inputs  {self.edges:>5,} edges  {self.features:>6,} features  {state}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target's files lie while it runs."""

    folder: Path
    seeds: Path
    own: Path
    with_samples: Path
    dictionary: Path


def laid_out(target: Target, build: Path) -> Place:
    """The folders of a target, its seeds and its dictionary written out; what broke a promise before is a seed."""
    folder = build / target.name
    place = Place(
        folder, folder / "seeds", folder / "own", folder / "with-samples", folder / "dictionary.txt"
    )
    shutil.rmtree(place.seeds, ignore_errors=True)
    for path in (place.seeds, place.own, place.with_samples):
        path.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds_of(target)):
        (place.seeds / f"{number:02}").write_bytes(seed)
    for path in _broken(folder):
        path.rename(place.seeds / path.name)
    words = (b'"' + b"".join(b"\\x%02x" % code for code in word) + b'"\n' for word in words_of(target))
    place.dictionary.write_bytes(b"".join(words))
    return place


def kept(target: Target) -> list[Path]:
    """The kept corpus of a target, in a fixed order."""
    return sorted(path for path in (KEPT / target.name).glob("*") if path.is_file())


def fuzz(target: Target, seconds: float, shared: Path | None) -> Outcome:
    """Run one target for that long; keep what made-up files led to."""
    place, outcome = laid_out(target, BUILD), Outcome(target.name)
    samples = samples_of(target, shared) if shared else []
    share = [f"-max_total_time={max(1, round(seconds / 2 if samples else seconds))}"]
    (KEPT / target.name).mkdir(parents=True, exist_ok=True)
    _run(target, place, outcome, share, [place.own, KEPT / target.name, place.seeds])
    if samples and not outcome.failed:
        copied = place.folder / "samples"
        shutil.rmtree(copied, ignore_errors=True)
        copied.mkdir()
        for number, path in enumerate(samples):
            (copied / f"{number:03}").symlink_to(path.resolve())
        _run(target, place, outcome, share, [place.with_samples, place.own, place.seeds, copied])
    return outcome


def try_out(target: Target, build: Path, runs: int) -> Outcome:
    """So many inputs of one target, from the kept corpus and the seeds; always the same ones."""
    place, outcome = laid_out(target, build), Outcome(target.name)
    _run(target, place, outcome, [f"-runs={runs}", "-seed=1"], [place.own, place.seeds, KEPT / target.name])
    return outcome


def _broken(folder: Path) -> list[Path]:
    """The files of inputs that broke a promise."""
    return sorted(path for pattern in _CRASHES for path in folder.glob(pattern))


def _options(target: Target, place: Place) -> list[str]:
    return [
        f"-max_len={target.max_bytes}",
        f"-timeout={INPUT_TIMEOUT_S}",
        f"-rss_limit_mb={RSS_LIMIT_MB}",
        f"-dict={place.dictionary}",
        f"-artifact_prefix={place.folder}/",
    ]


def _run(
    target: Target, place: Place, outcome: Outcome, until: Sequence[str], folders: Sequence[Path]
) -> None:
    log = place.folder / "log.txt"
    command = [*_command(target), *until, *_options(target, place), *map(str, folders)]
    with log.open("wb") as out:
        done = subprocess.run(
            command, stdout=out, stderr=out, cwd=ROOT, env=_environment(target, place.folder), check=False
        )
    statuses = _STATUS.findall(log.read_bytes())
    if statuses:
        runs, edges, features, _ = map(int, statuses[-1])
        outcome.runs += runs
        outcome.edges, outcome.features = max(outcome.edges, edges), max(outcome.features, features)
    outcome.failed = done.returncode != 0
    outcome.broken = _broken(place.folder)


def _command(target: Target) -> list[str]:
    return [sys.executable, "-m", "tests.fuzz.harness", target.name]


def _environment(target: Target, folder: Path) -> dict[str, str]:
    """What a run needs around it; the file that libFuzzer starts itself by is written along."""
    again = folder / "again"
    again.write_text(f'#!/bin/sh\nexec {shlex.join(_command(target))} "$@"\n', encoding="utf-8")
    again.chmod(0o755)
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "FUZZ_COMMAND": str(again)}


def keep(target: Target) -> None:
    """Reduce what is kept of a target, and what it led to, to the smallest files that reach all it reaches."""
    place = BUILD / target.name
    merged = place / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir()
    sources = map(str, (merged, KEPT / target.name, place / "own"))
    command = [*_command(target), "-merge=1", "-use_counters=0", *sources]
    with (place / "merge.txt").open("wb") as out:
        subprocess.run(command, stdout=out, stderr=out, cwd=ROOT, env=_environment(target, place), check=True)
    shutil.rmtree(KEPT / target.name)
    (KEPT / target.name).mkdir(parents=True)
    room = KEPT_MAX_BYTES
    for path in sorted(merged.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
        room -= path.stat().st_size
        if room < 0:
            break
        shutil.copyfile(path, KEPT / target.name / path.name[:16])


def fuzz_all(names: Sequence[str], seconds: float, jobs: int, shared: Path | None) -> list[Outcome]:
    """Run those targets, `jobs` at a time, and say how each one went as it ends."""
    started = time.monotonic()

    def one(name: str) -> Outcome:
        outcome = fuzz(TARGETS[name], seconds, shared)
        if not outcome.broken and not outcome.failed:
            keep(TARGETS[name])
        print(f"[{time.monotonic() - started:>6,.0f} s] {outcome.line()}", flush=True)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, names))
