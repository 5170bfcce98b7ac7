"""A prescription's two-dimensional code to a document: one prescription, or the reason why it is none.

The sheets of a split prescription (分割指示) are one document: they say the same, and only which time it is differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.jahis_rx.drugs import RP_ROWS, Rp, arrange, drug_records, whole
from appliance.formats.jahis_rx.findings import KINDS
from appliance.formats.jahis_rx.tables import (
    AGE_CLASSES,
    DEPARTMENTS,
    FIRST_VERSION,
    LAST_VERSION,
    LEFTOVERS,
    MEDICAL,
    REMARKS,
)
from appliance.formats.tagged import REQUIRED, Row, Tagged, layouts, read_tagged
from appliance.formats.tagged_values import (
    SEXES,
    borne,
    date_at,
    facility_of,
    insurance,
    labelled,
    ordinal,
    public_payer,
    statement,
)
from appliance.records.administrative import Coverage, Organization, Patient, Practitioner, Sex
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.document import Document, DocumentKind, Format, Parsed
from appliance.records.identity import prescription_key
from appliance.records.names import person_name, to_katakana

_LAYOUTS = layouts(__package__ or "")
_REQUIRED_ROWS = ("5", "12", "13", "22", "23")
"""Records that every prescription has, beside those whose absence refuses it."""
_PUBLIC_PAYERS = (("27", 1), ("28", 2), ("29", 3), ("30", 4))
_REMARK = "81"
_NARCOTICS = "61"
"""The one record that tells where the patient lives: the law wants it on a prescription of narcotics."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of a prescription: those that stand once by number, the remarks, the RPs."""

    once: dict[str, Row]
    remarks: list[Row]
    rps: dict[str, Rp]
    last_row: Row | None

    def item(self, row_id: str, name: str) -> str:
        row = self.once.get(row_id)
        return row[name] if row else ""


def read_prescription(data: bytes) -> Parsed:
    """The prescription of a two-dimensional code's bytes, all symbols joined; no document where it cannot be taken."""
    findings = Findings(KINDS)
    tagged = read_tagged(data, _LAYOUTS, findings)
    document = None
    if not tagged.refused:
        own = Findings(KINDS)
        document = _document(_sheet(tagged.sound, own), own, tagged)
        found = findings.all() if document else (*findings.all(), *own.all())
    else:
        found = findings.all()
    documents = (document,) if document else ()
    complete = document is not None and not tagged.open_end
    return Parsed(Format.JAHIS_RX, tagged.encoding, tagged.lines, documents, found, tagged.counts, complete)


def _sheet(rows: Sequence[Row], findings: Findings) -> _Sheet:
    once: dict[str, Row] = {}
    remarks: list[Row] = []
    for row in rows:
        if row.row_id == _REMARK:
            remarks.append(row)
        elif row.row_id not in RP_ROWS and once.setdefault(row.row_id, row) is not row:
            findings.add("JAHISRX-D013", row.line)
    rps = arrange([row for row in rows if row.row_id in RP_ROWS], findings)
    for row in rows:
        for name in row.missing(REQUIRED):
            findings.add("JAHISRX-D008", row.line, row.ja(name))
    return _Sheet(once, remarks, rps, rows[-1] if rows else None)


def _document(sheet: _Sheet, findings: Findings, tagged: Tagged) -> Document | None:
    """The prescription; None, with every reason noted, when it is none that can be relied on."""
    _tell_version(sheet, findings)
    clinic = _clinic(sheet)
    patient = _patient(sheet, clinic, findings)
    issued_row = sheet.once.get("51")
    issued = date_at(issued_row, "issued", findings) if issued_row else None
    if not clinic.number:
        findings.add("JAHISRX-D001", _line(sheet, "1"))
    if issued is None:
        findings.add("JAHISRX-D004", _line(sheet, "51"))
    sound = whole(sheet.rps, findings)
    last = sheet.last_row
    if tagged.stump or (tagged.open_end and last is not None and any(last.missing(REQUIRED))):
        findings.add("JAHISRX-D015", last.line if last else None)
        sound = False
    if patient is None or issued is None or not sound or not clinic.number:
        return None
    for row_id in _REQUIRED_ROWS:
        if row_id not in sheet.once:
            findings.add("JAHISRX-D009", row_id=row_id, title=_LAYOUTS[row_id].title)
    number, doctor = sheet.item("82", "number"), sheet.item("5", "name")
    drugs = tuple(drug_records(sheet.rps, issued, number, findings))
    part = ordinal(sheet.item("63", "part"))
    return Document(
        kind=DocumentKind.PRESCRIPTION,
        key=prescription_key(
            clinic.number, number, issued.isoformat(), patient, doctor, _drug_set(sheet.rps)
        ),
        facility=clinic.number,
        patient=patient,
        records=(
            *_coverages(sheet, findings),
            *_people(sheet, clinic),
            *drugs,
            *_remarks(sheet, issued, findings),
        ),
        period=issued.isoformat(),
        sequence=f"{part:03d}" if part else "",
        organization=clinic,
        findings=findings.all(),
        first_line=1,
        last_line=last.line if last else 1,
    )


