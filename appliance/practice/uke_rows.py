"""Rows of the UKE family by item name, at full width, through the layout tables of `formats.uke`; and rows as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from appliance.formats.uke.layout import layouts

ENCODING: Final = "cp932"
ROW_END: Final = b"\r\n"
END_MARK: Final = b"\x1a"


class UkeRows:
    """Makes the rows of one claim type (`ika`, `dpc`, `shika`, `chozai`)."""

    __slots__ = ("_first_day", "_positions", "_widths")

    def __init__(self, table: str) -> None:
        rows = layouts(table)
        self._positions = {
            row_id: {item.name: item.position for item in layout.items} for row_id, layout in rows.items()
        }
        self._widths = {row_id: layout.width for row_id, layout in rows.items()}
        self._first_day = {
            row_id: positions["day_1"]
            for row_id, positions in self._positions.items()
            if "day_1" in positions
        }

    def row(self, row_id: str, values: Mapping[str, str], days: Iterable[tuple[int, int]] = ()) -> str:
        """One row; `days` are (day of the month, count) for its day columns. KeyError for an item it does not have."""
        row = [""] * self._widths[row_id]
        row[0] = row_id
        for name, value in values.items():
            row[self._positions[row_id][name]] = value
        for day, count in days:
            row[self._first_day[row_id] + day - 1] = str(count)
        return ",".join(row)


def uke_bytes(rows: Iterable[str]) -> bytes:
    """The rows as a receipt computer writes them: cp932, CRLF, 0x1A at the end."""
    return b"".join(row.encode(ENCODING) + ROW_END for row in rows) + END_MARK
