"""A second way to read a claim file, for comparison: split by the reference's own list of items, nothing interpreted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Named = dict[str, Any]


def named_rows(data: bytes, table: str, shared: Path) -> Iterator[Named]:
    """Each row as item name → text, with its `id` and `line`; unknown rows have those two only."""
    reference = json.loads((shared / "reference" / "uke" / "layout.json").read_text(encoding="utf-8"))
    items = reference[table] | reference["envelope"]
    text = data.rstrip(b"\x1a").decode("cp932")
    for line, written in enumerate(text.splitlines(), 1):
        values = written.split(",")
        found: Named = {"id": values[0], "line": line}
        for item in items.get(values[0], ()):
            found[item["en"]] = values[item["idx"]] if item["idx"] < len(values) else ""
        yield found


def claims_of(rows: list[Named]) -> list[list[Named]]:
    """Rows from each RE to the next one."""
    starts = [place for place, row in enumerate(rows) if row["id"] == "RE"]
    return [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]
