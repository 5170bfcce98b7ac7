"""What earlier runs of the fuzzer found worth keeping is read again, and a short run of each target finds nothing new."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.fuzz.campaign import KEPT, KEPT_MAX_BYTES, kept, try_out
from tests.fuzz.seeds import seeds_of, words_of
from tests.fuzz.targets import TARGETS

RUNS = 300
HAS_FUZZER = importlib.util.find_spec("atheris") is not None


@pytest.mark.parametrize("name", TARGETS)
def test_the_kept_corpus_breaks_no_promise(name: str):
    files = kept(TARGETS[name])
    assert files, "nothing is kept of this target: run make fuzz"
    for path in files:
        TARGETS[name].judge(path.read_bytes())


def test_the_kept_corpus_is_small_and_belongs_to_targets():
    assert {path.name for path in KEPT.iterdir()} == set(TARGETS)
    for target in TARGETS.values():
        assert sum(path.stat().st_size for path in kept(target)) <= KEPT_MAX_BYTES


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds_that_it_reads_and_words(name: str):
    target = TARGETS[name]
    seeds = seeds_of(target)
    assert seeds
    assert words_of(target)
    for seed in seeds:
        target.judge(seed)


@pytest.mark.fuzz
@pytest.mark.skipif(not HAS_FUZZER, reason="atheris has no wheel for this machine or Python")
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_breaks_no_promise(name: str, tmp_path: Path):
    outcome = try_out(TARGETS[name], tmp_path, RUNS)
    log = (tmp_path / name / "log.txt").read_text(encoding="utf-8", errors="replace")
    assert not outcome.broken, f"{outcome.broken}\n{log[-2000:]}"
    assert not outcome.failed, log[-2000:]
    done = re.search(r"^Done (\d+) runs", log, re.MULTILINE)
    assert done is not None
    assert int(done[1]) >= RUNS
    assert outcome.edges > 0
