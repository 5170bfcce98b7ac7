"""A notebook to documents: each block of record 5 one dispensing; what the patient entered goes with the first of them.

A part of a split file is read as far as it is whole; `formats.jahis_join` puts the parts together first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.jahis_tc.blocks import DRUG_ROWS, Block, Notebook, arrange
from appliance.formats.jahis_tc.drugs import drug_records
from appliance.formats.jahis_tc.findings import KINDS
from appliance.formats.jahis_tc.personal import personal_records
from appliance.formats.jahis_tc.tables import (
    DRUG_CODES,
    FIRST_VERSION,
    FROM_FACILITY,
    FROM_PATIENT,
    LAST_VERSION,
    NO_CODE,
    PHARMACY,
)
from appliance.formats.tagged import REQUIRED, REQUIRED_FROM_FACILITY, Row, Tagged, layouts, read_tagged
from appliance.formats.tagged_values import SEXES, date_at, facility_of, ordinal, statement
from appliance.records.administrative import Organization, Patient, Practitioner, Sex
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.document import Document, DocumentKind, Format, Parsed, Record
from appliance.records.finding import Finding
from appliance.records.identity import digest, dispensing_key
from appliance.records.names import person_name, to_katakana

_LAYOUTS = layouts(__package__ or "")
_OFTEN_LEFT_OUT = frozenset({"author"})
"""Required items whose absence says nothing: version 01 senders omit them throughout."""


def read_notebook(data: bytes) -> Parsed:
    """Every dispensing of a notebook file that is whole."""
    findings = Findings(KINDS)
    tagged = read_tagged(data, _LAYOUTS, findings)
    book = arrange(tagged.sound, findings)
    documents: list[Document] = []
    refusals: list[Finding] = []
    if not tagged.refused:
        _tell_file(book, findings)
        patient = _patient(book, findings)
        if patient is not None:
            documents, refusals = _documents(book, patient, tagged)
    found = (*findings.all(), *refusals)
    whole = bool(documents) and not refusals and not tagged.open_end and _parts(book) <= 1
    return Parsed(
        Format.JAHIS_TC, tagged.encoding, tagged.lines, tuple(documents), found, tagged.counts, whole
    )


def _documents(book: Notebook, patient: Patient, tagged: Tagged) -> tuple[list[Document], list[Finding]]:
    documents: list[Document] = []
    refusals: list[Finding] = []
    parts, part = _parts(book), _part(book)
    for block in book.blocks:
        own = Findings(KINDS)
        if block.goes_on and part < parts:
            own.add("JAHISTC-D004", block.opening.line)
            document = None
        else:
            cut = block.last_row is tagged.rows[-1] and (tagged.stump or _cut_off(block.last_row, tagged))
            document = _document(block, book.output, patient, own, cut=cut)
        if document is None:
            refusals.extend(own.all())
        else:
            documents.append(document)
    own = Findings(KINDS)
    for row in book.personal:
        _tell_missing(row, book.output, own)
    personal = tuple(personal_records(book, own))
    if personal and documents:
        first = documents[0]
        documents[0] = replace(
            first, records=(*first.records, *personal), findings=(*first.findings, *own.all())
        )
    elif personal and not book.blocks:
        documents.append(_without_dispensing(book, patient, personal, own))
    elif not book.blocks:
        own.add("JAHISTC-F008")
        refusals.extend(own.all())
    return documents, refusals


def _tell_file(book: Notebook, findings: Findings) -> None:
    version = book.version
    number = ordinal(version)
    known = number is not None and FIRST_VERSION <= number <= LAST_VERSION
    if not known:
        findings.add("JAHISTC-F006", 1, version="?" if number is None else version)
    if book.output not in (FROM_FACILITY, FROM_PATIENT):
        findings.add("JAHISTC-F005", 1)
    if _parts(book) > 1 and book.split is not None:
        findings.add("JAHISTC-F003", book.split.line, part=_part(book), total=_parts(book))
    if book.stray:
        findings.add("JAHISTC-F004", book.stray[0].line)
    if known:
        _tell_newer(book, version.zfill(2), findings)


def _tell_newer(book: Notebook, version: str, findings: Findings) -> None:
    told: set[str] = set()
    for row in (*book.personal, *(row for block in book.blocks for row in block.rows)):
        newer = (item for item in row.layout.newer if item.since > version and row[item.name])
        if row.row_id not in told and next(newer, None):
            told.add(row.row_id)
            findings.add("JAHISTC-F007", row.line, row_id=row.row_id)


def _split_number(book: Notebook, name: str) -> int:
    return (ordinal(book.split[name]) if book.split else None) or 1


def _parts(book: Notebook) -> int:
    return _split_number(book, "total")


def _part(book: Notebook) -> int:
    return _split_number(book, "part")


def _patient(book: Notebook, findings: Findings) -> Patient | None:
    """Whose notebook it is; None, with the reason noted, when that cannot be told. A notebook has no chart number."""
    row = book.patient
    if row is None:
        findings.add("JAHISTC-F001", 1)
        return None
    _tell_missing(row, book.output, findings)
    sex, birth = SEXES.get(row["sex"]), date_at(row, "birth_date", findings)
    if sex is None and birth is None:
        findings.add("JAHISTC-F002", row.line, row.ja("birth_date"))
        return None
    name = person_name(row["name"], to_katakana(row["kana"]))
    return Patient(
        "",
        name,
        sex or Sex.UNKNOWN,
        birth,
        address=row["address"],
        postal_code=row["postal_code"],
        phone=row["phone"],
    )


def _tell_missing(row: Row, output: str, findings: Findings) -> None:
    wanted = REQUIRED + REQUIRED_FROM_FACILITY if output == FROM_FACILITY else REQUIRED
    for name in row.missing(wanted):
        if name not in _OFTEN_LEFT_OUT:
            findings.add("JAHISTC-R001", row.line, row.ja(name))


def _document(
    block: Block, output: str, patient: Patient, findings: Findings, *, cut: bool
) -> Document | None:
    """One dispensing; None, with the reason noted, when it cannot be taken."""
    for row in block.rows:
        _tell_missing(row, output, findings)
    dispensed = date_at(block.opening, "dispensed", findings)
    if dispensed is None:
        findings.add("JAHISTC-D001", block.opening.line, block.opening.ja("dispensed"))
    sound = _sound(block, findings, cut=cut)
    if dispensed is None or not sound:
        return None
    place = _institution(block.facility)
    if not place.number:
        findings.add("JAHISTC-D005", (block.facility or block.opening).line)
    dispensed_at_pharmacy = bool(block.facility) and _fee_table(block) == PHARMACY
    if block.facility and dispensed_at_pharmacy != (block.prescribed_at is not None):
        findings.add("JAHISTC-D008", block.facility.line, block.facility.ja("fee_table"))
    source = _institution(block.prescribed_at) if block.prescribed_at else place
    patient = replace(patient, facility=place.number)
    drugs = tuple(drug_records(block, dispensed, source.number or source.name, findings))
    period = dispensed.isoformat()
    doctors = "|".join(row["name"] for row in block.doctors) or source.number or source.name
    return Document(
        kind=DocumentKind.DISPENSING,
        key=dispensing_key(place.number, "", period, patient, doctors, _drug_set(block)),
        facility=place.number,
        patient=patient,
        records=(*_people(block, place, source), *drugs, *_remarks(block, dispensed, findings)),
        period=period,
        organization=place if place.number else None,
        findings=findings.all(),
        first_line=block.opening.line,
        last_line=block.last_line,
    )


def _fee_table(block: Block) -> str:
    return block.facility["fee_table"] if block.facility else ""


def _sound(block: Block, findings: Findings, *, cut: bool) -> bool:
    """Whether every drug can be told; a dispensing with a drug that nobody can tell is no record to rely on."""
    sound = True
    for row in (drug.row for rp in block.rps.values() for drug in rp.drugs):
        if not row["name"]:
            findings.add("JAHISTC-D003", row.line, row.ja("name"))
            sound = False
        if row["code_kind"] in DRUG_CODES and row["code_kind"] != NO_CODE and not row["code"]:
            findings.add("JAHISTC-D002", row.line, row.ja("code"))
            sound = False
    if cut:
        findings.add("JAHISTC-D010", block.last_line)
        sound = False
    return sound


def _cut_off(last: Row, tagged: Tagged) -> bool:
    """Whether a file that ends with this row shows that something is missing: a drug's usage, or required items."""
    missing = any(name not in _OFTEN_LEFT_OUT for name in last.missing(REQUIRED + REQUIRED_FROM_FACILITY))
    return last.row_id in DRUG_ROWS or (tagged.open_end and missing)


