"""A document: the natural unit inside an arrival, with its key, its records and its findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.records.administrative import Coverage, Organization, Patient, Practitioner
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    Procedure,
    Specimen,
)
from appliance.records.finding import Finding, Severity

Record = (
    Coverage
    | Organization
    | Practitioner
    | Encounter
    | Condition
    | Procedure
    | MedicationRequest
    | MedicationDispense
    | DeviceUseStatement
    | Observation
    | Specimen
    | AllergyIntolerance
    | Immunization
    | DocumentReference
)
"""Every record type a document may hold beside its Patient."""


class DocumentKind(StrEnum):
    """What a document is, in the words of `renkei inspect`."""

    CLAIM = "claim"
    DISPENSING = "dispensing"
    PRESCRIPTION = "prescription"
    LABORATORY = "laboratory"
    LETTER = "letter"
    CHECKUP = "checkup"
    ATTACHMENT = "attachment"


class Format(StrEnum):
    """What a file is, in the words of `renkei inspect`."""

    UKE_IKA = "uke-ika"
    UKE_DPC = "uke-dpc"
    UKE_SHIKA = "uke-shika"
    UKE_CHOZAI = "uke-chozai"
    UKE_HENREI = "uke-henrei"
    UKE_ROUSAI = "uke-rousai"
    NSIPS = "nsips"
    JAHIS_TC = "jahis-tc"
    JAHIS_RX = "jahis-rx"
    ORCA = "orca"
    HL7_LAB = "hl7-lab"
    ASTM = "astm"
    CDA = "cda"
    KENSHIN = "kenshin"
    PDF = "pdf"
    IMAGE = "image"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Document:
    """One claim, dispensing, prescription, report or letter, whole.

    `key` is the business key (architecture.md, identity) without readable personal data; `sequence` orders versions of
    the same key by the format's own word (a claim's 請求年月, `2020-05`); `set_key` names the set that its file replaces
    as a whole (facility, payer, 請求年月, volume), empty where the format has none. `period` is `YYYY-MM` or a date.
    `first_line`..`last_line` (from 1, inclusive) are its rows in the arrival. `points` and `points_computed` as
    design/cli.md defines them.
    """

    kind: DocumentKind
    key: str
    facility: str
    patient: Patient
    records: tuple[Record, ...]
    period: str
    sequence: str = ""
    set_key: str = ""
    organization: Organization | None = None
    findings: tuple[Finding, ...] = ()
    points: int | None = None
    points_computed: int | None = None
    first_line: int = 0
    last_line: int = 0
    tombstone: bool = False
    """The source says that what has this key no longer holds; it has no records (NSIPS 更新区分 D)."""

    def record_counts(self) -> dict[str, int]:
        """How many records of each type, the patient included."""
        counts: Counter[str] = Counter(type(record).__name__ for record in self.records)
        return {"Patient": 1, **counts}


@dataclass(frozen=True, slots=True)
class Returned:
    """One claim that the payer sent back (返戻, HR row): shown to the staff whose claim it was, never a document.

    `line` is that of its HR row, `period` and `processed` are `YYYY-MM`, `kind` is 返戻区分 in words, `reason` and
    `supplement` are the payer's own words.
    """

    line: int
    receipt_type: str = ""
    period: str = ""
    local_id: str = ""
    name: str = ""
    search_no: str = ""
    processed: str = ""
    kind: str = ""
    reason_code: str = ""
    reason: str = ""
    supplement: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser made of one arrival: documents, the file's own findings, and its rows counted by identifier."""

    format: Format
    encoding: str
    lines: int
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    source_rows: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    """Whether the file says itself that nothing is missing at its end: only then it replaces its set as a whole."""
    returned: tuple[Returned, ...] = ()

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The file's findings and those of its documents, in the order of their lines."""
        found = [*self.findings, *(f for document in self.documents for f in document.findings)]
        return tuple(sorted(found, key=lambda finding: finding.line or 0))

    @property
    def has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.all_findings)
