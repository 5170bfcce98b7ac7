"""Whether a file's last bytes say that nothing follows: the end mark of its format, where it has one.

A file is judged by its beginning and its end, so that a big one need not be read for it. What has no mark, or one that
may also stand in the middle, is for the reader of the folder to judge by time.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from appliance.formats.sniff import sniff
from appliance.records.document import Format


class Ending(StrEnum):
    """What the last bytes of a file say."""

    ENDED = "ended"
    """Its end mark is there: the file is whole."""
    NOT_ENDED = "not-ended"
    """Its format ends every file with a mark, and this one lacks it."""
    OPEN = "open"
    """Only the end of its last row is missing: it was cut there, or its writer leaves line ends out."""
    NO_MARK = "no-mark"
    """Nothing can be said: the format has no mark, or what is there also stands in the middle of files."""


_EOF_BYTE: Final = b"\x1a"
_BLANK: Final = b" \t\r\n\x00"
_LINE_ENDS: Final = (b"\n", b"\r")
_END_ROW: Final = re.compile(rb"(?:[0-9]+,[^,]*,[^,]*,)?\s*(?:GO|HG|RS),")
"""Rows that end a claim file (GO), a returned file (HG), an accident-insurance file (RS), with or without the 履歴
columns of 記録条件仕様 before them."""
_HL7_TRAILER: Final = re.compile(rb"(?:FTS|BTS)[|\r\n]|(?:FTS|BTS)\Z")
_ASTM_TERMINATOR: Final = re.compile(rb"(?:[0-7])?L(?:\||\Z)")
_XML_MISC: Final = rb"(?>\s+|<!--(?>.*?-->)|<\?(?>.*?\?>))"
_XML_DOCTYPE: Final = rb"(?><!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>)"
_XML_ROOT: Final = re.compile(
    rb"(?:" + _XML_MISC + rb"|" + _XML_DOCTYPE + rb")*+<([A-Za-z_][\w.:-]*)", re.DOTALL
)
_XML_AFTER_ROOT: Final = re.compile(_XML_MISC + rb"*+\Z", re.DOTALL)
_PDF_END: Final = b"%%EOF"
_PDF_END_WITHIN: Final = 1024
"""A reader looks for the end mark in so many last bytes (PDF 1.7, implementation note 18)."""
_PDF_LINEARIZED: Final = re.compile(rb"/Linearized\b.{0,512}?/L\s+([0-9]{1,12})", re.DOTALL)
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_END: Final = b"\xff\xd9"


def ending(head: bytes, tail: bytes, size_bytes: int) -> Ending:
    """The judgement of a file's first and last bytes, each ENDING_BYTES at most; they overlap in a small file."""
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return Ending.NO_MARK
    known = sniff(head)
    judge = _JUDGES.get(known)
    if judge is not None:
        return judge(head, tail)
    start = head.lstrip(b"\xef\xbb\xbf" + _BLANK)
    if known is Format.PDF:
        return _pdf(head, tail, size_bytes)
    if start[:1] == b"<":
        return _xml(start, tail)
    if start[:1] in (b"{", b"["):
        return _json(head, tail, size_bytes)
    return Ending.NO_MARK


def _claims(_head: bytes, tail: bytes) -> Ending:
    if tail.rstrip(_BLANK).endswith(_EOF_BYTE):
        return Ending.ENDED
    if _END_ROW.match(_last_row(tail)) is None:
        return Ending.NOT_ENDED
    return Ending.ENDED if tail.endswith(_LINE_ENDS) else Ending.OPEN


def _lines(_head: bytes, tail: bytes) -> Ending:
    """Rows without an end row: a line end says no more than that no row is cut."""
    if tail.rstrip(_BLANK).endswith(_EOF_BYTE):
        return Ending.ENDED
    return Ending.NO_MARK if tail.endswith(_LINE_ENDS) else Ending.OPEN


def _hl7(_head: bytes, tail: bytes) -> Ending:
    if _HL7_TRAILER.match(_last_row(tail)):
        return Ending.ENDED
    return Ending.NO_MARK if tail.endswith((*_LINE_ENDS, b"\x1c")) else Ending.OPEN


def _astm(_head: bytes, tail: bytes) -> Ending:
    framed = tail.rstrip(_BLANK).endswith(b"\x04")
    last = _last_row(tail).lstrip(b"\x02")
    return _ended(framed or _ASTM_TERMINATOR.match(last) is not None)


def _image(head: bytes, tail: bytes) -> Ending:
    if head.startswith(b"\x89PNG"):
        return _marked(tail, _PNG_END)
    if head.startswith(b"\xff\xd8"):
        return _marked(tail, _JPEG_END)
    return Ending.NO_MARK  # TIFF: its directories may lie anywhere


def _marked(tail: bytes, mark: bytes) -> Ending:
    """A mark at the very end proves; one with bytes after it (some cameras add their own) does not."""
    if tail.rstrip(_BLANK).endswith(mark.rstrip(_BLANK)):
        return Ending.ENDED
    return Ending.NO_MARK if mark in tail else Ending.NOT_ENDED


def _pdf(head: bytes, tail: bytes, size_bytes: int) -> Ending:
    """A file made for the web also has an end mark behind its first page: it says itself how long it is."""
    linearized = _PDF_LINEARIZED.search(head[:_PDF_END_WITHIN])
    if linearized is not None and size_bytes < int(linearized[1]):
        return Ending.NOT_ENDED
    return _ended(_PDF_END in tail[-_PDF_END_WITHIN:])


def _xml(start: bytes, tail: bytes) -> Ending:
    root = _XML_ROOT.match(start)
    if root is None:
        return Ending.NOT_ENDED
    _, closing, after = tail.rpartition(b"</" + root[1])
    if not closing:
        return Ending.NOT_ENDED
    blank, bracket, rest = after.partition(b">")
    if not bracket or blank.strip():
        return Ending.NOT_ENDED
    return Ending.ENDED if _XML_AFTER_ROOT.match(rest) else Ending.NO_MARK


def _json(head: bytes, tail: bytes, size_bytes: int) -> Ending:
    if not tail.rstrip(_BLANK).endswith((b"}", b"]")):
        return Ending.NOT_ENDED
    if size_bytes > len(head):
        return Ending.NO_MARK  # the bracket may be an inner one
    try:
        json.loads(head)
    except (ValueError, RecursionError):
        return Ending.NO_MARK  # several values, or damaged
    return Ending.ENDED


def _last_row(tail: bytes) -> bytes:
    return re.split(rb"[\r\n]+", tail.rstrip(_BLANK + b"\x03\x1c"))[-1]


def _ended(marked: bool) -> Ending:
    return Ending.ENDED if marked else Ending.NOT_ENDED


_JUDGES: Final[Mapping[Format, Callable[[bytes, bytes], Ending]]] = {
    Format.UKE_IKA: _claims,
    Format.UKE_DPC: _claims,
    Format.UKE_SHIKA: _claims,
    Format.UKE_CHOZAI: _claims,
    Format.UKE_HENREI: _claims,
    Format.UKE_ROUSAI: _claims,
    Format.NSIPS: _lines,
    Format.JAHIS_TC: _lines,
    Format.JAHIS_RX: _lines,
    Format.HL7_LAB: _hl7,
    Format.ASTM: _astm,
    Format.IMAGE: _image,
}
