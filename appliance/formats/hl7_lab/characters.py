"""The character sets of HL7 messages in Japan: MSH-18, and what rows hold in truth.

Rows end with a byte below 0x20, which no character of these sets contains: they are cut before they are decoded, and the
shift of ISO 2022 begins anew with each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from appliance.formats.hardened import decodes


class Charset(StrEnum):
    """What the rows of a message are decoded with."""

    UTF8 = "utf-8"
    ISO_2022 = "iso-2022-jp"
    SHIFT_JIS = "cp932"
    LATIN_1 = "latin-1"


_DECLARED = (
    ("UTF", Charset.UTF8),
    ("UNICODE", Charset.UTF8),
    ("ISO IR87", Charset.ISO_2022),
    ("ISO IR159", Charset.ISO_2022),
    ("ISO IR14", Charset.ISO_2022),
    ("ISO IR13", Charset.ISO_2022),
    ("ISO 2022", Charset.ISO_2022),
    ("SJIS", Charset.SHIFT_JIS),
    ("SHIFT", Charset.SHIFT_JIS),
)
"""MSH-18 by what its repetitions contain (HL7 table 0211 and names seen beside it)."""
_ESCAPE = re.compile(rb"\x1b(?:\$\(D|\$[@B]|\([BJI])")
_SHIFT = b"\x1b"
_ASCII, _ROMAN, _KANA = b"\x1b(B", b"\x1b(J", b"\x1b(I"
_SUPPLEMENT = b"\x1b$(D"
_PRINTING = range(0x21, 0x7F)
"""What either byte of a two-byte character may be."""
_HIGH_BIT = bytes(0x80 | code if code in _PRINTING else code for code in range(256))


def declared_charset(names: str) -> Charset | None:
    """The character set that MSH-18 names; None when it names none that says more than ASCII."""
    upper = names.upper()
    return next((charset for beginning, charset in _DECLARED if beginning in upper), None)


def charset_of(data: bytes, declared: Charset | None) -> Charset:
    """The declared character set where the bytes agree with it, else what they look like."""
    if b"\x1b$" in data or b"\x1b(" in data:
        return Charset.ISO_2022
    if data.isascii():
        return declared or Charset.UTF8
    if decodes(data, Charset.UTF8.value):
        return Charset.UTF8
    return declared if declared in (Charset.ISO_2022, Charset.SHIFT_JIS) else Charset.SHIFT_JIS


def decoded(row: bytes, charset: Charset) -> str:
    """The text of one row; bytes that are no characters become U+FFFD."""
    if charset is Charset.ISO_2022:
        return "".join(_shifted(row)) if _SHIFT in row else _section(row, _ASCII)
    return row.decode(charset.value, "replace")


def _shifted(row: bytes) -> Iterator[str]:
    """ISO 2022 by sections. Two-byte characters are read through Shift_JIS, which knows the vendors' additions too."""
    start, mode = 0, _ASCII
    for escape in _ESCAPE.finditer(row):
        yield _section(row[start : escape.start()], mode)
        start, mode = escape.end(), escape[0]
    yield _section(row[start:], mode)


def _section(section: bytes, mode: bytes) -> str:
    if mode in (_ASCII, _ROMAN):
        return section.decode("cp932", "replace")
    if mode == _KANA:
        return section.translate(_HIGH_BIT).decode("cp932", "replace")
    if mode == _SUPPLEMENT:
        pairs = (section[at : at + 2].translate(_HIGH_BIT) for at in range(0, len(section), 2))
        return b"".join(b"\x8f" + pair for pair in pairs).decode("euc_jp", "replace")
    pairs = (section[at : at + 2] for at in range(0, len(section), 2))
    return b"".join(map(_to_shift_jis, pairs)).decode("cp932", "replace")


@lru_cache(maxsize=94 * 94)
def _to_shift_jis(pair: bytes) -> bytes:
    """One character of JIS X 0208 (two bytes of 0x21..0x7E) in Shift_JIS; anything else as it is."""
    if len(pair) != 2 or not all(code in _PRINTING for code in pair):  # noqa: PLR2004 - two bytes
        return pair
    first, second = pair
    lead = (first - 0x21) // 2 + 0x81
    lead += 0x40 if lead > 0x9F else 0  # noqa: PLR2004 - Shift_JIS skips 0xA0..0xDF, half-width katakana
    if first % 2 == 0:
        return bytes((lead, second + 0x7E))
    return bytes((lead, second + (0x1F if second < 0x60 else 0x20)))  # noqa: PLR2004 - and 0x7F
