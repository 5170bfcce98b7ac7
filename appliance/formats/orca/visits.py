"""visitptlstv2 and medicalgetv2: one document a visit.

All three answers speak of the same visit and share its key. A list knows only that it took place: its sequence is lower,
so that it never replaces the acts that were read before. What the box asked for itself (envelope.py) comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.formats.elements import Element
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.orca.acts import act_records
from appliance.formats.orca.findings import KINDS
from appliance.formats.orca.people import coverages_of, day_of, patient_of
from appliance.records.administrative import Patient, Practitioner
from appliance.records.clinical import Encounter, EncounterClass
from appliance.records.coding import CodeSystem, Coding
from appliance.records.document import Document, DocumentKind, Record

KIND = DocumentKind.CLAIM
"""ORCA's records of a visit are what its claim will be made of: the receipt computer's account of one day."""
_LISTED, _WITH_ACTS = "1", "2"


@dataclass(frozen=True, slots=True, order=True)
class Visit:
    """What a visit is known by: 伝票番号 changes when it is entered anew. `number` is without leading zeros."""

    patient: str
    day: date
    department: str
    number: str

    @property
    def key(self) -> str:
        """The key of its document, before the document is placed at a facility."""
        parts = ("chart", self.patient, self.day.isoformat(), self.department, self.number)
        return document_key(KIND, "", "orca-visit", *parts)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an answer was made (Information_Date, Information_Time)."""

    day: date | None
    text: str


def listed_visits(body: Element, stamp: Stamp, findings: Findings) -> Iterator[Document]:
    """visitptlstv2: the visits of all patients on one day."""
    day = day_of(body.value("Visit_Date"))
    for place, entry in enumerate(body.records("Visit_List_Information"), 1):
        info = entry.child("Patient_Information")
        patient = patient_of(info, findings) if info else None
        if patient is not None:
            yield from _listed(entry, patient, day, stamp, place, Findings(KINDS), findings)


def visit_history(body: Element, stamp: Stamp, findings: Findings) -> Iterator[Document]:
    """medicalgetv2 class 01: the visits of one patient."""
    info = body.child("Patient_Information")
    patient = patient_of(info, findings) if info else None
    if patient is None:
        return
    for place, entry in enumerate(body.records("Medical_List_Information"), 1):
        day = day_of(entry.value("Perform_Date"))
        yield from _listed(entry, patient, day, stamp, place, Findings(KINDS), findings)


def visit_with_acts(body: Element, stamp: Stamp, findings: Findings) -> Iterator[Document]:
    """medicalgetv2 class 02: everything done at one visit."""
    info, day = body.child("Patient_Information"), day_of(body.value("Perform_Date"))
    patient = patient_of(info, findings) if info else None
    if patient is None:
        return
    if day is None:
        findings.add("ORCA-R001", body.line, "Perform_Date")
        return
    own = Findings(KINDS)
    records = (_encounter(body, day), *act_records(body, day, own))
    yield _document(body, patient, day, records, f"{_WITH_ACTS}:{stamp.text}", 1, own)


def _listed(
    entry: Element,
    patient: Patient,
    day: date | None,
    stamp: Stamp,
    place: int,
    own: Findings,
    findings: Findings,
) -> Iterator[Document]:
    if day is None:
        findings.add("ORCA-R001", entry.line, "Perform_Date")
        return
    coverages = coverages_of(entry, day, own)
    physician = entry.value("Physician_WholeName")
    practitioners = (Practitioner("", physician, "医師"),) if physician else ()
    records = (*coverages, *practitioners, _encounter(entry, day))
    yield _document(entry, patient, day, records, f"{_LISTED}:{stamp.text}", place, own)


def _encounter(entry: Element, day: date) -> Encounter:
    department = entry.value("Department_Code")
    name = entry.value("Department_Name") or entry.value("Department_WholeName")
    departments = (Coding(CodeSystem.ORCA_DEPARTMENT, department, name),) if department else ()
    return Encounter(EncounterClass.AMBULATORY, day, day, departments=departments)


def _document(
    entry: Element,
    patient: Patient,
    day: date,
    records: Sequence[Record],
    sequence: str,
    place: int,
    findings: Findings,
) -> Document:
    visit = Visit(
        patient.local_id, day, entry.value("Department_Code"), entry.value("Sequential_Number").lstrip("0")
    )
    return Document(
        KIND,
        visit.key,
        "",
        patient,
        tuple(records),
        day.isoformat(),
        sequence,
        findings=findings.all(),
        first_line=place,
        last_line=place,
    )
