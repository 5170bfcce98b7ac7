"""Whose a document is: of formats that name no facility the source's settings say it; a patient brings others' along."""

from __future__ import annotations

from dataclasses import replace

from appliance.records.administrative import Organization, Practitioner
from appliance.records.document import Document, DocumentKind, Record
from appliance.records.identity import digest

NO_FACILITY = "-"
"""Stands for the facility in the key of a document whose format does not name it."""


def document_key(kind: DocumentKind, facility: str, what: str, *parts: str) -> str:
    """The business key `kind:facility:what:digest`; `parts` may hold personal values, they are digested."""
    return f"{kind.value}:{facility or NO_FACILITY}:{what}:{digest(*parts)}"


def placed(document: Document, facility: str) -> Document:
    """The document as one of `facility` (10 digits, from the source's settings) if its format named none."""
    if document.facility:
        return document
    kind, _, rest = document.key.split(":", 2)
    organization = document.organization
    if organization is not None and not organization.number:
        organization = replace(organization, number=facility)
    return replace(
        document,
        key=f"{kind}:{facility}:{rest}",
        facility=facility,
        patient=replace(document.patient, facility=facility),
        records=tuple(_placed_record(record, facility) for record in document.records),
        organization=organization,
    )


def adopted(document: Document, facility: str) -> Document:
    """Another institution's document that the patient brought to `facility` (10 digits), which provides it from then on.

    The issuer stays as its Organization. The issuer's chart number says nothing here: the patient is found by insurance.
    """
    kind, rest = document.key.split(":", 1)
    return replace(
        document,
        key=f"{kind}:{facility}:brought:{rest}",
        set_key="",
        facility=facility,
        patient=replace(document.patient, facility=facility, local_id=""),
    )


def _placed_record(record: Record, facility: str) -> Record:
    if isinstance(record, Practitioner) and not record.facility:
        return replace(record, facility=facility)
    if isinstance(record, Organization) and not record.number:
        return replace(record, number=facility)
    return record
