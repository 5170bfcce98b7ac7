"""An envelope to documents: the patient's page, the diagnoses, the visit; or the tombstones of what is no more.

Each has its own key, so that the page and the diagnoses of a patient stand once, however many visits there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.formats.hardened import line_count
from appliance.formats.orca.answers import Content, Result
from appliance.formats.orca.envelope import Envelope, Statement, unpack
from appliance.formats.orca.findings import KINDS
from appliance.formats.orca.heard import Heard, hear
from appliance.formats.orca.pages import DIAGNOSES, PAGE, diagnoses, page_key, patient_page
from appliance.formats.orca.people import day_of
from appliance.formats.orca.visits import KIND, Stamp, visit_with_acts
from appliance.records.administrative import Patient, Practitioner, Sex
from appliance.records.document import Document, Format, Parsed
from appliance.records.names import person_name

_Reader = Callable[[Element, Stamp, Findings], Iterator[Document]]
_PARTS: Final[dict[Statement, tuple[tuple[Content, _Reader], ...]]] = {
    Statement.VISIT: (
        (Content.PATIENT, patient_page),
        (Content.DISEASES, diagnoses),
        (Content.ACTS, visit_with_acts),
    ),
    Statement.PATIENT: ((Content.PATIENT, patient_page), (Content.DISEASES, diagnoses)),
}


def read_envelope(data: bytes, known: Format) -> Parsed:
    """Every document of an envelope; a damaged one is kept and explained."""
    findings = Findings(KINDS)
    envelope = unpack(data)
    documents: tuple[Document, ...] = ()
    counts: dict[str, int] = {}
    if envelope is None:
        findings.add("ORCA-E001")
    else:
        answers = [heard for answer in envelope.answers if (heard := hear(answer, findings))]
        counts = {heard.answer.api: 1 for heard in answers}
        made = (*_told(envelope, answers, findings), *_taken_back(envelope))
        documents = tuple(_numbered(one, envelope, line) for line, one in enumerate(made, 1))
    lines = line_count(data)
    return Parsed(known, "utf-8", lines, documents, findings.all(), counts, complete=envelope is not None)


def _told(envelope: Envelope, answers: list[Heard], findings: Findings) -> Iterator[Document]:
    for content, read in _PARTS.get(envelope.statement, ()):
        heard = next((one for one in answers if one.answer.content is content), None)
        if heard is None:
            findings.add("ORCA-E002", api=content.value)
        elif content is Content.DISEASES and heard.result is Result.NOTHING:
            yield _tombstone(envelope.patient, page_key(DIAGNOSES, envelope.patient))
        elif not heard.readable:
            findings.add("ORCA-A002", api=heard.answer.api, result=heard.shown_code)
        else:
            yield from _read(envelope, heard, read, findings)


def _read(envelope: Envelope, heard: Heard, read: _Reader, findings: Findings) -> Iterator[Document]:
    if heard.result is Result.PARTIAL:
        findings.add("ORCA-A007")
    stamp = Stamp(day_of(envelope.moment[:10]), envelope.moment)
    for document in read(heard.body, stamp, findings):
        expected = {page_key(PAGE, envelope.patient), page_key(DIAGNOSES, envelope.patient)}
        expected.update(visit.key for visit in envelope.visits)
        if document.key not in expected:
            findings.add("ORCA-E003", api=heard.answer.api)
        elif heard.answer.content is Content.ACTS and envelope.physician:
            physician = Practitioner("", envelope.physician, "医師")
            yield replace(document, records=(physician, *document.records))
        else:
            yield document


def _taken_back(envelope: Envelope) -> Iterator[Document]:
    if envelope.statement in (Statement.DELETED, Statement.WITHHELD):
        for visit in envelope.visits:
            yield replace(_tombstone(envelope.patient, visit.key), period=visit.day.isoformat())
    if envelope.statement is Statement.WITHHELD:
        for what in (PAGE, DIAGNOSES):
            yield _tombstone(envelope.patient, page_key(what, envelope.patient))


def _tombstone(patient: str, key: str) -> Document:
    nobody = Patient("", person_name("", ""), Sex.UNKNOWN, None, patient)
    return Document(KIND, key, "", nobody, (), "", tombstone=True)


def _numbered(document: Document, envelope: Envelope, line: int) -> Document:
    period = document.period or envelope.moment[:10]
    return replace(document, sequence=envelope.sequence, period=period, first_line=line, last_line=line)
