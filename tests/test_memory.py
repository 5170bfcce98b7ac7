"""Memory does not grow with a claim file: not in the parser, not from intake into the store.

The bounded form of `tests.bench.streaming`, which measures 20 and 200 MB: each peak is that of a process of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.limits import MIB
from tests.bench import streaming

APART_MB = 5
"""Far less than the difference between the files: whoever holds one whole fails."""


@pytest.mark.parametrize(("way", "small", "large"), [("parser", 3, 24), ("intake and store", 2, 10)])
def test_a_larger_claim_file_takes_no_more_memory(way: str, small: int, large: int, tmp_path: Path) -> None:
    peaks = []
    for size in (small, large):
        file = tmp_path / f"{size}.uke"
        claims = streaming.write_large(file, size * MIB)
        documents, peak_mb = streaming.peak_of(way, file)
        assert documents == claims
        peaks.append(peak_mb)
    assert peaks[1] - peaks[0] < APART_MB, peaks


def test_the_large_file_is_sound(tmp_path: Path) -> None:
    file = tmp_path / "RECEIPTC.UKE"
    claims = streaming.write_large(file, 3 * MIB)
    assert file.stat().st_size >= 3 * MIB
    parsed = parse(file.read_bytes())
    assert parsed.all_findings == ()
    assert (len(parsed.documents), parsed.complete) == (claims, True)
    assert len({document.key for document in parsed.documents}) == claims
