"""The texts of the pages in each language: gettext catalogues, read from their `.po` files once at start.

The msgids are English, which is what an untranslated text falls back to; Japanese is what a browser gets first.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

_LOCALE = Path(__file__).parent / "locale"


class Language(StrEnum):
    """The languages of the screens, the first one for whoever has not chosen."""

    JA = "ja"
    EN = "en"


def read_po(text: str) -> dict[str, str]:
    """The translations of a catalogue by msgid; its header and texts without a translation are left out."""
    entries: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    current = ""
    for line in [*text.splitlines(), 'msgid ""']:
        keyword, _, rest = line.partition(" ")
        if keyword in parts:
            if keyword == "msgid":
                entries[parts["msgid"]] = parts["msgstr"]
                parts = {"msgid": "", "msgstr": ""}
            current = keyword
            parts[current] = ast.literal_eval(rest)
        elif line.startswith('"'):
            parts[current] += ast.literal_eval(line)
    return {msgid: msgstr for msgid, msgstr in entries.items() if msgid and msgstr}


def load(language: Language) -> Mapping[str, str]:
    """The catalogue of one language."""
    path = _LOCALE / language / "LC_MESSAGES" / "kiosk.po"
    return read_po(path.read_text(encoding="utf-8"))


def mark(text: str) -> str:
    """Mark a msgid that stands in a table, for the catalogue's upkeep; the text itself is returned."""
    return text
