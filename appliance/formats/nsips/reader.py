"""An NSIPS file to documents: one dispensing for each prescription; A new, U the whole again, D a tombstone.

Tolerated: a missing header, record 2 before 1, items more or fewer than the layout, several prescriptions in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.nsips.drugs import Issue, Rp, drug_records
from appliance.formats.nsips.findings import KINDS
from appliance.formats.nsips.people import clinic_of, patient_of, people_of, pharmacy_of, remarks_of
from appliance.formats.nsips.tables import DELETED, NEW, UPDATED
from appliance.formats.tagged import Row, layouts, read_tagged
from appliance.formats.tagged_values import date_at, ordinal
from appliance.records.administrative import Organization
from appliance.records.document import Document, DocumentKind, Format, Parsed, Record
from appliance.records.finding import Finding
from appliance.records.identity import dispensing_key

_LAYOUTS = layouts(__package__ or "")
_CARE_ROWS = frozenset({"1", "2", "3", "4"})
_SENT_AT = re.compile(r"[0-9]{14}", re.ASCII)
_FORMER_FILE = re.compile(r"[AUD].{15}([0-9]{5})(?:\.\w+)?", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class _Prescription:
    """The rows of one prescription; `head` is the VER row in force."""

    head: Row | None
    first_line: int
    last_line: int
    patient: Row | None = None
    order: Row | None = None
    rps: list[Rp] = field(default_factory=list)
    last_row: str = ""


def read_nsips(data: bytes, facility: str = "") -> Parsed:
    """Every prescription of a file; `facility` is the pharmacy's 10-digit number where the file does not say it."""
    findings = Findings(KINDS)
    tagged = read_tagged(data, _LAYOUTS, findings)
    groups = list(_group(tagged.sound, findings))
    documents: list[Document] = []
    refusals: list[Finding] = []
    for group in groups:
        own = Findings(KINDS)
        cut = tagged.open_end and group is groups[-1] and (tagged.stump or group.last_row in _CARE_ROWS)
        document = _document(group, facility, own, cut=cut)
        if document is None:
            refusals.extend(own.all())
        else:
            documents.append(document)
    if not any(group.order for group in groups) and not tagged.refused:
        findings.add("NSIPS-F001")
    found = (*findings.all(), *refusals)
    whole = bool(documents) and not refusals and not tagged.open_end
    return Parsed(Format.NSIPS, tagged.encoding, tagged.lines, tuple(documents), found, tagged.counts, whole)


def _group(rows: Sequence[Row], findings: Findings) -> Iterator[_Prescription]:
    """Cut the rows into prescriptions: at a header, and at a second record 1 or 2."""
    head: Row | None = None
    group: _Prescription | None = None
    for row in rows:
        if row.row_id == "VER" or _begins_another(group, row):
            if group is not None and group.last_row != "VER":
                yield group
            head = row if row.row_id == "VER" else head
            group = None
        if group is None:
            group = _Prescription(head, row.line, row.line)
        _add(group, row, findings)
    if group is not None and group.last_row != "VER":
        yield group


def _begins_another(group: _Prescription | None, row: Row) -> bool:
    if group is None:
        return False
    return bool((row.row_id == "1" and group.patient) or (row.row_id == "2" and group.order))


def _add(group: _Prescription, row: Row, findings: Findings) -> None:
    group.last_line, group.last_row = row.line, row.row_id
    if row.row_id == "1":
        group.patient = row
    elif row.row_id == "2":
        group.order = row
    elif row.row_id == "3":
        group.rps.append(Rp(row))
    elif row.row_id == "4":
        if not group.rps:
            findings.add("NSIPS-D008", row.line)
            group.rps.append(Rp(None))
        group.rps[-1].drugs.append(row)