def _institution(row: Row | None) -> Organization:
    if row is None:
        return Organization("")
    number = facility_of(row["prefecture"], row["fee_table"], row["code"])
    phone = row["phone"] if "phone" in row.layout.items else ""
    return Organization(number, row["name"], phone)


def _people(block: Block, place: Organization, source: Organization) -> Iterator[Organization | Practitioner]:
    """The prescribing institution and the professionals, as far as their facility is known."""
    if block.prescribed_at is not None and source.number:
        yield source
    if source.number:
        yield from (
            Practitioner(source.number, row["name"], "prescriber") for row in block.doctors if row["name"]
        )
    if place.number:
        role = "pharmacist" if _fee_table(block) == PHARMACY else ""
        yield from (Practitioner(place.number, row["name"], role) for row in block.staff if row["name"])


def _remarks(block: Block, dispensed: date, findings: Findings) -> Iterator[Observation]:
    for row in block.doctors:
        if row["department"]:
            concept = statement("tc-55-2", row.ja("department"))
            yield Observation(ObservationCategory.NARRATIVE, concept, dispensed, row["department"])
    for row in block.remarks:
        if row["text"]:
            kind = f"-{row['kind']}" if row.row_id == "411" and row["kind"] else ""
            concept = statement(f"tc-{row.row_id}{kind}", row.layout.title)
            entered = date_at(row, "entered", findings) if row.row_id == "601" else None
            yield Observation(ObservationCategory.NARRATIVE, concept, entered or dispensed, row["text"])


def _drug_set(block: Block) -> Iterator[tuple[str, ...]]:
    for rp in block.rps.values():
        for drug in rp.drugs:
            yield rp.number, drug.row["code"], drug.row["name"], drug.row["amount"]


def _without_dispensing(
    book: Notebook, patient: Patient, records: tuple[Record, ...], findings: Findings
) -> Document:
    """A notebook in which nothing was dispensed yet: what the patient entered, as a document of its own."""
    entered = [row["entered"] for row in book.personal if row.row_id == "4"]
    who = digest(patient.name.text, str(patient.birth_date), patient.sex.value)
    lines = [row.line for row in (book.patient, *book.personal, book.pharmacist) if row]
    return Document(
        kind=DocumentKind.ATTACHMENT,
        key=f"notebook::{who}",
        facility="",
        patient=patient,
        records=records,
        period="",
        sequence=max(entered, default=""),
        findings=findings.all(),
        first_line=min(lines),
        last_line=max(lines),
    )
