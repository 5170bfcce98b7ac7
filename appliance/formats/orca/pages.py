"""What is kept of a patient rather than of a visit: patientgetv2 and diseasegetv2, one document each, replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from appliance.formats.elements import Element
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.orca.diseases import conditions_of
from appliance.formats.orca.findings import KINDS
from appliance.formats.orca.people import allergies_of, coverages_of, patient_of
from appliance.formats.orca.visits import KIND, Stamp
from appliance.records.administrative import Patient
from appliance.records.document import Document, Record

PAGE: Final = "orca-patient"
DIAGNOSES: Final = "orca-diseases"


def page_key(what: str, patient: str) -> str:
    """The key of a patient's page or diagnoses, before the document is placed at a facility."""
    return document_key(KIND, "", what, "chart", patient)


def patient_page(body: Element, stamp: Stamp, findings: Findings) -> Iterator[Document]:
    """patientgetv2: the patient with insurances, and what the page says of allergies."""
    info = body.child("Patient_Information")
    patient = patient_of(info, findings) if info else None
    if info is None or patient is None:
        return
    own = Findings(KINDS)
    records: tuple[Record, ...] = (*coverages_of(info, stamp.day, own), *allergies_of(info))
    yield _of_patient(PAGE, patient, records, stamp, own)


def diagnoses(body: Element, stamp: Stamp, findings: Findings) -> Iterator[Document]:
    """diseasegetv2: all diagnoses of the patient that the request asked for, one document that replaces the last."""
    info = body.child("Disease_Infores")
    patient = patient_of(info, findings) if info else None
    if patient is None:
        return
    own = Findings(KINDS)
    yield _of_patient(DIAGNOSES, patient, conditions_of(body, own), stamp, own)


def _of_patient(
    what: str, patient: Patient, records: tuple[Record, ...], stamp: Stamp, findings: Findings
) -> Document:
    return Document(
        KIND,
        page_key(what, patient.local_id),
        "",
        patient,
        records,
        stamp.day.isoformat() if stamp.day else "",
        stamp.text,
        findings=findings.all(),
        first_line=1,
        last_line=1,
    )
