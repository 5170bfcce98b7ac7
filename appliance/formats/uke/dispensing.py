"""調剤 claims: each drug of a prescription group (SH) on each day that it was dispensed (CZ), and the pharmacy's fees (CZ, KI).

A 調剤 claim names no diagnosis and no visit. Its points are the payer's: no public claim shows how fees, split
dispensings and reductions add up to them, so that they are not recomputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.tagged_values import WHOLE_AMOUNTS, DosageForm, statement
from appliance.formats.uke.care import Care
from appliance.formats.uke.claim_rows import ClaimRows, SortedRows
from appliance.formats.uke.claim_types import CHOZAI, RECEIPT
from appliance.formats.uke.fees import read_fees
from appliance.formats.uke.layout import RowLayout
from appliance.formats.uke.narratives import claim_notes
from appliance.formats.uke.receipts import Receipt
from appliance.formats.uke.tables import MIX_TYPE, UNCODED_USAGE, USAGE
from appliance.formats.uke.units import Row
from appliance.formats.uke.values import date_of, number, number_of, quantity_of
from appliance.limits import DISPENSINGS_PER_GROUP_MAX
from appliance.records.administrative import Organization, Practitioner
from appliance.records.clinical import (
    DeviceUseStatement,
    Dosage,
    MedicationDispense,
    Observation,
    ObservationCategory,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Record
from appliance.records.identifiers import facility_number
from appliance.records.identity import digest

_RE, _SH, _CZ = CHOZAI.layouts[RECEIPT], CHOZAI.layouts["SH"], CHOZAI.layouts["CZ"]
_IY, _TO, _CO, _TK = (CHOZAI.layouts[row_id] for row_id in ("IY", "TO", "CO", "TK"))
_DOCTORS = _RE.span("doctor_1", "doctor_20")
_PRESCRIBED, _DISPENSED = _CZ.item("prescribed_date"), _CZ.item("dispensed_date")
_AMOUNT = _CZ.item("dispensed_quantity")
DISPENSED_FORM: Mapping[str, DosageForm] = {
    "1": DosageForm.INTERNAL,
    "2": DosageForm.DROPS,
    "3": DosageForm.AS_NEEDED,
    "4": DosageForm.INJECTION,
    "5": DosageForm.EXTERNAL,
    "6": DosageForm.DECOCTION,
    "7": DosageForm.HOT_WATER,
    "9": DosageForm.MATERIAL,
}
"""剤形コード of a 調剤 claim."""
_GROUP_ROWS = frozenset({"IY", "TO", "CO"})
_PRESCRIBER = "prescriber"


@dataclass(slots=True)
class _Item:
    """A drug or material of a group, with its comments."""

    line: int
    values: list[str]
    order: int
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """One SH row with what follows it; `prescription` is None where rows came without one."""

    number: int
    line: int
    prescription: list[str] | None
    events: list[Row] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    drugs: int = 0
    notes: list[Note] = field(default_factory=list)

    def of_prescription(self, name: str) -> str:
        return self.prescription[_SH[name]].strip() if self.prescription else ""

    @property
    def form(self) -> DosageForm:
        return DISPENSED_FORM.get(self.of_prescription("dosage_form"), DosageForm.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Event:
    """One CZ row, read: when a group was dispensed, by whose prescription, how much of it."""

    dispensed: date | None = None
    prescribed: date | None = None
    amount: int | None = None
    prescriber: str = ""


@dataclass(frozen=True, slots=True)
class _Prescribers:
    """The institution that prescribed, and its doctors by 医師No."""

    facility: str
    name: str
    doctors: tuple[str, ...]
    licence: str = ""
    """麻薬免許番号: one for the whole claim."""
    record_no: str = ""
    """調剤録番号 of the claim's dispensings."""

    @property
    def named(self) -> tuple[str, ...]:
        """The doctors whose institution is known, each once."""
        return tuple(dict.fromkeys(filter(None, self.doctors))) if self.facility else ()

    @property
    def licensed(self) -> bool:
        """Whether it is certain whose the licence is: the claim names one doctor."""
        return len(self.named) == 1

    def doctor(self, written: str) -> str:
        place = number(written)
        return self.doctors[place - 1] if place and 0 < place <= len(self.doctors) else ""


