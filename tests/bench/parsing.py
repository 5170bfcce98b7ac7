"""Parse throughput of every format against what any reader of it must do at least.

For rows of text that is decoding the same bytes and splitting them into rows and items; for XML and JSON the standard
library's own reading (`xml.etree`, `json.loads`). 医科 is one large file; the others are as many files of a made-up town as
come out of it, each parsed by itself as the box would: what a file costs before its first row counts too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree as ET

from appliance.formats.parse import open_documents, parse
from appliance.formats.sniff import sniff
from appliance.limits import MIB
from appliance.practice.bulk import claim_file
from appliance.practice.population import care_months, populate
from appliance.practice.writers import PLACES, write_formats
from appliance.records.document import Format
from tests.bench.measure import Ratio, by_turns

SIZE_BYTES = 20 * MIB
PEOPLE, MONTHS = 1_000, 3
HOSPITAL_COPIES = 40
"""Claims of hospital stays and of the dentist are few: their files are read so many times over."""
AIMS = {
    Format.NSIPS: "≥ 0.10",
    Format.JAHIS_TC: "≥ 0.10",
    Format.JAHIS_RX: "≥ 0.10",
    Format.HL7_LAB: "≥ 0.10",
    Format.ASTM: "≥ 0.10",
    Format.CDA: "≥ 0.15",
    Format.KENSHIN: "≥ 0.15",
    Format.ORCA: "≥ 0.15",
}
"""Of the formats made of small files; claims of every kind are to reach a quarter."""
CLAIMS_AIM = "≥ 0.25"


def decode_and_split(data: bytes, mark: str = ",") -> list[list[str]]:
    return [row.split(mark) for row in decoded(data).splitlines()]


def decoded(data: bytes) -> str:
    """By the encoding that the file is in: the baseline is told it."""
    if b"\x1b$" in data:
        return data.decode("iso2022_jp", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp932", "replace")


def decode_and_split_fields(data: bytes) -> list[list[str]]:
    return decode_and_split(data, "|")


def read_tree(data: bytes) -> object:
    return json.loads(data) if data[:1] == b"{" else ET.fromstring(data)


BASELINES: dict[Format, Callable[[bytes], object]] = {
    Format.HL7_LAB: decode_and_split_fields,
    Format.ASTM: decode_and_split_fields,
    Format.CDA: read_tree,
    Format.KENSHIN: read_tree,
    Format.ORCA: read_tree,
}


def measure() -> list[Ratio]:
    """One ratio a format."""
    by_format = town()
    return [large_file(), *(small_files(known, by_format[known]) for known in PLACES if known in by_format)]


def large_file() -> Ratio:
    data = claim_file(SIZE_BYTES, seed=1)
    ours_s, baseline_s = by_turns(
        lambda: sum(1 for _ in open_documents(data)),
        lambda: decode_and_split(data),
        runs=3,
        clock=time.process_time,
    )
    detail = f"{len(data) / MIB / ours_s:.1f} MB/s"
    return Ratio("parse uke-ika, 20 MB, one by one", ours_s, baseline_s, CLAIMS_AIM, detail)


def town() -> dict[Format, list[bytes]]:
    """The files of every format but 医科, without those that are a part of one and show no format."""
    population = populate(PEOPLE, 3, care_months(date(2026, 6, 1), MONTHS))
    made: dict[Format, list[bytes]] = {}
    for file in write_formats(population, tuple(PLACES)).files:
        if sniff(file.data) is file.format:
            made.setdefault(file.format, []).append(file.data)
    for known in (Format.UKE_DPC, Format.UKE_SHIKA):
        made[known] *= HOSPITAL_COPIES
    return made


def one_by_one(read: Callable[[bytes], object], files: list[bytes]) -> None:
    for data in files:
        read(data)


def small_files(known: Format, files: list[bytes]) -> Ratio:
    baseline = BASELINES.get(known, decode_and_split)
    ours_s, baseline_s = by_turns(
        lambda: one_by_one(parse, files), lambda: one_by_one(baseline, files), clock=time.process_time
    )
    size = sum(map(len, files))
    detail = f"{len(files)} files, {size / MIB:.1f} MB, {size / MIB / ours_s:.1f} MB/s"
    name = f"parse {known} / {'read the tree' if baseline is read_tree else 'decode + split'}"
    return Ratio(name, ours_s, baseline_s, AIMS.get(known, CLAIMS_AIM), detail)
