"""Every sample cut off anywhere is read by its parser, and keeps the parser's promises.

`make test` cuts small samples at every byte, larger ones at row ends and at every byte of some rows. RENKEI_EVERY_BYTE=1
(`make fuzz` sets it) cuts all of them at every byte; of a long claim file each claim under the file's head, as a cut
changes no claim before it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fuzz.seeds import samples_of, seeds_of
from tests.fuzz.targets import TARGETS

EVERY_BYTE = bool(os.environ.get("RENKEI_EVERY_BYTE"))
WHOLE_MAX_BYTES = 4_000
"""A sample up to this size is cut at every byte in `make test` as well: the time for all cuts grows with its square."""
JUDGED_MAX_BYTES = 20_000
"""Cuts of larger samples are read; that reading ends and raises nothing is what is asserted of them one by one."""
ROWS_CUT = 3
_ROW_END = re.compile(rb"[\r\n>,}]+")


def cuts(data: bytes) -> Iterator[int]:
    """Where a file is cut: everywhere, or at row ends and everywhere in its first, middle and longest rows."""
    if EVERY_BYTE or len(data) <= WHOLE_MAX_BYTES:
        yield from range(len(data))
        return
    starts = [0]
    for row in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    if len(starts) <= ROWS_CUT + 1:
        starts = [match.end() for match in _ROW_END.finditer(data)]
    rows = list(pairwise(starts))
    shown = {rows[0], rows[len(rows) // 2], max(rows, key=lambda row: row[1] - row[0])}
    stride = max(1, len(starts) // 200)
    yield from sorted({*starts[::stride], *(place for start, end in shown for place in range(start, end))})


def claims_alone(data: bytes) -> Iterator[bytes]:
    """Each claim of a file with the rows above the first one before it; the last with what follows it."""
    places = [match.start() + 1 for match in re.finditer(rb"\nRE,", data)]
    for place, end in pairwise([*places, len(data)]):
        yield data[: places[0]] + data[place:end]


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "parse"])
def test_every_sample_is_read_wherever_it_is_cut(name: str, shared: Path):
    target = TARGETS[name]
    for path in samples_of(target, shared):
        data = path.read_bytes()
        judge = target.judge if len(data) <= JUDGED_MAX_BYTES else target.read
        if EVERY_BYTE and len(data) > JUDGED_MAX_BYTES and target.stream is not None:
            for one in claims_alone(data):
                for length in range(len(one)):
                    judge(one[:length])
            continue
        for length in cuts(data):
            judge(data[:length])


@pytest.mark.parametrize("name", TARGETS)
def test_every_made_up_file_is_read_wherever_it_is_cut(name: str):
    """Also where there are no samples: the smallest file of each kind, at every byte."""
    target = TARGETS[name]
    data = min(seeds_of(target), key=len)
    for length in range(len(data)):
        target.judge(data[:length])


def test_a_claim_cut_anywhere_changes_no_claim_before_it(shared: Path):
    """So that cuts of a long file are cuts of its last claim: reading the rest again for each would tell nothing new."""
    target = TARGETS["uke-ika"]
    assert target.stream is not None
    data = (shared / "samples" / "uke" / "ssk_ika_202004_RECEIPTC.UKE").read_bytes()
    whole = list(target.stream(data))
    places = [match.start() + 2 for match in re.finditer(rb"\r\nRE,", data)]
    for number, place in enumerate(places[1:], 1):
        for length in range(place, min(place + 200, len(data)), 20):
            assert list(target.stream(data[:length]))[:number] == whole[:number]
