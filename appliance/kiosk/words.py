"""The closed lists that other services speak in, as words for screens (msgids of the catalogue)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.kiosk.catalogue import mark
from appliance.records.data_class import DataClass

DATA_CLASSES: Final[Mapping[str, str]] = {
    DataClass.BASIC: mark("Basics"),
    DataClass.INSURANCE: mark("Insurance"),
    DataClass.MEDICATION: mark("Medicines"),
    DataClass.ALLERGY: mark("Allergies"),
    DataClass.DIAGNOSIS: mark("Diagnoses"),
    DataClass.VISIT: mark("Visits"),
    DataClass.PROCEDURE: mark("Procedures and treatment"),
    DataClass.LAB: mark("Tests"),
    DataClass.DEVICE: mark("Materials and devices"),
    DataClass.LETTER: mark("Letters"),
    DataClass.CHECKUP: mark("Check-ups"),
    DataClass.IMAGING: mark("Images"),
}
"""Every data class, in the order of the patient's page."""

CONSENT_STATES: Final[Mapping[str, str]] = {
    "none": mark("No consent yet"),
    "draft": mark("Being explained"),
    "pending": mark("Signed, waiting for staff to confirm"),
    "rejected": mark("Sent back by staff"),
    "active": mark("Consent active"),
    "suspended": mark("Suspended"),
    "superseded": mark("Replaced by a newer one"),
    "withdrawn": mark("Withdrawn"),
    "expired": mark("Expired"),
    "refused": mark("Does not consent"),
    "entered-in-error": mark("Entered in error"),
}

COPY_STATES: Final[Mapping[str, str]] = {
    "owed": mark("Copy not yet handed over"),
    "printed": mark("Copy printed"),
    "handed": mark("Copy handed over"),
    "declined": mark("Copy not wanted"),
}

MODES: Final[Mapping[str, str]] = {
    "blanket": mark("All participating institutions"),
    "list": mark("Chosen institutions"),
    "facility": mark("Institution by institution"),
    "person": mark("Named persons"),
}

ROLES: Final[Mapping[str, str]] = {
    "doctor": mark("Doctor"),
    "dentist": mark("Dentist"),
    "pharmacist": mark("Pharmacist"),
    "nurse": mark("Nurse"),
    "technologist": mark("Technologist"),
    "clerk": mark("Office staff"),
    "administrator": mark("Administrator"),
    "patient": mark("Patient"),
}

SEXES: Final[Mapping[str, str]] = {
    "male": mark("Male"),
    "female": mark("Female"),
    "other": mark("Other"),
    "unknown": mark("Unknown"),
}

GRADES: Final[Mapping[str, str]] = {
    "certain": mark("The same person"),
    "probable": mark("Probably the same person"),
    "possible": mark("Possibly the same person"),
}
"""How sure the network's index is of a person."""

LEVELS: Final[Mapping[str, str]] = {
    "ok": mark("All right"),
    "info": mark("For information"),
    "warning": mark("Needs attention"),
    "error": mark("Needs action now"),
}

EVENTS: Final[Mapping[str, str]] = {
    "patient-shown": mark("Looked at the patient's page"),
    "network-viewed": mark("Looked in the network"),
    "document-opened": mark("Opened a document of the network"),
}
"""What the access history tells of."""

STATUS_LINES: Final[Mapping[str, str]] = {
    "sources": mark("Receipt computer and other sources"),
    "queue": mark("Waiting to be sent"),
    "tunnel": mark("Tunnel to the network"),
    "hub": mark("Network"),
    "box": mark("This box"),
}
