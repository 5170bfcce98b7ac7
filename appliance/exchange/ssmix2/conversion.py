"""`renkei convert --to ssmix2`: files to the storages the box would deliver, without a store, a server or a consent.

A storage is about patients, not files: PPR-01 holds every diagnosis of somebody. So all files are read before anything
is written, and of several versions of a document the last one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from appliance.clock import Clock, SystemClock, iso
from appliance.codes.counts import MappingCounts
from appliance.exchange.convert import (
    NOWHERE,
    TOMBSTONE,
    ConvertError,
    Mapping,
    contents,
    foreign_left_out,
    known_of,
    mapping_with,
    person_of,
    told_of_files,
    unlinked,
)
from appliance.exchange.fhir.content import Content, Person
from appliance.exchange.ssmix2.chart import Chart
from appliance.exchange.ssmix2.folder import carry_out
from appliance.exchange.ssmix2.naming import PatientNumbers, Root
from appliance.exchange.ssmix2.storage import IndexRow, changes, entries_of
from appliance.formats.facility import placed
from appliance.formats.findings import Gathered
from appliance.formats.parse import open_documents
from appliance.limits import DOCUMENT_SENT_MAX_BYTES
from appliance.records.clinical import DocumentReference
from appliance.records.document import Document
from appliance.records.finding import Finding, Severity
from appliance.records.identity import identify
from appliance.records.readable import Readable, sha256_of

INDEX_FILE: Final = "SSMIXIDX.tsv"
"""The rows of the index beside the storages, tab-separated, in UTF-8."""


@dataclass(frozen=True, slots=True)
class StorageSummary:
    """What became of the files (no personal data)."""

    files: int
    documents: int
    patients: int
    messages: int
    papers: int
    findings: tuple[Finding, ...]
    mapped: MappingCounts | None = None

    def text(self) -> str:
        lines = [
            f"ファイル {self.files}、文書 {self.documents}、患者 {self.patients}",
            f"標準化ストレージ {self.messages} 件、拡張ストレージ {self.papers} 件",
            f"files {self.files}, documents {self.documents}, patients {self.patients}",
            f"standard storage {self.messages}, extended storage {self.papers}",
        ]
        return "\n".join([*lines, *known_of(self.mapped, self.findings)])


@dataclass(slots=True)
class _Charts:
    """All that the files hold, by patient and document key; `numbers` are 患者ID by facility."""

    people: dict[str, Person] = field(default_factory=dict)
    contents: dict[str, dict[str, Content]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    documents: int = 0


def convert_to_storage(
    files: Sequence[Path],
    out: Path,
    facility: str | None,
    masters: Path | None = None,
    *,
    clock: Clock | None = None,
) -> StorageSummary:
    """Write both storages of every facility below `out`, and the rows of their index.

    `facility` and `masters` as for bundles. `out` must hold no storage yet: one that was written without the files of
    before would take them back. Raises ConvertError, and MastersFileError.
    """
    now = (clock or SystemClock()).now()
    counts = MappingCounts() if masters else None
    _refuse_another(out)
    charts = _Charts()
    with told_of_files(), mapping_with(masters, counts) as mapping:
        for data in contents(files):
            _gather(charts, data, facility, iso(now), mapping)
        rows = _write(charts, out, now)
    return StorageSummary(
        files=len(files),
        documents=charts.documents,
        patients=len(charts.people),
        messages=sum(row.name.place.root is Root.STANDARD for row in rows),
        papers=sum(row.name.place.root is Root.EXTENDED for row in rows),
        findings=tuple(charts.findings),
        mapped=counts,
    )


def _refuse_another(out: Path) -> None:
    if any((out / root).exists() for root in Root):
        raise ConvertError(
            "書き出し先にはすでにストレージがあります。",
            "There is a storage in that folder already.",
            hint_ja="空のフォルダーを指定してください。",
            hint_en="Give an empty folder.",
        )


def _gather(charts: _Charts, data: Readable, facility: str | None, recorded: str, mapping: Mapping) -> None:
    opened, sha256 = open_documents(data), sha256_of(data).hex()
    findings, told = Gathered(), Gathered()
    foreign = 0
    for found in opened:
        document = placed(found, facility) if facility else found
        findings.add_all(document.findings)
        if facility not in (None, document.facility):
            foreign += 1
            continue
        charts.documents += 1
        person = person_of(document)
        if not document.facility or person is None:
            told.add(unlinked(document) if document.facility else NOWHERE)
        elif document.tombstone:
            told.add(TOMBSTONE)
            charts.contents.get(person.resource_id, {}).pop(document.key, None)
        else:
            _keep(charts, _content(mapping(document), person, data, sha256, recorded))
    findings.add_all(opened.about.findings)
    charts.findings += [one for one in findings.all() if one.severity is not Severity.INFO]
    charts.findings += [foreign_left_out(foreign)] if foreign else []
    charts.findings += told.all()


def _content(document: Document, person: Person, data: Readable, sha256: str, recorded: str) -> Content:
    """With the file's bytes only where they are the document."""
    records = identify(document, person.resource_id)
    whole = any(isinstance(one, DocumentReference) and one.sha256 == sha256 for one in document.records)
    file = data[:] if whole and len(data) <= DOCUMENT_SENT_MAX_BYTES else b""
    return Content(document.key, document.kind, person, document.period, records, sha256, recorded, file)


def _keep(charts: _Charts, content: Content) -> None:
    who = content.person.resource_id
    known = charts.people.get(who)
    charts.people[who] = _together(known, content.person) if known else content.person
    charts.contents.setdefault(who, {})[content.key] = content


def _together(known: Person, newer: Person) -> Person:
    """A patient as the newer document tells them, with every coverage that is known, each once."""
    coverages = {(one.kind, one.payer_number, one.symbol, one.number): one for one in known.coverages}
    coverages |= {(one.kind, one.payer_number, one.symbol, one.number): one for one in newer.coverages}
    return replace(newer, coverages=tuple(coverages.values()))


def _write(charts: _Charts, out: Path, now: datetime) -> list[IndexRow]:
    numbers: dict[str, PatientNumbers] = {}
    rows: list[IndexRow] = []
    for resource_id, person in charts.people.items():
        of_facility = numbers.setdefault(person.facility, PatientNumbers())
        pid = of_facility.number(resource_id, person.patient.local_id)
        chart = Chart(person, pid, tuple(charts.contents[resource_id].values()))
        made = changes(chart, entries_of(chart), (), now)
        carry_out(out, made.operations)
        rows += made.index
    out.mkdir(parents=True, exist_ok=True)
    lines = ("\t".join(row.fields(iso(now))) for row in rows)
    (out / INDEX_FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return rows
