"""What a full run could leave in clear: the names, numbers and keys it was seeded with, in every form a program writes."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENCODINGS: Final = ("utf-8", "cp932", "euc_jp", "utf-16-le", "utf-16-be", "iso2022_jp")
SHORTEST_BYTES: Final = 6
"""What is shorter stands in any few megabytes of encrypted bytes by chance."""
_ESCAPE: Final = 3
"""Bytes of ISO-2022-JP's change to kanji, and back."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One thing that nobody may find, and what it looks like in bytes."""

    what: str
    forms: tuple[bytes, ...]

    @classmethod
    def text(cls, what: str, text: str) -> Seed:
        """In every encoding that can write it; without a change of character set around it, which others share."""
        forms = set()
        for encoding in ENCODINGS:
            form = text.encode(encoding, "ignore")
            if form.startswith(b"\x1b$"):
                form = form[_ESCAPE:].removesuffix(b"\x1b(B")
            forms.add(form)
        return cls(what, tuple(sorted(form for form in forms if len(form) >= SHORTEST_BYTES)))

    @classmethod
    def key(cls, what: str, key: bytes) -> Seed:
        """As it is, in hexadecimal and in base64, from any place of a longer text."""
        written = [base64.b64encode(bytes(shift) + key)[4:-4] for shift in range(3)]
        return cls(what, (key, key.hex().encode(), key.hex().upper().encode(), *written))


def seeds_of(files: Path, folder: str) -> list[Seed]:
    """Of the made-up people of a clinic: names, kana, chart numbers; and the insurance numbers in its claim files."""
    people = json.loads((files / "population.json").read_text(encoding="utf-8"))["people"]
    found = []
    for person in people:
        if chart := person["charts"].get(folder):
            family, _, given = person["name"].partition("\u3000")
            found += [
                Seed.text("name", person["name"]),
                Seed.text("name", family + given),
                Seed.text("kana", person["kana"]),
                Seed.text("chart number", chart),
                Seed.text("telephone", person["phone"]),
            ]
    for file in sorted((files / folder).rglob("RECEIPTC.UKE")):
        for row in file.read_text(encoding="cp932").splitlines():
            if row.startswith("HO,"):
                insurer, symbol, number = row.split(",")[1:4]
                found += [Seed.text("insurer", insurer.strip()), Seed.text("insured", f"{symbol},{number}")]
    return [seed for seed in dict.fromkeys(found) if seed.forms]


def found_in(content: bytes, seeds: Iterable[Seed]) -> list[str]:
    """What of the seeds stands in these bytes."""
    return [seed.what for seed in seeds if any(form in content for form in seed.forms)]


def written_bytes(disk: Path) -> bytes:
    """Every byte that a sparse image or file really has."""
    return b"".join(_extents(disk))


def _extents(disk: Path) -> Iterator[bytes]:
    with disk.open("rb") as file:
        end = 0
        while True:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:  # nothing but holes from here on
                return
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            yield os.pread(file.fileno(), end - start, start)
