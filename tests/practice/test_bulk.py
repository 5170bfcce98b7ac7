"""The benchmark's file is whole, large enough, and like a real month."""

from __future__ import annotations

import pytest

from appliance.formats.parse import parse
from appliance.limits import KIB, PRACTICE_BULK_MAX_BYTES
from appliance.practice.bulk import claim_file
from appliance.practice.errors import PracticeError


def test_the_file_is_as_large_as_asked_and_one_claim_larger_at_most() -> None:
    data = claim_file(300 * KIB, 1)
    assert 300 * KIB <= len(data) < 310 * KIB
    assert data.endswith(b"\r\n\x1a")


def test_the_same_seed_makes_the_same_bytes() -> None:
    assert claim_file(50 * KIB, 3) == claim_file(50 * KIB, 3)
    assert claim_file(50 * KIB, 3) != claim_file(50 * KIB, 4)


def test_it_parses_without_a_word_and_its_points_agree() -> None:
    parsed = parse(claim_file(300 * KIB, 2))
    assert not parsed.all_findings
    assert len(parsed.documents) > 200
    assert all(document.points == document.points_computed for document in parsed.documents)
    assert parsed.source_rows["IY"] > parsed.source_rows["RE"]


def test_a_file_beyond_what_intake_takes_is_refused() -> None:
    with pytest.raises(PracticeError):
        claim_file(PRACTICE_BULK_MAX_BYTES + 1, 1)
