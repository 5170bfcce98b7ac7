"""A day's cuts again, outside the virtual machine, from the log that it kept: one of them, or every one that there can be.

    python -m tests.torture.power.again .build/cuts 377 torn    leaves the disk and its files in .build/cuts/377-torn
    python -m tests.torture.power.again .build/cuts             prints each cut after which something is wrong

e2fsck replays the file system's journal in the kernel's place, debugfs takes the files out; nobody needs to be root.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.torture.power.cuts import Cut, Kind, Span, Write, put, spans
from tests.torture.promises import broken_promises

ENVIRONMENT = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


def files_of(disk: Path, left: list[Write], folder: Path) -> Path:
    """What the box finds at its start on `disk` with these writes on it: a folder within `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    found = folder / "files"
    found.mkdir(parents=True)
    cut = folder / "disk"
    subprocess.run(["cp", "--sparse=always", disk, cut], check=True)
    put(cut, left)
    for how in (["-E", "journal_only"], ["-f"]):
        repair = ["e2fsck", "-y", *how, cut]
        status = subprocess.run(repair, env=ENVIRONMENT, check=False, capture_output=True).returncode
    if status not in {0, 1}:
        raise SystemExit(f"the file system of {cut} cannot be repaired")
    subprocess.run(
        ["debugfs", "-R", f"rdump / {found}", cut], env=ENVIRONMENT, check=True, capture_output=True
    )
    return found


def wanted(number: int, span: Span, only: Cut | None) -> Iterator[Cut]:
    """The cuts of a span that differ from another one's, or the one that is asked for."""
    for kind in Kind:
        differs = {Kind.DROPPED: True, Kind.TORN: span.pending, Kind.CLOSING_TORN: span.closing}[kind]
        if Cut(number, kind) == only or (only is None and differs):
            yield Cut(number, kind)


def again(kept: Path, seed: int, only: Cut | None) -> Iterator[tuple[Cut, int, list[str]]]:
    """Each cut, how many things had been acknowledged, and what is wrong after it."""
    disk = kept / "disk-until"
    subprocess.run(["cp", "--sparse=always", kept / "disk", disk], check=True)
    acknowledged: list[str] = []
    with (kept / "log").open("rb") as log:
        found = spans(log)
    for number, span in enumerate(found):
        acknowledged += span.marks
        for cut in wanted(number, span, only):
            place = kept / (f"{number}-{cut.kind.value}" if only else "cut")
            files = files_of(disk, cut.leaves(span, cut.chance(seed)), place)
            yield cut, len(acknowledged), broken_promises(files, acknowledged)
        put(disk, span.pending + span.closing)
    disk.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kept", type=Path)
    parser.add_argument("span", type=int, nargs="?")
    parser.add_argument("kind", choices=[kind.value for kind in Kind], nargs="?", default=Kind.TORN.value)
    parser.add_argument("--seed", type=int, default=20261130)
    args = parser.parse_args()
    only = None if args.span is None else Cut(args.span, Kind(args.kind))
    cuts = asked = spoiled = 0
    for cut, count, wrong in again(args.kept, args.seed, only):
        cuts, asked, spoiled = cuts + 1, asked + count, spoiled + bool(wrong)
        if wrong:
            print(f"{cut.kind.value} in span {cut.span}: {wrong}", flush=True)
    print(f"{cuts} cuts, acknowledged things asked for {asked} times, something wrong after {spoiled}")


if __name__ == "__main__":
    main()