def read_chozai(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Care:
    """Dispensed drugs and materials, fees, the prescriber, and words of a 調剤 claim."""
    prescribers = _prescribers(claim.receipt)
    records: list[Record] = [*_people(prescribers)]
    for group in _groups(rows.care, findings):
        records.extend(_dispensed(group, prescribers, findings))
    records.extend(read_fees(rows.care, findings))
    remarks = (
        Note(values[_TK["comment_text"]], values[_TK["comment_code"]].strip())
        for _, values in rows.care
        if values[0] == "TK"
    )
    records.extend(claim_notes(remarks, receipt.month))
    if prescribers.licence and not prescribers.licensed:
        licence = statement("chozai-re-34", _RE.item("narcotic_license").ja)
        records.append(
            Observation(ObservationCategory.NARRATIVE, licence, receipt.month.first_day, prescribers.licence)
        )
    return Care(tuple(records), _kind(receipt, prescribers))


def _kind(receipt: Receipt, prescribers: _Prescribers) -> str:
    """A pharmacy makes one claim for each person, month and prescribing institution: the key has to tell them apart."""
    institution = prescribers.facility or (digest(prescribers.name) if prescribers.name else "")
    return f"{receipt.receipt_type}.{institution}" if institution else receipt.receipt_type


def _prescribers(receipt: Sequence[str]) -> _Prescribers:
    code = "".join(
        receipt[_RE[name]].strip()
        for name in ("prescriber_prefecture", "prescriber_fee_table", "prescriber_facility_code")
    )
    facility = facility_number(code)
    doctors = tuple(name.strip() for name in receipt[_DOCTORS])
    return _Prescribers(
        str(facility) if facility else "",
        receipt[_RE["prescriber_facility_name"]].strip(),
        doctors,
        receipt[_RE["narcotic_license"]].strip(),
        receipt[_RE["dispensing_record_no"]].strip(),
    )


def _people(prescribers: _Prescribers) -> Iterator[Organization | Practitioner]:
    """The prescribing institution and its doctors, where its number is known."""
    if prescribers.facility:
        yield Organization(prescribers.facility, prescribers.name)
    licence = prescribers.licence if prescribers.licensed else ""
    for name in prescribers.named:
        yield Practitioner(prescribers.facility, name, _PRESCRIBER, licence)


def _groups(rows: Sequence[Row], findings: Findings) -> Iterator[_Group]:
    """SH rows with their CZ, IY, TO and CO rows; a CO row behind a drug is about that drug, else about the group."""
    group: _Group | None = None
    for count, (line, values) in enumerate(rows, 1):
        row_id = values[0]
        if row_id == "SH":
            if group:
                yield group
            number_written = number(values[_SH["rp_no"]])
            group = _Group(count if number_written is None else number_written, line, values)
        elif row_id == "CZ" or row_id in _GROUP_ROWS:
            if group is None:
                findings.add("UKE-R017", line)
                group = _Group(0, line, None)
            _gather(group, line, values)
    if group:
        yield group


def _gather(group: _Group, line: int, values: list[str]) -> None:
    row_id = values[0]
    if row_id == "CZ":
        group.events.append((line, values))
    elif row_id == "CO":
        note = Note(values[_CO["comment_text"]], values[_CO["comment_code"]].strip())
        (group.items[-1].notes if group.items else group.notes).append(note)
    else:
        group.drugs += row_id == "IY"
        group.items.append(_Item(line, values, group.drugs))


def _dispensed(
    group: _Group, prescribers: _Prescribers, findings: Findings
) -> Iterator[MedicationDispense | DeviceUseStatement]:
    if len(group.events) > DISPENSINGS_PER_GROUP_MAX:
        findings.add("UKE-R019", group.events[DISPENSINGS_PER_GROUP_MAX][0], count=len(group.events))
    events = [_event(row, prescribers, findings) for row in group.events[:DISPENSINGS_PER_GROUP_MAX]]
    if not events:
        if group.prescription:
            findings.add("UKE-R018", group.line)
        events = [_Event()]
    for item in group.items:
        drug = item.values[0] == "IY"
        for event in events:
            if drug:
                yield _dispense(group, item, event, prescribers, findings)
            else:
                yield _device(group, item, event, prescribers.record_no, findings)


def _event(row: Row, prescribers: _Prescribers, findings: Findings) -> _Event:
    line, values = row
    return _Event(
        date_of(values[_DISPENSED.position], findings, line, _DISPENSED.ja),
        date_of(values[_PRESCRIBED.position], findings, line, _PRESCRIBED.ja),
        number_of(values[_AMOUNT.position], findings, line, _AMOUNT.ja),
        prescribers.doctor(values[_CZ["doctor_no"]]),
    )


def _dispense(
    group: _Group, item: _Item, event: _Event, prescribers: _Prescribers, findings: Findings
) -> MedicationDispense:
    values = item.values
    amount = _quantity(values, item.line, _IY, "quantity", findings)
    whole = group.form in WHOLE_AMOUNTS
    return MedicationDispense(
        _concept(CodeSystem.RECEIPT_DRUG, values, item.line, _IY, "drug_code", findings),
        event.dispensed,
        event.prescribed,
        category=group.form.value,
        rp_number=group.number,
        order_in_rp=item.order,
        quantity=amount,
        days_supplied=event.amount,
        total=amount if whole else "",
        dosage=_dosage(group, _quantity(values, item.line, _IY, "single_dose", findings)),
        prescriber=event.prescriber,
        prescribing_facility=prescribers.facility or prescribers.name,
        notes=(*_mixed(values), *group.notes, *item.notes),
        supply_unit="日分" if group.form is DosageForm.INTERNAL else "",
        dispensing_record_no=prescribers.record_no,
        derived_from_claim=True,
    )


def _device(
    group: _Group, item: _Item, event: _Event, record_no: str, findings: Findings
) -> DeviceUseStatement:
    values = item.values
    concept = _concept(CodeSystem.RECEIPT_MATERIAL, values, item.line, _TO, "material_code", findings)
    return DeviceUseStatement(
        Concept(concept.codings, values[_TO["material_name"]].strip()),
        event.dispensed,
        group.form.value,
        group.number,
        1 if event.amount is None else event.amount,
        _quantity(values, item.line, _TO, "quantity", findings),
        values[_TO["unit_code"]].strip(),
        _quantity(values, item.line, _TO, "unit_price", findings),
        burden=values[_TO["burden_type"]],
        notes=(*group.notes, *item.notes),
        dispensing_record_no=record_no,
    )


def _concept(
    system: CodeSystem, values: Sequence[str], line: int, layout: RowLayout, name: str, findings: Findings
) -> Concept:
    code = values[layout[name]].strip()
    if not code:
        findings.add("UKE-R010", line, layout.item(name).ja)
    return Concept((Coding(system, code),) if code else ())


def _quantity(values: Sequence[str], line: int, layout: RowLayout, name: str, findings: Findings) -> str:
    return quantity_of(values[layout[name]].strip(), findings, line, layout.item(name).ja)


def _dosage(group: _Group, single_dose: str) -> Dosage | None:
    """用法 in words and by its code, and 特別指示 behind it; 900 stands for words only."""
    code, words = group.of_prescription("usage_code"), group.of_prescription("usage_text")
    usage = Concept((Coding(CodeSystem.RECEIPT_USAGE, code, USAGE.get(code, "")),)) if code else None
    if code == UNCODED_USAGE:
        usage = None
    text = "　".join(part for part in (USAGE.get(code, ""), words) if part)
    return Dosage(text, usage, single_dose) if text or usage or single_dose else None


def _mixed(values: Sequence[str]) -> Iterator[Note]:
    """How a drug was prepared with others, where the row says so."""
    kind, branch = values[_IY["mix_type"]].strip(), values[_IY["mix_branch"]].strip()
    if kind:
        yield Note(f"{MIX_TYPE.get(kind, _IY.item('mix_type').ja + kind)}{branch}")
    if values[_IY["incompatible"]].strip():
        yield Note(_IY.item("incompatible").ja)
