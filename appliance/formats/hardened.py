"""XML and JSON from outside, read with every bound named in limits.py.

No document type declaration is accepted, so that there are no entities to expand and nothing is ever fetched. What cannot
be read is a finding of the table below, never an exception.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from appliance import limits
from appliance.formats.elements import CHILD, Element, plain
from appliance.formats.findings import Findings, Kind
from appliance.records.finding import Severity

UTF8: Final = "utf-8"
_ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": UTF8,
    "utf8": UTF8,
    "us-ascii": UTF8,
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "iso-8859-1": "latin-1",
}
"""Declared names of encodings and the codecs that read them; Shift_JIS always means Microsoft's."""
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLANK = b"\r\n\t \x00\x1a"
_DECLARATION_BYTES = 300
_MARKS = b",:[{"

KINDS: Final[Mapping[str, Kind]] = {
    "DATA-001": Kind(
        Severity.ERROR,
        "データの構造が壊れているため、読み取れません。途中で切れている可能性があります。",
        "The document is not well-formed and cannot be read; it may have been cut off.",
        "出力元からもう一度出力してください。元のデータはそのまま保管されます。",
    ),
    "DATA-002": Kind(
        Severity.ERROR,
        "文書型宣言（DOCTYPE）があります。安全のため読み取りません。",
        "The document holds a document type declaration; for safety it is not read.",
        "出力元に、DOCTYPE を付けない設定にするよう依頼してください。",
    ),
    "DATA-003": Kind(
        Severity.ERROR,
        "大きさ・深さ・要素の数が上限を超えています。読み取りません。",
        "The document is larger, deeper or has more elements than allowed; it is not read.",
        "元のデータはそのまま保管されます。出力元の設定を確かめてください。",
    ),
    "DATA-004": Kind(
        Severity.WARNING,
        "宣言された文字コード（{declared}）と内容が合いません。{used} として読み取りました。",
        "The declared encoding ({declared}) is not that of the content; it was read as {used}.",
        "文字化けがないかを確かめてください。",
    ),
    "DATA-005": Kind(
        Severity.WARNING,
        "文字として読み取れないバイトがあります。「\ufffd」に置き換えて表示します。",
        "Some bytes are no characters of the encoding; they are shown as \ufffd.",
        "元のデータはそのまま保管されます。",
    ),
    "DATA-006": Kind(
        Severity.INFO,
        "長すぎる項目があります。先頭だけを読み取り、全体は元の文書に残します。",
        "An item is longer than is read; its beginning is taken, the whole stays in the original.",
    ),
}
"""Findings that every format in XML or JSON shares."""


class _RefusedError(Exception):
    """Reading stops here; the finding code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class _Open:
    """An element whose end has not been seen."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    chars: int = 0
    cut: bool = False
    """Its text has been cut: nothing more is taken."""


