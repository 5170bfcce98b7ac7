"""Every parser as a target: how it is called on bytes alone, which made-up files and samples it starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from appliance.formats.astm.reader import read_astm
from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.cda.reader import read_cda
from appliance.formats.hl7_lab.reader import read_hl7_lab
from appliance.formats.jahis_join import JoinResult, Symbol, join_fragments, join_symbols
from appliance.formats.jahis_rx.reader import read_prescription
from appliance.formats.jahis_tc.reader import read_notebook
from appliance.formats.kenshin.reader import read_kenshin
from appliance.formats.nsips.reader import read_nsips
from appliance.formats.orca.reader import read_orca
from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import CLAIM_TYPES
from appliance.formats.uke.reader import UkeReader
from appliance.formats.uke.survey import survey
from appliance.formats.uke.volumes import join_volumes
from appliance.limits import CLAIM_VOLUMES_MAX, KIB
from appliance.records.document import Document, Format, Parsed
from appliance.records.finding import Severity
from tests.fuzz.promises import keeps_its_promises

PART_MARK = b"\x1d"
"""Cuts one input into the several files or symbols that a joiner takes; no format uses GS."""
_SYMBOL_HEAD_BYTES = 3
_RULE = NamingRule("{patient}_{date}_{kind}.pdf", {"result": "検査結果"})

Read = Callable[[bytes], Parsed]
Bare = Callable[[bytes], object]
Judge = Callable[[bytes], None]
Stream = Callable[[bytes], Iterator[Document]]


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: `judge` reads the bytes and asserts every promise; `samples` are patterns below shared/samples."""

    name: str
    judge: Judge
    read: Bare
    """The parser alone, its result thrown away."""
    formats: tuple[Format, ...]
    samples: tuple[str, ...] = ()
    max_bytes: int = 8 * KIB
    stream: Stream | None = None
    """The parser one document after another, where a file may hold very many."""


def read_claims(data: bytes, known: Format) -> Parsed:
    """A file of one claim type through its own reader, whatever it looks like."""
    reader = UkeReader(data, CLAIM_TYPES[known])
    documents = tuple(reader.documents())
    rows = reader.source_rows
    return Parsed(known, reader.encoding, reader.lines, documents, reader.findings, rows, "GO" in rows)


def _claims(known: Format) -> Read:
    return lambda data: read_claims(data, known)


def _stream(known: Format) -> Stream | None:
    return (lambda data: UkeReader(data, CLAIM_TYPES[known]).documents()) if known in CLAIM_TYPES else None


def _known(read: Callable[[bytes, Format], Parsed], known: Format) -> Read:
    return lambda data: read(data, known)


def _judged(read: Read) -> Judge:
    return lambda data: keeps_its_promises(data, read(data))


def _judge_survey(data: bytes) -> None:
    for known in (Format.UKE_HENREI, Format.UKE_ROUSAI):
        keeps_its_promises(data, survey(data, known))


def _volumes(data: bytes) -> list[bytes]:
    return data.split(PART_MARK, CLAIM_VOLUMES_MAX - 1)


def _judge_volumes(data: bytes) -> None:
    files = _volumes(data)
    joined = join_volumes(files)
    assert sorted(joined.order) == list(range(len(files)))
    for place, volume in zip(joined.order, joined.volumes, strict=True):
        keeps_its_promises(files[place], volume)
    assert not (joined.complete and any(one.severity is Severity.ERROR for one in joined.findings))


def _join(data: bytes) -> tuple[JoinResult, JoinResult]:
    """The parts as fragments, and as symbols whose first three bytes are index, total and parity."""
    parts = data.split(PART_MARK)
    symbols = [
        Symbol(part[0], part[1], part[2], part[_SYMBOL_HEAD_BYTES:])
        for part in parts
        if len(part) >= _SYMBOL_HEAD_BYTES
    ]
    return join_fragments(parts), join_symbols(symbols)


def _judge_join(data: bytes) -> None:
    for result in _join(data):
        failed = any(finding.severity is Severity.ERROR for finding in result.findings)
        assert failed is (result.data is None), "joined with an error, or failed without one"
        if result.data is not None:
            keeps_its_promises(result.data, parse(result.data))


def _attachment(data: bytes, known: Format = Format.PDF) -> Parsed:
    """The first line is the file's name, which comes from outside as well."""
    name, _, content = data.partition(b"\n")
    return read_attachment(content, known, name.decode("utf-8", "replace"), _RULE, "1310000000")


def _judge_attachment(data: bytes) -> None:
    for known in (Format.PDF, Format.IMAGE):
        keeps_its_promises(data.partition(b"\n")[2], _attachment(data, known))


_READERS: Mapping[str, tuple[Read, Format, tuple[str, ...]]] = {
    "uke-ika": (_claims(Format.UKE_IKA), Format.UKE_IKA, ("uke/**/*RECEIPTC*",)),
    "uke-dpc": (_claims(Format.UKE_DPC), Format.UKE_DPC, ("uke/*RECEIPTD*",)),
    "uke-shika": (
        _claims(Format.UKE_SHIKA),
        Format.UKE_SHIKA,
        ("uke/**/*RECEIPTS*", "uke/dental_guide_lines.txt"),
    ),
    "uke-chozai": (
        _claims(Format.UKE_CHOZAI),
        Format.UKE_CHOZAI,
        ("uke/**/*RECEIPTY*", "uke/dispensing_official_lines.txt"),
    ),
    "nsips": (read_nsips, Format.NSIPS, ("nsips/*",)),
    "jahis-tc": (read_notebook, Format.JAHIS_TC, ("jahis/tc/*.txt", "jahis/tc/*.csv")),
    "jahis-rx": (read_prescription, Format.JAHIS_RX, ("jahis/rx/*",)),
    "orca-xml": (_known(read_orca, Format.ORCA), Format.ORCA, ("orca/*.xml",)),
    "orca-json": (_known(read_orca, Format.ORCA), Format.ORCA, ("orca/*.json", "orca/*.jsonl")),
    "orca-envelope": (_known(read_orca, Format.ORCA), Format.ORCA, ()),
    "hl7-lab": (_known(read_hl7_lab, Format.HL7_LAB), Format.HL7_LAB, ("hl7/*",)),
    "astm": (_known(read_astm, Format.ASTM), Format.ASTM, ("astm/*",)),
    "cda": (_known(read_cda, Format.CDA), Format.CDA, ()),
    "kenshin": (_known(read_kenshin, Format.KENSHIN), Format.KENSHIN, ()),
}

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        *(
            Target(name, _judged(read), read, (known,), samples, stream=_stream(known))
            for name, (read, known, samples) in _READERS.items()
        ),
        Target(
            "uke-survey",
            _judge_survey,
            _known(survey, Format.UKE_HENREI),
            (Format.UKE_HENREI, Format.UKE_ROUSAI),
            ("uke/**/*.HEN",),
        ),
        Target(
            "uke-volumes",
            _judge_volumes,
            lambda data: join_volumes(_volumes(data)),
            (Format.UKE_IKA,),
            ("uke/constructed/*_vol*",),
        ),
        Target(
            "jahis-join", _judge_join, _join, (Format.JAHIS_TC, Format.JAHIS_RX), ("jahis/*/*.txt",), 4 * KIB
        ),
        Target("attachment", _judge_attachment, _attachment, (Format.PDF, Format.IMAGE), (), 4 * KIB),
        Target("parse", _judged(parse), parse, tuple(Format), ("**/*",)),
    )
}
"""All targets, by the name that `make fuzz` and the corpus call them."""
