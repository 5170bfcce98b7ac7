"""Text as an SS-MIX2 message may hold it: ASCII and JIS X 0208 only, sent as ISO-2022-JP, HL7's own marks escaped.

Sources: the guideline's rule on characters, and the replacement table of the NHO support documents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from appliance.limits import SSMIX2_CHARACTERS_CACHE

UNWRITABLE: Final = "■"
"""Stands for a character that neither ASCII nor JIS X 0208 has (外字)."""
CODEC: Final = "iso2022_jp"
"""Returns to ASCII before every ASCII character, so before every delimiter."""

_SAME = dict(zip("－～∥￠￡￢—–‐‑‒―¥‾Å", "−〜‖¢£¬―−‐‐−―￥￣\u212b", strict=True))
"""The same character under another code point: what cp932 calls so, and what would need JIS X 0201."""
_NAMED = {
    "№": "No.",
    "℡": "Tel",
    "㏍": "K.K.",
    "㎡": "m*2",
    "²": "*2",
    "³": "*3",
    "µ": "μ",
    "〝": "″",
    "〟": "、",
    "∮": "Φ",
    "∑": "Σ",
    "∟": "└",
    "⊿": "Δ",
    "㊤": "(上)",
    "㊥": "(中)",
    "㊦": "(下)",
    "㊧": "(左)",
    "㊨": "(右)",
    "\u00a0": " ",
}
"""Characters of vendors that the table of NHO spells out otherwise than Unicode does."""
_VARIANTS = dict(zip("髙﨑德濵瀨栁桒𠮷塚淸黑", "高崎徳濱瀬柳桑吉塚清黒", strict=True))
"""Forms in names of which JIS X 0208 has another: the same letter to its bearer, which ■ is not."""
_CIRCLED = {chr(0x2460 + number): f"({number + 1})" for number in range(20)}
_HALF_KANA = re.compile("[｡-ﾟ]+")
_GAPS = re.compile(r"[\r\n\t\v\f]+")
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me"})
"""Categories of characters that show nothing by themselves, variation selectors among them."""
_MARKS = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_ESCAPES = str.maketrans(_MARKS)
_KNOWN = _SAME | _NAMED | _VARIANTS | _CIRCLED


def writable(text: str) -> str:
    """The text in characters that can be sent; line breaks and tabs are spaces, other controls are dropped."""
    if text.isascii() and text.isprintable():
        return text
    whole = _HALF_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return "".join(_spelt(_GAPS.sub(" ", whole)))


def _spelt(text: str) -> Iterator[str]:
    return (_letter(one) for one in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=SSMIX2_CHARACTERS_CACHE)
def _letter(letter: str) -> str:
    if letter in _KNOWN:
        return _KNOWN[letter]
    if letter.isascii():
        return letter if letter.isprintable() else ""
    if _fits(letter):
        return letter
    spelt = unicodedata.normalize("NFKC", letter)
    if spelt != letter and all(part.isascii() or _fits(part) for part in spelt):
        return spelt
    return "" if unicodedata.category(letter) in _UNSEEN else UNWRITABLE


def _fits(letter: str) -> bool:
    """Whether JIS X 0208 has it: the codec also knows JIS X 0201, which is not allowed."""
    try:
        return letter.encode(CODEC).startswith(b"\x1b$B")
    except UnicodeEncodeError:
        return False


def escaped(text: str) -> str:
    """A value as it stands inside a field: sent characters only, HL7's delimiters as escape sequences."""
    return writable(text).strip().translate(_ESCAPES)


def encoded(message: str) -> bytes:
    """The bytes of a message whose values went through `escaped`."""
    return message.encode(CODEC)
