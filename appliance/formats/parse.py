"""Bytes to documents: the one door to every parser. It raises nothing: what cannot be read is a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.formats.astm.reader import read_astm
from appliance.formats.attachment import read_attachment
from appliance.formats.cda.reader import read_cda
from appliance.formats.findings import FORMAT_KINDS, Findings
from appliance.formats.hl7_lab.reader import read_hl7_lab
from appliance.formats.jahis_rx.reader import read_prescription
from appliance.formats.jahis_tc.reader import read_notebook
from appliance.formats.kenshin.reader import read_kenshin
from appliance.formats.nsips.reader import read_nsips
from appliance.formats.orca.reader import read_orca
from appliance.formats.sniff import sniff
from appliance.formats.uke.claim_types import CLAIM_TYPES
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.survey import survey
from appliance.records.document import Format, Parsed

FORMAT_NAMES: Mapping[Format, str] = {
    Format.UKE_IKA: "医科レセプト",
    Format.UKE_DPC: "DPC レセプト",
    Format.UKE_SHIKA: "歯科レセプト",
    Format.UKE_CHOZAI: "調剤レセプト",
    Format.UKE_HENREI: "返戻レセプト",
    Format.UKE_ROUSAI: "労災レセプト",
    Format.NSIPS: "NSIPS",
    Format.JAHIS_TC: "電子版お薬手帳（JAHIS）",
    Format.JAHIS_RX: "院外処方箋二次元コード（JAHIS）",
    Format.ORCA: "日医標準レセプトソフトのデータ",
    Format.HL7_LAB: "HL7 検査メッセージ",
    Format.ASTM: "ASTM 検査メッセージ",
    Format.CDA: "HL7 CDA 文書",
    Format.KENSHIN: "特定健診データ",
    Format.PDF: "PDF",
    Format.IMAGE: "画像",
    Format.UNKNOWN: "不明",
}
"""What each format is called on screens."""


def parse(data: bytes) -> Parsed:
    """Every document of a file, with findings and row counts; a whole file in memory.

    For a file of many claims `formats.uke.reader.UkeReader` gives the same documents one by one.
    """
    known = sniff(data)
    reader = _PARSERS.get(known)
    return reader(data, known) if reader else _unread(data, known)


def _parse_claims(data: bytes, known: Format) -> Parsed:
    reader = UkeReader(data, CLAIM_TYPES[known])
    documents = tuple(reader.documents())
    rows = reader.source_rows
    return Parsed(
        known, reader.encoding, reader.lines, documents, reader.findings, rows, complete="GO" in rows
    )


def _parse_nsips(data: bytes, _known: Format) -> Parsed:
    return read_nsips(data)


def _parse_notebook(data: bytes, _known: Format) -> Parsed:
    return read_notebook(data)


def _parse_prescription(data: bytes, _known: Format) -> Parsed:
    return read_prescription(data)


def _survey(data: bytes, known: Format) -> Parsed:
    return survey(data, known)


def _unread(data: bytes, known: Format) -> Parsed:
    findings = Findings(FORMAT_KINDS)
    if not data.strip(b"\r\n\t \x00\x1a"):
        findings.add("FORMAT-002")
    elif known is Format.UNKNOWN:
        findings.add("FORMAT-001")
    else:
        findings.add("FORMAT-003", name=FORMAT_NAMES[known])
    return Parsed(
        known, "", data.count(b"\n") + (not data.endswith(b"\n") and bool(data)), (), findings.all()
    )


_PARSERS: Mapping[Format, Callable[[bytes, Format], Parsed]] = {
    **dict.fromkeys(CLAIM_TYPES, _parse_claims),
    Format.UKE_HENREI: _survey,
    Format.UKE_ROUSAI: _survey,
    Format.NSIPS: _parse_nsips,
    Format.JAHIS_TC: _parse_notebook,
    Format.JAHIS_RX: _parse_prescription,
    Format.ORCA: read_orca,
    Format.HL7_LAB: read_hl7_lab,
    Format.ASTM: read_astm,
    Format.CDA: read_cda,
    Format.KENSHIN: read_kenshin,
    Format.PDF: read_attachment,
    Format.IMAGE: read_attachment,
}
