"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence

from appliance.formats.uke.layout import layouts
from appliance.limits import SNIFF_BYTES
from appliance.records.document import Format
from appliance.records.readable import Readable

_BOM = b"\xef\xbb\xbf"
_BLANK = b"\r\n\t \x00\x1a"
_PREFIX_COLUMNS = 3
_ROWS_TO_JUDGE = 20

_KINDS_BY_HEAD = {b"HI": Format.UKE_HENREI, b"UK": Format.UKE_SHIKA, b"YK": Format.UKE_CHOZAI}
_KINDS_BY_ROWS: Sequence[tuple[frozenset[bytes], Format]] = (
    (frozenset({b"HR", b"HG"}), Format.UKE_HENREI),
    (frozenset({b"RR", b"RI", b"RS", b"DS"}), Format.UKE_ROUSAI),
    (frozenset({b"YK", b"SH", b"CZ", b"TK", b"KI", b"ST"}), Format.UKE_CHOZAI),
    (frozenset({b"UK", b"HS", b"SS"}), Format.UKE_SHIKA),
    (frozenset({b"BU", b"SB", b"KK", b"SK", b"GA", b"HH", b"GT", b"CD"}), Format.UKE_DPC),
)
_HEADS = frozenset({b"IR", b"UK", b"YK", b"HI", b"MN", b"RE"})
_FAMILY_ROWS = _HEADS.union(
    (row_id.encode() for claim_type in ("ika", "envelope") for row_id in layouts(claim_type)),
    *(rows for rows, _ in _KINDS_BY_ROWS),
)
_RECEIPT_TYPE = 2

_REMARKS = rb"(?>#[^\r\n]*[\r\n]\s*){0,20}"
"""Lines of remarks that people write above a message that they keep as a file."""
_BEGINNINGS: Sequence[tuple[re.Pattern[bytes], Format]] = (
    (re.compile(rb"%PDF-"), Format.PDF),
    (re.compile(rb"JAHISTC[0-9]{1,2}"), Format.JAHIS_TC),
    (re.compile(rb"JAHIS[0-9]{1,2}(?:[\s,\x1a]|$)"), Format.JAHIS_RX),
    (re.compile(rb"renkei-orca [0-9]"), Format.ORCA),
    (re.compile(rb"VER[0-9]{6},"), Format.NSIPS),
    (
        re.compile(rb"(?:[1-8],[^\r\n]*[\r\n]+){0,3}[ ]?2,[0-9A-Za-z]{10,20},[^,\r\n]*,[AUDaud],"),
        Format.NSIPS,
    ),
    (re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|II\*\x00|MM\x00\*"), Format.IMAGE),
    (re.compile(_REMARKS + rb"\x0b?(?:FHS|BHS|MSH)[|#$!]"), Format.HL7_LAB),
    (re.compile(_REMARKS + rb"(?:\x05?\x02[0-7])?H\|[^|\r\n]{2,4}(?:\||[\r\n]|\Z)"), Format.ASTM),
    (re.compile(rb"[PO]\|1\|[^\r\n]*(?:[\r\n]|\Z)"), Format.ASTM),
)
_ORCA_JSON = re.compile(
    rb'\{\s*"(?:\w+(?:v[0-9](?:re[qs])?|re[qs])|Information_Date)"\s*:|\{"id":\s*[0-9]{1,5},\s*"uuid":'
)
"""An ORCA answer has one member named after its API, or begins with the moment it was made; or a push notification."""
_XML_ROOT = re.compile(rb"<(?:[\w.-]+:)?(xmlio2|data|ClinicalDocument)[\s/>]")
_XML_KINDS = {b"xmlio2": Format.ORCA, b"data": Format.ORCA, b"ClinicalDocument": Format.CDA}
_CHECKUP_CODE = re.compile(rb'<(?:[\w.-]+:)?code[^>]*\scodeSystem="1\.2\.392\.200119\.6\.1001"')
"""Document type 特定健診 (OID 1.2.392.200119.6.1001) in the header of a ClinicalDocument."""


def sniff(data: Readable) -> Format:
    """The format of a file; UNKNOWN when nothing speaks for any."""
    beginning = data[:SNIFF_BYTES]
    if beginning.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        beginning = beginning.decode("utf-16", "replace").encode("utf-8", "replace")
    beginning = beginning.removeprefix(_BOM).lstrip(_BLANK)
    for pattern, known in _BEGINNINGS:
        if pattern.match(beginning):
            return known
    if beginning[:1] == b"<":
        return _sniff_xml(beginning)
    if beginning[:1] == b"{":
        return Format.ORCA if _ORCA_JSON.match(beginning) else Format.UNKNOWN
    return _sniff_claims(beginning)


def _sniff_xml(beginning: bytes) -> Format:
    root = _XML_ROOT.search(beginning)
    if root is None:
        return Format.UNKNOWN
    known = _XML_KINDS[root[1]]
    return Format.KENSHIN if known is Format.CDA and _CHECKUP_CODE.search(beginning) else known


def _sniff_claims(beginning: bytes) -> Format:
    """The UKE family: by the head, then by rows that only one claim type has.

    A row of another type alone decides nothing: a single damaged row must not lose a file.
    """
    rows = [_without_prefix(row) for row in beginning.splitlines() if row.strip(_BLANK)]
    first = [row[0] for row in rows[:_ROWS_TO_JUDGE]]
    known = sum(row_id in _FAMILY_ROWS for row_id in first)
    if known * 2 < len(first) or _HEADS.isdisjoint(first):
        return Format.UNKNOWN
    if first[0] in _KINDS_BY_HEAD:
        return _KINDS_BY_HEAD[first[0]]
    present = {row[0] for row in rows}
    for evidence, kind in _KINDS_BY_ROWS:
        if len(present & evidence) > 1:
            return kind
    return _by_receipt_type(rows)


def _by_receipt_type(rows: Sequence[Sequence[bytes]]) -> Format:
    """The first digit of レセプト種別 where no row tells: 3 歯科, 4 調剤, else 医科."""
    types = [row[_RECEIPT_TYPE][:1] for row in rows if row[0] == b"RE" and len(row) > _RECEIPT_TYPE]
    if types and all(digit == b"3" for digit in types):
        return Format.UKE_SHIKA
    if types and all(digit == b"4" for digit in types):
        return Format.UKE_CHOZAI
    return Format.UKE_IKA


def _without_prefix(row: bytes) -> list[bytes]:
    values = row.split(b",")
    if values[0].isdigit() and len(values) > _PREFIX_COLUMNS:
        values = values[_PREFIX_COLUMNS:]
    return [values[0].strip(), *values[1:]]
