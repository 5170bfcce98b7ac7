"""`renkei convert --to fhir`: files to the bundles the box would send, without a store, a hub or a consent.

For each file and patient the identity bundle comes first, then the patient's documents, numbered in the order of sending.
With masters every coding gets its national codes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock, SystemClock, iso
from appliance.codes.counts import MappingCounts
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.bundle import document_payload, identity_payload
from appliance.exchange.fhir.content import Content, Identity, Person
from appliance.files import open_file
from appliance.formats.facility import placed
from appliance.formats.findings import Gathered
from appliance.formats.jahis_join import join_fragments, split_of
from appliance.formats.parse import open_documents
from appliance.limits import DOCUMENT_SENT_MAX_BYTES, PHARMACY_FILE_MAX_BYTES, SOURCE_FILE_MAX_BYTES
from appliance.records.administrative import Coverage, Organization
from appliance.records.document import Document
from appliance.records.finding import Finding, Severity
from appliance.records.identity import identify, patient_id, patient_parts
from appliance.records.readable import Readable, sha256_of


class ConvertError(RenkeiError):
    """A file could not be read, or a bundle not be written."""

    code = "CONVERT-0001"
    audience = Audience.INSTALLER


@dataclass(frozen=True, slots=True)
class ConvertSummary:
    """What became of the files: how many documents and bundles, and what a person should know (no personal data)."""

    files: int
    documents: int
    bundles: int
    findings: tuple[Finding, ...]
    mapped: MappingCounts | None = None
    """What became of the codings, where masters were given."""

    def text(self) -> str:
        lines = [
            f"ファイル {self.files}、文書 {self.documents}、FHIRバンドル {self.bundles}",
            f"files {self.files}, documents {self.documents}, FHIR bundles {self.bundles}",
        ]
        return "\n".join([*lines, *known_of(self.mapped, self.findings)])


def known_of(mapped: MappingCounts | None, findings: Sequence[Finding]) -> list[str]:
    """The end of every summary: how the codes fared, and what a person should know."""
    lines = []
    if mapped is not None:
        total, missed = mapped.total.total(), mapped.unmapped.total()
        lines.append(f"コード {total} 件のうち標準コードのないもの {missed} 件")
        lines.append(f"codes {total}, of them without a national code {missed}")
    return lines + [f"  {one.code} {one.text} / {one.text_en}" for one in findings]


@contextmanager
def told_of_files() -> Iterator[None]:
    """A file that cannot be read or written, as a ConvertError."""
    try:
        yield
    except OSError as error:
        raise ConvertError(
            f"{error.filename} を読み書きできません。",
            f"{error.filename} cannot be read or written ({error.strerror}).",
            hint_ja="場所と権限を確かめてください。",
            hint_en="Check the path and its permissions.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Made:
    """What one file gave."""

    documents: int
    bundles: int
    findings: list[Finding]


Mapping = Callable[[Document], Document]


def convert_files(
    files: Sequence[Path],
    out: Path,
    facility: str | None,
    masters: Path | None = None,
    *,
    clock: Clock | None = None,
) -> ConvertSummary:
    """Write every bundle of the files to `out` as `<first 8 of the file's SHA-256>-<number>.json`.

    With `facility` (10 digits) documents of any other are left out, as the box would, and those that name none are of
    this one. `masters` is a compiled file of masters. Raises ConvertError, and MastersFileError.
    """
    recorded = iso((clock or SystemClock()).now())
    counts = MappingCounts() if masters else None
    with told_of_files(), mapping_with(masters, counts) as mapping:
        out.mkdir(parents=True, exist_ok=True)
        made = []
        for content in contents(files):
            made.append(_convert(content, out, facility, recorded, mapping))  # noqa: PERF401 - read one by one
    return ConvertSummary(
        files=len(files),
        documents=sum(one.documents for one in made),
        bundles=sum(one.bundles for one in made),
        findings=tuple(finding for one in made for finding in one.findings),
        mapped=counts,
    )


@contextmanager
def mapping_with(masters: Path | None, counts: MappingCounts | None) -> Iterator[Mapping]:
    """What is done to each document: nothing without masters."""
    if masters is None or counts is None:
        yield lambda document: document
        return
    with Lookup(masters) as lookup:

        def mapped(document: Document) -> Document:
            found, counted = map_document(document, lookup)
            counts.add(counted)
            return found

        yield mapped


def contents(files: Sequence[Path]) -> Iterator[Readable]:
    """What the files hold, one after the other; parts of one split file are joined and come last, as in the box."""
    parts: dict[tuple[str, int], list[bytes]] = {}
    for file in files:
        if file.stat().st_size > SOURCE_FILE_MAX_BYTES:
            raise ConvertError(f"{file.name} は大きすぎます。", f"{file.name} is too large.")
        with open_file(file) as content:
            split = split_of(content[:]) if len(content) <= PHARMACY_FILE_MAX_BYTES else None
            if split is None:
                yield content
            else:
                parts.setdefault((split.data_id, split.total), []).append(content[:])
    for group in parts.values():
        joined = join_fragments(group).data
        yield from group if joined is None else [joined]


@dataclass(frozen=True, slots=True)
class _Source:
    """The file a document was read from: its SHA-256, and its bytes where it is small enough to be sent along."""

    sha256: str
    data: bytes

    @classmethod
    def of(cls, data: Readable) -> _Source:
        return cls(sha256_of(data).hex(), data[:] if len(data) <= DOCUMENT_SENT_MAX_BYTES else b"")


def _convert(data: Readable, out: Path, facility: str | None, recorded: str, mapping: Mapping) -> _Made:
    """Document by document: what is written goes by the file's digest, so the file is read twice."""
    opened, source = open_documents(data), _Source.of(data)
    findings, told = Gathered(), Gathered()
    introduced: set[str] = set()
    documents = foreign = bundles = 0
    for found in opened:
        document = placed(found, facility) if facility else found
        findings.add_all(document.findings)
        if facility not in (None, document.facility):
            foreign += 1
            continue
        documents += 1
        person = person_of(document)
        if document.tombstone or not document.facility:
            told.add(TOMBSTONE if document.tombstone else NOWHERE)
        elif person is None:
            told.add(unlinked(document))
        else:
            for body in _bodies(mapping(document), person, source, recorded, introduced):
                bundles += 1
                (out / f"{source.sha256[:8]}-{bundles:04}.json").write_bytes(body)
    findings.add_all(opened.about.findings)
    worth = [one for one in findings.all() if one.severity is not Severity.INFO]
    if foreign:
        worth.append(foreign_left_out(foreign))
    return _Made(documents, bundles, [*worth, *told.all()])


