"""What a CDA document says to a reader: its sections' headings and texts in the order of the words. Pure.

Only text comes out: no markup, no links, no pictures. A document that the hardened reader does not take says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from appliance.formats.cda.findings import KINDS
from appliance.formats.cda.reader import ROOT
from appliance.formats.elements import plain
from appliance.formats.findings import Findings
from appliance.formats.hardened import read_xml
from appliance.limits import NARRATIVE_MAX_LINES

_BLOCKS = frozenset({"paragraph", "list", "item", "table", "tr", "caption", "br", "text", "title"})
"""Elements that begin and end a line."""
_CELLS = frozenset({"td", "th"})
_BETWEEN_CELLS = " ｜ "
_UTF8 = "utf-8"


@dataclass(frozen=True, slots=True)
class Passage:
    """A section: its heading (empty where it has none) and its lines."""

    heading: str
    lines: tuple[str, ...]


def narrative(data: bytes) -> tuple[Passage, ...]:
    """The passages of a document; none where it is no CDA or cannot be read."""
    root, codec = read_xml(data, Findings(KINDS))
    if root is None or root.name != ROOT:
        return ()
    reader = _Reader()
    parser = expat.ParserCreate(_UTF8)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.say
    parser.Parse(
        data.decode(codec, "replace").lstrip("\ufeff\x00\r\n\t \x1a").rstrip("\x00\x1a").encode(_UTF8), True
    )
    return tuple(
        Passage(one.heading, tuple(one.lines)) for one in reader.passages if one.heading or one.lines
    )


@dataclass(slots=True)
class _Draft:
    heading: str = ""
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Gathers the text of `title` and of a section's `text`, line by line."""

    passages: list[_Draft] = field(default_factory=lambda: [_Draft()])
    _inside: list[str] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)
    _count: int = 0

    def start(self, qualified: str, _attributes: dict[str, str]) -> None:
        name = qualified.rpartition(":")[2]
        if name == "section":
            self.passages.append(_Draft())
        if name in _BLOCKS:
            self._break()
        elif name in _CELLS and self._line:
            self._line.append(_BETWEEN_CELLS)
        self._inside.append(name)

    def end(self, qualified: str) -> None:
        if qualified.rpartition(":")[2] in _BLOCKS:
            self._break()
        self._inside.pop()

    def say(self, words: str) -> None:
        if self._reads:
            self._line.append(words)

    @property
    def _reads(self) -> bool:
        """Inside a title or the text of a section, not in the header's or an entry's other elements."""
        return self._in_text or self._inside[-2:] in (["section", "title"], [ROOT, "title"])

    @property
    def _in_text(self) -> bool:
        return ("section", "text") in zip(self._inside, self._inside[1:], strict=False)

    def _break(self) -> None:
        line, self._line = " ".join(plain("".join(self._line)).split()), []
        if not line or not self._reads or self._count >= NARRATIVE_MAX_LINES:
            return
        self._count += 1
        passage = self.passages[-1]
        if not self._in_text and not passage.heading:
            passage.heading = line
        else:
            passage.lines.append(line)
