"""The records of one message to documents: one order (O) with its results is one laboratory report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from appliance.formats.astm.findings import KINDS
from appliance.formats.astm.layout import COMMENT, HEADER, ORDER, PATIENT, RESULT
from appliance.formats.astm.records import Row
from appliance.formats.facility import document_key
from appliance.formats.findings import Findings
from appliance.formats.laboratory import (
    DELETED,
    NOT_RESULTS,
    STATUS,
    Moment,
    coding_of_test,
    read_moment,
    read_number,
    read_range,
)
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import Observation, ObservationCategory, Specimen
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Document, DocumentKind
from appliance.records.identity import patient_parts
from appliance.records.names import person_name

KIND = DocumentKind.LABORATORY
_SEX = {"M": Sex.MALE, "F": Sex.FEMALE}
_NOT_FINAL = "preliminary"


@dataclass(slots=True)
class _Result:
    """A result with the comments that follow it."""

    row: Row
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class _Order:
    """An order of one patient with its results."""

    row: Row
    patient: Row | None
    results: list[_Result] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """A message as its records come: hand it every one, then ask for its documents."""

    header: Row
    findings: Findings
    ended: bool = False
    _patient: Row | None = None
    _orders: list[_Order] = field(default_factory=list)
    _queried: bool = False

    def take(self, row: Row) -> None:
        """One record in its place; types that are not read pass by."""
        match row.letter:
            case "P":
                self._patient = row
            case "O":
                self._orders.append(_Order(row, self._patient))
            case "R":
                self._take_result(row)
            case "C":
                self._take_comment(row)
            case "Q":
                self._queried = True
            case "L":
                self.ended = True

    def _take_result(self, row: Row) -> None:
        if self._orders:
            self._orders[-1].results.append(_Result(row))
        else:
            self.findings.add("ASTM-R004", row.line)

    def _take_comment(self, row: Row) -> None:
        text = row.text(row.raw(COMMENT["text"]))
        if text and self._orders:
            last = self._orders[-1]
            (last.results[-1].notes if last.results else last.notes).append(Note(text))

    def documents(self) -> Iterator[Document]:
        """One document an order that has results."""
        reported = [order for order in self._orders if order.results]
        if not self.ended:
            self.findings.add("ASTM-F002", self.header.line)
        if not reported:
            self.findings.add("ASTM-F005" if self._queried else "ASTM-F003", self.header.line)
        for order in reported:
            yield self._document(order)

    def _document(self, order: _Order) -> Document:
        findings = Findings(KINDS)
        patient = _patient_of(order, findings)
        specimens = _specimens(order.row, findings)
        ordered = _moment(order.row, ORDER["collected"], findings)
        ordered = ordered if ordered.day else _moment(order.row, ORDER["requested"], findings)
        number = specimens[0].number if specimens else ""
        remarks = [_remark(note, ordered) for note in order.notes]
        results = list(_observations(order, ordered, number, findings))
        day = next((one.effective for one in results if one.effective), ordered.day)
        return Document(
            KIND,
            document_key(KIND, "", "astm", *self._key_parts(order, patient, number, ordered, day)),
            "",
            patient,
            (*specimens, *remarks, *results),
            day.isoformat() if day else "",
            order.row.value(ORDER["reported"]) or self.header.value(HEADER["sent"]),
            findings=findings.all(),
            first_line=order.row.line,
            last_line=order.results[-1].row.line,
        )

    def _key_parts(
        self, order: _Order, patient: Patient, number: str, ordered: Moment, day: object
    ) -> tuple[str, ...]:
        """Who, which specimen, which tests were asked for, and the day: analysers count specimens anew every day."""
        on = ordered.day or day
        sender = "^".join(self.header.components(HEADER["sender"])[:2])
        return (*patient_parts(patient, ()), sender, number, order.row.raw(ORDER["test"]), str(on or ""))


def _patient_of(order: _Order, findings: Findings) -> Patient:
    row = order.patient
    if row is None:
        findings.add("ASTM-R003", order.row.line)
        return Patient("", PersonName(""), Sex.UNKNOWN, None)
    local_id = row.value(PATIENT["practice_id"])
    if not local_id:
        findings.add("ASTM-R003", row.line)
    name = "　".join(filter(None, row.components(PATIENT["name"])[:2]))
    birth = _moment(row, PATIENT["birth"], findings)
    sex = _SEX.get(row.value(PATIENT["sex"]).upper(), Sex.UNKNOWN)
    return Patient("", person_name(name), sex, birth.day, local_id)


def _specimens(order: Row, findings: Findings) -> list[Specimen]:
    """Specimens may be repeated, each with the material at the same place of its own field."""
    numbers, materials = order.repeats(ORDER["specimen_id"]), order.repeats(ORDER["material"])
    collected = _moment(order, ORDER["collected"], findings).at
    found = []
    for place in range(max(len(numbers), len(materials))):
        number = order.text(numbers[place].split(order.marks.component)[0]) if place < len(numbers) else ""
        words = materials[place] if place < len(materials) else ""
        material = " ".join(filter(None, (order.text(one) for one in words.split(order.marks.component))))
        codings = (Coding(CodeSystem.LABORATORY_MATERIAL, material),) if material else ()
        if number or material:
            found.append(Specimen(number, Concept(codings, material), collected))
    return found


def _observations(order: _Order, ordered: Moment, specimen: str, findings: Findings) -> Iterator[Observation]:
    left_out = not_final = 0
    for result in order.results:
        state = result.row.value(RESULT["status"]).upper()
        if state in DELETED or state in NOT_RESULTS:
            left_out += 1
            continue
        found = _observation(result, ordered, specimen, findings)
        if found is not None:
            not_final += found.status == _NOT_FINAL
            yield found
    if left_out:
        findings.add("ASTM-R008", order.row.line, count=left_out)
    if not_final:
        findings.add("ASTM-R009", order.row.line, count=not_final)


def _observation(result: _Result, ordered: Moment, specimen: str, findings: Findings) -> Observation | None:
    row = result.row
    concept = _test(row)
    if not concept.codings:
        findings.add("ASTM-R005", row.line)
        return None
    done = _moment(row, RESULT["completed"], findings)
    done = done if done.day else _moment(row, RESULT["started"], findings)
    when = ordered if done.day is None else done
    comparator, value = read_number(_words(row, RESULT["value"]))
    limits = read_range(_words(row, RESULT["range"]))
    return Observation(
        ObservationCategory.LABORATORY,
        concept,
        when.day,
        at=when.at,
        value=value,
        comparator=comparator,
        unit=row.value(RESULT["unit"]),
        interpretation=row.value(RESULT["flag"]),
        range_low=limits.low,
        range_high=limits.high,
        range_text=limits.text,
        method=row.value(RESULT["instrument"]),
        specimen=specimen,
        status=STATUS.get(row.value(RESULT["status"]).upper(), _NOT_FINAL),
        notes=tuple(result.notes),
    )


def _test(row: Row) -> Concept:
    """Universal Test ID `code^name^type^local code`: the local code comes first, as the analyser's own."""
    code, name, system, local = (*row.components(RESULT["test"]), "", "", "", "")[:4]
    codings = (coding_of_test(local, "", name), coding_of_test(code, system, name))
    return Concept(tuple(one for one in codings if one), name)


def _words(row: Row, number: int) -> str:
    """A field's components side by side, as analysers split what belongs together (`<^0.5`)."""
    return " ".join(filter(None, row.components(number)))


def _moment(row: Row, number: int, findings: Findings) -> Moment:
    text = row.value(number)
    moment = read_moment(text)
    if text and moment.day is None:
        findings.add("ASTM-R006", row.line)
    return moment


def _remark(note: Note, when: Moment) -> Observation:
    return Observation(ObservationCategory.LABORATORY, Concept(), when.day, text=note.text, at=when.at)
