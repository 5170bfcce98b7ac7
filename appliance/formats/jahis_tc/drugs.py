"""Drugs and materials of one dispensing of a notebook (records 201-391)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.jahis_tc.blocks import Block, Drug, Rp
from appliance.formats.jahis_tc.tables import (
    AUTHORS,
    COMMON_NAME_CODE,
    DRUG_CODES,
    FORMS,
    FROM_PROFESSIONAL,
    JAMI_USAGE,
    NO_CODE,
)
from appliance.formats.tagged import Row
from appliance.formats.tagged_values import (
    NO_DRUGS,
    WHOLE_AMOUNTS,
    DosageForm,
    amount_at,
    count_at,
    drug_coding_at,
    notes_of,
    ordinal,
    usage_concept,
)
from appliance.records.clinical import DeviceUseStatement, Dosage, MedicationDispense
from appliance.records.coding import CodeSystem, Coding, Concept, Note


def drug_records(
    block: Block, dispensed: date, prescribed_at: str, findings: Findings
) -> Iterator[MedicationDispense | DeviceUseStatement]:
    """One record for each drug row of a block, RP by RP; `prescribed_at` is the institution's number, else its name."""
    for place, rp in enumerate(block.rps.values(), 1):
        frame = _Frame(rp, ordinal(rp.number) or place, dispensed, prescribed_at)
        if rp.usage is None and rp.drugs:
            findings.add("JAHISTC-D006", rp.drugs[0].row.line)
        for order, drug in enumerate(rp.drugs, 1):
            yield _record(drug, order, frame, findings)
        if not rp.drugs:
            findings.add("JAHISTC-D007", (rp.usage or rp.remarks[0]).line)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the drugs of one RP share."""

    rp: Rp
    number: int
    dispensed: date
    prescribed_at: str

    def of_usage(self, name: str) -> str:
        return self.rp.usage[name] if self.rp.usage else ""

    @property
    def form(self) -> DosageForm:
        return FORMS.get(self.of_usage("form").lstrip("0"), DosageForm.UNKNOWN)


def _record(
    drug: Drug, order: int, frame: _Frame, findings: Findings
) -> MedicationDispense | DeviceUseStatement:
    row = drug.row
    concept = Concept(_codings(row, findings), row["name"])
    amount, usage = amount_at(row, "amount", findings), frame.rp.usage
    if usage and usage["form"] and frame.form is DosageForm.UNKNOWN:
        findings.add("JAHISTC-R004", usage.line, usage.ja("form"))
    if frame.form in NO_DRUGS:
        return DeviceUseStatement(
            concept,
            frame.dispensed,
            category=frame.form.value,
            unit_no=frame.number,
            quantity=amount,
            unit=row["unit"],
            notes=_notes(drug, frame.rp),
        )
    return MedicationDispense(
        concept,
        frame.dispensed,
        category=frame.form.value,
        rp_number=frame.number,
        order_in_rp=order,
        quantity=amount,
        unit=row["unit"],
        days_supplied=count_at(usage, "count", findings) if usage else None,
        total=amount if frame.form in WHOLE_AMOUNTS else "",
        dosage=_dosage(usage, row["unit"]) if usage else None,
        prescriber=drug.doctor["name"] if drug.doctor else "",
        prescribing_facility=frame.prescribed_at,
        notes=_notes(drug, frame.rp),
        supply_unit=frame.of_usage("count_unit"),
    )


def _codings(row: Row, findings: Findings) -> tuple[Coding, ...]:
    """The drug's own code first, then its common name's (2.5 and later)."""
    kind = row["code_kind"]
    if kind and kind not in DRUG_CODES:
        findings.add("JAHISTC-R004", row.line, row.ja("code_kind"))
    codings = drug_coding_at(row, DRUG_CODES.get(kind), "code", findings)
    if row["generic_kind"] == COMMON_NAME_CODE and row["generic_code"]:
        codings += (Coding(CodeSystem.GENERIC_NAME, row["generic_code"], row["generic_name"]),)
    return codings


def _dosage(usage: Row, unit: str) -> Dosage:
    jami = usage["usage_kind"] == JAMI_USAGE
    concept = usage_concept(usage["usage_code"], usage["usage"], jami=jami)
    return Dosage(text=usage["usage"], usage=concept, unit=unit)


def _notes(drug: Drug, rp: Rp) -> tuple[Note, ...]:
    row = drug.row
    coded_name = row["generic_kind"] not in ("", NO_CODE)
    return (
        *notes_of(*(remark["text"] for remark in (*drug.remarks, *rp.remarks))),
        *notes_of(f"一般名: {row['generic_name']}" if row["generic_name"] and not coded_name else ""),
        *author_note(row),
    )


def author_note(row: Row) -> tuple[Note, ...]:
    """Who wrote a statement, where it was no professional."""
    author = row["author"]
    return notes_of(f"記載者: {AUTHORS[author]}" if author in AUTHORS and author != FROM_PROFESSIONAL else "")