class _Builder:
    """Turns expat's events into elements and refuses whatever goes beyond the limits."""

    def __init__(self, findings: Findings, lines_above: int) -> None:
        self.root: Element | None = None
        self._lines_above = lines_above
        self._findings = findings
        self._open: list[_Open] = []
        self._elements = 0
        self._attributes = 0
        self._room = limits.XML_TEXTS_MAX_CHARS
        self.parser = expat.ParserCreate(UTF8)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._declaration
        self.parser.EntityDeclHandler = self._declaration
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    @property
    def line(self) -> int:
        """Where the parser stands, the blank lines above the document counted too."""
        return self.parser.CurrentLineNumber + self._lines_above

    def _declaration(self, *_: object) -> None:
        raise _RefusedError("DATA-002")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._attributes += len(attributes)
        within = self._elements <= limits.XML_MAX_ELEMENTS and self._attributes <= limits.XML_MAX_ATTRIBUTES
        if not within or len(self._open) >= limits.XML_MAX_DEPTH:
            raise _RefusedError("DATA-003")
        line = self.line
        kept = {_local(key): self._shortened(value, line) for key, value in attributes.items()}
        self._open.append(_Open(_local(name), line, kept))

    def _shortened(self, value: str, line: int) -> str:
        room = min(limits.XML_TEXT_MAX_CHARS, self._room)
        if len(value) > room:
            self._findings.add("DATA-006", line)
        self._room -= min(len(value), room)
        return plain(value[:room])

    def _characters(self, text: str) -> None:
        current = self._open[-1]
        if current.cut:
            return
        room = min(limits.XML_TEXT_MAX_CHARS - current.chars, self._room)
        if room < len(text):
            current.cut = True
            self._findings.add("DATA-006", current.line)
        current.pieces.append(text[:room])
        current.chars += len(text[:room])
        self._room -= len(text[:room])

    def _end(self, _: str) -> None:
        done = self._open.pop()
        text = plain("".join(done.pieces))
        element = Element(
            done.name, done.line, done.attributes, tuple(done.children), text if text.strip() else ""
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element


def read_xml(data: bytes, findings: Findings) -> tuple[Element | None, str]:
    """The root element and the encoding that was read; None with a finding where the document cannot be read."""
    codec = _xml_encoding(data, findings)
    if len(data) > limits.XML_MAX_BYTES:
        findings.add("DATA-003")
        return None, codec
    document, lines_above = data, 0
    if not codec.startswith("utf-16"):
        document = data.strip(_BLANK)
        lines_above = _lines_above(data)
    builder = _Builder(findings, lines_above)
    try:
        for piece in _as_utf8(document, codec):
            builder.parser.Parse(piece, False)
        builder.parser.Parse(b"", True)
    except _RefusedError as refused:
        findings.add(refused.code, builder.line)
    except expat.ExpatError as error:
        findings.add("DATA-001", min(error.lineno + lines_above, line_count(data)))
    else:
        return builder.root, codec.removesuffix("-sig")
    return None, codec.removesuffix("-sig")


def line_count(data: bytes) -> int:
    """How many lines a document has, an unended last one included: CR, LF and CR LF end a line, as XML has it (2.11)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode(UTF8, "replace")
    return _line_ends(data) + (not data.endswith((b"\r", b"\n")))


def _line_ends(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _lines_above(data: bytes) -> int:
    """The blank lines above a document's first character."""
    return _line_ends(data[: len(data) - len(data.lstrip(_BLANK))])


def _xml_encoding(data: bytes, findings: Findings) -> str:
    """The codec that reads the document: its byte order mark, else its declaration where the content agrees."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return codec
    match = _DECLARED.search(data[:_DECLARATION_BYTES])
    declared = match[1].decode("ascii").lower() if match else UTF8
    candidates = dict.fromkeys((_ENCODINGS.get(declared, UTF8), UTF8, "cp932"))
    used = next((codec for codec in candidates if decodes(data, codec)), None)
    if used is None:
        findings.add("DATA-005")
        return next(iter(candidates))
    if used != _ENCODINGS.get(declared):
        findings.add("DATA-004", declared=declared, used=used)
    return used


def decodes(data: bytes, codec: str) -> bool:
    """Whether all bytes are characters of a codec; in pieces, as a text may take four times its bytes."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for start in range(0, len(data), limits.XML_FEED_BYTES):
            decoder.decode(data[start : start + limits.XML_FEED_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _as_utf8(data: bytes, codec: str) -> Iterator[bytes]:
    """The document in pieces of UTF-8, so that neither its text nor a second copy is ever held whole."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for start in range(0, len(data), limits.XML_FEED_BYTES):
        yield decoder.decode(data[start : start + limits.XML_FEED_BYTES]).encode(UTF8, "replace")
    yield decoder.decode(b"", final=True).encode(UTF8, "replace")


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def read_json(data: bytes, findings: Findings) -> tuple[Element | None, str]:
    """A JSON object as a root element without a name; arrays get `_child` elements, empty objects in them are dropped."""
    marks = sum(data.count(mark) for mark in (_MARKS[i : i + 1] for i in range(len(_MARKS))))
    if len(data) > limits.JSON_MAX_BYTES or marks > limits.JSON_MAX_MARKS:
        findings.add("DATA-003")
        return None, ""
    text, codec = _json_text(data.removeprefix(codecs.BOM_UTF8).strip(_BLANK), findings)
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
        return _element("", value, findings, 0), codec
    except json.JSONDecodeError as error:
        line = error.lineno + _lines_above(data.removeprefix(codecs.BOM_UTF8))
        findings.add("DATA-001", min(line, line_count(data)))
    except (RecursionError, _RefusedError):
        findings.add("DATA-003")
    return None, codec


def _json_text(data: bytes, findings: Findings) -> tuple[str, str]:
    try:
        return data.decode(UTF8), UTF8
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        findings.add("DATA-005")
        return data.decode(UTF8, "replace"), UTF8
    findings.add("DATA-004", declared=UTF8, used="cp932")
    return text, "cp932"


def _element(name: str, value: Any, findings: Findings, depth: int) -> Element:
    if depth > limits.JSON_MAX_DEPTH:
        raise _RefusedError("DATA-003")
    if isinstance(value, dict):
        children = tuple(_element(plain(key), one, findings, depth + 1) for key, one in value.items())
        return Element(name, children=children)
    if isinstance(value, list):
        entries = (one for one in value if one not in ({}, [], "", None))
        return Element(
            name, children=tuple(_element(name + CHILD, one, findings, depth + 1) for one in entries)
        )
    text = "" if value is None else str(value)
    if len(text) > limits.XML_TEXT_MAX_CHARS:
        findings.add("DATA-006")
    return Element(name, text=plain(text[: limits.XML_TEXT_MAX_CHARS]))
