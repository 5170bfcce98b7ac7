"""Rows of the pharmacy formats by item name, through the layout tables of `formats`: at full width, or without empty items at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from appliance.formats.tagged import Layouts, layouts

ENCODING: Final = "cp932"
LINE_END: Final = "\r\n"
END_MARK: Final = b"\x1a"
GAIJI: Final = "■"
"""Stands for what cp932 cannot hold (JAHIS rules)."""


class TaggedRows:
    """Makes the rows of one format, named by its package: `nsips`, `jahis_tc`, `jahis_rx`."""

    __slots__ = ("_layouts",)

    def __init__(self, format_name: str) -> None:
        self._layouts: Layouts = layouts(f"appliance.formats.{format_name}")

    def row(self, row_id: str, values: Mapping[str, str], *, width: int = 0) -> str:
        """One row. KeyError for an item it does not have. `width` is how many items it has when not all of the layout."""
        layout = self._layouts[row_id]
        row = [""] * (width or layout.width)
        row[0] = row_id
        for name, value in values.items():
            row[layout.items[name].position] = value.replace(",", "，")
        return ",".join(row)


def tagged_bytes(rows: Iterable[str]) -> bytes:
    """The rows in cp932, each with its line end."""
    text = "".join(row + LINE_END for row in rows)
    fitting = "".join(letter if _fits(letter) else GAIJI for letter in text)
    return fitting.encode(ENCODING)


def _fits(letter: str) -> bool:
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
