"""The segments of one message to reports: requests (OBR) of one order number are one document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.hl7_lab.findings import KINDS
from appliance.formats.hl7_lab.layout import MSH, NTE, OBR, OBX, ORC, SPM
from appliance.formats.hl7_lab.results import (
    moment_of,
    observation_of,
    patient_of,
    specimen_of,
    specimen_of_request,
)
from appliance.formats.hl7_lab.segments import Segment
from appliance.formats.laboratory import DELETED, NOT_RESULTS, Moment, read_moment
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import Observation, ObservationCategory, Specimen
from appliance.records.coding import Concept
from appliance.records.document import Document, DocumentKind, Record
from appliance.records.identity import patient_parts

SPECIMEN_FIRST = "OUL"
"""In OUL messages SPM precedes its requests and ORC follows OBR; in ORU both are the other way round."""
RESULT_MESSAGES = frozenset({"ORU", SPECIMEN_FIRST})
_NOT_FINAL = frozenset({"preliminary", "registered"})
KIND = DocumentKind.LABORATORY
_TYPE = re.compile(r"[A-Z0-9]{3}(?:\^[A-Z0-9_]{1,10}){0,2}")
"""What a message type looks like; anything else in its place is not shown."""


@dataclass(slots=True)
class _Result:
    """An OBX row with the comments that follow it."""

    segment: Segment
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Request:
    """An OBR row with its common order, its specimen and what follows it."""

    segment: Segment
    order: Segment | None = None
    specimen: Segment | None = None
    results: list[_Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """A message as its rows come: hand it every segment, then ask for its documents."""

    header: Segment
    findings: Findings
    _patient: Segment | None = None
    _requests: list[_Request] = field(default_factory=list)
    _order: Segment | None = None
    _specimen: Segment | None = None
    _last_line: int = 0

    @property
    def type(self) -> str:
        return self.header.component(MSH["type"])

    def take(self, row: Segment) -> None:
        """One segment in its place; kinds that are not read pass by."""
        self._last_line = row.line
        match row.name:
            case "PID":
                self._patient = row
            case "ORC":
                self._take_order(row)
            case "SPM":
                self._take_specimen(row)
            case "OBR":
                self._requests.append(_Request(row, self._order, self._specimen))
                self._order = None
            case "OBX":
                self._take_result(row)
            case "NTE":
                self._take_note(row)

    def _take_order(self, row: Segment) -> None:
        if self.type == SPECIMEN_FIRST and self._requests and self._requests[-1].order is None:
            self._requests[-1].order = row
        else:
            self._order = row

    def _take_specimen(self, row: Segment) -> None:
        if self.type == SPECIMEN_FIRST:
            self._specimen = row
        elif self._requests and self._requests[-1].specimen is None:
            self._requests[-1].specimen = row

    def _take_result(self, row: Segment) -> None:
        if self._requests:
            self._requests[-1].results.append(_Result(row))
        else:
            self.findings.add("LAB-S003", row.line)

    def _take_note(self, row: Segment) -> None:
        text = row.lines(NTE["comment"])
        if text and self._requests:
            last = self._requests[-1]
            (last.results[-1].notes if last.results else last.notes).append(text)

    def documents(self) -> Iterator[Document]:
        """One document a report, in the order of the first request of each."""
        if self.type not in RESULT_MESSAGES:
            named = _TYPE.fullmatch(self.header.raw(MSH["type"]))
            shown = named[0] if named else "?"
            self.findings.add("LAB-M001", self.header.line, MSH.ja("type"), type=shown)
            return
        if not any(request.results for request in self._requests):
            self.findings.add("LAB-M002", self.header.line)
            return
        patient = self._read_patient()
        for requests in self._by_order():
            yield self._document(patient, requests)

    def _read_patient(self) -> Patient:
        if self._patient is not None:
            return patient_of(self._patient, self.findings)
        self.findings.add("LAB-M005", self.header.line)
        return Patient("", PersonName(""), Sex.UNKNOWN, None)

    def _by_order(self) -> Iterable[list[_Request]]:
        orders: dict[str, list[_Request]] = {}
        for request in self._requests:
            orders.setdefault(_order_number(request), []).append(request)
        return orders.values()

    def _document(self, patient: Patient, requests: list[_Request]) -> Document:
        findings = Findings(KINDS)
        report = _Report(findings)
        for request in requests:
            report.add(request)
        first = requests[0].segment
        day = report.when.day or read_moment(self.header.component(MSH["sent"])).day
        number = _order_number(requests[0])
        service = "" if number else first.component(OBR["service"])
        parts = (
            *patient_parts(patient, ()),
            number,
            service,
            report.when.day.isoformat() if report.when.day else "",
        )
        report.tell(first.line)
        return Document(
            KIND,
            document_key(KIND, "", "hl7", *parts),
            "",
            patient,
            tuple(report.records()),
            day.isoformat() if day else "",
            self._sequence(requests),
            findings=findings.all(),
            first_line=first.line,
            last_line=max(first.line, *(_last_line(request) for request in requests)),
        )

    def _sequence(self, requests: list[_Request]) -> str:
        """When the laboratory reported, else when the message was sent: a later one is the newer version."""
        reported = max(request.segment.component(OBR["reported"]) for request in requests)
        return _digits(reported) or _digits(self.header.component(MSH["sent"]))


@dataclass(slots=True)
class _Report:
    """What the requests of one order add up to."""

    findings: Findings
    when: Moment = field(default_factory=Moment)
    specimens: dict[str, Specimen] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    deleted: int = 0
    pending: int = 0

    def add(self, request: _Request) -> None:
        when = moment_of(request.segment, OBR["collected"], self.findings, OBR.ja("collected"))
        if request.specimen is not None and when.day is None:
            when = moment_of(request.specimen, SPM["collected"], self.findings, SPM.ja("collected"))
        self.when = self.when if self.when.day else when
        specimen = self._specimen(request, when)
        number = specimen.number if specimen else ""
        for note in request.notes:
            self.observations.append(_remark(note, when))
        for result in request.results:
            self._add_result(result, when, number)

    def _specimen(self, request: _Request, when: Moment) -> Specimen | None:
        if request.specimen is not None:
            found: Specimen | None = specimen_of(request.specimen, self.findings)
        else:
            found = specimen_of_request(request.segment, when)
        if found is not None:
            self.specimens.setdefault(found.number, found)
        return found

    def _add_result(self, result: _Result, when: Moment, specimen: str) -> None:
        state = result.segment.component(OBX["status"]).upper()
        self.deleted += state in DELETED
        self.pending += state in NOT_RESULTS
        found = observation_of(result.segment, state, when, specimen, result.notes, self.findings)
        if found is not None:
            self.observations.append(found)

    def records(self) -> Iterator[Record]:
        yield from self.specimens.values()
        yield from self.observations

    def tell(self, line: int) -> None:
        """Findings about the report as a whole."""
        if self.deleted:
            self.findings.add("LAB-R004", line, count=self.deleted)
        not_final = sum(one.status in _NOT_FINAL for one in self.observations)
        if not_final:
            self.findings.add("LAB-R005", line, count=not_final)
        if self.pending:
            self.findings.add("LAB-R007", line, count=self.pending)


def _remark(text: str, when: Moment) -> Observation:
    """A comment on the whole request, in words."""
    return Observation(ObservationCategory.LABORATORY, Concept(), when.day, text=text, at=when.at)


def _order_number(request: _Request) -> str:
    """The requester's number for the order, else the laboratory's; empty where neither is sent."""
    placers = [(request.segment, OBR["placer"])]
    fillers = [(request.segment, OBR["filler"])]
    if request.order is not None:
        placers.append((request.order, ORC["placer"]))
        fillers.append((request.order, ORC["filler"]))
    return next(filter(None, (row.component(place) for row, place in (*placers, *fillers))), "")


def _last_line(request: _Request) -> int:
    return max((result.segment.line for result in request.results), default=request.segment.line)


def _digits(text: str) -> str:
    digits = text[:14]
    return digits if digits.isascii() and digits.isdecimal() else ""
