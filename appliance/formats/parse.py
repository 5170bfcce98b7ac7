"""Bytes to documents: the one door to every parser. It raises nothing: what cannot be read is a finding."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace

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
from appliance.limits import XML_MAX_BYTES
from appliance.records.document import Document, Format, Parsed
from appliance.records.readable import Readable, pieces

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


Reading = Generator[Document, None, Parsed]
"""Gives the documents of a file one by one and in the end everything else of it, without them."""


class OpenFile:
    """Iterate over the documents once, to the end; then `about` says everything else of the file."""

    def __init__(self, known: Format, reading: Reading) -> None:
        self.format = known
        self._reading = reading
        self._about: Parsed | None = None

    def __iter__(self) -> Iterator[Document]:
        self._about = yield from self._reading

    @property
    def about(self) -> Parsed:
        """The file's own findings, its rows and whether it is complete; its documents have been handed out."""
        if self._about is None:
            raise RuntimeError("what a file holds is known when its last document has been read")
        return self._about


def open_documents(data: Readable) -> OpenFile:
    """A file ready to be read document by document, in memory that does not grow with the number of its claims."""
    known = sniff(data)
    if known in CLAIM_TYPES:
        return OpenFile(known, _claims(data, known))
    return opened(_parsed(data, known))


def opened(parsed: Parsed) -> OpenFile:
    """What was parsed as a whole, handed out like the rest."""
    return OpenFile(parsed.format, _handed_out(parsed))


def parse(data: Readable) -> Parsed:
    """Every document of a file, with findings and row counts: `open_documents` to the end, all held in memory."""
    known = sniff(data)
    if known not in CLAIM_TYPES:
        return _parsed(data, known)
    reader = UkeReader(data, CLAIM_TYPES[known])
    documents = tuple(reader.documents())
    return replace(reader.about, documents=documents)


def _claims(data: Readable, known: Format) -> Reading:
    reader = UkeReader(data, CLAIM_TYPES[known])
    yield from reader.documents()
    return reader.about


def _parsed(data: Readable, known: Format) -> Parsed:
    """Files of other formats are small, or refused for their size, or not looked at but for their ends."""
    if known not in _WHOLE:
        return _BY_PIECES.get(known, _unread)(data, known)
    most = None if known in _UNBOUNDED else XML_MAX_BYTES + 1
    return _WHOLE[known](data[:most], known)


def _handed_out(parsed: Parsed) -> Reading:
    yield from parsed.documents
    return replace(parsed, documents=())


def _parse_nsips(data: bytes, _known: Format) -> Parsed:
    return read_nsips(data)


def _parse_notebook(data: bytes, _known: Format) -> Parsed:
    return read_notebook(data)


def _parse_prescription(data: bytes, _known: Format) -> Parsed:
    return read_prescription(data)


def _parse_attachment(data: Readable, known: Format) -> Parsed:
    return read_attachment(data, known)


def _unread(data: Readable, known: Format) -> Parsed:
    findings = Findings(FORMAT_KINDS)
    if not any(piece.strip(b"\r\n\t \x00\x1a") for piece in pieces(data)):
        findings.add("FORMAT-002")
    elif known is Format.UNKNOWN:
        findings.add("FORMAT-001")
    else:
        findings.add("FORMAT-003", name=FORMAT_NAMES[known])
    ends = sum(piece.count(b"\n") for piece in pieces(data))
    return Parsed(known, "", ends + (data[-1:] not in (b"\n", b"")), (), findings.all())


_WHOLE: Mapping[Format, Callable[[bytes, Format], Parsed]] = {
    Format.NSIPS: _parse_nsips,
    Format.JAHIS_TC: _parse_notebook,
    Format.JAHIS_RX: _parse_prescription,
    Format.ORCA: read_orca,
    Format.HL7_LAB: read_hl7_lab,
    Format.ASTM: read_astm,
    Format.CDA: read_cda,
    Format.KENSHIN: read_kenshin,
}
_UNBOUNDED = frozenset({Format.HL7_LAB, Format.ASTM})
"""Formats whose readers refuse no file for its size; of the others no more is fetched than it takes to refuse one."""
_BY_PIECES: Mapping[Format, Callable[[Readable, Format], Parsed]] = {
    Format.UKE_HENREI: survey,
    Format.UKE_ROUSAI: survey,
    Format.PDF: _parse_attachment,
    Format.IMAGE: _parse_attachment,
}
