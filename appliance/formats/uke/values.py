"""Values of items: numbers, quantities and dates, read with a finding instead of an error."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.limits import NUMBER_MAX_DIGITS
from appliance.records.dates import DateNote, YearMonth, read_date, read_month

_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@lru_cache(maxsize=4096)
def number(text: str) -> int | None:
    """A whole number, spaces around it allowed; None when it is empty or none."""
    digits = text.strip()
    unsigned = digits.removeprefix("-")
    if not unsigned.isdecimal() or len(unsigned) > NUMBER_MAX_DIGITS:
        return None
    return int(digits)


def number_of(text: str, findings: Findings, line: int, item: str) -> int | None:
    """A whole number; something else than digits is a finding, an empty item is not."""
    value = number(text)
    if value is None and text.strip():
        findings.add("UKE-R006", line, item)
    return value


def quantity_of(text: str, findings: Findings, line: int, item: str) -> str:
    """A quantity as the source wrote it (decimal text); something else than a number is a finding and still kept."""
    if text and not _QUANTITY.fullmatch(text):
        findings.add("UKE-R006", line, item)
    return text


def date_of(text: str, findings: Findings, line: int, item: str) -> date | None:
    """A day; unreadable and out-of-era dates are findings, an empty item is not."""
    reading = read_date(text)
    _tell(reading.note, findings, line, item)
    return reading.value


def month_of(text: str, findings: Findings, line: int, item: str) -> YearMonth | None:
    """A month; only an out-of-era one is a finding here, since its absence means something else in each row."""
    reading = read_month(text)
    if reading.value is not None:
        _tell(reading.note, findings, line, item)
    return reading.value


def _tell(note: DateNote, findings: Findings, line: int, item: str) -> None:
    if note is DateNote.UNREADABLE:
        findings.add("UKE-R004", line, item)
    elif note in (DateNote.ERA_OVERRUN, DateNote.ERA_NOT_BEGUN):
        findings.add("UKE-R005", line, item)


def codes_in(written: str, length: int, most: int) -> list[str]:
    """Codes of one length that stand one behind the other, `most` of them; what is left over is one more, as written."""
    whole, rest = written[: length * most], written[length * most :]
    pieces = [whole[at : at + length] for at in range(0, len(whole), length)]
    return [*pieces, rest] if rest else pieces
