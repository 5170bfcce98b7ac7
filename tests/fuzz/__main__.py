"""`make fuzz`: every parser, coverage-guided, for FUZZ_SECONDS each (600), FUZZ_JOBS at a time; or one file again.

python -m tests.fuzz [TARGET …]            run them all, or those
python -m tests.fuzz --again TARGET FILE   judge one file as a run does, without the fuzzer
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.fuzz.campaign import ROOT, fuzz_all
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS))
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "FILE"))
    arguments = parser.parse_args()
    if arguments.again:
        name, file = arguments.again
        TARGETS[name].judge(Path(file).read_bytes())
        print(f"{name}: {file} breaks no promise")
        return 0
    unknown = set(arguments.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    return _campaign(arguments.targets)


def _campaign(names: list[str]) -> int:
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    jobs = int(os.environ.get("FUZZ_JOBS", str(os.cpu_count() or 1)))
    samples = Path(os.environ.get("RENKEI_SHARED") or ROOT.parent / "shared")
    shared = samples if (samples / "samples").is_dir() else None
    print(f"{len(names)} targets, {seconds:,.0f} s each, {jobs} at a time", flush=True)
    broken = [one for one in fuzz_all(names, seconds, jobs, shared) if one.broken or one.failed]
    for outcome in broken:
        for file in outcome.broken:
            print(f"again: .venv/bin/python -m tests.fuzz --again {outcome.name} {file.relative_to(ROOT)}")
        if not outcome.broken:
            print(f"the run of {outcome.name} failed: .build/fuzz/{outcome.name}/log.txt")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
