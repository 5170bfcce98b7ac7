"""拡張ストレージ: what 標準化ストレージ has no kind for, whole, one main document a document of ours.

A letter or a picture is its own bytes. Of a claim, a dispensing, a prescription or a report it is what may
leave of it as JP Core resources: the rows themselves hold amounts in yen, what consent hides, and other people
(donors, the patients beside), so they stay in the clinic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from appliance.exchange.fhir.bundle import resources
from appliance.exchange.fhir.content import Content
from appliance.exchange.ssmix2.chart import Chart, Entry, Paper, records_of
from appliance.exchange.ssmix2.naming import ABSENT, Place, Root, order_number
from appliance.records.clinical import DocumentReference
from appliance.records.coding import CodeSystem
from appliance.records.document import DocumentKind

_MAIN_DOCUMENT = "main_document"
_LOCAL = "99RKG"
_KINDS: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.CLAIM: f"RECEIPT^レセプトの記録^{_LOCAL}",
    DocumentKind.DISPENSING: f"DISPENSING^調剤の記録^{_LOCAL}",
    DocumentKind.PRESCRIPTION: f"PRESCRIPTION^処方箋の記録^{_LOCAL}",
    DocumentKind.LABORATORY: f"LABORATORY^検査報告の記録^{_LOCAL}",
    DocumentKind.LETTER: f"LETTER^診療文書^{_LOCAL}",
    DocumentKind.CHECKUP: f"CHECKUP^特定健診^{_LOCAL}",
    DocumentKind.ATTACHMENT: f"ATTACHMENT^添付文書^{_LOCAL}",
}
"""データ種別 folders (ローカル文書コード^名称^コード体系); nothing of a source's words enters a path."""
_LETTERS: Final[Mapping[str, str]] = {
    "57133-1": "^紹介状^^57133-1^紹介状^LN",
    "18842-5": "^退院時サマリー^^18842-5^退院時サマリー^LN",
}
"""Letters that the guideline's list of standard documents names, by LOINC."""
_ENDINGS: Final[Mapping[str, str]] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "application/xml": "xml",
    "text/xml": "xml",
}
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


def extended_entries(chart: Chart) -> Iterator[Entry]:
    """One entry a document of which anything may leave."""
    for content in chart.oldest_first():
        if not content.records:
            continue
        paper = _paper(content, chart.file_of(content))
        key = order_number(content.key, Root.EXTENDED)
        place = Place(Root.EXTENDED, chart.pid, _day(content), _kind(content), key)
        yield Entry(place, ABSENT, paper)


def _kind(content: Content) -> str:
    codes = (
        coding.code
        for reference in records_of(content, DocumentReference)
        for coding in reference.kind.codings
        if coding.system == CodeSystem.LOINC
    )
    return next((_LETTERS[code] for code in codes if code in _LETTERS), _KINDS[content.kind])


def _day(content: Content) -> str:
    """The document's day; a claim is of a month and has none."""
    plain = content.period.replace("-", "")
    return plain if len(plain) == 8 and plain.isdecimal() else ABSENT  # noqa: PLR2004 - YYYYMMDD


def _paper(content: Content, file: Callable[[], bytes] | None) -> Paper:
    for reference in records_of(content, DocumentReference) if file else ():
        if file and reference.sha256 == content.arrival_sha256:
            ending = _ENDINGS.get(reference.content_type, "bin")
            return Paper(f"{_MAIN_DOCUMENT}.{ending}", reference.sha256, file)
    entries = [{"resource": one} for one in resources(content).values()]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    data = _encoder.encode(bundle)
    return Paper(f"{_MAIN_DOCUMENT}.json", hashlib.sha256(data).hexdigest(), lambda: data)
