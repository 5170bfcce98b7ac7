"""`renkei convert --to fhir`: files to the bundles the box would send, without a store, a hub or a consent.

For each file and patient the identity bundle comes first, then the patient's documents, numbered in the order of sending.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock, SystemClock, iso
from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.bundle import document_payload, identity_payload
from appliance.exchange.fhir.content import Content, Identity, Person
from appliance.formats.parse import parse
from appliance.limits import SOURCE_FILE_MAX_BYTES
from appliance.records.administrative import Coverage, Organization
from appliance.records.document import Document
from appliance.records.finding import Finding, Severity
from appliance.records.identity import identify, patient_id, patient_parts


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

    def text(self) -> str:
        lines = [
            f"ファイル {self.files}、文書 {self.documents}、FHIRバンドル {self.bundles}",
            f"files {self.files}, documents {self.documents}, FHIR bundles {self.bundles}",
        ]
        lines += [f"  {one.code} {one.text} / {one.text_en}" for one in self.findings]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Made:
    """What one file gave."""

    documents: int
    bundles: int
    findings: list[Finding]


def convert_files(
    files: Sequence[Path], out: Path, facility: str | None, clock: Clock | None = None
) -> ConvertSummary:
    """Write every bundle of the files to `out` as `<first 8 of the file's SHA-256>-<number>.json`.

    With `facility` (10 digits) documents of any other are left out, as the box would. Raises ConvertError.
    """
    recorded = iso((clock or SystemClock()).now())
    try:
        out.mkdir(parents=True, exist_ok=True)
        made = [_convert(file.read_bytes(), out, facility, recorded) for file in _readable(files)]
    except OSError as error:
        raise ConvertError(
            f"{error.filename} を読み書きできません。",
            f"{error.filename} cannot be read or written ({error.strerror}).",
            hint_ja="場所と権限を確かめてください。",
            hint_en="Check the path and its permissions.",
        ) from error
    return ConvertSummary(
        files=len(files),
        documents=sum(one.documents for one in made),
        bundles=sum(one.bundles for one in made),
        findings=tuple(finding for one in made for finding in one.findings),
    )


def _readable(files: Sequence[Path]) -> Iterator[Path]:
    for file in files:
        if file.stat().st_size > SOURCE_FILE_MAX_BYTES:
            raise ConvertError(f"{file.name} は大きすぎます。", f"{file.name} is too large.")
        yield file


def _convert(data: bytes, out: Path, facility: str | None, recorded: str) -> _Made:
    parsed = parse(data)
    sha256 = hashlib.sha256(data).hexdigest()
    findings = [one for one in parsed.all_findings if one.severity is not Severity.INFO]
    own = [one for one in parsed.documents if facility in (None, one.facility)]
    if len(own) < len(parsed.documents):
        findings.append(_foreign(len(parsed.documents) - len(own)))
    introduced: set[str] = set()
    bundles = 0
    for document in own:
        person = _person(document)
        if person is None:
            findings.append(_unlinked(document))
            continue
        for body in _bodies(document, person, sha256, recorded, introduced):
            bundles += 1
            (out / f"{sha256[:8]}-{bundles:04}.json").write_bytes(body)
    return _Made(len(own), bundles, findings)


def _bodies(
    document: Document, person: Person, sha256: str, recorded: str, introduced: set[str]
) -> Iterator[bytes]:
    if person.resource_id not in introduced:
        introduced.add(person.resource_id)
        institution = document.organization or Organization(document.facility)
        yield identity_payload(Identity(person, institution, recorded)).body
    records = identify(document, person.resource_id)
    content = Content(document.key, document.kind, person, document.period, records, sha256, recorded)
    yield document_payload(content).body


def bundles_of(document: Document, arrival_sha256: str = "", recorded: str = "") -> list[tuple[str, bytes]]:
    """A document's bundles, the identity first, each with the resource id of its patient; none for an unlinked one."""
    person = _person(document)
    if person is None:
        return []
    return [(person.resource_id, body) for body in _bodies(document, person, arrival_sha256, recorded, set())]


def _person(document: Document) -> Person | None:
    coverages = tuple(one for one in document.records if isinstance(one, Coverage))
    parts = patient_parts(document.patient, coverages)
    return Person(patient_id(document.facility, parts), document.patient, coverages) if parts else None


def _foreign(count: int) -> Finding:
    return Finding(
        "CONVERT-0101",
        Severity.WARNING,
        f"他の医療機関の文書 {count} 件を除きました。",
        f"{count} document(s) of another facility were left out.",
    )


def _unlinked(document: Document) -> Finding:
    return Finding(
        "CONVERT-0102",
        Severity.WARNING,
        "患者を特定できない文書は送られません（カルテ番号も被保険者番号もありません）。",
        "A document whose patient cannot be told (no chart number, no insured number) is not sent.",
        line=document.first_line,
    )