def _line(sheet: _Sheet, row_id: str) -> int | None:
    row = sheet.once.get(row_id)
    return row.line if row else None


def _tell_version(sheet: _Sheet, findings: Findings) -> None:
    version = sheet.item("JAHIS", "version").removeprefix("JAHIS")
    number = ordinal(version)
    if number is None or not FIRST_VERSION <= number <= LAST_VERSION:
        findings.add("JAHISRX-D012", 1, version="?" if number is None else number)


def _clinic(sheet: _Sheet) -> Organization:
    number = facility_of(
        sheet.item("1", "prefecture"), sheet.item("1", "kind") or MEDICAL, sheet.item("1", "code")
    )
    return Organization(number, sheet.item("1", "name"), sheet.item("3", "phone"))


def _patient(sheet: _Sheet, clinic: Organization, findings: Findings) -> Patient | None:
    kana = to_katakana(sheet.item("11", "kana"))
    text = sheet.item("11", "name") or kana
    if not text:
        findings.add("JAHISRX-D002", _line(sheet, "11"))
    sex = SEXES.get(sheet.item("12", "sex"))
    birth_row = sheet.once.get("13")
    birth = date_at(birth_row, "birth_date", findings) if birth_row else None
    if sex is None and birth is None:
        findings.add("JAHISRX-D003", _line(sheet, "13"))
        return None
    if not text:
        return None
    return Patient(
        clinic.number,
        person_name(text, kana),
        sex or Sex.UNKNOWN,
        birth,
        sheet.item("11", "patient_code"),
        address=sheet.item(_NARCOTICS, "address"),
        phone=sheet.item(_NARCOTICS, "phone"),
    )


def _coverages(sheet: _Sheet, findings: Findings) -> Iterator[Coverage]:
    insurer = sheet.once.get("22")
    if insurer is not None and insurer["insurer_no"]:
        insured = insurance(
            insurer,
            "insurer_no",
            findings,
            symbol=sheet.item("23", "symbol"),
            number=sheet.item("23", "number"),
            branch=sheet.item("23", "branch"),
        )
        told = borne(insured, sheet.once.get("24"), sheet.item("23", "relation"), findings)
        by_age = AGE_CLASSES.get(sheet.item("14", "copay"))
        yield replace(told, insured_class=by_age) if by_age else told
    for row_id, order in _PUBLIC_PAYERS:
        row = sheet.once.get(row_id)
        if row is not None and row["payer"]:
            yield public_payer(row, order, "payer", "recipient", findings)


def _people(sheet: _Sheet, clinic: Organization) -> Iterator[Practitioner]:
    doctor = sheet.item("5", "name")
    if doctor:
        yield Practitioner(clinic.number, doctor, "prescriber", sheet.item("61", "licence"))


def _remarks(sheet: _Sheet, issued: date, findings: Findings) -> Iterator[Observation]:
    """What is said of the prescription as a whole."""
    department = sheet.item("4", "name") or DEPARTMENTS.get(sheet.item("4", "code").zfill(2), "")
    flag = sheet.item("62", "flag")
    part, total = sheet.item("63", "part"), sheet.item("63", "total")
    refills = sheet.item("64", "total")
    valid_row = sheet.once.get("52")
    valid = date_at(valid_row, "valid_until", findings) if valid_row else None
    if flag and flag not in LEFTOVERS:
        findings.add("JAHISRX-D011", _line(sheet, "62"))
    for row_id, text in (
        ("4", department),
        ("52", f"使用期限 {valid.isoformat()}" if valid else ""),
        ("61", "" if sheet.item("5", "name") else sheet.item("61", "licence")),
        ("62", LEFTOVERS.get(flag, "")),
        ("63", f"総分割回数 {total} 回のうち {part} 回目" if part else ""),
        ("64", f"リフィル処方箋、総使用回数 {refills} 回" if refills else ""),
        *((_REMARK, _remark(row)) for row in sheet.remarks),
    ):
        if text:
            concept = statement(f"rx-{row_id}", _LAYOUTS[row_id].title)
            yield Observation(ObservationCategory.NARRATIVE, concept, issued, text)


def _remark(row: Row) -> str:
    return labelled(REMARKS.get(row["kind"].lstrip("0"), ""), row["text"])


def _drug_set(rps: dict[str, Rp]) -> Iterator[tuple[str, ...]]:
    for rp in rps.values():
        for drug in rp.drugs.values():
            yield rp.number, drug.row["code"], drug.row["name"], drug.row["amount"]
