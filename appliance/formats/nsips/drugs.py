"""Records 3 and 4 of NSIPS: drugs and materials with the usage (用法) they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.nsips.tables import COUNT_UNITS, MATERIAL, NOT_INSURED, RP_FORMS, UNEVEN
from appliance.formats.tagged import Row
from appliance.formats.tagged_values import (
    WHOLE_AMOUNTS,
    DosageForm,
    DrugCode,
    amount_at,
    count_at,
    drug_coding_at,
    notes_of,
    strength_type_at,
    usage_concept,
)
from appliance.records.clinical import DeviceUseStatement, Dosage, MedicationDispense, StrengthType
from appliance.records.coding import Coding, Concept, Note

_CODES = (
    ("yj_code", DrugCode.YJ),
    ("receipt_code", DrugCode.RECEIPT),
    ("hot_code", DrugCode.HOT),
    ("local_code", DrugCode.NONE),
)
_FORMER = ("former_yj_code", "former_receipt_code", "former_hot_code", "former_name")
_COMMENTS = tuple(f"comment_{number}" for number in range(1, 6))
_CONVENTION = re.compile(r"[0-9]{1,2}", re.ASCII)
_MARKED = "1"


@dataclass(slots=True)
class Rp:
    """One RP: its usage row, None where drugs came without one, and its drug rows."""

    usage: Row | None
    drugs: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Issue:
    """What all drugs of one prescription share."""

    dispensed: date | None
    prescribed: date | None
    prescription_no: str
    prescriber: str
    prescribing_facility: str


def drug_records(
    rps: Sequence[Rp], issue: Issue, findings: Findings
) -> Iterator[MedicationDispense | DeviceUseStatement]:
    """One record for each drug row, in order. RP numbers repeat in practice: the ordinal of the usage row counts."""
    for number, rp in enumerate(rps, 1):
        for order, row in enumerate(rp.drugs, 1):
            yield _record(_Drug(row, rp.usage, number, order), issue, findings)


@dataclass(frozen=True, slots=True)
class _Drug:
    row: Row
    usage: Row | None
    rp_number: int
    order: int

    def of_usage(self, name: str) -> str:
        return self.usage[name] if self.usage else ""

    @property
    def form(self) -> DosageForm:
        return RP_FORMS.get(self.of_usage("rp_kind"), DosageForm.UNKNOWN)


def _record(drug: _Drug, issue: Issue, findings: Findings) -> MedicationDispense | DeviceUseStatement:
    row = drug.row
    codings = _codings(row, findings)
    concept = Concept(codings, row["name"])
    if not codings and not row["name"]:
        findings.add("NSIPS-D010", row.line, row.ja("name"))
    amount = amount_at(row, "amount", findings)
    if _no_drug(row):
        return DeviceUseStatement(
            concept,
            issue.dispensed,
            category=drug.form.value,
            unit_no=drug.rp_number,
            quantity=amount,
            unit=row["unit"],
            notes=_notes(drug),
        )
    return MedicationDispense(
        concept,
        issue.dispensed,
        issue.prescribed,
        category=drug.form.value,
        rp_number=drug.rp_number,
        order_in_rp=drug.order,
        quantity=amount,
        unit=row["unit"],
        days_supplied=count_at(drug.usage, "count", findings) if drug.usage else None,
        total=amount if drug.form in WHOLE_AMOUNTS else "",
        dosage=_dosage(drug, findings),
        prescription_no=issue.prescription_no,
        prescriber=issue.prescriber,
        prescribing_facility=issue.prescribing_facility,
        generic_substituted=True if any(row[name] for name in _FORMER) else None,
        notes=_notes(drug),
        supply_unit=COUNT_UNITS.get(drug.of_usage("count_kind"), ""),
        strength_type=strength_type_at(row, "strength_flag"),
    )


def _codings(row: Row, findings: Findings) -> tuple[Coding, ...]:
    """YJ, レセ電 and HOT, whichever stand; the pharmacy's own code only where no other does."""
    found: list[Coding] = []
    for name, kind in _CODES:
        if kind is not DrugCode.NONE or not found:
            found.extend(drug_coding_at(row, kind, name, findings))
    return tuple(found)


def _no_drug(row: Row) -> bool:
    """Materials, and what is not insured and has no drug code: containers and the like."""
    coded = any(row[name] for name, kind in _CODES if kind is not DrugCode.NONE)
    return row["kind"] == MATERIAL or (row["kind"] == NOT_INSURED and not coded)


def _dosage(drug: _Drug, findings: Findings) -> Dosage | None:
    usage = drug.usage
    if usage is None:
        return None
    texts = [usage[f"usage_{number}"] for number in (1, 2, 3)]
    codes = [code for number in (1, 2, 3) if (code := usage[f"usage_code_{number}"])]
    concepts = [usage_concept(code, texts[0], jami=True) for code in codes]
    return Dosage(
        text="　".join(text for text in texts if text),
        usage=concepts[0] if concepts else None,
        amount=amount_at(drug.row, "single_dose", findings),
        unit=drug.row["unit"],
        times_a_day=count_at(usage, "times_a_day", findings) or None,
    )


def _notes(drug: _Drug) -> tuple[Note, ...]:
    row = drug.row
    uneven = [f"{title} {row[name]}" for name, title in UNEVEN if row[name].strip("0.")]
    former = f"{row['former_name']} {row['former_amount']}{row['former_unit']}".strip()
    return notes_of(
        *(_said(row[name]) for name in _COMMENTS),
        *(_said(drug.of_usage(name)) for name in _COMMENTS),
        "一包化" if _MARKED in (row["unit_packing"], drug.of_usage("unit_packing")) else "",
        "粉砕" if _MARKED in (row["crushing"], drug.of_usage("crushing")) else "",
        f"不均等: {'、'.join(uneven)}" if uneven else "",
        "用量は原薬量" if row["strength_flag"] == StrengthType.SUBSTANCE else "",
        f"一般名: {row['generic_name']}" if row["generic_name"] else "",
        "一般名処方" if row["generic_prescribed"] == _MARKED else "",
        f"変更前: {former}" if former else "",
    )


def _said(comment: str) -> str:
    """A comment in words; one or two digits alone are conventions of the site that nobody else can read."""
    return "" if _CONVENTION.fullmatch(comment) else comment
