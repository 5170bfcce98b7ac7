"""Codes looked up in the compiled masters against a plain dict of the same rows, the build of the masters, the mapping.

The published masters are used where they lie beside the checkout, else made-up ones of the same size.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from appliance.codes.command import build_masters
from appliance.codes.entries import Drug
from appliance.codes.layouts import SSK
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.codes.unpacking import TEXT_SUFFIXES, ZIP_SUFFIX, unpack
from appliance.formats.parse import parse
from appliance.limits import MIB
from appliance.practice.bulk import claim_file
from tests.bench.measure import Ratio, by_turns
from tests.codes.made import csv_bytes, folder_of, row

DAY = date(2025, 6, 15)
CLAIMS_BYTES = 2 * MIB
ROWS = {"B": 27_437, "Z": 2_375, "S": 10_133, "Y": 19_686, "T": 1_344, "C": 3_857}
"""Rows of the published full masters."""
FIRST_CODES = {
    "B": 1_000_000,
    "Z": 1_000,
    "S": 110_000_000,
    "Y": 620_000_000,
    "T": 710_000_000,
    "C": 820_000_000,
}


def masters(folder: Path) -> Path:
    """The folder of the published masters, or one of made-up ones."""
    shared = (
        Path(os.environ.get("RENKEI_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "masters"
    )
    return shared if shared.is_dir() else folder_of(folder / "masters", made_up())


def made_up() -> dict[str, bytes]:
    """Every SSK master with as many rows as published."""
    return {
        f"{letter.lower()}_ALL20250601.csv": csv_bytes(
            *(
                row(SSK[letter], str(FIRST_CODES[letter] + number), f"架空の名称{number}", **needed(letter))
                for number in range(count)
            )
        )
        for letter, count in ROWS.items()
    }


def needed(letter: str) -> dict[str, str]:
    return {"pattern": "20"} if letter == "C" else {}


def texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name.lower().endswith((*TEXT_SUFFIXES, ZIP_SUFFIX)):
            yield from (master.text for master in unpack(path.name, path.read_bytes()))


def plain_dict(folder: Path) -> dict[str, list[str]]:
    """Every row of every master by its third cell: no check, no validity, no file."""
    return {
        cells[2]: cells
        for text in texts(folder)
        for cells in csv.reader(io.StringIO(text, newline=""))
        if len(cells) > 2
    }


def drug_codes(file: Path) -> list[str]:
    with Lookup(file) as lookup:
        rows = lookup._connection.execute("SELECT DISTINCT code FROM drug ORDER BY substr(code, 9), code")
        return [code for (code,) in rows]


def look_all_up(file: Path, codes: list[str]) -> None:
    """Every code once, by a Lookup that remembers nothing yet."""
    with Lookup(file) as lookup:
        for code in codes:
            lookup.drug(code, DAY)


def median_s(file: Path, codes: list[str]) -> tuple[float, float]:
    """The median of single look-ups in seconds: the first of a code, and the second, from memory."""
    medians = []
    with Lookup(file) as lookup:
        for _ in range(2):
            times = []
            for code in codes:
                started = time.perf_counter()
                lookup.drug(code, DAY)
                times.append(time.perf_counter() - started)
            medians.append(statistics.median(times))
    return medians[0], medians[1]


def mapping(file: Path) -> Ratio:
    """Documents mapped, against parsing the same documents."""
    data = claim_file(CLAIMS_BYTES, seed=3)
    documents = parse(data).documents
    with Lookup(file) as lookup:
        ours_s, parse_s = by_turns(
            lambda: [map_document(document, lookup) for document in documents], lambda: parse(data), runs=3
        )
    records = sum(len(document.records) for document in documents)
    told = f"{ours_s / records * 25 * 1e6:.0f} µs a claim of 25 records (aim ≤ 150 µs)"
    return Ratio("map the codes of claims / parse them", ours_s, parse_s, "≥ 1.0", told)


def measure() -> list[Ratio]:
    """The look-up, the build and the mapping, each against its baseline."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = masters(Path(name)), Path(name) / "masters.db"
        build_s, csv_s = by_turns(lambda: build_masters(folder, out), lambda: plain_dict(folder), runs=3)
        codes, rows = drug_codes(out), plain_dict(folder)
        ours_s, dict_s = by_turns(
            lambda: look_all_up(out, codes), lambda: [rows.get(code) for code in codes], runs=3
        )
        first_s, again_s = median_s(out, codes)
        claims = mapping(out)
        with Lookup(out) as lookup:
            drugs = lookup.count(Drug)
    told = f"median {first_s * 1e6:.1f} µs the first time, {again_s * 1e6:.1f} µs from memory (aim ≤ 50 µs); {drugs} drugs"
    return [
        Ratio(f"look up {len(codes)} codes / plain dict", ours_s, dict_s, "–", told),
        Ratio("build all masters / csv to dict", build_s, csv_s, "≥ 0.1", f"{build_s:.1f} s (aim ≤ 15 s)"),
        claims,
    ]