def _bodies(
    document: Document, person: Person, source: _Source, recorded: str, introduced: set[str]
) -> Iterator[bytes]:
    if person.resource_id not in introduced:
        introduced.add(person.resource_id)
        institution = document.organization or Organization(document.facility)
        yield identity_payload(Identity(person, institution, recorded)).body
    records = identify(document, person.resource_id)
    content = Content(
        document.key,
        document.kind,
        person,
        document.period,
        records,
        source.sha256,
        recorded,
        source.data,
    )
    yield document_payload(content).body


def bundles_of(document: Document, data: bytes = b"", recorded: str = "") -> list[tuple[str, bytes]]:
    """A document's bundles, the identity first, each with the resource id of its patient; none for an unlinked one.

    `data` is the file it was read from.
    """
    person = person_of(document)
    if person is None:
        return []
    bodies = _bodies(document, person, _Source.of(data), recorded, set())
    return [(person.resource_id, body) for body in bodies]


def person_of(document: Document) -> Person | None:
    """Whose a document is; None for an unlinked one."""
    coverages = tuple(one for one in document.records if isinstance(one, Coverage))
    parts = patient_parts(document.patient, coverages)
    return Person(patient_id(document.facility, parts), document.patient, coverages) if parts else None


TOMBSTONE = Finding(
    "CONVERT-0103",
    Severity.INFO,
    "取り消しの文書です。送られるものはなく、以前に送った内容が取り消されます。",
    "A document that takes another back: nothing of it is sent, what was sent before is removed.",
)
NOWHERE = Finding(
    "CONVERT-0104",
    Severity.WARNING,
    "どの医療機関の文書か書かれていません。--facility で指定してください。",
    "A document names no facility: give one with --facility.",
)


def foreign_left_out(count: int) -> Finding:
    return Finding(
        "CONVERT-0101",
        Severity.WARNING,
        f"他の医療機関の文書 {count} 件を除きました。",
        f"{count} document(s) of another facility were left out.",
    )


def unlinked(document: Document) -> Finding:
    return Finding(
        "CONVERT-0102",
        Severity.WARNING,
        "患者を特定できない文書は送られません（カルテ番号も被保険者番号もありません）。",
        "A document whose patient cannot be told (no chart number, no insured number) is not sent.",
        line=document.first_line,
    )
