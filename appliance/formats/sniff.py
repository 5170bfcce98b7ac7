"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.formats.uke.layout import layouts
from appliance.limits import SNIFF_BYTES
from appliance.records.document import Format

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

_BEGINNINGS: Sequence[tuple[re.Pattern[bytes], Format]] = (
    (re.compile(rb"%PDF-"), Format.PDF),
    (re.compile(rb"JAHISTC[0-9]{2}"), Format.JAHIS_TC),
    (re.compile(rb"JAHIS[0-9]{1,2}\s"), Format.JAHIS_RX),
    (re.compile(rb"VER[0-9]{6},"), Format.NSIPS),
    (re.compile(rb"\x0b?(?:FHS|BHS|MSH)\|"), Format.HL7_LAB),
    (re.compile(rb"(?:\x05?\x02[0-7])?H\|[^|\r\n]{3,4}\|"), Format.ASTM),
)
_ORCA_JSON = re.compile(rb'\{\s*"(?:\w+(?:v[0-9](?:re[qs])?|re[qs])|Information_Date)"\s*:')
"""An ORCA answer has one member named after its API, or begins with the moment it was made."""
_XML_ROOTS: Sequence[tuple[re.Pattern[bytes], Format]] = (
    (re.compile(rb"<(?:xmlio2|data)[\s>]"), Format.ORCA),
    (re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s>]"), Format.CDA),
)
_CHECKUP_CODE = re.compile(rb'<(?:[\w.-]+:)?code[^>]*\scodeSystem="1\.2\.392\.200119\.6\.1001"')
"""Document type 特定健診 (OID 1.2.392.200119.6.1001) in the header of a ClinicalDocument."""


def sniff(data: bytes) -> Format:
    """The format of a file; UNKNOWN when nothing speaks for any."""
    beginning = data[:SNIFF_BYTES].removeprefix(_BOM).lstrip(_BLANK)
    for pattern, known in _BEGINNINGS:
        if pattern.match(beginning):
            return known
    if beginning[:1] == b"<":
        return _sniff_xml(beginning)
    if beginning[:1] == b"{":
        return Format.ORCA if _ORCA_JSON.match(beginning) else Format.UNKNOWN
    return _sniff_claims(beginning)


def _sniff_xml(beginning: bytes) -> Format:
    for pattern, known in _XML_ROOTS:
        if pattern.search(beginning):
            return Format.KENSHIN if known is Format.CDA and _CHECKUP_CODE.search(beginning) else known
    return Format.UNKNOWN


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
