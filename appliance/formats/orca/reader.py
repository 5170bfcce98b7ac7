"""One answer of ORCA, or an envelope of several, to documents; several lines of JSON are a list of push notifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from appliance.formats.elements import CHILD, Element
from appliance.formats.findings import Findings
from appliance.formats.hardened import line_count, read_json, read_xml
from appliance.formats.orca.answers import (
    PUSH_EVENT,
    Answer,
    Content,
    Result,
    answer_of,
    overflows,
    result_of,
)
from appliance.formats.orca.envelope import MARK
from appliance.formats.orca.enveloped import read_envelope
from appliance.formats.orca.findings import KINDS
from appliance.formats.orca.heard import READABLE
from appliance.formats.orca.pages import diagnoses, patient_page
from appliance.formats.orca.people import day_of
from appliance.formats.orca.visits import Stamp, listed_visits, visit_history, visit_with_acts
from appliance.limits import SNIFF_BYTES
from appliance.records.document import Document, Format, Parsed

_BEGINNING = b"\xef\xbb\xbf \r\n\t"
_RESULT_FINDINGS = {
    Result.ERROR: "ORCA-A002",
    Result.NO_PATIENT: "ORCA-A002",
    Result.NOTHING: "ORCA-A003",
    Result.BUSY: "ORCA-A004",
    Result.WARNING: "ORCA-A005",
    Result.PARTIAL: "ORCA-A007",
}


def read_orca(data: bytes, known: Format) -> Parsed:
    """Documents of patientgetv2, visitptlstv2, medicalgetv2 (01, 02) and diseasegetv2; other answers are explained.

    Documents name no facility: `formats.facility.placed` gives them that of their source. `first_line` counts documents,
    as JSON has no lines of its own.
    """
    if data.startswith(MARK):
        return read_envelope(data, known)
    findings = Findings(KINDS)
    lines = line_count(data)
    is_json = data[:SNIFF_BYTES].lstrip(_BEGINNING)[:1] == b"{"
    if is_json and _is_event_list(data):
        return _events(data, known, lines, findings)
    root, encoding = (read_json if is_json else read_xml)(data, findings)
    if root is None:
        return Parsed(known, encoding, lines, (), findings.all())
    answer, body = answer_of(root)
    documents = tuple(_documents(answer, body, findings))
    return Parsed(known, encoding, lines, documents, findings.all(), _counts(answer, body), complete=True)


def _documents(answer: Answer, body: Element | None, findings: Findings) -> Iterator[Document]:
    if body is None or (answer.content is Content.NONE and answer.api == "?"):
        findings.add("ORCA-A006")
        return
    result = result_of(answer, body)
    if result is not Result.DONE:
        code = body.value("Api_Result")
        shown = code if code.isascii() and code.isalnum() else "?"
        findings.add(_RESULT_FINDINGS[result], body.line, "Api_Result", api=answer.api, result=shown)
    if result not in READABLE:
        return
    if result is not Result.PARTIAL and overflows(body):
        findings.add("ORCA-A007", body.line)
    read = _READERS.get(answer.content)
    if read is None:
        code = "ORCA-A009" if answer.content is Content.FORM else "ORCA-A001"
        findings.add(code, body.line, title=answer.title, api=answer.api)
        return
    stamp = Stamp(
        day_of(body.value("Information_Date")),
        f"{body.value('Information_Date')}T{body.value('Information_Time')}",
    )
    yield from read(body, stamp, findings)


_READERS: Mapping[Content, Callable[[Element, Stamp, Findings], Iterator[Document]]] = {
    Content.PATIENT: patient_page,
    Content.DISEASES: diagnoses,
    Content.VISITS: listed_visits,
    Content.HISTORY: visit_history,
    Content.ACTS: visit_with_acts,
}


def _counts(answer: Answer, body: Element | None) -> dict[str, int]:
    """How many entries each of the answer's arrays has."""
    if body is None:
        return {}
    holders = (body, *body.children)
    found = {name: sum(len(_entries(one, name)) for one in holders) for name in answer.arrays}
    return {answer.api: 1, **{name: count for name, count in found.items() if count}}


def _entries(holder: Element, name: str) -> tuple[Element, ...]:
    found = holder.child(name)
    if found is None:
        return ()
    return tuple(one for one in found.children if one.name == name + CHILD and one.children)


def _is_event_list(data: bytes) -> bool:
    return b'"uuid"' in data[:SNIFF_BYTES].lstrip().partition(b"\n")[0]


def _events(data: bytes, known: Format, lines: int, findings: Findings) -> Parsed:
    """PUSH is a hint only: it says that something changed, never what."""
    count = sum(bool(row.strip()) for row in data.splitlines())
    findings.add("ORCA-A008", count=count)
    return Parsed(known, "utf-8", lines, (), findings.all(), {PUSH_EVENT.api: count}, complete=True)