def _document(group: _Prescription, facility: str, findings: Findings, *, cut: bool) -> Document | None:
    """One prescription; None, with the reason noted, when it cannot be taken."""
    order = group.order
    if order is None:
        findings.add("NSIPS-D001", group.first_line)
        return None
    update = _update(order, findings)
    deleted = update == DELETED
    dates = _Dates.of(order, findings)
    if not deleted and not _whole(group, dates, findings, cut=cut):
        return None
    pharmacy = pharmacy_of(group.head, facility)
    if not pharmacy.number:
        findings.add("NSIPS-F002", group.first_line)
    person, coverages = patient_of(
        group.patient, group.first_line, pharmacy.number, findings, deleted=deleted
    )
    number = order["prescription_no"] if order["prescription_no"].strip("0") else ""
    if not number:
        findings.add("NSIPS-D007", order.line, order.ja("prescription_no"))
    if deleted:
        findings.add("NSIPS-D011", order.line)
    period = dates.dispensed.isoformat() if dates.dispensed else ""
    return Document(
        kind=DocumentKind.DISPENSING,
        key=dispensing_key(pharmacy.number, number, period, person, order["doctor"], _drug_set(group.rps)),
        facility=pharmacy.number,
        patient=person,
        records=() if deleted else (*coverages, *_records(group.rps, order, pharmacy, dates, findings)),
        period=period,
        sequence=_sequence(update, group.head, dates.dispensed),
        organization=pharmacy if pharmacy.number else None,
        findings=findings.all(),
        first_line=group.first_line,
        last_line=group.last_line,
        tombstone=deleted,
    )


def _records(
    rps: Sequence[Rp], order: Row, pharmacy: Organization, dates: _Dates, findings: Findings
) -> Iterator[Record]:
    clinic = clinic_of(order)
    issue = Issue(
        dates.dispensed, dates.issued, order["prescription_no"], order["doctor"], clinic.number or clinic.name
    )
    yield from people_of(order, pharmacy, clinic)
    yield from drug_records(rps, issue, findings)
    yield from remarks_of(order, clinic, dates.dispensed)


@dataclass(frozen=True, slots=True)
class _Dates:
    """調剤年月日, else 受付年月日, else 交付年月日; and 交付年月日 itself."""

    dispensed: date | None
    issued: date | None

    @classmethod
    def of(cls, order: Row, findings: Findings) -> _Dates:
        issued = date_at(order, "issued", findings)
        received = date_at(order, "received", findings)
        return cls(date_at(order, "dispensed", findings) or received or issued, issued)


def _update(order: Row, findings: Findings) -> str:
    update = order["update"].upper()
    if update in (NEW, UPDATED, DELETED):
        return update
    findings.add("NSIPS-D006", order.line, order.ja("update"))
    return NEW


def _whole(group: _Prescription, dates: _Dates, findings: Findings, *, cut: bool) -> bool:
    """Whether nothing is missing that would make half a prescription replace a whole one."""
    line = group.order.line if group.order else group.first_line
    if cut:
        findings.add("NSIPS-D005", group.last_line)
    if dates.dispensed is None:
        findings.add("NSIPS-D002", line)
    if not any(rp.drugs for rp in group.rps):
        findings.add("NSIPS-D003", line)
        return False
    short = [rp for rp in group.rps if not _all_drugs(rp, findings)]
    return not (cut or short or dates.dispensed is None)


def _all_drugs(rp: Rp, findings: Findings) -> bool:
    expected = ordinal(rp.usage["drug_count"]) if rp.usage else None
    if rp.usage is None or expected is None:
        return True
    counted = len(rp.drugs)
    if counted != expected and expected:
        code = "NSIPS-D004" if counted < expected else "NSIPS-D009"
        findings.add(code, rp.usage.line, rp.usage.ja("drug_count"), declared=expected, counted=counted)
    return counted >= expected


def _drug_set(rps: Sequence[Rp]) -> Iterator[tuple[str, ...]]:
    """What the RP set consists of, for the key of a prescription without a number."""
    for number, rp in enumerate(rps, 1):
        for row in rp.drugs:
            yield str(number), row["yj_code"] or row["receipt_code"], row["name"], row["amount"]


def _sequence(update: str, head: Row | None, day: date | None) -> str:
    """The order of versions of one prescription: a late A never comes after a U or D; those follow their sending time.

    Files of one batch bear one time: then the revision in 旧ファイル名 decides, and D comes last.
    """
    sent_at = head["sent_at"] if head else ""
    if not _SENT_AT.fullmatch(sent_at):
        sent_at = f"{day:%Y%m%d}000000" if day else "0" * 14
    if update == NEW:
        return f"0-{sent_at}"
    former = _FORMER_FILE.fullmatch(head["former_file"]) if head else None
    revision = int(former[1]) + 1 if former else 0
    return f"1-{sent_at}-{revision:05d}-{int(update == DELETED)}"
