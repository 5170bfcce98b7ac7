"""Parse throughput of a generated 20 MB 医科 file against decoding and splitting the same bytes."""

from __future__ import annotations

from appliance.formats.parse import parse
from appliance.limits import MIB
from appliance.practice.bulk import claim_file
from tests.bench.measure import Ratio, by_turns

SIZE_BYTES = 20 * MIB


def decode_and_split(data: bytes) -> list[list[str]]:
    return [row.split(",") for row in data.decode("cp932").split("\r\n")]


def measure() -> Ratio:
    data = claim_file(SIZE_BYTES, seed=1)
    ours_s, baseline_s = by_turns(lambda: parse(data), lambda: decode_and_split(data), runs=3)
    detail = f"{len(data) / MIB / ours_s:.1f} MB/s"
    return Ratio("parse a 20 MB claim file / decode + split", ours_s, baseline_s, "≥ 0.25", detail)
