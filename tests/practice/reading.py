"""Files read by hand, with nothing of the product's parsers: rows split at commas or bars, XML by the standard library."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

Rows = list[list[str]]


def comma_rows(data: bytes) -> Rows:
    """The rows of a UKE, NSIPS or JAHIS file."""
    text = data.decode("cp932").removesuffix("\x1a")
    assert text.endswith("\r\n")
    return [row.split(",") for row in text.split("\r\n")[:-1]]


def claims_of(rows: Rows) -> Iterator[Rows]:
    """The rows of each claim: from its RE to the next head, RE or GO."""
    claim: Rows = []
    for row in rows:
        if row[0] in {"RE", "IR", "UK", "YK", "GO"}:
            if claim:
                yield claim
            claim = [row] if row[0] == "RE" else []
        elif claim:
            claim.append(row)


def of(rows: Rows, row_id: str) -> Rows:
    return [row for row in rows if row[0] == row_id]


def tree(data: bytes) -> ET.Element:
    """An XML document that this test's own code wrote."""
    return ET.fromstring(data)
